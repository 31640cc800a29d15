package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
)

var shownAnswers = regexp.MustCompile(`name="answer" value="([^"]*)"`)

// formOn reads the form that a page has to an address: the answers it speaks of, and its other fields.
func formOn(t *testing.T, page, action string) url.Values {
	t.Helper()
	_, form, found := strings.Cut(page, `action="`+action)
	if !found {
		t.Fatalf("no form to %s", action)
	}
	form, _, _ = strings.Cut(form, "</form>")
	values := url.Values{}
	for _, m := range shownAnswers.FindAllStringSubmatch(form, -1) {
		values.Add("answer", m[1])
	}
	for _, name := range []string{"edit", "return", "rows"} {
		if _, value, ok := strings.Cut(form, `name="`+name+`" value="`); ok {
			value, _, _ = strings.Cut(value, `"`)
			values.Set(name, html.UnescapeString(value))
		}
	}
	return values
}

// Last round's answers as Larvik's people meet them: offered once, unconfirmed until somebody's word, and counting nowhere before.
func TestCarriedAnswersOnPages(t *testing.T) {
	s := startServer(t)
	scope := scopeQuery(s.openRound().ID, larvik)
	read := func(email, path string) string { return s.read(email, locale.Bokmal, path, http.StatusOK) }
	post := func(email, path string, form url.Values) reply {
		return s.browse(email, http.MethodPost, path, form.Encode(), "Cookie", languageCookie+"=nb")
	}
	waits := func() int {
		a := s.own()
		n := 0
		for _, of := range a.Unconfirmed(s.catalogue()) {
			n += of
		}
		return n
	}
	figures := func() (all []byte) {
		for _, path := range []string{"/rounds/" + string(s.lastPublished().ID) + "/results", "/regions/vestfold-telemark/trend?area=support&municipality=larvik", "/municipalities/larvik/ambitions"} {
			all = append(all, s.call(coordinatorEmail, http.MethodGet, apiBase+path, "").Body...)
		}
		return append(all, s.call(leadEmail, http.MethodGet, apiBase+"/rounds/"+string(s.openRound().ID), "").Body...)
	}
	before := s.own()
	counts, known := before.Counts(s.catalogue()), figures()

	home := read(contributorEmail, "/")
	offer := formOn(t, home, "/carry"+scope)
	has(t, "home", home, s.text("carry.title", "round", s.lastPublished().Name), s.text("carry.button"))
	hasNot(t, "a leader's home", read(leaderEmail, "/"), s.text("carry.button"))
	has(t, "an open task", read(contributorEmail, "/tasks/lager"), s.text("carry.button"))
	hasNot(t, "an answered task", read(contributorEmail, "/tasks/henvise"), s.text("carry.button"))
	for range 2 { // twice is once
		if got := post(contributorEmail, "/carry"+scope, offer); got.Status != http.StatusSeeOther || got.Header.Get("Location") != offer.Get("return") {
			t.Fatalf("carried: %d to %s", got.Status, got.Header.Get("Location"))
		}
	}
	all := waits()
	a := s.own()
	if all < 20 || !maps.Equal(a.Counts(s.catalogue()), counts) || !bytes.Equal(figures(), known) {
		t.Errorf("%d wait, and they count: %v", all, a.Counts(s.catalogue())[assessment.Whole])
	}
	has(t, "home", read(coordinatorEmail, "/"), s.text("carry.waits", "n", all, "round", s.lastPublished().Name), s.text("carry.undo.button"), s.text("home.unconfirmed", "n", 4))
	has(t, "hand in", read(coordinatorEmail, "/hand-in"), s.text("hand-in.unconfirmed", "n", all))
	has(t, "a leader's task", read(leaderEmail, "/tasks/lager"), s.text("carry.unconfirmed", "round", s.lastPublished().Name))

	// The task's page shows four, and its click is for those and no others.
	page := read(contributorEmail, "/tasks/lager")
	shown := formOn(t, page, "/tasks/lager/confirm"+scope)
	has(t, "the task", page, s.text("carry.task.many", "n", 4, "round", s.lastPublished().Name), s.text("carry.confirm.many", "n", 4), s.text("carry.confirm.this"), "data-carried>")
	if len(shown["answer"]) != 4 {
		t.Fatalf("it shows %v", shown)
	}
	other := url.Values{"answer": {shown["answer"][0], "systemdrift.ansvar " + a.Answer("systemdrift.ansvar").Tag}}
	if got := post(contributorEmail, "/tasks/lager/confirm"+scope, other); got.Status != http.StatusNotFound || waits() != all {
		t.Errorf("another task's: %d, %d wait", got.Status, waits())
	}
	for _, email := range []string{leaderEmail, neighbourEmail, leadEmail} {
		if got := post(email, "/tasks/lager/confirm"+scope, shown); got.Status != http.StatusForbidden || waits() != all {
			t.Errorf("%s confirms: %d", email, got.Status)
		}
	}
	// A script that builds on nothing meets what was carried, and is told that nobody has said it.
	lost := s.browse(contributorEmail, http.MethodPut, s.answerPath("lager.ansvar"), `{"level":3}`, "If-None-Match", "*")
	var both struct{ Current AnswerState }
	if err := json.Unmarshal(lost.Body, &both); err != nil || lost.Status != http.StatusPreconditionFailed || !both.Current.Carried || both.Current.Level == nil {
		t.Errorf("%d %+v", lost.Status, both.Current)
	}
	// A colleague changes one: it is not confirmed, and named. The rest is, and the same click again is the same.
	if got := s.browse(coordinatorEmail, http.MethodPut, s.answerPath("lager.praksis"), `{"level":0}`, "If-Match", `"`+a.Answer("lager.praksis").Tag+`"`); got.Status != http.StatusOK {
		t.Fatalf("the colleague: %d %s", got.Status, got.Body)
	}
	words := s.catalogue().In("nb").Dimensions
	for range 2 {
		got := post(contributorEmail, "/tasks/lager/confirm"+scope, shown)
		if got.Status != http.StatusPreconditionFailed || waits() != all-4 {
			t.Errorf("confirmed: %d, %d wait", got.Status, waits())
		}
		has(t, "what was left", html.UnescapeString(string(got.Body)), s.text("carry.left", "questions", words["praksis"].Name), s.text("carry.left.done"), `href="#lager.praksis"`, s.text("carry.confirmed", "n", 3, "round", s.lastPublished().Name))
	}
	a = s.own()
	if n := a.Counts(s.catalogue())[assessment.OfTask("lager")]; n != (assessment.Count{Answered: 4, Of: 4}) || *a.Answer("lager.praksis").Level != 0 {
		t.Errorf("lager has %v", n)
	}
	undo := formOn(t, read(coordinatorEmail, "/tasks/lager"), "/tasks/lager/unconfirm"+scope)
	if got := post(coordinatorEmail, "/tasks/lager/unconfirm"+scope, undo); got.Status != http.StatusSeeOther || waits() != all-1 || !strings.HasSuffix(got.Header.Get("Location"), "#questions") {
		t.Errorf("undone: %d, %d wait", got.Status, waits())
	}
	// One by one: saved as it stands it is confirmed, by a script and without.
	a = s.own()
	stands := a.Answer("lager.ansvar")
	body, err := json.Marshal(stands.Value)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.browse(contributorEmail, http.MethodPut, s.answerPath("lager.ansvar"), string(body), "If-Match", `"`+stands.Tag+`"`); got.Status != http.StatusOK || waits() != all-2 {
		t.Errorf("by script: %d, %d wait", got.Status, waits())
	}
	stands = a.Answer("lager.forbedring")
	if got := post(contributorEmail, s.answerPath("lager.forbedring"), url.Values{"level": {fmt.Sprint(*stands.Level)}, "note": {stands.Note}, "tag": {stands.Tag}}); got.Status != http.StatusSeeOther || waits() != all-3 {
		t.Errorf("without: %d, %d wait", got.Status, waits())
	}

	// Undone as a whole, what somebody has said stays.
	if got := post(coordinatorEmail, "/carry/undo"+scope, url.Values{"return": {"//elsewhere.example.org"}}); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/" {
		t.Errorf("undone: %d to %s", got.Status, got.Header.Get("Location"))
	}
	a = s.own()
	rest := slices.DeleteFunc(a.Answers.Slice(), func(x assessment.Answer) bool { return strings.HasPrefix(string(x.Question), "lager.") })
	if waits() != 0 || !reflect.DeepEqual(rest, before.Answers.Slice()) || a.Answers.Len() != before.Answers.Len()+3 {
		t.Errorf("%d wait, %d answers stand, %d did before", waits(), a.Answers.Len(), before.Answers.Len())
	}
	// What can't be changed says so, and what was carried stays unconfirmed.
	post(contributorEmail, "/carry"+scope, offer)
	shown = formOn(t, read(contributorEmail, "/tasks/systemdrift"), "/tasks/systemdrift/confirm"+scope)
	if _, err := s.Assessments.HandIn(t.Context(), s.person(coordinatorEmail).Actor(), s.openRound().ID, larvik); err != nil {
		t.Fatal(err)
	}
	left := waits()
	for path, form := range map[string]url.Values{"/tasks/systemdrift/confirm": shown, "/carry/undo": offer} {
		got := post(contributorEmail, path+scope, form)
		if got.Status != http.StatusConflict || waits() != left {
			t.Errorf("%s: %d", path, got.Status)
		}
		has(t, path, html.UnescapeString(string(got.Body)), s.text("error.assessment.handed-in"))
	}
	has(t, "handed in", read(contributorEmail, "/tasks/systemdrift"), s.text("carry.unconfirmed", "round", s.lastPublished().Name))
	// The log says that it was done, and not what was answered.
	s.relay()
	log := read(coordinatorEmail, "/audit?scope=larvik")
	for _, kind := range []string{"assessment.carried", "assessment.carry-undone", "answers.confirmed", "answers.unconfirmed"} {
		has(t, "the log", log, s.text("audit.type."+kind))
	}
}

