package leaving

import (
	"context"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"
)

type exportedComment struct {
	ID       assessment.CommentID  `json:"id"`
	Round    assessment.RoundID    `json:"round"`
	Task     catalogue.TaskKey     `json:"task"`
	Question catalogue.QuestionKey `json:"question,omitempty"`
	Text     string                `json:"text"` // whom it mentions by id: @p-4f0c
	Mentions []org.PersonID        `json:"mentions"`
	By       org.PersonID          `json:"by"`
	At       time.Time             `json:"at"`
	Edited   time.Time             `json:"edited,omitzero"`
	Removed  time.Time             `json:"removed,omitzero"`
}

// comments writes what the municipality's people have said of the tasks, as a list and as a table. Each is a reading of its own.
func (x *Export) comments(ctx context.Context, a *archive) error {
	each := func(see func(exportedComment) error) error {
		return x.s.Assessments.EachCommentOf(ctx, x.actor, x.m.ID, func(c assessment.Comment) error {
			text := c.Written(func(id org.PersonID) (string, bool) { return string(id), true })
			return see(exportedComment{c.ID, c.Round, c.Task, c.Question, text, append([]org.PersonID{}, c.Mentions...), c.By, c.At.UTC(), c.Edited.UTC(), c.Removed.UTC()})
		})
	}
	if err := a.list(FileComments, func(add func(any) error) error { return each(func(c exportedComment) error { return add(c) }) }); err != nil {
		return err
	}
	return a.table(FileCommentsTable, []string{"id", "round", "task", "question", "text", "by", "at", "edited", "removed"}, func(add func(...string) error) error {
		return each(func(c exportedComment) error {
			return add(string(c.ID), string(c.Round), string(c.Task), string(c.Question), c.Text, string(c.By), timeCell(c.At), timeCell(c.Edited), timeCell(c.Removed))
		})
	})
}
