package assessment

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Display lets a screen that nobody is signed in on follow what its maker leads a group through, in one round and municipality: whichever task she
// leads through just now. It reads that and nothing else. One document at the hash of its secret, which only the screen keeps.
type Display struct {
	ID           string             `bson:"-"` // the hash: it opens nothing
	Round        RoundID            `bson:"round"`
	Municipality org.MunicipalityID `bson:"municipality"`
	Task         catalogue.TaskKey  `bson:"task"`
	By           org.PersonID       `bson:"by"`
	Made         time.Time          `bson:"made"`
	Ends         time.Time          `bson:"ends"`
}

// Sitting is what it shows.
func (d Display) Sitting() Sitting { return Sitting{d.Round, d.Municipality, d.Task} }

// DisplayLength is how long a display lasts at most, a working day, and MostDisplays how many a municipality may have at a time.
const (
	DisplayLength = 8 * time.Hour
	MostDisplays  = 10
)

func newDisplays(db *store.DB) *store.Collection[Display] {
	return store.NewCollection(db, store.Spec[Display]{
		Name: "displays", Shape: 1, Shared: 64,
		Fields: []store.Field[Display]{
			{Name: "municipality", Type: store.String, Value: func(_ string, d *Display) any { return string(d.Municipality) }},
			{Name: "by", Type: store.String, Value: func(_ string, d *Display) any { return string(d.By) }},
			{Name: "ends", Type: store.Time, Value: func(_ string, d *Display) any { return d.Ends }},
		},
		Indexes: []store.Index{
			{Name: "municipality", Fields: []string{"municipality", "ends"}},
			{Name: "by", Fields: []string{"by", "ends"}},
			{Name: "ends", Fields: []string{"ends"}},
		},
	})
}

func displayOf(doc store.Doc[Display]) Display {
	d := doc.Value
	d.ID = doc.ID
	return d
}

// A secret is typed by hand where nothing can be pasted: sixteen letters and digits of 32, 80 bits that open one page for some hours, in fours.
const (
	secretLength = 16
	secretGroup  = 4
)

func newDisplaySecret() string {
	letters := strings.ToLower(rand.Text()[:secretLength])
	var groups []string
	for i := 0; i < secretLength; i += secretGroup {
		groups = append(groups, letters[i:i+secretGroup])
	}
	return strings.Join(groups, "-")
}

// displayID is the hash of a secret, however it was typed.
func displayID(secret string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(secret))))
	return hex.EncodeToString(sum[:])
}

// MakeDisplay makes a display of what the actor leads, beginning with a sitting, and gives its secret: only its hash is kept, so it can't be shown
// again. Faults: Conflict when there are too many, NotFound, Forbidden.
func (s *Service) MakeDisplay(ctx context.Context, actor org.Actor, at Sitting) (string, Display, error) {
	const op = "assessment.MakeDisplay"
	if err := s.mayLead(op, actor, at); err != nil {
		return "", Display{}, err
	}
	if c, err := s.Consensus(ctx, actor, at); err != nil || c == nil {
		if err == nil {
			err = fault.New(fault.NotFound, op, "error.ratings.none")
		}
		return "", Display{}, err
	}
	live, err := s.Displays(ctx, actor, at.Municipality)
	if err != nil {
		return "", Display{}, err
	}
	if len(live) >= MostDisplays {
		return "", Display{}, fault.New(fault.Conflict, op, "error.display.many", "max", MostDisplays)
	}
	secret, now := newDisplaySecret(), s.now().UTC()
	doc, err := s.displays.Insert(ctx, displayID(secret), Display{Round: at.Round, Municipality: at.Municipality, Task: at.Task, By: actor.Person, Made: now, Ends: now.Add(DisplayLength)},
		s.toldOfSitting("display.made", actor, at))
	return secret, displayOf(doc), org.Fault(op, "", err)
}

// Displays lists a municipality's displays that have not ended, those that end first first.
func (s *Service) Displays(ctx context.Context, actor org.Actor, m org.MunicipalityID) ([]Display, error) {
	const op = "assessment.Displays"
	if !org.MayLeadConsensus(actor, m) {
		return nil, forbidden(op)
	}
	return s.liveDisplays(ctx, op, store.Term{Field: "municipality", Value: string(m)})
}

