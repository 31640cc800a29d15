package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// runsPage lists the jobs, and what their runs came to.
type runsPage struct {
	Layout
	Jobs          []jobView
	Runs          []runView
	Older, Newest string // addresses
	Started       string // what was asked for just now, in words
}

type jobView struct{ Key, Name, About string }

type runView struct {
	Job, When   string
	State, Kind string
	Took        string
	Done, Total int
	Progress    string
	Outcome     []string // "2 åpnet"
	Code        string   // why it failed
	Attempts    string   // when it took more than one
	ByHand      bool
}

const runsListed = 25

func (s *Server) runsPage(c *gin.Context, r *request) error {
	if !org.MaySeeRuns(r.Actor) {
		return fault.New(fault.Forbidden, "api.runs", "error.forbidden")
	}
	runs, next, err := s.Runs.List(c.Request.Context(), runsListed, c.Query("after"))
	if err != nil {
		return org.Fault("api.runs", "", err)
	}
	p := runsPage{Layout: s.layout(c, r, r.Text.T("runs.title"))}
	names := s.Runs.Names()
	for _, name := range names {
		p.Jobs = append(p.Jobs, jobView{name, wordOr(r.Text, "run.job."+name, name), wordOr(r.Text, "run.job."+name+".about", "")})
	}
	if started := c.Query("started"); slices.Contains(names, started) {
		p.Started = r.Text.T("runs.started", "job", wordOr(r.Text, "run.job."+started, started))
	}
	for _, run := range runs {
		p.Runs = append(p.Runs, s.runView(r.Text, run))
	}
	if next != "" {
		p.Older = address("/runs", url.Values{"after": {next}})
	}
	if c.Query("after") != "" {
		p.Newest = "/runs"
	}
	return s.render(c, http.StatusOK, "runs", p)
}

// wordOr is a text, or the word itself where a job has brought one that no file holds.
func wordOr(t locale.Text, key, otherwise string) string {
	if t.Has(key) {
		return t.T(key)
	}
	return otherwise
}

func (s *Server) runView(t locale.Text, run RunLine) runView {
	v := runView{
		Job: wordOr(t, "run.job."+run.Job, run.Job), When: t.When(run.Slot, s.Now()), State: wordOr(t, "run.state."+run.State, run.State), Kind: runKind(run.State),
		ByHand: run.ByHand,
	}
	if !run.Started.IsZero() && run.Ended.After(run.Started) {
		v.Took = t.T("runs.took", "seconds", t.Decimal(run.Ended.Sub(run.Started).Milliseconds(), 1))
	}
	if run.State == "running" && run.Total > 0 {
		v.Done, v.Total, v.Progress = run.Done, run.Total, t.T("runs.progress", "done", run.Done, "total", run.Total)
	}
	keys := make([]string, 0, len(run.Numbers))
	for key := range run.Numbers {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if run.Numbers[key] == 0 {
			continue
		}
		if t.Has("run.number." + key) {
			v.Outcome = append(v.Outcome, t.T("run.number."+key, "n", run.Numbers[key]))
			continue
		}
		v.Outcome = append(v.Outcome, key+" "+t.Integer(run.Numbers[key]))
	}
	if run.Code != "" {
		v.Code = wordOr(t, "run.code."+run.Code, run.Code)
	}
	if run.Attempts > 1 {
		v.Attempts = t.T("runs.attempts", "count", strconv.Itoa(run.Attempts))
	}
	return v
}

func runKind(state string) string {
	switch state {
	case "running":
		return "open"
	case "done":
		return "done"
	case "failed":
		return "warning"
	case "waiting", "given-back":
		return "waiting"
	}
	return "neutral"
}

func (s *Server) startRun(c *gin.Context, r *request) error {
	if !org.MayStartRun(r.Actor) {
		return fault.New(fault.Forbidden, "api.runs", "error.forbidden")
	}
	job := c.Param("job")
	if !slices.Contains(s.Runs.Names(), job) {
		return fault.New(fault.NotFound, "api.runs", "error.job.unknown", "job", job)
	}
	if err := s.Runs.Start(c.Request.Context(), job, r.Actor.Name()); err != nil {
		return org.Fault("api.runs", "", err)
	}
	c.Redirect(http.StatusSeeOther, address("/runs", url.Values{"started": {job}}))
	return nil
}
