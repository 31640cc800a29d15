package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"helhet/assessment/catalogue"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

const (
	theModel  = "helhetlig-tjenestemodell-1"
	testModel = "assessment/catalogue/testdata/trygg-hverdag-" // and its version
)

// must runs the program, which is to succeed, and gives what it printed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := result(t, nil, args...)
	if code != exitOK || stderr != "" {
		t.Fatalf("%v: code %d: %s%s", args, code, stdout, stderr)
	}
	return stdout
}

// tree reads a folder's files by their names in it.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// testModels copies both versions of the small model to a folder of their own, and gives that.
func testModels(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, version := range []string{"1", "2"} {
		if err := os.CopyFS(filepath.Join(dir, "trygg-hverdag-"+version), os.DirFS(testModel+version)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// edit changes a file; what is changed must stand in it once.
func edit(t *testing.T, file, old, new string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(data), old) != 1 {
		t.Fatalf("%q stands %d times in %s", old, strings.Count(string(data), old), file)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(data), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// editBook changes a workbook, as one does in Excel.
func editBook(t *testing.T, file string, change func(*excelize.File) error) {
	t.Helper()
	f, err := excelize.OpenFile(file)
	if err != nil {
		t.Fatal(err)
	}
	err = change(f)
	data, broken := f.WriteToBuffer()
	if err := errors.Join(err, broken, f.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The model in use goes out as a folder and as a workbook, and comes back from each as what it was.
func TestAQuestionnaireGoesOutAndComesBack(t *testing.T) {
	all, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	folder, book, back := filepath.Join(dir, theModel), filepath.Join(dir, "model.XLSX"), filepath.Join(dir, "back")
	must(t, "catalogue", "export", theModel, "--to", folder)
	must(t, "catalogue", "export", folder, "--to", book)
	must(t, "catalogue", "import", book, "--to", back)
	if first, last := tree(t, folder), tree(t, back); len(first) < 30 || !maps.Equal(first, last) {
		t.Errorf("%d files went out, and %d others came back", len(first), len(last))
	}
	want := "ok: helhetlig-tjenestemodell-1, in use: 6 areas, 24 tasks, 96 questions, 55 words, 3 cases, in nb, nn and en\n" +
		"structure " + all[theModel].StructureHash + "\nwording   " + all[theModel].WordingHash + "\n"
	for name, more := range map[string]string{folder: "", book: "", theModel: "", back: "to be part of the program, the folder must be called helhetlig-tjenestemodell-1\n"} {
		if got := must(t, "catalogue", "validate", name); got != want+more {
			t.Errorf("%s: %s", name, got)
		}
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 3 {
		t.Errorf("what is written leaves something beside: %v", names)
	}
}

// Every fault is told at once, where it is, and the program fails; an older version is found beside.
func TestFaultsOfAQuestionnaire(t *testing.T) {
	dir := testModels(t)
	second := filepath.Join(dir, "trygg-hverdag-2")
	if got := must(t, "catalogue", "validate", second); !strings.HasPrefix(got, "ok: trygg-hverdag-2, a draft: 2 areas, 3 tasks, 7 questions, 1 words, 1 cases") {
		t.Error(got)
	}
	edit(t, filepath.Join(second, "catalogue.yaml"), "  gone: [besok.utstyr]\n", "")
	faults := func(name string, want ...string) {
		t.Helper()
		code, stdout, stderr := result(t, nil, "catalogue", "validate", name)
		lines := strings.Split(strings.TrimSpace(stdout), "\n")
		if code != exitFailed || !strings.HasPrefix(stderr, "helhet: "+name+" has ") || len(lines) != len(want) {
			t.Errorf("code %d, %d faults: %s%s", code, len(lines), stdout, stderr)
		}
		for _, w := range want {
			if !slices.ContainsFunc(lines, regexp.MustCompile("^"+w).MatchString) {
				t.Errorf("no line %q in\n%s", w, stdout)
			}
		}
	}
	faults(second, regexp.QuoteMeta(filepath.Join(second, "catalogue.yaml"))+`:\d+: question "besok.utstyr" of trygg-hverdag-1 goes nowhere: say what comes from it, or that it is gone$`)

	first := filepath.Join(dir, "trygg-hverdag-1")
	edit(t, filepath.Join(first, "nn/natt.yaml"), `short: "Nattilsyn"`, `short: "Nattilsyn på alle rom i huset"`)
	edit(t, filepath.Join(first, "en/hjem.yaml"), `  alarm:`, "  alarms: {}\n  alarm:")
	if err := os.Rename(filepath.Join(first, "targets/natt.yaml"), filepath.Join(first, "targets/natt.yml")); err != nil {
		t.Fatal(err)
	}
	at := func(file string) string { return regexp.QuoteMeta(filepath.Join(first, file)) }
	faults(first,
		at("nn/natt.yaml")+`:7: the short name of task tilsyn is 29 characters long, at most 22 fit$`,
		at("en/hjem.yaml")+`:5: task "alarms" is not in this area in catalogue.yaml$`,
		at("targets/natt.yaml")+`: the targets of area "natt" are missing$`,
		at("targets/natt.yml")+`: nothing reads this file`)
	code, stdout, stderr := result(t, nil, "catalogue", "export", first, "--to", filepath.Join(dir, "out"))
	if code != exitFailed || stdout != "" || !strings.Contains(stderr, "has 4 faults:\n") || strings.Count(stderr, "\n") != 5 {
		t.Errorf("exported: code %d: %s%s", code, stdout, stderr)
	}
	// What is no help as an older version says so, where one is wanted.
	code, stdout, _ = result(t, nil, "catalogue", "validate", second)
	if code != exitFailed || !strings.Contains(stdout, "trygg-hverdag-1, which the mapping leads to, is not known") || !strings.Contains(stdout, first+" is no help: ") {
		t.Errorf("code %d: %s", code, stdout)
	}

	// Two that map from each other end somewhere.
	circle := testModels(t)
	first, other := filepath.Join(circle, "trygg-hverdag-1"), filepath.Join(circle, "annen-1")
	if err := os.CopyFS(other, os.DirFS(first)); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(other, "catalogue.yaml"), "id: trygg-hverdag\n", "id: annen\nmapping: {from: trygg-hverdag-1}\n")
	edit(t, filepath.Join(first, "catalogue.yaml"), "id: trygg-hverdag\n", "id: trygg-hverdag\nmapping: {from: annen-1}\n")
	faults(first, regexp.QuoteMeta(filepath.Join(first, "catalogue.yaml"))+":3: the mapping goes in a circle: trygg-hverdag-1 → annen-1 → trygg-hverdag-1$")
	// Nor does a circle of three say more than that, in folders or in a workbook, nor what leads into one.
	three := t.TempDir()
	for _, x := range []struct{ id, from string }{{"aa", "bb"}, {"bb", "cc"}, {"cc", "aa"}, {"dd", "aa"}} {
		folder := filepath.Join(three, x.id+"-1")
		if err := os.CopyFS(folder, os.DirFS(testModel+"1")); err != nil {
			t.Fatal(err)
		}
		edit(t, filepath.Join(folder, "catalogue.yaml"), "id: trygg-hverdag\n", "id: "+x.id+"\nmapping: {from: "+x.from+"-1}\n")
	}
	for name, circle := range map[string]string{"aa-1": "aa-1 → bb-1 → cc-1 → aa-1", "bb-1": "bb-1 → cc-1 → aa-1 → bb-1", "dd-1": "aa-1 → bb-1 → cc-1 → aa-1"} {
		file := filepath.Join(three, name)
		faults(file, regexp.QuoteMeta(filepath.Join(file, "catalogue.yaml"))+":3: the mapping goes in a circle: "+circle+"$")
	}
	// Two versions whose mapping is turned: the circle stands first, and what is wrong with the version itself after it.
	turned := testModels(t)
	second, older := filepath.Join(turned, "trygg-hverdag-2"), filepath.Join(turned, "trygg-hverdag-1")
	edit(t, filepath.Join(older, "catalogue.yaml"), "id: trygg-hverdag\n", "id: trygg-hverdag\nmapping: {from: trygg-hverdag-2}\n")
	faults(second, ".*: the mapping goes in a circle: trygg-hverdag-2 → trygg-hverdag-1 → trygg-hverdag-2$")
	faults(older, ".*:3: the mapping goes in a circle: trygg-hverdag-1 → trygg-hverdag-2 → trygg-hverdag-1$", ".*:3: mapping from version 2, which is not older than version 1$")
	if _, stdout, _ := result(t, nil, "catalogue", "validate", older); !strings.Contains(strings.Split(stdout, "\n")[0], "circle") {
		t.Errorf("the circle does not stand first: %s", stdout)
	}
	book := filepath.Join(turned, "trygg-hverdag-2.xlsx")
	must(t, "catalogue", "export", filepath.Join(testModels(t), "trygg-hverdag-2"), "--to", book)
	faults(book, ".*Catalogue!B9: the mapping goes in a circle: trygg-hverdag-2 → trygg-hverdag-1 → trygg-hverdag-2$")
	first = filepath.Join(dir, "trygg-hverdag-1")

	// A version in use never changes, in whatever it is written.
	model := filepath.Join(dir, theModel)
	must(t, "catalogue", "export", theModel, "--to", model)
	edit(t, filepath.Join(model, "catalogue.yaml"), "          - key: henvise.ansvar\n            dimension: ansvar\n            weight: 1\n", "          - key: henvise.ansvar\n            dimension: ansvar\n            weight: 2\n")
	faults(model, regexp.QuoteMeta(filepath.Join(model, "catalogue.yaml"))+`: helhetlig-tjenestemodell-1 is in use, and its structure never changes: raise the version$`)

	plain := filepath.Join(dir, "plain.xlsx")
	if err := os.WriteFile(plain, []byte("plain"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		filepath.Join(dir, "none"):               "helhet: there is no folder or workbook " + filepath.Join(dir, "none") + ", and no questionnaire of this name in this program, which has helhetlig-tjenestemodell-1\n",
		filepath.Join(first, "nb", "model.yaml"): "helhet: " + filepath.Join(first, "nb", "model.yaml") + " is one file of a questionnaire: name the folder that its catalogue.yaml stands in\n",
		plain:                                    "helhet: " + plain + ": the file is no .xlsx",
	} {
		if code, stdout, stderr := result(t, nil, "catalogue", "validate", name); code != exitFailed || stdout != "" || !strings.HasPrefix(stderr, want) {
			t.Errorf("%s: code %d: %s%s", name, code, stdout, stderr)
		}
	}
	faults(dir, regexp.QuoteMeta(filepath.Join(dir, "catalogue.yaml"))+": the file is missing$")
}

// Who has never written a questionnaire is told by the help how to begin, and each command it names works as it stands there.
func TestTheHelpOfQuestionnairesWorks(t *testing.T) {
	dir := t.TempDir()
	const made = "helhetlig-tjenestemodell-2"
	steps := 0
	for line := range strings.Lines(catalogueCommand{}.Help()) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] != "helhet" {
			continue
		}
		for i, w := range words {
			if strings.HasPrefix(w, made) {
				words[i] = filepath.Join(dir, w)
			}
		}
		steps++
		if words[2] == "import" { // of what was exported to that name, to another place
			must(t, "catalogue", "export", filepath.Join(dir, made), "--to", words[3])
			words[5] += "-again"
		}
		must(t, words[1:]...)
		if words[2] == "export" {
			edit(t, filepath.Join(dir, made, "catalogue.yaml"), "version: 1\n", "version: 2\nmapping: {from: helhetlig-tjenestemodell-1}\n")
		}
	}
	if steps != 4 {
		t.Errorf("%d commands", steps)
	}
	if got := must(t, "catalogue", "--help"); !strings.Contains(got, "helhet catalogue validate "+made+"\n") {
		t.Errorf("the help is\n%s", got)
	}
}

// A broken workbook says its faults by sheet and cell, and nothing is written of it; nothing that stands there is written over.
func TestWhatIsThereIsLeftAlone(t *testing.T) {
	dir := testModels(t)
	first, second, book, target := filepath.Join(dir, "trygg-hverdag-1"), filepath.Join(dir, "trygg-hverdag-2"), filepath.Join(dir, "book.xlsx"), filepath.Join(dir, "new")
	must(t, "catalogue", "export", second, "--to", book)
	whole := tree(t, dir)
	refused := func(want string, args ...string) {
		t.Helper()
		code, stdout, stderr := result(t, nil, append([]string{"catalogue"}, args...)...)
		if code != exitFailed || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%v: code %d: %s%s", args, code, stdout, stderr)
		}
		if now := tree(t, dir); !maps.Equal(whole, now) {
			t.Errorf("%v: %d files were there, %d are", args, len(whole), len(now))
		}
	}
	refused("nothing is written: "+first+" is not empty", "import", book, "--to", first)
	refused("nothing is written: "+book+" exists", "export", second, "--to", book)
	refused("nothing is written: there is no folder "+filepath.Join(dir, "no")+": make it first", "export", second, "--to", filepath.Join(dir, "no", "folder"))
	refused("nothing is written: there is no folder "+filepath.Join(dir, "no")+": make it first", "import", book, "--to", filepath.Join(dir, "no", "folder"))
	refused("exists and is no folder", "export", second, "--to", filepath.Join(first, "cases.yaml"), "--replace")
	refused("import makes a folder of YAML of a workbook", "import", second, "--to", target)
	refused("import makes a folder of YAML of a workbook", "import", book, "--to", filepath.Join(dir, "again.xlsx"))

	// Replaced is a questionnaire alone, and nothing that lies in its folder besides.
	note := filepath.Join(first, "nb", "notes.txt")
	if err := os.WriteFile(note, []byte("to do"), 0o600); err != nil {
		t.Fatal(err)
	}
	whole = tree(t, dir)
	refused(first+" is not replaced: it holds "+filepath.Join("nb", "notes.txt"), "import", book, "--to", first, "--replace")
	if err := os.Remove(note); err != nil {
		t.Fatal(err)
	}

	editBook(t, book, func(f *excelize.File) error {
		return errors.Join(f.SetCellValue("Structure", "F3", 0), f.SetCellValue("Texts", "E18", ""), f.RemoveRow("Texts", 20))
	})
	whole = tree(t, dir)
	refused("Structure!F3: weight must be 1 to 100, is 0", "import", book, "--to", target)
	editBook(t, book, func(f *excelize.File) error { return f.SetCellValue("Structure", "F3", 1) })
	whole = tree(t, dir)
	refused(book+" has 2 faults:\n  Texts!E18: the name of task tilsyn has no text (nb)\n  Texts: about task tilsyn has no text (nb, nn, en)\n", "import", book, "--to", target)

	// What is whole takes the place of what stands there when told to, and of an empty folder.
	before := whole
	must(t, "catalogue", "export", second, "--to", book, "--replace")
	if err := os.Mkdir(target, 0o700); err != nil {
		t.Fatal(err)
	}
	must(t, "catalogue", "import", book, "--to", target)
	must(t, "catalogue", "import", book, "--to", second, "--replace")
	if now := tree(t, dir); len(now) != len(before)+len(tree(t, target)) || !maps.Equal(tree(t, target), tree(t, second)) || now["trygg-hverdag-2/catalogue.yaml"] == before["trygg-hverdag-2/catalogue.yaml"] {
		t.Errorf("%v", slices.Sorted(maps.Keys(now)))
	}
}

// Before a new version is used its writer reads what becomes of the old one's questions and answers.
func TestDiffOfVersions(t *testing.T) {
	dir := testModels(t)
	first, second := filepath.Join(dir, "trygg-hverdag-1"), filepath.Join(dir, "trygg-hverdag-2")
	edit(t, filepath.Join(second, "nn/natt.yaml"), `text: "Verkar kameraa?"`, `text: "Verkar kameraa på alle rom, i alle gangar og ute på tunet, og ser nattevakta bileta der ho sit når det er mørkt?"`)
	edit(t, filepath.Join(second, "en/hjem.yaml"), `text: "Is there always one who answers?"`, `text: "Does somebody answer within five minutes?"`)
	edit(t, filepath.Join(second, "targets/natt.yaml"), "large: [3, 4]", "large: [4, 4]")
	edit(t, filepath.Join(second, "nb/hjem.yaml"), `text: "Vet dere hvem som trenger en alarm?"`, `text: "Vet dere hvem som trenger alarm?"`)
	got := must(t, "catalogue", "diff", first, second)
	want := `trygg-hverdag-1 → trygg-hverdag-2

structure  changed
wording    texts changed of what both have: 3 in nb, 2 in nn, 3 in en
mapping    2 same, 1 reworded, 2 split, 1 merged, 1 new, 1 gone

If answers are carried over
  carried as they are: 2
    tilsyn.folk, alarm.behov
  of these, asked in other words – do they still ask the same?: 1
    alarm.behov
  carried, to be looked at again: 4
    tilsyn.kamera: split from tilsyn.utstyr
    tilsyn.sensor: split from tilsyn.utstyr
    alarm.folk: reworded
    besok.avtale: merged from besok.behov and besok.folk
  not carried, asked for the first time: 1
    alarm.test: Prøver dere alarmene hver måned?
  gone with their answers: 1
    besok.utstyr

Structure, targets, cases and words
  question tilsyn.kamera, weight: 2 → 1
  question tilsyn.sensor, weight: 2 → 1
  task tilsyn, target for large municipalities: 3 to 4 → 4 to 4

Texts
  question tilsyn.kamera text, was tilsyn.utstyr
    nb − Virker kameraene og sensorene?
       + Virker kameraene?
    nn − Verkar kameraa og sensorane?
       + Verkar kameraa på alle rom, i alle gangar og ute på tunet, og ser nattevakta bileta der ho
         sit når det er mørkt?
    en − Do the cameras and sensors work?
       + Do the cameras work?
  question tilsyn.sensor text, was tilsyn.utstyr
    nb − Virker kameraene og sensorene?
       + Virker sensorene?
    nn − Verkar kameraa og sensorane?
       + Verkar sensorane?
    en − Do the cameras and sensors work?
       + Do the sensors work?
  question alarm.behov text
    nb − Vet dere hvem som trenger en alarm?
       + Vet dere hvem som trenger alarm?
  question alarm.folk text
    en − Is there always one who answers?
       + Does somebody answer within five minutes?
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	var d catalogue.Diff
	decoder := json.NewDecoder(strings.NewReader(must(t, "catalogue", "diff", "--json", first, second)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		t.Fatal(err)
	}
	parse := func(dir string) *catalogue.Catalogue {
		c, err := catalogue.ParseFolder(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	older := parse(first)
	if same := catalogue.Compare(older, parse(second), func(catalogue.Key) *catalogue.Catalogue { return older }); !reflect.DeepEqual(d, same) {
		t.Errorf("%+v", d)
	}
	if got := must(t, "catalogue", "diff", first, first); got != "trygg-hverdag-1 → trygg-hverdag-1\n\nNothing is different.\n" {
		t.Error(got)
	}
	if got := must(t, "catalogue", "diff", second, first); !strings.Contains(got, "No mapping leads from trygg-hverdag-1 to trygg-hverdag-2, so no answer is carried over.") {
		t.Error(got)
	}
}

// Whatever it says, a line is no wider than it may be, and no letter is lost.
func TestALineIsBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.StringOfN(rapid.RuneFrom([]rune("aå漢😀")), 1, 12, -1), rapid.StringOfN(rapid.RuneFrom([]rune("bø")), 80, 230, -1))
		text := strings.Join(rapid.SliceOfN(word, 0, 60).Draw(t, "words"), " ")
		var b bytes.Buffer
		hanging(&b, "first ", "    ", text)
		var said []string
		for i, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
			if utf8.RuneCountInString(line) > printed {
				t.Fatalf("%d characters: %q", utf8.RuneCountInString(line), line)
			}
			rest, ok := strings.CutPrefix(line, map[bool]string{true: "first ", false: "    "}[i == 0])
			if !ok {
				t.Fatalf("line %d begins otherwise: %q", i+1, line)
			}
			said = append(said, rest)
		}
		letters := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if letters(strings.Join(said, "")) != letters(text) {
			t.Fatalf("%q of %q", said, text)
		}
	})
}

// docs/schema holds what the program prints. Who changes the form of the files runs: helhet catalogue schema --to docs/schema --replace
func TestSchemasAreKept(t *testing.T) {
	dir := t.TempDir()
	must(t, "catalogue", "schema", "--to", dir)
	made, kept := tree(t, dir), tree(t, "docs/schema")
	if len(made) != 7 || !maps.Equal(made, kept) {
		t.Error("docs/schema is not what the program makes: helhet catalogue schema --to docs/schema --replace")
	}
	if got := must(t, "catalogue", "schema", "area"); got != kept["area.schema.json"] {
		t.Errorf("one alone is printed otherwise: %.200s", got)
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(must(t, "catalogue", "schema")), &all); err != nil {
		t.Fatal(err)
	}
	for name, schema := range all {
		var one any
		if err := json.Unmarshal([]byte(kept[name+".schema.json"]), &one); err != nil || !reflect.DeepEqual(one, schema) {
			t.Errorf("%s is printed otherwise among all (%v)", name, err)
		}
	}
	if len(all) != len(kept) {
		t.Errorf("%d are printed", len(all))
	}
	if code, _, stderr := result(t, nil, "catalogue", "schema", "--to", dir); code != exitFailed || !strings.Contains(stderr, "exists") {
		t.Errorf("written over: code %d: %s", code, stderr)
	}
	if code, _, stderr := result(t, nil, "catalogue", "schema", "form"); code != exitFailed || !strings.Contains(stderr, "catalogue, model, area, glossary, case-texts, cases and targets") {
		t.Errorf("an unknown one: code %d: %s", code, stderr)
	}
}
