package jobs

import (
	"context"
	"net/url"
	"time"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/mail"
	"helhet/letters"
	"helhet/org"
)

// scanBatch is how many files of a kind one run looks through: those that nobody has looked through, and those that could not be.
const scanBatch = 100

// Warning writes to people about a file that was found to do harm. PublicURL is where its links lead, and is there where mails leave at all.
type Warning struct {
	People    *org.People
	Register  *org.Register
	Texts     *locale.Catalogue
	Mail      *mail.Outbox
	PublicURL string
}

// Send writes to whoever added a file, or to her municipality's coordinators where she has left it, each in her language. Done again it is the same
// mails.
func (w Warning) Send(ctx context.Context, e assessment.Evidence) error {
	if !w.Mail.Ready() {
		return nil
	}
	by, err := w.People.Get(ctx, e.By)
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	to, left := []org.Person{by}, err != nil || !org.MayReadEvidence(by.Actor(), e.Municipality)
	if left {
		if to, err = w.People.Holding(ctx, org.Grant{Role: org.Coordinator, Municipality: e.Municipality}); err != nil {
			return err
		}
	}
	home, _ := w.Register.Get(e.Municipality)
	link := w.PublicURL + place(e) + "#" + string(e.ID)
	for _, p := range to {
		if p.Email == "" || p.Unproven {
			continue
		}
		language := p.Language
		if language == "" {
			language = home.Reads()
		}
		t := w.Texts.For(locale.Lang(language))
		letter := letters.Infected(t, t.T("layout.municipality", "name", home.Name), link, left)
		message := mail.Message{To: p.Email, Subject: letter.Subject, Text: letter.Text, Language: string(language)}
		if err := w.Mail.Hand(ctx, "infected/"+string(e.ID)+"/"+string(p.ID), message); err != nil {
			return err
		}
	}
	return nil
}

// place is the page where a piece of evidence stands.
func place(e assessment.Evidence) string {
	if e.Shows != nil {
		return "/benefits/" + url.PathEscape(e.Shows.Benefit)
	}
	return "/tasks/" + url.PathEscape(string(e.Task)) + "?round=" + url.QueryEscape(string(e.Round))
}

// ScanFiles looks through files that could not be looked through when they came, and warns of those that do harm. Nobody gets them before.
func ScanFiles(assessments *assessment.Service, warning Warning) Job {
	return Job{
		Name:     "scan-files",
		Schedule: "*/5 * * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, task *Task) (Numbers, error) {
			clean, infected, failed, err := assessments.ScanEvidence(ctx, org.SystemActor(string(task.Job)), scanBatch, warning.Send)
			return Numbers{"clean": int64(clean), "infected": int64(infected), "failed": int64(failed)}, err
		},
	}
}

// Evidence deletes evidence that was removed so long ago that it can't be brought back any more, and the content of files that nothing names: of
// those, of municipalities that have left, and of files that never came through.
func Evidence(assessments *assessment.Service, now func() time.Time) Job {
	return Job{
		Name:     "evidence",
		Schedule: "55 3 * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			n, before := Numbers{}, now().Add(-assessment.EvidenceKept)
			for range privacySteps {
				gone, err := assessments.SweepEvidence(ctx, before, privacyBatch)
				n["deleted"] += int64(gone)
				if err != nil {
					return n, err
				}
				if gone < privacyBatch {
					break
				}
			}
			files, err := assessments.SweepFiles(ctx)
			n["files"] = int64(files)
			return n, err
		},
	}
}
