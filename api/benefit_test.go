package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/org"
)

// benefitTitled finds a demo benefit of Larvik.
func (s *testServer) benefitTitled(title string) benefits.Benefit {
	s.t.Helper()
	all, _, err := s.Benefits.List(s.t.Context(), s.person(coordinatorEmail).Actor(), benefits.Filter{Municipality: larvik, Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, b := range all {
		if strings.Contains(b.Title, title) {
			return b
		}
	}
	s.t.Fatalf("no benefit %q", title)
	return benefits.Benefit{}
}

var formField = regexp.MustCompile(`<(?:input|textarea)[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"`)

// opened is what somebody's form holds when she opens it, as a browser would send it.
func (s *testServer) opened(email string, b benefits.Benefit) url.Values {
	s.t.Helper()
	form := url.Values{}
	page := s.browse(email, http.MethodGet, benefitPath(b.ID)+"?edit=what", "")
	if page.Status != http.StatusOK {
		s.t.Fatalf("%d", page.Status)
	}
	for _, m := range formField.FindAllStringSubmatch(string(page.Body), -1) {
		if m[1] == "tag" || m[1] == "edit" || m[1] == "base" {
			form.Set(m[1], strings.NewReplacer("&#34;", `"`, "&#43;", "+").Replace(m[2]))
		}
	}
	for name, value := range flatten(s.Texts.For("nb"), b.Data, b.Owner) {
		if name == "owner" && email != coordinatorEmail || strings.HasPrefix(name, "effect.") && !b.Unexpected() {
			continue
		}
		form.Set(name, value)
	}
	for _, checks := range []string{"tasks", "steps"} {
		if form[checks] = strings.Fields(form.Get(checks)); len(form[checks]) == 0 {
			form.Del(checks)
		}
	}
	return form
}

func TestABenefitIsPutDownAndComesBackWithItsFaults(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	form := url.Values{"title": {"Ny <gevinst>"}, "type": {"saved-time"}, "status": {"planned"}, "unit": {"hours"}, "baseline.value": {"1.200"}, "disposition.quality": {"80 %"}, "disposition.other": {"en del"},
		"measures": {"Ring 01019012480"}, "tasks": {"henvise", "gevinster"}, "edit": {"e-1"}}
	got := s.browse(coordinatorEmail, http.MethodPost, "/benefits/new", form.Encode(), nb...)
	if got.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	page := string(got.Body)
	has(t, "the form", page, `value="Ny &lt;gevinst&gt;"`, `value="1.200"`, `value="80 %"`, `value="en del"`, "Ring 01019012480", `value="henvise" checked`, "2 oppgaver valgt", `value="e-1"`,
		`id="baseline.value-error"`, `id="disposition.other-error"`, `id="indicator-error"`, `id="target.date-error"`, `id="owner-error"`, `href="#owner"`)
	form = url.Values{"title": {"Ny <gevinst>"}, "type": {"saved-time"}, "status": {"idea"}, "unit": {"nok"}, "baseline.value": {"1 200,50"}, "measures": {"Ring 01019012480"}, "edit": {"e-1"}}
	got = s.browse(coordinatorEmail, http.MethodPost, "/benefits/new", form.Encode(), nb...)
	has(t, "asked about the number", string(got.Body), `name="confirmNumber"`, `id="measures-error"`, "1 200,50")
	form.Set("confirmNumber", "yes")
	for range 2 { // a double click
		if got = s.browse(coordinatorEmail, http.MethodPost, "/benefits/new", form.Encode(), nb...); got.Status != http.StatusSeeOther {
			t.Fatalf("%d: %.500s", got.Status, got.Body)
		}
	}
	b := s.benefitTitled("Ny <gevinst>")
	if b.Baseline.Value != "1200.5" {
		t.Errorf("%+v", b.Baseline)
	}
	got = s.browse(contributorEmail, http.MethodGet, benefitPath(b.ID), "", nb...)
	has(t, "read", string(got.Body), "Ny &lt;gevinst&gt;", "1200,5 kr", "Idé", "Ingen")
	hasNot(t, "read by a contributor", string(got.Body), "Endre gevinsten", "Overlat til")
	got = s.browse(coordinatorEmail, http.MethodGet, "/benefits?status=measuring&whose=mine", "", nb...)
	has(t, "what the list shows", string(got.Body), "Viser: Gevinstene · Måles · Mine")
	got = s.browse(coordinatorEmail, http.MethodGet, "/benefits?status=measuring", "", nb...)
	has(t, "those that are measured", string(got.Body), "nattlige tilsyn", "Viser: Gevinstene · Måles<")
	hasNot(t, "those that are measured", string(got.Body), "Ny &lt;gevinst&gt;")
	got = s.browse(leaderEmail, http.MethodGet, "/benefits?whose=mine", "", nb...)
	has(t, "the leader's", string(got.Body), "nattlige tilsyn")
	hasNot(t, "the leader's", string(got.Body), "fra søknad", "Ny gevinst")
	has(t, "the warning in the list", string(s.browse(leaderEmail, http.MethodGet, "/benefits", "", nb...).Body), "etter at tiltaket begynte")
}

// Two write at once: what only the other changed is filled in, what only she changed stays, and where both did she sees both and decides.
func TestTwoWhoWriteAtOnceSeeBoth(t *testing.T) {
	s := startServer(t)
	b := s.benefitTitled("nattlige tilsyn")
	nb := []string{"Cookie", languageCookie + "=nb"}
	mine, theirs := s.opened(coordinatorEmail, b), s.opened(leaderEmail, b)
	theirs.Set("risk", "Deres risiko")
	theirs.Set("uncertainty", "Deres usikkerhet")
	theirs.Set("target.value", "20,5")
	if got := s.browse(leaderEmail, http.MethodPost, benefitPath(b.ID), theirs.Encode(), nb...); got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.800s", got.Status, got.Body)
	}
	mine.Set("risk", "Min risiko\r\nto linjer")
	mine.Set("assumptions", "Min forutsetning")
	got := s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID), mine.Encode(), nb...)
	if got.Status != http.StatusPreconditionFailed {
		t.Fatalf("%d", got.Status)
	}
	page := string(got.Body)
	has(t, "both", page, "Noen andre lagret mens du skrev", "Min risiko\nto linjer</textarea>", "Deres risiko. Det du skrev", "Min forutsetning</textarea>", "Deres usikkerhet</textarea>", `value="20,5"`, `id="risk-note"`, `id="uncertainty-note"`, `id="target.value-note"`)
	hasNot(t, "what she alone changed", page, `id="assumptions-note"`, `id="title-note"`, `id="owner-note"`)
	if now := s.benefitTitled("nattlige tilsyn"); now.Risk != "Deres risiko" || now.Assumptions != "" {
		t.Errorf("something was saved before she said so: %+v", now.Data)
	}
	again := s.opened(coordinatorEmail, s.benefitTitled("nattlige tilsyn"))
	again.Set("risk", "Min risiko")
	again.Set("assumptions", "Min forutsetning")
	if got := s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID), again.Encode(), nb...); got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.800s", got.Status, got.Body)
	}
	if now := s.benefitTitled("nattlige tilsyn"); now.Risk != "Min risiko" || now.Uncertainty != "Deres usikkerhet" || now.Target.Value != "20.5" || now.Owner != b.Owner {
		t.Errorf("%+v", now.Data)
	}
	// A base that can't be read, or none, loses nothing: every difference is shown.
	for _, base := range []string{"", "{", `{"risk":7}`, strings.Repeat("[", 5000)} {
		mine.Set("base", base)
		mine.Del("edit")
		got := s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID), mine.Encode(), nb...)
		if got.Status != http.StatusPreconditionFailed || !strings.Contains(string(got.Body), `id="uncertainty-note"`) {
			t.Errorf("%.20q: %d", base, got.Status)
		}
	}
}

