package api

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/demo"
	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/danielgtaylor/huma/v2"
)

// accessPlace is what a row of the access table speaks of.
type accessPlace struct {
	municipality org.MunicipalityID
	region       org.RegionID
	scope        string // as the audit log calls it
	note         string // what the row says after the comma: "a coordinator"
}

// anywhere is the place of what belongs to none.
const anywhere = "–"

// accessPlaces are the places. Everyone who walks is of Larvik, or of its region: Porsgrunn is its neighbour, Oslo in another region.
var accessPlaces = map[string]accessPlace{
	anywhere:               {municipality: larvik, region: demo.Region},
	"own municipality":     {municipality: larvik, region: demo.Region, scope: string(larvik)},
	"foreign municipality": {municipality: "porsgrunn", region: demo.Region, scope: "porsgrunn"},
	"own region":           {municipality: larvik, region: demo.Region, scope: string(demo.Region)},
	"foreign region":       {municipality: "oslo", region: outsideRegion, scope: string(outsideRegion)},
}

// walkedMunicipalities are the places that are a municipality of their own.
var walkedMunicipalities = []string{"own municipality", "foreign municipality", "foreign region"}

// role is the role that a row says its person or invitation has, a contributor's where it says nothing.
func (p accessPlace) role() org.Role {
	switch p.note {
	case "a coordinator":
		return org.Coordinator
	case "a regional lead":
		return org.RegionalLead
	case "an administrator":
		return org.Administrator
	}
	return org.Contributor
}

// grant is the grant of that role there.
func (p accessPlace) grant() org.Grant {
	switch r := p.role(); r {
	case org.Administrator:
		return org.Grant{Role: r}
	case org.RegionalLead:
		return org.Grant{Role: r, Region: p.region}
	default:
		return org.Grant{Role: r, Municipality: p.municipality, Region: p.region}
	}
}

// accessAsk is a request that succeeds for whoever may, and for nobody else.
type accessAsk struct {
	path, body string
	header     []string // name and value in turn
	success    int      // status
	signsOut   bool     // it ends the session, or begins another
}

// accessWalk is the server with somebody of each role, and what the requests need to be about.
type accessWalk struct {
	*testServer
	people    map[org.Role]org.Person
	bearer    map[org.Role]string
	reading   map[org.Role]string // tokens that only read
	sessions  map[org.Role]*http.Cookie
	open      map[org.RegionID]assessment.RoundID
	published map[org.RegionID]assessment.Round
	ready     map[string]assessment.RoundID // made for a row, until something was done to one
	who       org.Person                    // who asks; zero for nobody
	made      int
	hidden    map[org.MunicipalityID]benefits.Benefit // of municipalities whose benefits who asks never sees: nothing is done to them
}

func newAccessWalk(t *testing.T) *accessWalk {
	w := &accessWalk{testServer: startServer(t), hidden: map[org.MunicipalityID]benefits.Benefit{}, people: map[org.Role]org.Person{}, bearer: map[org.Role]string{}, reading: map[org.Role]string{},
		sessions: map[org.Role]*http.Cookie{}, ready: map[string]assessment.RoundID{}}
	for _, role := range org.Roles {
		w.people[role] = w.somebody(role)
	}
	w.API.sittings.stop() // streams end as soon as they have begun
	w.open = map[org.RegionID]assessment.RoundID{demo.Region: w.openRound().ID}
	w.published = map[org.RegionID]assessment.Round{demo.Region: w.lastPublished()}
	w.published[outsideRegion] = w.roundIn(outsideRegion, assessment.Published)
	w.open[outsideRegion] = w.roundIn(outsideRegion, assessment.Open).ID
	w.must(w.Assessments.PrepareComparison(t.Context(), walkers, outsideRegion, nil))
	for _, name := range walkedMunicipalities {
		w.write(w.open[accessPlaces[name].region], accessPlaces[name])
	}
	return w
}

// noteOf is what somebody wrote in a municipality, which nobody else may ever read.
func noteOf(m org.MunicipalityID) string { return "Written in " + string(m) + " for us alone" }

// write saves an answer with a note in the place's municipality.
func (w *accessWalk) write(round assessment.RoundID, at accessPlace) {
	w.t.Helper()
	level := 5
	a, err := w.Assessments.Assessment(w.t.Context(), w.coordinator(at), round, at.municipality)
	w.must(err)
	tag := a.Answer("henvise.ansvar").Tag
	_, err = w.Assessments.SaveAnswer(w.t.Context(), w.coordinator(at), assessment.Save{Round: round, Municipality: at.municipality, Question: "henvise.ansvar",
		Value: assessment.Value{Level: &level, Note: noteOf(at.municipality)}, First: tag == "", Tag: tag})
	w.must(err)
}

// form is the place's, as somebody there fetches it.
func (w *accessWalk) form(at accessPlace) []byte {
	w.t.Helper()
	data, err := w.API.writtenForm(w.t.Context(), &request{Actor: w.coordinator(at), Text: w.API.Texts.For(locale.Bokmal)}, w.round(at, assessment.Open), at.municipality, false)
	w.must(err)
	return data
}

// step adds a step to the place's plan, which says what nobody else may read.
func (w *accessWalk) step(at accessPlace) assessment.Step {
	w.t.Helper()
	step, _, err := w.Assessments.AddStep(w.t.Context(), w.coordinator(at), assessment.AddStep{Municipality: at.municipality, Task: "henvise", Data: assessment.StepData{What: noteOf(at.municipality)}})
	w.must(err)
	return step
}

// changedStep is one that has been changed, so that there is something to undo.
func (w *accessWalk) changedStep(at accessPlace) assessment.Step {
	w.t.Helper()
	step := w.step(at)
	step, err := w.Assessments.SaveStep(w.t.Context(), w.coordinator(at), assessment.SaveStep{ID: step.ID, Data: assessment.StepData{What: "Something else"}, Tag: step.Tag})
	w.must(err)
	return step
}

func (w *accessWalk) removedStep(at accessPlace) assessment.Step {
	w.t.Helper()
	step := w.step(at)
	step, err := w.Assessments.RemoveStep(w.t.Context(), w.coordinator(at), step.ID, step.Tag)
	w.must(err)
	return step
}

// evidence is a file of the place's, of a new task each time: a task takes so many.
func (w *accessWalk) evidence(at accessPlace) assessment.Evidence {
	w.t.Helper()
	round := w.roundIn(at.region, assessment.Open)
	e, _, err := w.Assessments.AddFile(w.t.Context(), w.coordinator(at), assessment.AddEvidence{Round: round.ID, Municipality: at.municipality, Task: round.Tasks[w.next()%len(round.Tasks)],
		Title: noteOf(at.municipality)}, assessment.NewFile{Name: "a.pdf", Size: 8, Content: strings.NewReader("%PDF-1.7")})
	w.must(err)
	return e
}

func (w *accessWalk) removedEvidence(at accessPlace) assessment.Evidence {
	w.t.Helper()
	e, err := w.Assessments.RemoveEvidence(w.t.Context(), w.coordinator(at), w.evidence(at).ID)
	w.must(err)
	return e
}

func v1EvidencePath(at accessPlace, e assessment.Evidence) string {
	return assessmentPath(e.Round, at) + evidencePath(e.ID)
}

// aFile is a form with a file.
const aFile = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7\r\n--x--\r\n"

func v1StepPath(at accessPlace, step assessment.Step) string {
	return apiBase + "/municipalities/" + string(at.municipality) + stepPath(step.ID)
}

// mayAnswer is somebody who may have the place's tasks: who asks, where she may.
func (w *accessWalk) mayAnswer(at accessPlace) org.PersonID {
	w.t.Helper()
	if org.MayHaveTasks(w.who.Actor(), at.municipality) {
		return w.who.ID
	}
	at.note = ""
	return w.target(at).ID
}

// assignment is who has the place's task that is walked, in the round that is walked; offer is what giving it as in the round before would be.
func (w *accessWalk) assignment(at accessPlace) assessment.Assignment {
	w.t.Helper()
	all, err := w.Assessments.Assignments(w.t.Context(), w.coordinator(at), w.round(at, assessment.Open), at.municipality)
	w.must(err)
	return all.Of("henvise")
}

func (w *accessWalk) offer(at accessPlace) string {
	w.t.Helper()
	w.give(at, w.open[at.region]) // the round before, in which somebody had it
	if now := w.assignment(at); now.Given() {
		_, _, err := w.Assessments.Give(w.t.Context(), w.coordinator(at), assessment.Give{Round: w.round(at, assessment.Open), Municipality: at.municipality, Tasks: []assessment.GiveTask{{Task: "henvise", Tag: now.Tag}}})
		w.must(err)
	}
	offer, err := w.Assessments.AsBefore(w.t.Context(), w.coordinator(at), w.round(at, assessment.Open), at.municipality)
	w.must(err)
	return offer.Tag
}

// given gives the task that is walked to somebody who may have it.
func (w *accessWalk) given(at accessPlace) assessment.Assignment {
	w.t.Helper()
	return w.give(at, w.round(at, assessment.Open))
}

func (w *accessWalk) give(at accessPlace, round assessment.RoundID) assessment.Assignment {
	w.t.Helper()
	all, err := w.Assessments.Assignments(w.t.Context(), w.coordinator(at), round, at.municipality)
	w.must(err)
	tag := all.Of("henvise").Tag
	all, _, err = w.Assessments.Give(w.t.Context(), w.coordinator(at), assessment.Give{Round: round, Municipality: at.municipality,
		Tasks: []assessment.GiveTask{{Task: "henvise", Data: assessment.AssignmentData{People: []org.PersonID{w.mayAnswer(at)}}, First: tag == "", Tag: tag}}})
	w.must(err)
	return all.Of("henvise")
}

func (w *accessWalk) v1Assignments(at accessPlace) string {
	w.t.Helper()
	return assessmentPath(w.round(at, assessment.Open), at) + "/assignments"
}

// comment is what who asks has said of the task that is walked, or somebody of the place where she may not, and nobody else may read.
func (w *accessWalk) comment(at accessPlace) assessment.Comment {
	w.t.Helper()
	a := w.coordinator(at)
	if org.MayComment(w.who.Actor(), at.municipality) {
		a = w.who.Actor()
	}
	c, _, err := w.Assessments.AddComment(w.t.Context(), a, assessment.AddComment{Round: w.round(at, assessment.Open), Municipality: at.municipality, Task: "henvise", CommentText: assessment.CommentText{Text: noteOf(at.municipality)}})
	w.must(err)
	return c
}

func (w *accessWalk) removedComment(at accessPlace) assessment.Comment {
	w.t.Helper()
	c := w.comment(at)
	c, err := w.Assessments.RemoveComment(w.t.Context(), org.Actor{Person: c.By, Grants: w.coordinator(at).Grants}, c.ID, c.Tag)
	w.must(err)
	return c
}

func (w *accessWalk) v1Comments(at accessPlace) string {
	w.t.Helper()
	return assessmentPath(w.round(at, assessment.Open), at) + "/comments"
}

// ambition is the tag of the place's ambition for the task that is walked.
func (w *accessWalk) ambition(at accessPlace) string {
	w.t.Helper()
	all, err := w.Assessments.Ambitions(w.t.Context(), w.coordinator(at), at.municipality)
	w.must(err)
	return all.Of("henvise").Tag
}

// changedAmbition is the tag of it when it has just been changed, so that there is something to undo.
func (w *accessWalk) changedAmbition(at accessPlace) string {
	w.t.Helper()
	all, err := w.Assessments.Ambitions(w.t.Context(), w.coordinator(at), at.municipality)
	w.must(err)
	old := all.Of("henvise")
	level := 2
	if old.Level != nil {
		level = 5 - *old.Level
	}
	now, err := w.Assessments.SetAmbition(w.t.Context(), w.coordinator(at), assessment.SetAmbition{Municipality: at.municipality, Task: "henvise", Level: &level, First: old.Tag == "", Tag: old.Tag})
	w.must(err)
	return now.Tag
}

