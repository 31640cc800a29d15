package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"helhet/benefits"
	"helhet/benefits/workbook"
	"helhet/internal/locale"
)

var hiddenField = regexp.MustCompile(`name="(carried|edit)" value="([^"]*)"`)

// carriedBy is what a preview's form sends when it is saved.
func carriedBy(page string) url.Values {
	form := url.Values{}
	for _, m := range hiddenField.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return form
}

// Rows are pasted, shown beside what stands, saved as one, and undone as one; what is wrong is told with its row, and nothing that was pasted is lost.
func TestManyMeasurementsAreBrought(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	b := s.benefitTitled("nattlige tilsyn")
	last, _ := b.Latest()
	before := len(b.Measured())
	has(t, "the list", string(s.browse(coordinatorEmail, http.MethodGet, "/benefits", "", nb...).Body), `href="/benefits/import"`, "/benefits/export/measurements.csv?for=outside")
	has(t, "the page", string(s.browse(coordinatorEmail, http.MethodGet, "/benefits/import", "", nb...).Body), "Last inn målinger", "/benefits/import.xlsx", "2000 rader")
	for email, hers := range map[string]bool{contributorEmail: false, coordinatorEmail: true, leaderEmail: true} {
		if got := s.browse(email, http.MethodGet, "/benefits/import.csv", "", nb...); got.Status != http.StatusOK || strings.Contains(string(got.Body), string(b.ID)) != hers {
			t.Errorf("the sheet of %s: %d, %s", email, got.Status, got.Body)
		}
	}
	if got := s.browse(coordinatorEmail, http.MethodGet, "/benefits/import.csv?benefit="+string(b.ID), "", nb...); !strings.Contains(string(got.Body), string(b.ID)) || strings.Count(string(got.Body), "\r\n") != 2 {
		t.Errorf("%d: %s", got.Status, got.Body)
	}
	const head = "Gevinst\tEnhet\tFra\tDato\tVerdi\tLavest\tHøyest\tPersoner\tMerknad\n"
	paste := func(path, rows string, status int) string {
		t.Helper()
		got := s.browse(coordinatorEmail, http.MethodPost, path, url.Values{"rows": {rows}}.Encode(), nb...)
		if got.Status != status {
			t.Fatalf("%d: %.800s", got.Status, got.Body)
		}
		return string(got.Body)
	}
	wrong := head + b.Title + "\tMinutter\t\t1.12.2030\t12\t14\t9\t\t<natt>\n" + b.Title + "\t\t\t3/4/2026\t1.200\n"
	page := paste("/benefits/import", wrong, http.StatusUnprocessableEntity)
	has(t, "what is wrong", page, "Rad 2, Enhet", "Rad 2, Dato", "Rad 2, Lavest", "Rad 3, Dato", "&lt;natt&gt;", "Gevinsten måles i noe annet", "kan leses på to måter", `name="rows"`, html.EscapeString("3/4/2026"))
	hasNot(t, "what is wrong", page, `name="carried"`)
	has(t, "no headings", paste("/benefits/import", "1\t2\n", http.StatusUnprocessableEntity), "Overskriftene mangler", "1\t2")
	has(t, "nothing", paste("/benefits/import", " ", http.StatusUnprocessableEntity), `id="file-error"`)
	has(t, "ten thousand", paste("/benefits/import", head+strings.Repeat(b.Title+"\t\t\t1.11.2026\t1\n", 10_000), http.StatusUnprocessableEntity), "flere enn 2000 rader")

	rows := head + b.Title + "\tTimer\t" + string(last.From) + "\t" + string(last.To) + "\t19,5\t\t\t3\tRing 01019012480\n" + b.Title + "\t\t\t22.11.2026\t1 200,25 \t1 100\t1.300,5\t\t=1+1\n"
	page = paste("/benefits/import", rows, http.StatusOK)
	has(t, "the preview", page, "1 ny måling", "1 måling som rettes", "Sto: ", "fødselsnummer", "200,25 timer", "=1&#43;1", "Gjelder færre enn 5 personer", `name="confirmNumber"`)
	if now := s.benefitTitled("nattlige tilsyn"); len(now.Measured()) != before {
		t.Fatal("a preview saves")
	}
	form := carriedBy(page)
	got := s.browse(coordinatorEmail, http.MethodPost, "/benefits/import/save", form.Encode(), nb...)
	has(t, "asked about the number", string(got.Body), `id="confirm-error"`, "200,25 timer")
	form = carriedBy(string(got.Body))
	form.Set("confirmNumber", "yes")
	for range 2 { // a button pressed twice
		if got = s.browse(coordinatorEmail, http.MethodPost, "/benefits/import/save", form.Encode(), nb...); got.Status != http.StatusSeeOther {
			t.Fatalf("%d: %.800s", got.Status, got.Body)
		}
	}
	now := s.benefitTitled("nattlige tilsyn")
	if x, _ := now.Latest(); len(now.Measured()) != before+1 || x.Value != "1200.25" || x.High != "1300.5" || now.Measured()[before-1].Value != "19.5" {
		t.Fatalf("%+v", now.Measured())
	}
	saved := s.browse(coordinatorEmail, http.MethodGet, got.Header.Get("Location"), "", nb...)
	has(t, "saved", string(saved.Body), "2 målinger er lagret", benefitPath(b.ID)+"#measurements", "Angre alt")
	has(t, "the same again", paste("/benefits/import", rows, http.StatusOK), "2 målinger som står slik fra før", "Det er ingenting å lagre")

	// Somebody corrects what the preview showed: it comes back, with what stands.
	late := carriedBy(paste("/benefits/import?benefit="+string(b.ID), "Dato\tVerdi\n22.11.2026\t17\n", http.StatusOK))
	x, _ := now.Latest()
	all, err := s.Benefits.Measurements(t.Context(), s.person(coordinatorEmail).Actor(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(m benefits.Measurement) bool { return m.ID == x.ID })
	if _, err := s.Benefits.Measure(t.Context(), s.person(leaderEmail).Actor(), benefits.Measure{Benefit: b.ID, ID: x.ID, Tag: all[i].Tag, Data: benefits.Measured{Figures: benefits.Figures{To: "2026-11-22", Value: "18"}}}); err != nil {
		t.Fatal(err)
	}
	got = s.browse(coordinatorEmail, http.MethodPost, "/benefits/import/save?benefit="+string(b.ID), late.Encode(), nb...)
	if got.Status != http.StatusPreconditionFailed {
		t.Fatalf("%d: %.800s", got.Status, got.Body)
	}
	has(t, "who was too late", string(got.Body), "Noen har endret målinger mens du så på siden", "Sto: 18 timer")

	got = s.browse(coordinatorEmail, http.MethodPost, "/benefits/import/undo", url.Values{"edit": {form.Get("edit")}}.Encode(), nb...)
	if got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.800s", got.Status, got.Body)
	}
	has(t, "undone", string(s.browse(coordinatorEmail, http.MethodGet, got.Header.Get("Location"), "", nb...).Body), "1 måling er angret")
	now = s.benefitTitled("nattlige tilsyn")
	if again, _ := now.Latest(); again.Value != "18" || now.Measured()[before-1].Figures != last.Figures {
		t.Errorf("%+v", now.Measured())
	}
}

