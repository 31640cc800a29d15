package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/mail"
	"helhet/letters"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// challengeCookie binds a code to the browser that asked for it; over https as the session's.
const (
	challengeCookie       = "helhet_challenge"
	secureChallengeCookie = "__Host-helhet_challenge"
)

func (s *Server) challengeName() string {
	if s.secure() {
		return secureChallengeCookie
	}
	return challengeCookie
}

// codePage says that a mail is on its way, whether or not one is, and takes the code that stands in it.
type codePage struct {
	Layout
	Return    string
	CodeError string
}

// linkPage is what a sign-in mail's link opens. Reading it spends nothing: the button does.
type linkPage struct {
	Layout
	Action string
}

// beginEmail begins a sign-in by e-mail. What comes back is the same whether or not the address is known.
func (s *Server) beginEmail(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	if !s.Mail.Ready() {
		return fault.New(fault.NotFound, "api.email", "error.page.unknown")
	}
	ch, err := s.Email.BeginEmail(c.Request.Context(), c.PostForm("email"), s.line(c.Request))
	if fault.CodeOf(err) == fault.Invalid {
		return s.showSignIn(c, r, http.StatusUnprocessableEntity, c.PostForm("return"), faultOf(err))
	}
	if err != nil {
		return err
	}
	lang := s.letterLang(ch.Language, ch.Municipality, r.Text.Lang())
	letter := letters.SignIn(s.Texts.For(lang), s.link(r, "/sign-in/link/"+ch.Link), ch.Code, int(auth.ChallengeLength.Minutes()))
	if err := s.post(c.Request.Context(), "sign-in/"+ch.ID, mail.Message{To: ch.To, Subject: letter.Subject, Text: letter.Text, Language: string(lang), Until: ch.Ends, Unsent: !ch.Known}); err != nil {
		return err
	}
	s.setCookie(c, http.Cookie{Name: s.challengeName(), Value: ch.Browser, MaxAge: int(auth.ChallengeLength.Seconds()), HttpOnly: true})
	c.Redirect(http.StatusSeeOther, address("/sign-in/code", url.Values{"return": {ownPath(c.PostForm("return"))}}))
	return nil
}

func (s *Server) codePage(c *gin.Context, r *request) error {
	return s.render(c, http.StatusOK, "sign-in-code", codePage{Layout: s.layout(c, r, r.Text.T("sign-in.code.title")), Return: ownPath(c.Query("return"))})
}

// signInByCode takes the code where the sign-in began.
func (s *Server) signInByCode(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	browser := ""
	if cookie, err := c.Request.Cookie(s.challengeName()); err == nil {
		browser = cookie.Value
	}
	id, err := s.Email.ByCode(c.Request.Context(), browser, c.PostForm("code"), s.line(c.Request))
	switch f := faultOf(err); fault.CodeOf(err) {
	case "":
	case fault.Invalid, fault.Conflict:
		return s.render(c, statuses[f.Code], "sign-in-code", codePage{
			Layout: s.layout(c, r, r.Text.T("sign-in.code.title")), Return: ownPath(c.PostForm("return")), CodeError: r.Text.T(f.Key, f.Args...)})
	default:
		return err
	}
	if err := s.startSession(c, id); err != nil {
		return err
	}
	s.setCookie(c, http.Cookie{Name: s.challengeName(), MaxAge: -1, HttpOnly: true})
	c.Redirect(http.StatusSeeOther, ownPath(c.PostForm("return")))
	return nil
}

func (s *Server) linkPage(c *gin.Context, r *request) error {
	link := c.Param("link")
	if err := s.Email.LinkGood(c.Request.Context(), link); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "sign-in-link", linkPage{Layout: s.layout(c, r, r.Text.T("sign-in.link.title")), Action: "/sign-in/link/" + url.PathEscape(link)})
}

// signInByLink spends the link.
func (s *Server) signInByLink(c *gin.Context, _ *request) error {
	id, err := s.Email.ByLink(c.Request.Context(), c.Param("link"))
	if err != nil {
		return err
	}
	if err := s.startSession(c, id); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

// setEmailSignIn is a municipality's switch for sign-in by e-mail.
func (s *Server) setEmailSignIn(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	ctx, m, allowed := c.Request.Context(), r.Actor.Municipality(), c.PostForm("allowed") == "yes"
	if !allowed && org.MayManagePeople(r.Actor, m) {
		if err := s.otherWayIn(ctx, r); err != nil {
			return err
		}
	}
	if err := s.Regions.SetEmailSignIn(ctx, r.Actor, r.Actor.RegionOf(m), m, allowed, s.Now().UTC()); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/people")
	return nil
}

// otherWayIn is a fault Conflict, with a text for its reader, while she would shut herself out by switching sign-in by e-mail off.
func (s *Server) otherWayIn(ctx context.Context, r *request) error {
	const op = "api.otherWayIn"
	if len(s.OIDC.Issuers()) == 0 {
		return fault.New(fault.Conflict, op, "error.email-sign-in.only")
	}
	if auth.AlwaysByEmail(r.Person) {
		return nil
	}
	accounts, err := s.Accounts.Of(ctx, r.Person.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(accounts, func(a auth.Account) bool { return !a.LinkedAt.Before(r.Person.Proved) }) {
		return fault.New(fault.Conflict, op, "error.email-sign-in.you")
	}
	return nil
}

// typed is what a form sent, as it may stand on a page again.
func typed(c *gin.Context, name string) string {
	return strings.ToValidUTF8(c.PostForm(name), "\uFFFD")
}
