package assessment

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
	"helhet/internal/store/sqlite"
	"helhet/org"

	"pgregory.net/rapid"
)

// packedFile is a ZIP of parts, in their order.
func packedFile(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		to, err := w.Create(parts[i])
		if err == nil {
			_, err = io.WriteString(to, parts[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func wordFile(t testing.TB, more ...string) []byte {
	types := `<Types><Override PartName="/word/document.xml" ContentType="` + string(FileDOCX) + `.main+xml"/></Types>`
	return packedFile(t, append([]string{"[Content_Types].xml", types, "word/document.xml", "<document/>"}, more...)...)
}

const pdf = "%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"

func given(name, content string) NewFile {
	return NewFile{name, int64(len(content)), strings.NewReader(content)}
}

func forX(r RoundID, edit string) AddEvidence {
	return AddEvidence{Round: r, Municipality: "larvik", Task: "x", Question: "x.d1", Title: "Rutinen", Edit: edit}
}

// What a file is follows from its content. What is not taken is refused beside the field, with the reason.
func TestFileTypes(t *testing.T) {
	bomb := func() []byte {
		return wordFile(t, "word/media/a.bmp", strings.Repeat("\x00", 64<<20))
	}
	// One that says it is smaller than it is: the size stands in the list at the end, behind the sum.
	lying := bomb()
	at := bytes.LastIndex(lying, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(lying[at+24:], 1000)
	macro := strings.Replace(string(FileDOCX), "openxmlformats-officedocument.wordprocessingml.document", "ms-word.document.macroEnabled", 1)
	for name, c := range map[string]struct {
		content string
		want    FileType
		refused string
	}{
		"a PDF":               {pdf, FilePDF, ""},
		"a PNG":               {"\x89PNG\x0D\x0A\x1A\x0A....", FilePNG, ""},
		"a JPEG":              {"\xFF\xD8\xFF\xE0....", FileJPEG, ""},
		"a GIF":               {"GIF89a....", FileGIF, ""},
		"a WebP":              {"RIFF\x04\x00\x00\x00WEBPVP8 ....", FileWebP, ""},
		"Word":                {string(wordFile(t)), FileDOCX, ""},
		"LibreOffice":         {string(packedFile(t, "mimetype", string(FileODS), "content.xml", "<x/>")), FileODS, ""},
		"an SVG":              {`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "", "error.evidence.svg"},
		"HTML":                {"<html><script>alert(1)</script>", "", "error.evidence.type"},
		"a program":           {"MZ\x90\x00" + strings.Repeat("\x00", 60), "", "error.evidence.type"},
		"text":                {"Bare tekst.", "", "error.evidence.type"},
		"old Office":          {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....", "", "error.evidence.old-office"},
		"Word with macros":    {string(packedFile(t, "[Content_Types].xml", `<Override ContentType="`+macro+`.main+xml"/>`)), "", "error.evidence.macro"},
		"Word that hides one": {string(wordFile(t, "word/vbaProject.bin", "x")), "", "error.evidence.macro"},
		"LibreOffice, macros": {string(packedFile(t, "mimetype", string(FileODT), "Basic/Standard/Module1.xml", "x")), "", "error.evidence.macro"},
		"some ZIP":            {string(packedFile(t, "a.exe", "x")), "", "error.evidence.type"},
		"a ZIP bomb":          {string(bomb()), "", "error.evidence.bomb"},
		"one that lies":       {string(lying), "", "error.evidence.damaged"},
		"a path in a ZIP":     {string(wordFile(t, "../../etc/passwd", "x")), "", "error.evidence.damaged"},
		"half a ZIP":          {string(wordFile(t)[:200]), "", "error.evidence.damaged"},
		"a ZIP behind a ZIP":  {string(wordFile(t)) + string(wordFile(t)), "", "error.evidence.damaged"},
	} {
		got, err := fileTypeOf("test", strings.NewReader(c.content), int64(len(c.content)))
		if c.refused == "" && (got != c.want || err != nil) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
		if c.refused != "" {
			if f := wantFault(t, err, fault.Invalid, c.refused); f != nil && (len(f.Fields) != 1 || f.Fields[0].Name != "file") {
				t.Errorf("%s: %+v", name, f.Fields)
			}
		}
	}
	parts := make([]string, 0, 60_000)
	for i := range 30_000 {
		parts = append(parts, fmt.Sprintf("word/%d.xml", i), "")
	}
	_, err := fileTypeOf("test", bytes.NewReader(packedFile(t, parts...)), int64(len(packedFile(t, parts...))))
	wantFault(t, err, fault.Invalid, "error.evidence.bomb")
}

// Whatever bytes come: a kind with an ending, or a reason beside the field.
func FuzzFileType(f *testing.F) {
	for _, content := range [][]byte{[]byte(pdf), wordFile(f), packedFile(f, "mimetype", string(FileODT)), wordFile(f)[:150], []byte("PK\x05\x06" + strings.Repeat("\xff", 18))} {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		kind, err := fileTypeOf("test", bytes.NewReader(content), int64(len(content)))
		if err == nil && len(kind.Endings()) == 0 || err != nil && fault.CodeOf(err) != fault.Invalid {
			t.Fatalf("%q, %v", kind, err)
		}
	})
}

// A name is refused when it is a path, and harms nowhere otherwise.
func TestFileNames(t *testing.T) {
	for name, want := range map[string]string{
		"rutine.pdf": "rutine.pdf", " rutine .pdf": "rutine .pdf", "a\x00b\r\n.pdf": "ab.pdf", "rutine\u202Efdp.exe": "rutinefdp.exe.pdf", "A\u030Apne.PDF": "\u00C5pne.PDF", "A\x00\u030Apne.PDF": "\u00C5pne.PDF", "...": "",
		"../rutine.pdf": "", `C:\rutine.pdf`: "", "rutine": "rutine.pdf", strings.Repeat("å", 200) + ".pdf": strings.Repeat("å", 111) + ".pdf", strings.Repeat("å", 200): strings.Repeat("å", 115) + ".pdf", "a\xff.pdf": "",
	} {
		f := &fault.Error{}
		got := cleanFileName(f, name)
		if got != "" {
			got = FilePDF.named(got)
		}
		if got != want || (want == "") != (len(f.Fields) == 1) {
			t.Errorf("%q becomes %q, %+v", name, got, f.Fields)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		f, name := &fault.Error{}, rapid.String().Draw(t, "name")
		got := cleanFileName(f, name)
		if len(f.Fields) > 0 {
			return
		}
		if again := cleanFileName(f, got); again != got && utf8.RuneCountInString(got) < MaxEvidenceName-5 || utf8.RuneCountInString(FileXLSX.named(got)) > MaxEvidenceName || strings.ContainsAny(got, "/\\\x00\n\r") || got == "" {
			t.Fatalf("%q becomes %q, then %q", name, got, again)
		}
	})
}

// A link leads to a page, and holds no password.
func TestLinks(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Vår 2026")
	for link, key := range map[string]string{
		"": "error.evidence.link.none", "javascript:alert(1)": "error.evidence.link", "ftp://x.no/a": "error.evidence.link", "https://": "error.evidence.link", "/rutine": "error.evidence.link",
		"https://kari:hemmelig@x.no/": "error.evidence.link.password", "https://x.no/a b": "error.evidence.link", "https://x.no/" + strings.Repeat("a", 2000): "error.text.long",
	} {
		_, _, err := w.service.AddLink(w.ctx(), contributor("larvik"), forX(r.ID, ""), link)
		if f := wantFault(t, err, fault.Invalid, "error.evidence"); f != nil && (len(f.Fields) != 1 || f.Fields[0].Key != key || f.Fields[0].Name != "link") {
			t.Errorf("%q: %+v", link, f.Fields)
		}
	}
	_, _, err := w.service.AddLink(w.ctx(), contributor("larvik"), AddEvidence{Round: r.ID, Municipality: "larvik", Task: "x", Title: "Gjelder 13097248022"}, "https://x.no")
	wantFault(t, err, fault.Invalid, "error.text.person-number")
	if n := len(w.stored("evidence")); n != 0 {
		t.Errorf("%d pieces are stored", n)
	}
}

// The life of evidence on both engines: added once however often it is sent, listed, read, removed, brought back, swept with its content, and
// gone with its municipality, while a neighbour keeps the same content.
func TestLifeOfEvidence(t *testing.T) {
	life := func(t *testing.T, engine store.Engine) {
		w := worldOn(t, engine, 2)
		r := w.open("Vår 2026")
		ctx, kari := w.ctx(), contributor("larvik")
		link, made, err := w.service.AddLink(ctx, kari, forX(r.ID, "e1"), " https://larvik.kommune.no/rutine ")
		again, remade, err2 := w.service.AddLink(ctx, kari, forX(r.ID, "e1"), "https://larvik.kommune.no/rutine")
		if err != nil || err2 != nil || !made || remade || link.ID != again.ID || link.Link != "https://larvik.kommune.no/rutine" {
			t.Fatalf("%+v %v, %v %v", link, err, remade, err2)
		}
		w.advance(time.Second)
		file, made, err := w.service.AddFile(ctx, kari, forX(r.ID, "e2"), given("rutine.exe", pdf))
		again, remade, err2 = w.service.AddFile(ctx, kari, forX(r.ID, "e2"), given("rutine.exe", pdf))
		if err != nil || err2 != nil || !made || remade || file.ID != again.ID || file.File.Name != "rutine.exe.pdf" || file.File.Scan != ScanNone {
			t.Fatalf("%+v %v, %v %v", file, err, remade, err2)
		}
		theirs := must3(w.service.AddFile(ctx, contributor("tokke"), AddEvidence{Round: r.ID, Municipality: "tokke", Task: "z"}, given("samme.pdf", pdf)))(t)
		read := func() string {
			_, content, err := w.service.OpenEvidence(ctx, as(org.Leader, "larvik"), file.ID)
			if err != nil {
				return string(fault.CodeOf(err))
			}
			return string(must(io.ReadAll(content))(t))
		}
		if got := read(); got != pdf {
			t.Errorf("the file reads %q", got)
		}
		list := func(task catalogue.TaskKey) (ids string) {
			all, _, err := w.service.EvidenceFor(ctx, kari, r.ID, "larvik", task, 100, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range all {
				ids += " " + string(e.ID)
			}
			return ids
		}
		both := " " + string(link.ID) + " " + string(file.ID)
		if list("x") != both || list("") != both || list("y") != "" {
			t.Errorf("listed: %q %q %q", list("x"), list(""), list("y"))
		}
		own := must(w.service.Contributions(ctx, kari, []org.MunicipalityID{"larvik"}))(t)
		if len(own) != 1 || own[0].EvidenceCount != 2 || len(own[0].Evidence) != 2 {
			t.Errorf("hers: %+v", own)
		}
		former := org.Actor{Person: kari.Person}
		if own := must(w.service.Contributions(ctx, former, []org.MunicipalityID{"larvik"}))(t); len(own) != 1 || own[0].EvidenceCount != 2 || own[0].Evidence != nil {
			t.Errorf("hers when she has left: %+v", own)
		}

		must(w.service.RemoveEvidence(ctx, kari, file.ID))(t)
		if list("x") != " "+string(link.ID) || read() != string(fault.NotFound) {
			t.Errorf("removed, and listed %q, read %q", list("x"), read())
		}
		must(w.service.RestoreEvidence(ctx, coordinator("larvik"), file.ID))(t)
		if list("x") != both || read() != pdf {
			t.Error("it is not brought back")
		}
		must(w.service.RemoveEvidence(ctx, kari, file.ID))(t)
		w.relay()
		w.advance(EvidenceKept + time.Minute)
		sweep := func() {
			t.Helper()
			must(w.service.SweepEvidence(ctx, w.service.now().Add(-EvidenceKept), 10))(t)
			must(w.service.SweepFiles(ctx))(t)
		}
		sweep()
		if room := w.roomOf("larvik"); len(w.stored("evidence")) != 2 || room != "" {
			t.Errorf("%d pieces, room for %s", len(w.stored("evidence")), room)
		}
		if got := must(w.service.referenced(ctx, []store.BlobID{theirs.File.Blob}))(t); !got[theirs.File.Blob] || len(w.stored("blobs")) != 1 {
			t.Errorf("the neighbour's content is gone: %v", got)
		}
		if err := w.service.DeleteOf(ctx, org.SystemActor("test"), "tokke", FiguresNamed); err == nil { // its event waits
			t.Log("nothing waited")
		}
		w.relay()
		if err := w.service.DeleteOf(ctx, org.SystemActor("test"), "tokke", FiguresNamed); err != nil {
			t.Fatal(err)
		}
		if len(w.stored("evidence")) != 1 || len(w.stored("blobs")) != 0 || len(w.stored("blob_chunks")) != 0 {
			t.Errorf("%d pieces, %d blobs, %d chunks", len(w.stored("evidence")), len(w.stored("blobs")), len(w.stored("blob_chunks")))
		}
	}
	t.Run("sqlite", func(t *testing.T) { life(t, must(sqlite.Open(t.Context(), t.TempDir()))(t)) })
	t.Run("mongodb", func(t *testing.T) { life(t, must(mongodb.Open(t.Context(), mongotest.URI(t)))(t)) })
}

// roomOf tells the places that a municipality's files have.
func (w *world) roomOf(m org.MunicipalityID) (all string) {
	w.t.Helper()
	doc, err := w.service.room.Get(w.ctx(), string(m))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		w.t.Fatal(err)
	}
	for _, f := range doc.Value.Files {
		all += fmt.Sprintf("%d%t ", f.Size, f.Removed)
	}
	return all
}

// Whoever may not answer adds nothing, and whoever may not read the answers sees nothing, not even that it is there.
func TestEvidenceStaysInTheMunicipality(t *testing.T) {
	w := newWorld(t, 2)
	r := w.open("Vår 2026")
	ctx := w.ctx()
	e := must3(w.service.AddFile(ctx, contributor("larvik"), forX(r.ID, "e"), given("a.pdf", pdf)))(t)
	administrator := org.Actor{Person: "p-admin", Grants: []org.Grant{{Role: org.Administrator}}}
	reader, auditor := org.Actor{Person: "p-reader", Grants: []org.Grant{{Role: org.NationalReader}}}, org.Actor{Person: "p-auditor", Grants: []org.Grant{{Role: org.Auditor}}}
	for _, a := range []org.Actor{lead(), administrator, reader, auditor, contributor("tokke"), as(org.Leader, "tokke"), {}} {
		_, err := w.service.Evidence(ctx, a, e.ID)
		wantFault(t, err, fault.NotFound, "error.evidence.unknown")
		_, _, err = w.service.OpenEvidence(ctx, a, e.ID)
		wantFault(t, err, fault.NotFound, "error.evidence.unknown")
		_, _, err = w.service.EvidenceFor(ctx, a, r.ID, "larvik", "", 10, "")
		wantFault(t, err, fault.Forbidden, "error.forbidden")
		wantFault(t, w.service.EachEvidenceOf(ctx, a, "larvik", nil), fault.Forbidden, "error.forbidden")
		_, err = w.service.RemoveEvidence(ctx, a, e.ID)
		wantFault(t, err, fault.NotFound, "error.evidence.unknown")
		_, err = w.service.RestoreEvidence(ctx, a, e.ID)
		wantFault(t, err, fault.NotFound, "error.evidence.unknown")
	}
	leader := as(org.Leader, "larvik")
	_, err := w.service.RemoveEvidence(ctx, leader, e.ID)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	for _, a := range []org.Actor{lead(), administrator, contributor("tokke"), leader} {
		_, _, err := w.service.AddFile(ctx, a, forX(r.ID, ""), given("a.pdf", pdf))
		wantFault(t, err, fault.Forbidden, "error.forbidden")
		_, _, err = w.service.AddLink(ctx, a, forX(r.ID, ""), "https://x.no")
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
	for _, add := range []AddEvidence{{Task: "x", Question: "z.d1"}, {Task: "x", Question: "nei"}, {Task: "nei"}} {
		add.Round, add.Municipality = r.ID, "larvik"
		if _, _, err := w.service.AddLink(ctx, contributor("larvik"), add, "https://x.no"); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%+v: %v", add, err)
		}
	}
	w.relay()
	entries, _, err := w.history.Of(ctx, "larvik", 100, "")
	if err != nil || len(entries) == 0 || entries[0].Type != "evidence.added" || strings.Contains(fmt.Sprint(entries), "a.pdf") || strings.Contains(fmt.Sprint(entries), "Rutinen") {
		t.Errorf("%v %v", entries, err)
	}
	if n := len(w.stored("evidence")); n != 1 {
		t.Errorf("%d pieces", n)
	}
	w.handIn(r.ID, "larvik")
	_, _, err = w.service.AddLink(ctx, contributor("larvik"), forX(r.ID, ""), "https://x.no")
	wantFault(t, err, fault.Conflict, "error.assessment.handed-in")
	_, err = w.service.RemoveEvidence(ctx, contributor("larvik"), e.ID)
	wantFault(t, err, fault.Conflict, "error.assessment.handed-in")
}

// The room is counted without reading the files: those that stand fill it, what is removed leaves it, and what comes back wants it again. Two who
// add at once never pass the limit together.
func TestRoomForFiles(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Vår 2026")
	w.service.quota, w.other.quota = 100, 100
	ctx, kari := w.ctx(), contributor("larvik")
	add := func(s *Service, edit string, size int) (Evidence, error) {
		e, _, err := s.AddFile(ctx, kari, forX(r.ID, edit), given("a.pdf", pdf+strings.Repeat(edit, size-len(pdf))))
		return e, err
	}
	a := must(add(w.service, "a", 60))(t)
	_, err := add(w.service, "b", 50)
	if f := wantFault(t, err, fault.Invalid, "error.evidence.quota"); f != nil && f.Fields[0].Name != "file" {
		t.Errorf("%+v", f)
	}
	must(w.service.RemoveEvidence(ctx, kari, a.ID))(t)
	b := must(add(w.service, "b", 70))(t)
	_, err = w.service.RestoreEvidence(ctx, kari, a.ID)
	wantFault(t, err, fault.Invalid, "error.evidence.quota")
	must(w.service.RemoveEvidence(ctx, kari, b.ID))(t)
	_, err = add(w.service, "c", 71) // with what can be brought back this would be over twice the room
	wantFault(t, err, fault.Invalid, "error.evidence.quota")
	must(w.service.RestoreEvidence(ctx, kari, a.ID))(t)
	if got := w.roomOf("larvik"); got != "70true 60false " {
		t.Errorf("the room holds %s", got)
	}
	var other error
	w.beforeWrite(1, func() { _, other = add(w.other, "d", 40) }, func() { _, err = add(w.service, "e", 40) })
	if (err == nil) == (other == nil) {
		t.Errorf("of two, %v and %v", err, other)
	}
	if got := w.roomOf("larvik"); got != "70true 60false 40false " {
		t.Errorf("the room holds %s", got)
	}
}

// A file whose way was cut off anywhere is not there at all, and what it left is swept.
func TestFileIsThereWholeOrNotAtAll(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Vår 2026")
	ctx, kari := w.ctx(), contributor("larvik")
	content := pdf + strings.Repeat("x", 600<<10) // of three chunks
	for n := 0; ; n++ {
		w.engine.BeforeWrites(failAfter(n))
		_, _, err := w.service.AddFile(ctx, kari, forX(r.ID, "e"), given("a.pdf", content))
		w.engine.BeforeWrites(nil)
		all, _, listErr := w.service.EvidenceFor(ctx, kari, r.ID, "larvik", "x", 10, "")
		if listErr != nil {
			t.Fatal(listErr)
		}
		if err == nil {
			if len(all) != 1 || n < 6 {
				t.Errorf("%d pieces after %d writes", len(all), n)
			}
			break
		}
		if len(all) != 0 {
			t.Fatalf("after %d writes half of it is there", n)
		}
		w.advance(store.BlobGrace + time.Minute)
		must(w.service.SweepFiles(ctx))(t)
		if got := w.roomOf("larvik"); got != "" || len(w.stored("blobs"))+len(w.stored("blob_chunks"))+len(w.stored("blob_uploads")) != 0 {
			t.Fatalf("after %d writes something is left: room %s, %d blobs, %d chunks", n, got, len(w.stored("blobs")), len(w.stored("blob_chunks")))
		}
	}
	w.advance(store.BlobGrace + time.Minute)
	must(w.service.SweepFiles(ctx))(t)
	if len(w.stored("blobs")) != 1 || w.roomOf("larvik") == "" {
		t.Error("the sweep takes a file that stands")
	}
}

// scannerOf is a scanner that finds what it is told to.
type scannerOf struct {
	mu    sync.Mutex
	found string
	err   error
	seen  int
}

func (s *scannerOf) Scan(_ context.Context, content io.Reader) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen++
	_, err := io.Copy(io.Discard, content)
	return s.found, errors.Join(err, s.err)
}

// Where files are looked through nobody gets one before; what does harm is refused when it comes, and deleted when it is found later.
func TestFilesAreHeldBack(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Vår 2026")
	ctx, kari := w.ctx(), contributor("larvik")
	before := must3(w.service.AddFile(ctx, kari, forX(r.ID, "before"), given("før.pdf", pdf)))(t)
	scanner := &scannerOf{}
	w.service.scanner = scanner
	state := func(id EvidenceID) string {
		e := must(w.service.Evidence(ctx, kari, id))(t)
		_, _, err := w.service.OpenEvidence(ctx, kari, id)
		return fmt.Sprint(e.File.Scan, " ", fault.CodeOf(err))
	}
	if got := state(before.ID); got != "unscanned conflict" {
		t.Errorf("one from before: %s", got)
	}
	clean := must3(w.service.AddFile(ctx, kari, forX(r.ID, "clean"), given("a.pdf", pdf+"a")))(t)
	if got := state(clean.ID); got != "clean " {
		t.Errorf("a clean one: %s", got)
	}
	scanner.found = "Eicar-Test-Signature"
	_, _, err := w.service.AddFile(ctx, kari, forX(r.ID, "bad"), given("b.pdf", pdf+"b"))
	if f := wantFault(t, err, fault.Invalid, "error.evidence.infected"); f != nil && f.Fields[0].Name != "file" || len(w.stored("evidence")) != 2 || len(w.stored("blobs")) != 2 {
		t.Errorf("%+v, %d pieces, %d blobs", f, len(w.stored("evidence")), len(w.stored("blobs")))
	}
	scanner.found, scanner.err = "", errors.New("nobody answers")
	var waiting []EvidenceID
	for i := range 4 {
		e := must3(w.service.AddFile(ctx, kari, forX(r.ID, fmt.Sprint("waits", i)), given("c.pdf", pdf+fmt.Sprint(i))))(t)
		waiting = append(waiting, e.ID)
		w.advance(time.Second)
	}
	if got := state(waiting[0]); got != "waiting conflict" {
		t.Errorf("one that waits: %s", got)
	}
	told, telling := map[EvidenceID]int{}, error(nil)
	tell := func(_ context.Context, e Evidence) error {
		if at := must(w.service.Evidence(ctx, kari, e.ID))(t); at.File.Scan == ScanInfected {
			t.Error("told after it was noted")
		}
		told[e.ID]++
		return telling
	}
	run := func() string {
		t.Helper()
		clean, infected, failed, err := w.service.ScanEvidence(ctx, org.SystemActor("scan-files"), 10, tell)
		return fmt.Sprint(clean, infected, failed, err)
	}
	scanner.seen = 0
	if got := run(); got != "0 0 3 <nil>" || scanner.seen != 3 {
		t.Errorf("with nobody to ask: %s, asked %d times", got, scanner.seen)
	}
	if a, b := state(waiting[0]), state(waiting[3]); a != "failed conflict" || b != "waiting conflict" {
		t.Errorf("then %s and %s", a, b)
	}
	scanner.err, scanner.found = nil, "Eicar-Test-Signature"
	w.advance(time.Second)
	telling = errors.New("no outbox")
	if got := run(); got != "0 0 0 no outbox" || len(told) != 1 {
		t.Errorf("with nobody told: %s, %v", got, told)
	}
	telling = nil
	if got := run(); got != "0 5 0 <nil>" || len(told) != 5 {
		t.Errorf("found in all: %s, told of %v", got, told)
	}
	if got := state(waiting[3]); got != "infected conflict" || w.roomOf("larvik") != fmt.Sprintf("%dfalse ", clean.File.Size) {
		t.Errorf("an infected one: %s, room %s", got, w.roomOf("larvik"))
	}
	w.advance(store.BlobGrace + time.Minute)
	must(w.service.SweepFiles(ctx))(t)
	if len(w.stored("blobs")) != 1 {
		t.Errorf("%d blobs stay", len(w.stored("blobs")))
	}
	if got := run(); got != "0 0 0 <nil>" {
		t.Errorf("with nothing to do: %s", got)
	}
	_, _, _, err = w.service.ScanEvidence(ctx, kari, 10, tell)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
}
