// Package demo is the synthetic region that Helhet can be tried on: eight real municipalities with invented people, answers and
// notes. It is loaded into an empty database through the product's own services, and the database is marked for good, so that
// nobody can take it for a real one.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Region is the demo region, Catalogue the questionnaire its rounds are bound to.
const (
	Region     org.RegionID  = "vestfold-telemark"
	RegionName               = "Vestfold og Telemark"
	Catalogue  catalogue.Key = "helhetlig-tjenestemodell-1"
)

// Members are the region's municipalities, in the order in which they joined.
var Members = []org.MunicipalityID{"drangedal", "kviteseid", "larvik", "porsgrunn", "sandefjord", "seljord", "tokke", "fyresdal"}

// national are those that a national reader sees by name. So many others stay unnamed that medians can be shown beside them.
var national = []org.MunicipalityID{"drangedal", "larvik", "porsgrunn", "sandefjord"}

func consentOf(m org.MunicipalityID) org.Consent {
	if slices.Contains(national, m) {
		return org.ByNameNational
	}
	return org.ByNameInRegion
}

// What happens to some of them, so that every kind of line can be seen.
const (
	lateJoiner  org.MunicipalityID = "fyresdal"
	joinsAt                        = 2 // the first round the late joiner takes part in
	absentee    org.MunicipalityID = "kviteseid"
	absentAt                       = 2 // the round whose draft it never hands in
	corrected   org.MunicipalityID = "seljord"
	correctedAt                    = published - 2 // the last but one has an erratum
	givenFrom                      = published - 1 // the first round in which tasks were given to people
)

// done is how far each is in the open round, in percent of the questionnaire. Sandefjord has handed in.
var done = map[org.MunicipalityID]int{
	"drangedal": 70, "kviteseid": 20, "larvik": 55, "porsgrunn": 50, "sandefjord": 100, "seljord": 85, "tokke": 0, "fyresdal": 35,
}

const handedInEarly org.MunicipalityID = "sandefjord"

// Those in whose open round last round's answers have been taken along, and those who say why their levels changed. Larvik has yet to do both.
var (
	carrying   = []org.MunicipalityID{"porsgrunn", "kviteseid"}
	explaining = []org.MunicipalityID{"porsgrunn", "sandefjord", "kviteseid"}
)

// Deps is what loading needs. The database need not be ensured.
type Deps struct {
	DB         *store.DB
	Register   *org.Register
	Catalogues map[catalogue.Key]*catalogue.Catalogue
	Log        *slog.Logger
}

// mark stands in the database from before the first synthetic document on. Loaded is zero until the last is written.
type mark struct {
	Synthetic bool      `bson:"synthetic"`
	Label     string    `bson:"label"`
	Loaded    time.Time `bson:"loaded,omitempty"`
}

const (
	markCollection = "meta"
	markID         = "demo"
)

// marks declares the collection on a view of the database of its own, which leaves the caller's declarations alone.
func marks(view *store.DB) *store.Collection[mark] {
	return store.NewCollection(view, store.Spec[mark]{Name: markCollection, Shape: 1})
}

// Marked tells whether the database holds the synthetic region, whole; a loading that was cut off is a fault Conflict with the
// key error.demo.unfinished. It writes nothing.
func Marked(ctx context.Context, db *store.DB) (bool, error) {
	const op = "demo.Marked"
	stored, err := db.Engine().Collections(ctx)
	if err != nil {
		return false, org.Fault(op, "", err)
	}
	if !slices.ContainsFunc(stored, func(s store.Schema) bool { return s.Collection == markCollection }) {
		return false, nil
	}
	view := store.Open(db.Engine())
	collection := marks(view)
	if err := view.Ensure(ctx); err != nil {
		return false, org.Fault(op, "", err)
	}
	doc, err := collection.Get(ctx, markID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, org.Fault(op, "", err)
	}
	if doc.Value.Loaded.IsZero() {
		return false, fault.New(fault.Conflict, op, "error.demo.unfinished")
	}
	return true, nil
}

