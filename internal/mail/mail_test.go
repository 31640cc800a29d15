package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"helhet/internal/address"
	"helhet/internal/store"
	"helhet/internal/store/sqlite/sqlitetest"
)

// post is a real mail server in the test's own process.
type post struct {
	mu       sync.Mutex
	got      []received
	refuse   error // answered at RCPT
	busy     error // answered at DATA
	user     string
	password string
	port     int
	tls      *tls.Config // the client's
}

type received struct {
	from, to string
	body     []byte
}

func (p *post) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{post: p}, nil }

type session struct {
	post     *post
	from, to string
	in       bool
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.post.user || password != s.post.password {
			return smtp.ErrAuthFailed
		}
		s.in = true
		return nil
	}), nil
}
func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.post.user != "" && !s.in {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.to = to
	return s.post.refuse
}
func (s *session) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	if err != nil || s.post.busy != nil {
		return errors.Join(err, s.post.busy)
	}
	s.post.got = append(s.post.got, received{s.from, s.to, body})
	return nil
}

func (p *post) mails() []received { p.mu.Lock(); defer p.mu.Unlock(); return p.got }

// startPost starts one that speaks TLS in the way asked for.
func startPost(t *testing.T, way Security) *post {
	t.Helper()
	https := httptest.NewTLSServer(nil) // for its certificate
	t.Cleanup(https.Close)
	p := &post{user: "helhet", password: "hemmelig"}
	p.tls = https.Client().Transport.(*http.Transport).TLSClientConfig
	if way == Unencrypted {
		p.user, p.password = "", "" // nobody says a password aloud
	}
	server := smtp.NewServer(p)
	server.Domain = "example.com"
	server.AllowInsecureAuth = way == Unencrypted
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.port = listener.Addr().(*net.TCPAddr).Port
	switch way {
	case ImplicitTLS:
		listener = tls.NewListener(listener, &tls.Config{Certificates: https.TLS.Certificates})
	case StartTLS:
		server.TLSConfig = &tls.Config{Certificates: https.TLS.Certificates}
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() { server.Close(); <-done })
	return p
}

func (p *post) sender(t *testing.T, way Security) *SMTP {
	t.Helper()
	s, err := NewSMTP(Server{Host: "127.0.0.1", Port: p.port, Security: way, User: p.user, Password: p.password, From: "Helhet <helhet@example.org>", TLS: p.tls}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var letterToKari = Message{To: "kari@example.org", Subject: "Logg inn på Helhet – på nytt", Text: "Hei\n\nKoden er 123456.\n.\nSlutt på æøå.\n", Language: "nn"}

func TestSMTP(t *testing.T) {
	for _, way := range []Security{StartTLS, ImplicitTLS, Unencrypted} {
		t.Run(string(way), func(t *testing.T) {
			p := startPost(t, way)
			s := p.sender(t, way)
			for range 2 {
				if err := s.Send(t.Context(), "sign-in/1", letterToKari); err != nil {
					t.Fatal(err)
				}
			}
			got := p.mails()
			if len(got) != 2 || got[0].from != "helhet@example.org" || got[0].to != "kari@example.org" {
				t.Fatalf("arrived: %v", got)
			}
			m, err := netmail.ReadMessage(bytes.NewReader(got[0].body))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			if err != nil || subject != letterToKari.Subject {
				t.Errorf("subject %q, %v", subject, err)
			}
			text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil || strings.ReplaceAll(string(text), "\r\n", "\n") != letterToKari.Text {
				t.Errorf("text %q, %v", text, err)
			}
			again, err := netmail.ReadMessage(bytes.NewReader(got[1].body))
			if err != nil || m.Header.Get("Message-ID") == "" || m.Header.Get("Message-ID") != again.Header.Get("Message-ID") {
				t.Errorf("Message-ID %q, then %q, %v", m.Header.Get("Message-ID"), again.Header.Get("Message-ID"), err)
			}
			if m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Content-Language") != "nn" {
				t.Errorf("headers %v", m.Header)
			}
		})
	}
}

// A server that offers no TLS gets neither the password nor the mail, and one with another's certificate neither.
func TestSMTPInsistsOnTLS(t *testing.T) {
	p := startPost(t, Unencrypted)
	p.user, p.password = "helhet", "hemmelig"
	for _, way := range []Security{StartTLS, Unencrypted} {
		if err := p.sender(t, way).Send(t.Context(), "1", letterToKari); err == nil {
			t.Errorf("%s: sent in the open", way)
		}
	}
	p.user = ""
	if err := p.sender(t, StartTLS).Send(t.Context(), "1", letterToKari); err == nil {
		t.Error("sent in the open")
	}
	p = startPost(t, StartTLS)
	p.tls = nil // the system's certificates
	if err := p.sender(t, StartTLS).Send(t.Context(), "1", letterToKari); err == nil {
		t.Error("sent to a stranger")
	}
	if len(p.mails()) != 0 {
		t.Error("a mail arrived")
	}
}

func TestSMTPFailures(t *testing.T) {
	p := startPost(t, StartTLS)
	s := p.sender(t, StartTLS)
	p.refuse = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user kari@example.org"}
	err := s.Send(t.Context(), "1", letterToKari)
	if !errors.Is(err, ErrRefused) || strings.Contains(cause(err), "kari") {
		t.Errorf("unknown receiver: %v, logged as %q", err, cause(err))
	}
	p.refuse = &smtp.SMTPError{Code: 451, Message: "come back later, kari@example.org"}
	if err := s.Send(t.Context(), "1", letterToKari); err == nil || errors.Is(err, ErrRefused) || strings.Contains(cause(err), "kari") {
		t.Errorf("greylisted: %v, logged as %q", err, cause(err))
	}
	p.refuse, p.busy = nil, &smtp.SMTPError{Code: 554, Message: "not now"}
	if err := s.Send(t.Context(), "1", letterToKari); err == nil || errors.Is(err, ErrRefused) {
		t.Errorf("refused content: %v", err)
	}
	p.busy, p.password = nil, "another"
	if err := s.Send(t.Context(), "1", letterToKari); err == nil || errors.Is(err, ErrRefused) || strings.Contains(cause(err), "hemmelig") {
		t.Errorf("wrong password: %v", err)
	}
	if len(p.mails()) != 0 {
		t.Error("a mail arrived")
	}
}

func TestNewSMTPRefusesSenders(t *testing.T) {
	for _, from := range []string{"", "helhet", "a@example.org, b@example.org", "Helhet <helhet@example.org>\r\nBcc: x@example.org", "\"a b\"@example.org"} {
		if _, err := NewSMTP(Server{From: from}, time.Now); !errors.Is(err, address.Err) {
			t.Errorf("from %q: %v", from, err)
		}
	}
}

// box is an outbox with a clock that the test moves.
type box struct {
	*Outbox
	db    *store.DB
	clock time.Time
	log   *bytes.Buffer
}

func openBox(t *testing.T, sender Sender) *box {
	t.Helper()
	b := &box{db: sqlitetest.Open(t, t.TempDir()), clock: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC), log: new(bytes.Buffer)}
	b.Outbox = New(b.db, sender, func() time.Time { return b.clock }, slog.New(slog.NewTextHandler(b.log, nil)))
	if err := b.db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *box) send(t *testing.T, want Counts) {
	t.Helper()
	if got, err := b.SendDue(t.Context()); err != nil || got != want {
		t.Errorf("sent %+v, %v, want %+v", got, err, want)
	}
}