// keepsNotes fails when an answer shows somebody what another municipality wrote, and tells whether it shows her what her own did.
func (w *accessWalk) keepsNotes(row accessRow, column string, got reply) (own bool) {
	w.t.Helper()
	for _, name := range walkedMunicipalities {
		m := accessPlaces[name].municipality
		if !strings.Contains(string(got.Body), noteOf(m)) {
			continue
		}
		own = true
		if len(w.who.Grants) == 0 || w.who.Grants[0].Municipality != m {
			w.t.Errorf("%s as %s shows a note of %s", row, column, m)
		}
	}
	return own
}

// walkers is who makes what the requests are about.
var walkers = org.SystemActor("walk")

func (w *accessWalk) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// next is a number that nothing else has.
func (w *accessWalk) next() int { w.made++; return w.made }

// somebody makes a person of a role where such a role counts: in Larvik, in its region, or in the whole service.
func (w *accessWalk) somebody(role org.Role) org.Person {
	w.t.Helper()
	here := accessPlaces["own municipality"]
	p := org.Person{ID: org.PersonID("p-walk-" + role), Name: "Somebody", Email: string(role) + "@walk.example.org", Language: "en"}
	for _, g := range []org.Grant{{Role: role, Municipality: here.municipality, Region: here.region}, {Role: role, Region: here.region}, {Role: role}} {
		p.Grants = []org.Grant{g}
		switch err := w.People.Create(w.t.Context(), p); fault.CodeOf(err) {
		case "":
			return w.person(p.Email)
		case fault.Invalid:
		default:
			w.t.Fatal(err)
		}
	}
	w.t.Fatalf("%s is a role that nobody can be given", role)
	return p
}

// roundIn makes a round of one task in a region, in a state.
func (w *accessWalk) roundIn(region org.RegionID, state assessment.State) assessment.Round {
	w.t.Helper()
	ctx := w.t.Context()
	r, err := w.Assessments.Plan(ctx, walkers, assessment.Plan{Region: region, Name: fmt.Sprint("Walk ", w.next()), Catalogue: demo.Catalogue, Tasks: []catalogue.TaskKey{"henvise"},
		OpensAt: demoNow, ClosesAt: demoNow.Add(24 * time.Hour)})
	w.must(err)
	for _, step := range []struct {
		to   assessment.State
		take func() (assessment.Round, error)
	}{
		{assessment.Planned, func() (assessment.Round, error) { return r, nil }},
		{assessment.Open, func() (assessment.Round, error) { return w.Assessments.Open(ctx, walkers, r.ID) }},
		{assessment.Closed, func() (assessment.Round, error) { return w.Assessments.Close(ctx, walkers, r.ID) }},
		{assessment.Published, func() (assessment.Round, error) { return w.Assessments.Publish(ctx, walkers, r.ID) }},
	} {
		r, err = step.take()
		w.must(err)
		if step.to == state {
			break
		}
	}
	return r
}

// round gives a round to do something to, in a state: the same until something was done.
func (w *accessWalk) round(at accessPlace, state assessment.State) assessment.RoundID {
	w.t.Helper()
	return w.once(fmt.Sprint(at.region, state), func() assessment.RoundID { return w.roundIn(at.region, state).ID })
}

func (w *accessWalk) once(key string, make func() assessment.RoundID) assessment.RoundID {
	if w.ready[key] == "" {
		w.ready[key] = make()
	}
	return w.ready[key]
}

// coordinator is a coordinator of the place's municipality.
func (w *accessWalk) coordinator(at accessPlace) org.Actor {
	return org.Actor{Person: "p-walk-coordinator", Grants: []org.Grant{{Role: org.Coordinator, Municipality: at.municipality, Region: at.region}}}
}

// version is what the place's municipality handed in to a round.
func (w *accessWalk) version(r assessment.RoundID, at accessPlace) assessment.VersionID {
	w.t.Helper()
	a, err := w.Assessments.Assessment(w.t.Context(), w.coordinator(at), r, at.municipality)
	w.must(err)
	return a.HandIns[0].Version
}

// handedIn is an open round in which the place's municipality has handed in.
func (w *accessWalk) handedIn(at accessPlace) assessment.RoundID {
	w.t.Helper()
	return w.once(fmt.Sprint("handed in ", at), func() assessment.RoundID {
		r := w.roundIn(at.region, assessment.Open).ID
		_, err := w.Assessments.HandIn(w.t.Context(), w.coordinator(at), r, at.municipality)
		w.must(err)
		return r
	})
}

// waiting is an open round in which what the place's municipality has handed in waits for approval, and what its leader is asked.
func (w *accessWalk) waiting(at accessPlace) (assessment.RoundID, string) {
	w.t.Helper()
	ctx, coordinator := w.t.Context(), w.coordinator(at)
	r := w.once(fmt.Sprint("waiting ", at), func() assessment.RoundID {
		r := w.roundIn(at.region, assessment.Open).ID
		w.must(w.Regions.SetApproval(ctx, coordinator, at.region, at.municipality, true, demoNow))
		_, err := w.Assessments.HandIn(ctx, coordinator, r, at.municipality)
		w.must(err)
		w.must(w.Regions.SetApproval(ctx, coordinator, at.region, at.municipality, false, demoNow))
		return r
	})
	a, err := w.Assessments.Assessment(ctx, coordinator, r, at.municipality)
	w.must(err)
	return r, a.Ask
}

// carrying is an open round with another before it, in which the place's municipality has answered.
func (w *accessWalk) carrying(at accessPlace) assessment.RoundID {
	w.t.Helper()
	return w.once(fmt.Sprint("carrying ", at), func() assessment.RoundID {
		w.write(w.roundIn(at.region, assessment.Open).ID, at)
		return w.roundIn(at.region, assessment.Open).ID
	})
}

// corrected is a published round in which the place's municipality has answered anew since.
func (w *accessWalk) corrected(at accessPlace) assessment.RoundID {
	w.t.Helper()
	return w.once(fmt.Sprint("corrected ", at), func() assessment.RoundID {
		ctx, r := w.t.Context(), w.roundIn(at.region, assessment.Published).ID
		w.must(w.Assessments.SendBack(ctx, walkers, r, at.municipality, "Once more."))
		w.write(r, at)
		_, err := w.Assessments.HandIn(ctx, w.coordinator(at), r, at.municipality)
		w.must(err)
		return r
	})
}

// target makes somebody to do something to.
func (w *accessWalk) target(at accessPlace) org.Person {
	w.t.Helper()
	p, err := w.People.Add(w.t.Context(), org.Person{ID: org.PersonID(fmt.Sprint("p-target-", w.next())), Name: "Target", Email: w.address(), Grants: []org.Grant{at.grant()}})
	w.must(err)
	return p
}

// address is an e-mail address that nobody has.
func (w *accessWalk) address() string { return fmt.Sprintf("target-%d@example.org", w.next()) }

// invitation makes one that waits, and gives the secret of its link.
func (w *accessWalk) invitation(at accessPlace) (org.InvitationID, string) {
	w.t.Helper()
	g := at.grant()
	inv, secret, err := w.Invitations.Invite(w.t.Context(), w.person(adminEmail).Actor(), org.Invite{Email: w.address(), Name: "Invited", Role: g.Role, Municipality: g.Municipality, Region: g.Region})
	w.must(err)
	return inv.ID, secret
}

// ask makes the request of a row for who asks.
func (w *accessWalk) ask(row accessRow, column string) accessAsk {
	w.t.Helper()
	name, note, _ := strings.Cut(row.place, ", ")
	at := accessPlaces[name]
	at.note = note
	w.who = w.people[org.Role(column)]
	var ask accessAsk
	if special := accessRequests[row.route()]; special != nil {
		ask = special(w, at)
	}
	if ask.path == "" || strings.HasPrefix(ask.path, "?") {
		ask.path = w.fill(row.path, at) + ask.path
	}
	if ask.success == 0 {
		ask.success = http.StatusOK
		if !safe(row.method) && !strings.HasPrefix(row.path, apiBase) {
			ask.success = http.StatusSeeOther
		}
	}
	return ask
}

// fill puts what is there into a route's path.
func (w *accessWalk) fill(path string, at accessPlace) string {
	return strings.NewReplacer(":region", string(at.region), ":round", string(w.open[at.region]), ":municipality", string(at.municipality), ":chart", "trend.csv",
		":task", "henvise", ":case", "fjordvik", ":question", "henvise.ansvar", ":job", "rounds", ":hash", string(w.published[at.region].Publication()), ":id", string(demo.Catalogue),
		":session", "nosuch", ":issuer", "nosuch", "*name", "app-AB12.js").Replace(path)
}

// send sends a request as somebody of a role, or as nobody: by session to pages, by token to the API.
func (w *accessWalk) send(method string, ask accessAsk, column string) reply {
	w.t.Helper()
	req := w.request(method, ask.path, ask.body, ask.header...)
	role := org.Role(column)
	switch {
	case column == nobody:
	case strings.HasPrefix(ask.path, apiBase):
		if w.bearer[role] == "" {
			token, err := w.Auth.NewToken(w.t.Context(), w.people[role].ID)
			w.must(err)
			w.bearer[role] = token
		}
		req.Header.Set("Authorization", "Bearer "+w.bearer[role])
	default:
		if w.sessions[role] == nil {
			w.sessions[role] = w.session(w.people[role].Email)
		}
		req.AddCookie(w.sessions[role])
		if !safe(method) {
			req.Header.Set(personHeader, string(w.people[role].ID)) // her own page
		}
	}
	return w.do(req)
}

// spent forgets what a request that succeeded has changed.
func (w *accessWalk) spent(column string, ask accessAsk) {
	clear(w.ready)
	if p, ok := w.people[org.Role(column)]; ok { // her address may be another
		var err error
		w.people[p.Grants[0].Role], err = w.People.Get(w.t.Context(), p.ID)
		w.must(err)
	}
	if ask.signsOut {
		delete(w.sessions, org.Role(column))
	}
}

