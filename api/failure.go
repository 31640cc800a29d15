package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"

	"helhet/internal/fault"
	"helhet/internal/locale"

	"github.com/gin-gonic/gin"
)

// statuses is the one mapping from a fault's code to HTTP.
var statuses = map[fault.Code]int{
	fault.Malformed: http.StatusBadRequest, fault.Unauthenticated: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict, fault.Stale: http.StatusPreconditionFailed,
	fault.Method: http.StatusMethodNotAllowed, fault.MediaType: http.StatusUnsupportedMediaType,
	fault.TooLarge: http.StatusRequestEntityTooLarge, fault.Invalid: http.StatusUnprocessableEntity, fault.TagRequired: http.StatusPreconditionRequired,
	fault.TooMany:     http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable, fault.OutcomeUnknown: http.StatusServiceUnavailable, fault.Internal: http.StatusInternalServerError,
}

// Problem is how a failure is told to a program (RFC 9457), in the reader's language.
type Problem struct {
	Type     string         `json:"type" doc:"A URI that names the kind of problem." example:"urn:helhet:problem:stale"`
	Title    string         `json:"title" doc:"What kind of problem it is, in the reader's language."`
	Status   int            `json:"status" doc:"The HTTP status."`
	Detail   string         `json:"detail,omitempty" doc:"What happened here, in the reader's language."`
	Instance string         `json:"instance,omitempty" doc:"The request's id, as in the log."`
	Errors   []ProblemField `json:"errors,omitempty" doc:"Each value that is wrong."`
	Current  any            `json:"current,omitempty" doc:"With status 412: what stands."`
	Yours    any            `json:"yours,omitempty" doc:"With status 412: what was sent."`
}

// ProblemField is one value that is wrong.
type ProblemField struct {
	Location string `json:"location" doc:"Where it stands." example:"body.level"`
	Message  string `json:"message" doc:"What is wrong with it."`
	Value    any    `json:"value,omitempty"`
}

// Error and GetStatus let huma pass a problem through as it is.
func (p *Problem) Error() string  { return p.Detail }
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// faultOf makes a fault of whatever a handler returned, so that only one kind of failure is ever told.
func faultOf(err error) *fault.Error {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &fault.Error{Code: fault.TooLarge, Op: "api", Key: "error.too-large", Err: err}
	}
	return &fault.Error{Code: fault.Internal, Op: "api", Key: "error.internal", Err: err}
}

// problemOf words a failure for a program.
func problemOf(t locale.Text, trace string, err error) *Problem {
	f := faultOf(err)
	p := &Problem{
		Type: "urn:helhet:problem:" + string(f.Code), Title: t.T("problem." + string(f.Code)), Status: statuses[f.Code],
		Detail: t.T(f.Key, f.Args...), Instance: "urn:helhet:request:" + trace,
	}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, ProblemField{Location: "body." + field.Name, Message: t.T(field.Key, field.Args...)})
	}
	if c, ok := f.Detail.(conflict); ok {
		p.Current, p.Yours = c.Current, c.Yours
	}
	return p
}

// isRefusal tells the answers that somebody may get who tries what she should not: what is not hers, wrong codes, spent links, fields that
// nobody asked for, paths that lead nowhere, too much at once. That a colleague was faster is every day's.
func isRefusal(status int) bool {
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError && status != http.StatusPreconditionFailed && status != http.StatusPreconditionRequired
}

// logFailure keeps what happened for the log: no values a person typed, only the operation, the code and the cause of what is our fault.
// Of what is not, what an attack would meet is kept; that somebody must sign in only when she came with a key that is none.
func (s *Server) logFailure(r *request, path string, err error) {
	f := faultOf(err)
	if statuses[f.Code] < http.StatusInternalServerError {
		if r.logged = true; isRefusal(statuses[f.Code]) && (f.Code != fault.Unauthenticated || r.unauthenticated != nil) {
			s.Log.Info("refused", slog.String("request", r.Trace), slog.String("route", path), slog.String("op", f.Op), slog.String("code", string(f.Code)), slog.String("key", f.Key))
		}
		return
	}
	s.Log.Error("request failed", slog.String("request", r.Trace), slog.String("route", path), slog.String("op", f.Op),
		slog.String("code", string(f.Code)), slog.Any("cause", f.Err))
}

// fail is the only place that writes a failure.
func (s *Server) fail(c *gin.Context, err error) {
	r := requestOf(c.Request.Context())
	s.logFailure(r, c.FullPath(), err)
	f := faultOf(err)
	status := statuses[f.Code]
	switch status {
	case http.StatusServiceUnavailable:
		c.Header("Retry-After", "5")
	case http.StatusTooManyRequests:
		c.Header("Retry-After", "900")
	}
	if after, ok := f.Detail.(retryAfter); ok {
		c.Header("Retry-After", strconv.Itoa(int(after)))
	}
	if wantsJSON(c.Request) {
		if status == http.StatusUnauthorized {
			c.Header("WWW-Authenticate", `Bearer realm="helhet"`)
		}
		writeProblem(c.Writer, problemOf(r.Text, r.Trace, err))
		return
	}
	if f.Code == fault.Unauthenticated && (c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead) {
		c.Redirect(http.StatusSeeOther, "/sign-in?return="+url.QueryEscape(c.Request.URL.RequestURI()))
		return
	}
	s.failurePage(c, r, f)
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the reader has gone: nobody to tell
}
