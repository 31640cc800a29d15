package api

import (
	"context"
	"net/http"
	"time"

	"helhet/assessment"
	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/org"
)

// v1PersonalData is all that Helhet keeps of one person, for herself.
type v1PersonalData struct {
	MadeAt              time.Time        `json:"madeAt"`
	Person              v1Me             `json:"person"`
	Roles               []v1Role         `json:"roles"`
	FormerRoles         []v1Role         `json:"formerRoles" doc:"Roles that were taken from her, and can be given back."`
	Places              []string         `json:"places" doc:"Where it is kept that she has or had a role: a municipality, region: and a region, or service." example:"larvik"`
	Accounts            []v1Account      `json:"accounts" doc:"Where else she signs in."`
	Sessions            []v1Session      `json:"sessions"`
	Tokens              []v1Token        `json:"tokens"`
	InvitationsSent     []v1Invited      `json:"invitationsSent" doc:"Those that still wait. Whom she invited is not hers to take along."`
	InvitationsReceived []v1Invited      `json:"invitationsReceived" doc:"Those that wait at her address."`
	AccessRequests      []v1Asked        `json:"accessRequests"`
	Mails               []v1Mail         `json:"mails" doc:"That they were sent, and when. What they said is erased when they leave."`
	Contributions       []v1Contribution `json:"contributions" doc:"What carries her identity, round by round."`
	AuditLines          v1AuditLines     `json:"auditLines"`
}

type v1Me struct {
	ID           org.PersonID       `json:"id" example:"p-4f0c"`
	Name         string             `json:"name" example:"Kari Nordmann"`
	Email        string             `json:"email" example:"kari@example.org"`
	Language     org.Language       `json:"language,omitempty" doc:"Absent: her municipality's." example:"nn"`
	Municipality org.MunicipalityID `json:"municipality,omitempty" doc:"The one she works in now, when she chose between several." example:"larvik"`
	SignedInOn   string             `json:"signedInOn,omitempty" doc:"The day of her last sign-in." example:"2026-11-23"`
	Unproven     bool               `json:"unproven,omitempty" doc:"Nothing has shown yet that the address is hers."`
}

type v1Role struct {
	Role         org.Role           `json:"role" example:"contributor"`
	Municipality org.MunicipalityID `json:"municipality,omitempty" example:"larvik"`
	Region       org.RegionID       `json:"region,omitempty" example:"vestfold-telemark"`
}

type v1Account struct {
	Issuer   string    `json:"issuer" example:"https://ansattporten.no"`
	LinkedAt time.Time `json:"linkedAt"`
}

type v1Session struct {
	Issuer    string    `json:"issuer,omitempty" doc:"The id of the issuer she signed in at." example:"ansattporten"`
	CreatedAt time.Time `json:"createdAt"`
	UsedAt    time.Time `json:"usedAt"`
	EndsAt    time.Time `json:"endsAt"`
}

type v1Invited struct {
	To     v1Role    `json:"to"`
	Name   string    `json:"name,omitempty" doc:"As she who invites has written it; only of those she received."`
	MadeAt time.Time `json:"madeAt"`
	EndsAt time.Time `json:"endsAt"`
}

type v1Asked struct {
	IssuerName   string             `json:"issuerName" example:"Ansattporten"`
	Name         string             `json:"name"`
	Email        string             `json:"email"`
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	Message      string             `json:"message,omitempty"`
	AskedAt      time.Time          `json:"askedAt"`
	State        org.AccessState    `json:"state" enum:"open,granted,declined"`
	AnsweredAt   time.Time          `json:"answeredAt,omitzero"`
}

type v1Mail struct {
	State   string    `json:"state" enum:"waiting,sending,sent,failed"`
	MadeAt  time.Time `json:"madeAt"`
	EndedAt time.Time `json:"endedAt,omitzero"`
}

type v1Contribution struct {
	Round        assessment.RoundID `json:"round" example:"vestfold-telemark-host-2026"`
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	Answers      int                `json:"answers" doc:"How many carry her identity."`
	Tasks        int                `json:"tasks" doc:"Of how many she said how they are organised."`
	HandedIn     bool               `json:"handedIn" doc:"She handed the assessment in."`
	Approved     bool               `json:"approved" doc:"She approved it, as a leader."`
	Returned     string             `json:"returned,omitempty" doc:"What she wrote when she returned it, as a leader, in a municipality whose answers she may read now."`
	Written      []v1Answer         `json:"written" doc:"Her answers and notes, in municipalities whose answers she may read now."`
	Organised    []v1Organisation   `json:"organised" doc:"As written."`
}

type v1AuditLines struct {
	Did   int `json:"did" doc:"Lines of the audit log that name her as the one who did something; 1000 stands for that and more."`
	About int `json:"about" doc:"Lines of what was done to her own document; 1000 as above."`
}

type personalDataOutput struct{ Body v1PersonalData }

// keptListed is how many mails are told of.
const keptListed = 500

