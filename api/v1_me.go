package api

import (
	"context"
	"net/http"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
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
	Comments            []v1OwnComment   `json:"comments" doc:"What she has said of tasks to her colleagues, the newest first, at most 1000."`
	Steps               int              `json:"steps" doc:"How many steps of improvement plans name her as their owner; 1000 stands for that and more."`
	Benefits            []v1OwnBenefit   `json:"benefits" doc:"Those she owns."`
	MeasurementFiles    []v1OwnFile      `json:"measurementFiles" doc:"The files that she added to measurements of benefits."`
	Ratings             []v1OwnRating    `json:"ratings" doc:"What she rated on her own, until the round is published. Nobody else reads it."`
	AuditLines          v1AuditLines     `json:"auditLines"`
}

type v1Me struct {
	ID           org.PersonID       `json:"id" example:"p-4f0c"`
	Name         string             `json:"name" example:"Kari Nordmann"`
	Email        string             `json:"email" doc:"Empty when nothing has shown one to be hers." example:"kari@example.org"`
	NewEmail     string             `json:"newEmail,omitempty" doc:"The one she asked for and has not confirmed yet." example:"kari.ny@example.org"`
	Language     org.Language       `json:"language,omitempty" doc:"Absent: her municipality's." example:"nn"`
	Municipality org.MunicipalityID `json:"municipality,omitempty" doc:"The one she works in now, when she chose between several." example:"larvik"`
	SignedInOn   string             `json:"signedInOn,omitempty" doc:"The day of her last sign-in." example:"2026-11-23"`
	MentionMail  bool               `json:"mentionMail" doc:"A mail tells her when a comment mentions her."`
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
	Assigned     int                `json:"assigned" doc:"How many tasks are given to her."`
	Gave         int                `json:"gave" doc:"Of how many she said last who has them."`
	Changes      int                `json:"changes" doc:"Of how many she said why they changed."`
	Evidence     int                `json:"evidence" doc:"How many links and files she gave."`
	HandedIn     bool               `json:"handedIn" doc:"She handed the assessment in."`
	Approved     bool               `json:"approved" doc:"She approved it, as a leader."`
	Returned     string             `json:"returned,omitempty" doc:"What she wrote when she returned it, as a leader, in a municipality whose answers she may read now."`
	Written      []v1Answer         `json:"written" doc:"Her answers and notes, in municipalities whose answers she may read now. Of one that says from, she took along or confirmed what stood there."`
	Organised    []v1Organisation   `json:"organised" doc:"As written."`
	Explained    []v1Reason         `json:"explained" doc:"As written."`
	Given        []v1Evidence       `json:"given" doc:"The links and files, as written."`
}

type v1OwnBenefit struct {
	ID           benefits.ID        `json:"id" example:"b-4f0c91d27ab35e60"`
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	Title        string             `json:"title,omitempty" doc:"Where she may read it now." example:"Fewer night visits"`
	Warnings     []benefits.Warning `json:"warnings" doc:"What makes its figures doubtful, as with the benefit. None where she may not read it."`
	PartOf       benefits.ID        `json:"partOf,omitempty" doc:"The benefit that it is a part of." example:"b-91d24f0c7ab35e60"`
	Alike        []benefits.ID      `json:"alike,omitempty" doc:"Others that may count the same thing." example:"[\"b-91d24f0c7ab35e60\"]"`

	doubts []string // the same in few words, for her page
}

type v1OwnFile struct {
	Municipality org.MunicipalityID     `json:"municipality" example:"larvik"`
	Benefit      benefits.ID            `json:"benefit" example:"b-4f0c91d27ab35e60"`
	Measurement  benefits.MeasurementID `json:"measurement" example:"m-4f0c91d27ab35e60"`
	Title        string                 `json:"title,omitempty" doc:"What it shows, where she may read it now."`
	File         *v1EvidenceFile        `json:"file,omitempty" doc:"The same."`
	AddedAt      time.Time              `json:"addedAt"`
	Removed      time.Time              `json:"removed,omitzero"`
}

type v1OwnRating struct {
	Round        assessment.RoundID `json:"round" example:"vestfold-telemark-host-2026"`
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	Task         catalogue.TaskKey  `json:"task" example:"henvise"`
	RatedAt      time.Time          `json:"ratedAt"`
	Levels       []v1RatedQuestion  `json:"levels"`
}

