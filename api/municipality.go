package api

import (
	"context"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/leaving"
	"helhet/org"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// municipalityPage is what a municipality decides for itself, and where its coordinator takes out what is its own, and it leaves; an
// administrator sees who is about to.
type municipalityPage struct {
	Layout
	Own        bool             // the reader coordinates one
	Left       string           // why there is nothing to decide
	Consent    *consentForm     // nil for those who don't set it
	Approval   *approvalSetting // the same
	Name       string
	Exported   string // when everything was taken out last; "" when it never was
	Leaving    *departureView
	Says       []string // what leaving means
	Typed      string
	Faults     []planFault
	NameError  string
	All        bool // the reader sees who is about to leave
	Departures []departureView
}

// departureView is a municipality that is about to leave.
type departureView struct {
	Municipality, Name, When string
	Going                    bool // it can't be undone any more
}

// departuresListed is how many departures the administrator sees.
const departuresListed = 100

func (s *Server) municipalityPage(c *gin.Context, r *request) error {
	return s.showMunicipality(c, r, http.StatusOK, municipalityPage{})
}

func (s *Server) showMunicipality(c *gin.Context, r *request, status int, p municipalityPage) error {
	ctx, t, id := c.Request.Context(), r.Text, r.Actor.Municipality()
	p.Layout = s.layout(c, r, t.T("municipality.title"))
	p.Own, p.All = org.MayExport(r.Actor, id), org.MaySeeDepartures(r.Actor)
	decides := org.MaySetConsent(r.Actor, id)
	if !p.Own && !p.All && !decides {
		return fault.New(fault.Forbidden, "api.municipality", "error.forbidden")
	}
	if decides {
		m, _ := s.Register.Get(id)
		p.Name = m.Name
		if err := s.fillSettings(c, r, &p); err != nil {
			return err
		}
	}
	if p.Own {
		last, err := s.Leaving.LastExport(ctx, r.Actor, id)
		if err != nil {
			return err
		}
		if !last.IsZero() {
			p.Exported = t.T("municipality.export.last", "time", t.When(last, s.Now()))
		}
		d, err := s.Leaving.Departure(ctx, r.Actor, id)
		if err != nil {
			return err
		}
		if d != nil {
			v := s.departureView(t, *d)
			p.Leaving = &v
		}
		wait, figures := s.Leaving.Terms()
		p.Says = []string{t.T("leaving.says.deleted"), t.Within("leaving.figures", figures), t.T("leaving.says.wait", "n", int(wait/(24*time.Hour)))}
	}
	if p.All {
		all, err := s.Leaving.Departures(ctx, r.Actor, departuresListed)
		if err != nil {
			return err
		}
		for _, d := range all {
			p.Departures = append(p.Departures, s.departureView(t, d))
		}
	}
	return s.render(c, status, "municipality", p)
}

func (s *Server) departureView(t locale.Text, d leaving.Departure) departureView {
	m, _ := s.Register.Get(d.Municipality)
	return departureView{string(d.Municipality), m.Name, t.DateTime(d.Ends), d.State == leaving.Going}
}

// leave asks that the reader's municipality leaves.
func (s *Server) leave(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	d, err := s.Leaving.Leave(c.Request.Context(), r.Actor, r.Actor.Municipality(), c.PostForm("name"))
	if fault.CodeOf(err) == fault.Invalid {
		wrong := faultOf(err).Fields[0]
		p := municipalityPage{Typed: typed(c, "name"), NameError: r.Text.T(wrong.Key, wrong.Args...)}
		p.Faults = []planFault{{"#name", p.NameError}}
		return s.showMunicipality(c, r, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	s.tellLeaving(c.Request.Context(), r, d)
	c.Redirect(http.StatusSeeOther, "/municipality")
	return nil
}

// stay undoes it. The form names the municipality, since an administrator has none.
func (s *Server) stay(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	d, err := s.Leaving.Stay(c.Request.Context(), r.Actor, org.MunicipalityID(c.PostForm("municipality")))
	if err != nil {
		return err
	}
	s.tellStaying(c.Request.Context(), r, d)
	c.Redirect(http.StatusSeeOther, "/municipality")
	return nil
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
		{leaving.FileSteps + ", " + leaving.FileStepsTable, t.T("export.readme.steps")},
		{leaving.FileAmbitions + ", " + leaving.FileAmbitionsTable, t.T("export.readme.ambitions")},
		{leaving.FileAssignments + ", " + leaving.FileAssignedTable, t.T("export.readme.assignments")},
		{leaving.FileComments + ", " + leaving.FileCommentsTable, t.T("export.readme.comments")},
		{leaving.FileEvidence + ", " + path.Join(leaving.DirEvidence, "…"), t.T("export.readme.evidence")},
		{leaving.FileBenefits, t.T("export.readme.benefits")},
		{leaving.FileBenefitsTable, t.T("export.readme.benefits-table")},
		{leaving.FileMeasurements, t.T("export.readme.measurements")},
		{leaving.FileIndicators, t.T("export.readme.indicators")},
		{leaving.FileAssumptions, t.T("export.readme.assumptions")},
		{leaving.FileMaps + ", " + leaving.FileMapVersions, t.T("export.readme.maps")},
		{leaving.FileAudit, t.T("export.readme.audit")},
		{leaving.ManifestName, t.T("export.readme.manifest")},
	} {
		paragraphs = append(paragraphs, f.name+"\r\n    "+f.about)
	}
	paragraphs = append(paragraphs, t.T("export.readme.format"), t.T("export.readme.whole"))
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
