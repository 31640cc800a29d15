package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// evidencePart is what stands behind an answer, or behind the task as a whole, with the forms that add to it.
type evidencePart struct {
	formPart
	ID       string // its anchor
	Items    []evidenceView
	Undo     *evidenceUndo  // of what was just removed
	Removed  []evidenceUndo // of what was removed before
	Form     *evidenceForm  // nil where nothing can be changed
	Question string         // "" for the task as a whole
	Typed    []string       // what was sent and could not be saved, when nothing can be changed any more
}

// Wants tells that somebody should look at it: something was refused, removed just now or found to be infected.
func (v *evidencePart) Wants() bool {
	return v != nil && (v.Undo != nil || len(v.Typed) > 0 || v.Form != nil && v.Form.Open ||
		slices.ContainsFunc(v.Items, func(e evidenceView) bool { return e.Infected || e.Error != "" }))
}

type evidenceView struct {
	ID           string
	Title        string // what it shows, "" when nobody has said
	Name, Href   string // of a file that is held back there is no address
	Outside      bool   // the address is another site's
	Host         string // of a link
	Size, About  string // how large, and who gave it when
	Of           string // what it showed, where that is no longer what stands
	State        string // why it is held back, or that it was deleted
	Infected     bool
	RemoveAction string // "" where it can't be removed
	Error        string // why it was not removed just now
}

// evidenceUndo brings back what was just removed. Error is why it could not be.
type evidenceUndo struct{ Text, Action, Error string }

type evidenceForm struct {
	LinkAction, FileAction, Edit string
	Link, Title                  string // as they were typed
	LinkError, LinkTitleError    string
	FileError, FileTitleError    string
	FileTitle                    string
	ConfirmError                 string
	ConfirmLink, ConfirmFile     bool // which of the forms wants it
	Room                         string
	Open                         bool
}

// evidenceBack is a form of evidence that came back.
type evidenceBack struct {
	question                catalogue.QuestionKey
	file                    bool
	title, link, edit, name string
	piece                   assessment.EvidenceID // of one that was to be removed or brought back, alone
}

func evidenceAnchor(q catalogue.QuestionKey) string {
	if q == "" {
		return "evidence"
	}
	return string(q) + "-evidence"
}

func evidencePath(id assessment.EvidenceID) string { return "/evidence/" + url.PathEscape(string(id)) }

// evidenceAction is where something is done with a piece. It says all that the task's page needs to be shown again where that is refused; keep is
// the query's name of the piece, "" for none.
func evidenceAction(e assessment.Evidence, what, keep string) string {
	query := url.Values{"round": {string(e.Round)}}
	if keep != "" {
		query.Set(keep, string(e.ID))
	}
	return address(evidencePath(e.ID)+what, query)
}

// evidenceShown is how many pieces of a task a page has at most; more than a task may have, so that those that were brought back are there too.
const evidenceShown = 2 * assessment.MaxEvidence

// evidenceOf puts what stands behind the answers into the page.
func (s *Server) evidenceOf(c *gin.Context, r *request, now current, task *catalogue.Task, p *taskPage) error {
	ctx := c.Request.Context()
	all, _, err := s.Assessments.EvidenceFor(ctx, r.Actor, now.Round.ID, now.Own, task.Key, evidenceShown, "")
	if err != nil {
		return err
	}
	by := make([]org.PersonID, len(all))
	for i, e := range all {
		by[i] = e.By
	}
	names, err := s.names(ctx, r.Text, by...)
	if err != nil {
		return err
	}
	room := ""
	if p.ReadOnly == "" {
		if room, err = s.roomLeft(ctx, r, now.Own); err != nil {
			return err
		}
	}
	var removed []assessment.Evidence
	if p.ReadOnly == "" {
		if removed, err = s.Assessments.RemovedEvidence(ctx, r.Actor, now.Round.ID, now.Own, task.Key, assessment.MaxEvidence); err != nil {
			return err
		}
	}
	just := assessment.EvidenceID(c.Query("evidence-removed"))
	part := func(q catalogue.QuestionKey) *evidencePart {
		v := &evidencePart{formPart: formPartOf(r), ID: evidenceAnchor(q), Question: string(q)}
		for _, e := range all {
			if e.Question == q {
				v.Items = append(v.Items, s.viewEvidence(r.Text, e, names, p.ReadOnly == ""))
			}
		}
		if p.ReadOnly != "" {
			return v
		}
		for _, e := range removed {
			switch {
			case e.Question != q:
			case e.ID == just:
				v.Undo = &evidenceUndo{Text: r.Text.T("evidence.removed", "name", evidenceName(e)), Action: evidenceAction(e, "/restore", "evidence-removed")}
			default:
				v.Removed = append(v.Removed, evidenceUndo{Text: evidenceName(e), Action: evidenceAction(e, "/restore", "evidence-removed")})
			}
		}
		query := url.Values{"municipality": {string(now.Own)}, "round": {string(now.Round.ID)}}
		if q != "" {
			query.Set("question", string(q))
		}
		action := "/tasks/" + url.PathEscape(string(task.Key)) + "/evidence/"
		v.Form = &evidenceForm{LinkAction: address(action+"links", query), FileAction: address(action+"files", query), Edit: rand.Text()[:16], Room: room}
		return v
	}
	p.Evidence = part("")
	for i := range p.Questions {
		p.Questions[i].Backing = part(catalogue.QuestionKey(p.Questions[i].ID))
	}
	return nil
}

