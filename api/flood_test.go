package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/events"
	"helhet/internal/locale"
	"helhet/org"
)

// flood sends saves of one answer from everywhere at the same time. Every save has a note of its own, by which it is known again.
type flood struct {
	*testServer
	t        *testing.T
	question catalogue.QuestionKey
	page     string // where the task's page saves the answer
	program  string // where a program does
	told     map[org.PersonID]*http.Cookie

	mu      sync.Mutex
	stood   []acknowledged
	refused map[int]int // by status
}

// acknowledged is a save whose sender was told that it stands, with the note of what she had before her.
type acknowledged struct {
	note, on string
	level    int
	by       org.PersonID
}

// state is an answer as somebody knows it: no tag for no answer.
type state struct{ tag, note string }

// door is a way in: a page's form, a page's script, a program.
type door int

const doors = 3

var floodNote = regexp.MustCompile(`flom-\d+`)

// send saves level and note over what the sender knows, and tells what she knows afterwards. Whatever comes back is an acknowledgement, or a refusal
// that says why in her language and has all that she sent.
func (f *flood) send(who org.PersonID, lang locale.Lang, way door, knows state, level int, note string) state {
	t, texts := f.t, f.Texts.For(lang)
	header := []string{"Cookie", languageCookie + "=" + string(lang)}
	if way != 0 {
		header = append(header, "If-None-Match", "*")
		if knows.tag != "" {
			header = append(header[:2], "If-Match", strconv.Quote(knows.tag))
		}
	}
	body, method, path := fmt.Sprintf(`{"level":%d,"note":%q}`, level, note), http.MethodPut, f.page
	switch way {
	case 0:
		body, method = fields("level", strconv.Itoa(level), "note", note, "tag", knows.tag), http.MethodPost
	case 2:
		path = f.program
	}
	got := f.visit(f.told[who], method, path, body, header...)
	said := text(got)
	switch got.Status {
	case http.StatusOK, http.StatusCreated, http.StatusSeeOther:
		f.mu.Lock()
		f.stood = append(f.stood, acknowledged{note, knows.note, level, who})
		f.mu.Unlock()
		if way == 0 {
			return knows // a form is not told what its answer is called by now
		}
		return state{strings.Trim(got.Header.Get("ETag"), `"`), note}
	case http.StatusTooManyRequests:
		wait, err := strconv.Atoi(got.Header.Get("Retry-After"))
		if err != nil || wait < 1 {
			t.Errorf("door %d says to wait for %q", way, got.Header.Get("Retry-After"))
		}
		has(t, "too fast", said, texts.T("error.too-fast", "n", wait))
		if way == 0 {
			has(t, "too fast, with what was typed", said, texts.T("failure.send"), `name="note" value="`+note+`"`, fmt.Sprintf(`name="level" value="%d"`, level), `name="tag" value="`+knows.tag+`"`)
		}
	case http.StatusPreconditionFailed:
		has(t, "not the first", said, texts.T("error.answer.stale"))
		if way == 0 {
			_, form, _ := strings.Cut(said, `id="`+string(f.question)+`" method="post"`)
			form, _, _ = strings.Cut(form, "</form>")
			has(t, "not the first, with what was typed", form, note+"</textarea>", fmt.Sprintf(`value="%d" checked`, level), texts.T("save.conflict.theirs"))
			_, tag, _ := strings.Cut(form, `name="tag" value="`)
			tag, _, _ = strings.Cut(tag, `"`)
			knows = state{tag, ""}
			if notes := floodNote.FindAllString(form, -1); len(notes) == 2 {
				knows.note = notes[1]
			}
		} else {
			var p struct{ Current, Yours struct{ Tag, Note string } }
			if err := json.Unmarshal(got.Body, &p); err != nil || p.Yours.Note != note {
				t.Errorf("door %d lost %s: %v %s", way, note, err, got.Body)
			}
			knows = state{p.Current.Tag, p.Current.Note}
		}
		if knows.tag == "" || knows.note == "" {
			t.Errorf("door %d is not told what stands: %.300s", way, said)
		}
	default:
		t.Errorf("door %d: %d %.500s", way, got.Status, said)
	}
	if way != 0 && got.Status >= http.StatusBadRequest && got.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("door %d is refused with %s", way, got.Header.Get("Content-Type"))
	}
	f.mu.Lock()
	f.refused[got.Status]++
	f.mu.Unlock()
	return knows
}