// Why levels changed is asked once for a task, where one did, and said or not said: the hand-in reminds, and stops nobody.
func TestReasonsOnPages(t *testing.T) {
	s := startServer(t)
	actor := s.person(contributorEmail).Actor()
	a := s.own()
	before, err := s.Assessments.Previous(t.Context(), actor, a)
	if err != nil || before == nil {
		t.Fatal(err)
	}
	var task *catalogue.Task
	unsaid := 0
	for _, each := range s.catalogue().Tasks() {
		if moves := a.Moves(before, &each); len(moves) > 1 {
			task = &each
		}
		if len(a.Moves(before, &each)) > 0 {
			unsaid++
		}
	}
	if task == nil || unsaid == 0 {
		t.Fatal("no task of Larvik's has changed in the demo")
	}
	moves := a.Moves(before, task)
	scope := scopeQuery(s.openRound().ID, larvik)
	path, taskPage := "/tasks/"+string(task.Key)+"/reason"+scope, "/tasks/"+string(task.Key)
	put := func(email, body string, header ...string) reply {
		return s.browse(email, http.MethodPut, path, body, header...)
	}
	read := func(email, path string) string {
		return html.UnescapeString(s.read(email, locale.Bokmal, path, http.StatusOK))
	}
	page := read(contributorEmail, taskPage)
	has(t, "the task", page, s.text("change.task"), `data-key="reason.`+string(task.Key)+`"`, s.text("change.from", "level", moves[0].From, "name", s.catalogue().In("nb").Levels[moves[0].From]),
		fmt.Sprintf(`value="%d" checked`, moves[0].To))
	if form := between(page, `id="`+string(moves[0].Question)+`"`, "</form>"); !regexp.MustCompile(fmt.Sprintf(`value="%d" checked[^>]* data-moved`, moves[0].To)).MatchString(form) ||
		!regexp.MustCompile(fmt.Sprintf(`name="level" value="%d"[^>]*>`, moves[0].From)).MatchString(form) || strings.Count(form, "data-moved") != 5 {
		t.Errorf("the levels that are another than last round's are not marked: %.900s", form)
	}
	hasNot(t, "a task without an earlier answer", read(leaderEmail, "/tasks/lager"), s.text("change.task"))
	has(t, "hand in", read(coordinatorEmail, "/hand-in"), s.text("hand-in.changes.unsaid", "n", unsaid), s.text("change.none"))

	stands := s.own()
	for _, b := range []bad{
		{name: "a reason of one's own", body: `{"reason":"luck"}`, form: "reason=luck", header: []string{"If-None-Match", "*"}, status: 422, text: s.text("error.change-reason")},
		{name: "no tag", body: `{"reason":"new-insight"}`, status: 428, text: s.text("error.tag.required")},
		{name: "a tag for none", body: `{"reason":"new-insight"}`, form: "reason=new-insight&tag=x", header: []string{"If-Match", `"x"`}, status: 412, text: s.text("error.answer.stale")},
		{name: "an unknown field", body: `{"why":"new-insight"}`, header: []string{"If-None-Match", "*"}, status: 422, text: s.text("error.json.unknown", "field", "why")},
		{name: "a broken form", form: "reason=%zz", status: 400, text: s.text("error.malformed")},
	} {
		if b.body != "" {
			if got := put(contributorEmail, b.body, append(b.header, "Cookie", languageCookie+"=nb")...); got.Status != b.status || !strings.Contains(string(got.Body), b.text) {
				t.Errorf("%s, script: %d %.300s", b.name, got.Status, got.Body)
			}
		}
		if b.form != "" {
			if got := s.browse(contributorEmail, http.MethodPost, path, b.form, "Cookie", languageCookie+"=nb"); got.Status != b.status || !strings.Contains(html.UnescapeString(string(got.Body)), b.text) {
				t.Errorf("%s, form: %d", b.name, got.Status)
			}
		}
	}
	if !reflect.DeepEqual(stands, s.own()) {
		t.Fatal("something was written")
	}

	got := put(contributorEmail, `{"reason":"new-insight"}`, "If-None-Match", "*", "Idempotency-Key", "r1")
	var first saved
	got.into(t, &first)
	if own := s.own(); got.Status != http.StatusOK || own.Reason(task.Key).Reason != assessment.NewInsight || first.Tag == "" {
		t.Errorf("saved: %d %s", got.Status, got.Body)
	}
	lost := put(coordinatorEmail, `{"reason":"real-decline"}`, "If-None-Match", "*")
	var both struct{ Current, Yours ReasonState }
	if err := json.Unmarshal(lost.Body, &both); err != nil || lost.Status != http.StatusPreconditionFailed || both.Current.Reason != assessment.NewInsight || both.Current.By == "" || both.Yours.Reason != assessment.RealDecline {
		t.Errorf("a lost race: %d %s", lost.Status, lost.Body)
	}
	form := s.browse(coordinatorEmail, http.MethodPost, path, "reason=real-decline&tag=", "Cookie", languageCookie+"=nb")
	has(t, "a lost race without scripts", html.UnescapeString(string(form.Body)), s.text("save.conflict.theirs"), `value="real-decline" checked`, `name="tag" value="`+first.Tag+`"`)
	// A question with another reason has its own; the leader reads both.
	answer := s.own()
	own := answer.Answer(moves[0].Question)
	body := fmt.Sprintf(`{"level":%d,"changeReason":"new-respondent"}`, moves[0].To)
	if got := s.browse(contributorEmail, http.MethodPut, "/tasks/"+string(task.Key)+"/answers/"+string(moves[0].Question)+scope, body, "If-Match", `"`+own.Tag+`"`); got.Status != http.StatusOK {
		t.Errorf("its own reason: %d %s", got.Status, got.Body)
	}
	leader := read(leaderEmail, taskPage)
	has(t, "the leader's task", leader, s.text("change.reason")+": "+s.text("change.new-respondent"), s.text("change.reason")+": "+s.text("change.new-insight"))
	page = read(coordinatorEmail, "/hand-in")
	if unsaid > 1 {
		has(t, "hand in", page, s.text("hand-in.changes.unsaid", "n", unsaid-1))
	}
	has(t, "hand in", page, s.text("hand-in.changes", "round", s.lastPublished().Name), s.text("change.new-respondent"), s.text("change.new-insight"))
	if got := s.browse(coordinatorEmail, http.MethodPost, "/hand-in"+scope, "confirm=yes"); got.Status != http.StatusSeeOther {
		t.Errorf("handed in without every reason: %d", got.Status)
	}
	late := s.browse(contributorEmail, http.MethodPost, path, "reason=real-decline&tag="+first.Tag, "Cookie", languageCookie+"=nb")
	if page := html.UnescapeString(string(late.Body)); late.Status != http.StatusConflict || !strings.Contains(page, s.text("task.typed")) || !strings.Contains(page, s.text("change.real-decline")) {
		t.Errorf("handed in: %d", late.Status)
	}
}

