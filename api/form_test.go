package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"

	"github.com/xuri/excelize/v2"
)

// uploading is a file as a browser's form sends it, and the form's media type.
func uploading(file []byte) (body, kind string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if part, err := w.CreateFormFile("file", "skjema.xlsx"); err == nil {
		_, _ = part.Write(file)
	}
	_ = w.Close() // a buffer takes all
	return b.String(), w.FormDataContentType()
}

// formRows finds a form's questions in the sheet, by row. The described levels are 1, 3 and 5, so that the fields begin in F.
func formRows(t *testing.T, f *excelize.File) map[catalogue.QuestionKey]string {
	t.Helper()
	rows, err := f.GetRows("Svar")
	if err != nil {
		t.Fatal(err)
	}
	all := map[catalogue.QuestionKey]string{}
	for i, row := range rows {
		if i > 5 && len(row) > 9 {
			all[catalogue.QuestionKey(row[9])] = strconv.Itoa(i + 1)
		}
	}
	return all
}

// filledIn is a form after somebody has filled it in.
func filledIn(t *testing.T, data []byte, edit func(f *excelize.File, row map[catalogue.QuestionKey]string) error) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b bytes.Buffer
	if err := errors.Join(edit(f, formRows(t, f)), f.Write(&b)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fetched is the form as somebody fetches it.
func (s *testServer) fetched(email string, round assessment.RoundID, query string) []byte {
	s.t.Helper()
	got := s.browse(email, http.MethodGet, "/form.xlsx?round="+string(round)+query, "", "Cookie", languageCookie+"=nb")
	if got.Status != http.StatusOK || got.Header.Get("Content-Type") != xlsxType {
		s.t.Fatalf("the form: %d %.300s", got.Status, got.Body)
	}
	return got.Body
}

// answerNow is one of Larvik's answers in the open round.
func (s *testServer) answerNow(q catalogue.QuestionKey) assessment.Answer {
	s.t.Helper()
	a := s.own()
	return a.Answer(q)
}

// upload sends a form to its page, and gives the page that answers.
func (s *testServer) upload(email string, round assessment.RoundID, file []byte, status int) string {
	s.t.Helper()
	body, kind := uploading(file)
	got := s.browse(email, http.MethodPost, "/form"+scopeQuery(round, larvik), body, "Content-Type", kind, "Cookie", languageCookie+"=nb")
	if got.Status != status {
		s.t.Fatalf("uploaded: %d, want %d: %s", got.Status, status, text(got))
	}
	return string(got.Body)
}

// The workshop's way: fetched empty, filled in, brought back, looked at, saved. Nothing is saved before; what a colleague has answered meanwhile
// stands unless the form's answer is chosen; the same click twice is one.
func TestFormComesBack(t *testing.T) {
	s := startServer(t)
	round := s.openRound().ID
	scope := scopeQuery(round, larvik)
	save := func(page string, pairs ...string) reply {
		t.Helper()
		form := formOn(t, page, "/form/save")
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		return s.browse(contributorEmail, http.MethodPost, "/form/save"+scope, form.Encode(), "Cookie", languageCookie+"=nb")
	}
	has(t, "the page", s.read(contributorEmail, locale.Bokmal, formPath(round), http.StatusOK), s.text("form.get.empty"), s.text("form.get.filled"), s.text("form.put.button"), `enctype="multipart/form-data"`)
	leader := s.read(leaderEmail, locale.Bokmal, formPath(round), http.StatusOK)
	has(t, "a leader's page", leader, s.text("form.get.empty"), s.text("task.reader"))
	hasNot(t, "a leader's page", leader, s.text("form.put.button"))
	hasNot(t, "the lead's page", s.read(leadEmail, locale.Bokmal, formPath(round), http.StatusOK), "form.xlsx", s.text("form.put.button"))

	before := s.own()
	level := *before.Answer(answered).Level
	mine, theirs := (level+1)%6, (level+2)%6
	file := filledIn(t, s.fetched(contributorEmail, round, ""), func(f *excelize.File, row map[catalogue.QuestionKey]string) error {
		return errors.Join(f.SetCellInt("Svar", "F"+row[unanswered], 4), f.SetCellStr("Svar", "I"+row[unanswered], "=1+1"), f.SetCellInt("Svar", "F"+row[answered], int64(mine)),
			f.SetCellStr("Svar", "G"+row["lager.praksis"], "Noe annet"), f.SetCellStr("Svar", "H"+row["lager.praksis"], "Fordi"), f.SetCellInt("Svar", "F"+row["henvise.praksis"], int64(*before.Answer("henvise.praksis").Level)))
	})
	if got := s.browse(coordinatorEmail, http.MethodPut, s.answerPath(answered), fmt.Sprintf(`{"level":%d,"note":"Ours"}`, theirs), "If-Match", `"`+before.Answer(answered).Tag+`"`); got.Status != http.StatusOK {
		t.Fatal(got.Status)
	}
	before = s.own()
	preview := s.upload(contributorEmail, round, file, http.StatusOK)
	has(t, "the preview", html.UnescapeString(preview), s.text("form.preview.lead", "n", 2), s.text("form.preview.same", "n", 1), s.text("form.preview.clash", "n", 1), "=1+1", "Fordi", "Ours", `name="take-`+string(answered)+`" value="theirs" checked`, s.text("form.save"))
	if !reflect.DeepEqual(before.Answers.Slice(), s.own().Answers.Slice()) {
		t.Fatal("looking saved something")
	}
	savedPage := ""
	for range 2 {
		got := save(preview)
		if got.Status != http.StatusSeeOther {
			t.Fatalf("saved: %d %s", got.Status, text(got))
		}
		savedPage = s.read(contributorEmail, locale.Bokmal, got.Header.Get("Location"), http.StatusOK)
		has(t, "afterwards", savedPage, s.text("form.saved", "n", 2), s.taskNamed("lager"))
	}
	// Undone, it is as it was; what is saved anew is told anew.
	undo := func(page string) string {
		t.Helper()
		got := s.browse(contributorEmail, http.MethodPost, "/form/undo"+scope, formOn(t, page, "/form/undo").Encode())
		if got.Status != http.StatusSeeOther {
			t.Fatalf("undone: %d %s", got.Status, text(got))
		}
		return s.read(contributorEmail, locale.Bokmal, got.Header.Get("Location"), http.StatusOK)
	}
	undonePage := undo(savedPage)
	has(t, "undone", undonePage, s.text("form.undone"))
	hasNot(t, "undone", undonePage, "/form/undo", `id="since"`)
	if s.answerNow(unanswered).Given() || s.answerNow("lager.praksis").NotApplicable == "Fordi" {
		t.Errorf("undone, the form's answers stand")
	}
	if got := save(s.upload(contributorEmail, round, file, http.StatusOK), "take-"+string(unanswered), "mine", "take-lager.praksis", "mine"); got.Status != http.StatusSeeOther {
		t.Fatalf("saved anew: %d %s", got.Status, text(got))
	}
	after := s.own()
	if got := after.Answer(unanswered); *got.Level != 4 || got.Note != "=1+1" || len(got.Edits) != 3 {
		t.Errorf("%+v", got)
	}
	if got := after.Answer("lager.praksis"); got.Exemption() != assessment.OtherExemption || got.NotApplicable != "Fordi" {
		t.Errorf("%+v", got)
	}
	if !reflect.DeepEqual(after.Answer(answered), before.Answer(answered)) {
		t.Errorf("hers became %+v", after.Answer(answered))
	}

	// Only what somebody else has answered is left: unless that is chosen nothing changes, which is said before and after.
	preview = s.upload(contributorEmail, round, file, http.StatusOK)
	has(t, "the preview of a clash alone", html.UnescapeString(preview), s.text("form.preview.unless"), s.text("form.save"))
	got := save(preview)
	unchanged := s.read(contributorEmail, locale.Bokmal, got.Header.Get("Location"), http.StatusOK)
	has(t, "nothing chosen", unchanged, s.text("form.unchanged"))
	hasNot(t, "nothing chosen", unchanged, `id="saved"`, "/form/undo")
	if !reflect.DeepEqual(after.Answers.Slice(), s.own().Answers.Slice()) {
		t.Error("nothing was chosen, and something was saved")
	}
	hasNot(t, "the page by itself", s.read(contributorEmail, locale.Bokmal, formPath(round), http.StatusOK), s.text("form.unchanged"))
	got = s.browse(contributorEmail, http.MethodPost, "/form/undo"+scope, "edit=nosuch")
	has(t, "undone what never was", s.read(contributorEmail, locale.Bokmal, got.Header.Get("Location"), http.StatusOK), s.text("form.unchanged"))

	// Chosen, the form's answer stands: but not over one that came after it was looked at.
	if got := s.browse(coordinatorEmail, http.MethodPut, s.answerPath(answered), `{"note":"Once more"}`, "If-Match", `"`+after.Answer(answered).Tag+`"`); got.Status != http.StatusOK {
		t.Fatal(got.Status)
	}
	got = save(preview, "take-"+string(answered), "mine")
	page := string(got.Body)
	has(t, "the preview anew", html.UnescapeString(page), s.text("form.preview.stale"), "Once more", `value="mine" checked`)
	if got.Status != http.StatusPreconditionFailed || s.answerNow(answered).Note != "Once more" {
		t.Errorf("stale: %d %+v", got.Status, s.answerNow(answered))
	}
	if got := save(page, "take-"+string(answered), "mine"); got.Status != http.StatusSeeOther || *s.answerNow(answered).Level != mine {
		t.Errorf("mine: %d %+v", got.Status, s.answerNow(answered))
	}
	has(t, "once more", html.UnescapeString(s.upload(contributorEmail, round, file, http.StatusOK)), s.text("form.preview.nothing"))

	// A number is asked about, and saved when somebody says that it is none.
	preview = s.upload(contributorEmail, round, filledIn(t, s.fetched(contributorEmail, round, "&filled=yes"), func(f *excelize.File, row map[catalogue.QuestionKey]string) error {
		return f.SetCellStr("Svar", "I"+row[unanswered], "Ring 01010750160")
	}), http.StatusOK)
	cell := "<b>Svar!I" + filledRow(t, file, unanswered) + "</b>: " + s.text("error.text.person-number")
	has(t, "a number", html.UnescapeString(preview), s.text("form.preview.lead", "n", 1), s.text("form.preview.held", "n", 1), cell)
	if got := save(preview); got.Status != http.StatusUnprocessableEntity || s.answerNow(unanswered).Note != "=1+1" || !strings.Contains(html.UnescapeString(string(got.Body)), cell) {
		t.Errorf("a number: %d %s", got.Status, text(got))
	}
	if got := save(preview, assessment.ConfirmField, "yes"); got.Status != http.StatusSeeOther || s.answerNow(unanswered).Note != "Ring 01010750160" {
		t.Errorf("no number: %d", got.Status)
	}
	// The preview that her browser kept, with another choice, is another edit: the choice is saved too.
	if got := s.browse(coordinatorEmail, http.MethodPut, s.answerPath(answered), fmt.Sprintf(`{"level":%d}`, theirs), "If-Match", `"`+s.answerNow(answered).Tag+`"`); got.Status != http.StatusOK {
		t.Fatal(got.Status)
	}
	preview = s.upload(contributorEmail, round, file, http.StatusOK)
	for _, choice := range []string{"theirs", "mine"} {
		if got := save(preview, "take-"+string(unanswered), "mine", "take-"+string(answered), choice); got.Status != http.StatusSeeOther || (*s.answerNow(answered).Level == mine) != (choice == "mine") {
			t.Errorf("a preview gone back to: %d %+v", got.Status, s.answerNow(answered))
		}
	}
	// What a page never sent is weighed as if it had been typed.
	for rows, want := range map[string]int{`[{"question":"henvise.ansvar","level":9}]`: http.StatusPreconditionFailed, `[{"question":"nosuch","level":1}]`: http.StatusUnprocessableEntity, `[{"who":1}]`: http.StatusBadRequest, "": http.StatusBadRequest} {
		if got := s.browse(contributorEmail, http.MethodPost, "/form/save"+scope, url.Values{"rows": {rows}}.Encode()); got.Status != want {
			t.Errorf("%s: %d, want %d", rows, got.Status, want)
		}
	}
}

// Each thing that is wrong is told with its place, and nothing of the form is saved.
func TestFormIsRefused(t *testing.T) {
	s := startServer(t)
	round := s.openRound().ID
	empty := s.fetched(contributorEmail, round, "")
	set := func(column string, value any) []byte {
		return filledIn(t, empty, func(f *excelize.File, row map[catalogue.QuestionKey]string) error {
			return errors.Join(f.SetCellInt("Svar", "F"+row["lager.praksis"], 2), f.SetCellValue("Svar", column+row[unanswered], value))
		})
	}
	row := filledRow(t, empty, unanswered)
	formula := filledIn(t, empty, func(f *excelize.File, row map[catalogue.QuestionKey]string) error {
		return f.SetCellFormula("Svar", "F"+row[unanswered], "1+1")
	})
	other := filledIn(t, empty, func(f *excelize.File, row map[catalogue.QuestionKey]string) error {
		return errors.Join(f.SetCellInt("Svar", "F"+row[unanswered], 2), f.SetCellStr("helhet", "C2", string(s.lastPublished().ID)))
	})
	neighbours := s.browse(neighbourEmail, http.MethodGet, "/form.xlsx?round="+string(round), "").Body
	held := s.own().Answers.Slice()
	for _, tt := range []struct {
		name   string
		file   []byte
		status int
		want   []string
	}{
		{"nothing", nil, http.StatusUnprocessableEntity, []string{s.text("form.put.none")}},
		{"a text", []byte("level;3"), http.StatusUnprocessableEntity, []string{s.text("sheet.fault.no-xlsx")}},
		{"a formula", formula, http.StatusUnprocessableEntity, []string{"Svar!F" + row, s.text("sheet.fault.formula")}},
		{"no level", set("F", "høyt"), http.StatusOK, []string{"Svar!F" + row, s.text("sheet.fault.level", "level", "høyt"), s.text("form.becomes")}},
		{"a level beyond", set("F", 9), http.StatusOK, []string{"Svar!F" + row, s.text("error.answer.level", "min", 0, "max", 5, "level", 9)}},
		{"no reason", set("G", "Vil ikke"), http.StatusOK, []string{"Svar!G" + row, s.text("sheet.fault.why", "reason", "Vil ikke")}},
		{"no words", set("G", "Noe annet"), http.StatusOK, []string{"Svar!H" + row, s.text("error.answer.reason")}},
		{"another round's", other, http.StatusConflict, []string{s.text("error.form.round", "round", s.lastPublished().Name)}},
		{"a neighbour's", neighbours, http.StatusConflict, []string{"Porsgrunn"}},
	} {
		page := html.UnescapeString(s.upload(contributorEmail, round, tt.file, tt.status))
		has(t, tt.name, page, tt.want...)
		hasNot(t, tt.name, page, "⟦", s.text("form.save"))
	}
	body, kind := uploading(make([]byte, maxBody))
	if got := s.browse(contributorEmail, http.MethodPost, "/form"+scopeQuery(round, larvik), body, "Content-Type", kind); got.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", got.Status)
	}
	if !reflect.DeepEqual(held, s.own().Answers.Slice()) {
		t.Error("something was saved")
	}
	good := set("F", 3)
	if _, err := s.Assessments.HandIn(t.Context(), s.person(coordinatorEmail).Actor(), round, larvik); err != nil {
		t.Fatal(err)
	}
	page := html.UnescapeString(s.upload(contributorEmail, round, good, http.StatusConflict))
	has(t, "handed in", page, s.text("error.assessment.handed-in"))
	hasNot(t, "handed in", page, s.text("form.put.button"), "form.xlsx")
}

