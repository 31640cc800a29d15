package api

import (
	"net/http"
	"net/url"
	"sync"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// beats counts at most one minute of a person in each minute, however many pages she has open. Each copy of the program counts for itself; what
// it remembers is a time, and nothing of it is stored.
type beats struct {
	mu   sync.Mutex
	last *simplelru.LRU[org.PersonID, time.Time]
}

// beatEvery is a little less than the minute between two beats of a page, whose timers are not exact.
const beatEvery = 50 * time.Second

func newBeats() (*beats, error) {
	last, err := simplelru.NewLRU[org.PersonID, time.Time](writersKept, nil)
	return &beats{last: last}, err
}

func (b *beats) take(id org.PersonID, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if at, ok := b.last.Get(id); ok && now.Sub(at) < beatEvery {
		return false
	}
	b.last.Add(id, now)
	return true
}

// countMinute is what a task's page sends for each minute in which somebody did something on it.
func (s *Server) countMinute(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if org.MayAnswer(r.Actor, own) && !s.beats.take(r.Actor.Person, s.Now()) {
		c.Status(http.StatusNoContent)
		return nil
	}
	if err := s.Assessments.AddMinute(c.Request.Context(), r.Actor, round, own, catalogue.TaskKey(c.Param("task"))); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

func minutePath(task catalogue.TaskKey, scope string) string {
	return "/tasks/" + url.PathEscape(string(task)) + "/minute" + scope
}

// duration is a time that somebody worked, in words: "3 t 20 min".
func duration(t locale.Text, minutes int) string {
	if minutes < 60 {
		return t.T("effort.minutes", "n", minutes)
	}
	return t.T("effort.hours", "h", minutes/60, "m", minutes%60)
}

// burdenText tells what a round has cost in the middle of its municipalities, "" where too little is known.
func burdenText(t locale.Text, b assessment.Burden) string {
	if !b.Shown() {
		return ""
	}
	return t.T("effort.burden", "n", b.N, "time", duration(t, b.Whole))
}
