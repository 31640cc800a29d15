package assessment

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Mention waits for somebody who was mentioned in a comment, until she has opened the task. One document at id comment/person; it is written before
// its comment is, and means nothing without it.
type Mention struct {
	Person       org.PersonID       `bson:"person"`
	Municipality org.MunicipalityID `bson:"municipality"`
	Round        RoundID            `bson:"round"`
	Task         catalogue.TaskKey  `bson:"task"`
	Comment      CommentID          `bson:"comment"`
	At           time.Time          `bson:"at"`
}

func mentionID(c CommentID, p org.PersonID) string { return string(c) + "/" + string(p) }

func newMentions(db *store.DB) *store.Collection[Mention] {
	return store.NewCollection(db, store.Spec[Mention]{
		Name: "mentions", Shape: 1,
		Fields: []store.Field[Mention]{
			{Name: "person", Type: store.String, Value: func(_ string, m *Mention) any { return string(m.Person) }},
			{Name: "municipality", Type: store.String, Value: func(_ string, m *Mention) any { return string(m.Municipality) }},
			{Name: "round", Type: store.String, Value: func(_ string, m *Mention) any { return string(m.Round) }},
			{Name: "task", Type: store.String, Value: func(_ string, m *Mention) any { return string(m.Task) }},
			{Name: "at", Type: store.Time, Value: func(_ string, m *Mention) any { return m.At }},
		},
		Indexes: []store.Index{
			{Name: "task", Fields: []string{"person", "municipality", "round", "task"}},
			{Name: "at", Fields: []string{"person", "municipality", "at"}},
			{Name: "municipality", Fields: []string{"municipality"}},
		},
	})
}

// MaxMentions is how many people one comment may mention.
const MaxMentions = 10

// Named is somebody who can be mentioned.
type Named struct {
	ID   org.PersonID
	Name string
}

// A text that is stored holds "@[p-4f0c]" where it mentions somebody, so that what she is called is always what she is called now, and whoever is
// gone is not named. Nobody can type that: a bracket after the sign is nobody's name.
var marker = regexp.MustCompile(`@\[([^\[\]]+)\]`)

// wordRune tells what a name is made of beside its spaces.
func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || r == '-' || r == '\''
}

// withMarkers puts markers where a text mentions somebody: the sign @ and her name, or her first name where nobody else has it. Of several of one name
// those count who are known to be meant. An e-mail address mentions nobody. Faults are beside the field text, with the name.
func withMarkers(text string, people []Named, known []org.PersonID) (stored string, mentioned []org.PersonID, wrong []fault.Field) {
	var b strings.Builder
	before := rune(0)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		rest := text[i+size:]
		next, _ := utf8.DecodeRuneInString(rest)
		if r != '@' || wordRune(before) || next != '[' && !unicode.IsLetter(next) {
			b.WriteString(text[i : i+size])
			before, i = r, i+size
			continue
		}
		found, length := named(rest, people, known)
		if len(found) != 1 {
			key := "error.comment.mention.nobody"
			if len(found) > 1 {
				key = "error.comment.mention.several"
			}
			wrong = append(wrong, fault.Field{Name: "text", Key: key, Args: []any{"name", firstWord(rest)}})
			b.WriteByte('@')
			before, i = '@', i+size
			continue
		}
		b.WriteString("@[" + string(found[0]) + "]")
		if !slices.Contains(mentioned, found[0]) {
			mentioned = append(mentioned, found[0])
		}
		before, i = 'x', i+size+length
	}
	return b.String(), mentioned, wrong
}

// named finds who is called what a text begins with, and how long that is: the longest whole name, else a first name.
func named(text string, people []Named, known []org.PersonID) (found []org.PersonID, length int) {
	for _, p := range people {
		if n := startsWith(text, p.Name); n > length {
			found, length = []org.PersonID{p.ID}, n
		} else if n > 0 && n == length {
			found = append(found, p.ID)
		}
	}
	if length == 0 {
		for _, p := range people {
			first, _, _ := strings.Cut(p.Name, " ")
			if n := startsWith(text, first); n > 0 {
				found, length = append(found, p.ID), n
			}
		}
	}
	if len(found) > 1 {
		if meant := slices.DeleteFunc(slices.Clone(found), func(id org.PersonID) bool { return !slices.Contains(known, id) }); len(meant) == 1 {
			found = meant
		}
	}
	return found, length
}