func filledRow(t *testing.T, data []byte, q catalogue.QuestionKey) (n string) {
	t.Helper()
	filledIn(t, data, func(_ *excelize.File, row map[catalogue.QuestionKey]string) error { n = row[q]; return nil })
	return n
}

// A program fills in every question, asks what it would change, and saves it: the answers are what it filled in.
func TestFormByProgram(t *testing.T) {
	s := startServer(t)
	path := apiBase + "/assessments/" + string(s.openRound().ID) + "/larvik/form"
	want := map[catalogue.QuestionKey]int{}
	form := s.call(contributorEmail, http.MethodGet, path, "", "Cookie", languageCookie+"=nb")
	file := filledIn(t, form.Body, func(f *excelize.File, row map[catalogue.QuestionKey]string) error {
		var errs []error
		for q, at := range row {
			want[q] = len(want) % 6
			errs = append(errs, f.SetCellInt("Svar", "F"+at, int64(want[q])), f.SetCellStr("Svar", "G"+at, ""), f.SetCellStr("Svar", "H"+at, ""))
		}
		return errors.Join(errs...)
	})
	if len(want) != 96 {
		t.Fatalf("%d questions", len(want))
	}
	send := func(file []byte, dry bool, header ...string) (out v1FormOutcome, got reply) {
		t.Helper()
		body, _ := json.Marshal(v1FormUpload{File: base64.StdEncoding.EncodeToString(file), DryRun: dry})
		got = s.call(contributorEmail, http.MethodPost, path, string(body), header...)
		if got.Status == http.StatusOK {
			got.into(t, &out)
		}
		return out, got
	}
	before := s.own().Answers.Slice()
	dry, got := send(file, true)
	if got.Status != http.StatusOK || dry.Saved || len(dry.Changes)+dry.Same != 96 || len(dry.Wrong) > 0 || !reflect.DeepEqual(before, s.own().Answers.Slice()) {
		t.Fatalf("%d %+v", got.Status, dry)
	}
	for range 2 {
		if out, got := send(file, false, "Idempotency-Key", "e1"); got.Status != http.StatusOK || !out.Saved {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
	}
	after := s.own()
	for q, n := range want {
		if a := after.Answer(q); a.Level == nil || *a.Level != n || strings.Count(strings.Join(a.Edits, " "), "e1") > 1 {
			t.Errorf("%s is %+v, want %d", q, a, n)
		}
	}
	wrong := filledIn(t, file, func(f *excelize.File, row map[catalogue.QuestionKey]string) error {
		return errors.Join(f.SetCellStr("Svar", "F"+row[unanswered], "x"), f.SetCellInt("Svar", "F"+row[answered], 0))
	})
	if out, got := send(wrong, true); got.Status != http.StatusOK || len(out.Wrong) != 1 || !strings.HasPrefix(out.Wrong[0].At, "Svar!F") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if _, got := send(wrong, false); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), "body.file.Svar!F") || !reflect.DeepEqual(after.Answers.Slice(), s.own().Answers.Slice()) {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if _, got := send([]byte("no"), false); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("no form: %d", got.Status)
	}
}