// Not applicable wants a reason from the list, and words for another one.
func TestNotApplicableOnPages(t *testing.T) {
	s := startServer(t)
	path := s.answerPath(unanswered)
	page := s.read(contributorEmail, locale.Bokmal, "/tasks/lager", http.StatusOK)
	for _, e := range assessment.Exemptions {
		has(t, "the list", page, `<option value="`+string(e)+`">`+s.text("exemption."+string(e)))
	}
	post := func(status int, pairs ...string) string {
		t.Helper()
		got := s.browse(contributorEmail, http.MethodPost, path, fields(append(pairs, "level", "na")...), "Cookie", languageCookie+"=nb")
		if got.Status != status {
			t.Errorf("%v: %d, want %d", pairs, got.Status, status)
		}
		return between(html.UnescapeString(string(got.Body)), `id="lager.ansvar"`, "</form>")
	}
	has(t, "no reason", post(422, "note", "beholdt"), `data-error="notApplicableReason">`+s.text("error.answer.reason"), "beholdt")
	has(t, "another one", post(422, "notApplicableReason", "other"), `data-error="notApplicable">`+s.text("error.answer.reason"), `value="other" selected`)
	has(t, "one that is not on the list", post(422, "notApplicableReason", "bored", "notApplicable", "orker ikke"), `data-error="notApplicableReason">`+s.text("error.answer.exemption"), "orker ikke")
	post(303, "notApplicableReason", "not-in-use", "notApplicable", "Kommer neste år.")
	own := s.own()
	if a := own.Answer(unanswered); a.NotApplicableReason != assessment.NotInUse || a.NotApplicable != "Kommer neste år." {
		t.Errorf("%+v", a)
	}
	has(t, "the leader's task", s.read(leaderEmail, locale.Bokmal, "/tasks/lager", http.StatusOK), s.text("exemption.not-in-use")+". Kommer neste år.")
}