// startsWith tells how many bytes of a text are a name, whatever its case; 0 when it begins with another, or goes on in the same word.
func startsWith(text, name string) int {
	i := 0
	for range name {
		_, size := utf8.DecodeRuneInString(text[i:])
		if size == 0 {
			return 0
		}
		i += size
	}
	if name == "" || !strings.EqualFold(text[:i], name) {
		return 0
	}
	if next, _ := utf8.DecodeRuneInString(text[i:]); i < len(text) && wordRune(next) {
		return 0
	}
	return i
}

// firstWord is what a fault calls a name.
func firstWord(text string) string {
	if i := strings.IndexFunc(text, func(r rune) bool { return !wordRune(r) && r != '[' }); i >= 0 {
		text = text[:i]
	}
	if utf8.RuneCountInString(text) > 40 {
		text = string([]rune(text)[:40])
	}
	return text
}

// CommentPart is a piece of a comment: what was written, or whom it mentions.
type CommentPart struct {
	Text   string
	Person org.PersonID // "" of a text
}

// Parts takes a comment's text apart.
func (c Comment) Parts() []CommentPart {
	var parts []CommentPart
	rest := c.Text
	for _, m := range marker.FindAllStringSubmatchIndex(c.Text, -1) {
		at := len(c.Text) - len(rest)
		if m[0] > at {
			parts = append(parts, CommentPart{Text: c.Text[at:m[0]]})
		}
		parts = append(parts, CommentPart{Person: org.PersonID(c.Text[m[2]:m[3]])})
		rest = c.Text[m[1]:]
	}
	if rest != "" {
		parts = append(parts, CommentPart{Text: rest})
	}
	return parts
}

// Written is the text as a person writes and reads it: by name. Of whoever is gone the sign is left out too, so that it can be saved again.
func (c Comment) Written(name func(org.PersonID) (string, bool)) string {
	var b strings.Builder
	for _, part := range c.Parts() {
		called, there := name(part.Person)
		switch {
		case part.Person == "":
			b.WriteString(part.Text)
		case there:
			b.WriteString("@" + called)
		default:
			b.WriteString(called)
		}
	}
	return b.String()
}

// waitFor writes the mentions of those who are mentioned, but for whoever wrote it. Done again it comes to the same.
func (s *Service) waitFor(ctx context.Context, op string, id CommentID, c Comment, people []org.PersonID) error {
	var items []store.Item[Mention]
	for _, p := range people {
		if p != c.By {
			items = append(items, store.Item[Mention]{ID: mentionID(id, p), Value: Mention{p, c.Municipality, c.Round, c.Task, id, s.now().UTC()}})
		}
	}
	if len(items) == 0 {
		return nil
	}
	_, errs := s.mentions.InsertMany(ctx, items)
	for _, err := range errs {
		if err != nil && !errors.Is(err, store.ErrExists) {
			return org.Fault(op, "", err)
		}
	}
	return nil
}

// Mentions lists the comments that wait for the actor in a municipality, the newest first, at most limit (1 to 100) of them.
func (s *Service) Mentions(ctx context.Context, actor org.Actor, m org.MunicipalityID, limit int) ([]Comment, error) {
	const op = "assessment.Mentions"
	if !org.MayReadComments(actor, m) || actor.Person == "" {
		return nil, forbidden(op)
	}
	page, err := s.mentions.Find(ctx, store.Query{Equal: []store.Term{{Field: "person", Value: string(actor.Person)}, {Field: "municipality", Value: string(m)}}, Order: []string{"at"}, Reverse: true, Limit: limit})
	if err != nil || len(page.Docs) == 0 {
		return nil, org.Fault(op, "", err)
	}
	var ids []string
	for _, d := range page.Docs {
		ids = append(ids, string(d.Value.Comment))
	}
	docs, err := s.comments.GetMany(ctx, ids)
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	var all []Comment
	for _, d := range docs {
		if c := commentOf(d); c.Removed.IsZero() && slices.Contains(c.Mentions, actor.Person) {
			all = append(all, c)
		}
	}
	return all, nil
}

// SeeMentions notes that the actor has opened a task of a round: nothing of it waits for her any more. It tells which comments did until now.
func (s *Service) SeeMentions(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID, t catalogue.TaskKey) ([]CommentID, error) {
	const op = "assessment.SeeMentions"
	if !org.MayReadComments(actor, m) || actor.Person == "" || !org.MayChange(actor) {
		return nil, nil
	}
	var seen []CommentID
	err := removeEach(ctx, s, s.mentions, op, func(waited Mention) { seen = append(seen, waited.Comment) },
		store.Term{Field: "person", Value: string(actor.Person)}, store.Term{Field: "municipality", Value: string(m)}, store.Term{Field: "round", Value: string(r)}, store.Term{Field: "task", Value: string(t)})
	return seen, err
}
