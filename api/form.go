package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/assessment/offline"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/sheet"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// formPage is where a round's questions are fetched as a workbook, and brought back.
type formPage struct {
	Layout
	Place, Round  string
	Nothing       string // why there is no form
	ReadOnly      string // why none can be brought back, "" when it can
	Empty, Filled string // addresses of the workbook
	Action        string
	Fault         string // why a form as a whole is not taken
	FileError     string
	Wrong         []wrongCell
	Unchanged     bool   // a form was just saved, or undone, that changed nothing
	Saved         string // how many answers a form has just changed
	SavedTasks    []homeLink
	Undo, Edit    string // where the form is undone, and which; "" where nothing of it can be
	Undone        bool   // it was just now
	Since         string // how many of its answers somebody has changed since: those stand
	SinceTasks    []homeLink
}

// wrongCell is what is wrong with a form, and where: "Svar!F8".
type wrongCell struct{ At, Reason string }

// formPreview is what a form would change. It is kept in the page alone: Rows is what the form says, and what was seen of the answers.
type formPreview struct {
	Layout
	Place, Round, Back  string
	Action              string
	Lead                string
	Same, Clashes       string
	Stale               string
	Wrong               []wrongCell
	Tasks               []formTask
	Rows, Edit          string
	Held                []wrongCell // texts that seem to hold a fødselsnummer
	HeldLead            string
	Holds, ConfirmError bool // one that can be saved does, and whoever sent it has not said that it doesn't
	MaySave             bool
}

type formTask struct {
	Key, Name, Href string
	Lines           []formLine
}

// formLine is one answer that changes.
type formLine struct {
	ID, Name, Text string
	Before, After  *givenView
	By             string // who answered last, and when
	Carried        bool
	Confirms       bool
	Choose         string // where somebody has answered since: the question which is to stand
	Mine           bool   // the form's
	Holds          string
}

// formRow is what a form says of one question, as the page carries it. Seen is the tag of the answer that was shown.
type formRow struct {
	Question catalogue.QuestionKey `json:"question"`
	Base     string                `json:"base,omitempty"`
	Seen     string                `json:"seen,omitempty"`
	Level    *int                  `json:"level,omitempty"`
	Why      assessment.Exemption  `json:"why,omitempty"`
	Words    string                `json:"words,omitempty"`
	Note     string                `json:"note,omitempty"`
	Held     []string              `json:"held,omitempty"` // its cells whose text seems to hold a fødselsnummer
}

func (r formRow) proposal() assessment.Proposal {
	return assessment.Proposal{Question: r.Question, Base: r.Base, Level: r.Level, Why: r.Why, Words: r.Words, Note: r.Note}
}

func formPath(round assessment.RoundID) string {
	return "/form?round=" + url.QueryEscape(string(round))
}

func (s *Server) formPage(c *gin.Context, r *request) error {
	return s.showForm(c, r, http.StatusOK, formPage{})
}

// showForm shows the page, with what was wrong with a form that came back.
func (s *Server) showForm(c *gin.Context, r *request, status int, p formPage) error {
	now, err := s.current(c, r)
	if err != nil {
		return err
	}
	p.Layout, p.Round, p.Action = s.layout(c, r, r.Text.T("form.link")), now.Round.Name, "/form"+scopeQuery(now.Round.ID, now.Own)
	if p.Path = formPath(now.Round.ID); now.Own != "" {
		p.Place = s.municipalityName(r.Text, now.Own)
	}
	if now.Assessment == nil {
		p.Nothing = noAssessment(r.Text, now)
		return s.render(c, status, "form", p)
	}
	p.ReadOnly = readOnly(r, now)
	if now.Assessment.Editable() {
		scope := url.Values{"municipality": {string(now.Own)}, "round": {string(now.Round.ID)}}
		p.Empty = address("/form.xlsx", scope)
		scope.Set("filled", "yes")
		p.Filled = address("/form.xlsx", scope)
	}
	p.Unchanged = c.Query("unchanged") != "" && status == http.StatusOK
	if edit := cmp.Or(c.Query("saved"), c.Query("undone")); edit != "" && status == http.StatusOK {
		imported, err := s.Assessments.Imported(c.Request.Context(), r.Actor, *now.Assessment, edit)
		if err != nil {
			return err
		}
		p.tell(r.Text, now, edit, imported)
	}
	return s.render(c, status, "form", p)
}