// accessRequests are the requests that need more than their path: something to be about that is made first, a body, another status. A
// route that isn't here is asked for as it is, about what the place has.
var accessRequests = map[string]func(w *accessWalk, at accessPlace) accessAsk{
	"POST /preferences/language": withForm("language", "en"),
	"POST /preferences/scheme":   withForm("scheme", "dark"),
	"GET /assets/*name": func(*accessWalk, accessPlace) accessAsk {
		return accessAsk{header: []string{"Accept-Encoding", "identity"}}
	},
	"POST /preferences/municipality": func(_ *accessWalk, at accessPlace) accessAsk {
		return accessAsk{body: fields("municipality", string(at.municipality))}
	},

	"GET /demo/:key": func(_ *accessWalk, at accessPlace) accessAsk {
		if at.note == "a wrong key" {
			return accessAsk{path: "/demo/NOSUCHKEY"}
		}
		return accessAsk{path: "/demo/" + demoKey}
	},
	"POST /sign-in/demo": func(w *accessWalk, at accessPlace) accessAsk {
		ask := accessAsk{body: fields("person", string(w.target(at).ID)), signsOut: true}
		if at.note == "the demo's key" {
			ask.header = withDemoKey
		}
		return ask
	},
	"POST /sign-in/email":   func(w *accessWalk, _ accessPlace) accessAsk { return accessAsk{body: fields("email", w.address())} },
	"POST /sign-in/:issuer": withForm("return", "/"),
	"POST /sign-in/access":  withForm("name", "Somebody"),
	"POST /sign-in/code": func(w *accessWalk, at accessPlace) accessAsk {
		if at.note != "the right code" {
			return accessAsk{body: fields("code", "000000")}
		}
		ch := w.challenge(at)
		return accessAsk{body: fields("code", ch.Code), header: []string{"Cookie", challengeCookie + "=" + ch.Browser}, signsOut: true}
	},
	"GET /sign-in/link/:link": func(w *accessWalk, at accessPlace) accessAsk { return accessAsk{path: w.signInLink(at)} },
	"POST /sign-in/link/:link": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.signInLink(at), signsOut: true}
	},
	"GET /set-up/:secret": func(*accessWalk, accessPlace) accessAsk { return accessAsk{path: "/set-up/NOSUCHSECRET"} },
	"POST /set-up/:secret": func(w *accessWalk, _ accessPlace) accessAsk {
		return accessAsk{path: "/set-up/NOSUCHSECRET", body: fields("name", "First", "email", w.address())}
	},
	"POST /sign-out": func(*accessWalk, accessPlace) accessAsk { return accessAsk{signsOut: true} },
	"GET /invitations/:invitation": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.invitationLink(at)}
	},
	"POST /invitations/:invitation": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.invitationLink(at), body: fields("name", "Invited"), signsOut: true}
	},

	"GET /tasks/:task": ofRound,
	"GET /hand-in":     ofRound,
	"GET /form":        ofRound,
	"GET /form.xlsx": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: scopeQuery(w.round(at, assessment.Open), at.municipality)}
	},
	"POST /form": func(w *accessWalk, at accessPlace) accessAsk {
		body, kind := uploading(w.form(at))
		return accessAsk{path: scopeQuery(w.round(at, assessment.Open), at.municipality), body: body, header: []string{"Content-Type", kind}, success: http.StatusOK}
	},
	"POST /form/save": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: scopeQuery(w.round(at, assessment.Open), at.municipality), body: fields("rows", `[{"question":"henvise.ansvar","level":3}]`, "edit", fmt.Sprint("e", w.next()))}
	},
	"POST /form/undo": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: scopeQuery(w.round(at, assessment.Open), at.municipality), body: fields("edit", fmt.Sprint("e", w.next()))}
	},
	"POST " + apiBase + "/assessments/:round/:municipality/form": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/form", body: `{"file":"` + base64.StdEncoding.EncodeToString(w.form(at)) + `"}`}
	},
	"POST " + apiBase + "/assessments/:round/:municipality/form/undo": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/form/undo", body: fmt.Sprintf(`{"edit":"e%d"}`, w.next())}
	},
	"PUT /tasks/:task/answers/:question": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: `{"level":3}`, header: []string{"If-None-Match", "*"}, success: http.StatusOK}
	},
	"POST /tasks/:task/answers/:question": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("level", "3", "tag", "")}
	},
	"PUT /tasks/:task/organisation": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: `{"status":"not-clarified"}`, header: []string{"If-None-Match", "*"}, success: http.StatusOK}
	},
	"POST /tasks/:task/organisation": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("status", "not-clarified", "tag", "")}
	},
	"PUT /tasks/:task/reason": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: `{"reason":"new-insight"}`, header: []string{"If-None-Match", "*"}, success: http.StatusOK}
	},
	"POST /tasks/:task/reason": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("reason", "new-insight", "tag", "")}
	},
	"POST /tasks/:task/evidence/links": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("link", "https://example.org/a")}
	},
	"POST /tasks/:task/evidence/files": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: aFile, header: []string{"Content-Type", "multipart/form-data; boundary=x"}}
	},
	"GET /evidence/:evidence/file": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: evidencePath(w.evidence(at).ID) + "/file"}
	},
	"POST /evidence/:evidence/remove": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: evidencePath(w.evidence(at).ID) + "/remove", body: fields("return", "/")}
	},
	"POST /evidence/:evidence/restore": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: evidencePath(w.removedEvidence(at).ID) + "/restore", body: fields("return", "/")}
	},
	"POST /tasks/:task/confirm": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("edit", fmt.Sprint("e", w.next()))}
	},
	"POST /tasks/:task/unconfirm": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("edit", fmt.Sprint("e", w.next()))}
	},
	"POST /tasks/:task/share": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("tag", w.share(at).Tag)}
	},
	"POST /tasks/:task/receive": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("host", string(w.offered(at)))}
	},
	"POST /tasks/:task/give-back": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("host", string(w.offered(at)))}
	},
	"POST /carry": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: scopeQuery(w.carrying(at), at.municipality), body: fields("return", "/")}
	},
	"POST /carry/undo": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: scopeQuery(w.carrying(at), at.municipality), body: fields("return", "/")}
	},
	"GET /catalogues/:catalogue/changes": func(w *accessWalk, _ accessPlace) accessAsk {
		w.withVersions()
		return accessAsk{path: "/catalogues/trygg-hverdag-2/changes"}
	},
	"GET /api/v1/catalogues/:id/changes": func(w *accessWalk, _ accessPlace) accessAsk {
		w.withVersions()
		return accessAsk{path: apiBase + "/catalogues/trygg-hverdag-2/changes"}
	},
	"POST /calibration/:case": func(w *accessWalk, _ accessPlace) accessAsk {
		var levels []string
		for _, reading := range w.catalogue().Case("fjordvik").Readings {
			levels = append(levels, string(reading.Question), "3")
		}
		return accessAsk{body: fields(levels...), success: http.StatusOK}
	},
	"POST /tasks/:task/minute": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), success: http.StatusNoContent}
	},
	"PUT /tasks/:task/presence": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), success: http.StatusOK}
	},
	"DELETE /tasks/:task/presence": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), success: http.StatusNoContent}
	},
	"POST /tasks/:task/ambition": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("ambition", "4", "tag", w.ambition(at))}
	},
	"POST /tasks/:task/ambition/undo": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("tag", w.changedAmbition(at))}
	},
	"POST /tasks/:task/assignment": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("finisher", string(w.mayAnswer(at)), "tag", w.assignment(at).Tag)}
	},
	"POST /tasks/:task/finish": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("done", "yes", "tag", w.given(at).Tag)}
	},
	"POST /tasks/:task/comments": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("text", "Something")}
	},
	"POST /tasks/:task/comments/:comment": func(w *accessWalk, at accessPlace) accessAsk {
		c := w.comment(at)
		return accessAsk{path: commentsPath(c.Task) + "/" + string(c.ID) + w.answering(at), body: fields("text", "Something else", "tag", c.Tag)}
	},
	"POST /tasks/:task/comments/:comment/remove": func(w *accessWalk, at accessPlace) accessAsk {
		c := w.comment(at)
		return accessAsk{path: commentsPath(c.Task) + "/" + string(c.ID) + "/remove" + w.answering(at), body: fields("tag", c.Tag)}
	},
	"POST /tasks/:task/comments/:comment/restore": func(w *accessWalk, at accessPlace) accessAsk {
		c := w.removedComment(at)
		return accessAsk{path: commentsPath(c.Task) + "/" + string(c.ID) + "/restore" + w.answering(at), body: fields("tag", c.Tag)}
	},
	"GET /api/v1/assessments/:round/:municipality/comments": func(w *accessWalk, at accessPlace) accessAsk {
		w.comment(at)
		return accessAsk{path: w.v1Comments(at) + "?task=henvise"}
	},
	"POST /api/v1/assessments/:round/:municipality/comments": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Comments(at), body: `{"task":"henvise","text":"Something"}`, success: http.StatusCreated}
	},
	"PUT /api/v1/assessments/:round/:municipality/comments/:comment": func(w *accessWalk, at accessPlace) accessAsk {
		c := w.comment(at)
		return accessAsk{path: w.v1Comments(at) + "/" + string(c.ID), body: `{"text":"Something else"}`, header: []string{"If-Match", strconv.Quote(c.Tag)}}
	},
	"DELETE /api/v1/assessments/:round/:municipality/comments/:comment": func(w *accessWalk, at accessPlace) accessAsk {
		c := w.comment(at)
		return accessAsk{path: w.v1Comments(at) + "/" + string(c.ID), header: []string{"If-Match", strconv.Quote(c.Tag)}}
	},
	"POST /api/v1/assessments/:round/:municipality/comments/:comment/restore": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Comments(at) + "/" + string(w.removedComment(at).ID) + "/restore"}
	},
	"POST /assignments": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("task", "henvise", "finisher", string(w.mayAnswer(at)), "tag.henvise", w.assignment(at).Tag)}
	},
	"POST /assignments/undo": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("change", string(w.given(at).Change))}
	},
	"GET /assignments/as-before": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: "?round=" + string(w.round(at, assessment.Open))}
	},
	"POST /assignments/as-before": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("seen", w.offer(at))}
	},
	"POST /api/v1/assessments/:round/:municipality/assignments": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Assignments(at), body: fmt.Sprintf(`{"tasks":[{"task":"henvise","tag":%q}],"people":[%q]}`, w.assignment(at).Tag, w.mayAnswer(at))}
	},
	"GET /api/v1/assessments/:round/:municipality/assignments": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Assignments(at)}
	},
	"PUT /api/v1/assessments/:round/:municipality/assignments/:task": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Assignments(at) + "/henvise", body: fmt.Sprintf(`{"people":[%q]}`, w.mayAnswer(at)), header: []string{"If-Match", strconv.Quote(w.given(at).Tag)}}
	},
	"POST /api/v1/assessments/:round/:municipality/assignments/:task/finish": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Assignments(at) + "/henvise/finish", header: []string{"If-Match", strconv.Quote(w.given(at).Tag)}}
	},
	"POST /api/v1/assessments/:round/:municipality/assignments/:task/reopen": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Assignments(at) + "/henvise/reopen", header: []string{"If-Match", strconv.Quote(w.given(at).Tag)}}
	},
	"POST /api/v1/assessments/:round/:municipality/assignments/undo": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Assignments(at) + "/undo", body: fmt.Sprintf(`{"change":%q}`, w.given(at).Change)}
	},
	"GET /api/v1/assessments/:round/:municipality/assignments/as-before": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Assignments(at) + "/as-before"}
	},
	"POST /api/v1/assessments/:round/:municipality/assignments/as-before": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Assignments(at) + "/as-before", body: fmt.Sprintf(`{"seen":%q}`, w.offer(at))}
	},
	"GET /tasks/:task/rate": func(w *accessWalk, at accessPlace) accessAsk {
		w.sitting(at, false)
		return accessAsk{path: w.answering(at)}
	},
	"POST /tasks/:task/rate": func(w *accessWalk, at accessPlace) accessAsk {
		w.sitting(at, false)
		return accessAsk{path: w.answering(at), body: fields("question", "henvise.ansvar", "level", "3")}
	},
	"POST /tasks/:task/ratings/open": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("a", "b")}
	},
	"POST /tasks/:task/ratings/stop":    ofSitting(false),
	"GET /tasks/:task/consensus":        ofSitting(true),
	"GET /tasks/:task/consensus/events": ofSitting(true),
	"POST /tasks/:task/consensus/show":  ofSitting(false),
	"POST /tasks/:task/consensus/drive": ofSitting(true),
	"POST /tasks/:task/consensus/question": func(w *accessWalk, at accessPlace) accessAsk {
		w.sitting(at, true)
		return accessAsk{path: w.answering(at), body: fields("question", "henvise.praksis")}
	},
	"POST /tasks/:task/consensus/settle": func(w *accessWalk, at accessPlace) accessAsk {
		w.sitting(at, true)
		a, err := w.Assessments.Assessment(w.t.Context(), w.coordinator(at), w.round(at, assessment.Open), at.municipality)
		w.must(err)
		return accessAsk{path: w.answering(at), body: fields("question", "henvise.ansvar", "level", "3", "why", "We agree", "tag", a.Answer("henvise.ansvar").Tag)}
	},
	"POST /tasks/:task/consensus/display": func(w *accessWalk, at accessPlace) accessAsk {
		w.sitting(at, true)
		w.noDisplays(at)
		return accessAsk{path: w.answering(at), body: fields("a", "b"), success: http.StatusCreated}
	},
	"POST /tasks/:task/consensus/display/revoke": func(w *accessWalk, at accessPlace) accessAsk {
		_, d := w.display(at)
		return accessAsk{path: w.answering(at), body: fields("display", d.ID)}
	},
	"GET /display/:display": func(w *accessWalk, at accessPlace) accessAsk {
		if at.note == "a wrong secret" {
			return accessAsk{path: "/display/abcd-efgh-ijkl-mnop"}
		}
		secret, _ := w.display(at)
		return accessAsk{path: "/display/" + secret, success: http.StatusSeeOther}
	},
	"GET /display":        onDisplay,
	"GET /display/events": onDisplay,
	"GET /steps/new": func(_ *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: "?" + url.Values{"task": {"henvise"}, "municipality": {string(at.municipality)}}.Encode()}
	},
	"POST /steps": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{body: fields("task", "henvise", "municipality", string(at.municipality), "what", "Something", "edit", fmt.Sprint("e", w.next()))}
	},
	"GET /steps/:step": func(w *accessWalk, at accessPlace) accessAsk { return accessAsk{path: stepPath(w.step(at).ID)} },
	"POST /steps/:step": func(w *accessWalk, at accessPlace) accessAsk {
		step := w.step(at)
		return accessAsk{path: stepPath(step.ID), body: fields("tag", step.Tag, "what", "Something else", "status", "under-way")}
	},
	"POST /steps/:step/status": func(w *accessWalk, at accessPlace) accessAsk {
		step := w.step(at)
		return accessAsk{path: stepPath(step.ID) + "/status", body: fields("tag", step.Tag, "status", "done")}
	},
	"POST /steps/:step/undo": func(w *accessWalk, at accessPlace) accessAsk {
		step := w.changedStep(at)
		return accessAsk{path: stepPath(step.ID) + "/undo", body: fields("tag", step.Tag)}
	},
	"POST /steps/:step/remove": func(w *accessWalk, at accessPlace) accessAsk {
		step := w.step(at)
		return accessAsk{path: stepPath(step.ID) + "/remove", body: fields("tag", step.Tag)}
	},
	"POST /steps/:step/restore": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: stepPath(w.removedStep(at).ID) + "/restore", body: fields("return", "/plan")}
	},
	"POST /hand-in": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.answering(at), body: fields("confirm", "yes")}
	},
	"POST /hand-in/take-back": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: scopeQuery(w.handedIn(at), at.municipality)}
	},

	"POST /hand-in/approve": func(w *accessWalk, at accessPlace) accessAsk {
		r, ask := w.waiting(at)
		return accessAsk{path: scopeQuery(r, at.municipality), body: fields("ask", ask, "confirm", "yes")}
	},
	"POST /hand-in/return": func(w *accessWalk, at accessPlace) accessAsk {
		r, ask := w.waiting(at)
		return accessAsk{path: scopeQuery(r, at.municipality), body: fields("ask", ask, "message", "Once more.")}
	},

	"GET /hand-in/versions/:version": func(w *accessWalk, at accessPlace) accessAsk {
		r := w.handedIn(at)
		return accessAsk{path: versionPath(r, at.municipality, w.version(r, at), "")}
	},

	"GET /region": func(*accessWalk, accessPlace) accessAsk { return accessAsk{success: http.StatusSeeOther} },
	"POST /rounds/new": func(w *accessWalk, _ accessPlace) accessAsk {
		return accessAsk{body: fields("name", fmt.Sprint("Plan ", w.next()), "catalogue", string(demo.Catalogue), "opens", "2027-03-01", "closes", "2027-04-15")}
	},
	"GET /rounds/:round/scope": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: roundPath(w.round(at, assessment.Planned)) + "/scope"}
	},
	"POST /rounds/:round/scope": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: roundPath(w.round(at, assessment.Planned)) + "/scope", body: fields("cover", "chosen", "area", "support", "tag", assessment.Round{Tasks: assessment.Scope{"henvise"}}.ScopeTag())}
	},
	"POST /rounds/:round/open":    takeStep("", "open", assessment.Planned),
	"POST /rounds/:round/cancel":  takeStep("", "cancel", assessment.Planned),
	"POST /rounds/:round/close":   takeStep("", "close", assessment.Open),
	"POST /rounds/:round/publish": takeStep("", "publish", assessment.Closed),
	"GET /rounds/:round/handed-in/:municipality": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: submissionPath(w.handedIn(at), at.municipality)}
	},
	"POST /rounds/:round/send-back": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: roundPath(w.round(at, assessment.Closed)) + "/send-back", body: fields("confirm", "yes", "municipality", string(at.municipality), "message", "Once more.")}
	},
	"POST /rounds/:round/erratum": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: roundPath(w.corrected(at)) + "/erratum", body: fields("confirm", "yes", "reason", "It was wrong.")}
	},

	"POST /municipality/leave": func(w *accessWalk, at accessPlace) accessAsk {
		if _, err := w.Leaving.Stay(w.t.Context(), w.coordinator(at), at.municipality); fault.CodeOf(err) != fault.NotFound {
			w.must(err)
		}
		return accessAsk{body: fields("name", "Larvik")}
	},
	"POST /municipality/stay": func(w *accessWalk, at accessPlace) accessAsk {
		m, _ := w.API.Register.Get(at.municipality)
		if _, err := w.Leaving.Leave(w.t.Context(), w.coordinator(at), at.municipality, m.Name); fault.CodeOf(err) != fault.Conflict {
			w.must(err)
		}
		return accessAsk{body: fields("municipality", string(at.municipality))}
	},

	"POST /benefits/effects/new": withForm("title", "An effect", "type", "saved-time", "effect.sign", "worse", "effect.noticed", "2026-11-01"),
	"POST /benefits/new":         withForm("title", "A benefit", "type", "saved-time", "status", "idea"),
	"GET /benefits/reports/:report": func(*accessWalk, accessPlace) accessAsk {
		return accessAsk{path: reportsPath + "/plan.xlsx"}
	},
	"GET /benefits/indicators/:indicator": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: indicatorPath(w.indicator(at).Key)}
	},
	"POST /benefits/indicators/:indicator": func(w *accessWalk, at accessPlace) accessAsk {
		i := w.indicator(at)
		return accessAsk{path: indicatorPath(i.Key), body: fields("tag", i.Tag, "name", fmt.Sprint("Number ", w.next()), "type", "saved-time", "unit", "hours", "direction", "less")}
	},
	"POST /benefits/indicators/:indicator/undo": func(w *accessWalk, at accessPlace) accessAsk {
		i := w.indicator(at)
		return accessAsk{path: indicatorPath(i.Key) + "/undo", body: fields("tag", i.Tag)}
	},
	"POST /benefits/:benefit/indicator": func(w *accessWalk, at accessPlace) accessAsk {
		b := w.inWords(at)
		return accessAsk{path: benefitPath(b.ID) + "/indicator", body: fields("tag", b.Tag)}
	},
	"GET /benefits/assumptions/:assumption": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assumptionPath(w.assumption(at).ID)}
	},
	"POST /benefits/assumptions/:assumption": func(w *accessWalk, at accessPlace) accessAsk {
		a := w.assumption(at)
		return accessAsk{path: assumptionPath(a.ID), body: fields("tag", a.Tag, "value", "451", "source", "The budget")}
	},
	"POST /benefits/assumptions/:assumption/undo": func(w *accessWalk, at accessPlace) accessAsk {
		a := w.assumption(at)
		return accessAsk{path: assumptionPath(a.ID) + "/undo", body: fields("tag", a.Tag)}
	},
	"POST /benefits/import": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{body: fields("rows", w.rows(at)), success: http.StatusOK}
	},
	"POST /benefits/import/save": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{body: fields("carried", `[{"b":"`+string(w.benefit(at).ID)+`","d":"2026-11-01","v":"12"}]`, "edit", fmt.Sprint("e", w.next()))}
	},
	"POST /benefits/import/undo": func(w *accessWalk, _ accessPlace) accessAsk {
		return accessAsk{body: fields("edit", fmt.Sprint("e", w.next()))}
	},
	"GET /benefits/export/:file": func(*accessWalk, accessPlace) accessAsk { return accessAsk{path: "/benefits/export/benefits.json"} },
	"GET /benefits/maps/:map": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: mapPath(w.benefitMap(at).ID)}
	},
	"POST /benefits/maps/:map": func(w *accessWalk, at accessPlace) accessAsk {
		m := w.benefitMap(at)
		return accessAsk{path: mapPath(m.ID), body: fields("tag", m.Tag, "title", "A map", "text", "goal: G")}
	},
	"GET /benefits/maps/:map/:file": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: mapPath(w.benefitMap(at).ID) + "/map.txt"}
	},
	"POST /benefits/maps/:map/revert": func(w *accessWalk, at accessPlace) accessAsk {
		m, was := w.redrawnMap(at)
		return accessAsk{path: mapPath(m.ID) + "/revert", body: fields("tag", m.Tag, "version", was)}
	},
	"POST /benefits/maps/:map/remove": func(w *accessWalk, at accessPlace) accessAsk {
		m := w.benefitMap(at)
		return accessAsk{path: mapPath(m.ID) + "/remove", body: fields("tag", m.Tag)}
	},
	"POST /benefits/maps/:map/restore": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: mapPath(w.removedMap(at).ID) + "/restore", body: fields("ask", "yes")}
	},
	"GET /benefits/:benefit": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: benefitPath(w.benefit(at).ID)}
	},
	"GET /benefits/:benefit/charts/:chart": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: benefitPath(w.drawnBenefit(at).ID) + "/charts/course.csv"}
	},
	"GET /benefits/totals/charts/:chart": func(*accessWalk, accessPlace) accessAsk {
		return accessAsk{path: "/benefits/totals/charts/country.csv"}
	},
	"GET /benefits/portfolio/charts/:chart": func(w *accessWalk, _ accessPlace) accessAsk {
		w.benefit(accessPlaces["own municipality"])
		return accessAsk{path: "/benefits/portfolio/charts/types.csv"}
	},
	"GET /benefits/maturity/charts/:chart": func(*accessWalk, accessPlace) accessAsk {
		return accessAsk{path: "/benefits/maturity/charts/pairs.csv"}
	},
	"POST /benefits/:benefit": func(w *accessWalk, at accessPlace) accessAsk {
		b := w.benefit(at)
		return accessAsk{path: benefitPath(b.ID), body: fields("tag", b.Tag, "title", "A benefit", "type", "saved-time", "status", "idea")}
	},
	"POST /benefits/:benefit/remove": func(w *accessWalk, at accessPlace) accessAsk {
		b := w.benefit(at)
		return accessAsk{path: benefitPath(b.ID) + "/remove", body: fields("tag", b.Tag)}
	},
	"POST /benefits/:benefit/restore": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: benefitPath(w.removedBenefit(at).ID) + "/restore", body: fields("ask", "yes")}
	},
	"GET /benefits/:benefit/measurements/:measurement": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: benefitPath(w.benefit(at).ID) + "/measurements/new"}
	},
	"POST /benefits/:benefit/measurements/:measurement": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: benefitPath(w.benefit(at).ID) + "/measurements/new", body: fields("value", "12", "to", "2026-11-01")}
	},
	"POST /benefits/:benefit/measurements/:measurement/undo": func(w *accessWalk, at accessPlace) accessAsk {
		b, m := w.measurement(at)
		return accessAsk{path: benefitPath(b.ID) + "/measurements/" + string(m.ID) + "/undo", body: fields("tag", m.Tag)}
	},
	"POST /benefits/:benefit/measurements/:measurement/evidence/files": func(w *accessWalk, at accessPlace) accessAsk {
		b, m := w.measurement(at)
		return accessAsk{path: measurementPath(b.ID, m.ID) + "/evidence/files", body: aFile, header: []string{"Content-Type", "multipart/form-data; boundary=x"}}
	},
	"GET /benefits/:benefit/measurements/:measurement/evidence/:evidence/file": func(w *accessWalk, at accessPlace) accessAsk {
		b, file := w.measurementFile(at, false)
		return accessAsk{path: benefitPath(b.ID) + file + "/file"}
	},
	"POST /benefits/:benefit/measurements/:measurement/evidence/:evidence/remove": func(w *accessWalk, at accessPlace) accessAsk {
		b, file := w.measurementFile(at, false)
		return accessAsk{path: benefitPath(b.ID) + file + "/remove", body: fields("return", "/")}
	},
	"POST /benefits/:benefit/measurements/:measurement/evidence/:evidence/restore": func(w *accessWalk, at accessPlace) accessAsk {
		b, file := w.measurementFile(at, true)
		return accessAsk{path: benefitPath(b.ID) + file + "/restore", body: fields("return", "/")}
	},
	"POST /benefits/:benefit/explanation": func(w *accessWalk, at accessPlace) accessAsk {
		b := w.benefit(at)
		return accessAsk{path: benefitPath(b.ID) + "/explanation", body: fields("tag", b.Tag, "explanation", "The coverage came late.")}
	},
	"POST /benefits/:benefit/explanation/undo": func(w *accessWalk, at accessPlace) accessAsk {
		b := w.benefit(at)
		return accessAsk{path: benefitPath(b.ID) + "/explanation/undo", body: fields("tag", b.Tag)}
	},
	"POST /benefits/:benefit/whole": func(w *accessWalk, at accessPlace) accessAsk {
		part, whole := w.onIndicator(at), w.onIndicator(at)
		return accessAsk{path: benefitPath(part.ID) + "/whole", body: fields("tag", part.Tag, "whole", string(whole.ID))}
	},
	"POST /benefits/:benefit/different": func(w *accessWalk, at accessPlace) accessAsk {
		b, other := w.onIndicator(at), w.onIndicator(at)
		return accessAsk{path: benefitPath(b.ID) + "/different", body: fields("tag", b.Tag, "with", string(other.ID))}
	},
	"POST /benefits/:benefit/owner": func(w *accessWalk, at accessPlace) accessAsk {
		b := w.benefit(at)
		return accessAsk{path: benefitPath(b.ID) + "/owner", body: fields("tag", b.Tag, "owner", "")}
	},

	"GET /audit":                  ofScope,
	"GET /audit.csv":              ofScope,
	"POST /session":               func(*accessWalk, accessPlace) accessAsk { return accessAsk{success: http.StatusOK} },
	"POST /account/data":          withForm("name", "Somebody", "language", "en"),
	"POST /account/address":       func(w *accessWalk, _ accessPlace) accessAsk { return accessAsk{body: fields("email", w.address())} },
	"GET /account/address/:link":  func(w *accessWalk, at accessPlace) accessAsk { return accessAsk{path: w.addressLink(at)} },
	"POST /account/address/:link": func(w *accessWalk, at accessPlace) accessAsk { return accessAsk{path: w.addressLink(at)} },
	"PUT /api/v1/me": func(*accessWalk, accessPlace) accessAsk {
		return accessAsk{body: `{"name":"Somebody","language":"en"}`}
	},
	"POST /api/v1/me/address": func(w *accessWalk, _ accessPlace) accessAsk {
		return accessAsk{body: fmt.Sprintf(`{"email":%q}`, w.address()), success: http.StatusAccepted}
	},
	"DELETE /api/v1/me": func(*accessWalk, accessPlace) accessAsk {
		return accessAsk{header: []string{"Helhet-Confirm", "deletion"}, success: http.StatusNoContent}
	},
	"POST /account/delete": withForm("confirm", "no"), // who walks is needed for the next row
	"POST /account/tokens": func(_ *accessWalk, at accessPlace) accessAsk {
		m := ""
		if at.scope != "" {
			m = string(at.municipality)
		}
		return accessAsk{body: fields("name", "Report", "reach", "read", "municipality", m, "days", "30"), success: http.StatusCreated}
	},
	"POST /account/tokens/:token/revoke": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: "/account/tokens/" + w.ownToken() + "/revoke"}
	},

	"POST /people": func(w *accessWalk, at accessPlace) accessAsk {
		g := at.grant()
		place := string(g.Region) + "/" + string(g.Municipality)
		if g.Region == "" {
			place = ""
		}
		return accessAsk{body: fields("view", w.view(at), "name", "Invited", "email", w.address(), "role", string(g.Role), "place", place)}
	},
	"POST /municipality/consent":  withForm("seen", "national", "consent", "national"), // what stands
	"POST /municipality/approval": withForm("wanted", "no"),
	"PUT /api/v1/municipalities/:municipality/consent": func(*accessWalk, accessPlace) accessAsk {
		return accessAsk{body: `{"seen":"national","consent":"national"}`}
	},
	"PUT /api/v1/municipalities/:municipality/approval": func(*accessWalk, accessPlace) accessAsk {
		return accessAsk{body: `{"wanted":false}`}
	},
	"POST /people/email-sign-in": withForm("allowed", "yes"),
	"GET /people/:person":        func(w *accessWalk, at accessPlace) accessAsk { return accessAsk{path: w.personPath(at)} },
	"POST /people/:person/role": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.personPath(at) + "/role", body: fields("municipality", string(at.municipality), "from", string(at.role()), "role", string(org.Leader))}
	},
	"POST /people/:person/deactivate": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.personPath(at) + "/deactivate", body: fields("confirm", "yes")}
	},
	"POST /people/:person/delete": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.personPath(at) + "/delete", body: fields("confirm", "yes")}
	},
	"POST /people/:person/reactivate": func(w *accessWalk, at accessPlace) accessAsk {
		p := w.target(at)
		w.must(w.Invitations.Deactivate(w.t.Context(), w.person(adminEmail).Actor(), p.ID))
		return accessAsk{path: "/people/" + string(p.ID) + "/reactivate"}
	},
	"POST /people/:person/hand-over": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.personPath(at) + "/hand-over", body: fields("to", string(w.who.ID))}
	},
	"POST /invitations/:invitation/again": func(w *accessWalk, at accessPlace) accessAsk {
		id, _ := w.invitation(at)
		return accessAsk{path: "/invitations/" + string(id) + "/again", body: fields("view", w.view(at))}
	},
	"POST /invitations/:invitation/revoke": func(w *accessWalk, at accessPlace) accessAsk {
		id, _ := w.invitation(at)
		return accessAsk{path: "/invitations/" + string(id) + "/revoke", body: fields("view", w.view(at))}
	},

	"GET /access-requests/:request": func(w *accessWalk, at accessPlace) accessAsk {
		_, path := w.asks(at)
		return accessAsk{path: path}
	},
	"POST /access-requests/:request/grant": func(w *accessWalk, at accessPlace) accessAsk {
		req, path := w.asks(at)
		return accessAsk{path: path + "/grant", body: fields("tag", string(req.Tag), "role", string(at.role()), "place", placeValue(at.grant()))}
	},
	"POST /access-requests/:request/decline": func(w *accessWalk, at accessPlace) accessAsk {
		req, path := w.asks(at)
		return accessAsk{path: path + "/decline", body: fields("tag", string(req.Tag))}
	},
	"POST /access-requests/:request/reopen": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.declined(at) + "/reopen"}
	},

	"GET /api/v1/people":          managedAsked,
	"GET /api/v1/invitations":     managedAsked,
	"GET /api/v1/access-requests": managedAsked,
	"GET /api/v1/people/:person":  func(w *accessWalk, at accessPlace) accessAsk { return accessAsk{path: apiBase + w.personPath(at)} },
	"POST /api/v1/people/:person/role": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: apiBase + w.personPath(at) + "/role", body: fmt.Sprintf(`{"municipality":%q,"from":%q,"to":"leader"}`, at.municipality, at.role())}
	},
	"POST /api/v1/people/:person/deactivate": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: apiBase + w.personPath(at) + "/deactivate"}
	},
	"POST /api/v1/people/:person/reactivate": func(w *accessWalk, at accessPlace) accessAsk {
		p := w.target(at)
		w.must(w.Invitations.Deactivate(w.t.Context(), w.person(adminEmail).Actor(), p.ID))
		return accessAsk{path: v1PeoplePath + string(p.ID) + "/reactivate"}
	},
	"POST /api/v1/people/:person/hand-over": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: apiBase + w.personPath(at) + "/hand-over", body: fmt.Sprintf(`{"to":%q}`, w.who.ID)}
	},
	"POST /api/v1/invitations": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{body: fmt.Sprintf(`{"name":"Invited","email":%q,"role":%q,"municipality":%q,"region":%q}`, w.address(), at.role(), at.municipality, at.region), success: http.StatusCreated}
	},
	"POST /api/v1/invitations/:invitation/again": func(w *accessWalk, at accessPlace) accessAsk {
		id, _ := w.invitation(at)
		return accessAsk{path: apiBase + "/invitations/" + string(id) + "/again"}
	},
	"POST /api/v1/invitations/:invitation/revoke": func(w *accessWalk, at accessPlace) accessAsk {
		id, _ := w.invitation(at)
		return accessAsk{path: apiBase + "/invitations/" + string(id) + "/revoke", success: http.StatusNoContent}
	},
	"GET /api/v1/access-requests/:request": func(w *accessWalk, at accessPlace) accessAsk {
		_, path := w.asks(at)
		return accessAsk{path: apiBase + path}
	},
	"POST /api/v1/access-requests/:request/grant": func(w *accessWalk, at accessPlace) accessAsk {
		req, path := w.asks(at)
		return accessAsk{path: apiBase + path + "/grant", body: fmt.Sprintf(`{"role":%q,"municipality":%q,"region":%q}`, at.role(), at.municipality, at.region), header: []string{"If-Match", strconv.Quote(string(req.Tag))}}
	},
	"POST /api/v1/access-requests/:request/decline": func(w *accessWalk, at accessPlace) accessAsk {
		req, path := w.asks(at)
		return accessAsk{path: apiBase + path + "/decline", header: []string{"If-Match", strconv.Quote(string(req.Tag))}}
	},
	"POST /api/v1/access-requests/:request/reopen": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: apiBase + w.declined(at) + "/reopen"}
	},

	"POST /api/v1/municipalities/:municipality/steps": func(w *accessWalk, _ accessPlace) accessAsk {
		return accessAsk{body: `{"task":"henvise","what":"Something"}`, header: []string{"Idempotency-Key", fmt.Sprint("e", w.next())}, success: http.StatusCreated}
	},
	"GET /api/v1/municipalities/:municipality/steps/:step": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: v1StepPath(at, w.step(at))}
	},
	"PUT /api/v1/municipalities/:municipality/steps/:step": func(w *accessWalk, at accessPlace) accessAsk {
		step := w.step(at)
		return accessAsk{path: v1StepPath(at, step), body: `{"what":"Something else","status":"under-way"}`, header: []string{"If-Match", strconv.Quote(step.Tag)}}
	},
	"DELETE /api/v1/municipalities/:municipality/steps/:step": func(w *accessWalk, at accessPlace) accessAsk {
		step := w.step(at)
		return accessAsk{path: v1StepPath(at, step), header: []string{"If-Match", strconv.Quote(step.Tag)}}
	},
	"POST /api/v1/municipalities/:municipality/steps/:step/restore": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: v1StepPath(at, w.removedStep(at)) + "/restore"}
	},
	"POST /api/v1/municipalities/:municipality/steps/:step/undo": func(w *accessWalk, at accessPlace) accessAsk {
		step := w.changedStep(at)
		return accessAsk{path: v1StepPath(at, step) + "/undo", header: []string{"If-Match", strconv.Quote(step.Tag)}}
	},
	"POST /api/v1/municipalities/:municipality/ambitions/:task/undo": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{header: []string{"If-Match", strconv.Quote(w.changedAmbition(at))}}
	},
	"PUT /api/v1/municipalities/:municipality/ambitions/:task": func(w *accessWalk, at accessPlace) accessAsk {
		ask := accessAsk{body: `{"level":4}`, header: []string{"If-None-Match", "*"}, success: http.StatusCreated}
		if tag := w.ambition(at); tag != "" {
			ask.header, ask.success = []string{"If-Match", strconv.Quote(tag)}, http.StatusOK
		}
		return ask
	},

	"GET /api/v1/municipalities": ofRegionAsked,
	"GET /api/v1/rounds":         ofRegionAsked,
	"POST /api/v1/municipalities/:municipality/benefits": func(*accessWalk, accessPlace) accessAsk {
		return accessAsk{body: `{"title":"A benefit","type":"saved-time","status":"idea"}`, success: http.StatusCreated}
	},
	"GET /api/v1/municipalities/:municipality/benefit-record/tables/:table": func(_ *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: apiBase + "/municipalities/" + string(at.municipality) + "/benefit-record/tables/measurements"}
	},
	"POST /api/v1/municipalities/:municipality/measurements": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{body: `{"rows":` + strconv.Quote(w.rows(at)) + `}`}
	},
	"POST /api/v1/municipalities/:municipality/measurements/undo": func(w *accessWalk, _ accessPlace) accessAsk {
		return accessAsk{body: fmt.Sprintf(`{"edit":"e%d"}`, w.next())}
	},
	"GET /api/v1/municipalities/:municipality/benefits/:benefit": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Benefit(at, w.benefit(at))}
	},
	"PUT /api/v1/municipalities/:municipality/benefits/:benefit": func(w *accessWalk, at accessPlace) accessAsk {
		b := w.benefit(at)
		return accessAsk{path: w.v1Benefit(at, b), body: `{"title":"A benefit","type":"saved-time","status":"idea"}`, header: []string{"If-Match", strconv.Quote(b.Tag)}}
	},
	"DELETE /api/v1/municipalities/:municipality/benefits/:benefit": func(w *accessWalk, at accessPlace) accessAsk {
		b := w.benefit(at)
		return accessAsk{path: w.v1Benefit(at, b), header: []string{"If-Match", strconv.Quote(b.Tag)}}
	},
	"POST /api/v1/municipalities/:municipality/benefits/:benefit/restore": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Benefit(at, w.removedBenefit(at)) + "/restore"}
	},
	"GET /api/v1/municipalities/:municipality/benefits/:benefit/measurements": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Benefit(at, w.benefit(at)) + "/measurements"}
	},
	"POST /api/v1/municipalities/:municipality/benefits/:benefit/measurements": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Benefit(at, w.benefit(at)) + "/measurements", body: `{"value":"12","to":"2026-11-01"}`, success: http.StatusCreated}
	},
	"PUT /api/v1/municipalities/:municipality/benefits/:benefit/measurements/:measurement": func(w *accessWalk, at accessPlace) accessAsk {
		b, m := w.measurement(at)
		return accessAsk{path: w.v1Benefit(at, b) + "/measurements/" + string(m.ID), body: `{"value":"13","to":"2026-11-01"}`, header: []string{"If-Match", strconv.Quote(m.Tag)}}
	},
	"GET /api/v1/municipalities/:municipality/benefits/:benefit/measurements/:measurement/evidence": func(w *accessWalk, at accessPlace) accessAsk {
		b, m := w.measurement(at)
		return accessAsk{path: w.v1Benefit(at, b) + "/measurements/" + string(m.ID) + "/evidence"}
	},
	"POST /api/v1/municipalities/:municipality/benefits/:benefit/measurements/:measurement/evidence/files": func(w *accessWalk, at accessPlace) accessAsk {
		b, m := w.measurement(at)
		return accessAsk{path: w.v1Benefit(at, b) + "/measurements/" + string(m.ID) + "/evidence/files?name=a.pdf", body: "%PDF-1.7", header: []string{"Content-Type", mediaBytes}, success: http.StatusCreated}
	},
	"GET /api/v1/municipalities/:municipality/benefits/:benefit/measurements/:measurement/evidence/:evidence": func(w *accessWalk, at accessPlace) accessAsk {
		b, file := w.measurementFile(at, false)
		return accessAsk{path: w.v1Benefit(at, b) + file}
	},
	"GET /api/v1/municipalities/:municipality/benefits/:benefit/measurements/:measurement/evidence/:evidence/file": func(w *accessWalk, at accessPlace) accessAsk {
		b, file := w.measurementFile(at, false)
		return accessAsk{path: w.v1Benefit(at, b) + file + "/file"}
	},
	"DELETE /api/v1/municipalities/:municipality/benefits/:benefit/measurements/:measurement/evidence/:evidence": func(w *accessWalk, at accessPlace) accessAsk {
		b, file := w.measurementFile(at, false)
		return accessAsk{path: w.v1Benefit(at, b) + file}
	},
	"POST /api/v1/municipalities/:municipality/benefits/:benefit/measurements/:measurement/evidence/:evidence/restore": func(w *accessWalk, at accessPlace) accessAsk {
		b, file := w.measurementFile(at, true)
		return accessAsk{path: w.v1Benefit(at, b) + file + "/restore"}
	},
	"POST /api/v1/municipalities/:municipality/benefits/:benefit/measurements/:measurement/undo": func(w *accessWalk, at accessPlace) accessAsk {
		b, m := w.measurement(at)
		return accessAsk{path: w.v1Benefit(at, b) + "/measurements/" + string(m.ID) + "/undo", header: []string{"If-Match", strconv.Quote(m.Tag)}}
	},
	"GET /api/v1/municipalities/:municipality/benefits/:benefit/explanation": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Benefit(at, w.benefit(at)) + "/explanation"}
	},
	"PUT /api/v1/municipalities/:municipality/benefits/:benefit/explanation": func(w *accessWalk, at accessPlace) accessAsk {
		b := w.benefit(at)
		return accessAsk{path: w.v1Benefit(at, b) + "/explanation", body: `{"text":"The coverage came late."}`, header: []string{"If-Match", strconv.Quote(b.Tag)}}
	},
	"POST /api/v1/municipalities/:municipality/benefits/:benefit/explanation/undo": func(w *accessWalk, at accessPlace) accessAsk {
		b := w.benefit(at)
		return accessAsk{path: w.v1Benefit(at, b) + "/explanation/undo", header: []string{"If-Match", strconv.Quote(b.Tag)}}
	},
	"PUT /api/v1/municipalities/:municipality/benefits/:benefit/whole": func(w *accessWalk, at accessPlace) accessAsk {
		part, whole := w.onIndicator(at), w.onIndicator(at)
		return accessAsk{path: w.v1Benefit(at, part) + "/whole", body: `{"whole":"` + string(whole.ID) + `"}`, header: []string{"If-Match", strconv.Quote(part.Tag)}}
	},
	"PUT /api/v1/municipalities/:municipality/benefits/:benefit/different": func(w *accessWalk, at accessPlace) accessAsk {
		b, other := w.onIndicator(at), w.onIndicator(at)
		return accessAsk{path: w.v1Benefit(at, b) + "/different", body: `{"with":"` + string(other.ID) + `"}`, header: []string{"If-Match", strconv.Quote(b.Tag)}}
	},
	"PUT /api/v1/municipalities/:municipality/benefits/:benefit/owner": func(w *accessWalk, at accessPlace) accessAsk {
		b := w.benefit(at)
		return accessAsk{path: w.v1Benefit(at, b) + "/owner", body: `{"owner":""}`, header: []string{"If-Match", strconv.Quote(b.Tag)}}
	},
	"GET /api/v1/municipalities/:municipality/benefit-reports/:report/docx": aReport("docx"),
	"GET /api/v1/municipalities/:municipality/benefit-reports/:report/xlsx": aReport("xlsx"),
	"GET /api/v1/municipalities/:municipality/benefits/:benefit/calculation": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Benefit(at, w.benefit(at)) + "/calculation"}
	},
	"POST /api/v1/municipalities/:municipality/indicators": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{body: fmt.Sprintf(`{"name":"Number %d","type":"saved-time","unit":"hours","direction":"less"}`, w.next()), success: http.StatusCreated}
	},
	"GET /api/v1/municipalities/:municipality/indicators/:indicator": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Indicator(at, w.indicator(at))}
	},
	"PUT /api/v1/municipalities/:municipality/indicators/:indicator": func(w *accessWalk, at accessPlace) accessAsk {
		i := w.indicator(at)
		return accessAsk{path: w.v1Indicator(at, i), body: fmt.Sprintf(`{"name":"Number %d","type":"saved-time","unit":"hours","direction":"less"}`, w.next()), header: []string{"If-Match", strconv.Quote(i.Tag)}}
	},
	"POST /api/v1/municipalities/:municipality/indicators/:indicator/retire": func(w *accessWalk, at accessPlace) accessAsk {
		i := w.indicator(at)
		return accessAsk{path: w.v1Indicator(at, i) + "/retire", header: []string{"If-Match", strconv.Quote(i.Tag)}}
	},
	"POST /api/v1/municipalities/:municipality/indicators/:indicator/undo": func(w *accessWalk, at accessPlace) accessAsk {
		i := w.indicator(at)
		return accessAsk{path: w.v1Indicator(at, i) + "/undo", header: []string{"If-Match", strconv.Quote(i.Tag)}}
	},
	"POST /api/v1/municipalities/:municipality/assumptions": func(w *accessWalk, at accessPlace) accessAsk {
		day := benefits.Day("2001-01-01").After(w.next())
		return accessAsk{body: fmt.Sprintf(`{"what":"hourly-cost","from":%q,"value":"450","source":"The budget"}`, day), success: http.StatusCreated}
	},
	"POST /api/v1/municipalities/:municipality/benefit-maps": func(w *accessWalk, at accessPlace) accessAsk {
		w.ownsAsSaid(at)
		return accessAsk{body: `{"title":"A map"}`, success: http.StatusCreated}
	},
	"GET /api/v1/municipalities/:municipality/benefit-maps/:map": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Map(at, w.benefitMap(at))}
	},
	"PUT /api/v1/municipalities/:municipality/benefit-maps/:map": func(w *accessWalk, at accessPlace) accessAsk {
		m := w.benefitMap(at)
		return accessAsk{path: w.v1Map(at, m), body: `{"title":"A map"}`, header: []string{"If-Match", strconv.Quote(m.Tag)}}
	},
	"DELETE /api/v1/municipalities/:municipality/benefit-maps/:map": func(w *accessWalk, at accessPlace) accessAsk {
		m := w.benefitMap(at)
		return accessAsk{path: w.v1Map(at, m), header: []string{"If-Match", strconv.Quote(m.Tag)}}
	},
	"GET /api/v1/municipalities/:municipality/benefit-maps/:map/versions": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Map(at, w.benefitMap(at)) + "/versions"}
	},
	"POST /api/v1/municipalities/:municipality/benefit-maps/:map/revert": func(w *accessWalk, at accessPlace) accessAsk {
		m, was := w.redrawnMap(at)
		return accessAsk{path: w.v1Map(at, m) + "/revert", body: `{"version":` + strconv.Quote(was) + `}`, header: []string{"If-Match", strconv.Quote(m.Tag)}}
	},
	"POST /api/v1/municipalities/:municipality/benefit-maps/:map/restore": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: w.v1Map(at, w.removedMap(at)) + "/restore"}
	},
	"PUT /api/v1/municipalities/:municipality/assumptions/:assumption": func(w *accessWalk, at accessPlace) accessAsk {
		a := w.assumption(at)
		return accessAsk{path: apiBase + "/municipalities/" + string(at.municipality) + "/assumptions/" + string(a.ID), body: `{"value":"451","source":"The budget"}`, header: []string{"If-Match", strconv.Quote(a.Tag)}}
	},
	"POST /api/v1/municipalities/:municipality/assumptions/:assumption/undo": func(w *accessWalk, at accessPlace) accessAsk {
		a := w.assumption(at)
		return accessAsk{path: apiBase + "/municipalities/" + string(at.municipality) + "/assumptions/" + string(a.ID) + "/undo", header: []string{"If-Match", strconv.Quote(a.Tag)}}
	},
	"POST /api/v1/rounds": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{body: fmt.Sprintf(`{"region":%q,"name":"Plan %d","catalogue":%q,"opensAt":"2027-03-01T07:00:00+01:00","closesAt":"2027-04-15T15:00:00+02:00"}`,
			at.region, w.next(), demo.Catalogue), success: http.StatusCreated}
	},
	"DELETE /api/v1/rounds/:round": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: apiBase + roundPath(w.round(at, assessment.Planned)), success: http.StatusNoContent}
	},
	"PUT /api/v1/rounds/:round/scope": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: apiBase + roundPath(w.round(at, assessment.Planned)) + "/scope", body: `{"areas":["support"]}`,
			header: []string{"Content-Type", "application/json", "If-Match", `"` + assessment.Round{Tasks: assessment.Scope{"henvise"}}.ScopeTag() + `"`}}
	},
	"POST /api/v1/rounds/:round/open":    takeStep(apiBase, "open", assessment.Planned),
	"POST /api/v1/rounds/:round/close":   takeStep(apiBase, "close", assessment.Open),
	"POST /api/v1/rounds/:round/publish": takeStep(apiBase, "publish", assessment.Closed),
	"GET /api/v1/assessments/:round/:municipality/versions/:version": func(w *accessWalk, at accessPlace) accessAsk {
		r := w.handedIn(at)
		return accessAsk{path: apiBase + "/assessments/" + string(r) + "/" + string(at.municipality) + "/versions/" + string(w.version(r, at))}
	},
	"GET /api/v1/rounds/:round/handed-in/:municipality": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: apiBase + submissionPath(w.handedIn(at), at.municipality)}
	},
	"POST /api/v1/rounds/:round/send-back": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: apiBase + roundPath(w.round(at, assessment.Closed)) + "/send-back", body: fmt.Sprintf(`{"municipality":%q,"message":"Once more."}`, at.municipality)}
	},
	"POST /api/v1/rounds/:round/erratum": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: apiBase + roundPath(w.corrected(at)) + "/erratum", body: `{"reason":"It was wrong."}`}
	},
	"GET /api/v1/rounds/:round/results": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: apiBase + roundPath(w.published[at.region].ID) + "/results"}
	},
	"PUT /api/v1/assessments/:round/:municipality/answers/:question": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/answers/henvise.ansvar", body: `{"level":3}`, header: []string{"If-None-Match", "*"}, success: http.StatusCreated}
	},
	"PUT /api/v1/assessments/:round/:municipality/organisation/:task": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/organisation/henvise", body: `{"status":"not-clarified"}`, header: []string{"If-None-Match", "*"}, success: http.StatusCreated}
	},
	"PUT /api/v1/assessments/:round/:municipality/reasons/:task": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/reasons/henvise", body: `{"reason":"new-insight"}`, header: []string{"If-None-Match", "*"}, success: http.StatusCreated}
	},
	"GET /api/v1/assessments/:round/:municipality/evidence": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/evidence"}
	},
	"POST /api/v1/assessments/:round/:municipality/evidence/links": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/evidence/links", body: `{"task":"henvise","link":"https://example.org/a"}`, success: http.StatusCreated}
	},
	"POST /api/v1/assessments/:round/:municipality/evidence/files": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/evidence/files?task=henvise&name=a.pdf", body: "%PDF-1.7", header: []string{"Content-Type", mediaBytes}, success: http.StatusCreated}
	},
	"GET /api/v1/assessments/:round/:municipality/evidence/:evidence": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: v1EvidencePath(at, w.evidence(at))}
	},
	"GET /api/v1/assessments/:round/:municipality/evidence/:evidence/file": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: v1EvidencePath(at, w.evidence(at)) + "/file"}
	},
	"DELETE /api/v1/assessments/:round/:municipality/evidence/:evidence": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: v1EvidencePath(at, w.evidence(at))}
	},
	"POST /api/v1/assessments/:round/:municipality/evidence/:evidence/restore": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: v1EvidencePath(at, w.removedEvidence(at)) + "/restore"}
	},
	"POST /api/v1/assessments/:round/:municipality/carry": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.carrying(at), at) + "/carry"}
	},
	"POST /api/v1/assessments/:round/:municipality/carry/undo": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.carrying(at), at) + "/carry/undo"}
	},
	"GET /api/v1/assessments/:round/:municipality/sharing": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/sharing"}
	},
	"PUT /api/v1/assessments/:round/:municipality/sharing/:task": func(w *accessWalk, at accessPlace) accessAsk {
		ask := accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/sharing/henvise", body: `{"partners":[]}`, header: []string{"If-None-Match", "*"}, success: http.StatusCreated}
		if tag := w.share(at).Tag; tag != "" {
			ask.header, ask.success = []string{"If-Match", strconv.Quote(tag)}, http.StatusOK
		}
		return ask
	},
	"POST /api/v1/assessments/:round/:municipality/tasks/:task/receive": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/tasks/henvise/receive", body: `{"host":"` + string(w.offered(at)) + `"}`}
	},
	"POST /api/v1/assessments/:round/:municipality/tasks/:task/give-back": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/tasks/henvise/give-back", body: `{"host":"` + string(w.offered(at)) + `"}`}
	},
	"POST /api/v1/assessments/:round/:municipality/tasks/:task/confirm": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/tasks/henvise/confirm", body: `{"answers":[]}`}
	},
	"POST /api/v1/assessments/:round/:municipality/tasks/:task/unconfirm": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/tasks/henvise/unconfirm", body: `{"answers":[]}`}
	},
	"POST /api/v1/assessments/:round/:municipality/submit": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/submit"}
	},
	"POST /api/v1/assessments/:round/:municipality/take-back": func(w *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: assessmentPath(w.handedIn(at), at) + "/take-back"}
	},
	"POST /api/v1/assessments/:round/:municipality/approve": func(w *accessWalk, at accessPlace) accessAsk {
		r, ask := w.waiting(at)
		return accessAsk{path: assessmentPath(r, at) + "/approve", body: fmt.Sprintf(`{"ask":%q}`, ask)}
	},
	"POST /api/v1/assessments/:round/:municipality/return": func(w *accessWalk, at accessPlace) accessAsk {
		r, ask := w.waiting(at)
		return accessAsk{path: assessmentPath(r, at) + "/return", body: fmt.Sprintf(`{"ask":%q,"message":"Once more."}`, ask)}
	},
	"PUT /api/v1/assessments/:round/:municipality/ratings/:task/:question": func(w *accessWalk, at accessPlace) accessAsk {
		w.sitting(at, false)
		return accessAsk{path: assessmentPath(w.round(at, assessment.Open), at) + "/ratings/henvise/henvise.ansvar", body: `{"level":3}`}
	},
	"GET /api/v1/audit": ofScope,
	"POST /api/v1/tokens": func(_ *accessWalk, at accessPlace) accessAsk {
		m := ""
		if at.scope != "" {
			m = string(at.municipality)
		}
		return accessAsk{body: fmt.Sprintf(`{"name":"Report","municipality":%q,"days":30}`, m), success: http.StatusCreated}
	},
	"DELETE /api/v1/tokens/:token": func(w *accessWalk, at accessPlace) accessAsk {
		token := w.ownToken()
		if at.note == "somebody else's" {
			token = w.tokenOf(w.target(at).ID)
		}
		return accessAsk{path: apiBase + "/tokens/" + token, success: http.StatusNoContent}
	},
}

