package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"helhet/internal/locale"
)

// Everyone may read what Helhet keeps and how accessible it is, in her language; every page leads there. What the operator has said
// stands behind links, and what she hasn't is not made up.
func TestStatements(t *testing.T) {
	s := startServer(t)
	for _, lang := range locale.Langs() {
		text := s.Texts.For(lang)
		for _, email := range []string{"", contributorEmail} {
			privacy, accessibility := s.read(email, lang, "/privacy", http.StatusOK), s.read(email, lang, "/accessibility", http.StatusOK)
			has(t, "privacy", privacy, "<h1>"+text.T("statement.privacy")+"</h1>", text.T("statement.keeps.audit.kept"))
			has(t, "accessibility", accessibility, "<h1>"+text.T("statement.accessibility")+"</h1>")
			for _, page := range []string{privacy, accessibility} {
				hasNot(t, "without settings", page, "⟦", "mailto:", text.T("statement.contact"), text.T("statement.privacy.operator"), text.T("statement.accessibility.operator"))
			}
		}
	}
	for email, path := range map[string]string{"": "/sign-in", contributorEmail: "/", leadEmail: "/regions/vestfold-telemark", adminEmail: "/no-such-page"} {
		page := string(s.browse(email, http.MethodGet, path, "").Body)
		has(t, path, between(page, "<footer", "</footer>"), `href="/privacy"`, `href="/accessibility"`)
	}

	s.API.Operator = Operator{Contact: "ombud@example.org", PrivacyURL: "https://example.org/personvern?a=1&b=2", AccessibilityURL: "https://uustatus.no/1", AuditDays: 400, FormerDays: 200, RequestDays: 91, AnsweredDays: 31}
	privacy := s.read("", locale.Bokmal, "/privacy", http.StatusOK)
	has(t, "privacy", privacy, `href="mailto:ombud@example.org"`, `href="https://example.org/personvern?a=1&b=2"`, s.text("statement.keeps.audit.until", "audit", 400),
		s.text("statement.keeps.person.until", "former", 200), s.text("statement.keeps.request.until", "request", 91, "answered", 31))
	has(t, "accessibility", s.read("", locale.Bokmal, "/accessibility", http.StatusOK), `href="mailto:ombud@example.org"`, `href="https://uustatus.no/1"`)
	s.API.Operator.Contact = "https://example.org/ask"
	has(t, "privacy", s.read("", locale.Bokmal, "/privacy", http.StatusOK), `href="https://example.org/ask"`)
}

// Where to report a weakness (RFC 9116): only where it is set, and over https.
func TestSecurityText(t *testing.T) {
	s := startServer(t)
	const path = "/.well-known/security.txt"
	now := time.Date(2026, 12, 31, 23, 30, 0, 0, time.FixedZone("CET", 3600))
	s.API.Now = func() time.Time { return now }
	for _, unset := range []func(){func() {}, func() { s.API.Operator.SecurityContact = "sec@example.org" }, func() { s.API.Operator.SecurityContact, s.API.PublicURL = "", "https://helhet.example.org" }} {
		unset()
		if got := s.call("", http.MethodGet, path, ""); got.Status != http.StatusNotFound {
			t.Errorf("with %+v at %q: %d", s.API.Operator, s.API.PublicURL, got.Status)
		}
	}
	for contact, line := range map[string]string{"sec+urgent@example.org": "Contact: mailto:sec+urgent@example.org", "https://example.org/report": "Contact: https://example.org/report"} {
		s.API.Operator.SecurityContact = contact
		got := s.call("", http.MethodGet, path, "")
		want := line + "\nExpires: 2027-01-30T00:00:00Z\nPreferred-Languages: nb, nn, en\nCanonical: https://helhet.example.org" + path + "\n"
		if got.Status != http.StatusOK || string(got.Body) != want || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain; charset=utf-8") {
			t.Errorf("%d %s %q", got.Status, got.Header.Get("Content-Type"), got.Body)
		}
	}
}
