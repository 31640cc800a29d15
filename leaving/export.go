package leaving

import (
	"context"
	"errors"
	"io"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/events"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// export is when everything of a municipality was taken out last, and by whom; one document per municipality.
type export struct {
	By org.PersonID `bson:"by"`
	At time.Time    `bson:"at"`
}

func newExports(db *store.DB) *store.Collection[export] {
	return store.NewCollection(db, store.Spec[export]{Name: "exports", Shape: 1})
}

// Export is a municipality's own, about to be written.
type Export struct {
	s     *Service
	actor org.Actor
	m     org.Municipality
	at    time.Time
}

// At is when it was asked for.
func (x *Export) At() time.Time { return x.at }

// Municipality is whose it is, by name.
func (x *Export) Municipality() string { return x.m.Name }

// Name is what the file is called: "helhet-larvik-2026-11-23.zip".
func (x *Export) Name() string {
	return "helhet-" + string(x.m.ID) + "-" + x.at.Format(time.DateOnly) + ".zip"
}

// Words are what people read in the archive: Readme says what its files are, Lang is the language of the questions.
type Words struct {
	Readme string
	Lang   catalogue.Lang
}

// The files of an archive. Those of a round stand in a folder of its name, those of publications are called by their hash.
const (
	FileReadme         = "README.txt"
	FileMunicipality   = "municipality.json"
	FilePeople         = "people.json"
	FileInvitations    = "invitations.json"
	FileAccessRequests = "access-requests.json"
	FileSteps          = "steps.json"
	FileStepsTable     = "steps.csv"
	FileAmbitions      = "ambitions.json"
	FileAmbitionsTable = "ambitions.csv"
	FileAssignments    = "assignments.json"
	FileAssignedTable  = "assignments.csv"
	FileShares         = "shares.json"
	FileComments       = "comments.json"
	FileCommentsTable  = "comments.csv"
	FileEvidence       = "evidence.json"
	DirEvidence        = "evidence"
	FileBenefits       = "benefits.json"
	FileBenefitsTable  = "benefits.csv"
	FileMeasurements   = "measurements.json"
	FileIndicators     = "indicators.json"
	FileAssumptions    = "assumptions.json"
	FileMaps           = "benefit-maps.json"
	FileMapVersions    = "benefit-map-versions.json"
	FileAudit          = "audit.csv"
	DirRounds          = "rounds"
	DirVersions        = "versions"
	FileAssessment     = "assessment.json"
	FileAnswers        = "answers.csv"
	FileScores         = "scores.csv"
	DirPublications    = "publications"
)

// Begin lets a coordinator take out what is her municipality's, and notes that she does. Nothing is read yet.
func (s *Service) Begin(ctx context.Context, a org.Actor, m org.MunicipalityID) (*Export, error) {
	const op = "leaving.Export"
	if !org.MayExport(a, m) {
		return nil, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	known, ok := s.Register.Get(m)
	if !ok {
		return nil, fault.New(fault.NotFound, op, "error.municipality.unknown", "municipality", m)
	}
	x := &Export{s, a, known, s.Now().UTC().Truncate(time.Millisecond)}
	note, told := export{a.Person, x.at}, store.Event{Type: "municipality.exported", At: x.at, Actor: a.Name(), Scope: string(m)}
	_, err := s.exports.Insert(ctx, string(m), note, told)
	if errors.Is(err, store.ErrExists) {
		_, err = s.exports.Update(ctx, string(m), func(old *export) ([]store.Event, error) {
			*old = note
			return []store.Event{told}, nil
		})
	}
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	return x, nil
}

// LastExport is when a municipality's own was taken out last; zero when it never was.
func (s *Service) LastExport(ctx context.Context, a org.Actor, m org.MunicipalityID) (time.Time, error) {
	const op = "leaving.LastExport"
	if !org.MayExport(a, m) {
		return time.Time{}, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	doc, err := s.exports.Get(ctx, string(m))
	if errors.Is(err, store.ErrNotFound) {
		return time.Time{}, nil
	}
	return doc.Value.At, org.Fault(op, "", err)
}

// Write writes the archive, page by page as it reads. One that fails midway has no list at its end and can't be opened.
func (x *Export) Write(ctx context.Context, w io.Writer, words Words) error {
	a := newArchive(w, x.at)
	readme := func(context.Context, *archive) error {
		return a.file(FileReadme, func(w io.Writer) error { _, err := io.WriteString(w, words.Readme); return err })
	}
	rounds := func(ctx context.Context, a *archive) error {
		return x.s.Assessments.EachOf(ctx, x.actor, x.m.ID, func(y assessment.Assessment) error { return x.round(ctx, a, words.Lang, y) })
	}
	for _, part := range []func(context.Context, *archive) error{
		readme, x.municipality, x.people, x.invitations, x.accessRequests, rounds, x.versions, x.publications, x.steps, x.ambitions, x.assignments,
		x.shares, x.comments, x.evidence, x.benefits, x.measurements, x.benefitsTable, x.indicators, x.assumptions, x.maps, x.audit,
	} {
		if err := part(ctx, a); err != nil {
			return err
		}
	}
	return a.close(string(x.m.ID))
}

type exportedRegion struct {
	ID          org.RegionID `json:"id"`
	Name        string       `json:"name"`
	Consent     org.Consent  `json:"consent"`
	Language    org.Language `json:"language,omitempty"`
	EmailSignIn bool         `json:"emailSignIn"`
	Approval    bool         `json:"approval"` // a leader approves what is handed in
}

func (x *Export) municipality(ctx context.Context, a *archive) error {
	regions, err := x.s.Regions.List(ctx, store.MaxLimit)
	if err != nil {
		return err
	}
	own := []exportedRegion{}
	for _, r := range regions {
		if m, ok := r.Member(x.m.ID); ok {
			own = append(own, exportedRegion{r.ID, r.Name, m.Consent, m.Language, !m.NoEmail, m.Approval})
		}
	}
	return a.json(FileMunicipality, struct {
		ID      org.MunicipalityID `json:"id"`
		Number  org.Number         `json:"number"`
		Name    string             `json:"name"`
		Regions []exportedRegion   `json:"regions"`
	}{x.m.ID, x.m.Number(), x.m.Name, own})
}

// auditPage is how many lines of the log are read at a time.
const auditPage = 500

// audit writes the municipality's lines of the log, newest first.
func (x *Export) audit(ctx context.Context, a *archive) error {
	return a.file(FileAudit, func(w io.Writer) error {
		if _, err := io.WriteString(w, byteOrderMark); err != nil {
			return err
		}
		table, err := events.NewCSV(w)
		if err != nil {
			return err
		}
		for after := store.Cursor(""); ; {
			lines, next, err := x.s.History.Of(ctx, string(x.m.ID), auditPage, after)
			if err != nil {
				return org.Fault("leaving.Export", "", err)
			}
			for _, line := range lines {
				if err := table.Write(line); err != nil {
					return err
				}
			}
			if after = next; after == "" {
				return table.Flush()
			}
		}
	})
}