// withForm is a request with the same form for everyone.
func withForm(pairs ...string) func(*accessWalk, accessPlace) accessAsk {
	return func(*accessWalk, accessPlace) accessAsk { return accessAsk{body: fields(pairs...)} }
}

// takeStep takes a step of a round that is in a state, on its page or through the API.
func takeStep(base, name string, state assessment.State) func(*accessWalk, accessPlace) accessAsk {
	return func(w *accessWalk, at accessPlace) accessAsk {
		ask := accessAsk{path: base + roundPath(w.round(at, state)) + "/" + name}
		if base == "" {
			ask.body = fields("confirm", "yes")
		}
		return ask
	}
}

func ofRound(w *accessWalk, at accessPlace) accessAsk {
	return accessAsk{path: "?" + url.Values{"round": {string(w.open[at.region])}}.Encode()}
}

func ofScope(_ *accessWalk, at accessPlace) accessAsk {
	if at.scope == "" {
		return accessAsk{}
	}
	return accessAsk{path: "?" + url.Values{"scope": {at.scope}}.Encode()}
}

func ofRegionAsked(_ *accessWalk, at accessPlace) accessAsk {
	if at.scope == "" {
		return accessAsk{}
	}
	return accessAsk{path: "?" + url.Values{"region": {string(at.region)}}.Encode()}
}

