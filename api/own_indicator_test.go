package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"helhet/benefits"
)

const ownIndicatorsPath = apiBase + "/municipalities/3909/indicators"

// demoOwn is the indicator of its own that Larvik has in the demo.
const demoOwn = "Timer i vakttelefonen per uke"

func (s *testServer) ownIndicators(t *testing.T) (all v1OwnIndicators) {
	t.Helper()
	s.call(coordinatorEmail, http.MethodGet, ownIndicatorsPath, "").into(t, &all)
	return all
}

// An indicator of the municipality's own goes in, comes back with its faults and all that was typed, is changed, taken back and retired.
func TestAnOwnIndicatorOnItsPages(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	page := string(s.browse(contributorEmail, http.MethodGet, "/benefits/indicators", "", nb...).Body)
	has(t, "a reader", page, "Kommunens egne", demoOwn, "2 gevinster bruker den.", "Legges sammen i kommunen", "Oppdiktet eksempel", "Felles for alle kommuner", "Timer kjørt per uke")
	hasNot(t, "a reader", page, "/undo", "Ny indikator", "Ta ut av bruk")
	hasNot(t, "a neighbour", string(s.browse(neighbourEmail, http.MethodGet, "/benefits/indicators", "", nb...).Body), "i-"+strings.TrimPrefix(string(s.ownIndicators(t).Indicators[0].ID), "i-"))
	hasNot(t, "the lead", string(s.browse(leadEmail, http.MethodGet, "/benefits/indicators", "", nb...).Body), "Kommunens egne", demoOwn)

	const form = "/benefits/indicators/new"
	has(t, "before the first use", string(s.browse(coordinatorEmail, http.MethodGet, form, "", nb...).Body), s.text("indicator.own.firm"))
	inUse := string(s.browse(coordinatorEmail, http.MethodGet, "/benefits/indicators/"+string(s.ownIndicators(t).Indicators[0].ID), "", nb...).Body)
	has(t, "in use", inUse, s.text("indicator.own.kept"), `href="`+form+`"`, s.text("indicator.own.retire"))
	hasNot(t, "in use", inUse, s.text("indicator.own.firm"))
	typed := url.Values{"name": {"Timer  kjørt per UKE"}, "type": {"saved-time"}, "unit": {"stones"}, "direction": {""}, "measure": {"Ring 01019012480 <først>"}, "pitfalls": {strings.Repeat("æ", 501)}, "edit": {"e-1"}}
	got := s.browse(coordinatorEmail, http.MethodPost, form, typed.Encode(), nb...)
	if got.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	has(t, "the form", string(got.Body), `value="Timer  kjørt per UKE"`, `id="unit-error"`, `id="direction-error"`, `id="pitfalls-error"`, "Ring 01019012480 &lt;først&gt;</textarea>", strings.Repeat("æ", 501), `value="e-1"`, `href="#unit"`)
	typed.Set("unit", "hours")
	typed.Set("per", "week")
	typed.Set("direction", "less")
	typed.Set("pitfalls", "Ferie.")
	for name, says := range map[string]string{"": "Skriv et navn.", "timer kjørt  per uke": "En felles indikator heter dette.", demoOwn: "Kommunen har alt en indikator med dette navnet.", strings.Repeat("x", 71): "71"} {
		typed.Set("name", name)
		got := s.browse(coordinatorEmail, http.MethodPost, form, typed.Encode(), nb...)
		has(t, "the name "+name, string(got.Body), `id="name-error"`, says, "Ring 01019012480")
	}
	typed.Set("name", "Timer til lageret per uke")
	got = s.browse(coordinatorEmail, http.MethodPost, form, typed.Encode(), nb...)
	has(t, "asked about the number", string(got.Body), `id="measure-error"`, `name="confirmNumber"`)
	typed.Set("measure", "Se kjøreboka.")
	for range 2 {
		if got = s.browse(coordinatorEmail, http.MethodPost, form, typed.Encode(), nb...); got.Status != http.StatusSeeOther {
			t.Fatalf("%d: %.500s", got.Status, got.Body)
		}
	}
	typed.Del("edit")
	find := func(name string) v1OwnIndicator {
		t.Helper()
		for _, i := range s.ownIndicators(t).Indicators {
			if i.Name == name {
				return i
			}
		}
		t.Fatalf("%s is not among %+v", name, s.ownIndicators(t))
		return v1OwnIndicator{}
	}
	mine := find("Timer til lageret per uke")
	has(t, "the page", string(s.browse(coordinatorEmail, http.MethodGet, "/benefits/indicators?saved=yes", "", nb...).Body), "Indikatoren er lagret.", "Ingen gevinster bruker den.", "Se kjøreboka.", `href="/benefits/new?shared=`+string(mine.ID)+`"`)
	has(t, "chosen there", string(s.browse(coordinatorEmail, http.MethodGet, "/benefits/new?shared="+string(mine.ID), "", nb...).Body), `<optgroup label="Kommunens egne">`, `<option value="`+string(mine.ID)+`" selected>`, `<option value="hours" selected>`, `<option value="week" selected>`)
	// Whoever comes second sees both.
	one := "/benefits/indicators/" + string(mine.ID)
	typed.Set("tag", "OLD")
	typed.Set("measure", "Spør sjåførene.")
	typed.Set("unit", "kilometres")
	got = s.browse(coordinatorEmail, http.MethodPost, one, typed.Encode(), nb...)
	if got.Status != http.StatusPreconditionFailed {
		t.Errorf("%d", got.Status)
	}
	has(t, "who lost", string(got.Body), "Spør sjåførene.</textarea>", "har lagret noe annet her: Se kjøreboka.", "har lagret noe annet her: Timer.")
	typed.Set("tag", mine.Tag)
	s.browse(coordinatorEmail, http.MethodPost, one, typed.Encode(), nb...)
	if mine = find("Timer til lageret per uke"); mine.Unit != benefits.Kilometres || mine.Versions != 2 {
		t.Errorf("%+v", mine)
	}
	has(t, "what it was", string(s.browse(coordinatorEmail, http.MethodGet, one, "", nb...).Body), "Slik sto den før", "Se kjøreboka.", "Timer per uke")
	s.browse(coordinatorEmail, http.MethodPost, one+"/undo", url.Values{"tag": {mine.Tag}}.Encode(), nb...)
	if mine = find("Timer til lageret per uke"); mine.Unit != benefits.Hours {
		t.Errorf("%+v", mine)
	}
	if got := s.browse(coordinatorEmail, http.MethodPost, one+"/undo", url.Values{"tag": {"OLD"}}.Encode(), nb...); got.Status != http.StatusPreconditionFailed || !strings.Contains(string(got.Body), "Noen andre har endret indikatoren") {
		t.Errorf("%d", got.Status)
	}
	typed.Set("tag", mine.Tag)
	typed.Set("do", "retire")
	s.browse(coordinatorEmail, http.MethodPost, one, typed.Encode(), nb...)
	has(t, "retired", string(s.browse(coordinatorEmail, http.MethodGet, "/benefits/indicators", "", nb...).Body), "1 er tatt ut av bruk", "Ta i bruk igjen")
	hasNot(t, "retired", string(s.browse(coordinatorEmail, http.MethodGet, "/benefits/new", "", nb...).Body), string(mine.ID))

	// One that is in use keeps what its figures mean, and says why.
	used := find(demoOwn)
	typed = url.Values{"name": {"Timer i telefonen"}, "type": {"saved-time"}, "unit": {"minutes"}, "per": {"week"}, "direction": {"less"}, "tag": {used.Tag}}
	got = s.browse(coordinatorEmail, http.MethodPost, "/benefits/indicators/"+string(used.ID), typed.Encode(), nb...)
	has(t, "in use", string(got.Body), `id="unit-error"`, "2 gevinster måles med indikatoren", `value="Timer i telefonen"`, `<option value="minutes" selected>`)
	typed.Set("unit", "hours")
	s.browse(coordinatorEmail, http.MethodPost, "/benefits/indicators/"+string(used.ID), typed.Encode(), nb...)
	if used = find("Timer i telefonen"); used.Measure != "" || !used.Used {
		t.Errorf("%+v", used)
	}
}

