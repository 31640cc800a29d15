package assessment

import (
	"context"
	"errors"
	"slices"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// CommentID names a comment: "k-4f0c91d27ab35e60".
type CommentID string

// MaxComment is the longest comment, in characters, and MaxComments how many there may be on one task of a round.
const (
	MaxComment  = 1000
	MaxComments = 200
)

// CommentsKept is how long a deleted comment can be brought back.
const CommentsKept = 30 * 24 * time.Hour

// Comment is what somebody says about a task of a round to her colleagues. It never leaves the municipality, counts in nothing, and stands in no
// assessment: it may be written before and after the hand-in. One document at its own id.
type Comment struct {
	ID           CommentID             `bson:"-"`
	Municipality org.MunicipalityID    `bson:"municipality"`
	Round        RoundID               `bson:"round"`
	Task         catalogue.TaskKey     `bson:"task"`
	Question     catalogue.QuestionKey `bson:"question,omitempty"` // of the task, where it is about one
	Text         string                `bson:"text"`               // with markers: see Parts
	Mentions     []org.PersonID        `bson:"mentions,omitempty"`
	By           org.PersonID          `bson:"by"`
	At           time.Time             `bson:"at"`
	Edited       time.Time             `bson:"edited,omitempty"`
	Tag          string                `bson:"tag"`
	Edits        []string              `bson:"edits,omitempty"`
	Removed      time.Time             `bson:"removed,omitempty"` // zero while it stands
	RemovedBy    org.PersonID          `bson:"removedBy,omitempty"`
}

func newComments(db *store.DB) *store.Collection[Comment] {
	return store.NewCollection(db, store.Spec[Comment]{
		Name: "comments", Shape: 1,
		Fields: []store.Field[Comment]{
			{Name: "municipality", Type: store.String, Value: func(_ string, c *Comment) any { return string(c.Municipality) }},
			{Name: "round", Type: store.String, Value: func(_ string, c *Comment) any { return string(c.Round) }},
			{Name: "task", Type: store.String, Value: func(_ string, c *Comment) any { return string(c.Task) }},
			{Name: "kept", Type: store.Bool, Value: func(_ string, c *Comment) any { return c.Removed.IsZero() }},
			{Name: "at", Type: store.Time, Value: func(_ string, c *Comment) any { return c.At }},
			{Name: "by", Type: store.String, Value: func(_ string, c *Comment) any { return string(c.By) }},
			{Name: "removed", Type: store.Time, Value: func(_ string, c *Comment) any {
				if c.Removed.IsZero() {
					return never
				}
				return c.Removed
			}},
		},
		Indexes: []store.Index{
			{Name: "task", Fields: []string{"municipality", "round", "task", "kept", "at"}},
			{Name: "by", Fields: []string{"by", "at"}},
			{Name: "removed", Fields: []string{"removed"}},
		},
	})
}

func commentOf(doc store.Doc[Comment]) Comment {
	c := doc.Value
	c.ID = CommentID(doc.ID)
	return c
}

func unknownComment(op string) error { return fault.New(fault.NotFound, op, "error.comment.unknown") }

// CommentText is what a person writes: a text that mentions people by @ and their names. Mention are people besides, whom a form's choice names:
// each is put before the text. Confirmed as in Save.
type CommentText struct {
	Text      string
	Mention   []org.PersonID
	Confirmed bool
}

// read checks a text and puts markers into it, beside what stood before.
func (s *Service) readComment(ctx context.Context, op string, t CommentText, before Comment) (stored string, mentions []org.PersonID, err error) {
	f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.comment"}
	text := clean(f, "text", t.Text, MaxComment)
	if text == "" {
		f.Fields = append(f.Fields, fault.Field{Name: "text", Key: "error.comment.text"})
	}
	if len(f.Fields) > 0 {
		return "", nil, f
	}
	people, err := s.mentionable(ctx, before)
	if err != nil {
		return "", nil, err
	}
	stored, mentions, f.Fields = withMarkers(text, people, slices.Concat(before.Mentions, t.Mention))
	for _, id := range slices.Backward(t.Mention) {
		if !slices.ContainsFunc(people, func(p Named) bool { return p.ID == id }) {
			f.Fields = append(f.Fields, fault.Field{Name: "mention", Key: "error.comment.mention"})
			continue
		}
		if !slices.Contains(mentions, id) {
			stored, mentions = "@["+string(id)+"] "+stored, append(mentions, id)
		}
	}
	if len(mentions) > MaxMentions {
		f.Fields = append(f.Fields, fault.Field{Name: "text", Key: "error.comment.mention.many", Args: []any{"max", MaxMentions}})
	}
	if len(f.Fields) > 0 {
		return "", nil, f
	}
	was := before.Written(func(id org.PersonID) (string, bool) {
		for _, p := range people {
			if p.ID == id {
				return p.Name, true
			}
		}
		return "", false
	})
	return stored, mentions, checkTexts(op, t.Confirmed, freeText{"text", was, text})
}

// mentionable are those who can be mentioned in a comment: the municipality's people, and whom it mentions already.
func (s *Service) mentionable(ctx context.Context, c Comment) ([]Named, error) {
	var all []Named
	for after := store.Cursor(""); ; {
		people, next, err := s.people.In(ctx, c.Municipality, store.MaxMembers, after)
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			if org.MayReadComments(p.Actor(), c.Municipality) {
				all = append(all, Named{p.ID, p.Name})
			}
		}
		if after = next; after == "" {
			break
		}
	}
	names, err := s.people.Names(ctx, c.Mentions)
	if err != nil {
		return nil, err
	}
	for id, name := range names {
		if !slices.ContainsFunc(all, func(p Named) bool { return p.ID == id }) {
			all = append(all, Named{id, name})
		}
	}
	return all, nil
}

