package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// v1Comment is a comment as it stands.
type v1Comment struct {
	ID       assessment.CommentID  `json:"id" example:"k-4f0c91d27ab35e60"`
	Task     catalogue.TaskKey     `json:"task" example:"henvise"`
	Question catalogue.QuestionKey `json:"question,omitempty" doc:"The one it is about; absent: the whole task." example:"henvise.ansvar"`
	Text     string                `json:"text" doc:"Whom it mentions stands by @ and what she is called now." example:"@Kari Nordmann, can you look at this?"`
	Mentions []org.PersonID        `json:"mentions" example:"[\"p-4f0c\"]"`
	By       org.PersonID          `json:"by" example:"p-91d2"`
	At       time.Time             `json:"at"`
	Edited   time.Time             `json:"edited,omitzero" doc:"When its writer changed it last."`
	Removed  time.Time             `json:"removed,omitzero" doc:"It can be brought back for 30 days after."`
	Tag      string                `json:"tag" doc:"Names this state of the comment; send it in If-Match to change it." example:"GYJQ5TZ2M3KXW7AB"`
}

// v1CommentValue is what a save sends.
type v1CommentValue struct {
	Text    string         `json:"text" maxLength:"1000" doc:"@ and a name mentions somebody of the municipality: her whole name, or her first name where it is hers alone. No health data of anyone."`
	Mention []org.PersonID `json:"mention,omitempty" maxItems:"10" doc:"People to mention besides, by id; each is put before the text." example:"[\"p-4f0c\"]"`
}

// v1NewComment is what adds one: a v1CommentValue with what it is about.
type v1NewComment struct {
	Task     catalogue.TaskKey     `json:"task" example:"henvise"`
	Question catalogue.QuestionKey `json:"question,omitempty" doc:"Of the task; absent: it is about all of it." example:"henvise.ansvar"`
	Text     string                `json:"text" maxLength:"1000" doc:"@ and a name mentions somebody of the municipality: her whole name, or her first name where it is hers alone. No health data of anyone."`
	Mention  []org.PersonID        `json:"mention,omitempty" maxItems:"10" doc:"People to mention besides, by id; each is put before the text." example:"[\"p-4f0c\"]"`
}

type v1Comments struct {
	Comments []v1Comment `json:"comments" doc:"The oldest first."`
	Next     string      `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

type commentsInput struct {
	AssessmentPath
	Task  catalogue.TaskKey `query:"task" required:"true" doc:"The task." example:"henvise"`
	Limit int               `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"At most so many."`
	After string            `query:"after" doc:"Goes on where a list ended: what next said."`
}

type commentsOutput struct{ Body v1Comments }

type newCommentInput struct {
	AssessmentPath
	EditHeader
	ConfirmHeader
	Body v1NewComment
}

// CommentPath is where a comment stands.
type CommentPath struct {
	AssessmentPath
	Comment assessment.CommentID `path:"comment" doc:"The comment." example:"k-4f0c91d27ab35e60"`
}

// TaggedComment names the comment that is changed, as it was seen.
type TaggedComment struct {
	CommentPath
	TagHeader
}

type saveCommentInput struct {
	TaggedComment
	EditHeader
	ConfirmHeader
	Body v1CommentValue
}

type commentOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"The comment's tag, in quotation marks."`
	Body   v1Comment
}

// commentsV1 words comments for a program: whom they mention by what she is called now.
func (s *Server) commentsV1(ctx context.Context, r *request, all ...assessment.Comment) ([]v1Comment, error) {
	var ids []org.PersonID
	for _, c := range all {
		ids = append(ids, c.Mentions...)
	}
	names, err := s.names(ctx, r.Text, ids...)
	if err != nil {
		return nil, err
	}
	out := []v1Comment{}
	for _, c := range all {
		out = append(out, v1Comment{c.ID, c.Task, c.Question, c.Written(names.written), append([]org.PersonID{}, c.Mentions...), c.By, c.At, c.Edited, c.Removed, c.Tag})
	}
	return out, nil
}

func (s *Server) commentAnswer(ctx context.Context, r *request, status int, c assessment.Comment) (*commentOutput, error) {
	one, err := s.commentsV1(ctx, r, c)
	if err != nil {
		return nil, err
	}
	return &commentOutput{status, strconv.Quote(c.Tag), one[0]}, nil
}

// commentIn finds a comment of a municipality in a round: the address may not name one and the comment be another's.
func (s *Server) commentIn(ctx context.Context, r *request, in CommentPath) (assessment.Comment, error) {
	m, err := s.find(in.Municipality)
	if err != nil {
		return assessment.Comment{}, err
	}
	if !org.MayReadComments(r.Actor, m.ID) {
		return assessment.Comment{}, fault.New(fault.Forbidden, "api.comment", "error.forbidden")
	}
	c, err := s.Assessments.Comment(ctx, r.Actor, in.Comment)
	if err == nil && (c.Municipality != m.ID || c.Round != in.Round) {
		err = fault.New(fault.NotFound, "api.comment", "error.comment.unknown")
	}
	return c, err
}

