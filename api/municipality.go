package api

import (
	"context"
	"io"
	"net/http"
	"path"
	"strings"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/leaving"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// municipalityPage is where a coordinator takes out what is her municipality's.
type municipalityPage struct {
	Layout
	Name     string
	Exported string // when that was done last; "" when it never was
}

func (s *Server) municipalityPage(c *gin.Context, r *request) error {
	ctx, id := c.Request.Context(), r.Actor.Municipality()
	last, err := s.Leaving.LastExport(ctx, r.Actor, id)
	if err != nil {
		return err
	}
	m, _ := s.Register.Get(id)
	p := municipalityPage{Layout: s.layout(c, r, r.Text.T("municipality.title")), Name: m.Name}
	if !last.IsZero() {
		p.Exported = r.Text.T("municipality.export.last", "time", r.Text.When(last, s.Now()))
	}
	return s.render(c, http.StatusOK, "municipality", p)
}

// exportFile answers with everything of the reader's municipality as a ZIP.
func (s *Server) exportFile(c *gin.Context, r *request) error {
	ctx := c.Request.Context()
	x, err := s.Leaving.Begin(ctx, r.Actor, r.Actor.Municipality())
	if err != nil {
		return err
	}
	c.Header("Content-Type", mediaZIP)
	c.Header("Content-Disposition", `attachment; filename="`+x.Name()+`"`)
	c.Status(http.StatusOK)
	s.writeExport(ctx, r, x, c.Writer)
	return nil
}

const mediaZIP = "application/zip"

// writeExport writes an answer that has begun: when it fails it can only be broken off, so that nobody takes it for whole.
func (s *Server) writeExport(ctx context.Context, r *request, x *leaving.Export, w io.Writer) {
	words := leaving.Words{Readme: exportReadme(r.Text, x), Lang: catalogue.Lang(r.Text.Lang())}
	if err := x.Write(ctx, w, words); err != nil {
		s.Log.Warn("export broken off", "request", r.Trace, "cause", err)
		panic(http.ErrAbortHandler)
	}
}

// exportReadme says what an archive's files are.
func exportReadme(t locale.Text, x *leaving.Export) string {
	paragraphs := []string{t.T("export.readme.title", "name", x.Municipality(), "time", t.DateTime(x.At())), t.T("export.readme.files")}
	for _, f := range []struct{ name, about string }{
		{leaving.FileMunicipality, t.T("export.readme.municipality")},
		{leaving.FilePeople, t.T("export.readme.people")},
		{leaving.FileInvitations, t.T("export.readme.invitations")},
		{leaving.FileAccessRequests, t.T("export.readme.access-requests")},
		{path.Join(leaving.DirRounds, "…", leaving.FileAssessment), t.T("export.readme.assessment")},
		{path.Join(leaving.DirRounds, "…", leaving.FileAnswers), t.T("export.readme.answers")},
		{path.Join(leaving.DirRounds, "…", leaving.FileScores), t.T("export.readme.scores")},
		{path.Join(leaving.DirPublications, "…"), t.T("export.readme.publications")},
		{leaving.FileAudit, t.T("export.readme.audit")},
		{leaving.ManifestName, t.T("export.readme.manifest")},
	} {
		paragraphs = append(paragraphs, f.name+"\r\n    "+f.about)
	}
	paragraphs = append(paragraphs, t.T("export.readme.no-files"), t.T("export.readme.format"), t.T("export.readme.whole"))
	return strings.Join(paragraphs, "\r\n\r\n") + "\r\n"
}

type exportInput struct {
	Municipality string `path:"municipality" doc:"By identity or number." example:"larvik"`
}

func (v *v1) exports() {
	add(v, operation{
		ID: "export-municipality", Method: http.MethodGet, Path: "/municipalities/{municipality}/export", Tag: "Register", File: mediaZIP,
		Summary: "Everything of a municipality",
		About: "A ZIP for its coordinators: README.txt in the reader's language tells what the files are. It ends with manifest.json, which lists them with " +
			"their SHA-256; an answer that is broken off has none and is no whole ZIP.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound},
	}, func(ctx context.Context, r *request, in *exportInput) (*huma.StreamResponse, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		x, err := v.Leaving.Begin(ctx, r.Actor, m.ID)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			c.SetHeader("Content-Type", mediaZIP)
			c.SetHeader("Content-Disposition", `attachment; filename="`+x.Name()+`"`)
			c.SetStatus(http.StatusOK)
			v.writeExport(ctx, r, x, c.BodyWriter())
		}}, nil
	})
}
