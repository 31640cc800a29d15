package api

import (
	"encoding/binary"
	"net/http"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"helhet/internal/fault"
)

func TestLimits(t *testing.T) {
	l, err := newLimits(5)
	if err != nil {
		t.Fatal(err)
	}
	now := demoNow
	for i := range 10_000 { // one a second, for hours
		if err := l.take("person steady", now.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatalf("who saves every second is refused after %d s", i)
		}
	}
	for range 5 * writeBurst {
		if err := l.take("person wild", now); err != nil {
			t.Fatal("what lay unsent can't come at once")
		}
	}
	f := faultOf(l.take("person wild", now))
	if f.Code != fault.TooMany || f.Detail != retryAfter(1) {
		t.Errorf("one too many: %v", f)
	}
	for range 100 { // being refused costs nothing
		_ = l.take("person wild", now)
	}
	if err := l.take("person wild", now.Add(time.Second)); err != nil {
		t.Errorf("after the second it was told to wait: %v", err)
	}
	if err := l.take("person other", now); err != nil {
		t.Error("one person's haste stops another")
	}
	off, err := newLimits(0)
	if err != nil {
		t.Fatal(err)
	}
	for range 10_000 {
		if err := off.take("person wild", now); err != nil {
			t.Fatal("no limit is a limit")
		}
	}
}

// A million addresses cost no more memory than what is kept.
func TestManyAddresses(t *testing.T) {
	l, err := newLimits(5)
	if err != nil {
		t.Fatal(err)
	}
	var b [4]byte
	for i := range uint32(1_000_000) {
		binary.BigEndian.PutUint32(b[:], i)
		if err := l.take(writerOf("", netip.AddrFrom4(b)), demoNow); err != nil {
			t.Fatal(err)
		}
	}
	if n := l.writers.Len(); n != writersKept {
		t.Errorf("%d are remembered", n)
	}
}

func TestWriterOf(t *testing.T) {
	a, b, c := netip.MustParseAddr("2001:db8:0:1::1"), netip.MustParseAddr("2001:db8:0:1:2::"), netip.MustParseAddr("2001:db8:0:2::1")
	if writerOf("", a) != writerOf("", b) || writerOf("", a) == writerOf("", c) {
		t.Error("a network of version 6 is one, its neighbour another")
	}
	if writerOf("p-1", a) != writerOf("p-1", c) || writerOf("p-1", a) == writerOf("p-2", a) {
		t.Error("a person is herself wherever she sits")
	}
}

// What comes too fast is refused in the reader's language, is not saved, and of a form nothing is lost.
func TestTooManyWrites(t *testing.T) {
	s := startServer(t)
	var err error
	if s.API.limits, err = newLimits(1); err != nil {
		t.Fatal(err)
	}
	at := demoNow
	s.API.Now = func() time.Time { return at }
	me := s.person(contributorEmail)
	for range writeBurst {
		if err := s.API.limits.take(writerOf(me.ID, netip.Addr{}), at); err != nil {
			t.Fatal(err)
		}
	}
	before := s.own().Answers.Len()
	path := s.answerPath(unanswered)
	got := s.browse(contributorEmail, http.MethodPost, path, fields("level", "3", "note", "viktig tekst", "tag", ""))
	if after, _ := strconv.Atoi(got.Header.Get("Retry-After")); got.Status != http.StatusTooManyRequests || after != 1 {
		t.Errorf("a form: %d, Retry-After %q", got.Status, got.Header.Get("Retry-After"))
	}
	has(t, "the page", text(got), "Det kom for mange endringer", "viktig tekst", "Send igjen")
	got = s.browse(contributorEmail, http.MethodPut, path, `{"level":3}`, "If-None-Match", "*")
	if got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") != "1" || got.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("autosave: %d", got.Status)
	}
	if got := s.browse(contributorEmail, http.MethodGet, "/", ""); got.Status != http.StatusOK {
		t.Errorf("reading is limited too: %d", got.Status)
	}
	if s.own().Answers.Len() != before {
		t.Error("it was saved")
	}
	at = at.Add(time.Second)
	if got := s.browse(contributorEmail, http.MethodPut, path, `{"level":3}`, "If-None-Match", "*"); got.Status != http.StatusOK {
		t.Errorf("a second later: %d %.300s", got.Status, got.Body)
	}
	// Nobody signed in: the address counts, and only a trusted proxy may say whose it is.
	wrong := func(header ...string) int {
		return s.do(s.request(http.MethodPost, "/preferences/scheme", "scheme=dark", header...)).Status
	}
	for range writeBurst {
		wrong()
	}
	if got := wrong("X-Forwarded-For", "192.0.2.7"); got != http.StatusTooManyRequests {
		t.Errorf("a stranger's header makes a new address: %d", got)
	}
	s.API.TrustedProxies = trusting("127.0.0.1/32")
	if got := wrong("X-Forwarded-For", "192.0.2.7"); got != http.StatusSeeOther {
		t.Errorf("another address behind the proxy: %d", got)
	}
}