func aReport(form string) func(*accessWalk, accessPlace) accessAsk {
	return func(_ *accessWalk, at accessPlace) accessAsk {
		return accessAsk{path: apiBase + "/municipalities/" + string(at.municipality) + "/benefit-reports/realisation/" + form}
	}
}

// benefit makes one in the place's municipality: somebody else's, or hers who asks.
func (w *accessWalk) benefit(at accessPlace) benefits.Benefit {
	w.t.Helper()
	if b, there := w.hidden[at.municipality]; there && !org.MayReadBenefits(w.who.Actor(), at.municipality) {
		return b
	}
	b := w.benefitOf(at, benefits.Data{Title: noteOf(at.municipality), Type: benefits.SavedTime, Status: benefits.Idea, Unit: benefits.Hours})
	if !org.MayReadBenefits(w.who.Actor(), at.municipality) {
		w.hidden[at.municipality] = b
	}
	return b
}

// onIndicator makes one on a shared indicator.
func (w *accessWalk) onIndicator(at accessPlace) benefits.Benefit {
	w.t.Helper()
	if !org.MayReadBenefits(w.who.Actor(), at.municipality) {
		return w.benefit(at)
	}
	return w.benefitOf(at, benefits.Data{Title: noteOf(at.municipality), Type: benefits.SavedTime, Status: benefits.Idea, Shared: "driving-hours"})
}