func (v *v1) me() {
	at := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	role := v1Role{Role: org.Contributor, Municipality: "larvik", Region: "vestfold-telemark"}
	level := 3
	example := v1PersonalData{
		MadeAt: at, Person: v1Me{ID: "p-4f0c", Name: "Kari Nordmann", Email: "kari@example.org", Language: org.Nynorsk, SignedInOn: "2026-11-23"},
		Roles: []v1Role{role}, FormerRoles: []v1Role{}, Places: []string{"larvik"}, Accounts: []v1Account{{"https://ansattporten.no", at}}, Sessions: []v1Session{},
		Tokens: []v1Token{}, InvitationsSent: []v1Invited{}, InvitationsReceived: []v1Invited{}, AccessRequests: []v1Asked{}, Mails: []v1Mail{{"sent", at, at}},
		Contributions: []v1Contribution{{Round: "vestfold-telemark-host-2026", Municipality: "larvik", Answers: 1,
			Written: []v1Answer{{Question: "henvise.ansvar", Level: &level, Tag: exampleTag, SavedAt: at}}, Organised: []v1Organisation{}}},
		AuditLines: v1AuditLines{Did: 2, About: 1},
	}
	add(v, operation{
		ID: "get-own-data", Method: http.MethodGet, Path: "/me/data", Tag: "Oneself", Summary: "All that is kept of oneself",
		About: "The same file as on the page /account/data. A token of one municipality is refused.",
		Fails: []fault.Code{fault.Forbidden}, Example: example,
	}, func(ctx context.Context, r *request, _ *struct{}) (*personalDataOutput, error) {
		data, err := v.personalData(ctx, r)
		return &personalDataOutput{data}, err
	})
}

// personalData gathers what is kept of the reader herself. Each part is found by an index.
func (s *Server) personalData(ctx context.Context, r *request) (v1PersonalData, error) {
	const op = "api.personalData"
	p := r.Person
	d := v1PersonalData{
		MadeAt: s.Now().UTC(), Person: v1Me{ID: p.ID, Name: p.Name, Email: p.Email, Language: p.Language, Municipality: p.Chosen, Unproven: p.Unproven},
		Roles: rolesOf(p.Grants), FormerRoles: rolesOf(p.Former), Places: []string{}, Accounts: []v1Account{}, Sessions: []v1Session{}, Tokens: []v1Token{},
		AccessRequests: []v1Asked{}, Mails: []v1Mail{}, Contributions: []v1Contribution{},
	}
	if r.Caller.Key.Municipality != "" { // it speaks for her in one place only
		return d, fault.New(fault.Forbidden, op, "error.data.token")
	}
	if !p.SignedIn.IsZero() {
		d.Person.SignedInOn = p.SignedIn.Format(time.DateOnly)
	}
	for _, k := range s.Auth.Keys(r.Caller, org.SessionKey) {
		d.Sessions = append(d.Sessions, v1Session{k.Issuer, k.Created, k.Seen, k.Ends})
	}
	for _, k := range s.Auth.Keys(r.Caller, org.TokenKey) {
		d.Tokens = append(d.Tokens, tokenOf(k))
	}
	places, err := s.People.Places(ctx, p.ID)
	if err != nil {
		return d, err
	}
	d.Places = append(d.Places, places...)
	if err := s.personalAccounts(ctx, &d); err != nil {
		return d, err
	}
	sent, err := s.Invitations.By(ctx, p.ID)
	if err != nil {
		return d, err
	}
	received, err := s.Invitations.To(ctx, p.Email)
	if err != nil {
		return d, err
	}
	d.InvitationsSent, d.InvitationsReceived = invitedOf(sent, false), invitedOf(received, true)
	mails, err := s.Mail.To(ctx, p.Email, keptListed)
	if err != nil {
		return d, org.Fault(op, "", err)
	}
	for _, m := range mails {
		d.Mails = append(d.Mails, v1Mail{string(m.State), m.Made, m.Ended})
	}
	if err := s.personalContributions(ctx, r.Actor, places, &d); err != nil {
		return d, err
	}
	d.AuditLines.Did, d.AuditLines.About, err = s.History.CountOf(ctx, string(p.ID))
	return d, org.Fault(op, "", err)
}

// personalAccounts adds the accounts, and the requests for access that were made with them.
func (s *Server) personalAccounts(ctx context.Context, d *v1PersonalData) error {
	var accounts []auth.Account
	var err error
	if s.Accounts != nil {
		accounts, err = s.Accounts.Of(ctx, d.Person.ID)
	}
	if err != nil {
		return err
	}
	for _, a := range accounts {
		d.Accounts = append(d.Accounts, v1Account{a.Issuer, a.LinkedAt})
		q, err := s.Access.Get(ctx, a.ID)
		if fault.CodeOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		d.AccessRequests = append(d.AccessRequests, v1Asked{q.IssuerName, q.Name, q.Email, q.Municipality, q.Message, q.At, q.State, q.AnsweredAt})
	}
	return nil
}

// personalContributions adds what she wrote, in the municipalities among the places where she has or had a role.
func (s *Server) personalContributions(ctx context.Context, a org.Actor, places []string, d *v1PersonalData) error {
	var municipalities []org.MunicipalityID
	for _, place := range places {
		if _, ok := s.Register.Get(org.MunicipalityID(place)); ok {
			municipalities = append(municipalities, org.MunicipalityID(place))
		}
	}
	contributions, err := s.Assessments.Contributions(ctx, a, municipalities)
	if err != nil {
		return err
	}
	for _, c := range contributions {
		v := v1Contribution{c.Round, c.Municipality, c.AnswerCount, c.TaskCount, c.HandedIn, c.Approved, c.Returned, []v1Answer{}, []v1Organisation{}}
		for _, answer := range c.Answers {
			v.Written = append(v.Written, answerOf(answer, ""))
		}
		for _, o := range c.Tasks {
			v.Organised = append(v.Organised, organisationOf(o, ""))
		}
		d.Contributions = append(d.Contributions, v)
	}
	return nil
}

func rolesOf(grants []org.Grant) []v1Role {
	roles := []v1Role{}
	for _, g := range grants {
		roles = append(roles, v1Role(g))
	}
	return roles
}

func invitedOf(invitations []org.Invitation, received bool) []v1Invited {
	all := []v1Invited{}
	for _, i := range invitations {
		v := v1Invited{To: v1Role(i.Grant), MadeAt: i.Made, EndsAt: i.Ends}
		if received {
			v.Name = i.Name
		}
		all = append(all, v)
	}
	return all
}
