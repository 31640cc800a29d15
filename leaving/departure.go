package leaving

import (
	"context"
	"errors"
	"strings"
	"time"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// State is how far a departure has come.
type State string

// A departure waits, and may be undone meanwhile; then it is carried out, and there is no way back.
const (
	Waiting State = "waiting"
	Stayed  State = "stayed"
	Going   State = "going"
	Left    State = "left"
)

// Departure is that a municipality leaves. One document per municipality, at its id; it stays as what tells that everything was deleted.
type Departure struct {
	Municipality org.MunicipalityID `bson:"-"`
	State        State              `bson:"state"`
	By           org.PersonID       `bson:"by"`
	Asked        time.Time          `bson:"asked"`
	Ends         time.Time          `bson:"ends"`    // when it is carried out
	Figures      assessment.Figures `bson:"figures"` // what the agreement said when it was asked for
	Done         time.Time          `bson:"done,omitempty"`
}

func newDepartures(db *store.DB) *store.Collection[Departure] {
	return store.NewCollection(db, store.Spec[Departure]{
		Name: "departures", Shape: 1,
		Fields: []store.Field[Departure]{
			{Name: "state", Type: store.String, Value: func(_ string, d *Departure) any { return string(d.State) }},
			{Name: "ends", Type: store.Time, Value: func(_ string, d *Departure) any { return d.Ends }},
		},
		Indexes: []store.Index{{Name: "state", Fields: []string{"state", "ends"}}},
	})
}

func departureOf(doc store.Doc[Departure]) Departure {
	d := doc.Value
	d.Municipality = org.MunicipalityID(doc.ID)
	return d
}

func (s *Service) told(kind string, a org.Actor, m org.MunicipalityID) []store.Event {
	return []store.Event{{Type: kind, At: s.Now().UTC(), Actor: a.Name(), Scope: string(m)}}
}

// Terms are what a coordinator is told before her municipality leaves.
func (s *Service) Terms() (wait time.Duration, figures assessment.Figures) { return s.Wait, s.Figures }

// Departure finds that a municipality is about to leave; nil when it isn't.
func (s *Service) Departure(ctx context.Context, a org.Actor, m org.MunicipalityID) (*Departure, error) {
	const op = "leaving.Departure"
	if !org.MayStay(a, m) {
		return nil, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	doc, err := s.departures.Get(ctx, string(m))
	if errors.Is(err, store.ErrNotFound) || err == nil && doc.Value.State != Waiting && doc.Value.State != Going {
		return nil, nil
	}
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	d := departureOf(doc)
	return &d, nil
}

// Leave asks that a municipality leaves. Whoever asks types its name, so that it is nothing done by a slip; everything of it is deleted when
// the time of waiting is over.
func (s *Service) Leave(ctx context.Context, a org.Actor, m org.MunicipalityID, typed string) (Departure, error) {
	const op = "leaving.Leave"
	if !org.MayLeave(a, m) {
		return Departure{}, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	known, _ := s.Register.Get(m)
	if !strings.EqualFold(strings.TrimSpace(typed), known.Name) {
		return Departure{}, fault.Wrong(op, "name", "error.leaving.name", "name", known.Name)
	}
	now := s.Now().UTC()
	d := Departure{State: Waiting, By: a.Person, Asked: now, Ends: now.Add(s.Wait), Figures: s.Figures}
	told := s.told("municipality.leaving", a, m)
	doc, err := s.departures.Insert(ctx, string(m), d, told...)
	if errors.Is(err, store.ErrExists) {
		doc, err = s.departures.Update(ctx, string(m), func(old *Departure) ([]store.Event, error) {
			if old.State == Waiting || old.State == Going {
				return nil, fault.New(fault.Conflict, op, "error.leaving.already")
			}
			*old = d
			return told, nil
		})
	}
	return departureOf(doc), org.Fault(op, "", err)
}

// Stay undoes a departure that waits, and tells which.
func (s *Service) Stay(ctx context.Context, a org.Actor, m org.MunicipalityID) (Departure, error) {
	const op = "leaving.Stay"
	if !org.MayStay(a, m) {
		return Departure{}, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	doc, err := s.departures.Update(ctx, string(m), func(d *Departure) ([]store.Event, error) {
		switch d.State {
		case Stayed:
			return nil, store.ErrNoChange
		case Waiting:
			d.State = Stayed
			return s.told("municipality.stayed", a, m), nil
		}
		return nil, fault.New(fault.Conflict, op, "error.leaving.gone")
	})
	return departureOf(doc), org.Fault(op, "error.leaving.none", err)
}

// Departures lists the municipalities that are about to leave, those that go first first.
func (s *Service) Departures(ctx context.Context, a org.Actor, limit int) ([]Departure, error) {
	const op = "leaving.Departures"
	if !org.MaySeeDepartures(a) {
		return nil, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	return s.list(ctx, op, Waiting, nil, limit)
}

func (s *Service) list(ctx context.Context, op string, state State, within *store.Range, limit int) ([]Departure, error) {
	page, err := s.departures.Find(ctx, store.Query{Equal: []store.Term{{Field: "state", Value: string(state)}}, Range: within, Order: []string{"ends"}, Limit: limit})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	var all []Departure
	for _, doc := range page.Docs {
		all = append(all, departureOf(doc))
	}
	return all, nil
}

// Due lists departures whose time has come, and those that were begun and not finished.
func (s *Service) Due(ctx context.Context, now time.Time, limit int) ([]org.MunicipalityID, error) {
	const op = "leaving.Due"
	going, err := s.list(ctx, op, Going, nil, limit)
	if err != nil {
		return nil, err
	}
	waiting, err := s.list(ctx, op, Waiting, &store.Range{Field: "ends", To: now.UTC().Add(time.Millisecond)}, limit)
	if err != nil {
		return nil, err
	}
	var due []org.MunicipalityID
	for _, d := range append(going, waiting...) {
		due = append(due, d.Municipality)
	}
	return due, nil
}

// CarryOut deletes everything of a municipality whose time has come. Every step leaves what the next one needs to be found again, and may be
// taken again, so one that was cut off anywhere is finished by the next call. Nobody of its people can write any more before anything
// they wrote is deleted.
func (s *Service) CarryOut(ctx context.Context, a org.Actor, m org.MunicipalityID) error {
	const op = "leaving.CarryOut"
	if !org.MayCarryOutDepartures(a) {
		return fault.New(fault.Forbidden, op, "error.forbidden")
	}
	doc, err := s.departures.Update(ctx, string(m), func(d *Departure) ([]store.Event, error) {
		switch {
		case d.State == Going:
			return nil, store.ErrNoChange
		case d.State == Waiting && !s.Now().Before(d.Ends):
			d.State = Going
			return nil, nil
		}
		return nil, fault.New(fault.Conflict, op, "error.leaving.none")
	})
	if err != nil {
		return org.Fault(op, "error.leaving.none", err)
	}
	figures := doc.Value.Figures
	regions, err := s.Regions.Depart(ctx, a, m, figures != assessment.FiguresNamed)
	if err != nil {
		return err
	}
	if err := s.Invitations.Depart(ctx, a, m, s.Relay); err != nil {
		return err
	}
	if err := s.Access.Depart(ctx, a, m, s.Relay); err != nil {
		return err
	}
	if err := s.People.Depart(ctx, a, m, s.Now().UTC()); err != nil {
		return err
	}
	for _, region := range regions {
		if err := s.Assessments.Depart(ctx, a, region, m, figures); err != nil {
			return err
		}
	}
	if err := s.Assessments.DeleteOf(ctx, a, m, figures); err != nil {
		return err
	}
	if err := s.Benefits.DeleteOf(ctx, a, m); err != nil {
		return err
	}
	if figures == assessment.FiguresRemoved { // now, and not at the job's next turn: until then they would be shown
		for _, region := range regions {
			if err := s.Assessments.PrepareComparison(ctx, a, region, nil); err != nil {
				return err
			}
		}
	}
	if err := s.forgetExport(ctx, m); err != nil {
		return err
	}
	_, err = s.departures.Update(ctx, string(m), func(d *Departure) ([]store.Event, error) {
		if d.State == Left {
			return nil, store.ErrNoChange
		}
		d.State, d.Done, d.By = Left, s.Now().UTC(), ""
		return s.told("municipality.left", a, m), nil
	})
	return org.Fault(op, "", err)
}

func (s *Service) forgetExport(ctx context.Context, m org.MunicipalityID) error {
	doc, err := s.exports.Get(ctx, string(m))
	if err == nil {
		if err = s.exports.Delete(ctx, doc.ID, doc.Revision); errors.Is(err, store.ErrPending) {
			if err = s.Relay(ctx); err == nil {
				err = s.exports.Delete(ctx, doc.ID, doc.Revision)
			}
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return org.Fault("leaving.CarryOut", "", err)
}
