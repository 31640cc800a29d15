package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"helhet/benefits"
	"helhet/internal/locale"
)

// addBenefit puts a benefit of Larvik down and takes it through statuses, as its coordinator would.
func (s *testServer) addBenefit(d benefits.Data, owner string, way ...benefits.Status) benefits.Benefit {
	s.t.Helper()
	who := s.person(coordinatorEmail).Actor()
	d.Status = benefits.Idea
	add := benefits.Add{Municipality: larvik, Data: d}
	if owner != "" {
		add.Owner = s.person(owner).ID
	}
	b, _, err := s.Benefits.Add(s.t.Context(), who, add)
	for _, status := range way {
		if err != nil {
			break
		}
		d.Status = status
		b, err = s.Benefits.Save(s.t.Context(), who, benefits.Save{ID: b.ID, Data: d, Tag: b.Tag})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// driving is a benefit with all that any status demands, whose measures have had effect for some days.
func (s *testServer) driving(title string, ago int) benefits.Data {
	day := func(days int) benefits.Day { return benefits.Day(s.clock().AddDate(0, 0, days).Format(time.DateOnly)) }
	return benefits.Data{Title: title, Type: benefits.SavedTime, Shared: "driving-hours", Technology: "Rutekart", Baseline: benefits.Baseline{Value: "40", Date: day(-ago - 10)},
		Target: benefits.Target{Value: "20", Date: day(365 - ago)}, EffectFrom: day(-ago), Explanation: ""}
}

func TestTheRecordOfABenefit(t *testing.T) {
	s := startServer(t)
	post := func(email, path string, status int, fields ...string) string {
		t.Helper()
		form := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			form.Add(fields[i], fields[i+1])
		}
		got := s.browse(email, http.MethodPost, path, form.Encode(), "Cookie", languageCookie+"=nb")
		if got.Status != status {
			t.Fatalf("%s: %d, want %d: %.600s", path, got.Status, status, got.Body)
		}
		return string(got.Body)
	}
	read := func(email, path string) string {
		t.Helper()
		return s.read(email, locale.Bokmal, path, http.StatusOK)
	}

	// What is overdue stands first for whoever has waited longest: hers for an owner, all of it for who follows up.
	longest := s.addBenefit(s.driving("Lengst over tiden", 300), contributorEmail, benefits.Planned, benefits.Measuring)
	later := s.addBenefit(s.driving("Litt over tiden", 100), leaderEmail, benefits.Planned, benefits.Measuring, benefits.Reached, benefits.HandedOver)
	front := read(leaderEmail, "/")
	has(t, "the leader's front page", front, "Gevinster som skulle vært målt", longest.Title, later.Title, "dager over tiden", measurementPath(later.ID, "new"))
	hasNot(t, "what she may not measure", front, measurementPath(longest.ID, "new"))
	if strings.Index(front, longest.Title) > strings.Index(front, later.Title) {
		t.Error("what has waited longest doesn't come first")
	}
	front = read(contributorEmail, "/")
	has(t, "the owner's front page", front, "Dine gevinster som skulle vært målt", longest.Title, measurementPath(longest.ID, "new"))
	hasNot(t, "another's", front, later.Title)
	has(t, "the list", read(leaderEmail, "/benefits?shelf=late"), longest.Title, later.Title)

	// Removed, it is gone from the lists and the front page, and its page brings it back.
	post(coordinatorEmail, benefitPath(longest.ID)+"/remove", http.StatusPreconditionFailed, "tag", "OLD")
	post(coordinatorEmail, benefitPath(longest.ID)+"/remove", http.StatusSeeOther, "tag", longest.Tag)
	hasNot(t, "the list", read(coordinatorEmail, "/benefits"), longest.Title)
	hasNot(t, "what is late", read(coordinatorEmail, "/benefits?shelf=late"), longest.Title)
	hasNot(t, "the owner's front page", read(contributorEmail, "/"), longest.Title)
	has(t, "what was removed", read(coordinatorEmail, "/benefits?shelf=removed"), longest.Title, "Fjernet, kan hentes til")
	page := read(contributorEmail, benefitPath(longest.ID))
	has(t, "its page", page, "Gevinsten er fjernet")
	hasNot(t, "its page, for its owner", page, "/restore", "?edit=", "measurements/new")
	has(t, "its page, for the coordinator", read(coordinatorEmail, benefitPath(longest.ID)), benefitPath(longest.ID)+"/restore")
	s.read(coordinatorEmail, locale.Bokmal, benefitPath(longest.ID)+"?edit=what", http.StatusConflict)
	post(coordinatorEmail, benefitPath(longest.ID)+"/restore", http.StatusSeeOther, "ask", "yes")
	has(t, "the list", read(coordinatorEmail, "/benefits"), longest.Title)
}

// The record has all that was said of why a benefit came otherwise than planned, and what each measurement was before it was corrected. For outside it has neither who, nor anything that may tell a
// figure of few people: a figure that describes few now was most likely much the same when it described more.
func TestTheRecordHoldsWhatWasBefore(t *testing.T) {
	s := startServer(t)
	who := s.person(coordinatorEmail).Actor()
	b := s.addBenefit(s.driving("Før og nå", 250), coordinatorEmail, benefits.Planned, benefits.Measuring)
	measured := func(on benefits.Day, id benefits.MeasurementID, tag string, value benefits.Number, people int, note string) benefits.Measurement {
		t.Helper()
		m, err := s.Benefits.Measure(t.Context(), who, benefits.Measure{Benefit: b.ID, ID: id, Tag: tag, Data: benefits.Measured{Figures: benefits.Figures{To: on, Value: value, People: people}, Note: note, Source: "Kilden i " + note}})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	explain := func(text string) {
		t.Helper()
		if _, err := s.Benefits.Explain(t.Context(), who, benefits.Explain{ID: b.ID, Text: text, Tag: s.effect(b.ID).Tag}); err != nil {
			t.Fatal(err)
		}
	}
	many := measured(s.ago(60), "", "", "38.25", 30, "nord")
	explain("Dekningen kom sent.")
	measured(s.ago(60), many.ID, many.Tag, "37.5", 31, "nord")
	few := measured(s.ago(20), "", "", "36.75", 12, "Stavern")
	explain("De var syke i Stavern.")
	measured(s.ago(20), few.ID, few.Tag, "35.25", 3, "Stavern")
	explain("En av de tre flyttet.")
	record := func(query string) (v1Recorded, string) {
		t.Helper()
		var all v1Record
		got := s.call(coordinatorEmail, http.MethodGet, apiBase+"/municipalities/larvik/benefit-record"+query, "")
		got.into(t, &all)
		for _, x := range all.Benefits {
			if x.Benefit.ID == b.ID {
				said, err := json.Marshal(x)
				if err != nil {
					t.Fatal(err)
				}
				return x, string(said)
			}
		}
		t.Fatalf("%d: the benefit is not in it", got.Status)
		return v1Recorded{}, ""
	}
	in, said := record("?inside=true")
	has(t, "inside", said, "38.25", "37.5", "36.75", "35.25", "Dekningen kom sent.", "De var syke i Stavern.", "En av de tre flyttet.", "Kilden i nord", "Kilden i Stavern", string(who.Person))
	out, told := record("")
	has(t, "for outside", told, "38.25", "37.5", "Kilden i nord", `"\u003c5"`)
	hasNot(t, "for outside", told, "36.75", "35.25", "Stavern", "Dekningen", "flyttet", `"by"`)
	for name, x := range map[string]v1Recorded{"inside": in, "for outside": out} {
		if len(x.Explanations) != 3 || len(x.Measurements) != 2 || len(x.Measurements[0].Earlier) != 1 || len(x.Measurements[1].Earlier) != 1 {
			t.Errorf("%s: %+v", name, x)
		}
	}
}

// The API lists what waits as the pages do, of everybody or of one owner. What deviates by a figure of few people is not among what is unexplained, unless the answer stays inside.
func TestTheAPIListsWhatWaits(t *testing.T) {
	s := startServer(t)
	many := s.addBenefit(s.driving("Mange", 300), coordinatorEmail, benefits.Planned, benefits.Measuring)
	few := s.addBenefit(s.driving("Få", 300), leaderEmail, benefits.Planned, benefits.Measuring)
	s.measure(many, s.ago(155), "39", "", "", 30)
	s.measure(few, s.ago(155), "39", "", "", 3)
	listed := func(query string) map[benefits.ID]v1Benefit {
		t.Helper()
		all := map[benefits.ID]v1Benefit{}
		for after := ""; ; {
			var page v1Benefits
			s.call(coordinatorEmail, http.MethodGet, apiBase+"/municipalities/larvik/benefits?limit=1&"+query+"&after="+url.QueryEscape(after), "").into(t, &page)
			for _, b := range page.Benefits {
				all[b.ID] = b
			}
			if after = page.Next; after == "" {
				return all
			}
		}
	}
	late := listed("shelf=late")
	if late[many.ID].Late < 100 || late[few.ID].Late < 100 {
		t.Errorf("late: %+v", late)
	}
	hers := listed("shelf=late&owner=" + string(s.person(leaderEmail).ID))
	if _, others := hers[many.ID]; others || hers[few.ID].ID == "" {
		t.Errorf("hers: %+v", hers)
	}
	out, in := listed("shelf=unexplained"), listed("shelf=unexplained&inside=true")
	if _, told := out[few.ID]; told || out[many.ID].Deviation == nil || in[few.ID].Deviation == nil || in[few.ID].Deviation.Explained {
		t.Errorf("unexplained for outside %+v, inside %+v", out, in)
	}
	if got := s.call(coordinatorEmail, http.MethodGet, apiBase+"/municipalities/larvik/benefits?shelf=league", ""); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a shelf that is not there: %d", got.Status)
	}
}

// How a gain is used that nobody has decided is not decided, whatever was measured; it is not "not measured". Who is measured with nothing decided is told apart.
func TestNotDecidedIsNotNotMeasured(t *testing.T) {
	s := startServer(t)
	who := s.person(coordinatorEmail).Actor()
	all, err := s.Benefits.All(t.Context(), who, larvik)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		if _, err := s.Benefits.Remove(t.Context(), who, b.ID, b.Tag); err != nil {
			t.Fatal(err)
		}
	}
	d := s.driving("Målt", 250)
	s.measure(s.addBenefit(d, coordinatorEmail, benefits.Planned, benefits.Measuring), s.ago(20), "32", "", "", 30)
	d.Title = "Ikke målt"
	s.addBenefit(d, coordinatorEmail, benefits.Planned)
	d = s.driving("Bestemt", 250)
	d.Type, d.Shared, d.Indicator, d.Unit, d.Direction, d.Disposition = benefits.IncreasedQuality, "", "Trygghet", benefits.Score, benefits.More, benefits.Disposition{Quality: 100}
	d.Baseline.Value, d.Target.Value = "3", "4"
	s.addBenefit(d, coordinatorEmail, benefits.Planned)
	page := s.read(coordinatorEmail, locale.Bokmal, "/benefits/portfolio", http.StatusOK)
	has(t, "the page", page, s.text("portfolio.use.undecided", "n", 1), s.text("portfolio.use.unmeasured", "n", 1))
	csv := s.file(coordinatorEmail, "/benefits/portfolio/charts/use.csv", http.StatusOK)
	no := s.text("chart.why.not-decided")
	has(t, "the file", csv, "Spart tid;"+strings.Repeat(no+";", 4)+"0 av 2, 1 målt, men ikke bestemt", "Økt kvalitet;0;0;100;0;1 av 1", "Alle;0;0;100;0;1 av 3, 1 målt, men ikke bestemt")
	hasNot(t, "the file", csv, s.text("chart.why.not-measured"))
	has(t, "the picture", s.file(coordinatorEmail, "/benefits/portfolio/charts/use.svg", http.StatusOK), no)
	var answer v1Portfolio
	s.call(coordinatorEmail, http.MethodGet, apiBase+"/municipalities/larvik/benefit-portfolio", "").into(t, &answer)
	if u := answer.Uses; len(u) != 3 || u[0].Undecided != 1 || u[1] != (v1Use{Type: benefits.SavedTime, Benefits: 2, Undecided: 1}) || u[2].Quality != "100" {
		t.Errorf("over the API %+v", u)
	}
}
