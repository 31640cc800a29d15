package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"helhet/benefits"
	"helhet/benefits/workbook"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// batchPage is where many measurements are brought at once, for a municipality or for one benefit.
type batchPage struct {
	Layout
	Place      string
	Back       homeLink
	Only       string // what it says when all are of one benefit
	Nothing    string // why there is nothing to measure
	XLSX, CSV  string // addresses of the sheet
	Again      string // where measurements are brought
	Help       string
	Fault      string // why what was brought is not taken
	FileError  string
	Wrong      []wrongCell
	More       string // how many faults are not listed
	Rows       string // what was pasted
	RowsError  string // why it is not taken
	Saved      string // how many measurements were saved, or stand as they were saved
	SavedOf    []homeLink
	Edit       string // of what is undone
	UndoAction string
	Undone     string
}

// batchPreview is what would be saved. It is kept in the page alone: Lines carry what was read and what was seen of what stands.
type batchPreview struct {
	Layout
	Place, Action       string
	Back                homeLink
	Counts              []string
	Unread              string
	Stale               string
	Wrong               []wrongCell
	More                string
	Lines               []batchLine
	Carried, Edit       string
	Holds, ConfirmError bool
	MaySave             bool
	Rows                string // what was pasted, to be put right; "" where a file was brought
	RowsError           string // that it is to be put right
	Again               string // where it is brought again
}

// batchLine is one measurement in a preview.
type batchLine struct {
	At          string // where it stands
	Title, Href string
	Said        measurementView
	Fate, Kind  string
	Before      string
	Doubts      []string // of its benefit, in few words
	Wrong       []string
	Holds       string
}

// faultsListed is how many faults a page lists, linesLinked how many benefits.
const (
	faultsListed = 100
	linesLinked  = 20
)

// batchRow is a line as the page carries it. Seen is the tag of the measurement that was shown, At where the line stands.
type batchRow struct {
	Benefit benefits.ID            `json:"b,omitempty"`
	Title   string                 `json:"t,omitempty"`
	Unit    benefits.Unit          `json:"u,omitempty"`
	ID      benefits.MeasurementID `json:"i,omitempty"`
	Removed bool                   `json:"r,omitempty"`
	From    benefits.Day           `json:"f,omitempty"`
	To      benefits.Day           `json:"d"`
	Value   benefits.Number        `json:"v"`
	Low     benefits.Number        `json:"l,omitempty"`
	High    benefits.Number        `json:"h,omitempty"`
	People  int                    `json:"p,omitempty"`
	Method  string                 `json:"m,omitempty"`
	Source  string                 `json:"s,omitempty"`
	Note    string                 `json:"n,omitempty"`
	Link    string                 `json:"e,omitempty"`
	Seen    string                 `json:"x,omitempty"`
	At      string                 `json:"a,omitempty"`
}

func (r batchRow) line() benefits.Line {
	return benefits.Line{Benefit: r.Benefit, Title: r.Title, Unit: r.Unit, ID: r.ID, Removed: r.Removed,
		Measured: benefits.Measured{Figures: benefits.Figures{From: r.From, To: r.To, Value: r.Value, Low: r.Low, High: r.High, People: r.People}, Method: r.Method, Source: r.Source, Note: r.Note, Evidence: r.Link}}
}

func carriedLine(l benefits.WeighedLine, at string) batchRow {
	return batchRow{l.Benefit, l.Title, l.Unit, l.ID, l.Removed, l.From, l.To, l.Value, l.Low, l.High, l.People, l.Method, l.Source, l.Note, l.Evidence, l.Before.Tag, at}
}

const batchPath = "/benefits/import"