// The API has what the pages have.
func TestOwnIndicatorsByTheAPI(t *testing.T) {
	s := startServer(t)
	body := `{"name":"Timer til lageret","type":"saved-time","unit":"hours","per":"week","direction":"less","measure":"Se kjøreboka."}`
	var i, again v1OwnIndicator
	s.call(coordinatorEmail, http.MethodPost, ownIndicatorsPath, body, "Idempotency-Key", "k-1").into(t, &i)
	s.call(coordinatorEmail, http.MethodPost, ownIndicatorsPath, body, "Idempotency-Key", "k-1").into(t, &again)
	if i.ID != again.ID || !i.Adds || i.Used || i.Versions != 1 {
		t.Fatalf("%+v, %+v", i, again)
	}
	one := ownIndicatorsPath + "/" + string(i.ID)
	if got := s.call(coordinatorEmail, http.MethodPost, ownIndicatorsPath, strings.Replace(body, "Timer til lageret", "TIMER til lageret", 1)); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), "name") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	s.call(contributorEmail, http.MethodGet, one, "").into(t, &again)
	if again != i {
		t.Errorf("%+v", again)
	}
	changed := strings.Replace(body, "Se kjøreboka.", "Spør sjåførene.", 1)
	if got := s.call(coordinatorEmail, http.MethodPut, one, changed, "If-Match", `"OLD"`); got.Status != http.StatusPreconditionFailed || !strings.Contains(string(got.Body), "Se kjøreboka.") || !strings.Contains(string(got.Body), "Spør sjåførene.") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := s.call(coordinatorEmail, http.MethodPut, one, changed); got.Status != http.StatusPreconditionRequired {
		t.Errorf("%d", got.Status)
	}
	s.call(coordinatorEmail, http.MethodPut, one, changed, "If-Match", strconv.Quote(i.Tag)).into(t, &i)
	s.call(coordinatorEmail, http.MethodPost, one+"/undo", "", "If-Match", strconv.Quote(i.Tag)).into(t, &i)
	s.call(coordinatorEmail, http.MethodPost, one+"/retire", "", "If-Match", strconv.Quote(i.Tag)).into(t, &i)
	if i.Measure != "Se kjøreboka." || !i.Retired || i.Versions != 4 {
		t.Errorf("%+v", i)
	}
	benefit := fmt.Sprintf(`{"title":"Færre turer","type":"saved-time","status":"idea","shared":%q}`, i.ID)
	if got := s.call(coordinatorEmail, http.MethodPost, apiBase+"/municipalities/3909/benefits", benefit); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), "shared") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	s.call(coordinatorEmail, http.MethodPost, one+"/undo", "", "If-Match", strconv.Quote(i.Tag)).into(t, &i)
	var b v1Benefit
	s.call(coordinatorEmail, http.MethodPost, apiBase+"/municipalities/3909/benefits", benefit).into(t, &b)
	if b.Shared != i.ID || b.Unit != benefits.Hours || b.Per != benefits.Week || b.Direction != benefits.Less {
		t.Errorf("%+v", b)
	}
	if got := s.call(neighbourEmail, http.MethodPost, apiBase+"/municipalities/4001/benefits", benefit); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("another municipality's: %d", got.Status)
	}
}

