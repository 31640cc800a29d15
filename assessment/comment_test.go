package assessment

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
	"helhet/internal/store/sqlite"
	"helhet/org"
)

// talkers are Larvik's: a coordinator, a contributor and a leader, called by what they are.
func (w *world) talkers() (boss, kari, leader org.Actor) {
	w.t.Helper()
	for name, a := range map[string]*org.Actor{"Berit Boss": &boss, "Kari Fagperson": &kari, "Leif Leder": &leader} {
		role := map[string]org.Role{"Berit Boss": org.Coordinator, "Kari Fagperson": org.Contributor, "Leif Leder": org.Leader}[name]
		*a = as(role, "larvik")
		if err := w.people.Create(w.ctx(), org.Person{ID: a.Person, Name: name, Email: string(a.Person) + "@example.org", Grants: a.Grants}); err != nil {
			w.t.Fatal(err)
		}
	}
	return boss, kari, leader
}

func (w *world) say(a org.Actor, r RoundID, t catalogue.TaskKey, text string, mention ...org.PersonID) Comment {
	w.t.Helper()
	w.advance(time.Minute)
	return must2(w.service.AddComment(w.ctx(), a, AddComment{Round: r, Municipality: a.Municipality(), Task: t, CommentText: CommentText{Text: text, Mention: mention}}))(w.t)
}

func said(all []Comment) string {
	var texts []string
	for _, c := range all {
		texts = append(texts, c.Text)
	}
	return strings.Join(texts, " | ")
}

// A comment is written, waits for whom it mentions until she has opened the task, is changed and says so, deleted and brought back. The log tells
// which task, and nothing of what was said or to whom.
func TestACommentsWay(t *testing.T) {
	w := newWorld(t, 3)
	ctx, r := w.ctx(), w.open("Høst").ID
	boss, kari, leader := w.talkers()
	first := w.say(kari, r, "x", " Kan du se på dette, @Berit Boss? ")
	if first.Text != "Kan du se på dette, @["+string(boss.Person)+"]?" || fmt.Sprint(first.Mentions) != "["+string(boss.Person)+"]" || first.By != kari.Person || !first.Edited.IsZero() {
		t.Fatalf("%+v", first)
	}
	second := w.say(boss, r, "x", "Ja.", kari.Person, leader.Person)
	w.say(boss, r, "y", "Om en annen oppgave")
	list := func(task catalogue.TaskKey) []Comment {
		t.Helper()
		all, _, err := w.service.Comments(ctx, leader, r, "larvik", task, 10, "")
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := said(list("x")); got != first.Text+" | @[p-contributor-larvik] @[p-leader-larvik] Ja." {
		t.Errorf("the task's are %s", got)
	}
	waits := func(a org.Actor, want string) {
		t.Helper()
		if got := said(must(w.service.Mentions(ctx, a, "larvik", 10))(t)); got != want {
			t.Errorf("for %s waits %q, want %q", a.Person, got, want)
		}
	}
	waits(boss, first.Text)
	waits(kari, second.Text)
	reader := kari
	reader.ReadOnly = true // a program that reads has not opened it for her
	for _, see := range []struct {
		a     org.Actor
		round RoundID
		task  catalogue.TaskKey
	}{{reader, r, "x"}, {kari, r, "y"}, {kari, "another", "x"}, {boss, r, "y"}} {
		if seen := must(w.service.SeeMentions(ctx, see.a, see.round, "larvik", see.task))(t); len(seen) != 0 {
			t.Errorf("%+v sees %v", see, seen)
		}
	}
	waits(kari, second.Text)
	for i, want := range [][]CommentID{{second.ID}, nil} { // new once
		if seen := must(w.service.SeeMentions(ctx, kari, r, "larvik", "x"))(t); !slices.Equal(seen, want) {
			t.Errorf("time %d: sees %v", i, seen)
		}
	}
	waits(kari, "")
	waits(leader, second.Text)

	// Changed, it says so; who is mentioned anew hears of it, and who had heard of it does not hear again.
	w.advance(time.Minute)
	save := SaveComment{ID: second.ID, CommentText: CommentText{Text: "@Kari: ja, og @Leif."}, Tag: second.Tag, Edit: "e-1"}
	changed := must(w.service.SaveComment(ctx, boss, save))(t)
	if changed.Edited.IsZero() || changed.Text != "@[p-contributor-larvik]: ja, og @[p-leader-larvik]." || !changed.At.Equal(second.At) {
		t.Errorf("%+v", changed)
	}
	waits(kari, "")
	if again := must(w.service.SaveComment(ctx, boss, save))(t); again.Tag != changed.Tag {
		t.Error("a repeated save is another")
	}
	changed = must(w.service.SaveComment(ctx, boss, SaveComment{ID: second.ID, CommentText: CommentText{Text: "Ja."}, Tag: changed.Tag}))(t)
	waits(leader, "") // she is not mentioned any more
	_, err := w.service.SaveComment(ctx, boss, SaveComment{ID: second.ID, CommentText: CommentText{Text: "Nei."}, Tag: second.Tag})
	if lost, ok := wantFault(t, err, fault.Stale, "error.answer.stale").Detail.(LostComment); !ok || lost.Theirs.Text != "Ja." || lost.Yours != "Nei." {
		t.Errorf("%+v", lost)
	}

	// Her own, or anybody's for the coordinator; whoever deleted it brings it back.
	for what, err := range map[string]error{
		"changes":  second1(w.service.SaveComment(ctx, boss, SaveComment{ID: first.ID, CommentText: CommentText{Text: "a"}, Tag: first.Tag})),
		"deletes":  second1(w.service.RemoveComment(ctx, kari, changed.ID, changed.Tag)),
		"deletes ": second1(w.service.RemoveComment(ctx, leader, first.ID, first.Tag)),
	} {
		if fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("somebody %s another's: %v", what, err)
		}
	}
	gone := must(w.service.RemoveComment(ctx, boss, first.ID, first.Tag))(t)
	waits(boss, "")
	if got := said(list("x")); got != "Ja." {
		t.Errorf("deleted, the task's are %s", got)
	}
	if _, err := w.service.RestoreComment(ctx, kari, first.ID); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("its writer brings back what the coordinator deleted: %v", err)
	}
	_, err = w.service.SaveComment(ctx, kari, SaveComment{ID: first.ID, CommentText: CommentText{Text: "a"}, Tag: gone.Tag})
	wantFault(t, err, fault.Conflict, "error.comment.removed")
	back := must(w.service.RestoreComment(ctx, boss, first.ID))(t)
	if back.Text != first.Text || !back.Removed.IsZero() || back.RemovedBy != "" {
		t.Errorf("%+v", back)
	}
	waits(boss, first.Text)
	own := must(w.service.RemoveComment(ctx, kari, back.ID, back.Tag))(t)
	must(w.service.RestoreComment(ctx, kari, own.ID))(t)

	w.handIn(r, "larvik")
	w.close(r)
	w.say(kari, r, "x", "Også etterpå.")
	w.relay()
	entries, _, err := w.history.Of(ctx, "larvik", 100, "")
	told := map[string]int{}
	for _, e := range entries {
		if strings.HasPrefix(e.Type, "comment.") {
			told[e.Type]++
			if text := fmt.Sprint(e.Data); strings.Contains(text, "p-") || strings.Contains(text, "Ja") || !strings.Contains(text, string(r)) {
				t.Errorf("%s tells %s", e.Type, text)
			}
		}
	}
	if err != nil || fmt.Sprint(told) != "map[comment.added:4 comment.removed:2 comment.restored:2 comment.saved:2]" {
		t.Errorf("told: %v, %v", told, err)
	}
}

