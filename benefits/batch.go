package benefits

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// MaxBatch is how many measurements may be brought at once.
const MaxBatch = 2_000

// Line is one measurement of a batch, as somebody says it.
type Line struct {
	Benefit ID            // whose it is; "" where the title says it, or where the batch is of one benefit
	Title   string        //
	Unit    Unit          // what she says that it is in; "" is the benefit's
	ID      MeasurementID // the measurement that it is; "" is found by its benefit and day
	Removed bool          // she says that it was taken out
	Measured
}

// Fate is what becomes of a line.
type Fate string

// The fates.
const (
	Adds     Fate = "adds"     // a measurement that is not there yet
	Keeps    Fate = "keeps"    // it says what stands
	Corrects Fate = "corrects" // something else stands for the same benefit and day
)

// Fates lists them.
var Fates = []Fate{Adds, Keeps, Corrects}

// WeighedLine is a line beside what stands.
type WeighedLine struct {
	Line
	Of     Benefit     // zero where nobody can tell which
	Fate   Fate        // "" where something is wrong
	Before Measurement // what it corrects, or says; zero where it adds
	Wrong  []fault.Field
	Near   bool // it adds, and another measurement of the same benefit ends on the same day
	Holds  bool // a text seems to hold a fødselsnummer that doesn't stand there yet
}

// WeighedBatch is a batch beside what stands.
type WeighedBatch struct{ Lines []WeighedLine }

// Faulty tells whether anything of it is wrong: then nothing can be saved.
func (w WeighedBatch) Faulty() bool {
	return slices.ContainsFunc(w.Lines, func(l WeighedLine) bool { return len(l.Wrong) > 0 })
}

// Holds tells whether any text seems to hold a fødselsnummer.
func (w WeighedBatch) Holds() bool {
	return slices.ContainsFunc(w.Lines, func(l WeighedLine) bool { return l.Holds })
}

// Count is how many lines have a fate.
func (w WeighedBatch) Count(f Fate) int {
	n := 0
	for _, l := range w.Lines {
		if l.Fate == f {
			n++
		}
	}
	return n
}

// Batch is many measurements of one municipality. Only names the benefit that all of them are of; "" where each says it.
type Batch struct {
	Municipality org.MunicipalityID
	Only         ID
	Lines        []Line
}

// Weigh tells what a batch would do, and writes nothing. What is wrong with a line stands in it. Faults: Forbidden, NotFound and Conflict of Only,
// TooLarge when there are more than MaxBatch.
func (s *Service) Weigh(ctx context.Context, actor org.Actor, batch Batch) (WeighedBatch, error) {
	const op = "benefits.Weigh"
	if !org.MayBringMeasurements(actor, batch.Municipality) {
		return WeighedBatch{}, forbidden(op)
	}
	if len(batch.Lines) > MaxBatch {
		return WeighedBatch{}, fault.New(fault.TooLarge, op, "error.batch.many", "max", MaxBatch, "n", len(batch.Lines))
	}
	known, err := s.known(ctx, op, actor, batch)
	if err != nil {
		return WeighedBatch{}, err
	}
	w := WeighedBatch{Lines: make([]WeighedLine, len(batch.Lines))}
	seen, many := map[string]bool{}, map[ID]int{}
	ids := map[MeasurementID]bool{}
	matched := make([]MeasurementID, len(batch.Lines))
	for i, line := range batch.Lines {
		l := &w.Lines[i]
		l.Line = line
		b, wrong := known.find(line, batch.Only)
		if wrong == "" && !org.MayEditBenefit(actor, b.Municipality, b.Owner) {
			wrong = "error.batch.not-hers"
		}
		if wrong != "" {
			l.wrong("benefit", wrong, "title", b.Title)
			continue
		}
		l.Of = b
		if line.Unit != "" && b.Unit != "" && line.Unit != b.Unit {
			l.wrong("unit", "error.batch.unit")
		}
		data, faults := s.checkMeasured(line.Measured, b.Data)
		if l.Measured = data; faults != nil {
			l.Wrong = append(l.Wrong, faults.Fields...)
		}
		if len(l.Wrong) > 0 {
			continue
		}
		figure, there := l.figure()
		key := string(b.ID) + " " + string(figure.ID)
		if !there {
			key = fmt.Sprint(b.ID, " ", l.From, " ", l.To)
			if many[b.ID]++; len(b.Figures)+many[b.ID] > MaxMeasurements {
				l.wrong("benefit", "error.measurement.many", "max", MaxMeasurements)
			}
		}
		if seen[key] {
			l.wrong("to", "error.batch.twice")
		}
		if seen[key] = true; len(l.Wrong) == 0 && there {
			matched[i], ids[figure.ID] = figure.ID, true
		}
	}
	stands, err := s.standing(ctx, op, ids)
	if err != nil {
		return WeighedBatch{}, err
	}
	for i := range w.Lines {
		w.Lines[i].weigh(stands[matched[i]])
	}
	return w, nil
}

