package api

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strconv"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/mail"
	"helhet/leaving"
	"helhet/letters"
	"helhet/org"
)

// tellWaiting writes to a municipality's leaders that what was handed in waits for their approval, but for the one who handed it in.
func (s *Server) tellWaiting(ctx context.Context, r *request, a assessment.Assessment) {
	if a.State != assessment.Waiting {
		return
	}
	round, err := s.Assessments.Round(ctx, r.Actor, a.Round)
	if err != nil {
		s.untold(r, err)
		return
	}
	link := s.link(r, handInPath(a.Round))
	s.tellHolding(ctx, r, "waiting/"+string(a.Round)+"/"+string(a.Municipality)+"/"+a.Ask, org.Grant{Role: org.Leader, Municipality: a.Municipality}, a.Municipality, a.HandedInBy,
		func(t locale.Text) letters.Letter {
			return letters.Waiting(t, s.municipalityName(t, a.Municipality), round.Name, link)
		})
}

// tellLeaving writes to a municipality's coordinators, and to the administrators, that it has asked to leave: to whoever asked too, since it
// may not have been she.
func (s *Server) tellLeaving(ctx context.Context, r *request, d leaving.Departure) {
	link := s.link(r, "/municipality")
	s.tellDeparture(ctx, r, "leaving", d, func(t locale.Text) letters.Letter {
		return letters.Leaving(t, s.municipalityName(t, d.Municipality), t.Date(d.Ends), link)
	})
}

// tellStaying writes to the same people that it was undone.
func (s *Server) tellStaying(ctx context.Context, r *request, d leaving.Departure) {
	link := s.link(r, "/municipality")
	s.tellDeparture(ctx, r, "staying", d, func(t locale.Text) letters.Letter {
		return letters.Staying(t, s.municipalityName(t, d.Municipality), link)
	})
}

// tellGiven writes to those who got tasks by a giving, one mail to each with all of them, but to who gave them.
func (s *Server) tellGiven(ctx context.Context, r *request, all assessment.Assignments, change assessment.ChangeID) {
	got := map[org.PersonID][]assessment.Assignment{}
	for _, a := range all.By(change) {
		for _, id := range a.People {
			if !a.Was.Has(id) && id != r.Person.ID {
				got[id] = append(got[id], a)
			}
		}
	}
	if len(got) == 0 || !s.Mail.Ready() {
		return
	}
	s.tellOfRound(ctx, r, all.Round, all.Municipality, slices.Collect(maps.Keys(got)), func(org.Person) bool { return true }, func(n notice) (letters.Letter, string, error) {
		var list []letters.Task
		for _, a := range got[n.To.ID] {
			task := letters.Task{Name: taskName(n.Words, a.Task), Link: s.link(r, taskPath(a.Task, n.Round.ID)), Finish: a.Finisher == n.To.ID}
			if a.Due != "" {
				task.Due = n.Text.Date(a.Due.Time())
			}
			list = append(list, task)
		}
		return letters.Given(n.Text, s.municipalityName(n.Text, all.Municipality), n.Round.Name, list), "given/" + string(all.Round) + "/" + string(all.Municipality) + "/" + string(change), nil
	})
}

// notice is what a letter about a round is written with: to whom, and in her words.
type notice struct {
	To    org.Person
	Text  locale.Text
	Round assessment.Round
	Words catalogue.Wording
}

// tellOfRound writes to people of a municipality about one of its rounds, each in her language: to those who have an address that is shown to be
// hers, may read the municipality's answers and wants such a mail. The name that write gives is that of what is told: told again it is the same mail.
func (s *Server) tellOfRound(ctx context.Context, r *request, id assessment.RoundID, m org.MunicipalityID, to []org.PersonID, wants func(org.Person) bool, write func(notice) (letters.Letter, string, error)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTime)
	defer cancel()
	round, err := s.Assessments.Round(ctx, r.Actor, id)
	if err != nil {
		s.untold(r, err)
		return
	}
	cat, err := s.Assessments.Catalogue(round.Catalogue)
	if err != nil {
		s.untold(r, err)
		return
	}
	for _, id := range to {
		p, err := s.People.Get(ctx, id)
		if err != nil {
			s.untold(r, err)
			continue
		}
		if p.Email == "" || p.Unproven || !wants(p) || !org.MayReadAnswers(p.Actor(), m) {
			continue
		}
		t := s.Texts.For(s.letterLang(p.Language, m, locale.Bokmal))
		letter, name, err := write(notice{To: p, Text: t, Round: round, Words: wording(cat, t)})
		if err != nil {
			s.untold(r, err)
			continue
		}
		s.tell(ctx, r, name+"/"+string(id), mail.Message{To: p.Email, Subject: letter.Subject, Text: letter.Text, Language: string(t.Lang())})
	}
}

// tellMentioned writes to those whom a comment mentions and did not mention before, one mail to each, but for who wrote it. Who is no more of the
// municipality is not told, nor who wants no such mail.
func (s *Server) tellMentioned(ctx context.Context, r *request, c assessment.Comment, before []org.PersonID) {
	told := slices.DeleteFunc(slices.Clone(c.Mentions), func(id org.PersonID) bool { return id == c.By || slices.Contains(before, id) })
	if len(told) == 0 || !c.Removed.IsZero() || !s.Mail.Ready() {
		return
	}
	s.tellOfRound(ctx, r, c.Round, c.Municipality, told, func(p org.Person) bool { return !p.Unmailed }, func(n notice) (letters.Letter, string, error) {
		names, err := s.names(ctx, n.Text, c.By)
		return letters.Mentioned(n.Text, names.of(c.By), taskName(n.Words, c.Task), s.municipalityName(n.Text, c.Municipality), n.Round.Name,
			s.link(r, taskPath(c.Task, c.Round)+"#"+string(c.ID))), "mentioned/" + string(c.ID), err
	})
}

func (s *Server) tellDeparture(ctx context.Context, r *request, what string, d leaving.Departure, write func(locale.Text) letters.Letter) {
	id := what + "/" + string(d.Municipality) + "/" + strconv.FormatInt(d.Asked.UnixMilli(), 10)
	s.tellHolding(ctx, r, id, org.Grant{Role: org.Coordinator, Municipality: d.Municipality}, d.Municipality, "", write)
	s.tellHolding(ctx, r, id, org.Grant{Role: org.Administrator}, d.Municipality, "", write)
}

// tellHolding hands over a letter to everyone who is active in a grant and has an address that is shown to be hers, each in her own language,
// else that of the municipality it is about. Done again it comes to the same mails, as the id names what they tell of.
func (s *Server) tellHolding(ctx context.Context, r *request, id string, g org.Grant, about org.MunicipalityID, but org.PersonID, write func(locale.Text) letters.Letter) {
	if !s.Mail.Ready() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTime)
	defer cancel()
	people, err := s.People.Holding(ctx, g)
	if err != nil {
		s.untold(r, err)
		return
	}
	for _, p := range people {
		if p.ID == but || p.Email == "" || p.Unproven {
			continue
		}
		t := s.Texts.For(s.letterLang(p.Language, about, locale.Bokmal))
		letter := write(t)
		s.tell(ctx, r, id+"/"+string(p.ID), mail.Message{To: p.Email, Subject: letter.Subject, Text: letter.Text, Language: string(t.Lang())})
	}
}

// untold is told to the log alone: what the mail would have told of is done.
func (s *Server) untold(r *request, why error) {
	s.Log.Warn("mail not handed over", slog.String("request", r.Trace), slog.String("code", string(fault.CodeOf(why))))
}