func (v *v1) comments() {
	at := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	value := v1CommentValue{Text: "@Kari Nordmann, can you look at this?"}
	example := v1Comment{ID: "k-4f0c91d27ab35e60", Task: "henvise", Text: value.Text, Mentions: []org.PersonID{"p-4f0c"}, By: "p-91d2", At: at, Tag: exampleTag}
	const path = "/assessments/{round}/{municipality}/comments"
	add(v, operation{ID: "list-comments", Method: http.MethodGet, Path: path, Tag: "Assessments", Summary: "What the municipality's people say of a task", About: "For its own people.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: v1Comments{Comments: []v1Comment{example}},
	}, func(ctx context.Context, r *request, in *commentsInput) (*commentsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		all, next, err := v.Assessments.Comments(ctx, r.Actor, in.Round, m.ID, in.Task, in.Limit, store.Cursor(in.After))
		if err != nil {
			return nil, err
		}
		out, err := v.commentsV1(ctx, r, all...)
		return &commentsOutput{v1Comments{out, string(next)}}, err
	})
	add(v, operation{ID: "add-comment", Method: http.MethodPost, Path: path, Tag: "Assessments", Summary: "Say something of a task",
		About:  "Send it with an Idempotency-Key, so that it may be sent again: 201 for a new comment, 200 for one that was there. Whom it mentions sees it on her first page until she opens the task.",
		Status: http.StatusOK, Created: true, Fails: additionFails, Request: v1NewComment{Task: "henvise", Text: value.Text}, Example: example,
	}, func(ctx context.Context, r *request, in *newCommentInput) (*commentOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		c, made, err := v.Assessments.AddComment(ctx, r.Actor, assessment.AddComment{Round: in.Round, Municipality: m.ID, Task: in.Body.Task, Question: in.Body.Question, Edit: in.Edit,
			CommentText: assessment.CommentText{Text: in.Body.Text, Mention: in.Body.Mention, Confirmed: in.Confirm != ""}})
		if err != nil {
			return nil, err
		}
		v.tellMentioned(ctx, r, c, nil)
		return v.commentAnswer(ctx, r, savedStatus(precondition{First: true}, !made), c)
	})
	add(v, operation{ID: "save-comment", Method: http.MethodPut, Path: path + "/{comment}", Tag: "Assessments", Summary: "Change one's own comment",
		About: "With If-Match. It says from then on that it was changed. When somebody else was first, 412 carries both: current and yours.", Fails: changeFails, Request: value, Example: example,
	}, func(ctx context.Context, r *request, in *saveCommentInput) (*commentOutput, error) {
		before, err := v.commentIn(ctx, r, in.CommentPath)
		if err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		c, err := v.Assessments.SaveComment(ctx, r.Actor, assessment.SaveComment{ID: in.Comment, Tag: pre.Tag, Edit: pre.Edit, CommentText: assessment.CommentText{Text: in.Body.Text, Mention: in.Body.Mention, Confirmed: in.Confirm != ""}})
		if err != nil {
			return nil, v.lostComment(ctx, r, err)
		}
		v.tellMentioned(ctx, r, c, before.Mentions)
		return v.commentAnswer(ctx, r, http.StatusOK, c)
	})
	add(v, operation{ID: "remove-comment", Method: http.MethodDelete, Path: path + "/{comment}", Tag: "Assessments", Summary: "Delete a comment",
		About: "One's own, and as coordinator anybody's. It can be brought back for 30 days. With If-Match, as a change.", Fails: changeFails, Example: example,
	}, func(ctx context.Context, r *request, in *TaggedComment) (*commentOutput, error) {
		if _, err := v.commentIn(ctx, r, in.CommentPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		c, err := v.Assessments.RemoveComment(ctx, r.Actor, in.Comment, pre.Tag)
		if err != nil {
			return nil, v.lostComment(ctx, r, err)
		}
		return v.commentAnswer(ctx, r, http.StatusOK, c)
	})
	add(v, operation{ID: "restore-comment", Method: http.MethodPost, Path: path + "/{comment}/restore", Tag: "Assessments", Summary: "Bring a deleted comment back",
		About: "For whoever deleted it, and the coordinator.", Fails: additionFails, Example: example,
	}, func(ctx context.Context, r *request, in *CommentPath) (*commentOutput, error) {
		if _, err := v.commentIn(ctx, r, *in); err != nil {
			return nil, err
		}
		c, err := v.Assessments.RestoreComment(ctx, r.Actor, in.Comment)
		if err != nil {
			return nil, err
		}
		return v.commentAnswer(ctx, r, http.StatusOK, c)
	})
}

// lostComment gives a lost race both values. Any other error passes through.
func (s *Server) lostComment(ctx context.Context, r *request, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Stale {
		return err
	}
	lost, ok := f.Detail.(assessment.LostComment)
	if !ok {
		return err
	}
	current, err := s.commentsV1(ctx, r, lost.Theirs)
	if err != nil {
		return err
	}
	told := *f
	told.Detail = conflict{current[0], v1CommentValue{Text: lost.Yours}}
	return &told
}
