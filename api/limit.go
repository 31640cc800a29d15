package api

import (
	"math"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"helhet/internal/fault"
	"helhet/org"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
)

const (
	// writersKept is how many people and addresses are remembered at the same time, about 3 MB. Whoever is forgotten begins anew, so
	// that a million addresses cost no more memory than this.
	writersKept = 16_384
	// writeBurst is how many seconds' worth of writing may come at once: what lay unsent in a browser comes in one go.
	writeBurst = 60
)

// limits bounds how fast one person, or one address that nobody is signed in at, may change things. Each copy of the program counts
// for itself. It is meant for what has run wild: nobody who types meets it.
type limits struct {
	perSecond int // 0: no limit
	mu        sync.Mutex
	writers   *simplelru.LRU[string, *rate.Limiter]
}

func newLimits(perSecond int) (*limits, error) {
	writers, err := simplelru.NewLRU[string, *rate.Limiter](writersKept, nil)
	return &limits{perSecond: perSecond, writers: writers}, err
}

// writerOf names who is counted: the person, wherever she sits, so that colleagues behind one address don't share a limit; else the
// address.
func writerOf(id org.PersonID, a netip.Addr) string {
	if id != "" {
		return "person " + string(id)
	}
	return "address " + lineOf(a)
}

// lineOf is an address as limits count it: of version 6 its network, since one line has billions of those.
func lineOf(a netip.Addr) string {
	if a.Is6() {
		if network, err := a.Prefix(64); err == nil {
			a = network.Addr()
		}
	}
	return a.String()
}

// line is where a request came from, as limits count it.
func (s *Server) line(r *http.Request) string {
	return lineOf(clientOf(s.TrustedProxies, r.RemoteAddr, r.Header).Addr)
}

// take counts one write; fault TooMany, with the seconds to wait, when it is one too many.
func (l *limits) take(writer string, now time.Time) error {
	if l.perSecond == 0 {
		return nil
	}
	l.mu.Lock()
	limiter, ok := l.writers.Get(writer)
	if !ok {
		limiter = rate.NewLimiter(rate.Limit(l.perSecond), writeBurst*l.perSecond)
		l.writers.Add(writer, limiter)
	}
	l.mu.Unlock()
	if limiter.AllowN(now, 1) { // a refusal takes nothing, however many come at once: whoever waits as long as she is told gets through
		return nil
	}
	return tooMany(max(1, int(math.Ceil((1-limiter.TokensAt(now))/float64(l.perSecond)))))
}

// retryAfter is how many seconds to wait, for the header of that name.
type retryAfter int

func tooMany(seconds int) error {
	return &fault.Error{Code: fault.TooMany, Op: "api.limit", Key: "error.too-fast", Args: []any{"n", seconds}, Detail: retryAfter(seconds)}
}