func (s *Service) liveDisplays(ctx context.Context, op string, found store.Term) ([]Display, error) {
	page, err := s.displays.Find(ctx, store.Query{Equal: []store.Term{found}, Range: &store.Range{Field: "ends", From: s.fromNow()}, Limit: store.MaxMembers})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	var all []Display
	for _, d := range page.Docs {
		all = append(all, displayOf(d))
	}
	return all, nil
}

// RevokeDisplay ends a display at once; one that has ended is no failure. Fault NotFound also when it is another municipality's.
func (s *Service) RevokeDisplay(ctx context.Context, actor org.Actor, id string) error {
	const op = "assessment.RevokeDisplay"
	_, err := s.displays.Update(ctx, id, func(d *Display) ([]store.Event, error) {
		if !org.MayLeadConsensus(actor, d.Municipality) {
			return nil, fault.New(fault.NotFound, op, "error.display.unknown")
		}
		now := s.now().UTC()
		if !now.Before(d.Ends) {
			return nil, store.ErrNoChange
		}
		d.Ends = now
		return []store.Event{s.toldOfSitting("display.revoked", actor, d.Sitting())}, nil
	})
	if errors.Is(err, store.ErrInvalid) {
		err = store.ErrNotFound
	}
	return org.Fault(op, "error.display.unknown", err)
}

// moveDisplays lets the actor's displays of a municipality's round follow her to the task that she leads through.
func (s *Service) moveDisplays(ctx context.Context, op string, actor org.Actor, at Sitting) error {
	own, err := s.liveDisplays(ctx, op, store.Term{Field: "by", Value: string(actor.Person)})
	if err != nil {
		return err
	}
	for _, d := range own {
		if d.Round != at.Round || d.Municipality != at.Municipality || d.Task == at.Task {
			continue
		}
		_, err := s.displays.Update(ctx, d.ID, func(d *Display) ([]store.Event, error) {
			d.Task = at.Task
			return nil, nil
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) { // it was swept away
			return org.Fault(op, "", err)
		}
	}
	return nil
}

// OnDisplay finds the display that a secret opens. It reaches no further than its maker does now: when she may not lead any more, it ends. Fault
// Conflict for one that has ended, or never was.
func (s *Service) OnDisplay(ctx context.Context, secret string) (Display, error) {
	const op = "assessment.OnDisplay"
	over := fault.New(fault.Conflict, op, "error.display.over")
	d, err := s.DisplayNow(ctx, displayID(secret))
	if err != nil {
		return Display{}, err
	}
	maker, err := s.people.Get(ctx, d.By)
	if code := fault.CodeOf(err); code == fault.NotFound || code == fault.Malformed || err == nil && !org.MayLeadConsensus(maker.Actor(), d.Municipality) {
		return Display{}, over
	}
	return d, err
}

// DisplayNow looks at a display by its id, at the price of one read: for what looks again and again after OnDisplay has let it in.
func (s *Service) DisplayNow(ctx context.Context, id string) (Display, error) {
	const op = "assessment.DisplayNow"
	doc, err := s.displays.GetShared(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.now().Before(doc.Value.Ends) {
		return Display{}, fault.New(fault.Conflict, op, "error.display.over")
	}
	return displayOf(doc), org.Fault(op, "", err)
}

// DisplaysOver tells whether there are displays that have ended.
func (s *Service) DisplaysOver(ctx context.Context) (bool, error) {
	n, err := s.displays.Count(ctx, s.overDisplays(1))
	return n > 0, org.Fault("assessment.DisplaysOver", "", err)
}

func (s *Service) overDisplays(limit int) store.Query {
	return store.Query{Range: &store.Range{Field: "ends", To: s.fromNow()}, Limit: limit}
}

// fromNow is the first end of a display that has not come yet: stored times are whole milliseconds.
func (s *Service) fromNow() time.Time { return s.now().UTC().Add(time.Millisecond) }

// SweepDisplays deletes up to limit displays that have ended, and tells how many.
func (s *Service) SweepDisplays(ctx context.Context, limit int) (int, error) {
	const op = "assessment.SweepDisplays"
	page, err := s.displays.Find(ctx, s.overDisplays(limit))
	if err != nil {
		return 0, org.Fault(op, "", err)
	}
	for n, d := range page.Docs {
		if err := remove(ctx, s, s.displays, op, d); err != nil {
			return n, err
		}
	}
	return len(page.Docs), nil
}