// AddComment is a new comment. Edit is the sender's own id of the edit: sent again it is the same comment.
type AddComment struct {
	Round        RoundID
	Municipality org.MunicipalityID
	Task         catalogue.TaskKey
	Question     catalogue.QuestionKey // "" where it is about the whole task
	CommentText
	Edit string
}

// newCommentID follows from who writes and her edit.
func newCommentID(m org.MunicipalityID, by org.PersonID, edit string) CommentID {
	return CommentID("k-" + madeBy(m, by, edit))
}

// AddComment adds a comment to a task of a round. Made tells whether it was not there yet. Faults: Invalid beside the field, NotFound (round,
// municipality, task, question), Conflict when there are too many, Forbidden.
func (s *Service) AddComment(ctx context.Context, actor org.Actor, add AddComment) (c Comment, made bool, err error) {
	const op = "assessment.AddComment"
	if !org.MayComment(actor, add.Municipality) {
		return Comment{}, false, forbidden(op)
	}
	if err := checkPrecondition(op, true, "", add.Edit); err != nil {
		return Comment{}, false, err
	}
	if err := s.commentable(ctx, op, add); err != nil {
		return Comment{}, false, err
	}
	c = Comment{Municipality: add.Municipality, Round: add.Round, Task: add.Task, Question: add.Question, By: actor.Person, At: s.now().UTC(), Tag: newTag()}
	if c.Text, c.Mentions, err = s.readComment(ctx, op, add.CommentText, c); err != nil {
		return Comment{}, false, err
	}
	if add.Edit == "" {
		add.Edit = newTag()
	}
	id := newCommentID(add.Municipality, actor.Person, add.Edit)
	if there, err := s.Comment(ctx, actor, id); err == nil || fault.CodeOf(err) != fault.NotFound {
		return there, false, err
	}
	n, err := s.comments.Count(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(c.Municipality)}, {Field: "round", Value: string(c.Round)}, {Field: "task", Value: string(c.Task)}}, Limit: MaxComments})
	if err != nil {
		return Comment{}, false, org.Fault(op, "", err)
	}
	if n >= MaxComments {
		return Comment{}, false, fault.New(fault.Conflict, op, "error.comment.many", "max", MaxComments)
	}
	if err := s.waitFor(ctx, op, id, c, c.Mentions); err != nil {
		return Comment{}, false, err
	}
	doc, err := s.comments.Insert(ctx, string(id), c, s.toldOfComment("comment.added", actor, c))
	if errors.Is(err, store.ErrExists) {
		there, err := s.Comment(ctx, actor, id)
		return there, false, err
	}
	return commentOf(doc), err == nil, org.Fault(op, "", err)
}

// commentable faults unless the municipality takes part in a round that has opened, and the round asks what the comment is about.
func (s *Service) commentable(ctx context.Context, op string, add AddComment) error {
	if err := s.tookPart(ctx, op, add.Round, add.Municipality); err != nil {
		return err
	}
	doc, err := s.rounds.GetShared(ctx, string(add.Round))
	if err != nil {
		return org.Fault(op, "error.round.unknown", err)
	}
	if !doc.Value.Tasks.Covers(add.Task) {
		return fault.New(fault.NotFound, op, "error.task.not-in-round", "task", add.Task)
	}
	if add.Question == "" {
		return nil
	}
	c, err := s.Catalogue(doc.Value.Catalogue)
	if err != nil {
		return err
	}
	if q := c.Question(add.Question); q == nil || q.Task != add.Task {
		return fault.New(fault.NotFound, op, "error.question.unknown", "question", add.Question)
	}
	return nil
}

