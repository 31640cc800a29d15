package api

import (
	"context"
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// measuredView is a benefit's measurements on its page.
type measuredView struct {
	New  string // address of the form; "" for who may not, or while there is nothing to measure in
	Many string // address of bringing many at once; "" as New
	Due  string // when the next is to be made, in words
	List []measurementView
	Edit string // of the undoing
}

type measurementView struct {
	Amount, When, Range string
	About               []string // whom it describes, how and from where, who wrote it
	Note                string
	Evidence            string // address
	Files               []evidenceView
	Few                 string // that it never leaves the municipality
	Removed             bool
	Href, Tag           string // of its form; "" for who may not
	Undo                string // what undoing does
}

// measurementPage is the form of a measurement, new or corrected.
type measurementPage struct {
	Layout
	Benefit, Over string // address and title
	Unit          string
	Warnings      []string // what makes the benefit's figures doubtful
	Form          benefitForm
	Fields        []benefitField
	Removable     bool
	Brings        bool              // the form may bring a file
	Files         *evidencePart     // what shows it; nil of a new one
	Refused       string            // why a file was not taken, removed or brought back
	Before        []measurementView // what it was before it was corrected, the newest first
}

// measurementEdit is a measurement's page as it is shown: with what was typed, and what was wrong with that.
type measurementEdit struct {
	benefit     benefits.Benefit
	measurement benefits.Measurement // empty of a new one
	values      map[string]string
	faults      []fault.Field
	notes       map[string]string // by field: what somebody else did to it meanwhile
	file        *fileBack         // a file that was refused
}

var measurementFields = [][2]string{{"value", "number"}, {"to", "date"}, {"from", "date"}, {"low", "number"}, {"high", "number"}, {"people", "number"}, {"method", "line"}, {"source", "line"}, {"note", "text"}, {"evidence", "line"}}

func measurementPath(b benefits.ID, m benefits.MeasurementID) string {
	return benefitPath(b) + "/measurements/" + url.PathEscape(string(m))
}

func flattenMeasured(t locale.Text, m benefits.Measured) map[string]string {
	decimal := func(n benefits.Number) string { return strings.Replace(string(n), ".", point(t), 1) }
	people := ""
	if m.People > 0 {
		people = strconv.Itoa(m.People)
	}
	return map[string]string{"value": decimal(m.Value), "to": string(m.To), "from": string(m.From), "low": decimal(m.Low), "high": decimal(m.High), "people": people, "method": m.Method, "source": m.Source, "note": m.Note, "evidence": m.Evidence}
}

func measuredOf(v map[string]string) benefits.Measured {
	people := 0
	if text := string(benefits.Read(v["people"])); text != "" {
		var err error
		if people, err = strconv.Atoi(text); err != nil || people == 0 {
			people = -1
		}
	}
	return benefits.Measured{Figures: benefits.Figures{From: benefits.Day(v["from"]), To: benefits.Day(v["to"]), Value: benefits.Read(v["value"]), Low: benefits.Read(v["low"]), High: benefits.Read(v["high"]), People: people},
		Method: v["method"], Source: v["source"], Note: v["note"], Evidence: v["evidence"]}
}

// versionView is a version of a measurement in words.
func versionView(t locale.Text, b benefits.Benefit, v benefits.Version, by string) measurementView {
	u := b.Unit
	x := measurementView{Amount: figureShown(t, b, benefits.Figure{Figures: v.Figures}), When: dayShown(t, v.To), Note: v.Note, Evidence: v.Evidence, Removed: v.Removed}
	if v.From != "" {
		x.When = t.T("measurement.period", "from", dayShown(t, v.From), "to", dayShown(t, v.To))
	}
	if v.Low != "" {
		x.Range = t.T("measurement.range", "low", amount(t, u, v.Low), "high", amount(t, u, v.High))
	}
	if v.People > 0 {
		x.About = append(x.About, t.T("measurement.people", "n", v.People))
	}
	for _, text := range []string{v.Method, v.Source} {
		if text != "" {
			x.About = append(x.About, text)
		}
	}
	x.About = append(x.About, t.T("measurement.by", "name", by, "date", t.ShortDate(v.At)))
	if v.Few() {
		x.Few = t.T("measurement.few", "min", benefits.FewPeople)
	}
	return x
}

// measuredView lists a benefit's measurements, those that count and those taken out.
func (s *Server) measuredView(ctx context.Context, r *request, b benefits.Benefit, edits bool) (measuredView, error) {
	t := r.Text
	v := measuredView{Edit: rand.Text()}
	if edits && b.Unit != "" {
		v.New, v.Many = measurementPath(b.ID, "new"), batchAddress(batchPath, b.ID)
	}
	if due := b.Due(); due != "" {
		v.Due = t.T("measurement.due", "date", dayShown(t, due))
		if b.Baseline.Value == "" {
			v.Due = t.T("measurement.due.baseline", "date", dayShown(t, due))
		}
	}
	if len(b.Figures) == 0 {
		return v, nil
	}
	all, err := s.Benefits.Measurements(ctx, r.Actor, b.ID)
	if err != nil {
		return v, err
	}
	var people []org.PersonID
	for _, m := range all {
		people = append(people, m.Stands().By)
	}
	names, err := s.names(ctx, t, people...)
	if err != nil {
		return v, err
	}
	files, err := s.Benefits.FilesOf(ctx, r.Actor, b.ID)
	if err != nil {
		return v, err
	}
	givers, err := s.namesOfFiles(ctx, t, slices.Collect(maps.Values(files))...)
	if err != nil {
		return v, err
	}
	for _, m := range all {
		x := versionView(t, b, m.Stands(), names.of(m.Stands().By))
		for _, e := range files[m.ID] {
			x.Files = append(x.Files, s.fileView(t, b, m, e, givers, false))
		}
		if edits {
			x.Href, x.Tag, x.Undo = measurementPath(b.ID, m.ID), m.Tag, t.T("measurement.undo")
			if n := len(m.Versions); m.Stands().Removed {
				x.Undo = t.T("measurement.put-back")
			} else if n == 1 || m.Versions[n-2].Removed {
				x.Undo = t.T("measurement.take-out")
			}
		}
		v.List = append(v.List, x)
	}
	return v, nil
}

// measurement finds a benefit that the actor may measure, and the measurement that the address names; an empty one is new.
func (s *Server) measurement(c *gin.Context, r *request) (benefits.Benefit, benefits.Measurement, error) {
	b, err := s.Benefits.Benefit(c.Request.Context(), r.Actor, benefits.ID(c.Param("benefit")))
	if err == nil && !org.MayEditBenefit(r.Actor, b.Municipality, b.Owner) {
		err = fault.New(fault.Forbidden, "api.measurement", "error.forbidden")
	}
	id := benefits.MeasurementID(c.Param("measurement"))
	if err != nil || id == "new" {
		return b, benefits.Measurement{}, err
	}
	return s.Benefits.Measurement(c.Request.Context(), r.Actor, b.ID, id)
}

func (s *Server) measurementPage(c *gin.Context, r *request) error {
	b, m, err := s.measurement(c, r)
	if err != nil {
		return err
	}
	v := flattenMeasured(r.Text, benefits.Measured{Figures: benefits.Figures{To: assessment.DayOf(s.Now())}})
	if m.ID != "" {
		v = flattenMeasured(r.Text, m.Stands().Measured)
	}
	return s.editMeasurement(c, r, http.StatusOK, measurementEdit{benefit: b, measurement: m, values: v})
}

// saveMeasurement takes a measurement, and a file that shows a new one. Who may not is told before anything is taken from her.
func (s *Server) saveMeasurement(c *gin.Context, r *request) error {
	b, m, err := s.measurement(c, r)
	if err == nil {
		err = s.Benefits.MayMeasure(c.Request.Context(), r.Actor, b.ID)
	}
	if err != nil {
		return err
	}
	sent, err := readMeasurementForm(c)
	if err != nil {
		return err
	}
	defer sent.close()
	if err := ownForm(c, r); err != nil {
		return err
	}
	v := map[string]string{}
	for _, f := range measurementFields {
		v[f[0]] = strings.ReplaceAll(typed(c, f[0]), "\r\n", "\n")
	}
	in := benefits.Measure{Benefit: b.ID, ID: m.ID, Data: measuredOf(v), Remove: c.PostForm("do") == "remove", Tag: c.PostForm("tag"), Edit: editOf(c), Confirmed: c.PostForm(assessment.ConfirmField) == "yes"}
	if sent.file != nil {
		file := sent.given()
		in.File = &file
	}
	_, err = s.Benefits.Measure(c.Request.Context(), r.Actor, in)
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, benefitPath(b.ID)+"?saved=yes#measurements")
		return nil
	case fault.Invalid:
		return s.editMeasurement(c, r, http.StatusUnprocessableEntity, measurementEdit{benefit: b, measurement: m, values: v, faults: faultOf(err).Fields})
	case fault.Stale:
		theirs := faultOf(err).Detail.(benefits.LostMeasurement).Theirs
		stands := theirs.Stands()
		names, err := s.names(c.Request.Context(), r.Text, stands.By)
		if err != nil {
			return err
		}
		notes := map[string]string{}
		for name, said := range flattenMeasured(r.Text, stands.Measured) {
			if said != v[name] {
				notes[name] = conflictNote(r.Text, names.of(stands.By), said)
			}
		}
		return s.editMeasurement(c, r, http.StatusPreconditionFailed, measurementEdit{benefit: b, measurement: theirs, values: v, notes: notes})
	}
	return err
}

