package assessment

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Hash names a publication: SHA-256 in hex of its canonical encoding. Every chart, export and mail carries it.
type Hash string

// Short is what stands under a chart.
func (h Hash) Short() string { return string(h[:min(len(h), 12)]) }

// Part is what is published of one municipality, at id hash/municipality. Notes, names and times are not in it.
type Part struct {
	Publication  Hash               `bson:"publication"`
	Municipality org.MunicipalityID `bson:"municipality"`
	Answers      []PublishedAnswer  `bson:"answers"`
	Tasks        []PublishedTask    `bson:"tasks"`
	Scores       []PublishedScore   `bson:"scores"`
}

// PublishedAnswer is an answer without who, when and why. A nil Level is not applicable.
type PublishedAnswer struct {
	Question catalogue.QuestionKey `bson:"question"`
	Level    *int                  `bson:"level,omitempty"`
}

// PublishedTask is how a task is organised.
type PublishedTask struct {
	Task        catalogue.TaskKey `bson:"task"`
	Status      Status            `bson:"status"`
	Carrier     Carrier           `bson:"carrier,omitempty"`
	Responsible TaskRole          `bson:"responsible,omitempty"`
}

// PublishedScore is a figure by its selection.
type PublishedScore struct {
	Selection  Selection `bson:"selection"`
	Score      int       `bson:"score"` // thousandths, -1 without a score
	Answered   int       `bson:"answered"`
	Applicable int       `bson:"applicable"`
}

// Figures gives the part's scores by selection.
func (p Part) Figures() Scores {
	scores := Scores{}
	for _, s := range p.Scores {
		f := Figure{Answered: s.Answered, Applicable: s.Applicable}
		if s.Score >= 0 {
			f.Score, f.Scored = Score(s.Score), true
		}
		scores[s.Selection] = f
	}
	return scores
}

// Task finds how a task was organised; not clarified when the part says nothing.
func (p Part) Task(k catalogue.TaskKey) PublishedTask {
	if i := slices.IndexFunc(p.Tasks, func(t PublishedTask) bool { return t.Task == k }); i >= 0 {
		return p.Tasks[i]
	}
	return PublishedTask{Task: k, Status: NotClarified}
}

// Manifest is the commit point of a publication, written after all its parts, at id hash.
type Manifest struct {
	Round     RoundID              `bson:"round"`
	Region    org.RegionID         `bson:"region"`
	Catalogue catalogue.Key        `bson:"catalogue"`
	Structure string               `bson:"structure"`
	Tasks     Scope                `bson:"tasks"`
	Parts     []org.MunicipalityID `bson:"parts"`
	Missing   []org.MunicipalityID `bson:"missing"`
	At        time.Time            `bson:"at"`
}

// Changed is one figure that an erratum corrected. Scores are thousandths, -1 for none.
type Changed struct {
	Municipality org.MunicipalityID `bson:"municipality"`
	Selection    Selection          `bson:"selection"`
	From         int                `bson:"from"`
	To           int                `bson:"to"`
}

func newManifests(db *store.DB) *store.Collection[Manifest] {
	return store.NewCollection(db, store.Spec[Manifest]{
		Name: "publications", Shape: 1,
		Fields:  []store.Field[Manifest]{{Name: "round", Type: store.String, Value: func(_ string, m *Manifest) any { return string(m.Round) }}},
		Indexes: []store.Index{{Name: "round", Fields: []string{"round"}}},
	})
}

func newParts(db *store.DB) *store.Collection[Part] {
	return store.NewCollection(db, store.Spec[Part]{
		Name: "parts", Shape: 1,
		Fields:  []store.Field[Part]{{Name: "municipality", Type: store.String, Value: func(_ string, p *Part) any { return string(p.Municipality) }}},
		Indexes: []store.Index{{Name: "municipality", Fields: []string{"municipality"}}},
	})
}

func partID(h Hash, m org.MunicipalityID) string { return string(h) + "/" + string(m) }