// toldOfComment is the event of a change: what it is about, never what it says or whom it mentions.
func (s *Service) toldOfComment(kind string, actor org.Actor, c Comment) store.Event {
	return s.event(kind, actor, string(c.Municipality), store.Fact{Key: "round", Value: string(c.Round)}, store.Fact{Key: "task", Value: string(c.Task)})
}

// Comment reads a comment, deleted or not; NotFound for everyone who may not read it.
func (s *Service) Comment(ctx context.Context, actor org.Actor, id CommentID) (Comment, error) {
	const op = "assessment.Comment"
	doc, err := s.comments.Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) || err == nil && !org.MayReadComments(actor, doc.Value.Municipality) {
		return Comment{}, unknownComment(op)
	}
	return commentOf(doc), org.Fault(op, "", err)
}

// Comments lists the comments on a task of a round, the oldest first, at most limit of them.
func (s *Service) Comments(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID, t catalogue.TaskKey, limit int, after store.Cursor) ([]Comment, store.Cursor, error) {
	const op = "assessment.Comments"
	if !org.MayReadComments(actor, m) {
		return nil, "", forbidden(op)
	}
	return s.findComments(ctx, op, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}, {Field: "round", Value: string(r)}, {Field: "task", Value: string(t)}, {Field: "kept", Value: true}},
		Order: []string{"at"}, Limit: limit, After: after})
}

func (s *Service) findComments(ctx context.Context, op string, q store.Query) ([]Comment, store.Cursor, error) {
	page, err := s.comments.Find(ctx, q)
	if err != nil {
		return nil, "", org.Fault(op, "", err)
	}
	all := make([]Comment, 0, len(page.Docs))
	for _, d := range page.Docs {
		all = append(all, commentOf(d))
	}
	return all, page.Next, nil
}

// SaveComment is one edit of a comment by whoever wrote it. Tag says what it builds on, Edit as in Save.
type SaveComment struct {
	ID CommentID
	CommentText
	Tag  string
	Edit string
}

// LostComment is the Detail of a fault.Stale.
type LostComment struct {
	Yours  string
	Theirs Comment
}

// SaveComment changes one's own comment; it says from then on that it was changed. Whoever is mentioned anew is told of it. Faults: Invalid beside the
// field, NotFound (also of another municipality's), Forbidden (somebody else's), Conflict when it was deleted, TagRequired, Stale with LostComment.
func (s *Service) SaveComment(ctx context.Context, actor org.Actor, save SaveComment) (Comment, error) {
	const op = "assessment.SaveComment"
	before, err := s.Comment(ctx, actor, save.ID)
	if err != nil {
		return Comment{}, err
	}
	if !org.MayEditComment(actor, before.Municipality, before.By) {
		return Comment{}, forbidden(op)
	}
	if err := checkPrecondition(op, false, save.Tag, save.Edit); err != nil {
		return Comment{}, err
	}
	text, mentions, err := s.readComment(ctx, op, save.CommentText, before)
	if err != nil {
		return Comment{}, err
	}
	added := slices.DeleteFunc(slices.Clone(mentions), func(id org.PersonID) bool { return slices.Contains(before.Mentions, id) })
	if before.Tag == save.Tag { // else it is not saved either, or was already
		if err := s.waitFor(ctx, op, save.ID, before, added); err != nil {
			return Comment{}, err
		}
	}
	return s.changeComment(ctx, op, actor, save.ID, func(c *Comment) ([]store.Event, error) {
		if save.Edit != "" && slices.Contains(c.Edits, save.Edit) {
			return nil, store.ErrNoChange
		}
		if !org.MayEditComment(actor, c.Municipality, c.By) {
			return nil, forbidden(op)
		}
		if !c.Removed.IsZero() {
			return nil, fault.New(fault.Conflict, op, "error.comment.removed")
		}
		if c.Tag != save.Tag {
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: LostComment{save.Text, *c}}
		}
		c.Text, c.Mentions, c.Edited, c.Tag, c.Edits = text, mentions, s.now().UTC(), newTag(), remember(c.Edits, save.Edit)
		return []store.Event{s.toldOfComment("comment.saved", actor, *c)}, nil
	})
}

// RemoveComment deletes a comment, one's own or as coordinator anybody's. For CommentsKept it can be brought back.
func (s *Service) RemoveComment(ctx context.Context, actor org.Actor, id CommentID, tag string) (Comment, error) {
	const op = "assessment.RemoveComment"
	if tag == "" {
		return Comment{}, fault.New(fault.TagRequired, op, "error.tag.required")
	}
	return s.changeComment(ctx, op, actor, id, func(c *Comment) ([]store.Event, error) {
		if !org.MayRemoveComment(actor, c.Municipality, c.By) {
			return nil, forbidden(op)
		}
		if !c.Removed.IsZero() {
			return nil, store.ErrNoChange
		}
		if c.Tag != tag {
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: LostComment{"", *c}}
		}
		c.Removed, c.RemovedBy, c.Tag = s.now().UTC(), actor.Person, newTag()
		return []store.Event{s.toldOfComment("comment.removed", actor, *c)}, nil
	})
}