// Five hundred saves of one answer at the same moment, by one person and then by several, through every door there is: what is acknowledged stands,
// each on the one before it, and the history tells of each once. All others are refused with the reason. The clock stands still, so that it holds
// at any speed.
func TestAFloodOnOneAnswer(t *testing.T) {
	s := startServer(t)
	const perSecond, many, workers = 2, 500, 4
	allowed := perSecond * writeBurst
	var err error
	if s.API.limits, err = newLimits(perSecond); err != nil {
		t.Fatal(err)
	}
	at := demoNow
	s.API.Now = func() time.Time { return at }
	s.addLarvik(org.Contributor, "flom", func(*org.Person) {})
	languages := map[string]locale.Lang{contributorEmail: locale.Bokmal, coordinatorEmail: locale.Nynorsk, "flom@example.org": locale.English}
	f := &flood{testServer: s, t: t, question: unanswered, page: s.answerPath(unanswered), program: larvikIn(s.openRound().ID) + "/answers/" + string(unanswered),
		told: map[org.PersonID]*http.Cookie{}, refused: map[int]int{}}
	people := map[org.PersonID]locale.Lang{}
	for email, lang := range languages {
		id := s.person(email).ID
		f.told[id], people[id] = s.session(email), lang
	}
	s.relay() // what the demo has done stands before it
	if s.answerNow(unanswered).Tag != "" {
		t.Fatal("it is answered")
	}

	var all sync.WaitGroup
	one := s.person(contributorEmail).ID
	for i := range many {
		all.Go(func() { f.send(one, people[one], door(i%doors), state{}, i%6, fmt.Sprintf("flom-%d", i)) })
	}
	all.Wait()
	if len(f.stood) != 1 || f.refused[http.StatusPreconditionFailed] != allowed-1 || f.refused[http.StatusTooManyRequests] != many-allowed {
		t.Fatalf("of %d by one, %d may be tried: %d stood, refused were %v", many, allowed, len(f.stood), f.refused)
	}
	first := s.answerNow(unanswered)
	if first.Note != f.stood[0].note {
		t.Errorf("%s was acknowledged, %s stands", f.stood[0].note, first.Note)
	}

	at, f.refused = at.Add(time.Hour), map[int]int{}
	each := (many/len(people) + workers) / workers
	number := many
	for id, lang := range people {
		for w := range workers {
			from := number
			number += each
			all.Go(func() {
				knows := state{first.Tag, first.Note}
				for i := range each {
					knows = f.send(id, lang, door((i+w)%doors), knows, i%6, fmt.Sprintf("flom-%d", from+i))
				}
			})
		}
	}
	all.Wait()
	sent := workers * each
	if tried, fast := len(f.stood)-1+f.refused[http.StatusPreconditionFailed], f.refused[http.StatusTooManyRequests]; tried != allowed*len(people) || fast != (sent-allowed)*len(people) {
		t.Errorf("of %d by each, %d may be tried: %d were, %v were refused", sent, allowed, tried, f.refused)
	}
	if len(f.stood) < 3 || f.refused[http.StatusPreconditionFailed] == 0 {
		t.Errorf("%d stood, refused were %v", len(f.stood), f.refused)
	}

	// Each stands on one that stood, and on none stand two.
	next := map[string]acknowledged{}
	for _, a := range f.stood {
		if other, taken := next[a.on]; taken {
			t.Errorf("%+v and %+v were both acknowledged on the same", other, a)
		}
		next[a.on] = a
	}
	var order []acknowledged
	for on := ""; len(order) <= len(f.stood); on = order[len(order)-1].note {
		a, ok := next[on]
		if !ok {
			break
		}
		order = append(order, a)
	}
	if len(order) != len(f.stood) {
		t.Fatalf("%d of %d stand in one row", len(order), len(f.stood))
	}
	last, stands := order[len(order)-1], s.answerNow(unanswered)
	if stands.Note != last.note || stands.Level == nil || *stands.Level != last.level || stands.By != last.by {
		t.Errorf("%+v was acknowledged last, %+v stands", last, stands)
	}
	s.relay()
	entries, _, err := s.History.List(t.Context(), events.Filter{Scope: string(larvik), Type: "answer.saved", Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	type told struct {
		by    org.PersonID
		level int64
	}
	var history, want []told
	for _, e := range slices.Backward(entries) {
		saved := told{by: org.PersonID(e.Actor)}
		asked := ""
		for _, fact := range e.Data {
			switch fact.Key {
			case "question":
				asked, _ = fact.Value.(string)
			case "level":
				saved.level, _ = fact.Value.(int64)
			}
		}
		if asked == string(unanswered) {
			history = append(history, saved)
		}
	}
	for _, a := range order {
		want = append(want, told{a.by, int64(a.level)})
	}
	if !slices.Equal(history, want) {
		t.Errorf("the history tells of %d saves, %d were acknowledged:\n%v\n%v", len(history), len(want), history, want)
	}
}
