package api

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"helhet/internal/fault"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// pace is how often a followed document is read, how long a stream is silent before it says that it is there (proxies close what is silent), and how
// often it is looked whether its reader may still follow.
type pace struct{ poll, beat, check time.Duration }

var usualPace = pace{poll: 250 * time.Millisecond, beat: 15 * time.Second, check: 30 * time.Second}

// How long a reading may take, and a reader to receive what is sent.
const (
	pollTimeout = 5 * time.Second
	sendTimeout = 10 * time.Second
)

// live lets any number of readers follow documents at the price of one for each: while somebody follows one, this copy of the program reads it again
// and again, and tells them all. What is sent is always the whole state, so a reader who missed something has missed nothing.
type live[K comparable, V any] struct {
	read     func(context.Context, K) (V, error)
	every    time.Duration
	ticker   func(time.Duration) (ticks <-chan time.Time, stop func())
	most     int // followers of one document
	stopping chan struct{}
	stopped  sync.Once

	mu     sync.Mutex
	topics map[K]*topic[V]
}

// topic is one followed document.
type topic[V any] struct {
	followers int
	cancel    context.CancelFunc
	done      chan struct{} // closed when nobody reads it any more

	mu     sync.Mutex
	now    V
	failed error
	ticked chan struct{} // closed at the next reading
}

// handsOn is the part of the system that hands on what is followed to those who were let in.
var handsOn = org.SystemActor("live")

func newLive[K comparable, V any](every time.Duration, most int, read func(context.Context, K) (V, error)) *live[K, V] {
	ticker := func(d time.Duration) (<-chan time.Time, func()) {
		t := time.NewTicker(d)
		return t.C, t.Stop
	}
	return &live[K, V]{read: read, every: every, ticker: ticker, most: most, stopping: make(chan struct{}), topics: map[K]*topic[V]{}}
}

// stop ends every stream, so that the program can stop.
func (l *live[K, V]) stop() { l.stopped.Do(func() { close(l.stopping) }) }

// follow begins to follow a document; leave ends it. Fault TooMany when it has as many followers as one may have.
func (l *live[K, V]) follow(key K) (t *topic[V], leave func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t = l.topics[key]; t == nil {
		ctx, cancel := context.WithCancel(context.Background()) // it is no one follower's: it goes on for the others
		t = &topic[V]{cancel: cancel, done: make(chan struct{}), ticked: make(chan struct{})}
		l.topics[key] = t
		go l.poll(ctx, key, t)
	}
	if t.followers >= l.most {
		return nil, nil, fault.New(fault.TooMany, "api.follow", "error.follow.many")
	}
	t.followers++
	return t, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if t.followers--; t.followers == 0 {
			t.cancel()
			delete(l.topics, key)
		}
	}, nil
}

func (l *live[K, V]) poll(ctx context.Context, key K, t *topic[V]) {
	defer close(t.done)
	ticks, stop := l.ticker(l.every)
	defer stop()
	for {
		within, cancel := context.WithTimeout(ctx, pollTimeout)
		now, err := l.read(within, key)
		cancel()
		t.tell(now, err)
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}

func (t *topic[V]) tell(now V, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now, t.failed = now, err; err != nil {
		var none V
		t.now = none
	}
	close(t.ticked)
	t.ticked = make(chan struct{})
}

// next is closed at the document's next reading: what was read before a follower came may be older than her page.
func (t *topic[V]) next() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ticked
}

// seen is what the last reading found.
func (t *topic[V]) seen() (V, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now, t.failed
}

// The addresses of streams. Their answers go on for as long as somebody follows, so they have neither the time limit of others nor a place among
// their durations.
const (
	followPath        = "/tasks/:task/consensus/events"
	displayFollowPath = "/display/events"
)

func isStream(c *gin.Context) bool {
	return c.FullPath() == followPath || c.FullPath() == displayFollowPath
}

// stream is the connection of one follower: server-sent events.
type stream struct {
	c    *gin.Context
	rc   *http.ResponseController
	last time.Time // when something was sent
}

// startStream takes a connection out of the time limits of ordinary answers, and says what comes.
func startStream(c *gin.Context) (*stream, error) {
	s := &stream{c: c, rc: http.NewResponseController(c.Writer)}
	if err := s.rc.SetReadDeadline(time.Time{}); err != nil { // else the connection counts as broken when its request should have been read
		return nil, err
	}
	h := c.Writer.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // nginx would hold it back
	c.Status(http.StatusOK)
	return s, s.send("retry: 2000\n\n")
}

// send writes at once. A reader who takes nothing in any more is let go.
func (s *stream) send(text string) error {
	s.last = time.Now()
	if err := s.rc.SetWriteDeadline(s.last.Add(sendTimeout)); err != nil {
		return err
	}
	if _, err := s.c.Writer.WriteString(text); err != nil {
		return err
	}
	return s.rc.Flush()
}

// event writes an event of some lines.
func (s *stream) event(kind string, data []byte) error {
	var b strings.Builder
	b.WriteString("event: " + kind + "\n")
	for line := range strings.Lines(string(data)) {
		b.WriteString("data: " + strings.TrimRight(line, "\r\n") + "\n")
	}
	if len(data) == 0 {
		b.WriteString("data:\n")
	}
	b.WriteString("\n")
	return s.send(b.String())
}

// beat says that the stream is there when it has been silent for so long. It is an event, so that the page hears it too.
func (s *stream) beat(every time.Duration) error {
	if time.Since(s.last) < every {
		return nil
	}
	return s.event("beat", nil)
}
