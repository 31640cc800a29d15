package assessment

import (
	"context"
	"errors"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"

	"golang.org/x/text/unicode/norm"
)

// EvidenceID names a piece of evidence: "e-4f0c91d27ab35e60".
type EvidenceID string

// Limits of evidence: of a file in bytes, of texts in characters, of a task's in pieces, and how long what was removed can be brought back.
const (
	MaxEvidenceFile  = 20 << 20
	MaxEvidenceTitle = 200
	MaxEvidenceLink  = 2000
	MaxEvidenceName  = 120
	MaxEvidence      = 50
	EvidenceKept     = 30 * 24 * time.Hour
)

// Evidence is what a municipality points to for an answer, or for a task as a whole: a link or a file. It belongs to one round's assessment and
// is a document of its own, so that neither an answer that is carried along nor one that is handed in takes it anywhere. A file that shows a
// measurement of a benefit is evidence too, and has neither round nor task.
type Evidence struct {
	ID           EvidenceID            `bson:"-"`
	Municipality org.MunicipalityID    `bson:"municipality"`
	Round        RoundID               `bson:"round"`
	Task         catalogue.TaskKey     `bson:"task"`
	Question     catalogue.QuestionKey `bson:"question,omitempty"` // "" is the task as a whole
	Shows        *ShownMeasurement     `bson:"shows,omitempty"`    // or a measurement: then it stands behind no task
	Title        string                `bson:"title,omitempty"`    // what it shows
	Link         string                `bson:"link,omitempty"`
	File         *EvidenceFile         `bson:"file,omitempty"` // or a file, never both
	By           org.PersonID          `bson:"by"`
	At           time.Time             `bson:"at"`
	Removed      time.Time             `bson:"removed,omitempty"` // zero while it stands
}

// EvidenceFile is a file that was given.
type EvidenceFile struct {
	Name string       `bson:"name"` // "rutine-natt.pdf"
	Type FileType     `bson:"type"`
	Size int64        `bson:"size"`
	Blob store.BlobID `bson:"blob,omitempty"` // "" once it was found to do harm
	Scan ScanState    `bson:"scan"`
	// Tried is when it was last tried to look through it, or when it came.
	Tried time.Time `bson:"tried"`
}

// ScanState is what is known of whether a file does harm.
type ScanState string

// A file that nobody looks through is unscanned. One that waits, or could not be looked through, is tried again; an infected one is deleted.
const (
	ScanNone     ScanState = "unscanned"
	ScanWaiting  ScanState = "waiting"
	ScanFailed   ScanState = "failed"
	ScanClean    ScanState = "clean"
	ScanInfected ScanState = "infected"
)

// Scanner looks through a file, and tells the name of what it found; "" is nothing. An error says nothing about the file.
type Scanner interface {
	Scan(ctx context.Context, content io.Reader) (found string, err error)
}

// evidenceRoom is how much room a municipality's files take, at its id, so that it is known without reading them. A file has its place here
// before its content is stored, so that two who add at once never pass the limit together.
type evidenceRoom struct {
	Files []roomFor `bson:"files"`
}

type roomFor struct {
	ID      EvidenceID `bson:"id"`
	Size    int64      `bson:"size"`
	At      time.Time  `bson:"at"`
	Removed bool       `bson:"removed,omitempty"`
}

// taken is what stands, and what was removed and can be brought back.
func (r *evidenceRoom) taken() (standing, removed int64) {
	for _, f := range r.Files {
		if f.Removed {
			removed += f.Size
		} else {
			standing += f.Size
		}
	}
	return standing, removed
}

