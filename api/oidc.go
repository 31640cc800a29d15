package api

import (
	"context"
	"crypto/rand"
	"html"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/mail"
	"helhet/letters"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// The cookies of a sign-in under way, and of somebody who signed in elsewhere and has no access here. Over https both have the
// prefix that no neighbouring site can plant.
const (
	signInCookie  = "helhet_sign_in"
	arrivalCookie = "helhet_arrival"
	hostPrefix    = "__Host-"
)

// Accept lets a verified person use the invitation of a secret, and tells who she is here. It is called again with the same secret and
// person when a sign-in was cut off, and then answers the same. A fault NotFound, Conflict, Forbidden or Invalid says that the
// invitation can't be used.
type Accept func(ctx context.Context, secret string, who auth.Verified) (org.PersonID, error)

// signInChoices are the buttons that lead to the issuers, for whatever page has them (the template part "sign-in-choices").
type signInChoices struct {
	Issuers    []signInIssuer
	Return     string
	Invitation string // the secret of the invitation that is to be accepted, "" for none
}

type signInIssuer struct{ ID, Label, About string }

// choices offers the issuers on a page, and lets the page's forms lead to them.
func (s *Server) choices(c *gin.Context, t locale.Text, back, invitation string) signInChoices {
	all := signInChoices{Return: ownPath(back), Invitation: invitation}
	for _, i := range s.OIDC.Issuers() {
		all.Issuers = append(all.Issuers, signInIssuer{i.ID, t.T("sign-in.with", "issuer", i.Name), aboutIssuer(t, i.Kind)})
	}
	s.allowIssuers(c)
	return all
}

func aboutIssuer(t locale.Text, kind auth.IssuerKind) string {
	switch kind {
	case auth.Ansattporten:
		return t.T("sign-in.about.ansattporten")
	case auth.Entra:
		return t.T("sign-in.about.entra")
	}
	return ""
}

// allowIssuers widens form-action on a page with issuers' buttons: browsers hold a form's redirects to it too, and an issuer leads on to
// whoever it asks in turn, which nobody here knows. Scripts, styles and frames stay as narrow as everywhere.
func (s *Server) allowIssuers(c *gin.Context) {
	issuers := s.OIDC.Issuers()
	if len(issuers) == 0 {
		return
	}
	targets := []string{"'self'", "https:"}
	for _, i := range issuers {
		if u, err := url.Parse(i.URL); err == nil && u.Scheme == "http" { // on the loopback address, see config
			targets = append(targets, "http://"+u.Host)
		}
	}
	c.Header("Content-Security-Policy", contentPolicy(strings.Join(targets, " "), "'none'"))
}

// flowCookie is the name of a cookie of the sign-in's own.
func (s *Server) flowCookie(name string) string {
	if s.secure() {
		return hostPrefix + name
	}
	return name
}

func (s *Server) flowSecret(r *http.Request, name string) string {
	if cookie, err := r.Cookie(s.flowCookie(name)); err == nil {
		return cookie.Value
	}
	return ""
}

func (s *Server) forget(c *gin.Context, name string) {
	s.setCookie(c, http.Cookie{Name: s.flowCookie(name), MaxAge: -1, HttpOnly: true})
}

// secretLength is that of rand.Text.
const secretLength = 26

// beginSignIn sends the browser to an issuer.
func (s *Server) beginSignIn(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	id := c.Param("issuer")
	// One cookie serves several tabs: each has a state of its own.
	browser := s.flowSecret(c.Request, signInCookie)
	if len(browser) != secretLength {
		browser = rand.Text()
	}
	back, invitation := ownPath(c.PostForm("return")), c.PostForm("invitation")
	if err := s.Limits.MayGoToIssuer(c.Request.Context(), s.line(c.Request)); err != nil {
		return err
	}
	to, err := s.OIDC.Begin(c.Request.Context(), id, auth.Beginning{Browser: browser, Return: back, Invitation: invitation, Language: string(r.Text.Lang())})
	if err != nil {
		return s.signInFailed(c, r, id, auth.Returned{Return: back, Invitation: invitation}, err)
	}
	s.setCookie(c, http.Cookie{Name: s.flowCookie(signInCookie), Value: browser, MaxAge: int(auth.SignInLength.Seconds()), HttpOnly: true})
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

// signInCallback takes what an issuer answers: a session for whom the account is linked to, else the page that tells what she can do.
func (s *Server) signInCallback(c *gin.Context, r *request) error {
	ctx, id := c.Request.Context(), c.Param("issuer")
	answer, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return &fault.Error{Code: fault.Malformed, Op: "api.callback", Key: "error.malformed", Err: err}
	}
	back, err := s.OIDC.Callback(ctx, id, s.flowSecret(c.Request, signInCookie), answer)
	if err != nil {
		return s.signInFailed(c, r, id, back, err)
	}
	who := back.Who
	s.forget(c, signInCookie)
	spent := false
	if back.Invitation != "" && s.Accept != nil {
		person, err := s.accept(ctx, r, back.Invitation, who)
		switch code := fault.CodeOf(err); {
		case err == nil:
			who.Person, who.Linked = person, s.Now().UTC()
		case slices.Contains([]fault.Code{fault.NotFound, fault.Conflict, fault.Forbidden, fault.Invalid, fault.Unauthenticated}, code):
			s.Log.Warn("invitation not accepted", slog.String("request", r.Trace), slog.String("issuer", id), slog.String("code", string(code)))
			spent = true
		default:
			return err
		}
	}
	if who.Person == "" {
		return s.arrive(c, who, spent)
	}
	secret, err := s.OIDC.SignIn(ctx, who.Person, who)
	if err != nil {
		return err
	}
	if err := s.enter(c, secret); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, ownPath(back.Return))
	return nil
}

