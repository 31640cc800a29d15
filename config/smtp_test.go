package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseSMTP(t *testing.T) {
	for value, want := range map[string]string{
		"":                                       ":0  ",
		"smtps://kari:hemmelig@mail.example.org": "mail.example.org:465 tls kari",
		"smtp://kari:hem%40lig@mail.example.org": "mail.example.org:587 starttls kari",
		"smtp://mail.example.org:2525":           "mail.example.org:2525 starttls ",
		"smtp://127.0.0.1:25?tls=none":           "127.0.0.1:25 none ",
		"smtp://localhost?tls=none":              "localhost:25 none ",
		"smtp://mail.example.org?tls=none":       "",
		"smtp://kari:x@localhost?tls=none":       "",
		"smtp://kari@mail.example.org":           "",
		"smtp://:x@mail.example.org":             "",
		"smtp://mail.example.org/path":           "",
		"smtp://mail.example.org?tls=maybe":      "",
		"smtps://mail.example.org?tls=none":      "",
		"smtp://mail.example.org:0":              "",
		"smtp://mail.example.org:99999":          "",
		"http://mail.example.org":                "",
		"mail.example.org:25":                    "",
		"smtp://":                                "",
		"smtp://mail\r\n.example.org":            "",
	} {
		s, err := parseSMTP(value)
		if (err == nil) != (want != "") {
			t.Errorf("%q: %v", value, err)
			continue
		}
		if got := fmt.Sprintf("%s %s %s", s.Addr(), s.Security, s.User); err == nil && got != want {
			t.Errorf("%q is %q, want %q", value, got, want)
		}
	}
}

// The mail server's password shows nowhere.
func TestSMTPPasswordIsMasked(t *testing.T) {
	c, err := Load([]string{"HELHET_SMTP_URL=smtps://kari:hemmelig@mail.example.org", "HELHET_MAIL_FROM=Helhet <helhet@example.org>"}, "")
	if err != nil || c.SMTP.Password != "hemmelig" || !c.SMTP.Set() || c.MailFrom != "Helhet <helhet@example.org>" {
		t.Fatalf("%v", err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s %v", c.SMTP, c.SMTP, c.SMTP, c.SMTP.LogValue(), c.Settings())
	_, err = Load([]string{"HELHET_SMTP_URL=smtps://kari:hemmelig@mail.example.org/path"}, "")
	if shown += fmt.Sprint(err); err == nil || strings.Contains(shown, "hemmelig") || !strings.Contains(shown, "kari:***@mail.example.org") {
		t.Errorf("shown as %s", shown)
	}
	for _, from := range []string{"helhet", "a@b.no, c@d.no", "x@y.no\r\nBcc: z@y.no"} {
		if _, err := Load([]string{"HELHET_MAIL_FROM=" + from}, ""); err == nil {
			t.Errorf("from %q", from)
		}
	}
}