// On the way in a benefit's form her words become an indicator, with nothing of what she typed lost; with one click they do on the benefit's page; and that is taken back.
func TestWordsBecomeAnIndicatorOnTheWay(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	form := url.Values{"title": {"Færre turer"}, "type": {"saved-time"}, "status": {"idea"}, "indicator": {demoOwn}, "unit": {"hours"}, "per": {"week"}, "direction": {"less"}, "risk": {"Snø"}, "entry": {"yes"}, "entry.measure": {"Se <kjøreboka>."}, "entry.pitfalls": {"Ferie."}, "edit": {"e-1"}}
	got := s.browse(coordinatorEmail, http.MethodPost, "/benefits/new", form.Encode(), nb...)
	if got.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	has(t, "the name is taken", string(got.Body), `id="indicator-error"`, "Kommunen har alt en indikator", `name="entry" value="yes" aria-describedby="entry-help" checked`, "Se &lt;kjøreboka&gt;.</textarea>", "Ferie.</textarea>", "Snø</textarea>")
	form.Set("indicator", "Turer til lageret per uke")
	form.Set("entry.pitfalls", strings.Repeat("x", 501))
	got = s.browse(coordinatorEmail, http.MethodPost, "/benefits/new", form.Encode(), nb...)
	has(t, "too long", string(got.Body), `id="entry.pitfalls-error"`, `href="#entry.pitfalls"`)
	before := len(s.ownIndicators(t).Indicators)
	form.Set("entry.pitfalls", "Ferie.")
	form.Set("title", "")
	s.browse(coordinatorEmail, http.MethodPost, "/benefits/new", form.Encode(), nb...)
	if n := len(s.ownIndicators(t).Indicators); n != before {
		t.Errorf("%d indicators are there though the benefit was refused", n)
	}
	form.Set("title", "Færre turer")
	for range 2 {
		if got = s.browse(coordinatorEmail, http.MethodPost, "/benefits/new", form.Encode(), nb...); got.Status != http.StatusSeeOther {
			t.Fatalf("%d: %.500s", got.Status, got.Body)
		}
	}
	b := s.benefitTitled("Færre turer")
	if n := len(s.ownIndicators(t).Indicators); n != before+1 || !b.Shared.Own() || b.Indicator != "" {
		t.Errorf("%d indicators, %+v", n, b.Data)
	}
	page := string(s.browse(contributorEmail, http.MethodGet, benefitPath(b.ID), "", nb...).Body)
	has(t, "the benefit", page, `<a href="/benefits/indicators#`+string(b.Shared)+`">Turer til lageret per uke</a>`)

	// With a click, and back.
	add := url.Values{"title": {"Færre bomturer"}, "type": {"saved-time"}, "status": {"idea"}, "indicator": {"turer til lageret  per uke"}, "unit": {"hours"}, "per": {"week"}, "direction": {"less"}}
	s.browse(coordinatorEmail, http.MethodPost, "/benefits/new", add.Encode(), nb...)
	c := s.benefitTitled("Færre bomturer")
	has(t, "offered", string(s.browse(coordinatorEmail, http.MethodGet, benefitPath(c.ID), "", nb...).Body), `action="`+benefitPath(c.ID)+`/indicator"`, "Gjør til en av kommunens indikatorer")
	hasNot(t, "offered to a reader", string(s.browse(contributorEmail, http.MethodGet, benefitPath(c.ID), "", nb...).Body), "/indicator\"")
	got = s.browse(coordinatorEmail, http.MethodPost, benefitPath(c.ID)+"/indicator", url.Values{"tag": {c.Tag}, "edit": {"c-1"}}.Encode(), nb...)
	if got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	has(t, "adopted", string(s.browse(coordinatorEmail, http.MethodGet, strings.Split(got.Header.Get("Location"), "#")[0], "", nb...).Body), "Gevinsten måles nå med kommunens indikator «Turer til lageret per uke».", "Angre, og behold bare ordene")
	if c = s.benefitTitled("Færre bomturer"); c.Shared != b.Shared {
		t.Errorf("%+v", c.Data)
	}
	s.browse(coordinatorEmail, http.MethodPost, benefitPath(c.ID)+"/indicator", url.Values{"tag": {c.Tag}, "undo": {"yes"}}.Encode(), nb...)
	if c = s.benefitTitled("Færre bomturer"); c.Shared != "" || c.Indicator != "Turer til lageret per uke" || c.Unit != benefits.Hours {
		t.Errorf("%+v", c.Data)
	}
	// Where something is missing the form asks for it, and the click is not lost.
	add.Set("title", "Færre uten enhet")
	add.Set("indicator", "Noe annet")
	add.Del("unit")
	s.browse(coordinatorEmail, http.MethodPost, "/benefits/new", add.Encode(), nb...)
	c = s.benefitTitled("Færre uten enhet")
	got = s.browse(coordinatorEmail, http.MethodPost, benefitPath(c.ID)+"/indicator", url.Values{"tag": {c.Tag}}.Encode(), nb...)
	has(t, "asked for the unit", string(got.Body), `id="unit-error"`, `name="entry" value="yes" aria-describedby="entry-help" checked`, `value="Noe annet"`)
	if got := s.browse(coordinatorEmail, http.MethodPost, benefitPath(c.ID)+"/indicator", url.Values{"tag": {"OLD"}, "undo": {"yes"}}.Encode(), nb...); got.Status != http.StatusPreconditionFailed {
		t.Errorf("%d", got.Status)
	}
}