func newEvidence(db *store.DB) *store.Collection[Evidence] {
	ofFile := func(value func(*EvidenceFile) string) func(string, *Evidence) any {
		return func(_ string, e *Evidence) any {
			if e.File == nil {
				return ""
			}
			return value(e.File)
		}
	}
	ofShown := func(value func(*ShownMeasurement) string) func(string, *Evidence) any {
		return func(_ string, e *Evidence) any {
			if e.Shows == nil {
				return ""
			}
			return value(e.Shows)
		}
	}
	return store.NewCollection(db, store.Spec[Evidence]{
		Name: "evidence", Shape: 1,
		Fields: []store.Field[Evidence]{
			{Name: "municipality", Type: store.String, Value: func(_ string, e *Evidence) any { return string(e.Municipality) }},
			{Name: "round", Type: store.String, Value: func(_ string, e *Evidence) any { return string(e.Round) }},
			{Name: "task", Type: store.String, Value: func(_ string, e *Evidence) any { return string(e.Task) }},
			{Name: "benefit", Type: store.String, Value: ofShown(func(x *ShownMeasurement) string { return x.Benefit })},
			{Name: "measurement", Type: store.String, Value: ofShown(func(x *ShownMeasurement) string { return x.Measurement })},
			{Name: "kept", Type: store.Bool, Value: func(_ string, e *Evidence) any { return e.Removed.IsZero() }},
			{Name: "at", Type: store.Time, Value: func(_ string, e *Evidence) any { return e.At }},
			{Name: "by", Type: store.String, Value: func(_ string, e *Evidence) any { return string(e.By) }},
			{Name: "blob", Type: store.String, Value: ofFile(func(f *EvidenceFile) string { return string(f.Blob) })},
			{Name: "scan", Type: store.String, Value: ofFile(func(f *EvidenceFile) string { return string(f.Scan) })},
			{Name: "tried", Type: store.Time, Value: func(_ string, e *Evidence) any {
				if e.File == nil {
					return never
				}
				return e.File.Tried
			}},
			{Name: "removed", Type: store.Time, Value: func(_ string, e *Evidence) any {
				if e.Removed.IsZero() {
					return never
				}
				return e.Removed
			}},
		},
		Indexes: []store.Index{
			{Name: "round", Fields: []string{"municipality", "round", "kept", "at"}},
			{Name: "task", Fields: []string{"municipality", "round", "task", "kept", "at"}},
			{Name: "measurement", Fields: []string{"municipality", "benefit", "kept", "measurement", "at"}},
			{Name: "by", Fields: []string{"by", "municipality"}},
			{Name: "blob", Fields: []string{"blob"}},
			{Name: "scan", Fields: []string{"scan", "tried"}},
			{Name: "removed", Fields: []string{"removed"}},
		},
	})
}

func newEvidenceRoom(db *store.DB) *store.Collection[evidenceRoom] {
	return store.NewCollection(db, store.Spec[evidenceRoom]{Name: "evidence_room", Shape: 1})
}

func evidenceOf(doc store.Doc[Evidence]) Evidence {
	e := doc.Value
	e.ID = EvidenceID(doc.ID)
	return e
}

// Scans tells whether files are looked through here, and held back until they were.
func (s *Service) Scans() bool { return s.scanner != nil }

// Held tells whether nobody gets a file: it was found to do harm, or nobody has looked through it yet where that is done.
func (s *Service) Held(f *EvidenceFile) bool {
	return f.Scan == ScanInfected || s.Scans() && f.Scan != ScanClean
}

// AddEvidence is a new piece of evidence for a question of a task, or for the task where Question is "". Edit and Confirmed as in AddStep.
type AddEvidence struct {
	Round        RoundID
	Municipality org.MunicipalityID
	Task         catalogue.TaskKey
	Question     catalogue.QuestionKey
	Title        string
	Edit         string
	Confirmed    bool
}

// NewFile is a file as it comes. Name is what its sender calls it.
type NewFile struct {
	Name    string
	Size    int64
	Content io.ReaderAt
}

// AddLink adds a link. Made tells whether it was not there yet. Faults: Invalid beside the field, NotFound (round, task, question), Conflict
// (sealed, handed in, or the task has too many), Forbidden.
func (s *Service) AddLink(ctx context.Context, actor org.Actor, add AddEvidence, link string) (e Evidence, made bool, err error) {
	const op = "assessment.AddLink"
	id, err := s.mayAddEvidence(ctx, op, actor, &add)
	if err != nil {
		return Evidence{}, false, err
	}
	f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.evidence"}
	add.Title, link = clean(f, "title", add.Title, MaxEvidenceTitle), CheckLink(f, "link", link)
	if len(f.Fields) > 0 {
		return Evidence{}, false, f
	}
	if err := checkTexts(op, add.Confirmed, freeText{"title", "", add.Title}, freeText{"link", "", link}); err != nil {
		return Evidence{}, false, err
	}
	return s.insertEvidence(ctx, op, actor, id, add, Evidence{Link: link})
}

// CheckLink accepts the address of a page, without a password in it, and puts into f what is wrong with it beside its field.
func CheckLink(f *fault.Error, field, link string) string {
	wrong := func(key string, args ...any) {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: args})
	}
	link = strings.TrimSpace(link)
	if link == "" {
		wrong("error.evidence.link.none")
		return link
	}
	if n := utf8.RuneCountInString(link); n > MaxEvidenceLink {
		wrong("error.text.long", "max", MaxEvidenceLink, "count", n)
		return link
	}
	u, err := url.Parse(link)
	switch {
	case err != nil || !utf8.ValidString(link) || strings.ContainsFunc(link, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		wrong("error.evidence.link")
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		wrong("error.evidence.link")
	case u.User != nil:
		wrong("error.evidence.link.password")
	}
	return link
}