// evidenceName is what it is called: what it shows, else its file's name, else its address.
func evidenceName(e assessment.Evidence) string {
	switch {
	case e.Title != "":
		return e.Title
	case e.File != nil:
		return e.File.Name
	}
	return e.Link
}

func (s *Server) viewEvidence(t locale.Text, e assessment.Evidence, names names, changeable bool) evidenceView {
	v := evidenceView{ID: string(e.ID), Title: e.Title, Name: e.Link, Href: e.Link, Outside: true, About: t.T("evidence.by", "name", names.of(e.By), "time", t.When(e.At, s.Now()))}
	if changeable {
		v.RemoveAction = evidenceAction(e, "/remove", "")
	}
	if u, err := url.Parse(e.Link); err == nil {
		v.Host = u.Hostname()
	}
	if e.File != nil {
		v.Name, v.Href, v.Outside, v.Size, v.Host = e.File.Name, evidencePath(e.ID)+"/file", false, byteText(t, e.File.Size), ""
		if s.Assessments.Held(e.File) {
			v.Href, v.State, v.Infected = "", t.T("evidence.scan."+string(e.File.Scan)), e.File.Scan == assessment.ScanInfected
		}
	}
	return v
}

// byteText is a number of bytes for people: "340 kB", "1,2 MB", "12 MB".
func byteText(t locale.Text, n int64) string {
	if n < 1<<20 {
		return t.T("evidence.kb", "n", t.Integer((n+1023)>>10))
	}
	if n >= 10<<20 {
		return t.T("evidence.mb", "n", t.Integer(n>>20))
	}
	return t.T("evidence.mb", "n", t.Decimal(n*1000>>20, 1))
}

// putBackEvidence shows a form of evidence as it was sent. A file has to be chosen again: no browser fills that in.
func (p *taskPage) putBackEvidence(t locale.Text, back evidenceBack, told func(string) string) {
	part := p.Evidence
	for i := range p.Questions {
		if p.Questions[i].ID == string(back.question) && back.question != "" {
			part = p.Questions[i].Backing
		}
	}
	if part == nil {
		return
	}
	if p.FaultAt = part.ID; back.piece != "" {
		part.refuse(p, back.piece)
		return
	}
	title, link := strings.ToValidUTF8(back.title, "\uFFFD"), strings.ToValidUTF8(back.link, "\uFFFD")
	if part.Form == nil {
		for _, line := range []string{title, link, strings.ToValidUTF8(back.name, "\uFFFD")} {
			if line != "" {
				part.Typed = append(part.Typed, line)
			}
		}
		return
	}
	f := part.Form
	f.Open, f.Edit = true, strings.ToValidUTF8(back.edit, "\uFFFD")
	f.ConfirmError = told(assessment.ConfirmField)
	if back.file {
		f.FileTitle, f.FileError, f.FileTitleError, f.ConfirmFile = title, told("file"), told("title"), f.ConfirmError != ""
		return
	}
	f.Title, f.Link, f.LinkError, f.LinkTitleError, f.ConfirmLink = title, link, told("link"), told("title"), f.ConfirmError != ""
}

// refuse tells beside a piece why it was neither removed nor brought back. Where nothing can be changed any more the page says so on top alone.
func (v *evidencePart) refuse(p *taskPage, id assessment.EvidenceID) {
	if v.Form == nil && len(v.Items) == 0 {
		p.FaultAt = ""
		return
	}
	for i := range v.Items {
		if v.Items[i].ID == string(id) {
			v.Items[i].Error = p.Fault
		}
	}
	if v.Undo != nil {
		v.Undo.Error = p.Fault
	}
}

// addEvidence is what a form's address and fields say.
func addEvidence(c *gin.Context, r *request) (assessment.AddEvidence, error) {
	round, own, err := scopeOf(c, r)
	return assessment.AddEvidence{Round: round, Municipality: own, Task: catalogue.TaskKey(c.Param("task")), Question: catalogue.QuestionKey(c.Query("question")),
		Title: c.PostForm("title"), Edit: editOf(c), Confirmed: confirmed(c)}, err
}

