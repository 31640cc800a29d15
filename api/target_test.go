package api

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
	"helhet/org"
)

// Nothing of what is suggested reaches a browser before the task's last answer, neither on the page nor with a save; then it stands there
// with where the municipality lies, and moves with each answer.
func TestTargetWaitsForTheLastAnswer(t *testing.T) {
	s := startServer(t)
	c := s.catalogue()
	task := c.Task("lager")
	sentences := c.In("nb").Tasks["lager"].Target
	hidden := func(step, text string) {
		t.Helper()
		text = html.UnescapeString(text)
		for size, sentence := range sentences {
			hasNot(t, step, text, sentence, strings.TrimSpace(s.text("target.band."+string(size), "levels", "")))
		}
		hasNot(t, step, text, "data-placing", "hh-band", s.text("target.place.below"), s.text("target.place.within"), s.text("target.place.above"))
	}
	page := func() string { return s.read(contributorEmail, locale.Bokmal, "/tasks/lager", http.StatusOK) }
	save := func(q catalogue.QuestionKey, body string) saved {
		t.Helper()
		own := s.own()
		header := []string{"If-None-Match", "*"}
		if tag := own.Answer(q).Tag; tag != "" {
			header = []string{"If-Match", `"` + tag + `"`}
		}
		got := s.browse(contributorEmail, http.MethodPut, s.answerPath(q), body, append(header, "Cookie", languageCookie+"=nb")...)
		if got.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", q, got.Status, got.Body)
		}
		var told saved
		got.into(t, &told)
		return told
	}
	hidden("at first", page())
	has(t, "at first", page(), s.text("target.waits"))
	for i, q := range task.Questions[:3] {
		told := save(q.Key, `{"level":4}`)
		hidden(fmt.Sprintf("answer %d", i+1), told.Target)
		has(t, "a save", told.Target, s.text("target.waits"))
		hidden(fmt.Sprintf("page after answer %d", i+1), page())
	}
	// Larvik is large: the demo's register says so.
	band, _ := c.Target("lager", "large")
	last := task.Questions[3].Key
	for _, step := range []struct {
		body  string
		score string
		place assessment.Placing
	}{{`{"level":4}`, "4,0", assessment.Within}, {`{"level":0}`, "3,0", assessment.Within}} {
		told := save(last, step.body)
		for where, text := range map[string]string{"save": html.UnescapeString(told.Target), "page": page()} {
			has(t, where+" "+step.body, text, `data-placing="`+string(step.place)+`"`, s.text("target.place."+string(step.place)), sentences["large"], s.text("target.own"),
				s.text("target.band.large", "levels", fmt.Sprintf("%d til %d", band.Lowest, band.Highest)), s.text("target.stands", "score", step.score))
			hasNot(t, where, text, sentences["small"], sentences["medium"], s.text("target.waits"))
		}
	}
	for _, q := range task.Questions {
		save(q.Key, `{"level":0}`)
	}
	has(t, "at the bottom", page(), `data-placing="below"`, s.text("target.place.below"))
	for _, q := range task.Questions {
		save(q.Key, `{"level":5}`)
	}
	has(t, "at the top", page(), `data-placing="above"`, s.text("target.place.above"))
	hidden("taken back", save(last, `{}`).Target)
	hidden("taken back", page())
	for _, q := range task.Questions {
		save(q.Key, `{"notApplicable":"Naboen gjør det"}`)
	}
	hasNot(t, "nothing applies", page(), s.text("target.title"))
}

// Without a population there is no suggestion, and the page says why.
func TestTargetOfUnknownSize(t *testing.T) {
	s := startServer(t)
	c, own := s.catalogue(), s.own()
	oslo, _ := s.API.Register.Get("oslo")
	if oslo.Size() != org.UnknownSize {
		t.Fatalf("oslo is %s", oslo.Size())
	}
	text := s.Texts.For(locale.Bokmal)
	v := s.API.viewTarget(text, current{Catalogue: c, Words: c.In("nb"), Own: "oslo", Assessment: &own}, c.Task("henvise"))
	if v == nil || v.Wait != s.text("target.unknown", "municipality", "Oslo") || v.Placing != "" || v.Band != "" {
		t.Errorf("%+v", v)
	}
}

// The step further that stands on the page is that of the level chosen, and there is none at the top.
func TestFurtherFitsTheLevel(t *testing.T) {
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	words := c["helhetlig-tjenestemodell-1"].In("en").Questions["henvise.ansvar"]
	for level, want := range []string{words.Further[1], words.Further[1], words.Further[1], words.Further[3], words.Further[3], ""} {
		var v questionView
		v.guide(catalogue.Scale{Min: 0, Max: 5}, nil, words, &level)
		got := ""
		for _, f := range v.Further {
			if f.Fits {
				got += f.Text
			}
		}
		if got != want || v.Evidence != words.Evidence {
			t.Errorf("at level %d: %q, want %q", level, got, want)
		}
	}
}

// In the API too a suggestion comes with the task's last answer and goes with it, in the assessment's own answer, for its size and no other.
func TestTargetInTheAPIWaitsForTheLastAnswer(t *testing.T) {
	s := startServer(t)
	c := s.catalogue()
	path := apiBase + "/assessments/" + string(s.own().Round) + "/larvik"
	targets := func() (v1Assessment, []v1Target) {
		t.Helper()
		var a v1Assessment
		s.call(contributorEmail, http.MethodGet, path, "").into(t, &a)
		var of []v1Target
		for _, x := range a.Targets {
			if x.Task == "lager" {
				of = append(of, x)
			}
		}
		return a, of
	}
	save := func(q catalogue.QuestionKey, body string) {
		t.Helper()
		own, header := s.own(), []string{"If-None-Match", "*"}
		if tag := own.Answer(q).Tag; tag != "" {
			header = []string{"If-Match", `"` + tag + `"`}
		}
		if got := s.browse(contributorEmail, http.MethodPut, s.answerPath(q), body, header...); got.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", q, got.Status, got.Body)
		}
	}
	questions := c.Task("lager").Questions
	for _, q := range questions {
		if a, of := targets(); len(of) > 0 {
			t.Fatalf("before %s: %+v of %+v", q.Key, of, a.Targets)
		}
		save(q.Key, `{"level":4}`)
	}
	band, _ := c.Target("lager", "large") // Larvik is large
	if _, of := targets(); len(of) != 1 || of[0] != (v1Target{"lager", band.Lowest, band.Highest, assessment.Within, of[0].Why}) || of[0].Why == "" {
		t.Errorf("%+v", of)
	}
	for _, q := range questions {
		save(q.Key, `{"level":0}`)
	}
	if _, of := targets(); len(of) != 1 || of[0].Place != assessment.Below {
		t.Errorf("%+v", of)
	}
	save(questions[0].Key, `{}`)
	if _, of := targets(); len(of) > 0 {
		t.Errorf("taken back: %+v", of)
	}
}