// batchAddress is a page of bringing measurements, of one benefit where only says so.
func batchAddress(path string, only benefits.ID, more ...string) string {
	q := url.Values{}
	if only != "" {
		q.Set("benefit", string(only))
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return address(path, q)
}

// mayMeasure lists the benefits of the reader's municipality that she may measure, or the one that only names.
func (s *Server) mayMeasure(ctx context.Context, r *request, m org.MunicipalityID, only benefits.ID) ([]benefits.Benefit, error) {
	if !org.MayBringMeasurements(r.Actor, m) {
		return nil, fault.New(fault.Forbidden, "api.batch", "error.forbidden")
	}
	var all []benefits.Benefit
	if only != "" {
		b, err := s.Benefits.Benefit(ctx, r.Actor, only)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	} else {
		var err error
		if all, _, err = s.Benefits.List(ctx, r.Actor, benefits.Filter{Municipality: m, Limit: benefits.MaxBenefits}); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(b benefits.Benefit) bool {
		return b.Municipality != m || b.Unit == "" || !b.Removed.IsZero() || !org.MayEditBenefit(r.Actor, b.Municipality, b.Owner)
	}), nil
}

func (s *Server) batchPage(c *gin.Context, r *request) error {
	return s.showBatch(c, r, http.StatusOK, batchPage{})
}

// showBatch shows the page, with what was wrong with what was brought.
func (s *Server) showBatch(c *gin.Context, r *request, status int, p batchPage) error {
	ctx, t, m, only := c.Request.Context(), r.Text, r.Actor.Municipality(), benefits.ID(c.Query("benefit"))
	all, err := s.mayMeasure(ctx, r, m, only)
	if err != nil {
		return err
	}
	p.Layout, p.Place, p.Back = s.layout(c, r, t.T("batch.title")), s.municipalityName(t, m), homeLink{"/benefits", t.T("benefits.title")}
	p.Path, p.Again, p.UndoAction, p.Help = batchAddress(batchPath, only), batchAddress(batchPath, only), batchAddress(batchPath+"/undo", only), t.T("batch.put.help", "max", benefits.MaxBatch)
	if len(all) == 0 {
		p.Nothing = t.T("batch.nothing")
	} else if only != "" {
		p.Back, p.Only = homeLink{benefitPath(only), all[0].Title}, t.T("batch.one", "title", all[0].Title)
	}
	p.XLSX, p.CSV = batchAddress(batchPath+".xlsx", only), batchAddress(batchPath+".csv", only)
	if edit := c.Query("saved"); edit != "" && status == http.StatusOK {
		if err := s.brought(ctx, r, m, edit, &p); err != nil {
			return err
		}
	}
	if n, err := strconv.Atoi(c.Query("undone")); err == nil && n >= 0 && n <= benefits.MaxBatch {
		p.Undone = t.T("batch.undone", "n", n)
	}
	return s.render(c, status, "batch", p)
}

// brought tells what an edit has left, and leads to undoing it.
func (s *Server) brought(ctx context.Context, r *request, m org.MunicipalityID, edit string, p *batchPage) error {
	left, err := s.Benefits.Brought(ctx, r.Actor, m, edit)
	if err != nil || len(left) == 0 {
		return err
	}
	n, ids := 0, []benefits.ID{}
	for id, k := range left {
		n, ids = n+k, append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids[:min(len(ids), linesLinked)] {
		b, err := s.Benefits.Benefit(ctx, r.Actor, id)
		if err != nil {
			return err
		}
		p.SavedOf = append(p.SavedOf, homeLink{benefitPath(id) + "#measurements", b.Title})
	}
	p.Saved, p.Edit = r.Text.T("batch.saved", "n", n), edit
	return nil
}

// batchFile is the sheet to fill in.
func (s *Server) batchFile(c *gin.Context, r *request) error {
	only, m := benefits.ID(c.Query("benefit")), r.Actor.Municipality()
	write, kind := workbook.WriteForm, xlsxType
	if strings.HasSuffix(c.FullPath(), ".csv") {
		write, kind = workbook.WriteFormCSV, csvType
	}
	form, err := s.batchForm(c.Request.Context(), r, m, only)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := write(&b, form); err != nil {
		return err
	}
	_, end, _ := strings.Cut(c.FullPath(), ".")
	c.Header("Content-Disposition", attached("helhet-measurements-"+string(m)+"."+end))
	c.Data(http.StatusOK, kind, b.Bytes())
	return nil
}

const csvType = "text/csv; charset=utf-8"

func attached(name string) string { return `attachment; filename="` + name + `"` }

func (s *Server) batchForm(ctx context.Context, r *request, m org.MunicipalityID, only benefits.ID) (workbook.Form, error) {
	all, err := s.mayMeasure(ctx, r, m, only)
	return workbook.Form{Text: r.Text, Place: s.municipalityName(r.Text, m), Made: s.Now(), Demo: s.Demo, Benefits: all}, err
}

// bring tells what a file, or rows that were pasted, would do. It saves nothing.
func (s *Server) bring(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	ctx, t, m, only := c.Request.Context(), r.Text, r.Actor.Municipality(), benefits.ID(c.Query("benefit"))
	if !org.MayBringMeasurements(r.Actor, m) {
		return fault.New(fault.Forbidden, "api.bring", "error.forbidden")
	}
	file, err := formUpload(c)
	if err != nil {
		return err
	}
	rows := typed(c, "rows")
	var read workbook.Read
	switch {
	case len(file) > 0:
		read, rows = workbook.Parse(file, s.Texts, only != ""), ""
	case strings.TrimSpace(rows) != "":
		read = workbook.Paste(rows, s.Texts, only != "")
	default:
		return s.showBatch(c, r, http.StatusUnprocessableEntity, batchPage{FileError: t.T("batch.put.none")})
	}
	if len(read.Rows) == 0 {
		p := batchPage{Fault: t.T("batch.wrong"), Rows: rows}
		p.Wrong, p.More = listed(t, inCells(t, unreadFields(t, read)))
		if rows == "" {
			p.FileError = rowsError(t, p.Wrong)
		} else {
			p.RowsError = rowsError(t, p.Wrong)
		}
		return s.showBatch(c, r, http.StatusUnprocessableEntity, p)
	}
	weighed, err := s.Benefits.Weigh(ctx, r.Actor, benefits.Batch{Municipality: m, Only: only, Lines: read.Lines()})
	if err != nil {
		return err
	}
	p := batchPreview{Edit: rand.Text()[:16], Rows: rows}
	if len(read.Unread) > 0 {
		p.Unread = t.T("batch.unread", "columns", t.List(read.Unread))
	}
	var places []string
	for _, row := range read.Rows {
		places = append(places, placeWords(t, row.Place("")))
	}
	wrong := inCells(t, batchFields(t, read, weighed))
	status := http.StatusOK
	if len(wrong) > 0 {
		status, p.RowsError = http.StatusUnprocessableEntity, rowsError(t, wrong)
	}
	return s.showBatchPreview(c, r, status, weighed, places, wrong, p)
}

// rowsError is what stands beside the field that was brought: the one fault, or that there are several, which are listed above.
func rowsError(t locale.Text, wrong []wrongCell) string {
	if len(wrong) == 1 {
		return wrong[0].Reason
	}
	return t.T("batch.wrong") + "."
}

// placeWords says where something stands: "Målinger!F8", or "Row 8, Value".
func placeWords(t locale.Text, p workbook.Place) string {
	switch {
	case p.Sheet != "" && p.Cell != "":
		return p.Sheet + "!" + p.Cell
	case p.Sheet != "" || p.Row == 0:
		return p.Sheet
	case p.Heading == "":
		return t.T("batch.row", "row", p.Row)
	}
	return t.T("batch.row.column", "row", p.Row, "column", p.Heading)
}

// unreadFields are what could not be read, by its place.
func unreadFields(t locale.Text, read workbook.Read) (all []fault.Field) {
	for _, f := range read.Wrong {
		args := slices.Clone(f.Args)
		if f.Kind == workbook.NoColumn {
			args[1] = t.Within("batch.column", args[1])
		}
		all = append(all, cellField(placeWords(t, f.Place), "sheet.fault."+string(f.Kind), args...))
	}
	return all
}

// batchFields are all that can't be taken, by its place: what could not be read, and what the benefits don't take.
func batchFields(t locale.Text, read workbook.Read, w benefits.WeighedBatch) []fault.Field {
	all := unreadFields(t, read)
	for i, l := range w.Lines {
		for _, f := range l.Wrong {
			all = append(all, cellField(placeWords(t, read.Rows[i].Place(f.Name)), f.Key, f.Args...))
		}
	}
	return all
}

// listed are the faults that a page lists, and how many it does not.
func listed(t locale.Text, all []wrongCell) ([]wrongCell, string) {
	if len(all) <= faultsListed {
		return all, ""
	}
	return all[:faultsListed], t.T("batch.wrong.more", "n", len(all)-faultsListed)
}

// showBatchPreview shows every line beside what stands.
func (s *Server) showBatchPreview(c *gin.Context, r *request, status int, w benefits.WeighedBatch, places []string, wrong []wrongCell, p batchPreview) error {
	t, m, only := r.Text, r.Actor.Municipality(), benefits.ID(c.Query("benefit"))
	title := "batch.preview"
	if len(wrong) > 0 {
		title = "batch.preview.wrong"
	}
	p.Layout, p.Place, p.Back = s.layout(c, r, t.T(title)), s.municipalityName(t, m), homeLink{batchAddress(batchPath, only), t.T("batch.title")}
	p.Path, p.Action, p.Again, p.Holds = p.Back.Href, batchAddress(batchPath+"/save", only), batchAddress(batchPath, only), w.Holds()
	p.Wrong, p.More = listed(t, wrong)
	changes := w.Count(benefits.Adds) + w.Count(benefits.Corrects)
	for _, f := range benefits.Fates {
		if n := w.Count(f); n > 0 {
			p.Counts = append(p.Counts, t.T("batch.preview."+string(f), "n", n))
		}
	}
	if p.MaySave = len(wrong) == 0 && changes > 0; len(wrong) == 0 && changes == 0 {
		p.Counts = append(p.Counts, t.T("batch.preview.nothing"))
	}
	var rows []batchRow
	for i, l := range w.Lines {
		rows = append(rows, carriedLine(l, places[i]))
		p.Lines = append(p.Lines, viewLine(t, l, places[i]))
	}
	carried, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	const frame = 64 << 10 // of the form's other fields
	if p.MaySave && len(carried) > maxBody-frame {
		return s.showBatch(c, r, http.StatusUnprocessableEntity, batchPage{Fault: t.T("batch.large"), Rows: p.Rows})
	}
	p.Carried = string(carried)
	return s.render(c, status, "batch-preview", p)
}

// viewLine is one measurement and what becomes of it.
func viewLine(t locale.Text, l benefits.WeighedLine, at string) batchLine {
	v := batchLine{At: at, Title: l.Title, Said: versionView(t, l.Of, benefits.Version{Measured: l.Measured}, ""), Kind: "neutral"}
	v.Said.About = slices.DeleteFunc([]string{l.Method, l.Source}, func(s string) bool { return s == "" })
	if l.People > 0 {
		v.Said.About = append([]string{t.T("measurement.people", "n", l.People)}, v.Said.About...)
	}
	if l.Of.ID != "" {
		v.Title, v.Href = l.Of.Title, benefitPath(l.Of.ID)
		for _, w := range l.Of.Warnings() {
			v.Doubts = append(v.Doubts, t.Within("benefit.mark", w))
		}
	}
	if l.Of.Unit == "" || v.Said.Amount == "" {
		v.Said.Amount = string(l.Value)
	}
	for _, f := range l.Wrong {
		v.Wrong = append(v.Wrong, t.T(f.Key, f.Args...))
	}
	fate := string(l.Fate)
	switch l.Fate {
	case benefits.Adds:
		v.Kind = "done"
	case benefits.Corrects:
		v.Kind = "open"
		was := versionView(t, l.Of, l.Before.Stands(), "")
		v.Before = t.T("batch.before", "amount", was.Amount, "date", was.When)
		if was.Removed {
			v.Before = t.T("batch.put-back")
		}
	case "":
		fate, v.Kind = "wrong", "warning"
	}
	if l.Near && l.Fate == benefits.Adds {
		v.Before = t.T("batch.near")
	}
	if v.Fate = t.Within("batch.fate", fate); l.Holds {
		v.Holds = t.T("error.text.person-number")
	}
	return v
}

// saveBrought saves what a preview showed, all of it or nothing. It trusts nothing of the page: everything is weighed anew.
func (s *Server) saveBrought(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	only := benefits.ID(c.Query("benefit"))
	save := benefits.SaveBatch{Batch: benefits.Batch{Municipality: r.Actor.Municipality(), Only: only}, Edit: c.PostForm("edit"), Confirmed: confirmed(c)}
	var rows []batchRow
	d := json.NewDecoder(strings.NewReader(c.PostForm("carried")))
	d.DisallowUnknownFields()
	if err := d.Decode(&rows); err != nil {
		return &fault.Error{Code: fault.Malformed, Op: "api.saveBrought", Key: "error.malformed", Err: err}
	}
	var places []string
	for _, row := range rows {
		save.Lines, save.Seen, places = append(save.Lines, row.line()), append(save.Seen, row.Seen), append(places, row.At)
	}
	_, err := s.Benefits.SaveAll(c.Request.Context(), r.Actor, save)
	f := faultOf(err)
	if err == nil {
		c.Redirect(http.StatusSeeOther, batchAddress(batchPath, only, "saved", save.Edit))
		return nil
	}
	detail, ok := f.Detail.(benefits.BatchFault)
	if !ok {
		return err
	}
	w, p := detail.Weighed, batchPreview{Edit: save.Edit}
	var wrong []wrongCell
	for i, l := range w.Lines {
		for _, f := range l.Wrong {
			wrong = append(wrong, wrongCell{places[i], r.Text.T(f.Key, f.Args...)})
		}
	}
	if f.Code == fault.Stale {
		p.Stale = r.Text.T("batch.stale")
	} else {
		p.ConfirmError = len(wrong) == 0
	}
	return s.showBatchPreview(c, r, statuses[f.Code], w, places, wrong, p)
}

// undoBrought takes back what nobody has changed since.
func (s *Server) undoBrought(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	n, err := s.Benefits.UndoAll(c.Request.Context(), r.Actor, r.Actor.Municipality(), c.PostForm("edit"))
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, batchAddress(batchPath, benefits.ID(c.Query("benefit")), "undone", strconv.Itoa(n)))
	return nil
}