func (b *box) letter(t *testing.T, id string) letter {
	t.Helper()
	doc, err := b.docs.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return doc.Value
}

func TestOutboxSends(t *testing.T) {
	p := startPost(t, StartTLS)
	b := openBox(t, p.sender(t, StartTLS))
	for range 3 { // handed over again: the same mail
		if err := b.Hand(t.Context(), "sign-in/1", letterToKari); err != nil {
			t.Fatal(err)
		}
	}
	if due, err := b.Due(t.Context()); err != nil || !due {
		t.Errorf("due %t, %v", due, err)
	}
	b.send(t, Counts{Sent: 1})
	if err := b.Hand(t.Context(), "sign-in/1", letterToKari); err != nil {
		t.Fatal(err)
	}
	b.clock = b.clock.Add(time.Hour)
	b.send(t, Counts{})
	if len(p.mails()) != 1 {
		t.Errorf("%d mails arrived", len(p.mails()))
	}
	if l := b.letter(t, "sign-in/1"); l.State != Sent || l.Text != "" || l.Subject != "" || l.Attempts != 1 {
		t.Errorf("kept %+v", l)
	}
	b.clock = b.clock.Add(keepFor)
	if n, err := b.Sweep(t.Context(), 10); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
}

// A mail that is never to leave is written like any other.
func TestUnsent(t *testing.T) {
	p := startPost(t, StartTLS)
	b := openBox(t, p.sender(t, StartTLS))
	m := letterToKari
	m.Unsent = true
	ctx, reads := store.WithReads(t.Context())
	if err := b.Hand(ctx, "1", m); err != nil {
		t.Fatal(err)
	}
	sent, other := store.WithReads(t.Context())
	if err := b.Hand(sent, "2", letterToKari); err != nil {
		t.Fatal(err)
	}
	if reads.Calls.Load() != other.Calls.Load() {
		t.Errorf("%d calls for one that is not sent, %d for one that is", reads.Calls.Load(), other.Calls.Load())
	}
	if l := b.letter(t, "1"); l.To != "" || strings.TrimSpace(l.Text) != "" || l.State != Sent {
		t.Errorf("kept %+v", l)
	}
	b.send(t, Counts{Sent: 1})
}

