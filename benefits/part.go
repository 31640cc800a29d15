package benefits

import (
	"context"
	"errors"
	"slices"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// MayBePart tells whether a benefit may be a part of another.
func MayBePart(part, whole Benefit) bool { return mayBePart(part, whole) == "" }

// MaxParts is how many parts a benefit may have.
const MaxParts = 50

// mayBePart tells what keeps one benefit from being a part of another, as a key of the texts; "" where nothing does. It is one level deep.
func mayBePart(part, whole Benefit) string {
	switch {
	case part.ID == whole.ID:
		return "error.benefit.part.itself"
	case part.Municipality != whole.Municipality || part.Shared == "" || part.Shared != whole.Shared || part.Unit != whole.Unit || part.Per != whole.Per || part.Unexpected() != whole.Unexpected():
		return "error.benefit.part.other"
	case whole.PartOf != "":
		return "error.benefit.part.deep"
	case len(part.Parts) > 0:
		return "error.benefit.part.whole"
	case part.PartOf != "" && part.PartOf != whole.ID:
		return "error.benefit.part.taken"
	case len(whole.Parts) >= MaxParts && !slices.Contains(whole.Parts, part.ID):
		return "error.benefit.part.many"
	}
	return ""
}

// Join makes a benefit a part of another, so that sums count it once: where the whole counts, its parts don't. Whole "" makes it one of its own again.
type Join struct {
	Part, Whole ID
	Tag         string // of the part
	Edit        string
}

// Join makes a benefit a part of another, or takes it out again, by somebody who edits both. The whole claims its part before the part says so, and lets it go after: what a crash leaves between
// the two is put right by the same edit sent again, and by Mend. Faults: NotFound (also of another municipality's), Forbidden, Conflict where it can't be a part, TagRequired, Stale with Lost.
func (s *Service) Join(ctx context.Context, actor org.Actor, in Join) (Benefit, error) {
	const op = "benefits.Join"
	part, err := s.Benefit(ctx, actor, in.Part)
	if err != nil {
		return Benefit{}, err
	}
	if !org.MayEditBenefit(actor, part.Municipality, part.Owner) {
		return Benefit{}, forbidden(op)
	}
	if in.Tag == "" {
		return Benefit{}, fault.New(fault.TagRequired, op, "error.tag.required")
	}
	if err := checkEdit(op, in.Edit); err != nil {
		return Benefit{}, err
	}
	if in.Whole != "" {
		whole, err := s.Benefit(ctx, actor, in.Whole)
		if err != nil {
			return Benefit{}, err
		}
		if !org.MayEditBenefit(actor, whole.Municipality, whole.Owner) {
			return Benefit{}, forbidden(op)
		}
		if part.Tag == in.Tag { // who is too late claims nothing; she is told below
			if err := s.claim(ctx, op, part, in.Whole); err != nil {
				return Benefit{}, err
			}
		}
	}
	was := part.PartOf
	b, err := s.change(ctx, op, actor, in.Part, in.Edit, func(b *Benefit) ([]store.Event, error) {
		switch {
		case b.Tag != in.Tag:
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.benefit.stale", Detail: Lost{b.Data, nil, *b}}
		case b.PartOf == in.Whole:
			return nil, store.ErrNoChange
		case in.Whole != "" && len(b.Parts) > 0:
			return nil, fault.New(fault.Conflict, op, "error.benefit.part.whole")
		}
		kind := "benefit.joined"
		if was, b.PartOf = b.PartOf, in.Whole; in.Whole == "" {
			kind = "benefit.parted"
		}
		return []store.Event{s.event(kind, actor, b.Municipality)}, nil
	}, nil)
	if err == nil && was != "" && was != b.PartOf {
		err = s.release(ctx, op, was, b.ID)
	}
	return b, err
}

// claim puts a part among its whole's.
func (s *Service) claim(ctx context.Context, op string, part Benefit, whole ID) error {
	_, err := s.docs.Update(ctx, string(whole), func(b *Benefit) ([]store.Event, error) {
		b.ID = whole
		switch why := mayBePart(part, *b); {
		case !b.Removed.IsZero():
			return nil, removed(op)
		case why != "":
			return nil, fault.New(fault.Conflict, op, why, "max", MaxParts)
		case slices.Contains(b.Parts, part.ID):
			return nil, store.ErrNoChange
		}
		b.Parts = append(slices.Clone(b.Parts), part.ID) // the tag stays: whoever has the whole's form open is not in the way
		return nil, nil
	})
	return org.Fault(op, "error.benefit.unknown", err)
}

// release takes a part out of its whole's.
func (s *Service) release(ctx context.Context, op string, whole, part ID) error {
	_, err := s.docs.Update(ctx, string(whole), func(b *Benefit) ([]store.Event, error) {
		i := slices.Index(b.Parts, part)
		if i < 0 {
			return nil, store.ErrNoChange
		}
		b.Parts = slices.Delete(slices.Clone(b.Parts), i, i+1)
		return nil, nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // it was removed for good
	}
	return org.Fault(op, "", err)
}

// mendParts puts right what a crash left between a part and its whole: what the part says is what holds.
func (s *Service) mendParts(ctx context.Context, op string, b Benefit) error {
	if b.PartOf != "" {
		switch err := s.claim(ctx, op, b, b.PartOf); fault.CodeOf(err) {
		case "", fault.NotFound, fault.Conflict: // a whole that is away keeps its parts till it is back
		default:
			return err
		}
	}
	for _, id := range b.Parts {
		doc, err := s.docs.Get(ctx, string(id))
		if err == nil && doc.Value.PartOf == b.ID {
			continue
		}
		if err == nil || errors.Is(err, store.ErrNotFound) {
			err = s.release(ctx, op, b.ID, id)
		}
		if err != nil {
			return org.Fault(op, "", err)
		}
	}
	return nil
}

// Apart says that two benefits that look alike are not the same, and that nothing is counted twice.
type Apart struct {
	With ID           `bson:"with"`
	By   org.PersonID `bson:"by"`
	At   time.Time    `bson:"at"`
}

// maxApart is how many others a benefit may be said to be different from. All of them stand in the municipality's ledger, which they may not fill.
const maxApart = 20

// Differ says that a benefit is different from another that looks like it, or takes that back.
type Differ struct {
	ID, With  ID
	Undo      bool
	Tag, Edit string
}

// Differ keeps who said that two benefits are different, and when. Faults as Join.
func (s *Service) Differ(ctx context.Context, actor org.Actor, in Differ) (Benefit, error) {
	const op = "benefits.Differ"
	b, err := s.Benefit(ctx, actor, in.ID)
	if err != nil {
		return Benefit{}, err
	}
	if !in.Undo {
		other, err := s.Benefit(ctx, actor, in.With)
		if err != nil {
			return Benefit{}, err
		}
		if other.Municipality != b.Municipality || in.With == in.ID {
			return Benefit{}, fault.New(fault.NotFound, op, "error.benefit.unknown")
		}
	}
	if in.Tag == "" {
		return Benefit{}, fault.New(fault.TagRequired, op, "error.tag.required")
	}
	if err := checkEdit(op, in.Edit); err != nil {
		return Benefit{}, err
	}
	return s.change(ctx, op, actor, in.ID, in.Edit, func(b *Benefit) ([]store.Event, error) {
		i := slices.IndexFunc(b.Different, func(a Apart) bool { return a.With == in.With })
		switch {
		case b.Tag != in.Tag:
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.benefit.stale", Detail: Lost{b.Data, nil, *b}}
		case in.Undo == (i < 0):
			return nil, store.ErrNoChange
		case in.Undo:
			b.Different = slices.Delete(slices.Clone(b.Different), i, i+1)
			return []store.Event{s.event("benefit.alike", actor, b.Municipality)}, nil
		case len(b.Different) >= maxApart:
			return nil, fault.New(fault.Conflict, op, "error.benefit.part.many", "max", maxApart)
		}
		b.Different = append(slices.Clone(b.Different), Apart{in.With, actor.Person, s.Now().UTC()})
		return []store.Event{s.event("benefit.different", actor, b.Municipality)}, nil
	}, nil)
}

// period is from when to when a benefit counts: from when the measures have effect, or it was noticed, to its target's day or its last figure's, whichever is later.
func (b Benefit) period() (from, to Day, ok bool) {
	from, to = b.EffectFrom, b.Target.Date
	if b.Unexpected() {
		from, to = b.Effect.Noticed, b.Effect.Noticed
	}
	if last, measured := b.Latest(); measured {
		to = max(to, last.To)
	}
	return from, to, from != "" && to >= from
}

// OnIndicators lists a municipality's benefits on some indicators, shared ones and its own, at most a hundred of these: among them are those that may count the same thing twice.
func (s *Service) OnIndicators(ctx context.Context, actor org.Actor, m org.MunicipalityID, keys []IndicatorKey) ([]Benefit, error) {
	const op = "benefits.OnIndicators"
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden(op)
	}
	keys = slices.Compact(slices.Sorted(slices.Values(slices.DeleteFunc(slices.Clone(keys), func(k IndicatorKey) bool { return k == "" }))))
	if len(keys) == 0 {
		return nil, nil
	}
	in := &store.Membership{Field: "shared"}
	for _, k := range keys {
		in.Values = append(in.Values, string(k))
	}
	found, err := s.docs.Find(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, In: in, Limit: MaxBenefits})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	all := make([]Benefit, len(found.Docs))
	for i, doc := range found.Docs {
		all[i] = benefitOf(doc)
	}
	return all, nil
}