func (w *accessWalk) benefitOf(at accessPlace, d benefits.Data) benefits.Benefit {
	w.t.Helper()
	owner := org.PersonID("")
	if (at.note == "her own" || at.note == ownsOne) && org.MayOwnBenefit(w.who.Actor(), at.municipality) {
		owner = w.who.ID
	}
	b, _, err := w.Benefits.Add(w.t.Context(), w.coordinator(at), benefits.Add{Municipality: at.municipality, Owner: owner, Data: d})
	w.must(err)
	return b
}

// drawnBenefit makes one with a baseline and a target, which there is something to draw of.
func (w *accessWalk) drawnBenefit(at accessPlace) benefits.Benefit {
	w.t.Helper()
	if !org.MayReadBenefits(w.who.Actor(), at.municipality) {
		return w.benefit(at)
	}
	return w.benefitOf(at, benefits.Data{Title: noteOf(at.municipality), Type: benefits.SavedTime, Status: benefits.Idea, Unit: benefits.Hours,
		Baseline: benefits.Baseline{Value: "40", Date: "2026-01-15"}, Target: benefits.Target{Value: "20", Date: "2027-01-15"}})
}

// removedBenefit makes one and takes it away.
func (w *accessWalk) removedBenefit(at accessPlace) benefits.Benefit {
	w.t.Helper()
	b := w.benefitOf(at, benefits.Data{Title: noteOf(at.municipality), Type: benefits.SavedTime, Status: benefits.Idea, Unit: benefits.Hours})
	b, err := w.Benefits.Remove(w.t.Context(), w.coordinator(at), b.ID, b.Tag)
	w.must(err)
	return b
}