// AddFile adds a file. What it is follows from its content. Where files are looked through this is done before anything is stored; when that
// can't be done now the file waits, and nobody gets it. Faults as AddLink, all that is wrong with the file beside "file".
func (s *Service) AddFile(ctx context.Context, actor org.Actor, add AddEvidence, file NewFile) (e Evidence, made bool, err error) {
	const op = "assessment.AddFile"
	id, err := s.mayAddEvidence(ctx, op, actor, &add)
	if err != nil {
		return Evidence{}, false, err
	}
	return s.takeFile(ctx, op, actor, add, id, file, func(title string, kept *EvidenceFile) (Evidence, bool, error) {
		add.Title = title
		return s.insertEvidence(ctx, op, actor, id, add, Evidence{File: kept})
	})
}

// takeFile looks at a file, gives it its place and stores its content; insert then writes the document, which is what makes it be there. Whatever
// the file is to stand behind, only insert knows.
func (s *Service) takeFile(ctx context.Context, op string, actor org.Actor, add AddEvidence, id EvidenceID, file NewFile, insert func(title string, kept *EvidenceFile) (Evidence, bool, error)) (e Evidence, made bool, err error) {
	f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.evidence"}
	title := clean(f, "title", add.Title, MaxEvidenceTitle)
	switch {
	case file.Size == 0:
		f.Fields = append(f.Fields, fault.Field{Name: "file", Key: "error.evidence.empty"})
	case file.Size > MaxEvidenceFile:
		f.Fields = append(f.Fields, fault.Field{Name: "file", Key: "error.evidence.large", Args: []any{"max", MaxEvidenceFile >> 20}})
	}
	name := cleanFileName(f, file.Name)
	if len(f.Fields) > 0 {
		return Evidence{}, false, f
	}
	if err := checkTexts(op, add.Confirmed, freeText{"title", "", title}, freeText{"file", "", name}); err != nil {
		return Evidence{}, false, err
	}
	kind, err := fileTypeOf(op, file.Content, file.Size)
	if err != nil {
		return Evidence{}, false, err
	}
	if there, err := s.piece(ctx, op, actor, id); err == nil { // sent again
		return there, false, nil
	}
	kept := &EvidenceFile{Name: kind.named(name), Type: kind, Size: file.Size, Scan: ScanNone, Tried: s.now().UTC()}
	whole := func() io.Reader { return io.NewSectionReader(file.Content, 0, file.Size) }
	if s.scanner != nil {
		switch found, err := s.scanner.Scan(ctx, whole()); {
		case err != nil:
			s.log.WarnContext(ctx, "a file waits to be scanned", "evidence", id, "cause", err)
			kept.Scan = ScanWaiting
		case found != "":
			return Evidence{}, false, fault.Wrong(op, "file", "error.evidence.infected", "found", found)
		default:
			kept.Scan = ScanClean
		}
	}
	if err := s.takeRoom(ctx, op, add.Municipality, id, file.Size); err != nil {
		return Evidence{}, false, err
	}
	if kept.Blob, err = s.blobs.Put(ctx, whole()); err == nil {
		if e, made, err = insert(title, kept); err == nil {
			return e, made, nil
		}
	}
	return Evidence{}, false, errors.Join(org.Fault(op, "", err), s.giveUp(context.WithoutCancel(ctx), op, actor, add.Municipality, id, err))
}

// giveUp gives a file's place back where it is certain that no document came; else the job finds out.
func (s *Service) giveUp(ctx context.Context, op string, actor org.Actor, m org.MunicipalityID, id EvidenceID, why error) error {
	if errors.Is(why, store.ErrOutcomeUnknown) || fault.CodeOf(why) == fault.OutcomeUnknown {
		return nil
	}
	if _, err := s.piece(ctx, op, actor, id); fault.CodeOf(err) != fault.NotFound {
		return nil
	}
	return s.leaveRoom(ctx, op, m, func(r roomFor) bool { return r.ID == id })
}