// What a program saved it undoes by the edit that it got: what somebody has changed since stands. Undone twice, or by two at once, it is undone once, and the
// form that comes again under its edit is not saved again.
func TestFormUndoneByProgram(t *testing.T) {
	s := startServer(t)
	path := apiBase + "/assessments/" + string(s.openRound().ID) + "/larvik/form"
	file := filledIn(t, s.call(contributorEmail, http.MethodGet, path, "", "Cookie", languageCookie+"=nb").Body, func(f *excelize.File, row map[catalogue.QuestionKey]string) error {
		return errors.Join(f.SetCellInt("Svar", "F"+row[unanswered], 4), f.SetCellStr("Svar", "I"+row["lager.praksis"], "By the form"), f.SetCellStr("Svar", "I"+row[answered], "By the form"))
	})
	save := func(header ...string) (out v1FormOutcome) {
		t.Helper()
		body, _ := json.Marshal(v1FormUpload{File: base64.StdEncoding.EncodeToString(file), Mine: []catalogue.QuestionKey{"lager.praksis", answered, unanswered}})
		got := s.call(contributorEmail, http.MethodPost, path, string(body), header...)
		if got.Status != http.StatusOK {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		got.into(t, &out)
		return out
	}
	undo := func(email, edit string) (out v1FormUndone) {
		t.Helper()
		got := s.call(email, http.MethodPost, path+"/undo", `{"edit":"`+edit+`"}`)
		if got.Status != http.StatusOK {
			t.Errorf("%d %s", got.Status, got.Body)
			return out
		}
		got.into(t, &out)
		return out
	}
	before := s.own()
	if out := save("Idempotency-Key", "form-1"); !out.Saved || out.Edit != "form-1" || len(out.Changes) != 3 {
		t.Fatalf("%+v", out)
	}
	if got := s.browse(coordinatorEmail, http.MethodPut, s.answerPath(answered), `{"level":1,"note":"Hers"}`, "If-Match", `"`+s.answerNow(answered).Tag+`"`); got.Status != http.StatusOK {
		t.Fatal(got.Status)
	}
	if got := s.call(leaderEmail, http.MethodPost, path+"/undo", `{"edit":"form-1"}`); got.Status != http.StatusForbidden {
		t.Errorf("a leader: %d", got.Status)
	}
	if got := s.call(contributorEmail, http.MethodPost, path+"/undo", `{"edit":""}`); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("no edit: %d", got.Status)
	}
	if got := undo(contributorEmail, "nosuch"); len(got.Undone)+len(got.Changed)+len(got.Late) != 0 {
		t.Errorf("%+v", got)
	}
	want := v1FormUndone{Undone: []catalogue.QuestionKey{"lager.praksis", unanswered}, Changed: []catalogue.QuestionKey{answered}, Late: []catalogue.QuestionKey{}}
	slices.Sort(want.Undone)
	var all sync.WaitGroup
	for _, email := range []string{contributorEmail, coordinatorEmail, contributorEmail} {
		all.Go(func() {
			got := undo(email, "form-1")
			slices.Sort(got.Undone)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
	all.Wait()
	after := s.own()
	if got := after.Answer("lager.praksis"); !reflect.DeepEqual(got.Value, before.Answer("lager.praksis").Value) || after.Answer(unanswered).Given() || after.Answer(answered).Note != "Hers" {
		t.Errorf("%+v", after.Answers.Slice())
	}
	if out := save("Idempotency-Key", "form-1"); !out.Saved || len(out.Changes) != 0 || !reflect.DeepEqual(after.Answers.Slice(), s.own().Answers.Slice()) {
		t.Errorf("the form that was undone came again: %+v", out)
	}
	// Without a key of the sender's it gets one.
	out := save()
	if !out.Saved || out.Edit == "" {
		t.Fatalf("%+v", out)
	}
	if got := undo(coordinatorEmail, out.Edit); len(got.Undone) != 3 || s.answerNow(answered).Note != "Hers" {
		t.Errorf("%+v", got)
	}
	if out = save(); !out.Saved {
		t.Fatalf("%+v", out)
	}
	if _, err := s.Assessments.HandIn(t.Context(), s.person(coordinatorEmail).Actor(), s.openRound().ID, larvik); err != nil {
		t.Fatal(err)
	}
	if got := undo(contributorEmail, out.Edit); len(got.Late) != 3 || len(got.Undone) != 0 {
		t.Errorf("handed in: %+v", got)
	}
}

// Every text that seems to hold a number is told with its cell before anything is saved, and saved when somebody says that it is none.
func TestFormWarnsByProgram(t *testing.T) {
	s := startServer(t)
	path := apiBase + "/assessments/" + string(s.openRound().ID) + "/larvik/form"
	var cells []string
	file := filledIn(t, s.call(contributorEmail, http.MethodGet, path, "", "Cookie", languageCookie+"=nb").Body, func(f *excelize.File, row map[catalogue.QuestionKey]string) error {
		cells = []string{"Svar!H" + row["lager.praksis"], "Svar!I" + row[unanswered]}
		return errors.Join(f.SetCellStr("Svar", "G"+row["lager.praksis"], "Noe annet"), f.SetCellStr("Svar", "H"+row["lager.praksis"], "Spør "+testNumber), f.SetCellStr("Svar", "I"+row[unanswered], "Ring 01010750160"))
	})
	slices.Sort(cells)
	send := func(dry bool, header ...string) (out v1FormOutcome, got reply) {
		t.Helper()
		body, _ := json.Marshal(v1FormUpload{File: base64.StdEncoding.EncodeToString(file), DryRun: dry, Mine: []catalogue.QuestionKey{"lager.praksis"}})
		if got = s.call(contributorEmail, http.MethodPost, path, string(body), header...); got.Status == http.StatusOK {
			got.into(t, &out)
		}
		return out, got
	}
	held := s.own().Answers.Slice()
	out, got := send(true)
	var warned []string
	for _, w := range out.Warnings {
		warned = append(warned, w.At)
	}
	slices.Sort(warned)
	if got.Status != http.StatusOK || !slices.Equal(warned, cells) || len(out.Wrong) != 0 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	_, got = send(false)
	for _, cell := range cells {
		if got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), "body.file."+cell) {
			t.Errorf("%s: %d %s", cell, got.Status, got.Body)
		}
	}
	if strings.Contains(string(got.Body), "01010750160") || !reflect.DeepEqual(held, s.own().Answers.Slice()) {
		t.Errorf("saved, or told: %s", got.Body)
	}
	if out, got := send(false, "Helhet-Confirm", "person-number"); !out.Saved || s.answerNow(unanswered).Note != "Ring 01010750160" {
		t.Errorf("confirmed: %d %s", got.Status, got.Body)
	}
}