// RestoreComment brings a deleted comment back as it was: whoever deleted it, or a coordinator.
func (s *Service) RestoreComment(ctx context.Context, actor org.Actor, id CommentID) (Comment, error) {
	const op = "assessment.RestoreComment"
	return s.changeComment(ctx, op, actor, id, func(c *Comment) ([]store.Event, error) {
		if c.Removed.IsZero() {
			return nil, store.ErrNoChange
		}
		if !org.MayRestoreComment(actor, c.Municipality, c.RemovedBy) {
			return nil, forbidden(op)
		}
		c.Removed, c.RemovedBy, c.Tag = time.Time{}, "", newTag()
		return []store.Event{s.toldOfComment("comment.restored", actor, *c)}, nil
	})
}

// changeComment changes a comment for one who may read it. Of another municipality's it says nothing, not even that it is there.
func (s *Service) changeComment(ctx context.Context, op string, actor org.Actor, id CommentID, change func(*Comment) ([]store.Event, error)) (Comment, error) {
	doc, err := s.comments.Update(ctx, string(id), func(c *Comment) ([]store.Event, error) {
		c.ID = id
		if !org.MayComment(actor, c.Municipality) {
			return nil, unknownComment(op)
		}
		return change(c)
	})
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return Comment{}, unknownComment(op)
	}
	return commentOf(doc), org.Fault(op, "", err)
}

// OwnComments lists what the actor has written, wherever, deleted ones too, the newest first, at most store.MaxLimit. What a comment says is left out
// where she may not read the municipality's any more: it stays there.
func (s *Service) OwnComments(ctx context.Context, actor org.Actor) ([]Comment, error) {
	const op = "assessment.OwnComments"
	if actor.Person == "" {
		return nil, forbidden(op)
	}
	all, _, err := s.findComments(ctx, op, store.Query{Equal: []store.Term{{Field: "by", Value: string(actor.Person)}}, Order: []string{"at"}, Reverse: true, Limit: store.MaxLimit})
	for i := range all {
		if !org.MayReadComments(actor, all[i].Municipality) {
			all[i].Text, all[i].Mentions = "", nil
		}
	}
	return all, err
}

// EachCommentOf gives each of a municipality's comments to see, deleted ones too.
func (s *Service) EachCommentOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, see func(Comment) error) error {
	const op = "assessment.EachCommentOf"
	if !org.MayReadComments(actor, m) {
		return forbidden(op)
	}
	return each(ctx, s.comments, op, in(m), func(d store.Doc[Comment]) error { return see(commentOf(d)) })
}

// SweepComments deletes up to limit comments that were deleted before a moment for good, and tells how many. What it deletes is found by an index that
// it then leaves.
func (s *Service) SweepComments(ctx context.Context, before time.Time, limit int) (int, error) {
	const op = "assessment.SweepComments"
	return sweepRemoved(ctx, s.comments, op, before, limit, func(d store.Doc[Comment]) error { return s.dropComment(ctx, op, d) })
}

// dropComment deletes a comment's document, after those that wait for whoever it mentions: they are found by it.
func (s *Service) dropComment(ctx context.Context, op string, d store.Doc[Comment]) error {
	var ids []string
	for _, p := range d.Value.Mentions {
		ids = append(ids, mentionID(CommentID(d.ID), p))
	}
	waiting, err := s.mentions.GetMany(ctx, ids)
	if err != nil {
		return org.Fault(op, "", err)
	}
	for _, m := range waiting {
		if err := remove(ctx, s, s.mentions, op, m); err != nil {
			return err
		}
	}
	return remove(ctx, s, s.comments, op, d)
}

// deleteComments deletes a municipality's comments and whatever waits because of them.
func (s *Service) deleteComments(ctx context.Context, op string, m org.MunicipalityID) error {
	of := []store.Term{{Field: "municipality", Value: string(m)}}
	for {
		page, err := s.comments.Find(ctx, store.Query{Equal: of, Limit: store.MaxMembers})
		if err != nil {
			return org.Fault(op, "", err)
		}
		if len(page.Docs) == 0 {
			return removeAll(ctx, s, s.mentions, op, of...)
		}
		for _, d := range page.Docs {
			if err := remove(ctx, s, s.comments, op, d); err != nil {
				return err
			}
		}
	}
}