// wrong puts a fault into a line.
func (l *WeighedLine) wrong(field, key string, args ...any) {
	l.Wrong = append(l.Wrong, fault.Field{Name: field, Key: key, Args: args})
}

// figure finds what the line is about among its benefit's figures: by its id, or by its day where that names one.
func (l *WeighedLine) figure() (Figure, bool) {
	if l.ID != "" {
		i := slices.IndexFunc(l.Of.Figures, func(f Figure) bool { return f.ID == l.ID })
		if i < 0 {
			l.wrong("measurement", "error.measurement.unknown")
			return Figure{}, false
		}
		return l.Of.Figures[i], true
	}
	var same []Figure
	for _, f := range l.Of.Figures {
		switch {
		case f.Removed || f.To != l.To:
		case f.From == l.From:
			same = append(same, f)
		default:
			l.Near = true
		}
	}
	if len(same) > 1 {
		l.wrong("to", "error.batch.which", "n", len(same))
	}
	if len(same) == 0 {
		return Figure{}, false
	}
	l.Near = false
	return same[0], true
}

// weigh compares a line with the measurement that it is about.
func (l *WeighedLine) weigh(m Measurement) {
	before := Version{}
	switch l.Before = m; {
	case len(l.Wrong) > 0:
		return
	case m.ID == "" && l.Removed:
		l.wrong("removed", "error.batch.removed")
		return
	case m.ID == "":
		l.Fate = Adds
	default:
		before = m.Stands()
		switch {
		case l.Removed && !before.Removed:
			l.wrong("removed", "error.batch.removed")
			return
		case l.Removed == before.Removed && l.Measured == before.Measured:
			l.Fate = Keeps
			return
		case l.Removed:
			l.wrong("removed", "error.batch.removed-other")
			return
		case len(m.Versions) >= MaxVersions:
			l.wrong("value", "error.measurement.versions", "max", MaxVersions)
			return
		}
		l.Fate = Corrects
	}
	for _, t := range l.texts(before.Measured) {
		l.Holds = l.Holds || t.now != t.before && org.HoldsPersonNumber(t.now)
	}
}

// knownBenefits are those that lines may be of, by id and by title.
type knownBenefits struct {
	byID    map[ID]Benefit
	byTitle map[string][]ID
}

