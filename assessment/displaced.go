package assessment

import (
	"context"
	"errors"
	"slices"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// DisplacedKept is how long what a form took the place of is kept at most, for undoing it.
const DisplacedKept = 30 * 24 * time.Hour

// displacedPending is how long an import may take from keeping what it takes the place of until it has. One that was cut off in between has taken
// nothing's place.
const displacedPending = time.Hour

// Displaced is what forms that were brought back took the place of in one assessment, for as long as it can be put back. One document, at the
// assessment's id. It is written before the assessment: what it says counts only where the assessment's answer is the one that it names.
type Displaced struct {
	Round        RoundID            `bson:"round"`
	Municipality org.MunicipalityID `bson:"municipality"`
	Answers      []DisplacedAnswer  `bson:"answers"`
}

// DisplacedAnswer is an answer as it stood, with all that brings it back; its Tag is empty where there was none.
type DisplacedAnswer struct {
	Edit    string    `bson:"edit"`    // of the form
	By      string    `bson:"by"`      // the tag of the answer that took its place
	At      time.Time `bson:"at"`      // when
	HandIns time.Time `bson:"handIns"` // when the assessment was handed in last, or had been given back: with the next such step it can't be put back any more
	Was     Answer    `bson:"was"`
}

func newDisplaced(db *store.DB) *store.Collection[Displaced] {
	return store.NewCollection(db, store.Spec[Displaced]{
		Name: "displaced", Shape: 1,
		Fields: []store.Field[Displaced]{
			{Name: "municipality", Type: store.String, Value: func(_ string, d *Displaced) any { return string(d.Municipality) }},
		},
		Indexes: []store.Index{{Name: "municipality", Fields: []string{"municipality"}}},
	})
}

// lastHandIn is when the assessment's last step of handing in was, zero before the first.
func (a *Assessment) lastHandIn() time.Time {
	if n := len(a.HandIns); n > 0 {
		return a.HandIns[n-1].At
	}
	return time.Time{}
}

// mayReturn tells whether it can still be put back in an assessment that was read after it, or could as soon as the import has come through.
// Tags are never used again, so an answer that is neither the form's nor the one before it has gone its own way.
func (d DisplacedAnswer) mayReturn(a *Assessment, now time.Time) bool {
	if a.Sealed || !d.HandIns.Equal(a.lastHandIn()) || now.Sub(d.At) >= DisplacedKept {
		return false
	}
	stands := a.Answer(d.Was.Question).Tag
	return stands == d.By || stands == d.Was.Tag && now.Sub(d.At) < displacedPending
}

// needed is what of it can still be put back.
func (d Displaced) needed(a *Assessment, now time.Time) []DisplacedAnswer {
	return slices.DeleteFunc(slices.Clone(d.Answers), func(x DisplacedAnswer) bool { return !x.mayReturn(a, now) })
}

// of is what can be put back of one form, by question and in the assessment's order.
func (d Displaced) of(a *Assessment, edit string, now time.Time) (all []DisplacedAnswer) {
	for _, answer := range a.Answers.All() {
		for _, x := range d.Answers {
			if edit != "" && x.Edit == edit && x.Was.Question == answer.Question && x.By == answer.Tag && x.mayReturn(a, now) {
				all = append(all, x)
			}
		}
	}
	return all
}

// keepDisplaced keeps what an import is about to take the place of. When there is no room left for all that earlier ones did, theirs is let go.
func (s *Service) keepDisplaced(ctx context.Context, op string, r RoundID, m org.MunicipalityID, all []DisplacedAnswer) error {
	id := assessmentID(r, m)
	return s.changeDisplaced(ctx, op, id, func(doc store.Doc[Displaced], a *Assessment) error {
		if doc.Revision == "" {
			_, err := s.displaced.Insert(ctx, id, Displaced{r, m, all})
			return err
		}
		doc.Value.Answers = append(doc.Value.needed(a, s.now()), all...)
		_, err := s.displaced.Replace(ctx, doc)
		if errors.Is(err, store.ErrTooLarge) {
			doc.Value.Answers = all
			_, err = s.displaced.Replace(ctx, doc)
		}
		return err
	})
}

// tidyDisplaced lets go of what can't be put back any more. It is done beside what was asked for, which does not fail by it: the job SweepDisplaced
// is for does it again.
func (s *Service) tidyDisplaced(ctx context.Context, a Assessment) {
	id := assessmentID(a.Round, a.Municipality)
	if _, err := s.tidy(ctx, "assessment.tidyDisplaced", id); err != nil {
		s.log.WarnContext(ctx, "what a form took the place of is still there", "assessment", id, "cause", err)
	}
}

// tidy tells whether the document is gone by it.
func (s *Service) tidy(ctx context.Context, op, id string) (gone bool, err error) {
	err = s.changeDisplaced(ctx, op, id, func(doc store.Doc[Displaced], a *Assessment) error {
		needed := doc.Value.needed(a, s.now())
		gone = false // somebody was faster
		switch {
		case doc.Revision == "" || len(needed) > 0 && len(needed) == len(doc.Value.Answers):
			return nil
		case len(needed) == 0:
			gone = true
			return s.displaced.Delete(ctx, id, doc.Revision)
		}
		doc.Value.Answers = needed
		_, err := s.displaced.Replace(ctx, doc)
		return err
	})
	return gone && err == nil, err
}

// changeDisplaced reads it, and then its assessment, since what was kept is judged by what stands afterwards. change writes at the revision that was
// read, and is called again when somebody was faster. A document without a revision is not there.
func (s *Service) changeDisplaced(ctx context.Context, op, id string, change func(store.Doc[Displaced], *Assessment) error) error {
	for range handInTries {
		doc, err := s.displaced.Get(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return org.Fault(op, "", err)
		}
		a, err := s.assessments.GetShared(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			a.Value.Sealed = true // its municipality is about to leave
		} else if err != nil {
			return org.Fault(op, "", err)
		}
		err = change(doc, &a.Value)
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrNotFound) {
			return org.Fault(op, "", err)
		}
	}
	return fault.New(fault.Conflict, op, "error.busy")
}

// SweepDisplaced lets go of whatever forms took the place of and can't be put back any more, and tells of how many assessments nothing is left. It
// goes through what is kept, which is of the assessments that a form was brought back for in the last DisplacedKept.
func (s *Service) SweepDisplaced(ctx context.Context) (gone int, err error) {
	const op = "assessment.SweepDisplaced"
	for q := (store.Query{Limit: assessmentPage}); ; {
		page, err := s.displaced.Find(ctx, q)
		if err != nil {
			return gone, org.Fault(op, "", err)
		}
		for _, d := range page.Docs {
			left, err := s.tidy(ctx, op, d.ID)
			if err != nil {
				return gone, err
			}
			if left {
				gone++
			}
		}
		if q.After = page.Next; page.Next == "" {
			return gone, nil
		}
	}
}

// DisplacedIn reads what forms took the place of in one assessment and can still be put back, for who takes out what is her municipality's.
func (s *Service) DisplacedIn(ctx context.Context, actor org.Actor, a Assessment) ([]DisplacedAnswer, error) {
	const op = "assessment.DisplacedIn"
	if !org.MayReadAnswers(actor, a.Municipality) {
		return nil, forbidden(op)
	}
	doc, err := s.displaced.Get(ctx, assessmentID(a.Round, a.Municipality))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return doc.Value.Answers, org.Fault(op, "", err)
}