// tell says which answers a form has changed, and leads to undoing it; or that it was undone, and what of it stands since somebody changed it.
func (p *formPage) tell(t locale.Text, now current, edit string, imported assessment.Imported) {
	links := func(answers []assessment.Answer) (all []homeLink) {
		for _, task := range now.Catalogue.Tasks() {
			if slices.ContainsFunc(answers, func(a assessment.Answer) bool {
				q := now.Catalogue.Question(a.Question)
				return q != nil && q.Task == task.Key
			}) {
				all = append(all, homeLink{taskPath(task.Key, now.Round.ID), now.Words.Tasks[task.Key].Name})
			}
		}
		return all
	}
	if p.Undone = len(imported.Undone) > 0; !p.Undone {
		if all := slices.Concat(imported.Fresh, imported.Late, imported.Since); len(all) > 0 {
			p.Saved, p.SavedTasks = t.T("form.saved", "n", len(all)), links(all)
		}
	}
	if len(imported.Fresh) > 0 && p.ReadOnly == "" {
		p.Undo, p.Edit = "/form/undo"+scopeQuery(now.Round.ID, now.Own), edit
	}
	if len(imported.Since) > 0 {
		p.Since, p.SinceTasks = t.T("form.since", "n", len(imported.Since)), links(imported.Since)
	}
}

// undoForm puts back what a form changed. Where nothing of it can be put back any more its page tells so.
func (s *Server) undoForm(c *gin.Context, r *request) error {
	id, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	edit, told := c.PostForm("edit"), "undone"
	switch imported, err := s.Assessments.UndoForm(c.Request.Context(), r.Actor, id, own, edit); {
	case fault.CodeOf(err) == fault.Conflict:
		f := faultOf(err)
		return s.showForm(c, r, statuses[f.Code], formPage{Fault: r.Text.T(f.Key, f.Args...)})
	case err != nil:
		return err
	case !imported.Any():
		return formUnchanged(c, id)
	case len(imported.Undone) == 0:
		told = "saved"
	}
	c.Redirect(http.StatusSeeOther, address("/form", url.Values{"round": {string(id)}, told: {edit}}))
	return nil
}

// formFile is the form as a workbook.
func (s *Server) formFile(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	data, err := s.writtenForm(c.Request.Context(), r, round, own, c.Query("filled") == "yes")
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", formDisposition(round, own))
	c.Data(http.StatusOK, xlsxType, data)
	return nil
}

func formDisposition(round assessment.RoundID, m org.MunicipalityID) string {
	return `attachment; filename="helhet-` + string(m) + "-" + string(round) + `.xlsx"`
}

// writtenForm makes the workbook, for who may read the municipality's answers.
func (s *Server) writtenForm(ctx context.Context, r *request, id assessment.RoundID, m org.MunicipalityID, filled bool) ([]byte, error) {
	a, err := s.Assessments.Assessment(ctx, r.Actor, id, m)
	if err != nil {
		return nil, err
	}
	of, err := s.Assessments.Form(a)
	if err != nil {
		return nil, err
	}
	cat, err := s.Assessments.Catalogue(a.Catalogue)
	if err != nil {
		return nil, err
	}
	name, err := s.roundName(ctx, r, id)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = offline.Write(&b, offline.Form{Text: r.Text, Words: wording(cat, r.Text), Catalogue: cat, Of: of, Assessment: a, Place: s.municipalityName(r.Text, m), Round: name, Made: s.Now(), Demo: s.Demo, Filled: filled})
	return b.Bytes(), err
}

