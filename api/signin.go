package api

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// forwardingHeaders tell that a request came through a proxy, and so perhaps from somewhere else.
var forwardingHeaders = []string{
	"Forwarded", "X-Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Prefix",
	"X-Original-Host", "X-Original-For", "X-Original-Url", "X-Real-Ip", "Via", "Client-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "True-Client-Ip",
	"Cf-Connecting-Ip", "Fastly-Client-Ip",
}

// demoAllowed: choosing who to be is for a demo database, on this very machine: a loopback peer, a loopback Host, and no sign of
// a proxy in between. A proxy may add no header and write its own Host: then it speaks HTTP/1.0, as nginx does unless told
// otherwise, or lets through the Origin that the browser sends with every form.
func (s *Server) demoAllowed(r *http.Request) bool {
	if !s.Demo || !r.ProtoAtLeast(1, 1) {
		return false
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if u, err := url.Parse(origin); err != nil || !loopbackHost(u.Host) {
			return false
		}
	}
	for _, h := range forwardingHeaders {
		if len(r.Header.Values(h)) > 0 {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && loopbackHost(r.Host)
}

func loopbackHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// signInPage leads to the issuers, and lists the demo's people by municipality; where there is neither it says that signing in is not
// possible yet.
type signInPage struct {
	Layout
	Possible bool
	Return   string
	Groups   []signInGroup

	ByEmail           bool
	Email, EmailError string
	Ways              signInChoices
	Out               *issuerOut // she has just signed out here
	Deleted           bool       // she has just deleted herself
}

type signInGroup struct {
	Name   string
	People []signInPerson
}

type signInPerson struct{ ID, Name, Role string }

func (s *Server) signInPage(c *gin.Context, r *request) error {
	return s.showSignIn(c, r, http.StatusOK, c.Query("return"), nil)
}

func (s *Server) showSignIn(c *gin.Context, r *request, status int, back string, failed *fault.Error) error {
	p := signInPage{Layout: s.layout(c, r, r.Text.T("sign-in.title")), Return: ownPath(back), Possible: s.demoAllowed(c.Request), ByEmail: s.Mail.Ready()}
	p.Ways = s.choices(c, r.Text, p.Return, "")
	p.Out = s.issuerOut(c.Request.Context(), r.Text, c.Query("out"))
	p.Deleted = c.Query("deleted") == "yes" && !r.signedIn()
	if failed != nil {
		p.Email, p.EmailError = typed(c, "email"), r.Text.T(failed.Key, failed.Args...)
	}
	if p.Possible {
		people, _, err := s.People.List(c.Request.Context(), 200, "")
		if err != nil {
			return err
		}
		p.Groups = s.demoGroups(r.Text, people)
	}
	return s.render(c, status, "sign-in", p)
}

// demoGroups puts the region's and the service's people first, then each municipality's.
func (s *Server) demoGroups(t locale.Text, people []org.Person) []signInGroup {
	groups := map[string]*signInGroup{}
	var order []*signInGroup
	for _, p := range people {
		if len(p.Grants) == 0 {
			continue
		}
		name := ""
		if m, ok := s.Register.Get(p.Actor().Municipality()); ok {
			name = m.Name
		}
		if groups[name] == nil {
			groups[name] = &signInGroup{Name: name}
			order = append(order, groups[name])
		}
		groups[name].People = append(groups[name].People, signInPerson{string(p.ID), p.Name, t.T("role." + string(p.Grants[0].Role))})
	}
	org.SortByName(order, func(g *signInGroup) string { return g.Name })
	var all []signInGroup
	for _, g := range order {
		if g.Name == "" {
			g.Name = t.T("sign-in.region")
		}
		all = append(all, *g)
	}
	return all
}

func (s *Server) signInDemo(c *gin.Context, _ *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	if err := s.startSession(c, org.PersonID(c.PostForm("person"))); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, ownPath(c.PostForm("return")))
	return nil
}

// enter gives the browser a new session's cookie.
func (s *Server) enter(c *gin.Context, secret string) error {
	if earlier := s.sessionSecret(c.Request); earlier != "" { // whoever was signed in here before is not any more
		if err := s.Auth.SignOut(c.Request.Context(), earlier); err != nil {
			return err
		}
	}
	name := sessionCookie
	if s.secure() {
		name = secureCookie
	}
	s.setCookie(c, http.Cookie{Name: name, Value: secret, HttpOnly: true})
	s.Log.Info("signed in", slog.String("request", requestOf(c.Request.Context()).Trace), slog.String("route", c.FullPath()))
	return nil
}

// secure tells whether people reach Helhet over https, so that cookies may travel over nothing else.
func (s *Server) secure() bool { return strings.HasPrefix(s.PublicURL, "https://") }

// preferenceAge is how many seconds a browser remembers a language and a scheme: a year.
const preferenceAge = 365 * 24 * 3600

// setCookie sets one for the whole of Helhet, that other sites' pages don't send.
func (s *Server) setCookie(c *gin.Context, cookie http.Cookie) {
	cookie.Path, cookie.SameSite, cookie.Secure = "/", http.SameSiteLaxMode, s.secure()
	http.SetCookie(c.Writer, &cookie)
}

func (s *Server) signOut(c *gin.Context, r *request) error {
	to := url.Values{}
	if secret := s.sessionSecret(c.Request); secret != "" {
		if issuer := auth.SessionIssuer(r.Person, secret); issuer != "" {
			to.Set("out", issuer)
		}
		if err := s.Auth.SignOut(c.Request.Context(), secret); err != nil {
			return err
		}
	}
	s.dropSession(c)
	c.Redirect(http.StatusSeeOther, address("/sign-in", to))
	return nil
}

// dropSession takes the session's cookie from the browser.
func (s *Server) dropSession(c *gin.Context) {
	for _, name := range []string{sessionCookie, secureCookie} {
		http.SetCookie(c.Writer, &http.Cookie{Name: name, Path: "/", MaxAge: -1, HttpOnly: true, Secure: name == secureCookie, SameSite: http.SameSiteLaxMode})
	}
}

// ownPath lets a form lead back to a path of our own, and nowhere else.
func ownPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

func validScheme(v string) bool { return v == "auto" || v == "light" || v == "dark" }

// setLanguage remembers a language on this browser, and on the person when somebody is signed in.
func (s *Server) setLanguage(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	l, err := locale.ParseLang(c.PostForm("language"))
	if err != nil {
		return fault.Wrong("api.language", "language", "error.language")
	}
	if r.signedIn() {
		if err := s.People.SetLanguage(c.Request.Context(), r.Person.ID, org.Language(l)); err != nil {
			return err
		}
	}
	s.setCookie(c, http.Cookie{Name: languageCookie, Value: string(l), MaxAge: preferenceAge, HttpOnly: true})
	c.Redirect(http.StatusSeeOther, ownPath(c.PostForm("return")))
	return nil
}

// setScheme remembers light or dark on this browser; the script reads the cookie too.
func (s *Server) setScheme(c *gin.Context, _ *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	scheme := c.PostForm("scheme")
	if !validScheme(scheme) {
		return fault.Wrong("api.scheme", "scheme", "error.scheme")
	}
	s.setCookie(c, http.Cookie{Name: schemeCookie, Value: scheme, MaxAge: preferenceAge})
	c.Redirect(http.StatusSeeOther, ownPath(c.PostForm("return")))
	return nil
}
