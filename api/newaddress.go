package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/mail"
	"helhet/letters"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// addressForm is how a person gives another address, on the page of her own data.
type addressForm struct {
	Possible bool   // mails leave here
	Waits    string // the one that is not confirmed yet, and until when, in words
	Changed  bool   // it became hers just now
	Typed    string
	Error    string
}

// newAddressPage is what the link of a mail to a new address opens. Reading it spends nothing: the button does.
type newAddressPage struct {
	Layout
	Action, Before, Email string
}

// fillAddress shows how it stands with the reader's address, around a form that came back.
func (s *Server) fillAddress(c *gin.Context, r *request, f *addressForm) {
	f.Possible, f.Changed = s.Mail.Ready(), c.Query("address") == "changed"
	if email, ends := s.Email.Asked(r.Caller); email != "" {
		f.Waits = r.Text.T("my-data.address.waits", "email", email, "time", r.Text.Clock(ends))
	}
}

// askAddress sends a mail to the address that is to be the reader's. What comes back is the same whether or not it is somebody's.
func (s *Server) askAddress(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	if r.Caller.Key.Kind != org.SessionKey {
		return fault.New(fault.Forbidden, "api.askAddress", "error.my-data.token")
	}
	_, err := s.sendToAddress(c.Request.Context(), r, c.PostForm("email"))
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, "/account/data#address")
		return nil
	case fault.Invalid, fault.Conflict:
		return s.showAddressFault(c, r, typed(c, "email"), faultOf(err))
	}
	return err
}

// showAddressFault shows the reader's data with what was wrong with an address beside it.
func (s *Server) showAddressFault(c *gin.Context, r *request, typed string, failed *fault.Error) error {
	text := r.Text.T(failed.Key, failed.Args...)
	for _, f := range failed.Fields {
		text = r.Text.T(f.Key, f.Args...)
	}
	return s.showMyData(c, r, statuses[failed.Code], myDataPage{Name: r.Person.Name, Language: string(r.Person.Language), Address: addressForm{Typed: typed, Error: text}}, nil)
}

// sendToAddress begins to give the reader another address, and hands the mail to it over. A mail always leaves: whoever has the address
// already is told so, and nobody else.
func (s *Server) sendToAddress(ctx context.Context, r *request, email string) (auth.NewAddress, error) {
	if !s.Mail.Ready() {
		return auth.NewAddress{}, fault.New(fault.Conflict, "api.askAddress", "error.address.no-mail")
	}
	asked, err := s.Email.AskAddress(ctx, r.Caller, email, r.Line)
	if err != nil {
		return auth.NewAddress{}, err
	}
	t := s.textFor(r.Person, r.Text.Lang())
	letter := letters.NewAddress(t, s.link(r, "/account/address/"+url.PathEscape(asked.Link)), int(auth.ChallengeLength.Minutes()))
	if asked.Holder.ID != "" {
		t = s.textFor(asked.Holder, r.Text.Lang())
		letter = letters.AddressTaken(t, s.link(r, "/sign-in"))
	}
	return asked, s.post(ctx, "address/"+asked.ID, mail.Message{To: asked.To, Subject: letter.Subject, Text: letter.Text, Language: string(t.Lang()), Until: asked.Ends})
}

func (s *Server) newAddressPage(c *gin.Context, r *request) error {
	link := c.Param("link")
	email, err := s.Email.AddressOf(r.Caller, link)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "new-address", newAddressPage{
		Layout: s.layout(c, r, r.Text.T("new-address.title")), Action: "/account/address/" + url.PathEscape(link), Before: r.Person.Email, Email: email})
}

// takeAddress spends the link: the address is the reader's. Whoever reads mail to the earlier one is told.
func (s *Server) takeAddress(c *gin.Context, r *request) error {
	ctx, link := c.Request.Context(), c.Param("link")
	email, err := s.Email.AddressOf(r.Caller, link)
	if err != nil {
		return err
	}
	before, id, err := s.Email.TakeAddress(ctx, r.Caller, link)
	if err != nil {
		if f := faultOf(err); f.Code == fault.Conflict {
			return s.showAddressFault(c, r, email, f)
		}
		return err
	}
	if before != "" {
		t := s.textFor(r.Person, r.Text.Lang())
		letter := letters.AddressChanged(t, s.link(r, "/privacy"))
		s.tell(ctx, r, "address-changed/"+id, mail.Message{To: before, Subject: letter.Subject, Text: letter.Text, Language: string(t.Lang())})
	}
	c.Redirect(http.StatusSeeOther, "/account/data?address=changed#address")
	return nil
}

// textFor is the language in which somebody is written to: her own choice, else her municipality's, else another.
func (s *Server) textFor(p org.Person, otherwise locale.Lang) locale.Text {
	return s.Texts.For(s.letterLang(p.Language, p.Actor().Municipality(), otherwise))
}

// letterLang is the language of a mail.
func (s *Server) letterLang(chosen org.Language, of org.MunicipalityID, otherwise locale.Lang) locale.Lang {
	if chosen != "" {
		return locale.Lang(chosen)
	}
	if m, ok := s.Register.Get(of); ok {
		return locale.Lang(m.Reads())
	}
	return otherwise
}

// tellTime is how long an answer waits for its mails to be handed over.
const tellTime = 5 * time.Second

// tell hands over a mail about something that is done: that it can't be handed over, or that the reader has gone, undoes nothing.
func (s *Server) tell(ctx context.Context, r *request, id string, m mail.Message) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTime)
	defer cancel()
	if err := s.post(ctx, id, m); err != nil {
		s.untold(r, err)
	}
}
