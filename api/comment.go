package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// taskCommentsView is the part of a task's page where its people talk about it.
type taskCommentsView struct {
	formPart
	Open, OlderOpen bool // unfolded
	Older, Comments []commentView
	Form            commentForm
	Did             *commentDid
	Fault           string
	about           map[string]int // how many are about each question
}

// Count is how many there are.
func (v *taskCommentsView) Count() int { return len(v.Older) + len(v.Comments) }

// commentView is a comment as it is read.
type commentView struct {
	formPart
	ID, Who, When string
	Edited        string // when it was changed
	About         homeLink
	Parts         []commentPartView
	RemoveAction  string // "" for who may not delete it
	Tag           string
	Form          *commentForm // nil for who may not change it
}

type commentPartView struct {
	Text          string
	Mention, Mine bool // it names somebody, the reader
}

// commentForm is the form of a comment, new or changed.
type commentForm struct {
	formPart
	ID, Action, Tag, Edit string // ID is what the ids of its fields begin with
	Text                  string
	Mention, Questions    []choiceView // to choose from, for a new one
	Open                  bool         // it came back
	Faults                []planFault
	TextError             string
	MentionError          string
	ConfirmError          string
	Theirs                []commentPartView // what stands, when somebody else was first: the writer herself, elsewhere
}

// commentDid tells that a comment was deleted, with the button that brings it back.
type commentDid struct {
	formPart
	Action string
}

// commentDid reads what the page was told was deleted; nil when it was nothing, or is there again.
func (s *Server) commentDid(ctx context.Context, r *request, task catalogue.TaskKey, id assessment.CommentID, scope string) (*commentDid, error) {
	if id == "" {
		return nil, nil
	}
	gone, err := s.Assessments.Comment(ctx, r.Actor, id)
	if fault.CodeOf(err) == fault.NotFound || err == nil && (gone.Task != task || gone.Removed.IsZero() || !org.MayRestoreComment(r.Actor, gone.Municipality, gone.RemovedBy)) {
		return nil, nil
	}
	return &commentDid{formPartOf(r), commentsPath(task) + "/" + url.PathEscape(string(id)) + "/restore" + scope}, err
}

// commentsShown is how many comments stand open, the newest; older ones stand behind a fold.
const commentsShown = 10

func commentsPath(task catalogue.TaskKey) string {
	return "/tasks/" + url.PathEscape(string(task)) + "/comments"
}

// commentsOf makes that part; nil where there is none. Who opens it has seen whatever mentions her there.
func (s *Server) commentsOf(c *gin.Context, r *request, now current, task *catalogue.Task, failed *fault.Error) (*taskCommentsView, error) {
	if now.Assessment == nil || !now.Round.Tasks.Covers(task.Key) || !org.MayReadComments(r.Actor, now.Own) {
		return nil, nil
	}
	ctx, t := c.Request.Context(), r.Text
	var fresh []assessment.CommentID
	if c.Request.Method == http.MethodGet {
		var err error
		if fresh, err = s.Assessments.SeeMentions(ctx, r.Actor, now.Round.ID, now.Own, task.Key); err != nil {
			return nil, err
		}
	}
	all, _, err := s.Assessments.Comments(ctx, r.Actor, now.Round.ID, now.Own, task.Key, assessment.MaxComments, "")
	if err != nil {
		return nil, err
	}
	var ids []org.PersonID
	for _, comment := range all {
		ids = append(append(ids, comment.By), comment.Mentions...)
	}
	names, err := s.names(ctx, t, ids...)
	if err != nil {
		return nil, err
	}
	scope := scopeQuery(now.Round.ID, now.Own)
	v := &taskCommentsView{formPart: formPartOf(r), Open: len(fresh) > 0, about: map[string]int{}, Form: commentForm{formPart: formPartOf(r), ID: "comment-", Action: commentsPath(task.Key) + scope, Edit: rand.Text()[:16]}}
	people, err := s.peopleIn(ctx, now.Own, org.MayReadComments)
	if err != nil {
		return nil, err
	}
	v.Form.Mention = []choiceView{{Label: t.T("comment.mention.none")}}
	for _, p := range people {
		if p.ID != r.Person.ID {
			v.Form.Mention = append(v.Form.Mention, choiceView{Value: string(p.ID), Label: p.Name})
		}
	}
	v.Form.Questions = []choiceView{{Label: t.T("comment.about.all")}}
	for _, q := range task.Questions {
		v.Form.Questions = append(v.Form.Questions, choiceView{Value: string(q.Key), Label: now.Words.Dimensions[q.Dimension].Name})
	}
	for _, comment := range all {
		v.Comments = append(v.Comments, s.viewComment(r, now, task, names, comment, scope))
		v.about[string(comment.Question)]++
	}
	if n := len(v.Comments) - commentsShown; n > 0 {
		v.Older, v.Comments = v.Comments[:n], v.Comments[n:]
		v.OlderOpen = slices.ContainsFunc(v.Older, func(c commentView) bool { return slices.Contains(fresh, assessment.CommentID(c.ID)) })
	}
	if v.Did, err = s.commentDid(ctx, r, task.Key, assessment.CommentID(c.Query("deleted")), scope); err != nil {
		return nil, err
	}
	if failed != nil && strings.Contains(c.FullPath(), "/comments") {
		v.failed(c, r, failed, names)
	}
	v.Open = v.Open || v.Did != nil || v.Fault != ""
	return v, nil
}