// Whoever reads of a benefit is told when its owner has no role in the municipality any more, until it is another's.
func TestAnOwnerWithoutARole(t *testing.T) {
	s := startServer(t)
	b, owner := s.benefitTitled("nattlige tilsyn"), s.person(leaderEmail)
	left := s.text("benefit.owner.left", "name", owner.Name)
	places := []string{benefitPath(b.ID), "/benefits"}
	for _, path := range places {
		hasNot(t, path, s.read(contributorEmail, locale.Bokmal, path, http.StatusOK), left)
	}
	if got := s.browse(coordinatorEmail, http.MethodPost, "/people/"+string(owner.ID)+"/deactivate", "confirm=yes"); got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.300s", got.Status, got.Body)
	}
	for _, path := range places {
		has(t, path, s.read(contributorEmail, locale.Bokmal, path, http.StatusOK), left)
	}
	if _, err := s.Benefits.Give(t.Context(), s.person(coordinatorEmail).Actor(), benefits.Give{ID: b.ID, Owner: s.person(contributorEmail).ID, Tag: b.Tag}); err != nil {
		t.Fatal(err)
	}
	for _, path := range places {
		hasNot(t, path, s.read(contributorEmail, locale.Bokmal, path, http.StatusOK), left)
	}
}

func TestAnOwnerHandsOver(t *testing.T) {
	s := startServer(t)
	b := s.benefitTitled("nattlige tilsyn")
	page := string(s.browse(leaderEmail, http.MethodGet, benefitPath(b.ID), "").Body)
	has(t, "the owner's page", page, `action="`+benefitPath(b.ID)+`/owner"`)
	hasNot(t, "nobody is no heir of what is measured", page, `<option value="">`)
	give := func(to string, status int) {
		t.Helper()
		if got := s.browse(leaderEmail, http.MethodPost, benefitPath(b.ID)+"/owner", url.Values{"tag": {b.Tag}, "owner": {to}}.Encode()); got.Status != status {
			t.Errorf("%s: %d, want %d: %.300s", to, got.Status, status, got.Body)
		}
	}
	give("p-demo-coordinator-4001", http.StatusUnprocessableEntity)
	give("", http.StatusUnprocessableEntity)
	give(string(s.person(contributorEmail).ID), http.StatusSeeOther)
	hasNot(t, "she edits it no more", string(s.browse(leaderEmail, http.MethodGet, benefitPath(b.ID), "").Body), "?edit=")
	if got := s.browse(leaderEmail, http.MethodGet, benefitPath(b.ID)+"?edit=what", ""); got.Status != http.StatusForbidden {
		t.Errorf("%d", got.Status)
	}
	// Her page of data names what she owns; when she is deleted it is nobody's.
	var data v1PersonalData
	s.call(contributorEmail, http.MethodGet, apiBase+"/me/data", "").into(t, &data)
	if !strings.Contains(fmt.Sprint(data.Benefits), string(b.ID)) {
		t.Errorf("%+v", data.Benefits)
	}
	has(t, "her data", string(s.browse(contributorEmail, http.MethodGet, "/account/data", "").Body), b.Title)
	if got := s.browse(contributorEmail, http.MethodPost, "/account/delete", "confirm=yes"); got.Status != http.StatusSeeOther {
		t.Fatalf("%d", got.Status)
	}
	if now := s.benefitTitled("nattlige tilsyn"); now.Owner != "" {
		t.Errorf("%+v", now.Owner)
	}
	// What has lost its owner can be read, and is saved when it has one again.
	has(t, "without an owner", string(s.browse(coordinatorEmail, http.MethodGet, benefitPath(b.ID), "").Body), b.Title)
	if got := s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID), s.opened(coordinatorEmail, s.benefitTitled("nattlige tilsyn")).Encode()); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), `id="owner-error"`) {
		t.Errorf("%d", got.Status)
	}
}

