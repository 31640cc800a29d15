package api

import (
	"context"
	"crypto/rand"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// filePath is where a file that shows a measurement is given out and changed.
func filePath(b benefits.ID, m benefits.MeasurementID, e assessment.EvidenceID) string {
	return measurementPath(b, m) + evidencePath(e)
}

// fileView is a file that shows a measurement, and what it showed where that is no longer what stands.
func (s *Server) fileView(t locale.Text, b benefits.Benefit, m benefits.Measurement, e assessment.Evidence, names names, changeable bool) evidenceView {
	v := s.viewEvidence(t, e, names, false)
	if v.Href != "" {
		v.Href = filePath(b.ID, m.ID, e.ID) + "/file"
	}
	if changeable {
		v.RemoveAction = filePath(b.ID, m.ID, e.ID) + "/remove"
	}
	if version := e.Shows.Version; !m.Says(version) && version <= len(m.Versions) {
		was := versionView(t, b, m.Versions[version-1], "")
		v.Of = t.T("measurement.file.of", "value", was.Amount, "when", was.When)
	}
	return v
}

// namesOfFiles finds who gave some files.
func (s *Server) namesOfFiles(ctx context.Context, t locale.Text, files ...[]assessment.Evidence) (names, error) {
	var by []org.PersonID
	for _, some := range files {
		for _, e := range some {
			by = append(by, e.By)
		}
	}
	return s.names(ctx, t, by...)
}

// measurementFiles is what shows a measurement, with the form that adds to it.
func (s *Server) measurementFiles(c *gin.Context, r *request, b benefits.Benefit, m benefits.Measurement) (*evidencePart, error) {
	ctx, t := c.Request.Context(), r.Text
	_, all, err := s.Benefits.FilesFor(ctx, r.Actor, b.ID, m.ID)
	if err != nil {
		return nil, err
	}
	names, err := s.namesOfFiles(ctx, t, all)
	if err != nil {
		return nil, err
	}
	v := &evidencePart{formPart: formPartOf(r), ID: evidenceAnchor("")}
	for _, e := range all {
		v.Items = append(v.Items, s.fileView(t, b, m, e, names, true))
	}
	if id := c.Query("evidence-removed"); id != "" {
		_, e, err := s.Benefits.File(ctx, r.Actor, b.ID, m.ID, assessment.EvidenceID(id))
		if err != nil && fault.CodeOf(err) != fault.NotFound {
			return nil, err
		}
		if err == nil && !e.Removed.IsZero() {
			v.Undo = &evidenceUndo{Text: t.T("evidence.removed", "name", evidenceName(e)), Action: address(filePath(b.ID, m.ID, e.ID)+"/restore", url.Values{"evidence-removed": {id}})}
		}
	}
	if m.Stands().Removed {
		return v, nil
	}
	v.Form = &evidenceForm{FileAction: measurementPath(b.ID, m.ID) + "/evidence/files", Edit: rand.Text()[:16]}
	v.Form.Room, err = s.roomLeft(ctx, r, b.Municipality)
	return v, err
}

// roomLeft says how much room a municipality's files have left.
func (s *Server) roomLeft(ctx context.Context, r *request, m org.MunicipalityID) (string, error) {
	taken, quota, err := s.Assessments.EvidenceRoom(ctx, r.Actor, m)
	return r.Text.T("evidence.room", "left", byteText(r.Text, max(0, quota-taken)), "quota", byteText(r.Text, quota)), err
}

// fileBack is a form of a measurement's file that came back, or a piece that could not be changed.
type fileBack struct {
	title, edit string
	piece       assessment.EvidenceID
	why         *fault.Error
}

// putBack shows what was refused beside it, and gives it in words. A file has to be chosen again.
func (v *evidencePart) putBack(t locale.Text, back fileBack) (says string) {
	text := t.T(back.why.Key, back.why.Args...)
	if back.piece != "" {
		for i := range v.Items {
			if v.Items[i].ID == string(back.piece) {
				v.Items[i].Error = text
			}
		}
		if v.Undo != nil {
			v.Undo.Error = text
		}
		return text
	}
	told := map[string]string{}
	for i, f := range back.why.Fields {
		if told[f.Name] = t.T(f.Key, f.Args...); i == 0 {
			text = told[f.Name]
		}
	}
	if v.Form == nil {
		return text
	}
	f := v.Form
	f.Open, f.Edit, f.FileTitle = true, back.edit, back.title
	f.FileError, f.FileTitleError, f.ConfirmError = told["file"], told["title"], told[assessment.ConfirmField]
	f.ConfirmFile = f.ConfirmError != ""
	return text
}

// showFile takes a file that shows a measurement. Whether its page was made for her who sends it stands in the form, which is read first.
func (s *Server) showFile(c *gin.Context, r *request) error {
	ctx, of, id := c.Request.Context(), benefits.ID(c.Param("benefit")), benefits.MeasurementID(c.Param("measurement"))
	if err := s.Benefits.MayShow(ctx, r.Actor, of, id); err != nil {
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
	var e assessment.Evidence
	if sent.file == nil {
		err = fault.Wrong("api.showFile", "file", "error.evidence.none")
	} else {
		show := benefits.Show{Benefit: of, Measurement: id, Title: c.PostForm("title"), Edit: editOf(c), Confirmed: confirmed(c)}
		e, _, err = s.Benefits.ShowFile(ctx, r.Actor, show, sent.given())
	}
	if err != nil {
		return s.refusedFile(c, r, err, fileBack{title: typed(c, "title"), edit: typed(c, "edit")})
	}
	if !e.Removed.IsZero() { // sent once more, and removed meanwhile
		return toRemovedFile(c, of, id, e.ID)
	}
	c.Redirect(http.StatusSeeOther, measurementPath(of, id)+"#"+evidenceAnchor(""))
	return nil
}

// refusedFile shows the measurement's page again, with why a file was not taken, removed or brought back beside it. Whoever may not see that page
// gets the failure alone.
func (s *Server) refusedFile(c *gin.Context, r *request, why error, back fileBack) error {
	if code := fault.CodeOf(why); code != fault.Invalid && code != fault.Conflict {
		return why
	}
	b, m, err := s.measurement(c, r)
	if err != nil {
		return why
	}
	back.why = faultOf(why)
	return s.editMeasurement(c, r, statuses[back.why.Code], measurementEdit{benefit: b, measurement: m, values: flattenMeasured(r.Text, m.Stands().Measured), file: &back})
}

// measurementFile gives a file to whoever reads the benefit: to be saved, and never shown by the browser on Helhet's own pages.
func (s *Server) measurementFile(c *gin.Context, r *request) error {
	e, content, err := s.Benefits.OpenFile(c.Request.Context(), r.Actor, benefits.ID(c.Param("benefit")), benefits.MeasurementID(c.Param("measurement")), assessment.EvidenceID(c.Param("evidence")))
	if err != nil {
		return err
	}
	s.giveFile(c, r, e, content)
	return nil
}

func (s *Server) removeMeasurementFile(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	of, m, id := benefits.ID(c.Param("benefit")), benefits.MeasurementID(c.Param("measurement")), assessment.EvidenceID(c.Param("evidence"))
	if _, err := s.Benefits.RemoveFile(c.Request.Context(), r.Actor, of, m, id); err != nil {
		return s.refusedFile(c, r, err, fileBack{piece: id})
	}
	return toRemovedFile(c, of, m, id)
}

// toRemovedFile leads to where a removed file stood, which offers to bring it back.
func toRemovedFile(c *gin.Context, of benefits.ID, m benefits.MeasurementID, id assessment.EvidenceID) error {
	c.Redirect(http.StatusSeeOther, measurementPath(of, m)+"?"+url.Values{"evidence-removed": {string(id)}}.Encode()+"#"+evidenceAnchor(""))
	return nil
}

func (s *Server) restoreMeasurementFile(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	of, m, id := benefits.ID(c.Param("benefit")), benefits.MeasurementID(c.Param("measurement")), assessment.EvidenceID(c.Param("evidence"))
	if _, err := s.Benefits.RestoreFile(c.Request.Context(), r.Actor, of, m, id); err != nil {
		return s.refusedFile(c, r, err, fileBack{piece: id})
	}
	c.Redirect(http.StatusSeeOther, measurementPath(of, m)+"#"+evidenceAnchor(""))
	return nil
}

// bringsMeasurement tells the form of a new measurement, which may bring a file.
func bringsMeasurement(r *http.Request) bool {
	parts := strings.Split(r.URL.Path, "/")
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == "multipart/form-data" && len(parts) == 5 && parts[1] == "benefits" && parts[3] == "measurements" && parts[4] == "new"
}