// The same by program.
func TestCarryByProgram(t *testing.T) {
	s := startServer(t)
	doc := newContract(s)
	base := larvikIn(s.openRound().ID)
	call := func(id, method, path, body string, status int, header ...string) reply {
		t.Helper()
		op, documented := doc.operation(id)
		got := s.call(contributorEmail, method, base+path, body, header...)
		doc.check(t, op, documented, got)
		if got.Status != status {
			t.Errorf("%s %s: %d, want %d: %.300s", id, body, got.Status, status, got.Body)
		}
		return got
	}
	var a v1Assessment
	call("get-assessment", http.MethodGet, "", "", 200).into(t, &a)
	answered := a.Answered
	for range 2 {
		a = v1Assessment{}
		call("carry-answers", http.MethodPost, "/carry", "", 200).into(t, &a)
		if a.Unconfirmed < 20 || a.Answered != answered {
			t.Errorf("%d wait, %d of %d are answered", a.Unconfirmed, a.Answered, answered)
		}
	}
	var shown []string
	for _, answer := range a.Answers {
		if strings.HasPrefix(string(answer.Question), "lager.") {
			if !answer.Carried || answer.From == nil || answer.From.Round != s.lastPublished().ID || answer.From.Kind != catalogue.Same || answer.From.NeedsLook {
				t.Errorf("%+v from %+v", answer, answer.From)
			}
			shown = append(shown, fmt.Sprintf(`{"question":%q,"tag":%q}`, answer.Question, answer.Tag))
		}
	}
	body := `{"answers":[` + strings.Join(shown, ",") + `]}`
	call("confirm-answers", http.MethodPost, "/tasks/henvise/confirm", body, 404)
	call("confirm-answers", http.MethodPost, "/tasks/lager/confirm", `{"answers":"all"}`, 422)
	call("confirm-answers", http.MethodPost, "/tasks/lager/confirm", `{}`, 422)
	call("confirm-answers", http.MethodPost, "/tasks/lager/confirm", body, 400, "Idempotency-Key", strings.Repeat("x", 101))
	var done v1Confirmation
	for range 2 {
		call("confirm-answers", http.MethodPost, "/tasks/lager/confirm", body, 200, "Idempotency-Key", "once").into(t, &done)
		if len(done.Done) != 4 || len(done.Changed)+len(done.NeedsLook) != 0 {
			t.Errorf("%+v", done)
		}
	}
	done = v1Confirmation{}
	call("confirm-answers", http.MethodPost, "/tasks/lager/confirm", body, 200).into(t, &done) // their tags are others by now
	if len(done.Done) != 0 || len(done.Changed) != 4 {
		t.Errorf("%+v", done)
	}
	a = v1Assessment{}
	call("get-assessment", http.MethodGet, "", "", 200).into(t, &a)
	if a.Answered != answered+4 {
		t.Errorf("%d are answered", a.Answered)
	}
	shown = nil
	for _, answer := range a.Answers {
		if strings.HasPrefix(string(answer.Question), "lager.") {
			shown = append(shown, fmt.Sprintf(`{"question":%q,"tag":%q}`, answer.Question, answer.Tag))
		}
	}
	done = v1Confirmation{}
	call("unconfirm-answers", http.MethodPost, "/tasks/lager/unconfirm", `{"answers":[`+strings.Join(shown, ",")+`]}`, 200).into(t, &done)
	if len(done.Done) != 4 {
		t.Errorf("%+v", done)
	}
	a = v1Assessment{}
	call("undo-carry", http.MethodPost, "/carry/undo", "", 200).into(t, &a)
	if a.Unconfirmed != 0 || a.Answered != answered {
		t.Errorf("%d wait, %d are answered", a.Unconfirmed, a.Answered)
	}

	reason := func(status int, body string, header ...string) (v v1Reason) {
		t.Helper()
		if got := call("save-change-reason", http.MethodPut, "/reasons/henvise", body, status, header...); got.Status < 300 {
			got.into(t, &v)
		}
		return v
	}
	reason(428, `{"reason":"new-insight"}`)
	reason(422, `{"reason":"luck"}`, "If-None-Match", "*")
	first := reason(201, `{"reason":"new-insight"}`, "If-None-Match", "*", "Idempotency-Key", "r")
	if again := reason(200, `{"reason":"new-insight"}`, "If-None-Match", "*", "Idempotency-Key", "r"); again.Tag != first.Tag {
		t.Errorf("again: %+v", again)
	}
	reason(412, `{"reason":"real-decline"}`, "If-None-Match", "*")
	if back := reason(200, `{}`, "If-Match", `"`+first.Tag+`"`); back.Reason != "" || back.Tag == first.Tag {
		t.Errorf("taken back: %+v", back)
	}
	// Words alone are another reason than those on the list, as before there was one.
	var na v1Answer
	call("save-answer", http.MethodPut, "/answers/systemdrift.ansvar", `{"notApplicable":"Naboen gjør det."}`, 201, "If-None-Match", "*").into(t, &na)
	if na.NotApplicableReason != assessment.OtherExemption || na.NotApplicable != "Naboen gjør det." {
		t.Errorf("%+v", na)
	}
	call("save-answer", http.MethodPut, "/answers/systemdrift.praksis", `{"notApplicableReason":"other"}`, 422, "If-None-Match", "*")
	call("save-answer", http.MethodPut, "/answers/systemdrift.praksis", `{"notApplicableReason":"bored"}`, 422, "If-None-Match", "*")
	call("save-answer", http.MethodPut, "/answers/systemdrift.praksis", `{"level":6}`, 422, "If-None-Match", "*")
	if got := s.call(leaderEmail, http.MethodPost, base+"/carry", ""); got.Status != http.StatusForbidden {
		t.Errorf("a leader carries: %d", got.Status)
	}
	var p Problem
	if got := s.call(neighbourEmail, http.MethodPost, apiBase+"/assessments/"+string(s.rounds()[5].ID)+"/porsgrunn/carry", ""); got.Status != statuses[fault.Conflict] || json.Unmarshal(got.Body, &p) != nil {
		t.Errorf("in a sealed round: %d", got.Status)
	}
}
