package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"helhet/internal/fault"
	"helhet/internal/locale"

	"github.com/gin-gonic/gin"
)

// Operator is what whoever runs the service says of herself. Nothing here is invented for her: what she leaves out is not shown.
type Operator struct {
	Contact          string // an e-mail or an https address, for questions about privacy and accessibility
	SecurityContact  string // the same, for whoever found a weakness
	AccessibilityURL string // her accessibility statement
	PrivacyURL       string // her privacy statement
	AuditDays        int    // how long lines of the audit log are kept; 0: for good
	FormerDays       int    // how long somebody is kept after her last role ended
	RequestDays      int    // how long a request for access that nobody answers is kept
	AnsweredDays     int    // how long it is kept after its answer
}

// contactHref is what a link to a contact leads to.
func contactHref(contact string) string {
	if contact == "" || strings.HasPrefix(contact, "https://") {
		return contact
	}
	return "mailto:" + url.PathEscape(contact)
}

// statementPage is what Helhet itself says, of privacy or of accessibility, with the operator's own statement behind a link.
type statementPage struct {
	Layout
	Statement            string // the operator's
	Contact, ContactHref string
	Keeps                []keptFact // of privacy
}

// keptFact is something Helhet knows of a person.
type keptFact struct{ What, Why, Until string }

// keptFacts are in the order in which somebody would ask. The texts are statement.keeps.*.
var keptFacts = []string{"person", "answers", "sessions", "account", "request", "invitation", "mail", "tries", "audit", "backup"}

func (s *Server) statement(c *gin.Context, r *request, title, statement string) statementPage {
	return statementPage{Layout: s.layout(c, r, title), Statement: statement, Contact: s.Operator.Contact, ContactHref: contactHref(s.Operator.Contact)}
}

func (s *Server) privacyPage(c *gin.Context, r *request) error {
	p := s.statement(c, r, r.Text.T("statement.privacy"), s.Operator.PrivacyURL)
	for _, fact := range keptFacts {
		p.Keeps = append(p.Keeps, s.keptFact(r.Text, fact))
	}
	return s.render(c, http.StatusOK, "privacy", p)
}

func (s *Server) keptFact(t locale.Text, fact string) keptFact {
	key, o := "statement.keeps."+fact, s.Operator
	until := key + ".until"
	if fact == "audit" && o.AuditDays == 0 {
		until = "statement.keeps.audit.kept"
	}
	return keptFact{t.T(key), t.T(key + ".why"), t.T(until, "audit", o.AuditDays, "former", o.FormerDays, "request", o.RequestDays, "answered", o.AnsweredDays)}
}

func (s *Server) accessibilityPage(c *gin.Context, r *request) error {
	return s.render(c, http.StatusOK, "accessibility", s.statement(c, r, r.Text.T("statement.accessibility"), s.Operator.AccessibilityURL))
}

// securityTextLasts is how long a reader may rely on what security.txt says: it is made anew with each request, from the settings.
const securityTextLasts = 30 * 24 * time.Hour

// securityText tells whoever found a weakness where to report it (RFC 9116), which is for https alone.
func (s *Server) securityText(c *gin.Context, _ *request) error {
	if s.Operator.SecurityContact == "" || !s.secure() {
		return fault.New(fault.NotFound, "api.securityText", "error.page.unknown")
	}
	expires := s.Now().UTC().Add(securityTextLasts).Truncate(24 * time.Hour)
	c.Data(http.StatusOK, "text/plain; charset=utf-8", fmt.Appendf(nil, "Contact: %s\nExpires: %s\nPreferred-Languages: nb, nn, en\nCanonical: %s%s\n",
		contactHref(s.Operator.SecurityContact), expires.Format(time.RFC3339), s.PublicURL, c.Request.URL.Path))
	return nil
}
