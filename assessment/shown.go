package assessment

import (
	"context"
	"io"
	"strconv"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// MaxShown is how many files the measurements of one benefit may have.
const MaxShown = 200

// ShownMeasurement is the measurement that a file shows, by the names that the benefits have for it. What a measurement is, and who may change it, is theirs to
// say: whoever changes anything here brings the rule along. Everything else holds of these files as of all evidence.
type ShownMeasurement struct {
	Benefit     string `bson:"benefit"`
	Measurement string `bson:"measurement"`
	// Version is how many times the measurement had been written when the file came: 1 is as it was first put down.
	Version int `bson:"version"`
}

// AddShown is a new file that shows a measurement. Edit and Confirmed as in AddStep.
type AddShown struct {
	Municipality         org.MunicipalityID
	Benefit, Measurement string
	Title                string
	Edit                 string
	Confirmed            bool
	// Takes is asked last of all, when the content is stored and before the file is there: a file takes its time to come. It tells the version that
	// stands, or why none takes a file. What it writes is there without the file when the program ends in between, and with it when it is sent again.
	Takes func(context.Context) (version int, err error)
}

// AddShown adds a file that shows a measurement, as AddFile does; made tells whether it was not there yet.
func (s *Service) AddShown(ctx context.Context, actor org.Actor, add AddShown, file NewFile) (e Evidence, made bool, err error) {
	const op = "assessment.AddShown"
	if !org.MayReadBenefits(actor, add.Municipality) {
		return Evidence{}, false, forbidden(op)
	}
	if err := checkEdit(op, add.Edit); err != nil {
		return Evidence{}, false, err
	}
	if add.Edit == "" {
		add.Edit = newTag()
	}
	id := EvidenceID("e-" + madeBy(add.Municipality, actor.Person, strconv.Quote(add.Measurement)+add.Edit))
	of := []store.Term{{Field: "municipality", Value: string(add.Municipality)}, {Field: "benefit", Value: add.Benefit}, {Field: "kept", Value: true}}
	place := AddEvidence{Municipality: add.Municipality, Title: add.Title, Confirmed: add.Confirmed}
	return s.takeFile(ctx, op, actor, place, id, file, func(title string, kept *EvidenceFile) (Evidence, bool, error) {
		n, err := s.evidence.Count(ctx, store.Query{Equal: of, Limit: MaxShown})
		if err != nil {
			return Evidence{}, false, org.Fault(op, "", err)
		}
		if n >= MaxShown {
			return Evidence{}, false, fault.Wrong(op, "file", "error.measurement.files", "max", MaxShown)
		}
		version, err := add.Takes(ctx)
		if err != nil {
			return Evidence{}, false, err
		}
		return s.writeEvidence(ctx, op, actor, id, Evidence{Municipality: add.Municipality, Shows: &ShownMeasurement{add.Benefit, add.Measurement, version}, Title: title, File: kept})
	})
}

// Shown reads a file that shows a measurement, removed or not; NotFound for everyone who may not read it, and of all other evidence.
func (s *Service) Shown(ctx context.Context, actor org.Actor, id EvidenceID) (Evidence, error) {
	const op = "assessment.Shown"
	e, err := s.piece(ctx, op, actor, id)
	if err == nil && e.Shows == nil {
		return Evidence{}, unknownEvidence(op)
	}
	return e, err
}

// OpenShown reads its content, as OpenEvidence.
func (s *Service) OpenShown(ctx context.Context, actor org.Actor, id EvidenceID) (Evidence, io.Reader, error) {
	const op = "assessment.OpenShown"
	e, err := s.Shown(ctx, actor, id)
	if err != nil {
		return Evidence{}, nil, err
	}
	return s.openPiece(ctx, op, e)
}

// ShownOf lists the files that show a benefit's measurements, or one of them, those of a measurement together and the oldest first.
func (s *Service) ShownOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, benefit, measurement string) ([]Evidence, error) {
	const op = "assessment.ShownOf"
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden(op)
	}
	q := store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}, {Field: "benefit", Value: benefit}, {Field: "kept", Value: true}}, Order: []string{"measurement", "at"}}
	if measurement != "" {
		q.Equal, q.Order = append(q.Equal, store.Term{Field: "measurement", Value: measurement}), []string{"at"}
	}
	q.Limit = 2 * MaxShown // those that were brought back stand beside as many as there may be
	all, _, err := s.listEvidence(ctx, op, q)
	return all, err
}

// RemoveShown takes a file away, as RemoveEvidence. May is the benefits' rule, asked of what stands.
func (s *Service) RemoveShown(ctx context.Context, actor org.Actor, id EvidenceID, may func(context.Context, ShownMeasurement) error) (Evidence, error) {
	const op = "assessment.RemoveShown"
	return s.removePiece(ctx, op, actor, id, changesShown(op, may))
}

// RestoreShown brings a file back, as RestoreEvidence. May as in RemoveShown.
func (s *Service) RestoreShown(ctx context.Context, actor org.Actor, id EvidenceID, may func(context.Context, ShownMeasurement) error) (Evidence, error) {
	const op = "assessment.RestoreShown"
	return s.restorePiece(ctx, op, actor, id, changesShown(op, may))
}

func changesShown(op string, may func(context.Context, ShownMeasurement) error) func(context.Context, Evidence) error {
	return func(ctx context.Context, e Evidence) error {
		if e.Shows == nil {
			return unknownEvidence(op)
		}
		return may(ctx, *e.Shows)
	}
}

// ShownBy lists the files that somebody gave for measurements of some municipalities, removed ones too. Where she has left the municipality she is
// told that they are hers, and not what they are called.
func (s *Service) ShownBy(ctx context.Context, actor org.Actor, places []org.MunicipalityID) ([]Evidence, error) {
	const op = "assessment.ShownBy"
	if actor.Person == "" {
		return nil, forbidden(op)
	}
	var all []Evidence
	for _, m := range places {
		err := s.eachEvidence(ctx, op, store.Query{Equal: []store.Term{{Field: "by", Value: string(actor.Person)}, {Field: "municipality", Value: string(m)}}}, func(e Evidence) error {
			if e.Shows == nil {
				return nil
			}
			if !e.readBy(actor) {
				e.Title, e.File = "", nil
			}
			all = append(all, e)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// DropShown deletes the files of a benefit that is deleted itself. Their places and contents are the job's to take. Fault Conflict while what was
// told of one waits: the next run takes it.
func (s *Service) DropShown(ctx context.Context, m org.MunicipalityID, benefit string) error {
	return removeAll(ctx, s, s.evidence, "assessment.DropShown", store.Term{Field: "municipality", Value: string(m)}, store.Term{Field: "benefit", Value: benefit})
}
