package jobs

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/internal/locale"
	"helhet/internal/mail"
	"helhet/internal/store/sqlite/sqlitetest"
	"helhet/org"
)

// posted keeps what a mail server would have got.
type posted struct {
	mu  sync.Mutex
	all []mail.Message
}

func (p *posted) Send(_ context.Context, _ string, m mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, m)
	return nil
}

// Whoever added a file that does harm is written to, once and in her language, and not what the file was called; where she has left, the
// coordinators of the municipality are. An address that nothing shows to be somebody's gets no mail.
func TestWarningOfHarm(t *testing.T) {
	db := sqlitetest.Open(t, t.TempDir())
	register, err := org.LoadRegister()
	if err != nil {
		t.Fatal(err)
	}
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	post := &posted{}
	people, outbox := org.NewPeople(db), mail.New(db, post, time.Now, slog.New(slog.DiscardHandler))
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	at := func(role org.Role, m org.MunicipalityID) []org.Grant {
		return []org.Grant{{Role: role, Municipality: m, Region: "vestfold-telemark"}}
	}
	if err := people.CreateMany(t.Context(), []org.Person{
		{ID: "p-kari", Name: "Kari", Email: "kari@example.org", Grants: at(org.Contributor, "tokke")},
		{ID: "p-measured", Name: "Measured", Email: "measured@example.org", Grants: at(org.Leader, "tokke")},
		{ID: "p-left", Name: "Left", Email: "left@example.org", Grants: at(org.Contributor, "larvik")},
		{ID: "p-unproven", Name: "Unproven", Email: "unproven@example.org", Unproven: true, Grants: at(org.Contributor, "tokke")},
		{ID: "p-coordinator", Name: "Coordinator", Email: "coordinator@example.org", Language: "en", Grants: at(org.Coordinator, "tokke")},
	}); err != nil {
		t.Fatal(err)
	}
	warning := Warning{People: people, Register: register, Texts: texts, Mail: outbox, PublicURL: "https://helhet.example.org"}
	for _, tt := range []struct {
		by    org.PersonID
		to    string
		says  []string
		shows bool // a measurement
	}{
		{"p-kari", "kari@example.org", []string{"Tokke kommune", "Virusskannaren", "https://helhet.example.org/tasks/henvise?round=v%C3%A5r+2027#e-p-kari"}, false},
		{"p-measured", "measured@example.org", []string{"Tokke", "https://helhet.example.org/benefits/b-1#e-p-measured"}, true},
		{"p-unproven", "", nil, false},
		{"p-left", "coordinator@example.org", []string{"Tokke", "has left the municipality"}, false},
		{"p-nobody", "coordinator@example.org", []string{"has left the municipality"}, false},
	} {
		post.all = nil
		e := assessment.Evidence{ID: assessment.EvidenceID("e-" + tt.by), Municipality: "tokke", Round: "vår 2027", Task: "henvise", By: tt.by, Title: "Kalles epikrise", File: &assessment.EvidenceFile{Name: "Kalle.pdf"}}
		for range 2 {
			if tt.shows {
				e.Round, e.Task, e.Shows = "", "", &assessment.ShownMeasurement{Benefit: "b-1", Measurement: "m-1", Version: 1}
			}
			if err := warning.Send(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Mail(outbox).Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		var to []string
		for _, m := range post.all {
			to = append(to, m.To)
			for _, part := range tt.says {
				if !strings.Contains(m.Text, part) {
					t.Errorf("%s: lacks %q: %s", tt.by, part, m.Text)
				}
			}
			if strings.Contains(m.Subject+m.Text, "Kalle") {
				t.Errorf("%s: tells the file's name: %s", tt.by, m.Text)
			}
		}
		if got := strings.Join(to, " "); got != tt.to {
			t.Errorf("%s: told %q, want %q", tt.by, got, tt.to)
		}
	}
}
