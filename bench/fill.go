package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/demo"
	"helhet/internal/auth"
	"helhet/internal/events"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
	"helhet/org"
)

// size is how much synthetic data a database holds: municipalities in one region, published rounds, people.
type size struct {
	name                           string
	municipalities, rounds, people int
}

var sizes = []size{
	{"region", 8, 5, 200},
	{"national", 357, 20, 60_000},
}

func (s size) String() string { return fmt.Sprintf("(%d, %d)", s.municipalities, s.rounds) }

// savers is how many people save answers at the same time.
const savers = 200

// filled is a database ready to be served, and what a client must know of it.
type filled struct {
	size       size
	dir        string
	round      assessment.RoundID // the open one
	last       assessment.RoundID // the published one
	member     org.MunicipalityID // whose leader reads
	reader     string             // her token
	savers     []saver
	shared     catalogue.QuestionKey // that none of them saves to
	meeting    meeting
	bodies     [][]byte      // of some assessment documents in the open round
	publishing time.Duration // of the last round, with its comparison
}

// saver is one person who saves answers, always to the same question, at the municipality's own assessment.
type saver struct {
	token        string
	municipality org.MunicipalityID
	question     catalogue.QuestionKey
	tag          string // of the answer that stands
}

const (
	region    = demo.Region
	leadID    = "p-bench-lead"
	parallel  = 32 // writers that fill: the engine groups what waits
	apart     = 90 // days from one round to the next
	batchSize = 500
)

// filler plays the rounds through the real services. Only the clock, and the one write of many answers, are not what people do.
type filler struct {
	engine     store.Engine
	db         *store.DB
	register   *org.Register
	catalogues map[catalogue.Key]*catalogue.Catalogue
	people     *org.People
	regions    *org.Regions
	history    *events.History
	auth       *auth.Service
	members    []org.Municipality

	// Of rounds only.
	size    size
	clock   time.Time
	c       *catalogue.Catalogue
	service *assessment.Service
}

// newFiller opens an empty database and marks it as synthetic. Its collections are ensured by whoever adds the service that fills it.
func newFiller(ctx context.Context, dir string) (*filler, error) {
	engine, err := sqlite.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	db := store.Open(engine)
	b := &filler{engine: engine, db: db, people: org.NewPeople(db), regions: org.NewRegions(db), history: events.New(db)}
	b.auth = auth.New(b.people, time.Now)
	if b.register, err = org.LoadRegister(); err == nil {
		b.catalogues, err = catalogue.Load()
	}
	if err == nil {
		err = demo.Mark(ctx, db, "Syntetiske data: måling", time.Now())
	}
	if err != nil {
		return nil, b.closed(err)
	}
	return b, nil
}

// closed closes the database, and gives what went wrong before that too.
func (b *filler) closed(err error) error {
	return errors.Join(err, b.engine.Close())
}

func fill(ctx context.Context, dir string, s size) (f filled, err error) {
	f = filled{size: s, dir: dir}
	b, err := newFiller(ctx, dir)
	if err != nil {
		return f, err
	}
	defer func() { err = b.closed(err) }()
	b.size, b.c = s, b.catalogues[demo.Catalogue]
	if s.municipalities <= len(demo.Members) {
		for _, id := range demo.Members[:s.municipalities] {
			m, _ := b.register.Get(id)
			b.members = append(b.members, m)
		}
	} else {
		b.members = b.register.All()[:s.municipalities]
	}
	b.service = assessment.New(b.db, assessment.Options{
		Catalogues: b.catalogues, Register: b.register, Regions: b.regions, People: b.people, Now: func() time.Time { return b.clock }})
	if err := b.db.Ensure(ctx); err != nil {
		return f, err
	}
	if err := b.populate(ctx); err != nil {
		return f, err
	}
	for n := range s.rounds + 1 {
		id, publishing, err := b.round(ctx, n)
		if err != nil {
			return f, fmt.Errorf("round %d: %w", n+1, err)
		}
		if f.round = id; n < s.rounds {
			f.last, f.publishing = id, publishing
		}
		if err := b.relay(ctx); err != nil {
			return f, err
		}
		fmt.Print(".")
	}
	fmt.Println()
	for _, m := range b.members[:min(len(b.members), 16)] {
		record, err := b.engine.Get(ctx, "assessments", string(f.round)+"/"+string(m.ID), "")
		if err != nil {
			return f, err
		}
		f.bodies = append(f.bodies, record.Body)
	}
	f.member = b.members[0].ID
	if err := b.clients(ctx, &f); err != nil {
		return f, err
	}
	return f, b.meet(ctx, &f)
}

// personID of the n-th person of a municipality: 0 coordinates, 1 leads, the rest contribute.
func personID(m org.MunicipalityID, n int) org.PersonID {
	return org.PersonID(fmt.Sprintf("p-bench-%s-%d", m, n))
}

// personOf a municipality: the n-th.
func personOf(m org.MunicipalityID, n int, role org.Role, r org.RegionID) org.Person {
	return org.Person{ID: personID(m, n), Name: fmt.Sprintf("Person %d", n+1), Email: fmt.Sprintf("%s.%d@example.org", m, n), Grants: []org.Grant{{Role: role, Municipality: m, Region: r}}}
}