type v1OwnComment struct {
	Round        assessment.RoundID `json:"round" example:"vestfold-telemark-host-2026"`
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	Task         catalogue.TaskKey  `json:"task" example:"henvise"`
	Text         string             `json:"text,omitempty" doc:"Where she may read the municipality's comments now."`
	At           time.Time          `json:"at"`
	Edited       time.Time          `json:"edited,omitzero"`
	Removed      time.Time          `json:"removed,omitzero" doc:"It is deleted for good 30 days after."`
}

type v1AuditLines struct {
	Did   int `json:"did" doc:"Lines of the audit log that name her as the one who did something; 1000 stands for that and more."`
	About int `json:"about" doc:"Lines of what was done to her own document; 1000 as above."`
}

type personalDataOutput struct{ Body v1PersonalData }

type meOutput struct{ Body v1Me }

// v1Correction is what she sets right herself.
type v1Correction struct {
	Name        string       `json:"name" doc:"At most 100 characters." example:"Kari Nordmann"`
	Language    org.Language `json:"language,omitempty" enum:"nb,nn,en" doc:"Absent: her municipality's." example:"nn"`
	MentionMail *bool        `json:"mentionMail,omitempty" doc:"Whether a mail tells her when a comment mentions her. Absent: as it is."`
}

type correctionInput struct{ Body v1Correction }

// v1AddressOrder asks for a mail to the address that is to be hers.
type v1AddressOrder struct {
	Email string `json:"email" example:"kari.ny@example.org"`
}

type addressOrderInput struct{ Body v1AddressOrder }

// v1AddressAsked is the same whether or not the address is somebody's.
type v1AddressAsked struct {
	Email  string    `json:"email" doc:"As it will stand." example:"kari.ny@example.org"`
	EndsAt time.Time `json:"endsAt" doc:"Until when it can be confirmed."`
}

type addressAskedOutput struct{ Body v1AddressAsked }

type deleteMeInput struct {
	Confirm string `header:"Helhet-Confirm" required:"true" enum:"deletion" doc:"deletion: she means it."`
}

// keptListed is how many mails are told of.
const keptListed = 500

func (v *v1) me() {
	at := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	role := v1Role{Role: org.Contributor, Municipality: "larvik", Region: "vestfold-telemark"}
	level := 3
	example := v1PersonalData{
		MadeAt: at, Person: v1Me{ID: "p-4f0c", Name: "Kari Nordmann", Email: "kari@example.org", Language: org.Nynorsk, SignedInOn: "2026-11-23", MentionMail: true},
		Roles: []v1Role{role}, FormerRoles: []v1Role{}, Places: []string{"larvik"}, Accounts: []v1Account{{"https://ansattporten.no", at}}, Sessions: []v1Session{},
		Tokens: []v1Token{}, InvitationsSent: []v1Invited{}, InvitationsReceived: []v1Invited{}, AccessRequests: []v1Asked{}, Mails: []v1Mail{{"sent", at, at}},
		Contributions: []v1Contribution{{Round: "vestfold-telemark-host-2026", Municipality: "larvik", Answers: 1,
			Written: []v1Answer{{Question: "henvise.ansvar", Level: &level, Tag: exampleTag, SavedAt: at}}, Organised: []v1Organisation{}, Explained: []v1Reason{}, Given: []v1Evidence{}}},
		Ratings:  []v1OwnRating{{"vestfold-telemark-host-2026", "larvik", "henvise", at, []v1RatedQuestion{{"henvise.ansvar", &level}}}},
		Comments: []v1OwnComment{{Round: "vestfold-telemark-host-2026", Municipality: "larvik", Task: "henvise", Text: "Can you look at this?", At: at}},
		Steps:    2, Benefits: []v1OwnBenefit{{ID: "b-4f0c91d27ab35e60", Municipality: "larvik", Title: "Fewer night visits", Warnings: []benefits.Warning{benefits.BaselineLate}}},
		MeasurementFiles: []v1OwnFile{{"larvik", "b-4f0c91d27ab35e60", "m-4f0c91d27ab35e60", "The driving log", &v1EvidenceFile{"driving-log.pdf", assessment.FilePDF, 48_213, assessment.ScanClean, false}, at, time.Time{}}}, AuditLines: v1AuditLines{Did: 2, About: 1},
	}
	add(v, operation{
		ID: "get-own-data", Method: http.MethodGet, Path: "/me/data", Tag: "Oneself", Summary: "All that is kept of oneself",
		About: "The same file as on the page /account/data. A token of one municipality is refused.",
		Fails: []fault.Code{fault.Forbidden}, Example: example,
	}, func(ctx context.Context, r *request, _ *struct{}) (*personalDataOutput, error) {
		data, err := v.personalData(ctx, r)
		return &personalDataOutput{data}, err
	})
	v.correcting(example.Person)
}