// titled is a title for comparing: people type capitals and spaces as they come.
func titled(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func (s *Service) known(ctx context.Context, op string, actor org.Actor, batch Batch) (knownBenefits, error) {
	k := knownBenefits{map[ID]Benefit{}, map[string][]ID{}}
	take := func(b Benefit) {
		k.byID[b.ID] = b
		k.byTitle[titled(b.Title)] = append(k.byTitle[titled(b.Title)], b.ID)
	}
	if batch.Only != "" {
		b, err := s.Benefit(ctx, actor, batch.Only)
		switch {
		case err != nil:
			return k, err
		case b.Municipality != batch.Municipality:
			return k, fault.New(fault.NotFound, op, "error.benefit.unknown")
		case !b.Removed.IsZero():
			return k, removed(op)
		}
		take(b)
		return k, nil
	}
	q := store.Query{Equal: []store.Term{{Field: "municipality", Value: string(batch.Municipality)}},
		In: &store.Membership{Field: "shelf", Values: []any{string(Standing), string(Unexpected)}}, Limit: page}
	return k, visitAll(ctx, op, s.docs, q, func(doc store.Doc[Benefit]) error {
		take(benefitOf(doc))
		return nil
	})
}

// find tells which benefit a line is of, or the key of why nobody can. Where the line has both an id and a title they must agree: in a sheet where one
// column was sorted by itself every figure would go to somebody else's benefit.
func (k knownBenefits) find(l Line, only ID) (Benefit, string) {
	ids := k.byTitle[titled(l.Title)]
	switch {
	case l.Benefit == "" && l.Title == "" && only != "":
		return k.byID[only], ""
	case l.Benefit == "" && l.Title == "":
		return Benefit{}, "error.batch.benefit.none"
	case l.Benefit == "" && len(ids) > 1:
		return Benefit{}, "error.batch.benefit.several"
	case l.Benefit == "" && len(ids) == 1:
		return k.byID[ids[0]], ""
	}
	b, ok := k.byID[l.Benefit]
	switch {
	case !ok && only != "":
		return Benefit{}, "error.batch.benefit.other"
	case !ok:
		return Benefit{}, "error.batch.benefit"
	case l.Title != "" && titled(l.Title) != titled(b.Title):
		return b, "error.batch.benefit.title"
	}
	return b, ""
}

// standing reads measurements.
func (s *Service) standing(ctx context.Context, op string, ids map[MeasurementID]bool) (map[MeasurementID]Measurement, error) {
	var names []string
	for id := range ids {
		names = append(names, string(id))
	}
	slices.Sort(names)
	all := map[MeasurementID]Measurement{}
	for some := range slices.Chunk(names, store.MaxMembers) {
		docs, err := s.measurements.GetMany(ctx, some)
		if err != nil {
			return nil, org.Fault(op, "", err)
		}
		for _, doc := range docs {
			m := measurementOf(doc)
			all[m.ID] = m
		}
	}
	return all, nil
}

// SaveBatch saves a batch. Edit names it, so that it can be undone. Seen is the tag of what its sender saw of each line's measurement, "" where she saw
// none: what somebody has changed since is not overwritten.
type SaveBatch struct {
	Batch
	Seen      []string
	Edit      string
	Confirmed bool
}

// BatchFault is the Detail of a batch's fault.Invalid and fault.Stale: all of it as it stands now.
type BatchFault struct{ Weighed WeighedBatch }

// SaveAll saves all of a batch, or nothing where anything of it is wrong. The measurements are written first and their benefits last, each once: until then
// they don't count. Each id follows from what the measurement says, so the same batch sent again, by whomever, goes on where it was cut off and adds nothing
// twice. Faults: as Weigh, and Invalid and Stale with BatchFault.
func (s *Service) SaveAll(ctx context.Context, actor org.Actor, save SaveBatch) (WeighedBatch, error) {
	const op = "benefits.SaveAll"
	if err := checkEdit(op, save.Edit); err != nil {
		return WeighedBatch{}, err
	}
	if save.Edit == "" {
		save.Edit = newTag()
	}
	w, err := s.Weigh(ctx, actor, save.Batch)
	if err != nil {
		return w, err
	}
	if w.Faulty() {
		return w, &fault.Error{Code: fault.Invalid, Op: op, Key: "error.batch", Detail: BatchFault{w}}
	}
	for i, l := range w.Lines {
		if l.Fate != Keeps && (i >= len(save.Seen) || save.Seen[i] != l.Before.Tag) {
			return w, &fault.Error{Code: fault.Stale, Op: op, Key: "error.batch.stale", Detail: BatchFault{w}}
		}
	}
	if w.Holds() && !save.Confirmed {
		return w, &fault.Error{Code: fault.Invalid, Op: op, Key: "error.text.person-number", Detail: BatchFault{w},
			Fields: []fault.Field{{Name: assessment.ConfirmField, Key: "error.confirm-number"}}}
	}
	var order []ID
	figures := map[ID][]Figure{}
	count := func(m Measurement) {
		if figures[m.Benefit] == nil {
			order = append(order, m.Benefit)
		}
		figures[m.Benefit] = append(figures[m.Benefit], m.figure())
	}
	for lines := range slices.Chunk(w.Lines, page) {
		added, err := s.insertLines(ctx, op, actor, save.Edit, lines)
		if err != nil {
			return w, err
		}
		for _, m := range added {
			count(m)
		}
	}
	for _, l := range w.Lines {
		m := l.Before
		if l.Fate == Corrects {
			if m, err = s.correctLine(ctx, op, actor, save.Edit, l, w); err != nil {
				return w, err
			}
		}
		if l.Fate != Adds {
			count(m) // what stands may have been cut off before it was counted
		}
	}
	for _, id := range order {
		if err := s.count(ctx, op, id, figures[id]...); err != nil {
			return w, err
		}
	}
	return w, nil
}

// insertLines writes the measurements that are new among some lines.
func (s *Service) insertLines(ctx context.Context, op string, actor org.Actor, edit string, lines []WeighedLine) ([]Measurement, error) {
	var all []Measurement
	wait := slices.DeleteFunc(slices.Clone(lines), func(l WeighedLine) bool { return l.Fate != Adds })
	for again := 0; len(wait) > 0; again++ {
		var items []store.Item[Measurement]
		for _, l := range wait {
			version := Version{Measured: l.Measured, By: actor.Person, At: s.Now().UTC(), Batch: edit}
			items = append(items, store.Item[Measurement]{ID: string(lineID(l.Of.ID, l.Measured, again)),
				Value:  Measurement{Benefit: l.Of.ID, Municipality: l.Of.Municipality, Versions: []Version{version}, Tag: newTag()},
				Events: []store.Event{s.event("benefit.measured", actor, l.Of.Municipality)}})
		}
		docs, errs := s.measurements.InsertMany(ctx, items)
		var next []WeighedLine
		for i, err := range errs {
			doc := docs[i]
			if errors.Is(err, store.ErrExists) {
				doc, err = s.measurements.Get(ctx, items[i].ID)
			}
			if err != nil {
				return nil, org.Fault(op, "", err)
			}
			if m := measurementOf(doc); m.Stands().Removed || m.Stands().Measured != wait[i].Measured {
				next = append(next, wait[i]) // it was this, and was changed or taken out since: this is another
			} else {
				all = append(all, m)
			}
		}
		wait = next
	}
	return all, nil
}

// lineID follows from what a measurement says, so that what is brought twice is one. Again tells how many that began as the same say something else by now.
func lineID(b ID, m Measured, again int) MeasurementID {
	said := fmt.Appendf(nil, "batch %q %q %q %q %q %q %d %q %q %q %d", b, m.From, m.To, m.Value, m.Low, m.High, m.People, m.Method, m.Source, m.Note, again)
	if m.Evidence != "" {
		said = fmt.Appendf(said, " %q", m.Evidence)
	}
	sum := sha256.Sum256(said)
	return MeasurementID("m-" + hex.EncodeToString(sum[:8]))
}

// correctLine writes a correction, unless somebody was first.
func (s *Service) correctLine(ctx context.Context, op string, actor org.Actor, edit string, l WeighedLine, w WeighedBatch) (Measurement, error) {
	doc, err := s.measurements.Update(ctx, string(l.Before.ID), func(m *Measurement) ([]store.Event, error) {
		switch was := m.Stands(); {
		case was.Measured == l.Measured && !was.Removed:
			return nil, store.ErrNoChange
		case m.Tag != l.Before.Tag:
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.batch.stale", Detail: BatchFault{w}}
		}
		m.Versions = append(slices.Clone(m.Versions), Version{Measured: l.Measured, By: actor.Person, At: s.Now().UTC(), Batch: edit})
		m.Tag = newTag()
		return []store.Event{s.event("benefit.measurement-corrected", actor, m.Municipality)}, nil
	})
	return measurementOf(doc), org.Fault(op, "error.measurement.unknown", err)
}

// Brought lists what a batch left and nobody has changed since, by benefit, for who reads the municipality's benefits.
func (s *Service) Brought(ctx context.Context, actor org.Actor, m org.MunicipalityID, edit string) (map[ID]int, error) {
	const op = "benefits.Brought"
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden(op)
	}
	all := map[ID]int{}
	return all, s.ofBatch(ctx, op, m, edit, func(doc store.Doc[Measurement]) error {
		all[doc.Value.Benefit]++
		return nil
	})
}