// A sheet goes through the API: weighed, saved, the same again, and undone. What is taken out comes back as what stands.
func TestMeasurementsThroughTheAPI(t *testing.T) {
	s := startServer(t)
	const place = apiBase + "/municipalities/3909"
	b := s.benefitTitled("nattlige tilsyn")
	before := b.Measured()
	bring := func(body string, header ...string) (out v1BatchOutcome) {
		t.Helper()
		s.call(coordinatorEmail, http.MethodPost, place+"/measurements", body, header...).into(t, &out)
		return out
	}
	rows := fmt.Sprintf(`{"rows":%s`, strconv.Quote("Benefit;Date;Value\n"+b.Title+";2026-11-22;17.5"))
	if out := bring(rows + `,"dryRun":true}`); out.Saved || len(out.Lines) != 1 || out.Lines[0].Fate != benefits.Adds || len(s.benefitTitled("nattlige tilsyn").Measured()) != len(before) {
		t.Errorf("%+v", out)
	}
	for _, fate := range []benefits.Fate{benefits.Adds, benefits.Keeps} {
		if out := bring(rows+"}", "Idempotency-Key", "import-1"); !out.Saved || out.Lines[0].Fate != fate {
			t.Errorf("%+v", out)
		}
	}
	if now := s.benefitTitled("nattlige tilsyn").Measured(); len(now) != len(before)+1 {
		t.Errorf("%+v", now)
	}
	got := s.call(coordinatorEmail, http.MethodPost, place+"/measurements", `{"rows":"Value;Date\n1;2040-01-01"}`)
	if got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), "file.Row 1") && !strings.Contains(string(got.Body), "file.Rad 1") {
		t.Errorf("%d: %s", got.Status, got.Body)
	}
	for _, file := range []string{"tables/measurements", "workbook"} {
		for _, lang := range locale.Langs() {
			data := s.call(coordinatorEmail, http.MethodGet, place+"/benefit-record/"+file+"?inside=true", "", "Accept-Language", string(lang)).Body
			out := bring(`{"dryRun":true,"file":"` + base64.StdEncoding.EncodeToString(data) + `"}`)
			if len(out.Wrong) > 0 || len(out.Lines) < 5 || slices.ContainsFunc(out.Lines, func(l v1BatchLine) bool { return l.Fate != benefits.Keeps }) {
				t.Errorf("%s in %s: %+v", file, lang, out)
			}
		}
	}
	form := s.call(coordinatorEmail, http.MethodGet, place+"/measurement-sheet", "").Body
	if read := workbook.Parse(form, s.Texts, false); len(read.Wrong) != 1 || read.Wrong[0].Kind != workbook.NoRows {
		t.Errorf("%+v", read)
	}
	var undone v1Undone
	s.call(coordinatorEmail, http.MethodPost, place+"/measurements/undo", `{"edit":"import-1"}`).into(t, &undone)
	if now := s.benefitTitled("nattlige tilsyn").Measured(); undone.Undone != 1 || len(now) != len(before) {
		t.Errorf("%+v, %+v", undone, now)
	}
}

