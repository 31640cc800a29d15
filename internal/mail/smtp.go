package mail

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	"helhet/internal/address"

	gomail "github.com/wneessen/go-mail"
)

// Security is how the way to the mail server is kept from being read.
type Security string

// The ways. Unencrypted is for a mail server on this very machine.
const (
	StartTLS    Security = "starttls" // begins in the open and refuses to go on without TLS
	ImplicitTLS Security = "tls"
	Unencrypted Security = "none"
)

// Server is the mail server that takes our mails.
type Server struct {
	Host           string
	Port           int
	Security       Security
	User, Password string      // empty: it lets us in without
	From           string      // "Helhet <helhet@example.org>"
	TLS            *tls.Config // nil: the system's certificates
}

// SMTP sends mails through a mail server.
type SMTP struct {
	server Server
	from   *mail.Address
	now    func() time.Time
}

// smtpTime is how long one mail may take, from greeting to goodbye.
const smtpTime = 30 * time.Second

// NewSMTP makes a sender; it fails when the sender's address is none.
func NewSMTP(s Server, now func() time.Time) (*SMTP, error) {
	from, err := mail.ParseAddress(s.From)
	if err != nil {
		return nil, address.Err
	}
	if _, err := address.Parse(from.Address); err != nil {
		return nil, err
	}
	return &SMTP{s, from, now}, nil
}

// Send hands one mail to the server. The Message-ID follows from the id, so that a mail sent twice can be known as one.
func (s *SMTP) Send(ctx context.Context, id string, m Message) error {
	msg, err := s.compose(id, m)
	if err != nil {
		return err
	}
	client, err := s.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, smtpTime)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() { // what fails after the server took it is its goodbye
		return nil
	}
	if sent, ok := errors.AsType[*gomail.SendError](err); ok && sent.Reason == gomail.ErrSMTPRcptTo && !sent.IsTemp() && sent.ErrorCode() >= 500 {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

func (s *SMTP) compose(id string, m Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.FromFormat(s.from.Name, s.from.Address); err != nil {
		return nil, address.Err
	}
	if err := msg.To(m.To); err != nil {
		return nil, address.Err
	}
	sum := sha256.Sum256([]byte(id))
	msg.SetMessageIDWithValue(hex.EncodeToString(sum[:16]) + s.from.Address[strings.LastIndexByte(s.from.Address, '@'):])
	msg.SetDateWithValue(s.now())
	msg.Subject(m.Subject)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no answers from those who are away
	if m.Language != "" {
		msg.SetGenHeader(gomail.HeaderContentLang, m.Language)
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	return msg, nil
}

func (s *SMTP) client() (*gomail.Client, error) {
	config := &tls.Config{ServerName: s.server.Host, MinVersion: tls.VersionTLS12}
	if s.server.TLS != nil {
		config = s.server.TLS.Clone()
		config.ServerName = s.server.Host
	}
	options := []gomail.Option{gomail.WithPort(s.server.Port), gomail.WithTimeout(smtpTime), gomail.WithTLSConfig(config)}
	if at := strings.LastIndexByte(s.from.Address, '@'); at >= 0 {
		options = append(options, gomail.WithHELO(s.from.Address[at+1:]))
	}
	switch s.server.Security {
	case ImplicitTLS:
		options = append(options, gomail.WithSSL())
	case Unencrypted:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.server.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.server.User), gomail.WithPassword(s.server.Password))
	}
	return gomail.NewClient(s.server.Host, options...)
}

// cause says for the log why a mail was not sent, without what names the receiver: a server's reply often repeats the address.
func cause(err error) string {
	if sent, ok := errors.AsType[*gomail.SendError](err); ok {
		return fmt.Sprintf("%s, code %d", sent.Reason, sent.ErrorCode())
	}
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Sprintf("the mail server answered %d", reply.Code)
	}
	if broken, ok := errors.AsType[*net.OpError](err); ok {
		return broken.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return "it took too long"
	}
	return fmt.Sprintf("%T", err)
}