// cleanFileName is a name that harms nowhere: in one form of letters, without what can't be seen, not too long. One that is a path is refused.
func cleanFileName(f *fault.Error, name string) string {
	wrong := func(key string) { f.Fields = append(f.Fields, fault.Field{Name: "file", Key: key}) }
	if !utf8.ValidString(name) {
		wrong("error.text.utf8")
		return ""
	}
	if strings.ContainsAny(name, `/\`) {
		wrong("error.evidence.path")
		return ""
	}
	name = norm.NFC.String(strings.Map(func(r rune) rune { // what is taken out may have kept two letters apart that are one
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) { // those turn the direction of writing: "gpj.exe" would read "exe.jpg"
			return -1
		}
		return r
	}, name))
	if name = strings.Trim(name, " ."); name == "" {
		wrong("error.evidence.name")
		return ""
	}
	// The longest ending that a kind gives is five characters.
	if ending := []rune(path.Ext(name)); utf8.RuneCountInString(name) > MaxEvidenceName-5 {
		if len(ending) > 5 {
			ending = nil
		}
		name = string([]rune(name)[:MaxEvidenceName-5-len(ending)]) + string(ending)
	}
	return name
}

// MayAddEvidence tells whether somebody may add evidence here and now, before a file is taken from her. Faults as AddFile.
func (s *Service) MayAddEvidence(ctx context.Context, actor org.Actor, add AddEvidence) error {
	_, err := s.mayAddEvidence(ctx, "assessment.MayAddEvidence", actor, &add)
	return err
}

// mayAddEvidence asks whether somebody may add evidence here and now, and gives its id, which follows from who adds and her edit.
func (s *Service) mayAddEvidence(ctx context.Context, op string, actor org.Actor, add *AddEvidence) (EvidenceID, error) {
	if !org.MayGiveEvidence(actor, add.Municipality) {
		return "", forbidden(op)
	}
	if err := checkPrecondition(op, true, "", add.Edit); err != nil {
		return "", err
	}
	if add.Edit == "" {
		add.Edit = newTag()
	}
	return EvidenceID("e-" + madeBy(add.Municipality, actor.Person, add.Edit)), s.takesEvidence(ctx, op, *add)
}

// takesEvidence refuses what can't be added to: the same that can't be answered any more.
func (s *Service) takesEvidence(ctx context.Context, op string, add AddEvidence) error {
	doc, err := s.assessments.GetShared(ctx, assessmentID(add.Round, add.Municipality))
	if errors.Is(err, store.ErrNotFound) {
		return s.noAssessment(ctx, op, add.Round)
	}
	if err != nil {
		return org.Fault(op, "", err)
	}
	a := doc.Value
	if a.untouched() {
		if err := s.tookPart(ctx, op, add.Round, add.Municipality); err != nil {
			return err
		}
	}
	c, err := s.Catalogue(a.Catalogue)
	if err != nil {
		return err
	}
	if c.Task(add.Task) == nil || !a.Scope.Covers(add.Task) {
		return fault.New(fault.NotFound, op, "error.task.not-in-round", "task", add.Task)
	}
	if q := c.Question(add.Question); add.Question != "" && (q == nil || q.Task != add.Task) {
		return fault.New(fault.NotFound, op, "error.question.unknown", "question", add.Question)
	}
	return a.editable(op)
}

// insertEvidence writes the document, which is what makes it be there. It is asked once more whether it may be: a file takes its time to come.
func (s *Service) insertEvidence(ctx context.Context, op string, actor org.Actor, id EvidenceID, add AddEvidence, e Evidence) (Evidence, bool, error) {
	n, err := s.evidence.Count(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(add.Municipality)}, {Field: "round", Value: string(add.Round)},
		{Field: "task", Value: string(add.Task)}, {Field: "kept", Value: true}}, Limit: MaxEvidence})
	if err != nil {
		return Evidence{}, false, org.Fault(op, "", err)
	}
	if n >= MaxEvidence {
		if there, err := s.Evidence(ctx, actor, id); err == nil {
			return there, false, nil
		}
		return Evidence{}, false, fault.New(fault.Conflict, op, "error.evidence.many", "max", MaxEvidence)
	}
	if err := s.takesEvidence(ctx, op, add); err != nil {
		return Evidence{}, false, err
	}
	e.Municipality, e.Round, e.Task, e.Question, e.Title = add.Municipality, add.Round, add.Task, add.Question, add.Title
	return s.writeEvidence(ctx, op, actor, id, e)
}

// writeEvidence writes a new document, once however often it is asked to.
func (s *Service) writeEvidence(ctx context.Context, op string, actor org.Actor, id EvidenceID, e Evidence) (Evidence, bool, error) {
	e.By, e.At = actor.Person, s.now().UTC()
	doc, err := s.evidence.Insert(ctx, string(id), e, s.toldOfEvidence("evidence.added", actor, e))
	if errors.Is(err, store.ErrExists) {
		there, err := s.piece(ctx, op, actor, id)
		return there, false, err
	}
	return evidenceOf(doc), err == nil, org.Fault(op, "", err)
}

// toldOfEvidence is the event of a change: what it stands behind, never what it is or is called.
func (s *Service) toldOfEvidence(kind string, actor org.Actor, e Evidence) store.Event {
	if e.Shows != nil {
		return s.event(kind, actor, string(e.Municipality), store.Fact{Key: "benefit", Value: e.Shows.Benefit}, store.Fact{Key: "measurement", Value: e.Shows.Measurement})
	}
	facts := []store.Fact{{Key: "round", Value: string(e.Round)}, {Key: "task", Value: string(e.Task)}}
	if e.Question != "" {
		facts = append(facts, store.Fact{Key: "question", Value: string(e.Question)})
	}
	return s.event(kind, actor, string(e.Municipality), facts...)
}

// changeRoom changes what takes room in a municipality.
func (s *Service) changeRoom(ctx context.Context, op string, m org.MunicipalityID, change func(*evidenceRoom) error) error {
	apply := func(r *evidenceRoom) ([]store.Event, error) {
		r.Files = slices.Clone(r.Files)
		return nil, change(r)
	}
	for {
		_, err := s.room.Update(ctx, string(m), apply)
		if errors.Is(err, store.ErrNotFound) {
			var first evidenceRoom
			if err = change(&first); err == nil {
				if _, err = s.room.Insert(ctx, string(m), first); errors.Is(err, store.ErrExists) {
					continue // a colleague was first
				}
			}
		}
		if errors.Is(err, store.ErrNoChange) {
			return nil
		}
		return org.Fault(op, "", err)
	}
}

// takeRoom gives a file its place. What was removed and can be brought back may take as much again as what stands, and no more, so that adding
// and removing fills nobody's disk.
func (s *Service) takeRoom(ctx context.Context, op string, m org.MunicipalityID, id EvidenceID, size int64) error {
	return s.changeRoom(ctx, op, m, func(r *evidenceRoom) error {
		r.Files = slices.DeleteFunc(r.Files, func(f roomFor) bool { return f.ID == id })
		standing, removed := r.taken()
		if standing+size > s.quota || standing+removed+size > 2*s.quota {
			return fault.Wrong(op, "file", "error.evidence.quota", "left", max(0, s.quota-standing)>>20, "quota", s.quota>>20)
		}
		r.Files = append(r.Files, roomFor{ID: id, Size: size, At: s.now().UTC()})
		return nil
	})
}

// leaveRoom takes places away.
func (s *Service) leaveRoom(ctx context.Context, op string, m org.MunicipalityID, gone func(roomFor) bool) error {
	return s.changeRoom(ctx, op, m, func(r *evidenceRoom) error {
		if !slices.ContainsFunc(r.Files, gone) {
			return store.ErrNoChange
		}
		r.Files = slices.DeleteFunc(r.Files, gone)
		return nil
	})
}

// EvidenceRoom tells how many bytes a municipality's files take, and how many they may.
func (s *Service) EvidenceRoom(ctx context.Context, actor org.Actor, m org.MunicipalityID) (taken, quota int64, err error) {
	const op = "assessment.EvidenceRoom"
	if !org.MayReadEvidence(actor, m) {
		return 0, 0, forbidden(op)
	}
	doc, err := s.room.Get(ctx, string(m))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return 0, 0, org.Fault(op, "", err)
	}
	taken, _ = doc.Value.taken()
	return taken, s.quota, nil
}

// RemoveEvidence takes evidence away. For EvidenceKept it can be brought back. Faults: NotFound, also of another municipality's, Conflict.
func (s *Service) RemoveEvidence(ctx context.Context, actor org.Actor, id EvidenceID) (Evidence, error) {
	const op = "assessment.RemoveEvidence"
	return s.removePiece(ctx, op, actor, id, s.changesAnswer(op, actor))
}

// changesAnswer asks whether somebody may change what stands behind an answer, now.
func (s *Service) changesAnswer(op string, actor org.Actor) func(context.Context, Evidence) error {
	return func(ctx context.Context, e Evidence) error {
		if e.Shows != nil {
			return unknownEvidence(op)
		}
		if !org.MayGiveEvidence(actor, e.Municipality) {
			return forbidden(op)
		}
		return s.takesEvidence(ctx, op, e.place())
	}
}

func (s *Service) removePiece(ctx context.Context, op string, actor org.Actor, id EvidenceID, may func(context.Context, Evidence) error) (Evidence, error) {
	e, err := s.changePiece(ctx, op, actor, id, may, func(e *Evidence) ([]store.Event, error) {
		if !e.Removed.IsZero() {
			return nil, store.ErrNoChange
		}
		e.Removed = s.now().UTC()
		return []store.Event{s.toldOfEvidence("evidence.removed", actor, *e)}, nil
	})
	if err != nil || e.File == nil {
		return e, err
	}
	return e, s.markRoom(ctx, op, e)
}

// markRoom notes that a file which has a place was removed.
func (s *Service) markRoom(ctx context.Context, op string, e Evidence) error {
	return s.changeRoom(ctx, op, e.Municipality, func(r *evidenceRoom) error {
		i := slices.IndexFunc(r.Files, func(f roomFor) bool { return f.ID == e.ID && !f.Removed })
		if i < 0 {
			return store.ErrNoChange
		}
		r.Files[i].Removed = true
		return nil
	})
}

// RestoreEvidence brings back what was removed, where there is room for it.
func (s *Service) RestoreEvidence(ctx context.Context, actor org.Actor, id EvidenceID) (Evidence, error) {
	const op = "assessment.RestoreEvidence"
	return s.restorePiece(ctx, op, actor, id, s.changesAnswer(op, actor))
}

func (s *Service) restorePiece(ctx context.Context, op string, actor org.Actor, id EvidenceID, may func(context.Context, Evidence) error) (Evidence, error) {
	e, err := s.piece(ctx, op, actor, id)
	if err == nil {
		err = may(ctx, e)
	}
	if err != nil {
		return Evidence{}, err
	}
	if e.Removed.IsZero() {
		return e, nil
	}
	if e.File != nil && e.File.Blob != "" {
		if err := s.takeRoom(ctx, op, e.Municipality, id, e.File.Size); err != nil {
			return Evidence{}, err
		}
	}
	return s.changePiece(ctx, op, actor, id, may, func(e *Evidence) ([]store.Event, error) {
		if e.Removed.IsZero() {
			return nil, store.ErrNoChange
		}
		e.Removed = time.Time{}
		return []store.Event{s.toldOfEvidence("evidence.restored", actor, *e)}, nil
	})
}

// changePiece changes evidence that may still be changed. Of another municipality's it says nothing, not even that it is there.
func (s *Service) changePiece(ctx context.Context, op string, actor org.Actor, id EvidenceID, may func(context.Context, Evidence) error, change func(*Evidence) ([]store.Event, error)) (Evidence, error) {
	e, err := s.piece(ctx, op, actor, id)
	if err == nil {
		err = may(ctx, e)
	}
	if err != nil {
		return Evidence{}, err
	}
	doc, err := s.evidence.Update(ctx, string(id), func(e *Evidence) ([]store.Event, error) {
		e.ID = id
		return change(e)
	})
	if errors.Is(err, store.ErrNotFound) {
		return Evidence{}, unknownEvidence(op)
	}
	return evidenceOf(doc), org.Fault(op, "", err)
}

// place is what it stands behind.
func (e Evidence) place() AddEvidence {
	return AddEvidence{Round: e.Round, Municipality: e.Municipality, Task: e.Task, Question: e.Question}
}

func unknownEvidence(op string) error { return fault.New(fault.NotFound, op, "error.evidence.unknown") }

// Evidence reads a piece of evidence, removed or not; NotFound for everyone who may not read it, and of what shows a measurement.
func (s *Service) Evidence(ctx context.Context, actor org.Actor, id EvidenceID) (Evidence, error) {
	const op = "assessment.Evidence"
	e, err := s.piece(ctx, op, actor, id)
	if err == nil && e.Shows != nil {
		return Evidence{}, unknownEvidence(op)
	}
	return e, err
}

// piece reads a piece of evidence, whatever it stands behind; NotFound for everyone who may not read that.
func (s *Service) piece(ctx context.Context, op string, actor org.Actor, id EvidenceID) (Evidence, error) {
	doc, err := s.evidence.Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) || err == nil && !doc.Value.readBy(actor) {
		return Evidence{}, unknownEvidence(op)
	}
	return evidenceOf(doc), org.Fault(op, "", err)
}

// readBy tells whether somebody reads what it stands behind.
func (e Evidence) readBy(a org.Actor) bool {
	if e.Shows != nil {
		return org.MayReadBenefits(a, e.Municipality)
	}
	return org.MayReadEvidence(a, e.Municipality)
}

// OpenEvidence reads a file, whose reader fails where the content is damaged. Fault Conflict while it is held back, NotFound for a link, and for
// what was removed.
func (s *Service) OpenEvidence(ctx context.Context, actor org.Actor, id EvidenceID) (Evidence, io.Reader, error) {
	const op = "assessment.OpenEvidence"
	e, err := s.Evidence(ctx, actor, id)
	if err != nil {
		return Evidence{}, nil, err
	}
	return s.openPiece(ctx, op, e)
}

func (s *Service) openPiece(ctx context.Context, op string, e Evidence) (Evidence, io.Reader, error) {
	switch {
	case e.File == nil || !e.Removed.IsZero():
		return Evidence{}, nil, unknownEvidence(op)
	case e.File.Scan == ScanInfected:
		return Evidence{}, nil, fault.New(fault.Conflict, op, "error.evidence.deleted")
	case s.Held(e.File):
		return Evidence{}, nil, fault.New(fault.Conflict, op, "error.evidence.held")
	}
	r, err := s.blobs.Open(ctx, e.File.Blob)
	return e, r, org.Fault(op, "", err)
}

// EvidenceFor lists what stands behind the answers of a round, of a task where one is named, the oldest first, and a cursor for what follows.
func (s *Service) EvidenceFor(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID, t catalogue.TaskKey, limit int, after store.Cursor) ([]Evidence, store.Cursor, error) {
	const op = "assessment.EvidenceFor"
	if !org.MayReadEvidence(actor, m) {
		return nil, "", forbidden(op)
	}
	equal := []store.Term{{Field: "municipality", Value: string(m)}, {Field: "round", Value: string(r)}}
	if t != "" {
		equal = append(equal, store.Term{Field: "task", Value: string(t)})
	}
	return s.listEvidence(ctx, op, store.Query{Equal: append(equal, store.Term{Field: "kept", Value: true}), Order: []string{"at"}, Limit: limit, After: after})
}

// RemovedEvidence lists what was removed from behind the answers of a task and can still be brought back, the latest that came first.
func (s *Service) RemovedEvidence(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID, t catalogue.TaskKey, limit int) ([]Evidence, error) {
	const op = "assessment.RemovedEvidence"
	if !org.MayGiveEvidence(actor, m) {
		return nil, forbidden(op)
	}
	all, _, err := s.listEvidence(ctx, op, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}, {Field: "round", Value: string(r)}, {Field: "task", Value: string(t)},
		{Field: "kept", Value: false}}, Order: []string{"at"}, Reverse: true, Limit: limit})
	return all, err
}

func (s *Service) listEvidence(ctx context.Context, op string, q store.Query) ([]Evidence, store.Cursor, error) {
	page, err := s.evidence.Find(ctx, q)
	if err != nil {
		return nil, "", org.Fault(op, "", err)
	}
	all := make([]Evidence, 0, len(page.Docs))
	for _, d := range page.Docs {
		all = append(all, evidenceOf(d))
	}
	return all, page.Next, nil
}

// EachEvidenceOf gives each piece of a municipality's evidence to see, removed ones too, and what shows its measurements.
func (s *Service) EachEvidenceOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, see func(Evidence) error) error {
	const op = "assessment.EachEvidenceOf"
	if !org.MayReadEvidence(actor, m) {
		return forbidden(op)
	}
	return s.eachEvidence(ctx, op, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}}, see)
}

// givenEvidence is what somebody gave in a municipality, by round, removed or not.
func (s *Service) givenEvidence(ctx context.Context, op string, by org.PersonID, m org.MunicipalityID) (map[RoundID][]Evidence, error) {
	given := map[RoundID][]Evidence{}
	err := s.eachEvidence(ctx, op, store.Query{Equal: []store.Term{{Field: "by", Value: string(by)}, {Field: "municipality", Value: string(m)}}}, func(e Evidence) error {
		given[e.Round] = append(given[e.Round], e)
		return nil
	})
	return given, err
}

func (s *Service) eachEvidence(ctx context.Context, op string, q store.Query, see func(Evidence) error) error {
	return each(ctx, s.evidence, op, q, func(d store.Doc[Evidence]) error { return see(evidenceOf(d)) })
}

// ScanEvidence looks through up to limit files that nobody has looked through yet, and tells how many it passed, found to do harm, and could not
// look through. It stops after three in a row that it could not. Each that does harm is told of before it is noted, so that a crash in between, or
// a telling that failed, has it found and told of again.
func (s *Service) ScanEvidence(ctx context.Context, actor org.Actor, limit int, tell func(context.Context, Evidence) error) (clean, infected, failed int, err error) {
	const op = "assessment.ScanEvidence"
	if !org.MayScanEvidence(actor) || s.scanner == nil {
		return 0, 0, 0, forbidden(op)
	}
	inARow := 0
	for _, state := range []ScanState{ScanWaiting, ScanNone, ScanFailed} {
		page, err := s.evidence.Find(ctx, store.Query{Equal: []store.Term{{Field: "scan", Value: string(state)}}, Order: []string{"tried"}, Limit: limit})
		if err != nil {
			return clean, infected, failed, org.Fault(op, "", err)
		}
		for _, d := range page.Docs {
			got, err := s.scanOne(ctx, op, actor, evidenceOf(d), tell)
			if err != nil {
				return clean, infected, failed, err
			}
			switch got {
			case ScanClean:
				clean++
			case ScanInfected:
				infected++
			}
			if inARow++; got != ScanFailed {
				inARow = 0
				continue
			}
			if failed++; inARow == 3 {
				return clean, infected, failed, nil
			}
		}
	}
	return clean, infected, failed, nil
}

// scanOne looks through one file and notes what it found. An infected one loses its content: its blob is named by nothing any more.
func (s *Service) scanOne(ctx context.Context, op string, actor org.Actor, e Evidence, tell func(context.Context, Evidence) error) (ScanState, error) {
	state := ScanClean
	content, err := s.blobs.Open(ctx, e.File.Blob)
	if err != nil {
		return "", org.Fault(op, "", err)
	}
	found, err := s.scanner.Scan(ctx, content)
	switch {
	case err != nil && ctx.Err() != nil:
		return "", err
	case err != nil:
		s.log.WarnContext(ctx, "a file could not be scanned", "evidence", e.ID, "cause", err)
		state = ScanFailed
	case found != "":
		state = ScanInfected
		if err := tell(ctx, e); err != nil {
			return "", err
		}
	}
	blob := e.File.Blob
	_, err = s.evidence.Update(ctx, string(e.ID), func(e *Evidence) ([]store.Event, error) {
		if e.File.Blob != blob || e.File.Scan == ScanClean || e.File.Scan == ScanInfected { // another copy has
			return nil, store.ErrNoChange
		}
		file := *e.File
		file.Scan, file.Tried = state, s.now().UTC()
		if state != ScanInfected {
			e.File = &file
			return nil, nil
		}
		file.Blob = ""
		e.File = &file
		return []store.Event{s.toldOfEvidence("evidence.infected", actor, *e)}, nil
	})
	if errors.Is(err, store.ErrNotFound) { // deleted meanwhile
		return state, nil
	}
	if err != nil {
		return "", org.Fault(op, "", err)
	}
	if state == ScanInfected {
		err = s.leaveRoom(ctx, op, e.Municipality, func(f roomFor) bool { return f.ID == e.ID })
	}
	return state, err
}

// SweepEvidence deletes up to limit pieces that were removed before a moment, and tells how many.
func (s *Service) SweepEvidence(ctx context.Context, before time.Time, limit int) (int, error) {
	const op = "assessment.SweepEvidence"
	return sweepRemoved(ctx, s.evidence, op, before, limit, func(d store.Doc[Evidence]) error { return remove(ctx, s, s.evidence, op, d) })
}

// SweepFiles takes the content that no evidence names, and the places of files that are not there: what was deleted, and what a crash left.
func (s *Service) SweepFiles(ctx context.Context) (taken int, err error) {
	const op = "assessment.SweepFiles"
	for q := (store.Query{Limit: store.MaxMembers}); ; {
		page, err := s.room.Find(ctx, q)
		if err != nil {
			return 0, org.Fault(op, "", err)
		}
		for _, d := range page.Docs {
			if err := s.tidyRoom(ctx, op, org.MunicipalityID(d.ID), d.Value); err != nil {
				return 0, err
			}
		}
		if q.After = page.Next; page.Next == "" {
			break
		}
	}
	taken, err = s.blobs.Sweep(ctx, s.referenced)
	return taken, org.Fault(op, "", err)
}

// tidyRoom makes a municipality's places say what its documents do. A place that is younger than a day may belong to a file that is on its way.
func (s *Service) tidyRoom(ctx context.Context, op string, m org.MunicipalityID, room evidenceRoom) error {
	before := s.now().Add(-store.BlobGrace)
	for some := range slices.Chunk(room.Files, store.MaxMembers) {
		var ids []string
		for _, f := range some {
			ids = append(ids, string(f.ID))
		}
		docs, err := s.evidence.GetMany(ctx, ids)
		if err != nil {
			return org.Fault(op, "", err)
		}
		there := map[EvidenceID]Evidence{}
		for _, d := range docs {
			there[EvidenceID(d.ID)] = evidenceOf(d)
		}
		for _, f := range some {
			switch e, ok := there[f.ID]; {
			case !f.At.Before(before):
			case !ok || e.File.Blob == "":
				if err := s.leaveRoom(ctx, op, m, func(r roomFor) bool { return r.ID == f.ID && r.At.Before(before) }); err != nil {
					return err
				}
			case !e.Removed.IsZero() && !f.Removed:
				if err := s.markRoom(ctx, op, e); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// referenced tells which blobs some evidence names.
func (s *Service) referenced(ctx context.Context, ids []store.BlobID) (map[store.BlobID]bool, error) {
	among := &store.Membership{Field: "blob"}
	for _, id := range ids {
		among.Values = append(among.Values, string(id))
	}
	needed := map[store.BlobID]bool{}
	for q := (store.Query{In: among, Limit: store.MaxLimit}); ; {
		page, err := s.evidence.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Docs {
			needed[d.Value.File.Blob] = true
		}
		if q.After = page.Next; page.Next == "" {
			return needed, nil
		}
	}
}

// deleteEvidence deletes a municipality's evidence. The content of its files, which another municipality may have too, is swept: now, as far as
// it came over a day ago, and else by the job.
func (s *Service) deleteEvidence(ctx context.Context, op string, m org.MunicipalityID) error {
	if err := deleteAll(ctx, s, s.evidence, op, m); err != nil {
		return err
	}
	doc, err := s.room.Get(ctx, string(m))
	if err == nil {
		err = remove(ctx, s, s.room, op, doc)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return org.Fault(op, "", err)
	}
	_, err = s.blobs.Sweep(ctx, s.referenced)
	return org.Fault(op, "", err)
}
