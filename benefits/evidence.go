package benefits

import (
	"context"
	"errors"
	"io"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Show is a new file that shows a measurement. Edit and Confirmed as in Add.
type Show struct {
	Benefit     ID
	Measurement MeasurementID
	Title       string // what it shows; may be left out
	Edit        string
	Confirmed   bool
}

// Says tells whether what stands says what a version said: the figures are the same, whatever else was corrected since. A file that came with a version
// shows what stands as long as it does. 1 is the first version.
func (m Measurement) Says(version int) bool {
	return version >= 1 && version <= len(m.Versions) && m.Versions[version-1].Figures == m.Stands().Figures
}

// FewIn tells whether a file that came with a version may show figures of fewer than five people: those of its version, or those that stand.
func (m Measurement) FewIn(version int) bool {
	return m.Stands().Few() || version < 1 || version > len(m.Versions) || m.Versions[version-1].Few()
}

// Measurement finds a benefit's measurement, taken out or not. NotFound, also of another municipality's.
func (s *Service) Measurement(ctx context.Context, actor org.Actor, of ID, id MeasurementID) (Benefit, Measurement, error) {
	const op = "benefits.Measurement"
	b, err := s.Benefit(ctx, actor, of)
	if err != nil {
		return Benefit{}, Measurement{}, err
	}
	doc, err := s.measurements.Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) || err == nil && doc.Value.Benefit != of {
		return Benefit{}, Measurement{}, fault.New(fault.NotFound, op, "error.measurement.unknown")
	}
	return b, measurementOf(doc), org.Fault(op, "", err)
}

// MayShow tells whether somebody may add a file to a measurement here and now, before one is taken from her. Faults as ShowFile.
func (s *Service) MayShow(ctx context.Context, actor org.Actor, of ID, id MeasurementID) error {
	_, _, err := s.mayShow(ctx, "benefits.MayShow", actor, of, id, "")
	return err
}

// mayShow asks whether a measurement takes files from somebody: as a correction, but that what was taken out takes none until it is put back.
func (s *Service) mayShow(ctx context.Context, op string, actor org.Actor, of ID, id MeasurementID, edit string) (Benefit, Measurement, error) {
	b, err := s.mayMeasure(ctx, op, actor, of, edit)
	if err != nil {
		return Benefit{}, Measurement{}, err
	}
	_, m, err := s.Measurement(ctx, actor, of, id)
	if err == nil && m.Stands().Removed {
		err = fault.New(fault.Conflict, op, "error.measurement.taken-out")
	}
	return b, m, err
}

// ShowFile adds a file that shows a measurement as it stands; made tells whether it was not there yet. What is taken, where it lies and how much room
// there is are the same as of all evidence (assessment.AddFile). Faults: Invalid beside the field, NotFound, Forbidden, Conflict (the benefit was
// removed, the measurement taken out).
func (s *Service) ShowFile(ctx context.Context, actor org.Actor, in Show, file assessment.NewFile) (e assessment.Evidence, made bool, err error) {
	const op = "benefits.ShowFile"
	b, _, err := s.mayShow(ctx, op, actor, in.Benefit, in.Measurement, in.Edit)
	if err != nil {
		return assessment.Evidence{}, false, err
	}
	return s.Files.AddShown(ctx, actor, s.shown(b, in, func(ctx context.Context) (int, error) {
		_, m, err := s.mayShow(ctx, op, actor, in.Benefit, in.Measurement, in.Edit)
		return len(m.Versions), err
	}), file)
}

func (s *Service) shown(b Benefit, in Show, takes func(context.Context) (int, error)) assessment.AddShown {
	return assessment.AddShown{Municipality: b.Municipality, Benefit: string(b.ID), Measurement: string(in.Measurement), Title: in.Title, Edit: in.Edit, Confirmed: in.Confirmed, Takes: takes}
}

// FilesOf lists what shows a benefit's measurements, the oldest first of each.
func (s *Service) FilesOf(ctx context.Context, actor org.Actor, of ID) (map[MeasurementID][]assessment.Evidence, error) {
	b, err := s.Benefit(ctx, actor, of)
	if err != nil {
		return nil, err
	}
	all, err := s.Files.ShownOf(ctx, actor, b.Municipality, string(of), "")
	files := map[MeasurementID][]assessment.Evidence{}
	for _, e := range all {
		id := MeasurementID(e.Shows.Measurement)
		files[id] = append(files[id], e)
	}
	return files, err
}

// FilesFor lists what shows one measurement, the oldest first.
func (s *Service) FilesFor(ctx context.Context, actor org.Actor, of ID, id MeasurementID) (Measurement, []assessment.Evidence, error) {
	b, m, err := s.Measurement(ctx, actor, of, id)
	if err != nil {
		return Measurement{}, nil, err
	}
	all, err := s.Files.ShownOf(ctx, actor, b.Municipality, string(of), string(id))
	return m, all, err
}

// File finds a file that shows a measurement, removed or not. NotFound, also of another measurement's.
func (s *Service) File(ctx context.Context, actor org.Actor, of ID, id MeasurementID, file assessment.EvidenceID) (Measurement, assessment.Evidence, error) {
	_, m, err := s.Measurement(ctx, actor, of, id)
	if err != nil {
		return Measurement{}, assessment.Evidence{}, err
	}
	e, err := s.Files.Shown(ctx, actor, file)
	if err == nil && !shows(*e.Shows, of, id) {
		err = unknownFile("benefits.File")
	}
	return m, e, err
}

func shows(x assessment.ShownMeasurement, of ID, id MeasurementID) bool {
	return x.Benefit == string(of) && x.Measurement == string(id)
}

func unknownFile(op string) error { return fault.New(fault.NotFound, op, "error.evidence.unknown") }

// OpenFile reads the content of one. Faults as File, and Conflict while it is held back.
func (s *Service) OpenFile(ctx context.Context, actor org.Actor, of ID, id MeasurementID, file assessment.EvidenceID) (assessment.Evidence, io.Reader, error) {
	if _, _, err := s.File(ctx, actor, of, id, file); err != nil {
		return assessment.Evidence{}, nil, err
	}
	return s.Files.OpenShown(ctx, actor, file)
}

// RemoveFile takes a file away, also from what was taken out. For assessment.EvidenceKept it can be brought back.
func (s *Service) RemoveFile(ctx context.Context, actor org.Actor, of ID, id MeasurementID, file assessment.EvidenceID) (assessment.Evidence, error) {
	const op = "benefits.RemoveFile"
	return s.Files.RemoveShown(ctx, actor, file, func(ctx context.Context, x assessment.ShownMeasurement) error {
		if !shows(x, of, id) {
			return unknownFile(op)
		}
		_, err := s.mayMeasure(ctx, op, actor, of, "")
		return err
	})
}

// RestoreFile brings back what was removed, where there is room for it.
func (s *Service) RestoreFile(ctx context.Context, actor org.Actor, of ID, id MeasurementID, file assessment.EvidenceID) (assessment.Evidence, error) {
	const op = "benefits.RestoreFile"
	return s.Files.RestoreShown(ctx, actor, file, func(ctx context.Context, x assessment.ShownMeasurement) error {
		if !shows(x, of, id) {
			return unknownFile(op)
		}
		_, _, err := s.mayShow(ctx, op, actor, of, id, "")
		return err
	})
}