func (s *Server) viewComment(r *request, now current, task *catalogue.Task, names names, comment assessment.Comment, scope string) commentView {
	t := r.Text
	action := commentsPath(task.Key) + "/" + url.PathEscape(string(comment.ID))
	v := commentView{formPart: formPartOf(r), ID: string(comment.ID), Who: names.of(comment.By), When: t.When(comment.At, s.Now()), Parts: commentParts(r, names, comment), Tag: comment.Tag}
	if comment.By == r.Person.ID {
		v.Who = t.T("comment.you")
	}
	if !comment.Edited.IsZero() {
		v.Edited = t.T("comment.edited", "time", t.When(comment.Edited, s.Now()))
	}
	for _, q := range task.Questions {
		if q.Key == comment.Question {
			v.About = homeLink{"#" + string(q.Key), t.T("comment.about.question", "question", now.Words.Dimensions[q.Dimension].Name)}
		}
	}
	if org.MayRemoveComment(r.Actor, now.Own, comment.By) {
		v.RemoveAction = action + "/remove" + scope
	}
	if org.MayEditComment(r.Actor, now.Own, comment.By) {
		v.Form = &commentForm{formPart: formPartOf(r), ID: string(comment.ID) + "-", Action: action + scope, Tag: comment.Tag, Text: comment.Written(names.written)}
	}
	return v
}

// written is what a comment calls somebody, and whether she is still there.
func (n names) written(id org.PersonID) (string, bool) {
	name := n.of(id)
	return name, name != n.left
}

func commentParts(r *request, names names, comment assessment.Comment) []commentPartView {
	var parts []commentPartView
	for _, p := range comment.Parts() {
		v := commentPartView{Text: p.Text, Mention: p.Person != "", Mine: p.Person == r.Person.ID && p.Person != ""}
		if v.Mention {
			v.Text = names.of(p.Person)
			if v.Mention = v.Text != names.left; v.Mention {
				v.Text = "@" + v.Text
			}
		}
		parts = append(parts, v)
	}
	return parts
}

// failed shows a form that came back as it was sent, each fault beside its field.
func (v *taskCommentsView) failed(c *gin.Context, r *request, why *fault.Error, names names) {
	t := r.Text
	f := &v.Form
	if id := c.Param("comment"); id != "" {
		f = nil
		for _, list := range [][]commentView{v.Older, v.Comments} {
			for i := range list {
				if list[i].ID == id {
					f = list[i].Form
				}
			}
		}
	}
	v.Fault = t.T(why.Key, why.Args...)
	v.OlderOpen = slices.ContainsFunc(v.Older, func(o commentView) bool { return o.ID == c.Param("comment") })
	if f == nil || strings.HasSuffix(c.FullPath(), "/remove") || strings.HasSuffix(c.FullPath(), "/restore") {
		if typed(c, "text") != "" { // deleted meanwhile: what was typed can be sent as a new one
			v.Form.Text, v.Form.Open = typed(c, "text"), true
		}
		return
	}
	f.Open, f.Text = true, typed(c, "text")
	if c.Param("comment") == "" {
		f.Edit = typed(c, "edit")
	}
	for _, choices := range []struct {
		of   []choiceView
		sent string
	}{{f.Mention, c.PostForm("mention")}, {f.Questions, c.PostForm("question")}} {
		for i := range choices.of {
			choices.of[i].Chosen = choices.of[i].Value == choices.sent
		}
	}
	if lost, ok := why.Detail.(assessment.LostComment); ok {
		v.Fault = t.T("comment.lost")
		f.Theirs = commentParts(r, names, lost.Theirs)
	}
	at := map[string]*string{"text": &f.TextError, "mention": &f.MentionError, assessment.ConfirmField: &f.ConfirmError}
	for _, field := range why.Fields {
		text := t.T(field.Key, field.Args...)
		if into := at[field.Name]; into != nil {
			if *into != "" {
				text = *into + " " + text
			}
			*into = text
		}
	}
	for _, field := range []string{"text", "mention", assessment.ConfirmField} {
		if text := *at[field]; text != "" {
			f.Faults = append(f.Faults, planFault{"#" + f.ID + field, text})
		}
	}
}