// What fewer than five people amount to: a program is told "<5" unless it says that the answer stays inside the municipality, and so is every file for outside.
// Nobody outside gets an answer at all.
func TestFewPeopleAreWithheldFromPrograms(t *testing.T) {
	s := startServer(t)
	actor := s.person(coordinatorEmail).Actor()
	b := s.benefitTitled("nattlige tilsyn")
	m, err := s.Benefits.Measure(t.Context(), actor, benefits.Measure{Benefit: b.ID, Data: benefits.Measured{Figures: benefits.Figures{To: "2026-11-22", Value: "13.37", Low: "12.37", High: "14.37", People: 4}, Note: "13,37 timer"}})
	if err != nil {
		t.Fatal(err)
	}
	const place = apiBase + "/municipalities/3909"
	path := place + benefitPath(b.ID)
	for _, address := range []string{path + "/measurements", path + "/calculation", place + "/benefit-record", place + "/benefit-record/tables/measurements", place + "/benefit-record/tables/benefits"} {
		told := string(s.call(coordinatorEmail, http.MethodGet, address, "").Body)
		inside := string(s.call(coordinatorEmail, http.MethodGet, address+"?inside=true", "").Body)
		if strings.Contains(told, "3.37") || strings.Contains(told, "3,37") || !strings.Contains(inside, "3.37") && !strings.Contains(inside, "3,37") && !strings.Contains(inside, `"perUser"`) {
			t.Errorf("%s tells %s and inside %s", address, told, inside)
		}
		if calculation := strings.HasSuffix(address, "/calculation"); calculation && (strings.Contains(told, "gained") || strings.Contains(told, "reached") || !strings.Contains(told, "planned")) || !calculation && !strings.Contains(strings.ReplaceAll(told, `\u003c`, "<"), benefits.FewShown) {
			t.Errorf("%s tells %s", address, told)
		}
		if got := s.call("coordinator.3907@example.org", http.MethodGet, address+"?inside=true", ""); got.Status != http.StatusForbidden && got.Status != http.StatusNotFound {
			t.Errorf("a neighbour gets %d of %s", got.Status, address)
		}
	}
	// What is worked out of it, and what was written of it, tells it too: 42 less 13.37 is 28.63, and 26.63 with the loss that nobody had planned.
	if _, err := s.Benefits.Explain(t.Context(), actor, benefits.Explain{ID: b.ID, Text: "Bare fire hadde sensor.", Tag: s.benefitTitled("nattlige tilsyn").Tag}); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{place + "/benefit-portfolio", place + "/benefit-totals", place + "/benefit-maturity"} {
		told, inside := s.call(coordinatorEmail, http.MethodGet, address, "").Body, s.call(coordinatorEmail, http.MethodGet, address+"?inside=true", "").Body
		if bytes.Contains(told, []byte(".63")) || bytes.Equal(told, inside) && !strings.HasSuffix(address, "maturity") {
			t.Errorf("%s tells %s", address, told)
		}
	}
	if told := string(s.call(coordinatorEmail, http.MethodGet, path+"/explanation", "").Body); strings.Contains(told, "13.37") || !strings.Contains(strings.ReplaceAll(told, `\u003c`, "<"), benefits.FewShown) {
		t.Errorf("an explanation tells %s", told)
	}
	if sheet := s.browse(coordinatorEmail, http.MethodGet, "/benefits/import.csv", "").Body; bytes.Contains(sheet, []byte("13,37")) || !bytes.Contains(sheet, []byte(benefits.FewShown)) {
		t.Errorf("the sheet to fill in tells %s", sheet)
	}
	for _, file := range []string{"benefits.json", "benefits.csv", "measurements.csv"} {
		inside := s.browse(contributorEmail, http.MethodGet, "/benefits/export/"+file, "").Body
		outside := s.browse(contributorEmail, http.MethodGet, "/benefits/export/"+file+"?for=outside", "").Body
		for _, said := range []string{"13.37", "13,37"} {
			if bytes.Contains(outside, []byte(said)) {
				t.Errorf("%s for outside tells %s", file, said)
			}
		}
		if !bytes.Contains(inside, []byte("13.37")) && !bytes.Contains(inside, []byte("13,37")) {
			t.Errorf("%s for inside withholds it: %s", file, inside)
		}
	}
	got := s.call(coordinatorEmail, http.MethodPut, path+"/measurements/"+string(m.ID), `{"value":"3","to":"2026-11-22"}`, "If-Match", `"OLD"`)
	if got.Status != http.StatusPreconditionFailed || bytes.Contains(got.Body, []byte("13.37")) {
		t.Errorf("%d: %s", got.Status, got.Body)
	}
	var undone v1Measurement
	s.call(coordinatorEmail, http.MethodPost, path+"/measurements/"+string(m.ID)+"/undo", "", "If-Match", strconv.Quote(m.Tag)).into(t, &undone)
	if undone.Value != benefits.FewShown || undone.Note != "" || !undone.Few || undone.People != 0 {
		t.Errorf("%+v", undone)
	}
	var record v1Record
	if err := json.Unmarshal(s.browse(leaderEmail, http.MethodGet, "/benefits/export/benefits.json", "").Body, &record); err != nil || !record.Inside || len(record.Benefits) < 3 {
		t.Errorf("%v, %+v", err, record)
	}
}

// Everything that can be wrong with a batch has words in every language.
func TestWhatIsWrongWithABatchHasWords(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range locale.Langs() {
		for _, key := range strings.Fields("error.batch error.batch.many error.batch.stale error.batch.unit error.batch.not-hers error.batch.twice error.batch.which error.batch.removed error.batch.removed-other error.batch.benefit error.batch.benefit.none error.batch.benefit.several error.batch.benefit.other error.batch.benefit.title error.export.many") {
			if !texts.For(lang).Has(key) {
				t.Errorf("%s lacks %s", lang, key)
			}
		}
	}
}