func (s *Service) ofBatch(ctx context.Context, op string, m org.MunicipalityID, edit string, visit func(store.Doc[Measurement]) error) error {
	if edit == "" || len(edit) > maxEdit {
		return nil
	}
	q := store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}, {Field: "batch", Value: edit}}, Limit: page}
	return visitAll(ctx, op, s.measurements, q, visit)
}

// UndoAll takes back what a batch did, and tells of how many measurements: what it added is taken out, what it corrected stands as before. What somebody
// has changed since stays as it is, as does what the actor may not measure.
func (s *Service) UndoAll(ctx context.Context, actor org.Actor, m org.MunicipalityID, edit string) (int, error) {
	const op = "benefits.UndoAll"
	if !org.MayBringMeasurements(actor, m) {
		return 0, forbidden(op)
	}
	var left []Measurement
	if err := s.ofBatch(ctx, op, m, edit, func(doc store.Doc[Measurement]) error { left = append(left, measurementOf(doc)); return nil }); err != nil {
		return 0, err
	}
	n, may, figures := 0, map[ID]bool{}, map[ID][]Figure{}
	for _, l := range left {
		if _, asked := may[l.Benefit]; !asked {
			b, err := s.Benefit(ctx, actor, l.Benefit)
			if err != nil && fault.CodeOf(err) != fault.NotFound {
				return 0, err
			}
			may[l.Benefit] = err == nil && b.Removed.IsZero() && org.MayEditBenefit(actor, b.Municipality, b.Owner)
		}
		if !may[l.Benefit] {
			continue
		}
		doc, err := s.measurements.Update(ctx, string(l.ID), func(m *Measurement) ([]store.Event, error) {
			if m.Stands().Batch != edit || len(m.Versions) >= MaxVersions {
				return nil, store.ErrNoChange
			}
			m.undo(actor.Person, s.Now().UTC())
			m.Tag = newTag()
			return []store.Event{s.event("benefit.measurement-undone", actor, m.Municipality)}, nil
		})
		if err != nil {
			return n, org.Fault(op, "error.measurement.unknown", err)
		}
		if undone := measurementOf(doc); undone.Stands().Batch != edit {
			n++
			figures[l.Benefit] = append(figures[l.Benefit], undone.figure())
		}
	}
	for id, all := range figures {
		if err := s.count(ctx, op, id, all...); err != nil {
			return n, err
		}
	}
	return n, nil
}
