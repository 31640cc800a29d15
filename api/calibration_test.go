package api

import (
	"html"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"helhet/internal/events"
	"helhet/internal/locale"
)

// rate fills in a case's form: every level moved from the intended one by as much, within the scale.
func (s *testServer) rate(key string, by int) string {
	s.t.Helper()
	var form []string
	c := s.catalogue()
	for _, one := range c.Cases {
		if string(one.Key) != key {
			continue
		}
		for _, r := range one.Readings {
			form = append(form, string(r.Question), strconv.Itoa(min(max(r.Level+by, c.Scale.Min), c.Scale.Max)))
		}
	}
	return fields(form...)
}

// A case is read and rated before anything of the intended reading is told, and compared then. Nothing of it is stored.
func TestCalibration(t *testing.T) {
	s := startServer(t)
	c := s.catalogue()
	words := c.In("nb")
	list := s.read(contributorEmail, locale.Bokmal, "/calibration", http.StatusOK)
	for _, one := range c.Cases {
		path, text := "/calibration/"+string(one.Key), words.Cases[one.Key]
		has(t, "the list", list, `href="`+path+`"`, text.Name, text.About)
		page := s.read(contributorEmail, locale.Bokmal, path, http.StatusOK)
		has(t, "unrated", page, text.About, s.text("calibration.unstored"))
		for _, r := range one.Readings {
			q := words.Questions[r.Question]
			has(t, "unrated", page, text.Readings[r.Question].Situation, q.Text, q.Levels[1], q.Levels[3], q.Levels[5])
			hasNot(t, "unrated", page, text.Readings[r.Question].Why)
		}
		hasNot(t, "unrated", page, "checked", s.text("calibration.intended"))
	}

	before, own := s.head(), s.own()
	post := func(form string) (reply, string) {
		got := s.browse(contributorEmail, http.MethodPost, "/calibration/fjordvik", form, "Cookie", languageCookie+"=nb")
		return got, html.UnescapeString(string(got.Body))
	}
	readings := words.Cases["fjordvik"].Readings
	for by, want := range map[int][]string{
		0:  {s.text("calibration.same"), s.text("calibration.summary", "same", 6, "of", 6, "higher", 0, "lower", 0), s.text("calibration.summary.same")},
		1:  {s.text("calibration.higher", "n", 1), s.text("calibration.summary", "same", 0, "of", 6, "higher", 6, "lower", 0), s.text("calibration.summary.higher")},
		-1: {s.text("calibration.lower", "n", 1), s.text("calibration.same"), s.text("calibration.summary", "same", 1, "of", 6, "higher", 0, "lower", 5), s.text("calibration.summary.lower")},
		5:  {s.text("calibration.higher", "n", 5), s.text("calibration.higher", "n", 2)},
	} {
		got, page := post(s.rate("fjordvik", by))
		if got.Status != http.StatusOK {
			t.Fatalf("moved by %d: %d", by, got.Status)
		}
		has(t, "moved by "+strconv.Itoa(by), page, want...)
		for _, text := range readings {
			has(t, "compared", page, text.Why, text.Situation)
		}
	}
	if after := s.head(); after != before || !reflect.DeepEqual(s.own(), own) {
		t.Errorf("practising left something: the history ends at %+v, before at %+v", after, before)
	}
}

// What has no level, or none of the scale, is told beside its question; the rest stays chosen, and nothing of the reading is told.
func TestCalibrationKeepsWhatIsChosen(t *testing.T) {
	s := startServer(t)
	readings := s.catalogue().In("nb").Cases["fjordvik"].Readings
	for _, tt := range []struct{ form, fault string }{
		{fields("respons.ansvar", "3", "beredskap.praksis", "1"), s.text("calibration.choose")},
		{strings.Replace(s.rate("fjordvik", 0), "tilganger.forbedring=0", "tilganger.forbedring=7", 1), s.text("error.answer.number", "level", "7")},
		{strings.Replace(s.rate("fjordvik", 0), "tilganger.forbedring=0", "tilganger.forbedring=%ff", 1), s.text("error.answer.number", "level", "\uFFFD")},
		{fields("something", "else"), s.text("calibration.choose")},
	} {
		got := s.browse(contributorEmail, http.MethodPost, "/calibration/fjordvik", tt.form, "Cookie", languageCookie+"=nb")
		page := html.UnescapeString(string(got.Body))
		if got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", tt.form, got.Status)
		}
		has(t, tt.form, page, tt.fault, `href="#tilganger.forbedring"`)
		if strings.Contains(tt.form, "respons.ansvar=3") {
			has(t, tt.form, between(page, `id="respons.ansvar"`, "</fieldset>"), `value="3" checked`)
		}
		for _, text := range readings {
			hasNot(t, tt.form, page, text.Why)
		}
	}
	s.read(contributorEmail, locale.Bokmal, "/calibration/nosuch", http.StatusNotFound)
}

// The first page offers it until the municipality has handed in once, also before its region has had a round.
func TestPracticeIsOffered(t *testing.T) {
	s := startServer(t)
	offer := s.text("home.practice.begin")
	home := func(email string) string { return s.read(email, locale.Bokmal, "/", http.StatusOK) }
	has(t, "before the first round", home(outsiderEmail), offer, `href="/calibration"`)
	for _, email := range []string{contributorEmail, coordinatorEmail, leaderEmail, leadEmail, adminEmail} {
		hasNot(t, email, home(email), offer)
	}
	s.read(outsiderEmail, locale.Bokmal, "/calibration/skogmark", http.StatusOK)
	has(t, "a task's page", s.read(contributorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK), s.text("task.practise"))
}

// head is where the history ends, with all events moved there.
func (s *testServer) head() events.Head {
	s.t.Helper()
	if _, err := s.History.Relay(s.t.Context(), 1000); err != nil {
		s.t.Fatal(err)
	}
	h, err := s.History.Head(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return h
}
