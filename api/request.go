package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// request is what every handler may know of who asks: her person, her language, and the id the log calls it by.
type request struct {
	Person org.Person  // zero when nobody is signed in
	Caller auth.Caller // she, and the key that speaks for her
	Actor  org.Actor
	Text   locale.Text
	// Address is what is asked for, path and query, as it was sent.
	Address string
	Host    string // under which name this service was asked
	Line    string // where it came from, as limits count it
	Trace   string // also the header X-Request-Id
	logged  bool   // whether it was refused is in the log already, if it belongs there
	// unauthenticated is why nobody is signed in, when somebody tried to be.
	unauthenticated error
}

// signedIn tells whether somebody is.
func (r *request) signedIn() bool { return r.Person.ID != "" }

type requestKey struct{}

// requestOf is the request's own user, language and trace: the only things ever fetched out of a context.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

const (
	sessionCookie  = "helhet_session"
	secureCookie   = "__Host-helhet_session"
	personHeader   = "Helhet-Person" // whose page it was written on: the browser may be somebody else's by now
	personField    = "helhet-person" // the same, of a form that is sent without scripts: the part "whose" writes it
	languageCookie = "helhet_language"
	schemeCookie   = "helhet_scheme"
)

// identify finds out who asks, by session cookie or bearer token, and in which language to answer.
func (s *Server) identify(c *gin.Context) {
	r := &request{Address: c.Request.URL.RequestURI(), Host: c.Request.Host, Line: s.line(c.Request), Trace: rand.Text()[:12]}
	c.Header("X-Request-Id", r.Trace)
	ctx := c.Request.Context()
	var err error
	if !isStatic(c.Request.URL.Path) {
		r.Caller, err = s.caller(ctx, c.Request, asksByItself(c))
	}
	r.Person = r.Caller.Person
	r.Text = s.Texts.For(s.language(c.Request, r.Person))
	c.Request = c.Request.WithContext(context.WithValue(ctx, requestKey{}, r))
	switch fault.CodeOf(err) {
	case "", fault.Unauthenticated:
		r.unauthenticated = err
	default:
		s.fail(c, err)
		c.Abort()
		return
	}
	if r.signedIn() {
		r.Actor = r.Caller.Actor()
	}
	if !safe(c.Request.Method) {
		from := clientOf(s.TrustedProxies, c.Request.RemoteAddr, c.Request.Header)
		if err := s.limits.take(writerOf(r.Person.ID, from.Addr), s.Now()); err != nil {
			s.fail(c, err)
			c.Abort()
			return
		}
	}
	if written := c.GetHeader(personHeader); written != "" && r.signedIn() && written != string(r.Person.ID) {
		s.fail(c, fault.New(fault.Unauthenticated, "api.identify", "error.other-person"))
		c.Abort()
		return
	}
	if !safe(c.Request.Method) && !org.MayChange(r.Actor) {
		s.fail(c, fault.New(fault.Forbidden, "api.identify", "error.token.read-only"))
		c.Abort()
	}
}

// asksByItself tells what a page sends while nobody touches it: it is no use of the session.
func asksByItself(c *gin.Context) bool {
	return isStream(c) || c.FullPath() == presencePath || c.Request.URL.Path == sessionPath && safe(c.Request.Method)
}

// caller finds who a request speaks for, by bearer token or session cookie; nobody where it has neither. What a page asks by itself only looks: it is
// no use of the session.
func (s *Server) caller(ctx context.Context, r *http.Request, looks bool) (auth.Caller, error) {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return s.Auth.ByToken(ctx, strings.TrimSpace(bearer))
	}
	switch secret := s.sessionSecret(r); {
	case secret == "":
		return auth.Caller{}, nil
	case looks:
		return s.Auth.Look(ctx, secret)
	default:
		return s.Auth.BySession(ctx, secret)
	}
}

// ownPage refuses what a browser sends from a page that was made for somebody else, who was signed in there before: on a shared computer it
// would be saved in the wrong name. Nothing of what was written comes back, since it is the other person's. Tokens have no pages.
func ownPage(c *gin.Context, r *request) error {
	if r.Caller.Key.Kind != org.SessionKey || c.GetHeader(personHeader) != "" { // which identify has looked at
		return nil
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	return ownForm(c, r)
}

// ownForm is ownPage of a form that has been read.
func ownForm(c *gin.Context, r *request) error {
	if r.Caller.Key.Kind != org.SessionKey || c.GetHeader(personHeader) != "" {
		return nil
	}
	if c.PostForm(personField) != string(r.Person.ID) {
		return fault.New(fault.Conflict, "api.ownPage", "error.other-page", "name", r.Person.Name)
	}
	return nil
}

// safe tells the methods by which nothing is changed.
func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// sessionSecret is what the browser's session cookie holds. Over https only the __Host- name counts: the other could have been planted
// by a neighbouring site under the same domain, to have somebody write as another.
func (s *Server) sessionSecret(r *http.Request) string {
	name := sessionCookie
	if s.secure() {
		name = secureCookie
	}
	if cookie, err := r.Cookie(name); err == nil {
		return cookie.Value
	}
	return ""
}

// isStatic tells paths that never need to know who asks.
func isStatic(path string) bool {
	return strings.HasPrefix(path, "/assets/") || path == "/healthz" || path == "/readyz" || path == "/favicon.svg"
}

// language: what she chose on this browser, else on her person, else (for programs and strangers) what the request accepts, else
// what her municipality reads, else bokmål. A signed-in person's municipality comes before her browser's language, since
// ward computers are installed in bokmål everywhere.
func (s *Server) language(r *http.Request, p org.Person) locale.Lang {
	if cookie, err := r.Cookie(languageCookie); err == nil {
		if l, err := locale.ParseLang(cookie.Value); err == nil {
			return l
		}
	}
	if l, err := locale.ParseLang(string(p.Language)); err == nil {
		return l
	}
	accepted, ok := locale.Match(r.Header.Get("Accept-Language"))
	if isAPI(r) && ok {
		return accepted
	}
	if m, known := s.Register.Get(p.Actor().Municipality()); known {
		return locale.Lang(m.Reads())
	}
	if ok {
		return accepted
	}
	return locale.Bokmal
}

func isAPI(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/openapi")
}

// wantsJSON tells whether a failure should be problem details rather than a page.
func wantsJSON(r *http.Request) bool {
	return isAPI(r) || strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") ||
		strings.HasPrefix(r.Header.Get("Accept"), "application/json") || strings.HasPrefix(r.Header.Get("Accept"), "application/problem+json")
}