// readMeasurementForm reads the form, with the file that a new measurement may bring.
func readMeasurementForm(c *gin.Context) (*upload, error) {
	if !isUpload(c.Request) {
		return &upload{}, readForm(c.Request)
	}
	patient(c.Writer)
	return readUpload(c.Request)
}

// editMeasurement shows the form, with what was typed and what was wrong with it.
func (s *Server) editMeasurement(c *gin.Context, r *request, status int, edit measurementEdit) error {
	t, b, m, v := r.Text, edit.benefit, edit.measurement, edit.values
	p := measurementPage{Brings: m.ID == "", Layout: s.layout(c, r, t.T("measurement.new")), Benefit: benefitPath(b.ID), Over: b.Title, Removable: m.ID != "" && !m.Stands().Removed}
	p.Form = benefitForm{Action: measurementPath(b.ID, "new"), Cancel: p.Benefit, Tag: m.Tag, Edit: rand.Text()}
	if status == http.StatusUnprocessableEntity && edit.file == nil {
		p.Form.Tag, p.Form.Edit = typed(c, "tag"), typed(c, "edit")
	}
	for _, w := range b.Warnings() {
		p.Warnings = append(p.Warnings, t.Within("benefit.warning", w))
	}
	if b.Unit != "" {
		p.Unit = t.T("measurement.unit", "unit", t.Within("benefit.unit", b.Unit))
	}
	if b.Unexpected() {
		p.Unit = strings.TrimSpace(p.Unit + " " + t.T("effect.measure"))
	}
	if m.ID != "" {
		p.Title, p.Form.Action = t.T("measurement.correct"), measurementPath(b.ID, m.ID)
		var people []org.PersonID
		for _, version := range m.Versions {
			people = append(people, version.By)
		}
		names, err := s.names(c.Request.Context(), t, people...)
		if err != nil {
			return err
		}
		for i := len(m.Versions) - 2; i >= 0; i-- {
			p.Before = append(p.Before, versionView(t, b, m.Versions[i], names.of(m.Versions[i].By)))
		}
	}
	if status == http.StatusPreconditionFailed {
		p.Form.Conflict = t.T("benefit.conflict")
	}
	wrong := p.Form.faulted(t, edit.faults, "measurement.field")
	for _, f := range measurementFields {
		field := benefitField{Name: f[0], Label: t.Within("measurement.field", f[0]), Kind: f[1], Value: v[f[0]], Max: benefits.MaxText, Error: wrong[f[0]], Note: edit.notes[f[0]]}
		if key := "measurement.help." + f[0]; t.Has(key) {
			field.Help = t.T(key)
		}
		p.Fields = append(p.Fields, field)
	}
	if p.Brings {
		room, err := s.roomLeft(c.Request.Context(), r, b.Municipality)
		if err != nil {
			return err
		}
		p.Fields = append(p.Fields, benefitField{Name: "file", Label: t.T("measurement.field.file"), Kind: "file", Help: t.T("evidence.file.help") + " " + room, Error: wrong["file"]})
	} else {
		files, err := s.measurementFiles(c, r, b, m)
		if err != nil {
			return err
		}
		if p.Files = files; edit.file != nil {
			p.Refused = p.Files.putBack(t, *edit.file)
		}
	}
	return s.render(c, status, "measurement", p)
}

func (s *Server) undoMeasurement(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	id := benefits.ID(c.Param("benefit"))
	if _, err := s.Benefits.Undo(c.Request.Context(), r.Actor, id, benefits.MeasurementID(c.Param("measurement")), c.PostForm("tag"), c.PostForm("edit")); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, benefitPath(id)+"?saved=yes#measurements")
	return nil
}