// Where there are as many as there can be, it is said beside the name, and nothing that was typed is lost: neither in its own form nor in that of a benefit, new or not.
func TestOneOwnIndicatorTooMany(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	for n := range benefits.MaxOwnIndicators - len(s.ownIndicators(t).Indicators) {
		body := fmt.Sprintf(`{"name":"Nummer %d","type":"saved-time","unit":"hours","per":"week","direction":"less"}`, n)
		if got := s.call(coordinatorEmail, http.MethodPost, ownIndicatorsPath, body); got.Status != http.StatusCreated {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
	}
	form := url.Values{"title": {"Færre turer"}, "type": {"saved-time"}, "status": {"idea"}, "indicator": {"Turer til lageret"}, "unit": {"hours"}, "per": {"week"}, "direction": {"less"}, "risk": {"Snø"}}
	if got := s.browse(coordinatorEmail, http.MethodPost, "/benefits/new", form.Encode(), nb...); got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	b := s.benefitTitled("Færre turer")
	form.Set("entry", "yes")
	form.Set("entry.measure", "Se <kjøreboka>.")
	form.Set("tag", b.Tag)
	form.Set("edit", "e-1")
	alone := url.Values{"name": {"Turer til lageret"}, "type": {"saved-time"}, "unit": {"hours"}, "per": {"week"}, "direction": {"less"}, "measure": {"Se <kjøreboka>."}, "edit": {"e-1"}}
	for path, c := range map[string]struct {
		typed url.Values
		kept  []string
	}{
		"/benefits/indicators/new": {alone, []string{`id="name-error"`, `href="#name"`}},
		"/benefits/new":            {form, []string{`id="indicator-error"`, `href="#indicator"`, "Snø</textarea>", `name="entry" value="yes" aria-describedby="entry-help" checked`}},
		benefitPath(b.ID):          {form, []string{`id="indicator-error"`, `href="#indicator"`, "Snø</textarea>", `name="entry" value="yes" aria-describedby="entry-help" checked`, `value="` + b.Tag + `"`}},
	} {
		got := s.browse(coordinatorEmail, http.MethodPost, path, c.typed.Encode(), nb...)
		if got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", path, got.Status)
		}
		has(t, path, string(got.Body), append(c.kept, "Kommunen har 50 egne indikatorer, og flere kan den ikke ha.", `value="Turer til lageret"`, "Se &lt;kjøreboka&gt;.</textarea>", `value="e-1"`)...)
	}
	has(t, "with a click", string(s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID)+"/indicator", url.Values{"tag": {b.Tag}}.Encode(), nb...).Body), `id="indicator-error"`, "Snø</textarea>")
	if now := s.benefitTitled("Færre turer"); now.Tag != b.Tag || now.Shared != "" {
		t.Errorf("%+v", now)
	}
	if got := s.call(coordinatorEmail, http.MethodPost, ownIndicatorsPath, `{"name":"En til","type":"saved-time","unit":"hours","per":"week","direction":"less"}`); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), "name") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// Its name and unit stand wherever a shared one's do, at home; and nowhere else.