// create makes regions and their people.
func (b *filler) create(ctx context.Context, people []org.Person, regions ...org.Region) error {
	for some := range slices.Chunk(people, batchSize) {
		if err := b.people.CreateMany(ctx, some); err != nil {
			return err
		}
	}
	for _, r := range regions {
		if err := b.regions.Create(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// relay moves all waiting events to the history.
func (b *filler) relay(ctx context.Context) error {
	for moved := batchSize; moved == batchSize; {
		var err error
		if moved, err = b.history.Relay(ctx, batchSize); err != nil {
			return err
		}
	}
	return nil
}

func (b *filler) populate(ctx context.Context) error {
	r := org.Region{ID: region, Name: "Syntetisk region"}
	people := []org.Person{{ID: leadID, Name: "Rita Regionleder", Email: "lead@example.org", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}}
	each := max(3, b.size.people/len(b.members))
	for _, m := range b.members {
		r.Members = append(r.Members, org.Member{Municipality: m.ID, Consent: org.ByNameInRegion})
		for n := range each {
			role := org.Contributor
			switch n {
			case 0:
				role = org.Coordinator
			case 1:
				role = org.Leader
			}
			people = append(people, personOf(m.ID, n, role, region))
		}
	}
	return b.create(ctx, people, r)
}

func (b *filler) lead() org.Actor {
	return org.Actor{Person: leadID, Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
}

func (b *filler) coordinator(m org.MunicipalityID) org.Actor {
	return org.Actor{Person: personID(m, 0), Grants: []org.Grant{{Role: org.Coordinator, Municipality: m, Region: region}}}
}

// round plays one round; the last stays open, with everything answered. It tells how long the publication took, the region's
// comparison included.
func (b *filler) round(ctx context.Context, n int) (assessment.RoundID, time.Duration, error) {
	now := time.Now().UTC()
	opens := now.AddDate(0, 0, -apart*(b.size.rounds-n)-20)
	closes := opens.AddDate(0, 0, 45)
	b.clock = opens
	r, err := b.service.Plan(ctx, b.lead(), assessment.Plan{
		Region: region, Name: fmt.Sprintf("Runde %d", n+1), Catalogue: demo.Catalogue, OpensAt: opens, ClosesAt: closes})
	if err != nil {
		return "", 0, err
	}
	if _, err := b.service.Open(ctx, b.lead(), r.ID); err != nil {
		return "", 0, err
	}
	b.clock = opens.AddDate(0, 0, 10)
	open := n == b.size.rounds
	if err := b.everyone(func(m org.Municipality) error {
		answers, tasks := demo.Answers(b.c, m, n*6/(b.size.rounds+1))
		if _, err := b.service.Fill(ctx, b.coordinator(m.ID), assessment.Fill{Round: r.ID, Municipality: m.ID, Answers: answers, Tasks: tasks}); err != nil || open {
			return err
		}
		_, err := b.service.HandIn(ctx, b.coordinator(m.ID), r.ID, m.ID)
		return err
	}); err != nil || open {
		return r.ID, 0, err
	}
	b.clock = closes
	if _, err := b.service.Close(ctx, b.lead(), r.ID); err != nil {
		return r.ID, 0, err
	}
	began := time.Now()
	if _, err := b.service.Publish(ctx, b.lead(), r.ID); err != nil {
		return r.ID, 0, err
	}
	err = b.service.PrepareComparison(ctx, b.lead(), region, nil)
	return r.ID, time.Since(began), err
}

// everyone does something for each municipality, several at a time, and gives the first failure.
func (b *filler) everyone(do func(org.Municipality) error) error {
	var group sync.WaitGroup
	turns := make(chan org.Municipality)
	failures := make(chan error, parallel)
	for range parallel {
		group.Go(func() {
			var failed error
			for m := range turns {
				if failed == nil {
					failed = do(m)
				}
			}
			failures <- failed
		})
	}
	for _, m := range b.members {
		turns <- m
	}
	close(turns)
	group.Wait()
	for range parallel {
		if err := <-failures; err != nil {
			return err
		}
	}
	return nil
}

// clients makes the tokens of the reader and the savers. Two savers share an assessment where there are municipalities enough,
// and no two a question.
func (b *filler) clients(ctx context.Context, f *filled) (err error) {
	if f.reader, err = b.auth.NewToken(ctx, personID(f.member, 1)); err != nil {
		return err
	}
	var questions []catalogue.QuestionKey
	for _, t := range b.c.Tasks() {
		for _, q := range t.Questions {
			questions = append(questions, q.Key)
		}
	}
	f.shared = questions[len(questions)-1]
	homes := min(len(b.members), savers/2)
	for n := range savers {
		m := b.members[n%homes].ID
		q := questions[(n/homes)%len(questions)]
		a, err := b.service.Assessment(ctx, b.coordinator(m), f.round, m)
		if err != nil {
			return err
		}
		token, err := b.auth.NewToken(ctx, personID(m, 2+(n/homes)%max(1, b.size.people/len(b.members)-2)))
		if err != nil {
			return err
		}
		f.savers = append(f.savers, saver{token, m, q, a.Answer(q).Tag})
	}
	return nil
}
