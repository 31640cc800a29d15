package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
)

// v1Evidence is a link or a file that stands behind an answer.
type v1Evidence struct {
	ID       assessment.EvidenceID `json:"id" example:"e-4f0c91d27ab35e60"`
	Task     catalogue.TaskKey     `json:"task" example:"henvise"`
	Question catalogue.QuestionKey `json:"question,omitempty" doc:"Absent: it stands behind the task as a whole." example:"henvise.ansvar"`
	Title    string                `json:"title,omitempty" doc:"What it shows."`
	Link     string                `json:"link,omitempty" example:"https://larvik.kommune.no/rutine"`
	File     *v1EvidenceFile       `json:"file,omitempty" doc:"Or a file, never both."`
	AddedAt  time.Time             `json:"addedAt"`
	Removed  time.Time             `json:"removed,omitzero" doc:"It can be brought back for 30 days after."`
}

type v1EvidenceFile struct {
	Name string               `json:"name" example:"rutine.pdf"`
	Type assessment.FileType  `json:"type" doc:"From the content." example:"application/pdf"`
	Size int64                `json:"size" doc:"Bytes."`
	Scan assessment.ScanState `json:"scan" enum:"unscanned,waiting,failed,clean,infected" doc:"What is known of whether it does harm; an infected one is deleted."`
	Held bool                 `json:"held" doc:"Nobody gets it: it was not looked through yet, or does harm."`
}

// v1NewLink is what adds a link.
type v1NewLink struct {
	Task     catalogue.TaskKey     `json:"task" example:"henvise"`
	Question catalogue.QuestionKey `json:"question,omitempty" doc:"Absent: it stands behind the task as a whole." example:"henvise.ansvar"`
	Title    string                `json:"title,omitempty" maxLength:"200" doc:"What it shows. No health data of anyone."`
	Link     string                `json:"link" maxLength:"2000" doc:"An http or https address, without a password in it." example:"https://larvik.kommune.no/rutine"`
}

type evidenceListInput struct {
	AssessmentPath
	Task  catalogue.TaskKey `query:"task" doc:"Only that of a task." example:"henvise"`
	Limit int               `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"At most so many."`
	After string            `query:"after" doc:"Goes on where a list ended: what next said."`
}