// commentText reads what a form says.
func commentText(c *gin.Context) assessment.CommentText {
	text := assessment.CommentText{Text: c.PostForm("text"), Confirmed: confirmed(c)}
	if id := c.PostForm("mention"); id != "" {
		text.Mention = []org.PersonID{org.PersonID(id)}
	}
	return text
}

func (s *Server) addComment(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	add := assessment.AddComment{Round: round, Municipality: own, Task: catalogue.TaskKey(c.Param("task")), Question: catalogue.QuestionKey(c.PostForm("question")), CommentText: commentText(c), Edit: editOf(c)}
	comment, _, err := s.Assessments.AddComment(c.Request.Context(), r.Actor, add)
	if err == nil {
		s.tellMentioned(c.Request.Context(), r, comment, nil)
	}
	return s.afterComment(c, r, err, nil, string(comment.ID))
}

// afterComment leads back to the task, or shows it again with what was typed.
func (s *Server) afterComment(c *gin.Context, r *request, err error, did url.Values, anchor string) error {
	switch fault.CodeOf(err) {
	case "":
		q := url.Values{"round": {c.Query("round")}}
		for name, values := range did {
			q[name] = values
		}
		c.Redirect(http.StatusSeeOther, address("/tasks/"+url.PathEscape(c.Param("task")), q)+"#"+anchor)
		return nil
	case fault.Invalid, fault.Stale, fault.Conflict:
		f := faultOf(err)
		return s.showTask(c, r, statuses[f.Code], nil, f)
	}
	return err
}

// commentOfTask finds the comment that an address names: it may not name one task and change what was said of another.
func (s *Server) commentOfTask(c *gin.Context, r *request) (assessment.Comment, error) {
	if err := readForm(c.Request); err != nil {
		return assessment.Comment{}, err
	}
	comment, err := s.Assessments.Comment(c.Request.Context(), r.Actor, assessment.CommentID(c.Param("comment")))
	if err == nil && (string(comment.Task) != c.Param("task") || string(comment.Round) != c.Query("round")) {
		err = fault.New(fault.NotFound, "api.comment", "error.comment.unknown")
	}
	return comment, err
}

func (s *Server) saveComment(c *gin.Context, r *request) error {
	comment, err := s.commentOfTask(c, r)
	if err != nil {
		return err
	}
	saved, err := s.Assessments.SaveComment(c.Request.Context(), r.Actor, assessment.SaveComment{ID: comment.ID, CommentText: commentText(c), Tag: c.PostForm("tag")})
	if err == nil {
		s.tellMentioned(c.Request.Context(), r, saved, comment.Mentions)
	}
	return s.afterComment(c, r, err, nil, string(comment.ID))
}

func (s *Server) removeComment(c *gin.Context, r *request) error {
	comment, err := s.commentOfTask(c, r)
	if err != nil {
		return err
	}
	_, err = s.Assessments.RemoveComment(c.Request.Context(), r.Actor, comment.ID, c.PostForm("tag"))
	return s.afterComment(c, r, err, url.Values{"deleted": {string(comment.ID)}}, "comments")
}

func (s *Server) restoreComment(c *gin.Context, r *request) error {
	comment, err := s.commentOfTask(c, r)
	if err != nil {
		return err
	}
	_, err = s.Assessments.RestoreComment(c.Request.Context(), r.Actor, comment.ID)
	return s.afterComment(c, r, err, nil, string(comment.ID))
}

// mentionedView is what waits for the reader because she was mentioned.
type mentionedView struct {
	locale.Text
	Mentions []mentionView
}

type mentionView struct{ Who, Task, Href, When string }

// fillMentions puts on her first page where the reader was mentioned since she opened the task last, in whatever round; on that of a round she has
// chosen, to look at that alone, it is left out.
func (s *Server) fillMentions(c *gin.Context, r *request, now current, p *homePage) error {
	ctx := c.Request.Context()
	if c.Query("round") != "" || !org.MayReadComments(r.Actor, now.Own) {
		return nil
	}
	all, err := s.Assessments.Mentions(ctx, r.Actor, now.Own, openListed)
	if err != nil || len(all) == 0 {
		return err
	}
	var ids []org.PersonID
	for _, comment := range all {
		ids = append(ids, comment.By)
	}
	names, err := s.names(ctx, r.Text, ids...)
	if err != nil {
		return err
	}
	p.Mentioned = &mentionedView{Text: r.Text}
	for _, comment := range slices.Backward(all) { // who waited longest first
		p.Mentioned.Mentions = append(p.Mentioned.Mentions, mentionView{names.of(comment.By), taskName(now.Words, comment.Task), taskPath(comment.Task, comment.Round) + "#" + string(comment.ID), r.Text.When(comment.At, s.Now())})
	}
	return nil
}
