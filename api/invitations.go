package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/mail"
	"helhet/letters"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// invitationPage is what an invitation's link opens. Reading it spends nothing: mail filters read links too.
type invitationPage struct {
	Layout
	Action    string
	Role      string
	Place     string // "" for the whole service
	By        string // who invites
	Until     string
	Known     bool // she has a person here already
	Linking   bool // and the role: what is left is to link an account
	Name      string
	NameError string
	Fault     string
	Ways      signInChoices // issuers to accept with
}

func (s *Server) invitationPage(c *gin.Context, r *request) error {
	return s.showInvitation(c, r, http.StatusOK, nil)
}

func (s *Server) showInvitation(c *gin.Context, r *request, status int, failed *fault.Error) error {
	ctx, secret := c.Request.Context(), c.Param("invitation")
	inv, err := s.Invitations.BySecret(ctx, secret)
	if err != nil {
		return err
	}
	names, err := s.names(ctx, r.Text, inv.By)
	if err != nil {
		return err
	}
	place, err := s.placeOf(ctx, r.Text, inv.Grant)
	if err != nil {
		return err
	}
	known, err := s.People.ByEmail(ctx, inv.Email)
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	p := invitationPage{
		Layout: s.layout(c, r, r.Text.T("invitation.title")), Action: "/invitations/" + url.PathEscape(secret), Role: r.Text.T("role." + string(inv.Grant.Role)),
		Place: place, By: names.of(inv.By), Until: r.Text.Date(inv.Ends), Known: err == nil, Name: inv.Name,
	}
	p.Ways = s.choices(c, r.Text, "/", secret)
	p.Linking = p.Known && !known.Inactive && known.Holds(inv.Grant) && len(p.Ways.Issuers) > 0
	if failed != nil {
		p.Name, p.Fault = typed(c, "name"), r.Text.T(failed.Key, failed.Args...)
		for _, f := range failed.Fields {
			if f.Name == "name" {
				p.NameError = r.Text.T(f.Key, f.Args...)
			}
		}
	}
	return s.render(c, status, "invitation", p)
}

// linking tells whether accounts become somebody's by an invitation that she gets by mail.
func (s *Server) linking() bool { return s.Mail.Ready() && len(s.OIDC.Issuers()) > 0 }

// placeOf words where a grant counts, "" for the whole service.
func (s *Server) placeOf(ctx context.Context, t locale.Text, g org.Grant) (string, error) {
	if m, ok := s.Register.Get(g.Municipality); ok {
		return t.T("layout.municipality", "name", m.Name), nil
	}
	if g.Region == "" {
		return "", nil
	}
	region, err := s.Regions.Get(ctx, g.Region)
	return region.Name, err
}

// acceptInvitation takes the invitation and signs the person in: she came by the link that was sent to her. Whoever is signed in as the
// one a link by hand is for takes it as herself.
func (s *Server) acceptInvitation(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	ctx, secret := c.Request.Context(), c.Param("invitation")
	acc := org.Acceptance{Name: c.PostForm("name"), Language: org.Language(r.Text.Lang())}
	inv, err := s.Invitations.BySecret(ctx, secret)
	if err != nil {
		return err
	}
	if r.signedIn() && r.Person.Email == inv.Email {
		acc.Person = r.Person.ID
	}
	id, err := s.Invitations.Accept(ctx, secret, acc)
	switch fault.CodeOf(err) {
	case "":
	case fault.Invalid:
		return s.showInvitation(c, r, http.StatusUnprocessableEntity, faultOf(err))
	case fault.Unauthenticated:
		return fault.New(fault.Forbidden, "api.invitation", "error.invitation.sign-in-first")
	default:
		return err
	}
	if id != r.Person.ID {
		if err := s.startSession(c, id); err != nil {
			return err
		}
	}
	if inv.Grant.Municipality != "" {
		if err := s.People.Choose(ctx, id, inv.Grant.Municipality); err != nil {
			return err
		}
	}
	c.Redirect(http.StatusSeeOther, "/")
	return nil
}

// startSession signs a person in on this browser; whoever was signed in here before is not any more.
func (s *Server) startSession(c *gin.Context, id org.PersonID) error {
	secret, err := s.Auth.SignIn(c.Request.Context(), id)
	if err != nil {
		return err
	}
	return s.enter(c, secret)
}

// link is an address of ours as a mail carries it. Without a public address (and then without mail) it is where the reader is herself.
func (s *Server) link(r *request, path string) string {
	if s.PublicURL != "" {
		return s.PublicURL + path
	}
	return "http://" + r.Host + path
}

// sendInvitation hands the invitation's mail over; without a mail server it gives the link instead, to be passed on by hand.
func (s *Server) sendInvitation(ctx context.Context, r *request, inv org.Invitation, secret string) (byHand string, err error) {
	link := s.link(r, "/invitations/"+secret)
	if inv.ByHand {
		return link, nil
	}
	lang := s.letterLang(inv.Language, inv.Grant.Municipality, r.Text.Lang())
	t := s.Texts.For(lang)
	place, err := s.placeOf(ctx, t, inv.Grant)
	if err != nil {
		return "", err
	}
	letter := letters.Invitation(t, t.T("role."+string(inv.Grant.Role)), place, link, t.Date(inv.Ends))
	return "", s.post(ctx, "invitation/"+string(inv.ID)+"/"+strconv.Itoa(inv.Sent), mail.Message{To: inv.Email, Subject: letter.Subject, Text: letter.Text, Language: string(lang)})
}

// post hands a mail over.
func (s *Server) post(ctx context.Context, id string, m mail.Message) error {
	err := s.Mail.Hand(ctx, id, m)
	if errors.Is(err, mail.ErrText) {
		return fault.New(fault.Internal, "api.mail", "error.internal")
	}
	return org.Fault("api.mail", "", err)
}