// Load fills an empty database with the synthetic region: five published rounds and one that is open at now. One that holds any
// document is refused: fault Conflict, error.demo.not-empty. For the same now it publishes the same hashes every time. A loading
// that is cut off leaves a database that is good for nothing, and is known by its mark.
func Load(ctx context.Context, deps Deps, now time.Time) error {
	const op = "demo.Load"
	if err := refuseFull(ctx, deps.DB.Engine()); err != nil {
		return err
	}
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		return err
	}
	// A view of its own lets the services here have a clock that moves through the years.
	view := store.Open(deps.DB.Engine())
	markings := marks(view)
	l := &loader{
		people: org.NewPeople(view), regions: org.NewRegions(view), catalogue: deps.Catalogues[Catalogue],
		seasons: calendar(now, oslo), now: now.UTC(), staff: map[org.MunicipalityID][]org.Person{},
	}
	if l.catalogue == nil {
		return fmt.Errorf("%s: no catalogue %s", op, Catalogue)
	}
	log := deps.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	l.service = assessment.New(view, assessment.Options{
		Catalogues: deps.Catalogues, Register: deps.Register, Regions: l.regions, People: l.people, Now: func() time.Time { return l.clock }, Log: log,
	})
	indicators, err := benefits.LoadIndicators()
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	l.benefits = benefits.New(view, benefits.Options{Catalogues: deps.Catalogues, Indicators: indicators, People: l.people, Regions: l.regions, Steps: l.service.StepsOf, Files: l.service, Now: func() time.Time { return l.clock }})
	requests := org.NewAccessRequests(view, deps.Register, l.regions, l.people, nil, func() time.Time { return l.now }) // none is granted here
	for _, id := range Members {
		m, ok := deps.Register.Get(id)
		if !ok {
			return fmt.Errorf("%s: the register does not know %q", op, id)
		}
		l.members = append(l.members, m)
	}
	if err := view.Ensure(ctx); err != nil {
		return org.Fault(op, "", err)
	}
	marked, err := markings.Insert(ctx, markID, mark{Synthetic: true, Label: "Syntetiske data"})
	if err != nil {
		return org.Fault(op, "error.demo.not-empty", err)
	}
	if err := l.load(ctx); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if err := requests.Ask(ctx, stranger); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	marked.Value.Loaded = now.UTC()
	_, err = markings.Replace(ctx, marked)
	return org.Fault(op, "", err)
}

// Mark marks a database that other synthetic data is about to be filled into, such as a benchmark's, so that the product serves
// it as what it is. Like Load it refuses one that is not empty.
func Mark(ctx context.Context, db *store.DB, label string, now time.Time) error {
	const op = "demo.Mark"
	if err := refuseFull(ctx, db.Engine()); err != nil {
		return err
	}
	view := store.Open(db.Engine())
	markings := marks(view)
	if err := view.Ensure(ctx); err != nil {
		return org.Fault(op, "", err)
	}
	_, err := markings.Insert(ctx, markID, mark{Synthetic: true, Label: label, Loaded: now.UTC()})
	return org.Fault(op, "error.demo.not-empty", err)
}

// refuseFull refuses a database with any document but the store's own.
func refuseFull(ctx context.Context, engine store.Engine) error {
	const op = "demo.Load"
	stored, err := engine.Collections(ctx)
	if err != nil {
		return org.Fault(op, "", err)
	}
	for _, s := range stored {
		if strings.HasPrefix(s.Collection, "store_") {
			continue
		}
		n, err := engine.Count(ctx, store.Plan{
			Collection: s.Collection, Index: store.Index{Name: store.PrimaryIndex, Fields: []string{store.IDField}}, Limit: 1})
		if err != nil {
			return org.Fault(op, "", err)
		}
		if n > 0 {
			return fault.New(fault.Conflict, op, "error.demo.not-empty", "collection", s.Collection)
		}
	}
	return nil
}