// correcting adds what she sets right of it, and how she leaves.
func (v *v1) correcting(example v1Me) {
	add(v, operation{
		ID: "get-me", Method: http.MethodGet, Path: "/me", Tag: "Oneself", Summary: "Whom the token or session speaks for",
		About: "A token of one municipality is refused.", Fails: []fault.Code{fault.Forbidden}, Example: example,
	}, func(_ context.Context, r *request, _ *struct{}) (*meOutput, error) {
		return &meOutput{v.meOf(r.Caller)}, wholePerson(r)
	})
	fails := []fault.Code{fault.Forbidden, fault.MediaType, fault.TooLarge, fault.Conflict, fault.OutcomeUnknown}
	add(v, operation{
		ID: "correct-me", Method: http.MethodPut, Path: "/me", Tag: "Oneself", Summary: "Set one's own name and language right, and which mails one wants",
		About: "Name and language are replaced. A token of one municipality is refused.", Fails: fails,
		Request: v1Correction{Name: example.Name, Language: example.Language, MentionMail: new(true)}, Example: example,
	}, func(ctx context.Context, r *request, in *correctionInput) (*meOutput, error) {
		if err := wholePerson(r); err != nil {
			return nil, err
		}
		if err := v.People.Correct(ctx, r.Person.ID, org.Correction(in.Body), v.Now()); err != nil {
			return nil, err
		}
		p, err := v.People.Get(ctx, r.Person.ID)
		return &meOutput{v.meOf(auth.Caller{Person: p})}, err
	})
	add(v, operation{
		ID: "ask-for-address", Method: http.MethodPost, Path: "/me/address", Tag: "Oneself", Summary: "Ask for another e-mail address of one's own", Status: http.StatusAccepted,
		About: "A mail with a link goes there. The address becomes hers when she opens the link in a browser in which she is signed in, and confirms: a program can't. The answer is the " +
			"same whether or not the address is somebody's. 409 where no mail is set up, or where nothing has shown that the address she has is hers. A token of one municipality is refused.",
		Fails: fails, Request: v1AddressOrder{"kari.ny@example.org"}, Example: v1AddressAsked{"kari.ny@example.org", time.Date(2026, 11, 23, 13, 17, 0, 0, time.UTC)},
	}, func(ctx context.Context, r *request, in *addressOrderInput) (*addressAskedOutput, error) {
		if err := wholePerson(r); err != nil {
			return nil, err
		}
		asked, err := v.sendToAddress(ctx, r, in.Body.Email)
		return &addressAskedOutput{v1AddressAsked{asked.To, asked.Ends}}, err
	})
	add(v, operation{
		ID: "delete-me", Method: http.MethodDelete, Path: "/me", Tag: "Oneself", Summary: "Delete oneself", Status: http.StatusNoContent,
		About: "For good, as on the page /account/delete; the session ends. It takes a session: a token is refused, whatever it may do. 409 for the last coordinator of a municipality and " +
			"the last administrator.", Fails: []fault.Code{fault.Forbidden, fault.Conflict, fault.OutcomeUnknown},
	}, func(ctx context.Context, r *request, _ *deleteMeInput) (*struct{}, error) {
		if r.Caller.Key.Kind != org.SessionKey {
			return nil, fault.New(fault.Forbidden, "api.deleteMe", "error.my-data.token")
		}
		return nil, v.delete(ctx, r, r.Person.ID)
	})
}

// wholePerson refuses a token that speaks for its owner in one place only: what she is reaches further.
func wholePerson(r *request) error {
	if r.Caller.Key.Municipality != "" {
		return fault.New(fault.Forbidden, "api.wholePerson", "error.data.token")
	}
	return nil
}

func (s *Server) meOf(by auth.Caller) v1Me {
	p := by.Person
	me := v1Me{ID: p.ID, Name: p.Name, Email: p.Email, Language: p.Language, Municipality: p.Chosen, MentionMail: !p.Unmailed, Unproven: p.Unproven}
	me.NewEmail, _ = s.Email.Asked(by)
	if !p.SignedIn.IsZero() {
		me.SignedInOn = p.SignedIn.Format(time.DateOnly)
	}
	return me
}