func TestWhereAnOwnIndicatorStands(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	id := string(s.ownIndicators(t).Indicators[0].ID)
	read := func(who, path string) string {
		t.Helper()
		got := s.browse(who, http.MethodGet, path, "", nb...)
		if got.Status != http.StatusOK {
			t.Fatalf("%s: %d", path, got.Status)
		}
		return string(got.Body)
	}
	b := s.benefitTitled("telefoner om når hjelpen")
	for _, path := range []string{"/benefits/totals", "/benefits/portfolio?indicator=" + id, "/benefits/export/benefits.csv", "/benefits/export/benefits.json", "/benefits/export/benefits.csv?for=outside", "/benefits/reports/plan", benefitPath(b.ID), "/tasks/kommunikasjon"} {
		has(t, path, read(leaderEmail, path), demoOwn)
	}
	has(t, "the totals", read(leaderEmail, "/benefits/totals"), "Kommunens egen indikator", `<section class="hh-section" aria-labelledby="`+id+`">`)
	for _, who := range []string{neighbourEmail, leadEmail} {
		page := read(who, "/benefits/totals")
		if strings.Contains(page, id) {
			t.Errorf("%s is shown Larvik's own", who)
		}
	}
	hasNot(t, "the lead", read(leadEmail, "/benefits/totals"), demoOwn)
	var own, region v1Totals
	s.call(leaderEmail, http.MethodGet, apiBase+"/municipalities/3909/benefit-totals", "").into(t, &own)
	last := own.Totals[len(own.Totals)-1]
	if string(last.Indicator) != id || last.Unit != benefits.Hours || last.Per != benefits.Week || last.Planned.Benefits != 1 {
		t.Errorf("%+v", last)
	}
	s.call(leaderEmail, http.MethodGet, apiBase+"/regions/vestfold-telemark/benefit-totals", "").into(t, &region)
	for _, x := range region.Totals {
		if x.Indicator.Own() {
			t.Errorf("the region has %+v", x)
		}
	}
	var p v1Portfolio
	s.call(leaderEmail, http.MethodGet, apiBase+"/municipalities/3909/benefit-portfolio", "").into(t, &p)
	if d := p.Indicators[len(p.Indicators)-1]; string(d.Indicator) != id || d.Unit != benefits.Hours {
		t.Errorf("%+v", d)
	}
	var record v1Record
	if err := json.NewDecoder(bytes.NewReader(s.browse(leaderEmail, http.MethodGet, "/benefits/export/benefits.json?for=outside", "", nb...).Body)).Decode(&record); err != nil || len(record.Indicators) != 1 || record.Indicators[0].Name != demoOwn || record.Indicators[0].By != "" {
		t.Errorf("%v %+v", err, record.Indicators)
	}
}