func TestBenefitsOfTheAPI(t *testing.T) {
	s := startServer(t)
	const all = apiBase + "/municipalities/3909/benefits"
	body := `{"title":"Over API","type":"avoided-cost","status":"idea","unit":"nok","baseline":{"value":"-12.50","date":"2026-01-31"},"disposition":{"quality":100}}`
	var made, b v1Benefit
	for i, status := range []int{http.StatusCreated, http.StatusOK} {
		got := s.call(coordinatorEmail, http.MethodPost, all, body, "Idempotency-Key", "k")
		if got.Status != status {
			t.Fatalf("%d: %d %s", i, got.Status, got.Body)
		}
		got.into(t, &made)
	}
	if made.Baseline.Value != "-12.5" || made.Disposition.Quality != 100 || made.Tag == "" {
		t.Errorf("%+v", made)
	}
	one := all + "/" + string(made.ID)
	got := s.call(contributorEmail, http.MethodGet, one, "")
	got.into(t, &b)
	if got.Header.Get("ETag") != strconv.Quote(made.Tag) || b.Title != made.Title {
		t.Errorf("%v %+v", got.Header, b)
	}
	change := strings.Replace(body, "Over API", "Endret", 1)
	for _, c := range []struct {
		email, path, body string
		header            []string
		status            int
	}{
		{coordinatorEmail, one, change, nil, http.StatusPreconditionRequired},
		{coordinatorEmail, one, change, []string{"If-Match", `"OLD"`}, http.StatusPreconditionFailed},
		{coordinatorEmail, one, change, []string{"If-Match", "nonsense"}, http.StatusBadRequest},
		{leaderEmail, one, change, []string{"If-Match", strconv.Quote(made.Tag)}, http.StatusForbidden},
		{neighbourEmail, one, change, []string{"If-Match", strconv.Quote(made.Tag)}, http.StatusNotFound},
		{coordinatorEmail, strings.Replace(one, "3909", "porsgrunn", 1), change, []string{"If-Match", strconv.Quote(made.Tag)}, http.StatusNotFound},
		{coordinatorEmail, one, strings.Replace(body, `"-12.50"`, `-12.5`, 1), []string{"If-Match", strconv.Quote(made.Tag)}, http.StatusUnprocessableEntity}, // a number would pass through floating point
		{coordinatorEmail, one, strings.Replace(body, `"value"`, `"Value"`, 1), []string{"If-Match", strconv.Quote(made.Tag)}, http.StatusUnprocessableEntity},
		{coordinatorEmail, one, strings.Replace(body, `"-12.50"`, `"1e9"`, 1), []string{"If-Match", strconv.Quote(made.Tag)}, http.StatusUnprocessableEntity},
		{coordinatorEmail, one + "/owner", `{"owner":"p-nobody"}`, []string{"If-Match", strconv.Quote(made.Tag)}, http.StatusUnprocessableEntity},
	} {
		if got := s.call(c.email, http.MethodPut, c.path, c.body, c.header...); got.Status != c.status {
			t.Errorf("%s %s %v: %d, want %d: %s", c.email, c.path, c.header, got.Status, c.status, got.Body)
		}
	}
	var wrong Problem
	_ = json.Unmarshal(s.call(coordinatorEmail, http.MethodPut, one, strings.Replace(body, `"-12.50"`, `"1e9"`, 1), "If-Match", strconv.Quote(made.Tag)).Body, &wrong)
	if len(wrong.Errors) != 1 || wrong.Errors[0].Location != "body.baseline.value" {
		t.Errorf("%+v", wrong)
	}
	var lost struct {
		Current v1Benefit
		Yours   BenefitData
	}
	_ = json.Unmarshal(s.call(coordinatorEmail, http.MethodPut, one, change, "If-Match", `"OLD"`).Body, &lost)
	if lost.Current.Title != "Over API" || lost.Yours.Title != "Endret" || lost.Current.By == "" || lost.Current.Tag != made.Tag {
		t.Errorf("%+v", lost)
	}
	s.call(coordinatorEmail, http.MethodPut, one+"/owner", fmt.Sprintf(`{"owner":%q}`, s.person(leaderEmail).ID), "If-Match", strconv.Quote(made.Tag)).into(t, &b)
	s.call(leaderEmail, http.MethodPut, one, change, "If-Match", strconv.Quote(b.Tag)).into(t, &b)
	if b.Title != "Endret" || b.Owner != s.person(leaderEmail).ID {
		t.Errorf("%+v", b)
	}
	seen := map[benefits.ID]bool{}
	for after := ""; ; {
		var list v1Benefits
		s.call(contributorEmail, http.MethodGet, all+"?limit=2&after="+url.QueryEscape(after), "").into(t, &list)
		for _, x := range list.Benefits {
			seen[x.ID] = true
		}
		if after = list.Next; after == "" {
			break
		}
	}
	if len(seen) != 9 {
		t.Errorf("%d benefits on all pages", len(seen))
	}
	var hers v1Benefits
	s.call(contributorEmail, http.MethodGet, all+"?status=idea&owner="+string(s.person(leaderEmail).ID), "").into(t, &hers)
	if len(hers.Benefits) != 1 || hers.Benefits[0].ID != made.ID {
		t.Errorf("%+v", hers)
	}
}