// personalData gathers what is kept of the reader herself. Each part is found by an index.
func (s *Server) personalData(ctx context.Context, r *request) (v1PersonalData, error) {
	const op = "api.personalData"
	p := r.Person
	d := v1PersonalData{
		MadeAt: s.Now().UTC(), Person: s.meOf(r.Caller),
		Roles: rolesOf(p.Grants), FormerRoles: rolesOf(p.Former), Places: []string{}, Accounts: []v1Account{}, Sessions: []v1Session{}, Tokens: []v1Token{},
		AccessRequests: []v1Asked{}, Mails: []v1Mail{}, Contributions: []v1Contribution{}, Comments: []v1OwnComment{}, Benefits: []v1OwnBenefit{}, MeasurementFiles: []v1OwnFile{}, Ratings: []v1OwnRating{},
	}
	if err := wholePerson(r); err != nil {
		return d, err
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
	if err := s.personalComments(ctx, r, &d); err != nil {
		return d, err
	}
	if d.Steps, err = s.Assessments.OwnedSteps(ctx, r.Actor); err != nil {
		return d, err
	}
	owned, err := s.Benefits.OwnedBy(ctx, r.Actor)
	if err != nil {
		return d, err
	}
	belonging := map[org.MunicipalityID]benefits.Belonging{}
	for _, b := range owned {
		v := v1OwnBenefit{ID: b.ID, Municipality: b.Municipality, Warnings: []benefits.Warning{}}
		if org.MayReadBenefits(r.Actor, b.Municipality) {
			among, read := belonging[b.Municipality]
			if !read {
				if among, err = s.Benefits.Belonging(ctx, r.Actor, b.Municipality); err != nil {
					return d, err
				}
				belonging[b.Municipality] = among
			}
			v.Title, v.Warnings, v.PartOf, v.Alike = b.Title, append(v.Warnings, b.Warnings()...), b.PartOf, among.Twins(b.ID)
			v.doubts = doubtsOf(r.Text, b, among)
		}
		d.Benefits = append(d.Benefits, v)
	}
	rated, err := s.Assessments.OwnRatings(ctx, r.Actor)
	if err != nil {
		return d, err
	}
	for _, own := range rated {
		d.Ratings = append(d.Ratings, v1OwnRating{own.Round, own.Municipality, own.Task, own.At, ratedQuestions(own)})
	}
	d.AuditLines.Did, d.AuditLines.About, err = s.History.CountOf(ctx, string(p.ID))
	return d, org.Fault(op, "", err)
}

// personalComments adds what she has said.
func (s *Server) personalComments(ctx context.Context, r *request, d *v1PersonalData) error {
	all, err := s.Assessments.OwnComments(ctx, r.Actor)
	if err != nil {
		return err
	}
	var ids []org.PersonID
	for _, c := range all {
		ids = append(ids, c.Mentions...)
	}
	names, err := s.names(ctx, r.Text, ids...)
	if err != nil {
		return err
	}
	for _, c := range all {
		d.Comments = append(d.Comments, v1OwnComment{c.Round, c.Municipality, c.Task, c.Written(names.written), c.At, c.Edited, c.Removed})
	}
	return nil
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
		v := v1Contribution{c.Round, c.Municipality, c.AnswerCount, c.TaskCount, c.Assigned, c.Gave, c.ReasonCount, c.EvidenceCount, c.HandedIn, c.Approved, c.Returned, []v1Answer{}, []v1Organisation{}, []v1Reason{}, []v1Evidence{}}
		for _, answer := range c.Answers {
			v.Written = append(v.Written, answerOf(answer, ""))
		}
		for _, o := range c.Tasks {
			v.Organised = append(v.Organised, organisationOf(o, ""))
		}
		for _, reason := range c.Reasons {
			v.Explained = append(v.Explained, reasonOf(reason, ""))
		}
		for _, e := range c.Evidence {
			v.Given = append(v.Given, s.v1EvidenceOf(e))
		}
		d.Contributions = append(d.Contributions, v)
	}
	files, err := s.Assessments.ShownBy(ctx, a, municipalities)
	for _, e := range files {
		d.MeasurementFiles = append(d.MeasurementFiles, v1OwnFile{e.Municipality, benefits.ID(e.Shows.Benefit), benefits.MeasurementID(e.Shows.Measurement), e.Title, s.v1FileOf(e.File), e.At, e.Removed})
	}
	return err
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
