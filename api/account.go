package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// accountPage is where a person sees which browsers and programs speak for her, and ends what should not.
type accountPage struct {
	Layout
	Sessions []sessionView
	Others   bool // she has more sessions than this one
	ByToken  bool // the page itself is read through a token: no session is this one, and none can be ended
	Tokens   []tokenView
	New      string // a token made just now: the only time it is shown
	NewName  string
	Done     string // what was ended just now, in words
	Ask      *tokenView
	// The form for a new token, as it was sent when it came back.
	Faults         []planFault
	Name           string
	NameError      string
	ReadOnly       bool
	Municipalities []choiceView // none when she has a role in one or none
	PlaceError     string
	Days           []choiceView
	DaysError      string
}

type sessionView struct {
	ID, Began, Seen, Ends string
	Here                  bool
}

type tokenView struct {
	ID, Name, Reach, Made, Seen, Ends string
	Here                              bool
}

// tokenDays are the lifetimes to choose from.
var tokenDays = []int{7, 30, 90, auth.MostTokenDays}

func (s *Server) accountPage(c *gin.Context, r *request) error {
	p := s.newAccountPage(c, r)
	p.ReadOnly = true // the narrower is the better first choice
	p.choose(strconv.Itoa(auth.UsualTokenDays), "")
	switch c.Query("done") {
	case "session":
		p.Done = r.Text.T("account.done.session")
	case "sessions":
		p.Done = r.Text.T("account.done.sessions")
	case "token":
		p.Done = r.Text.T("account.done.token")
	}
	if id := c.Query("revoke"); id != "" {
		for i := range p.Tokens {
			if p.Tokens[i].ID == id {
				p.Ask = &p.Tokens[i]
			}
		}
	}
	return s.render(c, http.StatusOK, "account", p)
}

func (s *Server) newAccountPage(c *gin.Context, r *request) accountPage {
	t := r.Text
	p := accountPage{Layout: s.layout(c, r, t.T("account.title")), ByToken: r.Caller.Key.Kind == org.TokenKey}
	p.Path = "/account"
	for _, k := range s.Auth.Keys(r.Caller, org.SessionKey) {
		v := sessionView{ID: k.ID, Began: t.When(k.Created, s.Now()), Seen: t.When(k.Seen, s.Now()), Ends: t.When(k.Ends, s.Now()), Here: k.ID == r.Caller.Key.ID}
		p.Others = p.Others || !v.Here
		p.Sessions = append(p.Sessions, v)
	}
	for _, k := range s.Auth.Keys(r.Caller, org.TokenKey) {
		p.Tokens = append(p.Tokens, s.tokenView(r, k))
	}
	for _, m := range municipalitiesOf(r.Actor) {
		name := string(m)
		if known, ok := s.Register.Get(m); ok {
			name = known.Name
		}
		p.Municipalities = append(p.Municipalities, choiceView{Value: string(m), Label: name})
	}
	for _, days := range tokenDays {
		label := t.T("account.token.days.n", "n", days)
		if days == auth.MostTokenDays {
			label = t.T("account.token.days.year")
		}
		p.Days = append(p.Days, choiceView{Value: strconv.Itoa(days), Label: label})
	}
	return p
}

func (p *accountPage) choose(days, municipality string) {
	for i := range p.Days {
		p.Days[i].Chosen = p.Days[i].Value == days
	}
	for i := range p.Municipalities {
		p.Municipalities[i].Chosen = p.Municipalities[i].Value == municipality
	}
}

// municipalitiesOf are those somebody has a role in, each once.
func municipalitiesOf(a org.Actor) []org.MunicipalityID {
	var all []org.MunicipalityID
	for _, g := range a.Grants {
		if g.Municipality != "" && !slices.Contains(all, g.Municipality) {
			all = append(all, g.Municipality)
		}
	}
	return all
}

func (s *Server) tokenView(r *request, k org.Key) tokenView {
	t := r.Text
	v := tokenView{ID: k.ID, Name: k.Name, Made: t.When(k.Created, s.Now()), Seen: t.T("account.token.unused"), Ends: t.Date(k.Ends),
		Reach: t.T("account.token.writes"), Here: k.ID == r.Caller.Key.ID}
	if v.Name == "" { // made before tokens had names
		v.Name = t.T("account.token.nameless")
	}
	if k.Used() {
		v.Seen = t.When(k.Seen, s.Now())
	}
	if k.ReadOnly {
		v.Reach = t.T("account.token.reads")
	}
	if k.Municipality != "" {
		name := string(k.Municipality)
		if m, ok := s.Register.Get(k.Municipality); ok {
			name = m.Name
		}
		v.Reach = t.T("account.token.within", "reach", v.Reach, "place", name)
	}
	return v
}

// makeToken makes one and shows it, on this answer alone.
func (s *Server) makeToken(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	days, _ := strconv.Atoi(c.PostForm("days")) // what is no number is no lifetime either
	order := auth.TokenOrder{Name: c.PostForm("name"), ReadOnly: c.PostForm("reach") != "write", Municipality: org.MunicipalityID(c.PostForm("municipality")), Days: days}
	secret, key, err := s.Auth.MakeToken(c.Request.Context(), r.Caller, order)
	if code := fault.CodeOf(err); code == fault.Invalid || code == fault.Conflict {
		p := s.newAccountPage(c, r)
		p.choose(c.PostForm("days"), c.PostForm("municipality"))
		p.putBack(r.Text, order, faultOf(err))
		return s.render(c, statuses[code], "account", p)
	}
	if err != nil {
		return err
	}
	r.Caller.Keys = append(slices.Clone(r.Caller.Keys), key) // as her document is now
	p := s.newAccountPage(c, r)
	p.New, p.NewName, p.ReadOnly = secret, key.Name, true
	p.choose(strconv.Itoa(auth.UsualTokenDays), "")
	return s.render(c, http.StatusCreated, "account", p)
}

// putBack shows the form as it was sent, each fault beside its field.
func (p *accountPage) putBack(t locale.Text, o auth.TokenOrder, why *fault.Error) {
	p.Name, p.ReadOnly = strings.ToValidUTF8(o.Name, "\uFFFD"), o.ReadOnly
	for _, field := range why.Fields {
		text := t.T(field.Key, field.Args...)
		switch field.Name {
		case "name":
			p.NameError = text
		case "municipality":
			p.PlaceError = text
		case "days":
			p.DaysError = text
		}
		p.Faults = append(p.Faults, planFault{"#token-" + field.Name, text})
	}
	if len(p.Faults) == 0 {
		p.Faults = []planFault{{"#tokens", t.T(why.Key, why.Args...)}}
	}
}

func (s *Server) revokeToken(c *gin.Context, r *request) error {
	if err := s.Auth.RevokeToken(c.Request.Context(), r.Caller, c.Param("token")); err != nil && fault.CodeOf(err) != fault.NotFound { // gone is what she wanted
		return err
	}
	return accountDone(c, "token")
}

func (s *Server) endSession(c *gin.Context, r *request) error {
	if err := s.Auth.EndSession(c.Request.Context(), r.Caller, c.Param("session")); err != nil {
		return err
	}
	return accountDone(c, "session")
}

func (s *Server) endOtherSessions(c *gin.Context, r *request) error {
	if _, err := s.Auth.EndOtherSessions(c.Request.Context(), r.Caller); err != nil {
		return err
	}
	return accountDone(c, "sessions")
}

func accountDone(c *gin.Context, what string) error {
	c.Redirect(http.StatusSeeOther, address("/account", url.Values{"done": {what}}))
	return nil
}