// uploadForm tells what a form would change, and saves nothing.
func (s *Server) uploadForm(c *gin.Context, r *request) error {
	id, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	if !org.MayAnswer(r.Actor, own) {
		return fault.New(fault.Forbidden, "api.uploadForm", "error.forbidden")
	}
	file, err := formUpload(c)
	if err != nil {
		return err
	}
	if len(file) == 0 {
		return s.showForm(c, r, http.StatusUnprocessableEntity, formPage{FileError: r.Text.T("form.put.none")})
	}
	read, err := offline.Parse(bytes.NewReader(file))
	if err != nil {
		return s.refuseForm(c, r, err)
	}
	weighed, err := s.Assessments.Weigh(c.Request.Context(), r.Actor, id, own, read.Of, read.Proposals())
	if fault.CodeOf(err) == fault.Conflict {
		return s.showForm(c, r, http.StatusConflict, formPage{Fault: s.formFault(c.Request.Context(), r, err)})
	}
	if err != nil {
		return err
	}
	back, changes := previewBack{edit: rand.Text()[:16], held: map[catalogue.QuestionKey][]string{}}, inRows(read, weighed)
	for _, change := range changes {
		for _, field := range change.Holds {
			back.held[change.Question] = append(back.held[change.Question], change.at(field))
		}
	}
	return s.showPreview(c, r, http.StatusOK, weighed, inCells(r.Text, wrongCells(read, changes)), back)
}

// formUpload is the file that was sent, nothing where none was chosen.
func formUpload(c *gin.Context) ([]byte, error) {
	file, _, err := c.Request.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, nil
	}
	if err != nil {
		return nil, &fault.Error{Code: fault.Malformed, Op: "api.formUpload", Key: "error.malformed", Err: err}
	}
	defer file.Close()
	return io.ReadAll(file)
}

// refuseForm shows why a file is no form that is taken.
func (s *Server) refuseForm(c *gin.Context, r *request, err error) error {
	faults := sheet.Faults(err)
	if len(faults) == 0 {
		return err
	}
	p := formPage{Fault: r.Text.T("form.wrong")}
	for _, f := range faults {
		p.Wrong = append(p.Wrong, wrongCell{f.At(), r.Text.Within("sheet.fault", f.Kind, f.Args...)})
	}
	return s.showForm(c, r, http.StatusUnprocessableEntity, p)
}

// formFault words why a form does not fit, with the names of what it is of.
func (s *Server) formFault(ctx context.Context, r *request, err error) string {
	f := faultOf(err)
	args := slices.Clone(f.Args)
	for i := 1; i < len(args); i += 2 {
		switch of := args[i].(type) {
		case org.MunicipalityID:
			args[i] = s.municipalityName(r.Text, of)
		case assessment.RoundID:
			if name, err := s.roundName(ctx, r, of); err == nil {
				args[i] = name
			}
		}
	}
	return r.Text.T(f.Key, args...)
}

// placedChange is a change with the row that says it.
type placedChange struct {
	assessment.Proposed
	row offline.Row
}

func inRows(read offline.Read, weighed assessment.Weighed) (all []placedChange) {
	rows := map[catalogue.QuestionKey][]offline.Row{}
	for _, row := range read.Rows {
		rows[row.Question] = append(rows[row.Question], row)
	}
	for _, p := range weighed.Changes {
		here := rows[p.Question]
		if len(here) > 1 { // those of one question come in the order of its rows
			rows[p.Question] = here[1:]
		}
		all = append(all, placedChange{p, here[0]})
	}
	return all
}

// at is where one of its fields stands, "Svar!F8".
func (p placedChange) at(field string) string { return p.row.Sheet + "!" + p.row.Cell(field) }

// holds lists the cells whose text seems to hold a fødselsnummer.
func (p placedChange) holds() (all []fault.Field) {
	for _, field := range p.Holds {
		all = append(all, cellField(p.at(field), "error.text.person-number"))
	}
	return all
}

// wrongCells lists what can't be taken, each with its cell: what could not be read, and what the questionnaire does not allow.
func wrongCells(read offline.Read, changes []placedChange) (all []fault.Field) {
	for _, f := range read.Wrong {
		all = append(all, cellField(f.At(), "sheet.fault."+string(f.Kind), f.Args...))
	}
	for _, p := range changes {
		for _, f := range p.Wrong {
			all = append(all, cellField(p.at(f.Name), f.Key, f.Args...))
		}
	}
	return all
}

// inCells words them.
func inCells(t locale.Text, fields []fault.Field) (all []wrongCell) {
	for _, f := range fields {
		all = append(all, wrongCell{strings.TrimPrefix(strings.TrimPrefix(f.Name, "file"), "."), t.T(f.Key, f.Args...)})
	}
	return all
}