// measurement makes one of a benefit.
func (w *accessWalk) measurement(at accessPlace) (benefits.Benefit, benefits.Measurement) {
	b := w.benefit(at)
	m, err := w.Benefits.Measure(w.t.Context(), w.coordinator(at), benefits.Measure{Benefit: b.ID, Data: benefits.Measured{Figures: benefits.Figures{Value: "12", To: "2026-11-01"}, Note: noteOf(at.municipality)}})
	if err != nil {
		w.t.Fatal(err)
	}
	return b, m
}

// measurementFile is the address of a file that shows a measurement of the place's, among its measurements. Removed: one that was taken away.
func (w *accessWalk) measurementFile(at accessPlace, removed bool) (benefits.Benefit, string) {
	w.t.Helper()
	b, m := w.measurement(at)
	e, _, err := w.Benefits.ShowFile(w.t.Context(), w.coordinator(at), benefits.Show{Benefit: b.ID, Measurement: m.ID, Title: noteOf(at.municipality)}, assessment.NewFile{Name: "a.pdf", Size: 8, Content: strings.NewReader("%PDF-1.7")})
	w.must(err)
	if removed {
		_, err = w.Benefits.RemoveFile(w.t.Context(), w.coordinator(at), b.ID, m.ID, e.ID)
		w.must(err)
	}
	return b, "/measurements/" + string(m.ID) + evidencePath(e.ID)
}

// rows are a measurement of a new benefit of the place's, as somebody pastes it.
func (w *accessWalk) rows(at accessPlace) string {
	return "Gevinstens kode\tDato\tVerdi\n" + string(w.benefit(at).ID) + "\t1.11.2026\t12"
}

// indicator makes one of the place's municipality. Those made before are retired, and make room where there are as many as may be.
func (w *accessWalk) indicator(at accessPlace) benefits.OwnIndicator {
	w.t.Helper()
	all, err := w.Benefits.OwnIndicators(w.t.Context(), w.coordinator(at), at.municipality)
	w.must(err)
	for _, i := range all {
		if !i.Picked && !i.Stands().Retired {
			_, err := w.Benefits.SetIndicator(w.t.Context(), w.coordinator(at), benefits.SetIndicator{Municipality: at.municipality, Key: i.Key, Retire: true, Tag: i.Tag})
			w.must(err)
		}
	}
	i, err := w.Benefits.SetIndicator(w.t.Context(), w.coordinator(at), benefits.SetIndicator{Municipality: at.municipality,
		Data: benefits.OwnData{Name: fmt.Sprint(noteOf(at.municipality), " ", w.next()), Type: benefits.SavedTime, Unit: benefits.Hours, Direction: benefits.Less}})
	w.must(err)
	return i
}

func (w *accessWalk) v1Indicator(at accessPlace, i benefits.OwnIndicator) string {
	return apiBase + "/municipalities/" + string(at.municipality) + "/indicators/" + string(i.Key)
}