func (s *Server) addLink(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	add, err := addEvidence(c, r)
	if err != nil {
		return err
	}
	e, _, err := s.Assessments.AddLink(c.Request.Context(), r.Actor, add, c.PostForm("link"))
	back := evidenceBack{question: add.Question, title: add.Title, edit: c.PostForm("edit"), link: c.PostForm("link")}
	return s.afterEvidence(c, r, e, back, err)
}

// addFile takes a file. Whether its page was made for her who sends it stands in the form, which is read first.
func (s *Server) addFile(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := s.Assessments.MayAddEvidence(c.Request.Context(), r.Actor, assessment.AddEvidence{Round: round, Municipality: own, Task: catalogue.TaskKey(c.Param("task")),
		Question: catalogue.QuestionKey(c.Query("question"))}); err != nil && fault.CodeOf(err) != fault.Conflict {
		return err // before twenty megabytes are taken from whoever may not
	}
	patient(c.Writer)
	sent, err := readUpload(c.Request)
	if err != nil {
		return err
	}
	defer sent.close()
	if err := ownForm(c, r); err != nil {
		return err
	}
	add, err := addEvidence(c, r)
	if err != nil {
		return err
	}
	var e assessment.Evidence
	if sent.file == nil {
		err = fault.Wrong("api.addFile", "file", "error.evidence.none")
	} else {
		e, _, err = s.Assessments.AddFile(c.Request.Context(), r.Actor, add, sent.given())
	}
	back := evidenceBack{question: add.Question, file: true, title: add.Title, edit: c.PostForm("edit"), name: sent.name}
	return s.afterEvidence(c, r, e, back, err)
}

// afterEvidence leads to what was added, or shows its form again. What was sent once more and has been removed meanwhile is told to be, with the way
// to bring it back.
func (s *Server) afterEvidence(c *gin.Context, r *request, e assessment.Evidence, back evidenceBack, err error) error {
	if err == nil && !e.Removed.IsZero() {
		return toRemoved(c, e)
	}
	return s.afterPost(c, r, &form{evidence: &back}, err, evidenceAnchor(back.question))
}

// toRemoved leads to where a removed piece stood, which offers to bring it back.
func toRemoved(c *gin.Context, e assessment.Evidence) error {
	c.Redirect(http.StatusSeeOther, taskPath(e.Task, e.Round)+"&"+url.Values{"evidence-removed": {string(e.ID)}}.Encode()+"#"+evidenceAnchor(e.Question))
	return nil
}

// How much of an upload is read, and how long it and its answer may take. What is larger than a file may be is read to its end within reason, since a
// browser whose sending is cut off shows no answer.
const (
	maxUpload      = 3 * assessment.MaxEvidenceFile
	maxUploadField = 64 << 10
	uploadTime     = 5 * time.Minute
)

// isUpload tells the requests that bring a file, the only ones that may be larger than maxBody.
func isUpload(r *http.Request) bool {
	return r.Method == http.MethodPost && (strings.HasSuffix(r.URL.Path, "/evidence/files") || bringsMeasurement(r))
}

// patient gives a file the time that it takes over a slow line. A writer that knows of no deadlines has none.
func patient(w http.ResponseWriter) {
	control, until := http.NewResponseController(w), time.Now().Add(uploadTime)
	_ = control.SetReadDeadline(until)
	_ = control.SetWriteDeadline(until.Add(requestTimeout))
}

// upload is a form with a file, which lies on disk and not in memory.
type upload struct {
	file *os.File // nil when none was chosen
	name string
	size int64
	sum  []byte // of its content
}

// given is its file as the domain takes it.
func (u *upload) given() assessment.NewFile {
	return assessment.NewFile{Name: u.name, Size: u.size, Content: u.file}
}

func (u *upload) close() {
	if u.file != nil {
		_ = u.file.Close()
		_ = os.Remove(u.file.Name()) // it is gone already where an open file can be
	}
}

// take copies a file's content to disk, and counts all of it: what is over the limit is counted alone.
func (u *upload) take(content io.Reader) error {
	file, err := os.CreateTemp("", "helhet-evidence-")
	if err != nil {
		return err
	}
	u.file = file
	_ = os.Remove(file.Name()) // so that nothing stays when the program is killed; some systems can't, and close does it
	sum := sha256.New()
	if u.size, err = io.Copy(io.MultiWriter(file, sum), io.LimitReader(content, assessment.MaxEvidenceFile+1)); err != nil {
		return err
	}
	u.sum = sum.Sum(nil)
	over, err := io.Copy(io.Discard, content)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		err = nil
	}
	u.size += over
	return err
}