// cellField is a cell of a form as a field that is wrong, "" for the whole of it.
func cellField(at, key string, args ...any) fault.Field {
	if at != "" {
		at = "." + at
	}
	return fault.Field{Name: "file" + at, Key: key, Args: args}
}

// previewBack is what a preview had when it came back.
type previewBack struct {
	edit    string
	mine    map[catalogue.QuestionKey]bool
	held    map[catalogue.QuestionKey][]string // the cells whose text seems to hold a fødselsnummer
	stale   bool
	confirm bool // it was sent without saying that a number is none
}

// showPreview shows what a form would change, task by task.
func (s *Server) showPreview(c *gin.Context, r *request, status int, weighed assessment.Weighed, wrong []wrongCell, back previewBack) error {
	ctx, t, a := c.Request.Context(), r.Text, weighed.Assessment
	cat, err := s.Assessments.Catalogue(a.Catalogue)
	if err != nil {
		return err
	}
	round, err := s.roundName(ctx, r, a.Round)
	if err != nil {
		return err
	}
	words := wording(cat, t)
	p := formPreview{Layout: s.layout(c, r, t.T("form.preview")), Place: s.municipalityName(t, a.Municipality), Round: round, Back: formPath(a.Round), Action: "/form/save" + scopeQuery(a.Round, a.Municipality),
		Wrong: wrong, Edit: back.edit, ConfirmError: back.confirm}
	p.Path = p.Back
	var people []org.PersonID
	for _, change := range weighed.Changes {
		people = append(people, change.Before.By)
	}
	names, err := s.names(ctx, t, people...)
	if err != nil {
		return err
	}
	for _, change := range weighed.Changes {
		for i := range change.Holds {
			at := ""
			if cells := back.held[change.Question]; i < len(cells) {
				at = cells[i]
			}
			p.Held = append(p.Held, wrongCell{at, t.T("error.text.person-number")})
		}
	}
	if len(p.Held) > 0 {
		p.HeldLead = t.T("form.preview.held", "n", len(p.Held))
	}
	n, clashes, rows := 0, 0, []formRow{}
	for _, task := range cat.Tasks() {
		view := formTask{Key: string(task.Key), Name: words.Tasks[task.Key].Name, Href: taskPath(task.Key, a.Round)}
		for _, change := range weighed.Changes {
			if q := cat.Question(change.Question); q == nil || q.Task != task.Key || len(change.Wrong) > 0 {
				continue
			}
			n++
			rows = append(rows, formRow{change.Question, change.Base, change.Before.Tag, change.Level, change.Why, change.Words, change.Note, back.held[change.Question]})
			line := s.viewChange(r, words, cat, change, names)
			if change.Clash {
				clashes++
				line.Mine = back.mine[change.Question]
			}
			p.Holds = p.Holds || len(change.Holds) > 0
			view.Lines = append(view.Lines, line)
		}
		if len(view.Lines) > 0 {
			p.Tasks = append(p.Tasks, view)
		}
	}
	p.MaySave = n > 0 && len(wrong) == 0
	switch {
	case len(wrong) > 0:
	case n > clashes:
		p.Lead = t.T("form.preview.lead", "n", n-clashes)
	case n == 0:
		p.Lead = t.T("form.preview.nothing")
	default:
		p.Lead = t.T("form.preview.unless")
	}
	if weighed.Same > 0 && n > 0 {
		p.Same = t.T("form.preview.same", "n", weighed.Same)
	}
	if clashes > 0 {
		p.Clashes = t.T("form.preview.clash", "n", clashes)
	}
	if back.stale {
		p.Stale = t.T("form.preview.stale")
	}
	carried, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	p.Rows = string(carried)
	return s.render(c, status, "form-preview", p)
}

// viewChange is one answer that changes, as it stands and as it becomes.
func (s *Server) viewChange(r *request, words catalogue.Wording, cat *catalogue.Catalogue, change assessment.Proposed, names names) formLine {
	t, q := r.Text, cat.Question(change.Question)
	line := formLine{ID: string(q.Key), Name: words.Dimensions[q.Dimension].Name, Text: words.Questions[q.Key].Text,
		Before: givenWords(t, words, change.Before.Value), After: givenWords(t, words, change.After), Carried: change.Before.Carried, Confirms: change.Confirms}
	if change.Before.Tag == "" {
		return line.holding(t, change)
	}
	name, when := names.of(change.Before.By), t.When(change.Before.At, s.Now())
	if !line.Carried {
		line.By = t.T("form.now.by", "name", name, "time", when)
	}
	if change.Clash {
		line.By, line.Choose = "", t.T("form.choose", "name", name, "time", when)
	}
	return line.holding(t, change)
}

