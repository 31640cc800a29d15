package api

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

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
