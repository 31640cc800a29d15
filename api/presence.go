package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	presencePath = "/tasks/:task/presence"
	// presentFor is how long a page that says nothing more counts as open: two of its questions (presence.ts) may be lost on the way.
	presentFor = 45 * time.Second
	// mostPresent is how many open pages are remembered, about 3 MB; the one not heard of for longest is forgotten for another.
	mostPresent = 16_384
)

// presence knows who has which task open through this copy of the program. It is in memory alone: neither stored nor told in a log.
type presence struct {
	mu    sync.Mutex
	heard *simplelru.LRU[present, time.Time]    // the one not heard of for longest first
	at    map[assessment.Sitting][]org.PersonID // whoever came first stands first
}

// present is somebody who has a task open, in however many windows.
type present struct {
	at  assessment.Sitting
	who org.PersonID
}

func newPresence(most int) (*presence, error) {
	p := &presence{at: map[assessment.Sitting][]org.PersonID{}}
	var err error
	p.heard, err = simplelru.NewLRU(most, func(gone present, _ time.Time) {
		p.at[gone.at] = slices.DeleteFunc(p.at[gone.at], func(id org.PersonID) bool { return id == gone.who })
		if len(p.at[gone.at]) == 0 {
			delete(p.at, gone.at)
		}
	})
	return p, err
}

// come says that somebody has a task open now.
func (p *presence) come(at assessment.Sitting, who org.PersonID, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	if id := (present{at, who}); !p.heard.Contains(id) {
		p.heard.Add(id, now) // may forget another, of the same task too
		p.at[at] = append(p.at[at], who)
	} else {
		p.heard.Add(id, now)
	}
}

// leave says that she has closed it. Another window of hers says again that she has it open.
func (p *presence) leave(at assessment.Sitting, who org.PersonID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard.Remove(present{at, who})
}

// others are those besides her who have a task open, in the order they came.
func (p *presence) others(at assessment.Sitting, who org.PersonID, now time.Time) []org.PersonID {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget(now)
	return slices.DeleteFunc(slices.Clone(p.at[at]), func(id org.PersonID) bool { return id == who })
}

// forget lets go of those who were not heard of for too long.
func (p *presence) forget(now time.Time) {
	for {
		if _, last, ok := p.heard.GetOldest(); !ok || now.Sub(last) < presentFor {
			return
		}
		p.heard.RemoveOldest()
	}
}

// presenceView is what a task's page says of who else has it open.
type presenceView struct {
	Address string // where the page says that it is open, and asks
	Says    string // as the page was loaded, "" for nobody
}

func presenceAt(at assessment.Sitting) string {
	return "/tasks/" + url.PathEscape(string(at.Task)) + "/presence" + scopeQuery(at.Round, at.Municipality)
}

// presenceOf is nil where nothing can be changed: who reads what is handed in need not be seen.
func (s *Server) presenceOf(ctx context.Context, r *request, now current, task catalogue.TaskKey) (*presenceView, error) {
	if !now.Assessment.Editable() {
		return nil, nil
	}
	at := assessment.Sitting{Round: now.Round.ID, Municipality: now.Own, Task: task}
	says, err := s.presentText(ctx, r, at)
	return &presenceView{presenceAt(at), says}, err
}

// presentText names who else has a task open, "" for nobody.
func (s *Server) presentText(ctx context.Context, r *request, at assessment.Sitting) (string, error) {
	others := s.present.others(at, r.Actor.Person, s.Now())
	if len(others) == 0 {
		return "", nil
	}
	names, err := s.names(ctx, r.Text, others...)
	if err != nil {
		return "", err
	}
	return presentWords(r.Text, slices.DeleteFunc(others, func(id org.PersonID) bool { return names.known[id] == "" }), names), nil
}

func presentWords(t locale.Text, others []org.PersonID, names names) string {
	switch len(others) {
	case 0:
		return ""
	case 1:
		return t.T("presence.one", "name", names.of(others[0]))
	case 2:
		return t.T("presence.two", "name", names.of(others[0]), "other", names.of(others[1]))
	}
	return t.T("presence.more", "name", names.of(others[0]), "n", len(others)-1)
}

// presentAt is the task that a page says it shows, for whoever may read its answers.
func (s *Server) presentAt(c *gin.Context, r *request) (assessment.Sitting, error) {
	const op = "api.presence"
	at := assessment.Sitting{Task: catalogue.TaskKey(c.Param("task"))}
	var err error
	if at.Round, at.Municipality, err = scopeOf(c, r); err != nil {
		return at, err
	}
	a, err := s.Assessments.Assessment(c.Request.Context(), r.Actor, at.Round, at.Municipality)
	if err != nil {
		return at, err
	}
	asked, err := s.Assessments.Catalogue(a.Catalogue)
	if err != nil {
		return at, err
	}
	if asked.Task(at.Task) == nil {
		return at, fault.New(fault.NotFound, op, "error.task.unknown", "task", at.Task)
	}
	return at, nil
}

// comeToTask is what a task's page in sight sends again and again: that it is open, and who else has it open.
func (s *Server) comeToTask(c *gin.Context, r *request) error {
	at, err := s.presentAt(c, r)
	if err != nil {
		return err
	}
	s.present.come(at, r.Actor.Person, s.Now())
	says, err := s.presentText(c.Request.Context(), r, at)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, presentNow{says})
	return nil
}

type presentNow struct {
	Says string `json:"says"`
}

// leaveTask is what the page sends when it is closed.
func (s *Server) leaveTask(c *gin.Context, r *request) error {
	at, err := s.presentAt(c, r)
	if err != nil {
		return err
	}
	s.present.leave(at, r.Actor.Person)
	c.Status(http.StatusNoContent)
	return nil
}
