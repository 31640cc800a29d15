package config

import (
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// SMTP says which mail server takes the service's mails. It prints with its password masked.
type SMTP struct {
	Host           string
	Port           int
	Security       string // "starttls", "tls" or "none"
	User, Password string // never print the password

	url string
}

// smtpAllowed is what parseSMTP accepts, for a reader.
const smtpAllowed = "empty (no mail leaves), smtps://USER:PASSWORD@HOST[:465], smtp://USER:PASSWORD@HOST[:587] (STARTTLS), or smtp://HOST:PORT?tls=none without a password to this very machine"

func parseSMTP(value string) (SMTP, error) {
	if value == "" {
		return SMTP{}, nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.Path != "" || u.Fragment != "" || strings.ContainsAny(value, "\r\n\x00 ") {
		return SMTP{}, errInvalid
	}
	s := SMTP{Host: u.Hostname(), User: u.User.Username(), url: value}
	s.Password, _ = u.User.Password()
	switch {
	case u.Scheme == "smtps" && u.RawQuery == "":
		s.Security, s.Port = "tls", 465
	case u.Scheme == "smtp" && u.RawQuery == "":
		s.Security, s.Port = "starttls", 587
	case u.Scheme == "smtp" && u.RawQuery == "tls=none" && u.User == nil && isLoopback(s.Host):
		s.Security, s.Port = "none", 25
	default:
		return SMTP{}, errInvalid
	}
	if (s.User == "") != (s.Password == "") {
		return SMTP{}, errInvalid
	}
	if p := u.Port(); p != "" {
		if s.Port, err = strconv.Atoi(p); err != nil || s.Port < 1 || s.Port > 65535 {
			return SMTP{}, errInvalid
		}
	}
	return s, nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// Set tells whether there is a mail server.
func (s SMTP) Set() bool { return s.Host != "" }

// Addr is where it listens.
func (s SMTP) Addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// String is the setting as it may be shown: without its password.
func (s SMTP) String() string { return Mask(s.url) }

// GoString keeps %#v from showing the password.
func (s SMTP) GoString() string { return s.String() }

// LogValue keeps the password out of the logs.
func (s SMTP) LogValue() slog.Value { return slog.StringValue(s.String()) }

// mailFrom reads who mails come from: an address, alone or with a name before it.
func mailFrom(value string) (string, error) {
	if value == "" {
		return "", nil
	}
	if _, err := mail.ParseAddress(value); err != nil || strings.ContainsAny(value, "\r\n\x00") {
		return "", errInvalid
	}
	return value, nil
}