// accept uses an invitation and links the account to whom it was for. Who was here before is told by mail that there is another way to be her.
func (s *Server) accept(ctx context.Context, r *request, secret string, who auth.Verified) (org.PersonID, error) {
	id, err := s.Accept(ctx, secret, who)
	if err != nil {
		return "", err
	}
	if err := s.Accounts.LinkAccount(ctx, id, who.Issuer, who.Subject); err != nil || who.Person != "" {
		return id, err
	}
	if person, err := s.People.Get(ctx, id); err == nil && person.Email != "" && !person.SignedIn.IsZero() && s.Mail.Ready() {
		t, invitation := s.textFor(person, r.Text.Lang()), org.InvitationOf(secret)
		letter := letters.AccountLinked(t, who.IssuerName, s.link(r, "/privacy"))
		s.tell(ctx, r, "account-linked/"+string(invitation), mail.Message{To: person.Email, Subject: letter.Subject, Text: letter.Text, Language: string(t.Lang())})
	}
	return id, nil
}

// arrive leads who has no access here to the page where she may ask for it.
func (s *Server) arrive(c *gin.Context, who auth.Verified, spent bool) error {
	secret, err := s.OIDC.Arrive(c.Request.Context(), who)
	if err != nil {
		return err
	}
	s.setCookie(c, http.Cookie{Name: s.flowCookie(arrivalCookie), Value: secret, MaxAge: int(auth.ArrivalLength.Seconds()), HttpOnly: true})
	to := url.Values{}
	if spent {
		to.Set("invitation", "spent")
	}
	c.Redirect(http.StatusSeeOther, address("/sign-in/access", to))
	return nil
}

// signInFailedPage says why a sign-in at an issuer came to nothing, and lets her try again.
type signInFailedPage struct {
	Layout
	Detail string
	Again  signInChoices // the same issuer
	Others string        // address of the other ways to sign in
	Trace  string
}

// signInFailed tells of a failure that belongs to the sign-in; any other is told as everywhere.
func (s *Server) signInFailed(c *gin.Context, r *request, id string, back auth.Returned, err error) error {
	f := faultOf(err)
	if !strings.HasPrefix(f.Key, "error.sign-in.") {
		return err
	}
	s.Log.Warn("sign-in refused", slog.String("request", r.Trace), slog.String("issuer", id), slog.String("code", string(f.Code)), slog.Any("cause", f.Err))
	p := signInFailedPage{
		Layout: s.layout(c, r, r.Text.T("sign-in.failed")), Detail: r.Text.T(f.Key, f.Args...), Again: s.choices(c, r.Text, back.Return, back.Invitation),
		Others: address("/sign-in", url.Values{"return": {ownPath(back.Return)}}), Trace: r.Trace,
	}
	p.Again.Issuers = slices.DeleteFunc(p.Again.Issuers, func(i signInIssuer) bool { return i.ID != id })
	if statuses[f.Code] == http.StatusServiceUnavailable {
		c.Header("Retry-After", "5")
	}
	return s.render(c, statuses[f.Code], "sign-in-failed", p)
}

// frontChannel ends the sessions that an issuer's session led to. The issuer shows it in a frame without a view, in which no cookie of ours
// is sent: iss and sid say which. This answer alone may be framed, and by the issuer alone.
func (s *Server) frontChannel(c *gin.Context, r *request) error {
	ctx, id := c.Request.Context(), c.Param("issuer")
	if err := s.OIDC.SignOutAt(ctx, id, c.Query("iss"), c.Query("sid")); err != nil {
		return err
	}
	framers, err := s.OIDC.Framers(ctx, id)
	if err != nil {
		return err
	}
	h := c.Writer.Header()
	h.Set("Content-Security-Policy", contentPolicy("'none'", strings.Join(framers, " ")))
	h.Del("X-Frame-Options")
	body := "<!doctype html><html lang=\"" + string(r.Text.Lang()) + "\"><title>Helhet</title><p>" + html.EscapeString(r.Text.T("sign-in.out")) + "</p></html>"
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(body))
	return nil
}

// issuerOut offers to sign out at the issuer too, after signing out here.
type issuerOut struct{ Text, Label, Href string }

func (s *Server) issuerOut(ctx context.Context, t locale.Text, id string) *issuerOut {
	i, ok := s.OIDC.Issuer(id)
	if !ok {
		return nil
	}
	out := &issuerOut{Text: t.T("sign-in.out")}
	if href := s.OIDC.EndSession(ctx, id); href != "" {
		out.Text, out.Label, out.Href = t.T("sign-in.out.still", "issuer", i.Name), t.T("sign-in.out.there", "issuer", i.Name), href
	}
	return out
}