type v1EvidenceList struct {
	Evidence []v1Evidence `json:"evidence" doc:"The oldest first."`
	Next     string       `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

type evidenceListOutput struct{ Body v1EvidenceList }

type newLinkInput struct {
	AssessmentPath
	EditHeader
	ConfirmHeader
	Body v1NewLink
}

type newFileInput struct {
	AssessmentPath
	Task     catalogue.TaskKey     `query:"task" required:"true" doc:"The task." example:"henvise"`
	Question catalogue.QuestionKey `query:"question" doc:"Absent: it stands behind the task as a whole." example:"henvise.ansvar"`
	Name     string                `query:"name" required:"true" doc:"What the file is called; no path." example:"rutine.pdf"`
	Title    string                `query:"title" maxLength:"200" doc:"What it shows."`
	EditHeader
	ConfirmHeader

	content io.Reader
}

// Resolve takes the body as it comes, so that it is never whole in memory.
func (in *newFileInput) Resolve(c huma.Context) []error {
	in.content = c.BodyReader()
	return nil
}

type evidenceInput struct {
	AssessmentPath
	Evidence assessment.EvidenceID `path:"evidence" doc:"The evidence." example:"e-4f0c91d27ab35e60"`
}

type evidenceOutput struct {
	Status int
	Body   v1Evidence
}

func (s *Server) v1EvidenceOf(e assessment.Evidence) v1Evidence {
	v := v1Evidence{ID: e.ID, Task: e.Task, Question: e.Question, Title: e.Title, Link: e.Link, AddedAt: e.At, Removed: e.Removed}
	v.File = s.v1FileOf(e.File)
	return v
}

func (s *Server) v1FileOf(f *assessment.EvidenceFile) *v1EvidenceFile {
	if f == nil {
		return nil
	}
	return &v1EvidenceFile{f.Name, f.Type, f.Size, f.Scan, s.Assessments.Held(f)}
}

// evidenceIn finds evidence of an assessment: the address may not name one and the evidence be another's.
func (s *Server) evidenceIn(ctx context.Context, r *request, in evidenceInput) (assessment.Evidence, error) {
	m, err := s.find(in.Municipality)
	if err != nil {
		return assessment.Evidence{}, err
	}
	if _, err := s.Assessments.Assessment(ctx, r.Actor, in.Round, m.ID); err != nil {
		return assessment.Evidence{}, err
	}
	e, err := s.Assessments.Evidence(ctx, r.Actor, in.Evidence)
	if err == nil && (e.Municipality != m.ID || e.Round != in.Round) {
		err = fault.New(fault.NotFound, "api.evidence", "error.evidence.unknown")
	}
	return e, err
}

// fileAnswer gives a file out to a program.
func (v *v1) fileAnswer(r *request, e assessment.Evidence, content io.Reader) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		patient(humagin.Unwrap(c).Writer)
		for name, value := range fileHeaders(e) {
			c.SetHeader(name, value)
		}
		c.SetHeader("Content-Type", mediaBytes) // what it is stands in the list
		c.SetStatus(http.StatusOK)
		v.writeFile(r, c.BodyWriter(), content)
	}}
}

// takesBytes says in the document that an operation's body is a file.
func (v *v1) takesBytes(path string) {
	v.operation(http.MethodPost, path).RequestBody = &huma.RequestBody{Required: true,
		Content: map[string]*huma.MediaType{mediaBytes: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
}

// sentFile takes a file's bytes as they come.
func sentFile(name string, content io.Reader) (*upload, error) {
	sent := &upload{name: name}
	if err := sent.take(content); err != nil {
		sent.close()
		return nil, &fault.Error{Code: fault.Malformed, Op: "api.addFile", Key: "error.malformed", Err: err}
	}
	return sent, nil
}

func (v *v1) evidence() {
	at := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	link := v1Evidence{ID: "e-4f0c91d27ab35e60", Task: "henvise", Question: "henvise.ansvar", Title: "The routine for referrals", Link: "https://larvik.kommune.no/rutine", AddedAt: at}
	file := v1Evidence{ID: "e-91d27ab35e604f0c", Task: "henvise", Title: "The minutes", AddedAt: at, File: &v1EvidenceFile{"referat.pdf", assessment.FilePDF, 48_213, assessment.ScanClean, false}}
	reads := []fault.Code{fault.Forbidden, fault.NotFound}
	changes := []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.OutcomeUnknown}
	const path = "/assessments/{round}/{municipality}/evidence"
	add(v, operation{ID: "list-evidence", Method: http.MethodGet, Path: path, Tag: "Assessments", Summary: "What stands behind the answers",
		About: "Links and files, for the municipality's own people.", Fails: reads, Example: v1EvidenceList{Evidence: []v1Evidence{link, file}},
	}, func(ctx context.Context, r *request, in *evidenceListInput) (*evidenceListOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		if _, err := v.Assessments.Assessment(ctx, r.Actor, in.Round, m.ID); err != nil {
			return nil, err
		}
		all, next, err := v.Assessments.EvidenceFor(ctx, r.Actor, in.Round, m.ID, in.Task, in.Limit, store.Cursor(in.After))
		if err != nil {
			return nil, err
		}
		out := &evidenceListOutput{v1EvidenceList{Evidence: []v1Evidence{}, Next: string(next)}}
		for _, e := range all {
			out.Body.Evidence = append(out.Body.Evidence, v.v1EvidenceOf(e))
		}
		return out, nil
	})
	add(v, operation{ID: "add-evidence-link", Method: http.MethodPost, Path: path + "/links", Tag: "Assessments", Summary: "Add a link",
		About:  "While the assessment may be answered. Send it with an Idempotency-Key, so that it may be sent again: 201 for a new link, 200 for one that was there.",
		Status: http.StatusOK, Created: true, Fails: additionFails, Request: v1NewLink{link.Task, link.Question, link.Title, link.Link}, Example: link,
	}, func(ctx context.Context, r *request, in *newLinkInput) (*evidenceOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		e, made, err := v.Assessments.AddLink(ctx, r.Actor, assessment.AddEvidence{Round: in.Round, Municipality: m.ID, Task: in.Body.Task, Question: in.Body.Question, Title: in.Body.Title,
			Edit: in.Edit, Confirmed: in.Confirm != ""}, in.Body.Link)
		if err != nil {
			return nil, err
		}
		return &evidenceOutput{savedStatus(precondition{First: true}, !made), v.v1EvidenceOf(e)}, nil
	})
	add(v, operation{ID: "add-evidence-file", Method: http.MethodPost, Path: path + "/files", Tag: "Assessments", Summary: "Add a file", Status: http.StatusOK, Created: true, Fails: additionFails, Example: file,
		About: "The body is the file: PDF, docx, xlsx, pptx, odt, ods, odp, PNG, JPEG, GIF or WebP of at most 20 MB, as application/octet-stream. What it is follows from its content. " +
			"Where files are scanned for malware it is held back until it has passed.",
	}, func(ctx context.Context, r *request, in *newFileInput) (*evidenceOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		add := assessment.AddEvidence{Round: in.Round, Municipality: m.ID, Task: in.Task, Question: in.Question, Title: in.Title, Edit: in.Edit, Confirmed: in.Confirm != ""}
		if err := v.Assessments.MayAddEvidence(ctx, r.Actor, add); err != nil {
			return nil, err
		}
		sent, err := sentFile(in.Name, in.content)
		if err != nil {
			return nil, err
		}
		defer sent.close()
		e, made, err := v.Assessments.AddFile(ctx, r.Actor, add, sent.given())
		if err != nil {
			return nil, err
		}
		return &evidenceOutput{savedStatus(precondition{First: true}, !made), v.v1EvidenceOf(e)}, nil
	})
	v.takesBytes(path + "/files")
	add(v, operation{ID: "get-evidence", Method: http.MethodGet, Path: path + "/{evidence}", Tag: "Assessments", Summary: "One link or file", About: "Removed ones too, while they can be brought back.",
		Fails: reads, Example: link,
	}, func(ctx context.Context, r *request, in *evidenceInput) (*evidenceOutput, error) {
		e, err := v.evidenceIn(ctx, r, *in)
		return &evidenceOutput{http.StatusOK, v.v1EvidenceOf(e)}, err
	})
	add(v, operation{ID: "get-evidence-file", Method: http.MethodGet, Path: path + "/{evidence}/file", Tag: "Assessments", Summary: "A file's content", File: mediaBytes,
		About: "409 while it is held back. An answer that is broken off is shorter than its Content-Length.", Fails: append(reads, fault.Conflict),
	}, func(ctx context.Context, r *request, in *evidenceInput) (*huma.StreamResponse, error) {
		if _, err := v.evidenceIn(ctx, r, *in); err != nil {
			return nil, err
		}
		e, content, err := v.Assessments.OpenEvidence(ctx, r.Actor, in.Evidence)
		if err != nil {
			return nil, err
		}
		return v.fileAnswer(r, e, content), nil
	})
	add(v, operation{ID: "remove-evidence", Method: http.MethodDelete, Path: path + "/{evidence}", Tag: "Assessments", Summary: "Remove a link or file", About: "It can be brought back for 30 days.",
		Fails: changes, Example: link,
	}, func(ctx context.Context, r *request, in *evidenceInput) (*evidenceOutput, error) {
		if _, err := v.evidenceIn(ctx, r, *in); err != nil {
			return nil, err
		}
		e, err := v.Assessments.RemoveEvidence(ctx, r.Actor, in.Evidence)
		return &evidenceOutput{http.StatusOK, v.v1EvidenceOf(e)}, err
	})
	add(v, operation{ID: "restore-evidence", Method: http.MethodPost, Path: path + "/{evidence}/restore", Tag: "Assessments", Summary: "Bring a removed link or file back", Fails: changes, Example: link}, func(ctx context.Context, r *request, in *evidenceInput) (*evidenceOutput, error) {
		if _, err := v.evidenceIn(ctx, r, *in); err != nil {
			return nil, err
		}
		e, err := v.Assessments.RestoreEvidence(ctx, r.Actor, in.Evidence)
		return &evidenceOutput{http.StatusOK, v.v1EvidenceOf(e)}, err
	})
}

// mediaBytes is a body that is taken as it is.
const mediaBytes = "application/octet-stream"