// inWords makes one that is measured by its own words, which nobody else uses: there is room for 50 indicators, and what is used makes none.
func (w *accessWalk) inWords(at accessPlace) benefits.Benefit {
	w.t.Helper()
	if !org.MayReadBenefits(w.who.Actor(), at.municipality) {
		return w.benefit(at)
	}
	return w.benefitOf(at, benefits.Data{Title: noteOf(at.municipality), Type: benefits.SavedTime, Status: benefits.Idea, Indicator: "Timer i kø", Unit: benefits.Hours, Direction: benefits.Less})
}

// assumption makes one of the place's municipality, from a day that no other has: there is one value from a day.
func (w *accessWalk) assumption(at accessPlace) benefits.Assumption {
	w.t.Helper()
	a, err := w.Benefits.Assume(w.t.Context(), w.coordinator(at), benefits.Assume{Municipality: at.municipality, What: benefits.HourlyCost, From: benefits.Day("2001-01-01").After(w.next()), Data: benefits.Assumed{Value: "450", Source: noteOf(at.municipality)}})
	w.must(err)
	return a
}

// ownsOne is what a row adds to its place where she who asks owns a benefit there; in the other rows of maps she owns none.
const ownsOne = "an owner of a benefit"

// ownsAsSaid makes her an owner or not, as the row says.
func (w *accessWalk) ownsAsSaid(at accessPlace) {
	w.t.Helper()
	if at.note == ownsOne {
		w.benefit(at)
		return
	}
	if w.who.ID == "" {
		return
	}
	all, err := w.Benefits.OwnedBy(w.t.Context(), w.who.Actor())
	w.must(err)
	for _, b := range all {
		if b.Municipality != at.municipality {
			continue
		}
		_, err := w.Benefits.Give(w.t.Context(), w.coordinator(at), benefits.Give{ID: b.ID, Tag: b.Tag})
		if fault.CodeOf(err) != fault.Conflict { // what was removed is nobody's to give
			w.must(err)
		}
	}
}

// benefitMap draws one of the place's municipality, or takes one that was drawn for another row: there may be so many and no more.
func (w *accessWalk) benefitMap(at accessPlace) benefits.Map {
	w.t.Helper()
	w.ownsAsSaid(at)
	all, err := w.Benefits.Maps(w.t.Context(), w.coordinator(at), at.municipality)
	w.must(err)
	if i := slices.IndexFunc(all, func(m benefits.Map) bool { return m.Removed.IsZero() }); i >= 0 && len(all) > benefits.MaxMaps/5 {
		return all[i]
	}
	m, _, err := w.Benefits.AddMap(w.t.Context(), w.coordinator(at), benefits.DrawMap{Municipality: at.municipality, Data: benefits.MapData{Title: noteOf(at.municipality)}})
	w.must(err)
	return m
}

// redrawnMap is a map that was changed, with the tag it had before.
func (w *accessWalk) redrawnMap(at accessPlace) (benefits.Map, string) {
	w.t.Helper()
	m := w.benefitMap(at)
	was := m.Tag
	m, _, err := w.Benefits.SaveMap(w.t.Context(), w.coordinator(at), benefits.DrawMap{ID: m.ID, Data: benefits.MapData{Title: fmt.Sprint(noteOf(at.municipality), w.next())}, Tag: was})
	w.must(err)
	return m, was
}

func (w *accessWalk) removedMap(at accessPlace) benefits.Map {
	w.t.Helper()
	m := w.benefitMap(at)
	m, err := w.Benefits.RemoveMap(w.t.Context(), w.coordinator(at), m.ID, m.Tag)
	w.must(err)
	return m
}

func (w *accessWalk) v1Map(at accessPlace, m benefits.Map) string {
	return apiBase + "/municipalities/" + string(at.municipality) + "/benefit-maps/" + string(m.ID)
}

func (w *accessWalk) v1Benefit(at accessPlace, b benefits.Benefit) string {
	return apiBase + "/municipalities/" + string(at.municipality) + benefitPath(b.ID)
}

// managedAsked asks for the people of the row's place, "–" for one's own.
func managedAsked(_ *accessWalk, at accessPlace) accessAsk {
	switch at.scope {
	case "":
		return accessAsk{}
	case string(at.region):
		return accessAsk{path: "?" + url.Values{"region": {string(at.region)}}.Encode()}
	}
	return accessAsk{path: "?" + url.Values{"municipality": {string(at.municipality)}}.Encode()}
}

// asks has somebody new ask for access to the place's municipality.
func (w *accessWalk) asks(at accessPlace) (org.AccessRequest, string) {
	w.t.Helper()
	return w.asked(fmt.Sprint("account ", w.next()), at.municipality)
}

// declined is the page of a request that was declined.
func (w *accessWalk) declined(at accessPlace) string {
	w.t.Helper()
	req, path := w.asks(at)
	_, err := w.Access.Decline(w.t.Context(), w.person(adminEmail).Actor(), req.ID, req.Tag)
	w.must(err)
	return path
}

// share is what the place's municipality offers of the task that is walked.
func (w *accessWalk) share(at accessPlace) assessment.Share {
	w.t.Helper()
	r, err := w.Assessments.Round(w.t.Context(), walkers, w.round(at, assessment.Open))
	w.must(err)
	sharing, err := w.Assessments.Sharing(w.t.Context(), w.coordinator(at), r, at.municipality)
	w.must(err)
	return sharing.Own.Of("henvise")
}

// offered is a neighbour that offers the place's municipality its answers of the task that is walked; "" where it has no neighbour.
func (w *accessWalk) offered(at accessPlace) org.MunicipalityID {
	w.t.Helper()
	host := at
	if host.municipality = "tokke"; at.region != demo.Region {
		return ""
	}
	ctx, round, coordinator := w.t.Context(), w.round(at, assessment.Open), w.coordinator(host)
	a, err := w.Assessments.Assessment(ctx, coordinator, round, host.municipality)
	w.must(err)
	if a.Organisation("henvise").Carrier != assessment.InterMunicipal {
		_, err = w.Assessments.SaveOrganisation(ctx, coordinator, assessment.SaveOrganisation{Round: round, Municipality: host.municipality, Task: "henvise",
			Data: assessment.OrganisationData{Status: "organised", Carrier: assessment.InterMunicipal}, First: true})
		w.must(err)
		level := 3
		for _, q := range w.catalogue().Task("henvise").Questions {
			_, err = w.Assessments.SaveAnswer(ctx, coordinator, assessment.Save{Round: round, Municipality: host.municipality, Question: q.Key, Value: assessment.Value{Level: &level}, First: true})
			w.must(err)
		}
	}
	_, err = w.Assessments.Share(ctx, coordinator, assessment.ShareTask{Round: round, Host: host.municipality, Task: "henvise", Partners: []org.MunicipalityID{at.municipality}, Tag: w.share(host).Tag})
	w.must(err)
	return host.municipality
}

// answering is the query by which the task pages save in the place's municipality.
func (w *accessWalk) answering(at accessPlace) string {
	w.t.Helper()
	return scopeQuery(w.round(at, assessment.Open), at.municipality)
}

// sitting opens the walked task for ratings in the place's municipality, led by who asks; shown is that its spread is.
func (w *accessWalk) sitting(at accessPlace, shown bool) {
	w.t.Helper()
	ctx, lead, sitting := w.t.Context(), w.coordinator(at), assessment.Sitting{Round: w.round(at, assessment.Open), Municipality: at.municipality, Task: "henvise"}
	if w.who.ID != "" {
		lead.Person = w.who.ID
	}
	_, err := w.Assessments.OpenRatings(ctx, lead, sitting)
	w.must(err)
	if shown {
		_, err = w.Assessments.ShowSpread(ctx, lead, sitting)
		w.must(err)
	}
}

func ofSitting(shown bool) func(*accessWalk, accessPlace) accessAsk {
	return func(w *accessWalk, at accessPlace) accessAsk {
		w.sitting(at, shown)
		return accessAsk{path: w.answering(at), body: fields("a", "b")}
	}
}

// noDisplays ends those that follow the place's municipality, so that there is room for another.
func (w *accessWalk) noDisplays(at accessPlace) {
	w.t.Helper()
	all, err := w.Assessments.Displays(w.t.Context(), w.coordinator(at), at.municipality)
	w.must(err)
	for _, d := range all {
		w.must(w.Assessments.RevokeDisplay(w.t.Context(), w.coordinator(at), d.ID))
	}
}

// display lets a screen follow the walked task.
func (w *accessWalk) display(at accessPlace) (string, assessment.Display) {
	w.t.Helper()
	w.sitting(at, true)
	w.noDisplays(at)
	secret, d, err := w.Assessments.MakeDisplay(w.t.Context(), w.coordinator(at), assessment.Sitting{Round: w.round(at, assessment.Open), Municipality: at.municipality, Task: "henvise"})
	w.must(err)
	return secret, d
}

func onDisplay(w *accessWalk, at accessPlace) accessAsk {
	if at.note == "without one" {
		return accessAsk{}
	}
	secret, _ := w.display(at)
	return accessAsk{header: []string{"Cookie", displayCookie + "=" + secret}}
}

func assessmentPath(r assessment.RoundID, at accessPlace) string {
	return apiBase + "/assessments/" + string(r) + "/" + string(at.municipality)
}

func (w *accessWalk) personPath(at accessPlace) string {
	w.t.Helper()
	return "/people/" + string(w.target(at).ID)
}

// view is the view of the page of people by which who asks would reach a place. A coordinator's own view invites to her own municipality
// whatever the form says, so it counts there only.
func (w *accessWalk) view(at accessPlace) string {
	for _, v := range viewsOf(w.who.Actor()) {
		if v != ofMunicipality || at.grant().Municipality == w.who.Actor().Municipality() {
			return v
		}
	}
	return ofAll
}

// invitationLink is where the link of a mail leads; a wrong one when the row says so.
func (w *accessWalk) invitationLink(at accessPlace) string {
	w.t.Helper()
	id, secret := w.invitation(at)
	if at.note == "a wrong secret" {
		secret = string(id) + ".NOSUCHSECRET"
	}
	return "/invitations/" + secret
}

// challenge begins a sign-in by e-mail of somebody new.
func (w *accessWalk) challenge(at accessPlace) auth.Challenge {
	w.t.Helper()
	ch, err := w.API.Email.BeginEmail(w.t.Context(), w.target(at).Email, fmt.Sprint("line ", w.next()))
	w.must(err)
	return ch
}

// signInLink is where the link of a sign-in mail leads; a wrong one when the row says so.
func (w *accessWalk) signInLink(at accessPlace) string {
	w.t.Helper()
	if at.note == "a wrong secret" {
		return "/sign-in/link/NOSUCH.SECRET"
	}
	return "/sign-in/link/" + w.challenge(at).Link
}

// addressLink is where the link of a mail to a new address leads: one of who asks, unless the row says otherwise.
func (w *accessWalk) addressLink(at accessPlace) string {
	w.t.Helper()
	whose := w.who.ID
	if whose == "" || at.note == "somebody else's" {
		whose = w.target(at).ID
	}
	if at.note == "a wrong secret" {
		return "/account/address/" + string(whose) + ".NOSUCHSECRET"
	}
	p, err := w.People.Get(w.t.Context(), whose)
	w.must(err)
	asked, err := w.API.Email.AskAddress(w.t.Context(), auth.Caller{Person: p}, w.address(), fmt.Sprint("line ", w.next()))
	w.must(err)
	return "/account/address/" + asked.Link
}

// ownToken is the id of a token of who asks.
func (w *accessWalk) ownToken() string {
	w.t.Helper()
	if w.who.ID == "" {
		return "nosuch"
	}
	return w.tokenOf(w.who.ID)
}

func (w *accessWalk) tokenOf(id org.PersonID) string {
	w.t.Helper()
	_, key, err := w.Auth.MakeToken(w.t.Context(), auth.Caller{Person: org.Person{ID: id}}, auth.TokenOrder{Name: "A token", Days: 1})
	w.must(err)
	return key.ID
}

// documentedPath is a route's path as the API's document writes it: "/rounds/{round}".
func documentedPath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

func operationAt(c *contract, method, path string) *huma.Operation {
	for _, op := range c.ids {
		if op.Method == method && op.Path == path {
			return op
		}
	}
	return nil
}
