package benefits

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
	"helhet/internal/store/sqlite"
	"helhet/org"

	"pgregory.net/rapid"
)

const pdf = "%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"

func aFile(name, content string) assessment.NewFile {
	return assessment.NewFile{Name: name, Size: int64(len(content)), Content: strings.NewReader(content)}
}

// underway is a benefit that is measured, with one measurement.
func (w *world) underway() (Benefit, Measurement) {
	w.t.Helper()
	b := w.walk(w.add(full(), leader().Person), Planned, Measuring)
	return b, must(w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, Data: Measured{Figures: Figures{To: "2026-06-01", Value: "33", People: 12}}}))(w.t)
}

// shown lists what shows a measurement, as names.
func (w *world) shown(b ID, m MeasurementID) (names string) {
	w.t.Helper()
	_, all, err := w.FilesFor(w.ctx(), contributor(), b, m)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range all {
		names += e.File.Name + " "
	}
	return names
}

// documents is how many a collection has.
func (w *world) documents(collection string) (n int) {
	w.t.Helper()
	err := w.engine.Snapshot(w.ctx(), func(v store.View) error {
		return v.Scan(w.ctx(), collection, func(store.Record) error { n++; return nil })
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// A file shows a measurement on both engines: added once however often it is sent, listed with the version it came with, read, removed, brought back,
// and gone with its benefit, content and all.
func TestFilesShowAMeasurement(t *testing.T) {
	life := func(t *testing.T, engine store.Engine) {
		w := worldOn(t, engine)
		ctx := w.ctx()
		b, m := w.underway()
		show := Show{Benefit: b.ID, Measurement: m.ID, Title: "Kjøreboka", Edit: "e1"}
		e, made, err := w.ShowFile(ctx, leader(), show, aFile("logg.exe", pdf))
		again, remade, err2 := w.ShowFile(ctx, leader(), show, aFile("logg.exe", pdf))
		if err != nil || err2 != nil || !made || remade || e.ID != again.ID || e.File.Name != "logg.exe.pdf" || *e.Shows != (assessment.ShownMeasurement{Benefit: string(b.ID), Measurement: string(m.ID), Version: 1}) {
			t.Fatalf("%+v %v, %v %v", e, err, remade, err2)
		}
		other := must(w.Measure(ctx, leader(), Measure{Benefit: b.ID, Data: Measured{Figures: Figures{To: "2026-07-01", Value: "31"}}}))(t)
		if elsewhere, made, err := w.ShowFile(ctx, leader(), Show{Benefit: b.ID, Measurement: other.ID, Edit: "e1"}, aFile("annet.pdf", pdf)); err != nil || !made || elsewhere.ID == e.ID {
			t.Fatalf("the same edit of another measurement: %+v %v %v", elsewhere, made, err)
		}
		if got := w.shown(b.ID, m.ID); got != "logg.exe.pdf " {
			t.Errorf("listed %q", got)
		}
		if all := must(w.FilesOf(ctx, contributor(), b.ID))(t); len(all) != 2 || len(all[m.ID]) != 1 || len(all[other.ID]) != 1 {
			t.Errorf("of the benefit: %+v", all)
		}
		_, content, err := w.OpenFile(ctx, contributor(), b.ID, m.ID, e.ID)
		if err != nil || string(must(io.ReadAll(content))(t)) != pdf {
			t.Errorf("read: %v", err)
		}
		_, _, err = w.OpenFile(ctx, leader(), b.ID, other.ID, e.ID)
		wantFault(t, err, fault.NotFound, "error.evidence.unknown")
		must(w.RemoveFile(ctx, leader(), b.ID, m.ID, e.ID))(t)
		if got := w.shown(b.ID, m.ID); got != "" {
			t.Errorf("removed, and listed %q", got)
		}
		_, _, err = w.OpenFile(ctx, leader(), b.ID, m.ID, e.ID)
		wantFault(t, err, fault.NotFound, "error.evidence.unknown")
		must(w.RestoreFile(ctx, coordinator(), b.ID, m.ID, e.ID))(t)
		if got := w.shown(b.ID, m.ID); got != "logg.exe.pdf " {
			t.Errorf("brought back, and listed %q", got)
		}
		b = must(w.Benefit(ctx, leader(), b.ID))(t)
		must(w.Remove(ctx, coordinator(), b.ID, b.Tag))(t)
		_, _, err = w.ShowFile(ctx, leader(), Show{Benefit: b.ID, Measurement: m.ID}, aFile("sen.pdf", pdf))
		wantFault(t, err, fault.Conflict, "error.benefit.removed")
		w.advance(Kept + time.Minute)
		if n := must(w.Sweep(ctx, w.Now().Add(-Kept), 10))(t); n != 1 || w.documents("evidence") != 0 {
			t.Errorf("%d benefits swept, %d files stay", n, w.documents("evidence"))
		}
		must(w.Files.SweepFiles(ctx))(t)
		if taken, _, err := w.Files.EvidenceRoom(ctx, coordinator(), "larvik"); err != nil || taken != 0 || w.documents("blobs") != 0 {
			t.Errorf("%d bytes of room, %d contents stay: %v", taken, w.documents("blobs"), err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { life(t, must(sqlite.Open(t.Context(), t.TempDir()))(t)) })
	t.Run("mongodb", func(t *testing.T) { life(t, must(mongodb.Open(t.Context(), mongotest.URI(t)))(t)) })
}

// Whoever may not measure adds and removes nothing; whoever is of another municipality learns of nothing, and no way of other evidence leads there.
func TestFilesOfMeasurementsStayInTheMunicipality(t *testing.T) {
	w := newWorld(t)
	ctx := w.ctx()
	b, m := w.underway()
	e, _, err := w.ShowFile(ctx, leader(), Show{Benefit: b.ID, Measurement: m.ID, Title: "Kjøreboka"}, aFile("logg.pdf", pdf))
	if err != nil {
		t.Fatal(err)
	}
	lead := org.Actor{Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
	administrator := org.Actor{Person: "p-admin", Grants: []org.Grant{{Role: org.Administrator}}}
	for _, a := range []org.Actor{lead, administrator, as(org.Coordinator, "tokke"), as(org.Leader, "tokke"), {}} {
		_, _, err := w.File(ctx, a, b.ID, m.ID, e.ID)
		wantFault(t, err, fault.NotFound, "error.benefit.unknown")
		_, _, err = w.OpenFile(ctx, a, b.ID, m.ID, e.ID)
		wantFault(t, err, fault.NotFound, "error.benefit.unknown")
		_, err = w.RemoveFile(ctx, a, b.ID, m.ID, e.ID)
		wantFault(t, err, fault.NotFound, "error.evidence.unknown")
		_, err = w.RestoreFile(ctx, a, b.ID, m.ID, e.ID)
		wantFault(t, err, fault.NotFound, "error.evidence.unknown")
		_, _, err = w.ShowFile(ctx, a, Show{Benefit: b.ID, Measurement: m.ID}, aFile("a.pdf", pdf))
		wantFault(t, err, fault.NotFound, "error.benefit.unknown")
		_, err = w.Files.ShownOf(ctx, a, "larvik", string(b.ID), "")
		wantFault(t, err, fault.Forbidden, "error.forbidden")
		_, err = w.Files.Shown(ctx, a, e.ID)
		wantFault(t, err, fault.NotFound, "error.evidence.unknown")
	}
	reads := contributor()
	_, _, err = w.ShowFile(ctx, reads, Show{Benefit: b.ID, Measurement: m.ID}, aFile("a.pdf", pdf))
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.RemoveFile(ctx, reads, b.ID, m.ID, e.ID)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	// A contributor gives evidence behind answers: by that way she gets at nothing of a measurement.
	_, err = w.Files.RemoveEvidence(ctx, reads, e.ID)
	wantFault(t, err, fault.NotFound, "error.evidence.unknown")
	_, err = w.Files.RestoreEvidence(ctx, reads, e.ID)
	wantFault(t, err, fault.NotFound, "error.evidence.unknown")
	_, _, err = w.Files.OpenEvidence(ctx, reads, e.ID)
	wantFault(t, err, fault.NotFound, "error.evidence.unknown")
	gone := must(w.Measure(ctx, leader(), Measure{Benefit: b.ID, ID: m.ID, Remove: true, Tag: m.Tag}))(t)
	_, _, err = w.ShowFile(ctx, leader(), Show{Benefit: b.ID, Measurement: gone.ID}, aFile("a.pdf", pdf))
	wantFault(t, err, fault.Conflict, "error.measurement.taken-out")
	must(w.RemoveFile(ctx, leader(), b.ID, m.ID, e.ID))(t)
	_, err = w.RestoreFile(ctx, leader(), b.ID, m.ID, e.ID)
	wantFault(t, err, fault.Conflict, "error.measurement.taken-out")
	if _, err := w.history.Relay(ctx, 500); err != nil {
		t.Fatal(err)
	}
	entries, _, err := w.history.Of(ctx, "larvik", 100, "")
	text := fmt.Sprint(entries)
	if err != nil || !strings.Contains(text, "evidence.added") || !strings.Contains(text, "evidence.removed") || strings.Contains(text, "logg") || strings.Contains(text, "Kjøreboka") {
		t.Errorf("%s %v", text, err)
	}
}

// What is wrong with a file that comes along with a new measurement is told beside it, and neither is there.
func TestAMeasurementComesWithAFile(t *testing.T) {
	w := newWorld(t)
	ctx := w.ctx()
	b, _ := w.underway()
	before := w.documents("measurements")
	put := func(file assessment.NewFile) (Measurement, error) {
		return w.Measure(ctx, leader(), Measure{Benefit: b.ID, Data: Measured{Figures: Figures{To: "2026-07-01", Value: "31"}}, Edit: "new", File: &file})
	}
	large := assessment.NewFile{Name: "a.pdf", Size: assessment.MaxEvidenceFile + 1, Content: strings.NewReader("")}
	for why, c := range map[string]struct {
		file assessment.NewFile
		key  string
	}{
		"a script in a picture": {aFile("a.svg", "<svg><script>alert(1)</script></svg>"), "error.evidence.svg"}, "empty": {aFile("a.pdf", ""), "error.evidence.empty"},
		"a path": {aFile("../a.pdf", pdf), "error.evidence.path"}, "large": {large, "error.evidence.large"}, "no room": {aFile("a.pdf", pdf+strings.Repeat("x", 2<<20)), "error.evidence.quota"},
		"a person's number": {aFile("13097248022.pdf", pdf), "error.text.person-number"},
	} {
		_, err := put(c.file)
		f, ok := err.(*fault.Error)
		if !ok || f.Code != fault.Invalid || f.Fields[0].Name != "file" || f.Fields[0].Key != c.key {
			t.Errorf("%s: %+v", why, err)
		}
		if w.documents("measurements") != before || w.documents("evidence") != 0 {
			t.Fatalf("%s: something was saved", why)
		}
	}
	m := must(put(aFile("logg.pdf", pdf)))(t)
	if again := must(put(aFile("logg.pdf", pdf)))(t); again.ID != m.ID || again.Tag != m.Tag {
		t.Errorf("sent again it is %+v", again)
	}
	if got := w.shown(b.ID, m.ID); got != "logg.pdf " || w.documents("measurements") != before+1 {
		t.Errorf("shown by %q, of %d measurements", got, w.documents("measurements"))
	}
}

// Cut off anywhere a file is there whole or not at all, and what goes on where it was cut off ends with one measurement and one file.
func TestAMeasurementAndItsFileGoOn(t *testing.T) {
	w := newWorld(t)
	ctx := w.ctx()
	b, m := w.underway()
	content := pdf + strings.Repeat("x", 600<<10) // of three chunks
	cutAfter := func(n int) {
		w.engine.BeforeWrites(func(string, string) error {
			if n--; n < 0 {
				return fmt.Errorf("%w: the test cut it off", store.ErrUnavailable)
			}
			return nil
		})
	}
	for n := 0; ; n++ {
		cutAfter(n)
		_, _, err := w.ShowFile(ctx, leader(), Show{Benefit: b.ID, Measurement: m.ID, Edit: "alone"}, aFile("a.pdf", content))
		w.engine.BeforeWrites(nil)
		if err == nil {
			if got := w.shown(b.ID, m.ID); got != "a.pdf " || n < 6 {
				t.Errorf("%q after %d writes", got, n)
			}
			break
		}
		if got := w.shown(b.ID, m.ID); got != "" {
			t.Fatalf("after %d writes half of it is there: %q", n, got)
		}
		w.advance(store.BlobGrace + time.Minute)
		must(w.Files.SweepFiles(ctx))(t)
		if taken, _, _ := w.Files.EvidenceRoom(ctx, leader(), "larvik"); taken != 0 || w.documents("blobs")+w.documents("blob_chunks")+w.documents("blob_uploads") != 0 {
			t.Fatalf("after %d writes something is left", n)
		}
	}
	put := func(edit string) (Measurement, error) {
		file := aFile("b.pdf", content+edit)
		return w.Measure(ctx, leader(), Measure{Benefit: b.ID, Data: Measured{Figures: Figures{To: "2026-07-01", Value: "31"}}, Edit: edit, File: &file})
	}
	for n := 0; ; n++ {
		before, files := w.documents("measurements"), w.documents("evidence")
		edit := fmt.Sprint("cut ", n)
		cutAfter(n)
		_, err := put(edit)
		w.engine.BeforeWrites(nil)
		if files != w.documents("evidence") && err != nil || w.documents("measurements") == before && files != w.documents("evidence") {
			t.Fatalf("after %d writes a file is there without its measurement", n)
		}
		whole := must(put(edit))(t)
		if got := w.shown(b.ID, whole.ID); got != "b.pdf " || w.documents("measurements") != before+1 || w.documents("evidence") != files+1 {
			t.Fatalf("gone on after %d writes: %q", n, got)
		}
		must(w.RemoveFile(ctx, leader(), b.ID, whole.ID, must(w.FilesOf(ctx, leader(), b.ID))(t)[whole.ID][0].ID))(t)
		w.advance(assessment.EvidenceKept + store.BlobGrace)
		if err := w.Relay(ctx); err != nil {
			t.Fatal(err)
		}
		if err == nil {
			break
		}
		if _, err := w.Files.SweepEvidence(ctx, w.Now(), 10); err != nil {
			t.Fatal(err)
		}
		must(w.Files.SweepFiles(ctx))(t)
	}
}

// What a file shows stays with the version it came with: a correction of the figures leaves it behind, one of the words does not, and undone it is as it
// was. A batch that is undone takes its measurements out with their files, and back.
func TestAFileStaysWithItsVersion(t *testing.T) {
	w := newWorld(t)
	ctx := w.ctx()
	b, m := w.underway()
	e, _, err := w.ShowFile(ctx, leader(), Show{Benefit: b.ID, Measurement: m.ID}, aFile("a.pdf", pdf))
	if err != nil {
		t.Fatal(err)
	}
	correct := func(d Measured) {
		t.Helper()
		m = must(w.Measure(ctx, leader(), Measure{Benefit: b.ID, ID: m.ID, Data: d, Tag: m.Tag}))(t)
	}
	d := m.Stands().Measured
	d.Note = "Uten helgene."
	correct(d)
	if !m.Says(e.Shows.Version) {
		t.Error("a note makes the file one of another figure")
	}
	d.Value = "30"
	correct(d)
	if m.Says(e.Shows.Version) {
		t.Error("the file is said to show a figure that came after it")
	}
	late, _, err := w.ShowFile(ctx, leader(), Show{Benefit: b.ID, Measurement: m.ID}, aFile("b.pdf", pdf+"b"))
	if err != nil || late.Shows.Version != 3 || !m.Says(late.Shows.Version) {
		t.Errorf("%+v %v", late.Shows, err)
	}
	m = must(w.Undo(ctx, leader(), b.ID, m.ID, m.Tag, ""))(t)
	if !m.Says(e.Shows.Version) || m.Says(late.Shows.Version) {
		t.Error("undone, the files show something else than before")
	}
	d.Value, d.People = "30", 3
	correct(d)
	if !m.FewIn(e.Shows.Version) {
		t.Error("figures of few people, and the file may leave")
	}

	rapid.Check(t, func(t *rapid.T) {
		var x Measurement
		for range rapid.IntRange(1, 6).Draw(t, "versions") {
			x.Versions = append(x.Versions, Version{Measured: Measured{Figures: Figures{To: "2026-06-01", Value: Number(rapid.SampledFrom([]string{"1", "2"}).Draw(t, "value"))}}})
		}
		n := len(x.Versions)
		says := func() (all []bool) {
			for v := range n {
				all = append(all, x.Says(v+1))
			}
			return all
		}
		before := says()
		if !x.Says(n) || x.Says(0) || x.Says(n+1) {
			t.Fatalf("%+v", before)
		}
		d := x.Stands()
		d.Value = "3"
		x.Versions = append(x.Versions, d)
		if after := says(); slices.Contains(after, true) {
			t.Fatalf("corrected: %v", after)
		}
		x.undo("p", start)
		if after := says(); !slices.Equal(before, after) {
			t.Fatalf("undone: %v, before %v", after, before)
		}
	})

	batch := Batch{Municipality: "larvik", Lines: []Line{{Benefit: b.ID, Measured: measured("28", "2026-08-01")}}}
	if _, err := w.SaveAll(ctx, leader(), SaveBatch{Batch: batch, Seen: []string{""}, Edit: "import"}); err != nil {
		t.Fatal(err)
	}
	figures := must(w.Benefit(ctx, leader(), b.ID))(t).Measured()
	brought := figures[len(figures)-1].ID
	if _, _, err := w.ShowFile(ctx, leader(), Show{Benefit: b.ID, Measurement: brought}, aFile("c.pdf", pdf)); err != nil {
		t.Fatal(err)
	}
	if n, err := w.UndoAll(ctx, leader(), "larvik", "import"); err != nil || n != 1 {
		t.Fatalf("%d undone, %v", n, err)
	}
	_, taken, err := w.Measurement(ctx, leader(), b.ID, brought)
	if err != nil || !taken.Stands().Removed || w.shown(b.ID, brought) != "c.pdf " {
		t.Errorf("%+v is shown by %q, %v", taken.Stands(), w.shown(b.ID, brought), err)
	}
	must(w.Undo(ctx, leader(), b.ID, brought, taken.Tag, ""))(t)
	if got := w.shown(b.ID, brought); got != "c.pdf " {
		t.Errorf("put back it is shown by %q", got)
	}
}