// Whoever's access ends leaves her benefits to another, on her page: to anyone with a role there, steps or no steps.
func TestBenefitsAreHandedOverWithTheRest(t *testing.T) {
	s := startServer(t)
	leader, heir := s.person(leaderEmail).ID, s.person(contributorEmail)
	path := "/people/" + string(leader)
	if got := s.browse(coordinatorEmail, http.MethodPost, path+"/deactivate", "confirm=yes"); got.Status != http.StatusSeeOther {
		t.Fatalf("%d", got.Status)
	}
	page := s.read(coordinatorEmail, locale.Bokmal, path+"?ended=yes", http.StatusOK)
	has(t, "the page of who left", page, path+"/hand-over", "Det gjelder gevinster.", `<option value="`+string(heir.ID)+`"`)
	b := s.benefitTitled("nattlige tilsyn")
	has(t, "who has left is offered until it is another's", string(s.browse(coordinatorEmail, http.MethodGet, benefitPath(b.ID)+"?edit=what", "", "Cookie", languageCookie+"=nb").Body), "ikke lenger en rolle her")
	handOver := func(to org.PersonID) string {
		t.Helper()
		got := s.browse(coordinatorEmail, http.MethodPost, path+"/hand-over", "to="+string(to))
		if got.Status != http.StatusSeeOther {
			t.Fatalf("%d: %s", got.Status, got.Body)
		}
		return s.read(coordinatorEmail, locale.Bokmal, got.Header.Get("Location"), http.StatusOK)
	}
	has(t, "to who left herself", handOver(leader), "Ingenting ble overlatt", path+"/hand-over")
	has(t, "afterwards", handOver(heir.ID), "Overlatt: 1 gevinst.")
	if now := s.benefitTitled("nattlige tilsyn"); now.Owner != heir.ID {
		t.Errorf("%+v", now.Owner)
	}
	hasNot(t, "the page when nothing is left", s.read(coordinatorEmail, locale.Bokmal, path, http.StatusOK), path+"/hand-over")
	var handed v1HandedOver
	s.call(coordinatorEmail, http.MethodPost, v1PeoplePath+string(heir.ID)+"/hand-over", `{"to":"`+string(s.person(coordinatorEmail).ID)+`"}`).into(t, &handed)
	if handed.Invitations != 0 || handed.Benefits < 1 {
		t.Errorf("by a program: %+v", handed)
	}
}