func (l formLine) holding(t locale.Text, change assessment.Proposed) formLine {
	if len(change.Holds) > 0 {
		l.Holds = t.T("error.text.person-number")
	}
	return l
}

// saveForm saves what a preview showed, all of it or nothing. It trusts nothing of the page: everything is weighed anew, as if it had been typed.
func (s *Server) saveForm(c *gin.Context, r *request) error {
	ctx := c.Request.Context()
	id, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	var rows []formRow
	d := json.NewDecoder(bytes.NewReader([]byte(c.PostForm("rows"))))
	d.DisallowUnknownFields()
	if err := d.Decode(&rows); err != nil {
		return &fault.Error{Code: fault.Malformed, Op: "api.saveForm", Key: "error.malformed", Err: err}
	}
	a, err := s.Assessments.Assessment(ctx, r.Actor, id, own)
	if err != nil {
		return err
	}
	of, err := s.Assessments.Form(a)
	if err != nil {
		return err
	}
	back := previewBack{edit: typed(c, "edit"), mine: map[catalogue.QuestionKey]bool{}, held: map[catalogue.QuestionKey][]string{}}
	edit := editOf(c)
	if slices.ContainsFunc(a.Answers.Slice(), func(answer assessment.Answer) bool { return slices.Contains(answer.Edits, edit) }) {
		return s.formSaved(c, id, edit) // the same click once more
	}
	var all []assessment.Proposal
	seen := map[catalogue.QuestionKey]string{}
	for _, row := range rows {
		all = append(all, row.proposal())
		seen[row.Question], back.held[row.Question] = row.Seen, row.Held
		back.mine[row.Question] = c.PostForm("take-"+string(row.Question)) == "mine"
	}
	for range 2 { // again when somebody answers in between, to show what stands then
		weighed, err := s.Assessments.Weigh(ctx, r.Actor, id, own, of, all)
		if err != nil {
			return err
		}
		save := assessment.SaveAll{Round: id, Municipality: own, Edit: edit, Confirmed: confirmed(c)}
		var wrong []wrongCell
		for _, change := range weighed.Changes {
			for _, f := range change.Wrong {
				wrong = append(wrong, wrongCell{string(change.Question), r.Text.T(f.Key, f.Args...)})
			}
			back.stale = back.stale || change.Before.Tag != seen[change.Question]
			if !change.Clash || back.mine[change.Question] {
				save.Answers = append(save.Answers, assessment.Given{Question: change.Question, Value: change.After, Tag: change.Before.Tag})
			}
		}
		if back.stale {
			return s.showPreview(c, r, http.StatusPreconditionFailed, weighed, wrong, back)
		}
		if len(wrong) > 0 {
			return s.showPreview(c, r, http.StatusUnprocessableEntity, weighed, wrong, back)
		}
		if len(save.Answers) == 0 {
			return formUnchanged(c, id)
		}
		switch _, err := s.Assessments.SaveAnswers(ctx, r.Actor, save); fault.CodeOf(err) {
		case "":
			return s.formSaved(c, id, edit)
		case fault.Stale:
			continue
		case fault.Invalid:
			back.confirm = true
			return s.showPreview(c, r, http.StatusUnprocessableEntity, weighed, nil, back)
		default:
			return err
		}
	}
	return fault.New(fault.Conflict, "api.saveForm", "error.busy")
}

func (s *Server) formSaved(c *gin.Context, round assessment.RoundID, edit string) error {
	c.Redirect(http.StatusSeeOther, address("/form", url.Values{"round": {string(round)}, "saved": {edit}}))
	return nil
}

// formUnchanged leads to the page, which says that nothing has changed.
func formUnchanged(c *gin.Context, round assessment.RoundID) error {
	c.Redirect(http.StatusSeeOther, address("/form", url.Values{"round": {string(round)}, "unchanged": {"yes"}}))
	return nil
}