func second1[T any](_ T, err error) error { return err }

func TestACommentThatIsWrong(t *testing.T) {
	w := newWorld(t, 3)
	ctx, r := w.ctx(), w.open("Høst", "x").ID
	_, kari, _ := w.talkers()
	for i := range MaxMentions + 1 {
		if err := w.people.Create(ctx, org.Person{ID: org.PersonID(fmt.Sprint("p-", i)), Name: fmt.Sprint("Kollega Nummer", i), Email: fmt.Sprintf("p%d@example.org", i), Grants: kari.Grants}); err != nil {
			t.Fatal(err)
		}
	}
	w.colleague(org.Contributor, "tokke")
	everybody := ""
	for i := range MaxMentions + 1 {
		everybody += fmt.Sprint("@Kollega Nummer", i, " ")
	}
	for name, c := range map[string]struct {
		text       CommentText
		field, key string
	}{
		"nothing":           {CommentText{Text: " \n"}, "text", "error.comment.text"},
		"too long":          {CommentText{Text: strings.Repeat("å", MaxComment+1)}, "text", "error.text.long"},
		"no text":           {CommentText{Text: "a\xff"}, "text", "error.text.utf8"},
		"control":           {CommentText{Text: "a\x00"}, "text", "error.text.control"},
		"nobody":            {CommentText{Text: "Spør @Ola."}, "text", "error.comment.mention.nobody"},
		"several":           {CommentText{Text: "Spør @Kollega."}, "text", "error.comment.mention.several"},
		"too many":          {CommentText{Text: everybody}, "text", "error.comment.mention.many"},
		"chosen of Tokke":   {CommentText{Text: "a", Mention: []org.PersonID{"p-contributor-tokke"}}, "mention", "error.comment.mention"},
		"chosen nobody":     {CommentText{Text: "a", Mention: []org.PersonID{"a\x00"}}, "mention", "error.comment.mention"},
		"somebody's number": {CommentText{Text: "Ring 13097248022"}, "text", "error.text.person-number"},
	} {
		_, _, err := w.service.AddComment(ctx, kari, AddComment{Round: r, Municipality: "larvik", Task: "x", CommentText: c.text})
		f, ok := err.(*fault.Error)
		if !ok || f.Code != fault.Invalid || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == c.field && x.Key == c.key }) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		add  AddComment
		code fault.Code
	}{
		"no such round":       {AddComment{Round: "nosuch", Municipality: "larvik", Task: "x"}, fault.NotFound},
		"outside the round":   {AddComment{Round: r, Municipality: "larvik", Task: "y"}, fault.NotFound},
		"no such question":    {AddComment{Round: r, Municipality: "larvik", Task: "x", Question: "x.d9"}, fault.NotFound},
		"of another task":     {AddComment{Round: r, Municipality: "larvik", Task: "x", Question: "y.d1"}, fault.NotFound},
		"another's":           {AddComment{Round: r, Municipality: "tokke", Task: "x"}, fault.Forbidden},
		"an endless edit":     {AddComment{Round: r, Municipality: "larvik", Task: "x", Edit: strings.Repeat("e", 101)}, fault.Malformed},
		"a round that waits":  {AddComment{Round: w.plan("Vår").ID, Municipality: "larvik", Task: "x"}, fault.Conflict},
		"who takes no part":   {AddComment{Round: r, Municipality: "oslo", Task: "x"}, fault.Forbidden},
		"what can be written": {AddComment{Round: r, Municipality: "larvik", Task: "x", Question: "x.d1"}, ""},
	} {
		c.add.Text = "a"
		if _, _, err := w.service.AddComment(ctx, kari, c.add); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Confirmed it is saved, and what stands is not asked about again.
	c := must2(w.service.AddComment(ctx, kari, AddComment{Round: r, Municipality: "larvik", Task: "x", CommentText: CommentText{Text: "@Berit, ring 13097248022", Confirmed: true}, Edit: "e-1"}))(t)
	again, made, err := w.service.AddComment(ctx, kari, AddComment{Round: r, Municipality: "larvik", Task: "x", CommentText: CommentText{Text: "@Berit, ring 13097248022", Confirmed: true}, Edit: "e-1"})
	if made || err != nil || again.ID != c.ID {
		t.Errorf("sent twice: %+v, %v", again, err)
	}
	must(w.service.SaveComment(ctx, kari, SaveComment{ID: c.ID, CommentText: CommentText{Text: "@Berit Boss, ring 13097248022"}, Tag: c.Tag}))(t)
	for i := 2; i < MaxComments; i++ {
		if _, err := w.service.comments.Insert(ctx, fmt.Sprint("k-", i), Comment{Municipality: "larvik", Round: r, Task: "x", Text: "a", By: kari.Person, At: w.service.now()}); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err = w.service.AddComment(ctx, kari, AddComment{Round: r, Municipality: "larvik", Task: "x", CommentText: CommentText{Text: "one more"}})
	wantFault(t, err, fault.Conflict, "error.comment.many")
}

// What a municipality's people say to each other leaves it by no way: whoever asks learns not even that it is there.
func TestCommentsStayInTheMunicipality(t *testing.T) {
	w := newWorld(t, 2)
	ctx, r := w.ctx(), w.open("Høst").ID
	boss, kari, _ := w.talkers()
	c := w.say(kari, r, "x", "Vårt")
	for name, a := range map[string]org.Actor{"neighbour": coordinator("tokke"), "lead": lead(), "administrator": {Person: "p-a", Grants: []org.Grant{{Role: org.Administrator}}},
		"reader": {Person: "p-r", Grants: []org.Grant{{Role: org.NationalReader}}}, "job": org.SystemActor("rounds"), "nobody": {}, "who has left": {Person: kari.Person}} {
		for what, err := range map[string]error{
			"read":    second1(w.service.Comment(ctx, a, c.ID)),
			"saved":   second1(w.service.SaveComment(ctx, a, SaveComment{ID: c.ID, CommentText: CommentText{Text: "a"}, Tag: c.Tag})),
			"deleted": second1(w.service.RemoveComment(ctx, a, c.ID, c.Tag)), "restored": second1(w.service.RestoreComment(ctx, a, c.ID)),
		} {
			if wantFault(t, err, fault.NotFound, "error.comment.unknown") == nil {
				t.Errorf("%s has %s it", name, what)
			}
		}
		_, _, listed := w.service.Comments(ctx, a, r, "larvik", "x", 10, "")
		_, _, added := w.service.AddComment(ctx, a, AddComment{Round: r, Municipality: "larvik", Task: "x", CommentText: CommentText{Text: "a"}})
		for what, err := range map[string]error{"listed": listed, "added": added, "mentions": second1(w.service.Mentions(ctx, a, "larvik", 10)), "each": w.service.EachCommentOf(ctx, a, "larvik", func(Comment) error { return nil })} {
			if fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
	// She who has left is told that it was she, and not what.
	mine := must(w.service.OwnComments(ctx, kari))(t)
	left := must(w.service.OwnComments(ctx, org.Actor{Person: kari.Person}))(t)
	if len(mine) != 1 || mine[0].Text != "Vårt" || len(left) != 1 || left[0].Text != "" || left[0].Task != "x" || len(must(w.service.OwnComments(ctx, boss))(t)) != 0 {
		t.Errorf("%+v, %+v", mine, left)
	}
}

// A deleted comment can be brought back for thirty days, and no longer; what waits for somebody goes with it, with her, and with the municipality.
func TestCommentsAreSwept(t *testing.T) {
	w := newWorld(t, 2)
	commentsGo(t, w)
}

func commentsGo(t *testing.T, w *world) {
	t.Helper()
	ctx, r := w.ctx(), w.open("Høst").ID
	boss, kari, leader := w.talkers()
	w.say(kari, r, "x", "Står, @Berit")
	old := w.say(kari, r, "x", "Gammel, @Berit og @Leif")
	w.say(leader, r, "y", "Ny, @Kari")
	var listed []Comment
	for after := store.Cursor(""); ; {
		some, next, err := w.service.Comments(ctx, boss, r, "larvik", "x", 1, after)
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, some...)
		if after = next; after == "" {
			break
		}
	}
	if len(listed) != 2 || listed[1].ID != old.ID {
		t.Errorf("%+v", listed)
	}
	must(w.service.RemoveComment(ctx, kari, old.ID, old.Tag))(t)
	w.relay()
	sweep := func(want int) {
		t.Helper()
		if n, err := w.service.SweepComments(ctx, w.service.now().Add(-CommentsKept), 10); n != want || err != nil {
			t.Errorf("%d swept, want %d: %v", n, want, err)
		}
	}
	w.advance(CommentsKept - time.Hour)
	sweep(0)
	w.advance(2 * time.Hour)
	sweep(1)
	sweep(0)
	if comments, waiting := w.stored("comments"), w.stored("mentions"); len(comments) != 2 || len(waiting) != 2 {
		t.Errorf("left are %d comments, %d mentions", len(comments), len(waiting))
	}
	if err := w.service.Forget(ctx, org.Departed{ID: kari.Person}); err != nil {
		t.Fatal(err)
	}
	if waiting := w.stored("mentions"); len(waiting) != 1 {
		t.Errorf("of whom was deleted something waits: %d", len(waiting))
	}
	w.relay()
	if err := w.service.DeleteOf(ctx, org.SystemActor("departures"), "larvik", FiguresAggregates); err != nil {
		t.Fatal(err)
	}
	if comments, waiting := w.stored("comments"), w.stored("mentions"); len(comments)+len(waiting) != 0 {
		t.Errorf("left are %d comments, %d mentions", len(comments), len(waiting))
	}
}

func TestCommentsOnBothEngines(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { commentsGo(t, worldOn(t, must(sqlite.Open(t.Context(), t.TempDir()))(t), 3)) })
	t.Run("mongodb", func(t *testing.T) { commentsGo(t, worldOn(t, must(mongodb.Open(t.Context(), mongotest.URI(t)))(t), 3)) })
}

// Cut off after any write, a comment that is sent again is there once, and whom it mentions is told once.
func TestACommentThatWasCutOff(t *testing.T) {
	w := newWorld(t, 2)
	ctx, r := w.ctx(), w.open("Høst").ID
	boss, kari, _ := w.talkers()
	for n := range 3 {
		add := AddComment{Round: r, Municipality: "larvik", Task: "x", CommentText: CommentText{Text: fmt.Sprint("Hei @Berit ", n)}, Edit: fmt.Sprint("e-", n)}
		w.engine.BeforeWrites(failAfter(n))
		_, _, err := w.service.AddComment(ctx, kari, add)
		w.engine.BeforeWrites(nil)
		if (err == nil) != (n == 2) {
			t.Errorf("after %d writes: %v", n, err)
		}
		if waits := must(w.service.Mentions(ctx, boss, "larvik", 10))(t); err != nil && len(waits) != n {
			t.Errorf("after %d writes %d wait", n, len(waits))
		}
		must2(w.service.AddComment(ctx, kari, add))(t)
	}
	if waits, all := must(w.service.Mentions(ctx, boss, "larvik", 10))(t), w.stored("comments"); len(waits) != 3 || len(all) != 3 {
		t.Errorf("%d wait, of %d", len(waits), len(all))
	}
}