// readUpload reads a form with at most one file. Its fields are read by PostForm as those of any form, the file's name and what its content adds up to
// among them, so that another file is another edit (editOf).
func readUpload(r *http.Request) (*upload, error) {
	const op = "api.readUpload"
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, &fault.Error{Code: fault.Malformed, Op: op, Key: "error.malformed", Err: err}
	}
	u, fields := &upload{}, url.Values{}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = u.part(part, fields)
		}
		if u.size > assessment.MaxEvidenceFile { // the rest, if there was one, was not read
			break
		}
		if err != nil {
			u.close()
			if _, ours := errors.AsType[*os.PathError](err); ours {
				return nil, err
			}
			return nil, &fault.Error{Code: fault.Malformed, Op: op, Key: "error.malformed", Err: err}
		}
	}
	if u.file != nil {
		fields["file"] = []string{u.name, hex.EncodeToString(u.sum)}
	}
	r.PostForm, r.MultipartForm = fields, &multipart.Form{Value: fields}
	r.Form = fields
	return u, nil
}

// part takes one field of a form, or its file.
func (u *upload) part(part *multipart.Part, fields url.Values) error {
	if part.FormName() != "file" {
		value, err := io.ReadAll(io.LimitReader(part, maxUploadField))
		fields.Add(part.FormName(), string(value))
		return err
	}
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil {
		return err
	}
	if params["filename"] == "" || u.file != nil { // none was chosen
		return nil
	}
	u.name = params["filename"] // as it was sent: the library would make a path a name
	return u.take(part)
}

// evidenceFile gives a file to whoever may read the answers it stands behind: to be saved, and never shown by the browser on Helhet's own pages.
func (s *Server) evidenceFile(c *gin.Context, r *request) error {
	e, content, err := s.Assessments.OpenEvidence(c.Request.Context(), r.Actor, assessment.EvidenceID(c.Param("evidence")))
	if err != nil {
		return err
	}
	s.giveFile(c, r, e, content)
	return nil
}

// giveFile writes a file out, to be saved.
func (s *Server) giveFile(c *gin.Context, r *request, e assessment.Evidence, content io.Reader) {
	patient(c.Writer)
	for name, value := range fileHeaders(e) {
		c.Header(name, value)
	}
	c.Status(http.StatusOK)
	s.writeFile(r, c.Writer, content)
}

// fileHeaders keep a browser from doing anything with a file but saving it.
func fileHeaders(e assessment.Evidence) map[string]string {
	return map[string]string{
		"Content-Type":            string(e.File.Type),
		"Content-Length":          strconv.FormatInt(e.File.Size, 10),
		"Content-Disposition":     mime.FormatMediaType("attachment", map[string]string{"filename": e.File.Name}),
		"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":  "nosniff",
		"Cache-Control":           "no-store",
	}
}

// writeFile writes an answer that has begun: when the content is damaged it can only be broken off, so that nobody takes it for whole.
func (s *Server) writeFile(r *request, w io.Writer, content io.Reader) {
	if _, err := io.Copy(w, content); err != nil {
		s.Log.Warn("file broken off", "request", r.Trace, "cause", err)
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) removeEvidence(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	e, err := s.Assessments.RemoveEvidence(c.Request.Context(), r.Actor, assessment.EvidenceID(c.Param("evidence")))
	if err != nil {
		return s.refusedEvidence(c, r, err)
	}
	return toRemoved(c, e)
}

func (s *Server) restoreEvidence(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	e, err := s.Assessments.RestoreEvidence(c.Request.Context(), r.Actor, assessment.EvidenceID(c.Param("evidence")))
	if err != nil {
		return s.refusedEvidence(c, r, err)
	}
	c.Redirect(http.StatusSeeOther, taskPath(e.Task, e.Round)+"#"+evidenceAnchor(e.Question))
	return nil
}

// refusedEvidence shows the task's page again, with why a piece was neither removed nor brought back beside it. Where the address does not say
// which page that is, or it is another municipality's than she works in now, the failure stands alone.
func (s *Server) refusedEvidence(c *gin.Context, r *request, why error) error {
	e, err := s.Assessments.Evidence(c.Request.Context(), r.Actor, assessment.EvidenceID(c.Param("evidence")))
	if err != nil || e.Municipality != r.Actor.Municipality() || string(e.Round) != c.Query("round") {
		return why
	}
	c.Params = append(c.Params, gin.Param{Key: "task", Value: string(e.Task)})
	return s.afterPost(c, r, &form{evidence: &evidenceBack{question: e.Question, piece: e.ID}}, why, "")
}