func TestOutboxTriesAgainAndGivesUp(t *testing.T) {
	p := startPost(t, StartTLS)
	b := openBox(t, p.sender(t, StartTLS))
	p.busy = &smtp.SMTPError{Code: 451, Message: "later, kari@example.org"}
	hand := func(id string, m Message) {
		t.Helper()
		if err := b.Hand(t.Context(), id, m); err != nil {
			t.Fatal(err)
		}
	}
	hand("1", letterToKari)
	b.send(t, Counts{Later: 1})
	b.send(t, Counts{}) // not before a minute has passed
	b.clock = b.clock.Add(time.Minute)
	b.send(t, Counts{Later: 1})
	b.clock = b.clock.Add(time.Minute)
	b.send(t, Counts{}) // two minutes now
	b.clock = b.clock.Add(time.Minute)
	p.mu.Lock()
	p.busy = nil
	p.mu.Unlock()
	b.send(t, Counts{Sent: 1})

	p.refuse = &smtp.SMTPError{Code: 550, Message: "no kari@example.org here"}
	hand("2", letterToKari)
	b.send(t, Counts{Failed: 1})
	p.refuse = &smtp.SMTPError{Code: 450, Message: "later"}
	hand("3", letterToKari)
	soon := letterToKari
	soon.Until = b.clock.Add(15 * time.Minute)
	hand("4", soon)
	b.send(t, Counts{Later: 2})
	b.clock = b.clock.Add(15 * time.Minute)
	b.send(t, Counts{Later: 1, Failed: 1})
	b.clock = b.clock.Add(24 * time.Hour)
	b.send(t, Counts{Failed: 1})
	for _, id := range []string{"2", "3", "4"} {
		if l := b.letter(t, id); l.State != Failed || l.Text != "" {
			t.Errorf("%s: kept %+v", id, l)
		}
	}
	for _, secret := range []string{"kari", "123456", "Logg inn"} {
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("the log tells %q: %s", secret, b.log)
		}
	}
}

// slow is a sender that is in the middle of a mail until it is let go.
type slow struct{ begun, goOn chan struct{} }

func (s slow) Send(context.Context, string, Message) error {
	s.begun <- struct{}{}
	<-s.goOn
	return nil
}

// A mail taken by a process that went silent is tried again; while it is at it nobody else is.
func TestOutboxClaims(t *testing.T) {
	s := slow{make(chan struct{}), make(chan struct{})}
	b := openBox(t, s)
	if err := b.Hand(t.Context(), "1", letterToKari); err != nil {
		t.Fatal(err)
	}
	first := make(chan error, 1)
	go func() { _, err := b.SendDue(t.Context()); first <- err }()
	<-s.begun
	b.send(t, Counts{}) // it is being sent
	if l := b.letter(t, "1"); l.State != Sending {
		t.Errorf("it is %s", l.State)
	}
	close(s.goOn)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	doc, err := b.docs.Update(t.Context(), "1", func(l *letter) ([]store.Event, error) { // as if the process had died before it wrote that down
		l.State, l.Next, l.Subject, l.Text = Sending, b.clock.Add(claimTime), letterToKari.Subject, letterToKari.Text
		return nil, nil
	})
	if err != nil || doc.Value.Attempts != 1 {
		t.Fatal(err)
	}
	b.clock = b.clock.Add(claimTime)
	go func() { <-s.begun }()
	b.send(t, Counts{Sent: 1})
}

func TestHandRefuses(t *testing.T) {
	b := openBox(t, nil)
	for _, m := range []Message{
		{To: "kari@example.org\r\nBcc: x@example.org", Subject: "S", Text: "T"},
		{To: "kari@example.org", Subject: "S\r\nBcc: x@example.org", Text: "T"},
		{To: "kari@example.org", Subject: "S\nX", Text: "T"},
		{To: "kari@example.org", Subject: "S", Text: "T\r\n"},
		{To: "kari@example.org", Text: "T"},
		{To: "kari@example.org", Subject: "S"},
		{Subject: "S", Text: "T"},
	} {
		if err := b.Hand(t.Context(), "1", m); !errors.Is(err, address.Err) && !errors.Is(err, ErrText) {
			t.Errorf("%+v: %v", m, err)
		}
	}
	if b.Ready() {
		t.Error("ready without a sender")
	}
	if err := b.Hand(t.Context(), "1", letterToKari); err != nil {
		t.Error(err)
	}
	b.send(t, Counts{})
}

// What is handed over leaves by itself.
func TestRun(t *testing.T) {
	s := slow{make(chan struct{}), make(chan struct{})}
	close(s.goOn)
	b := openBox(t, s)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { b.Run(ctx); close(done) }()
	for n := range 3 {
		if err := b.Hand(t.Context(), fmt.Sprint(n), letterToKari); err != nil {
			t.Fatal(err)
		}
		<-s.begun
	}
	stop()
	<-done
}