// loader plays the region's years through the services, as the people who would have done it.
type loader struct {
	people    *org.People
	regions   *org.Regions
	service   *assessment.Service
	benefits  *benefits.Service
	catalogue *catalogue.Catalogue
	members   []org.Municipality
	staff     map[org.MunicipalityID][]org.Person // coordinator, contributor, leader
	seasons   []season
	now       time.Time
	clock     time.Time
}

func (l *loader) load(ctx context.Context) error {
	region := org.Region{ID: Region, Name: RegionName}
	for i, m := range l.members {
		l.staff[m.ID] = staff(m, i, Region)
		if m.ID != lateJoiner {
			region.Members = append(region.Members, org.Member{Municipality: m.ID, Consent: consentOf(m.ID)})
		}
	}
	if err := l.people.CreateMany(ctx, everyone(Region, l.members)); err != nil {
		return err
	}
	if err := l.regions.Create(ctx, region); err != nil {
		return err
	}
	for i, s := range l.seasons {
		if i == joinsAt {
			if err := l.regions.Join(ctx, Region, org.Member{Municipality: lateJoiner, Consent: consentOf(lateJoiner)}); err != nil {
				return err
			}
		}
		if err := l.round(ctx, i, s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if err := l.plan(ctx); err != nil {
		return err
	}
	if err := l.rate(ctx); err != nil {
		return err
	}
	for _, m := range l.members {
		if err := l.gain(ctx, m); err != nil {
			return fmt.Errorf("%s: %w", m.ID, err)
		}
	}
	l.clock = l.now
	return l.service.PrepareComparison(ctx, l.lead(), Region, nil)
}

// round plays one season; the last stays open.
func (l *loader) round(ctx context.Context, n int, s season) error {
	l.clock = s.opens.AddDate(0, 0, -30)
	r, err := l.service.Plan(ctx, l.lead(), assessment.Plan{
		Region: Region, Name: s.name, Catalogue: Catalogue, OpensAt: s.opens, ClosesAt: s.closes, PublishAt: s.publishing})
	if err != nil {
		return err
	}
	l.clock = s.opens
	if r, err = l.service.Open(ctx, org.SystemActor("rounds"), r.ID); err != nil {
		return err
	}
	last := n == len(l.seasons)-1
	for _, m := range l.members {
		if _, ok := r.Participant(string(m.ID)); !ok {
			continue
		}
		share, handIn := 100, true
		switch {
		case last:
			share, handIn = done[m.ID], m.ID == handedInEarly
		case m.ID == absentee && n == absentAt:
			share, handIn = 45, false
		}
		if n >= givenFrom {
			if err := l.give(ctx, r, m, share); err != nil {
				return fmt.Errorf("%s: %w", m.ID, err)
			}
		}
		if err := l.answer(ctx, r, m, n, share, handIn); err != nil {
			return fmt.Errorf("%s: %w", m.ID, err)
		}
		if last && !handIn {
			if err := l.finish(ctx, r, m); err != nil {
				return fmt.Errorf("%s: %w", m.ID, err)
			}
		}
	}
	if last {
		return l.talk(ctx, r)
	}
	l.clock = s.closes
	if _, err = l.service.Close(ctx, org.SystemActor("rounds"), r.ID); err != nil {
		return err
	}
	l.clock = s.publishing
	if _, err = l.service.Publish(ctx, l.lead(), r.ID); err != nil {
		return err
	}
	if n == correctedAt {
		return l.correct(ctx, r.ID)
	}
	return nil
}

// answer lets the municipality's contributor and coordinator fill in a share of the questionnaire, in percent, over some days.
func (l *loader) answer(ctx context.Context, r assessment.Round, m org.Municipality, n, share int, handIn bool) error {
	answers, tasks := Answers(l.catalogue, m, n)
	order := l.catalogue.Tasks()
	begun := (len(order)*share + 99) / 100 // tasks are taken in the model's order
	where := map[catalogue.TaskKey]int{}
	for i, t := range order {
		where[t.Key] = i
	}
	within := func(t catalogue.TaskKey) bool { return where[t] < begun }
	parts := [2]assessment.Fill{{Round: r.ID, Municipality: m.ID}, {Round: r.ID, Municipality: m.ID}}
	for _, a := range answers {
		t := l.catalogue.Question(a.Question).Task
		if within(t) {
			who := byWhom(t)
			parts[who].Answers = append(parts[who].Answers, a)
		}
	}
	for _, t := range tasks {
		if within(t.Task) {
			parts[0].Tasks = append(parts[0].Tasks, t)
		}
	}
	days := 1 + dice(string(m.ID), string(r.ID), "days").IntN(12)
	for who, fill := range parts {
		if len(fill.Answers)+len(fill.Tasks) == 0 {
			continue
		}
		l.clock = r.OpensAt.AddDate(0, 0, days+5*(1-who)).Add(time.Duration(90+17*days) * time.Minute)
		if _, err := l.service.Fill(ctx, l.staff[m.ID][who].Actor(), fill); err != nil {
			return err
		}
	}
	if n == published {
		l.clock = l.clock.Add(40 * time.Minute)
		if err := l.lookBack(ctx, r.ID, m.ID); err != nil {
			return err
		}
		if err := l.point(ctx, r.ID, m); err != nil {
			return err
		}
	}
	if !handIn {
		return nil
	}
	l.clock = r.OpensAt.AddDate(0, 0, days+7).Add(5 * time.Hour)
	_, err := l.service.HandIn(ctx, l.staff[m.ID][0].Actor(), r.ID, m.ID)
	return err
}

// byWhom tells who of a municipality's staff answers a task: money and agreements are the coordinator's, the rest the
// contributor's.
func byWhom(t catalogue.TaskKey) int {
	switch t {
	case "gevinster", "kommunikasjon", "budsjett", "anskaffelse", "avtaler":
		return 0
	}
	return 1
}

// correct publishes a round anew, after one municipality found that it had answered a question too high.
func (l *loader) correct(ctx context.Context, id assessment.RoundID) error {
	const reason = "Seljord hadde svart for evalueringen før den var gjennomført."
	l.clock = l.clock.AddDate(0, 0, 12)
	if err := l.service.SendBack(ctx, l.lead(), id, corrected, "Evalueringa var ikkje gjennomført då runden blei lukka. Rett svaret, og lever på nytt."); err != nil {
		return err
	}
	coordinator := l.staff[corrected][0].Actor()
	a, err := l.service.Assessment(ctx, coordinator, id, corrected)
	if err != nil {
		return err
	}
	// The highest of the answers about evaluating; the first of equals.
	var wrong assessment.Answer
	for _, q := range l.catalogue.Task("evaluere").Questions {
		if answer := a.Answer(q.Key); answer.Level != nil && (wrong.Level == nil || *answer.Level > *wrong.Level) {
			wrong = answer
		}
	}
	if wrong.Level == nil || *wrong.Level == l.catalogue.Scale.Min {
		return fmt.Errorf("%s has no answer to correct in %s", corrected, id)
	}
	level := *wrong.Level - 1
	l.clock = l.clock.AddDate(0, 0, 1)
	if _, err := l.service.SaveAnswer(ctx, coordinator, assessment.Save{
		Round: id, Municipality: corrected, Question: wrong.Question, Tag: wrong.Tag, Edit: "demo-erratum",
		Value: assessment.Value{Level: &level, Note: "Retta etter at runden var publisert."},
	}); err != nil {
		return err
	}
	if _, err := l.service.HandIn(ctx, coordinator, id, corrected); err != nil {
		return err
	}
	l.clock = l.clock.AddDate(0, 0, 1)
	_, err = l.service.Erratum(ctx, l.lead(), id, reason)
	return err
}

func (l *loader) lead() org.Actor { return lead(Region).Actor() }