// partOf makes what is published of a sealed assessment, everything in the catalogue's order.
func partOf(c *catalogue.Catalogue, a *Assessment) Part {
	p := Part{Municipality: a.Municipality, Answers: []PublishedAnswer{}, Tasks: []PublishedTask{}}
	for _, t := range c.Tasks() {
		if !a.Scope.Covers(t.Key) {
			continue
		}
		o := a.Organisation(t.Key)
		p.Tasks = append(p.Tasks, PublishedTask{t.Key, o.Status, o.Carrier, o.Responsible})
		for _, q := range t.Questions {
			if answer := a.Answer(q.Key); answer.Given() && !answer.Carried {
				p.Answers = append(p.Answers, PublishedAnswer{q.Key, answer.Level})
			}
		}
	}
	scores := Calculate(c, a.Scope, a)
	for _, sel := range Selections(c) {
		f, ok := scores[sel]
		if !ok {
			continue
		}
		s := PublishedScore{Selection: sel, Score: -1, Answered: f.Answered, Applicable: f.Applicable}
		if f.Scored {
			s.Score = int(f.Score)
		}
		p.Scores = append(p.Scores, s)
	}
	return p
}

// HashOf is the hash of a publication: SHA-256 of its canonical encoding, lines of UTF-8 each ended by a line feed, documented in
// docs/publication.md. Sealed answers, status of organisation, the catalogue's structure and the scores are in it; time, names and
// consent are not.
func HashOf(m Manifest, parts []Part) Hash {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("helhet publication 1")
	line("region %s", m.Region)
	line("round %s", m.Round)
	line("catalogue %s %s", m.Catalogue, m.Structure)
	for _, t := range m.Tasks {
		line("covers %s", t)
	}
	parts = slices.Clone(parts)
	slices.SortFunc(parts, func(a, b Part) int { return cmp.Compare(a.Municipality, b.Municipality) })
	for _, p := range parts {
		line("municipality %s", p.Municipality)
		for _, t := range p.Tasks {
			line("organisation %s %s %s %s", t.Task, t.Status, dash(string(t.Carrier)), dash(string(t.Responsible)))
		}
		for _, a := range p.Answers {
			if a.Level == nil {
				line("answer %s not-applicable", a.Question)
				continue
			}
			line("answer %s %d", a.Question, *a.Level)
		}
		for _, s := range p.Scores {
			if s.Score < 0 {
				line("score %s - %d/%d", s.Selection, s.Answered, s.Applicable)
				continue
			}
			line("score %s %s %d/%d", s.Selection, Score(s.Score), s.Answered, s.Applicable)
		}
	}
	missing := slices.Sorted(slices.Values(m.Missing))
	for _, id := range missing {
		line("missing %s", id)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return Hash(hex.EncodeToString(sum[:]))
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// Publish freezes a closed round's results: seals what was sent back, writes a part per municipality that handed in, the
// manifest, and then the round. A draft never handed in counts as missing. Faults: Conflict when the round is not closed, or
// when something was sent back while it ran.
func (s *Service) Publish(ctx context.Context, actor org.Actor, id RoundID) (Round, error) {
	return s.publish(ctx, actor, id, Closed, "")
}

// Erratum publishes a published round anew, after assessments were sent back and corrected. The reason, and what changed, stand
// with the new publication; the old one stays readable. Faults: Invalid without a reason, Conflict when nothing changed.
func (s *Service) Erratum(ctx context.Context, actor org.Actor, id RoundID, reason string) (Round, error) {
	f := &fault.Error{Code: fault.Invalid, Op: "assessment.Erratum", Key: "error.erratum"}
	if reason = clean(f, "reason", reason, MaxReason); reason == "" {
		f.Fields = append(f.Fields, fault.Field{Name: "reason", Key: "error.erratum.reason"})
	}
	if len(f.Fields) > 0 {
		return Round{}, f
	}
	return s.publish(ctx, actor, id, Published, reason)
}

func (s *Service) publish(ctx context.Context, actor org.Actor, id RoundID, from State, reason string) (Round, error) {
	const op = "assessment.Publish"
	r, err := s.mayRun(ctx, op, actor, id)
	if err != nil {
		return r, err
	}
	c, err := s.Catalogue(r.Catalogue)
	if err != nil {
		return r, err
	}
	if c.StructureHash != r.Structure {
		return r, fault.New(fault.Conflict, op, "error.round.catalogue", "catalogue", r.Catalogue)
	}
	inState := func(r *Round) error {
		if r.State == from {
			return nil
		}
		if from == Published {
			return fault.New(fault.Conflict, op, "error.round.not-published", "state", r.State)
		}
		return fault.New(fault.Conflict, op, "error.round.not-closed", "state", r.State)
	}
	if from == Published && r.State == Published {
		// Sealing would cut short whoever is correcting just now, so it waits until there is something to publish.
		if manifest, parts, err := s.gather(ctx, c, r, false); err != nil {
			return r, err
		} else if HashOf(manifest, parts) == r.Publication() {
			return r, fault.New(fault.Conflict, op, "error.erratum.nothing")
		}
	}
	r, err = s.step(ctx, op, id, func(r *Round) ([]store.Event, error) {
		if err := inState(r); err != nil {
			return nil, err
		}
		r.Phase++
		return nil, nil
	})
	if err != nil {
		return r, err
	}
	if err := s.seal(ctx, r); err != nil {
		return r, err
	}
	manifest, parts, err := s.gather(ctx, c, r, true)
	if err != nil {
		return r, err
	}
	hash := HashOf(manifest, parts)
	edition := Edition{Hash: hash, At: s.now().UTC(), Reason: reason}
	if from == Published {
		if hash == r.Publication() {
			return r, fault.New(fault.Conflict, op, "error.erratum.nothing")
		}
		if edition.Changes, err = s.changes(ctx, r, parts); err != nil {
			return r, err
		}
	}
	if err := s.writeParts(ctx, hash, manifest, parts, edition.At); err != nil {
		return r, err
	}
	phase, departures := r.Phase, r.Departures
	return s.step(ctx, op, id, func(r *Round) ([]store.Event, error) {
		if err := inState(r); err != nil {
			return nil, err
		}
		if r.Phase != phase || r.Departures != departures {
			return nil, fault.New(fault.Conflict, op, "error.busy")
		}
		r.State, r.TrendDue = Published, true
		r.Publications = append(r.Publications, edition)
		return []store.Event{s.event("round.published", actor, string(r.Region))}, nil
	})
}

// gather reads the assessments and makes the parts and the manifest of those handed in. With sealed, they must be sealed by the
// round's present step: then they stay as they are. A municipality that is correcting a published round keeps the part that stands.
func (s *Service) gather(ctx context.Context, c *catalogue.Catalogue, r Round, sealed bool) (Manifest, []Part, error) {
	m := Manifest{Round: r.ID, Region: r.Region, Catalogue: r.Catalogue, Structure: r.Structure, Tasks: r.Tasks,
		Parts: []org.MunicipalityID{}, Missing: []org.MunicipalityID{}}
	var parts []Part
	for chunk := range slices.Chunk(r.Participants, store.MaxMembers) {
		var ids, standing []string
		for _, p := range chunk {
			if slices.Contains(r.Left, p.Municipality) { // what stands of it goes on standing
				standing = append(standing, partID(r.Publication(), p.Municipality))
				continue
			}
			ids = append(ids, assessmentID(r.ID, p.Municipality))
		}
		docs, err := s.assessments.GetMany(ctx, ids)
		if err != nil {
			return m, nil, org.Fault("assessment.Publish", "", err)
		}
		if len(docs) != len(ids) {
			return m, nil, fmt.Errorf("assessment.Publish: round %s has %d of %d assessments", r.ID, len(docs), len(ids))
		}
		for _, d := range docs {
			a := d.Value
			if r.State == Published && a.State != HandedIn {
				standing = append(standing, partID(r.Publication(), a.Municipality))
				continue
			}
			if sealed && (!a.Sealed || a.Phase != r.Phase) {
				return m, nil, fault.New(fault.Conflict, "assessment.Publish", "error.busy")
			}
			if a.State != HandedIn {
				m.Missing = append(m.Missing, a.Municipality)
				continue
			}
			m.Parts = append(m.Parts, a.Municipality)
			parts = append(parts, partOf(c, &a))
		}
		kept, err := s.parts.GetMany(ctx, standing)
		if err != nil {
			return m, nil, org.Fault("assessment.Publish", "", err)
		}
		for _, id := range standing {
			i := slices.IndexFunc(kept, func(d store.Doc[Part]) bool { return d.ID == id })
			if i < 0 {
				m.Missing = append(m.Missing, org.MunicipalityID(strings.TrimPrefix(id, string(r.Publication())+"/")))
				continue
			}
			m.Parts = append(m.Parts, kept[i].Value.Municipality)
			parts = append(parts, kept[i].Value)
		}
	}
	return m, parts, nil
}

// writeParts writes children first, the manifest last. What is there already under the same hash is the same.
func (s *Service) writeParts(ctx context.Context, hash Hash, m Manifest, parts []Part, at time.Time) error {
	const op = "assessment.Publish"
	for chunk := range slices.Chunk(parts, store.MaxMembers) {
		var items []store.Item[Part]
		for _, p := range chunk {
			p.Publication = hash
			items = append(items, store.Item[Part]{ID: partID(hash, p.Municipality), Value: p})
		}
		_, errs := s.parts.InsertMany(ctx, items)
		for _, err := range errs {
			if err != nil && !errors.Is(err, store.ErrExists) {
				return org.Fault(op, "", err)
			}
		}
	}
	m.At = at
	if _, err := s.manifests.Insert(ctx, string(hash), m); err != nil && !errors.Is(err, store.ErrExists) {
		return org.Fault(op, "", err)
	}
	return nil
}

// changes lists which figures differ between what stands and what is about to.
func (s *Service) changes(ctx context.Context, r Round, parts []Part) ([]Changed, error) {
	changes := []Changed{}
	for chunk := range slices.Chunk(r.Participants, store.MaxMembers) {
		var ids []string
		for _, p := range chunk {
			ids = append(ids, partID(r.Publication(), p.Municipality))
		}
		docs, err := s.parts.GetMany(ctx, ids)
		if err != nil {
			return nil, org.Fault("assessment.Erratum", "", err)
		}
		for _, p := range chunk {
			before, after := map[Selection]int{}, map[Selection]int{}
			for _, d := range docs {
				if d.Value.Municipality == p.Municipality {
					for _, sc := range d.Value.Scores {
						before[sc.Selection] = sc.Score
					}
				}
			}
			var order []Selection
			for _, part := range parts {
				if part.Municipality == p.Municipality {
					for _, sc := range part.Scores {
						after[sc.Selection] = sc.Score
						order = append(order, sc.Selection)
					}
				}
			}
			if len(order) == 0 {
				order = []Selection{Whole}
			}
			for _, sel := range order {
				from, to := -1, -1
				if v, ok := before[sel]; ok {
					from = v
				}
				if v, ok := after[sel]; ok {
					to = v
				}
				if from != to {
					changes = append(changes, Changed{p.Municipality, sel, from, to})
				}
			}
		}
	}
	// A large erratum is told by its wholes, so that the round's document stays small.
	if len(changes) > maxChanges {
		changes = slices.DeleteFunc(changes, func(c Changed) bool { return c.Selection != Whole })
	}
	return changes, nil
}

const maxChanges = 500

// Part reads what was published of one municipality, in a publication of the region. Its own people and the region may, by
// consent; who leads one region finds nothing of another's publications by naming her own.
func (s *Service) Part(ctx context.Context, actor org.Actor, region org.Region, h Hash, m org.MunicipalityID) (Part, error) {
	const op = "assessment.Part"
	if !org.MayReadByName(actor, region.ID, region.Known(m)) {
		return Part{}, forbidden(op)
	}
	manifest, err := s.manifests.Get(ctx, string(h))
	if err != nil || manifest.Value.Region != region.ID {
		return Part{}, org.Fault(op, "error.publication.unknown", cmp.Or(err, store.ErrNotFound))
	}
	doc, err := s.parts.Get(ctx, partID(h, m))
	return doc.Value, org.Fault(op, "error.part.missing", err)
}

// EachPartOf gives each part that was published of a municipality to see, for its own people.
func (s *Service) EachPartOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, see func(Part) error) error {
	const op = "assessment.EachPartOf"
	if !org.MayReadAnswers(actor, m) {
		return forbidden(op)
	}
	q := store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Limit: assessmentPage}
	for {
		page, err := s.parts.Find(ctx, q)
		if err != nil {
			return org.Fault(op, "", err)
		}
		for _, d := range page.Docs {
			if err := see(d.Value); err != nil {
				return err
			}
		}
		if q.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// Manifest reads what a publication consists of.
func (s *Service) Manifest(ctx context.Context, actor org.Actor, h Hash) (Manifest, error) {
	const op = "assessment.Manifest"
	doc, err := s.manifests.Get(ctx, string(h))
	if err != nil {
		return Manifest{}, org.Fault(op, "error.publication.unknown", err)
	}
	if !org.MayReadResults(actor, doc.Value.Region) {
		return Manifest{}, forbidden(op)
	}
	return doc.Value, nil
}
