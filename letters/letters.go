// Package letters writes what the mails say, in the receiver's language. It names roles, places and dates, and no person: what somebody
// typed as a name never reaches a stranger's mailbox.
package letters

import (
	"strings"

	"helhet/internal/locale"
)

// Letter is what a mail says: a line for the list of mails, and plain text.
type Letter struct{ Subject, Text string }

// write puts paragraphs together, and under them who wrote. Whoever gets one by somebody else's slip may leave it at that.
func write(t locale.Text, subject string, paragraphs ...string) Letter {
	return sign(t, subject, t.T("letter.foot")+" "+t.T("letter.stray"), paragraphs)
}

// notice is write for what its reader should not leave at that.
func notice(t locale.Text, subject string, paragraphs ...string) Letter {
	return sign(t, subject, t.T("letter.foot"), paragraphs)
}

func sign(t locale.Text, subject, foot string, paragraphs []string) Letter {
	return Letter{subject, strings.Join(append(paragraphs, foot), "\n\n") + "\n"}
}

// Invitation invites somebody to a role ("Fagperson") in a place ("Larvik kommune", or "" for the whole service), by a link that can be
// used until a day.
func Invitation(t locale.Text, role, place, link, until string) Letter {
	what := t.T("letter.invitation.service", "role", role)
	if place != "" {
		what = t.T("letter.invitation.place", "role", role, "place", place)
	}
	return write(t, t.T("letter.invitation.subject"), what, t.T("letter.invitation.link"), link, t.T("letter.invitation.until", "date", until))
}

// Access tells somebody who asked for it that she has got access, as what, where ("" for the whole service), and where to sign in.
func Access(t locale.Text, role, place, link string) Letter {
	what := t.T("letter.access.service", "role", role)
	if place != "" {
		what = t.T("letter.access.place", "role", role, "place", place)
	}
	return write(t, t.T("letter.access.subject"), what, t.T("letter.access.link"), link)
}

// SignIn brings a link and a code to sign in with, and how many minutes they are good. The code comes in two groups of three.
func SignIn(t locale.Text, link, code string, minutes int) Letter {
	return write(t, t.T("letter.sign-in.subject"), t.T("letter.sign-in.link", "n", minutes), link, t.T("letter.sign-in.code", "code", code[:3]+" "+code[3:]), t.T("letter.sign-in.warning"))
}

// NewAddress brings a link by which whoever is signed in makes the address her own, and how many minutes it is good.
func NewAddress(t locale.Text, link string, minutes int) Letter {
	return write(t, t.T("letter.address.subject"), t.T("letter.address.link", "n", minutes), link, t.T("letter.address.warning"))
}

// AddressTaken tells whoever has an address that it was asked for, and where to sign in with it.
func AddressTaken(t locale.Text, link string) Letter {
	return write(t, t.T("letter.address-taken.subject"), t.T("letter.address-taken"), t.T("letter.address-taken.link"), link)
}

// AddressChanged tells whoever reads mail to an earlier address that it is hers no more, what to do if it was not she, and where it stands
// who runs the service.
func AddressChanged(t locale.Text, link string) Letter {
	return notice(t, t.T("letter.address-changed.subject"), t.T("letter.address-changed"), t.T("letter.address-changed.not-you"), t.T("letter.address-changed.link"), link)
}

// AccountLinked tells somebody who was here before that she can sign in by another account too, what to do if it was not she, and where it
// stands who runs the service.
func AccountLinked(t locale.Text, issuer, link string) Letter {
	return notice(t, t.T("letter.account-linked.subject"), t.T("letter.account-linked", "issuer", issuer), t.T("letter.account-linked.not-you"), t.T("letter.address-changed.link"), link)
}

// Waiting tells a leader that what her municipality handed in to a round waits for her approval, and where.
func Waiting(t locale.Text, place, round, link string) Letter {
	return notice(t, t.T("letter.waiting.subject"), t.T("letter.waiting", "place", place, "round", round), t.T("letter.waiting.link"), link)
}

// Task is one that somebody has been given: when it is due, "" where no day is set, and whether she is the one to finish it.
type Task struct {
	Name, Due, Link string
	Finish          bool
}

// Given tells somebody which tasks of a round she has been given in a place, each with its link.
func Given(t locale.Text, place, round string, tasks []Task) Letter {
	paragraphs := []string{t.T("letter.given", "place", place, "round", round, "n", len(tasks))}
	for _, task := range tasks {
		lines := []string{task.Name}
		if task.Due != "" {
			lines = append(lines, t.T("letter.given.due", "date", task.Due))
		}
		if task.Finish {
			lines = append(lines, t.T("letter.given.finish"))
		}
		paragraphs = append(paragraphs, strings.Join(append(lines, task.Link), "\n"))
	}
	return notice(t, t.T("letter.given.subject", "n", len(tasks)), paragraphs...)
}

// Mentioned tells somebody that a comment on a task mentions her, and where it stands; what it says stays in the service.
func Mentioned(t locale.Text, who, task, place, round, link string) Letter {
	return notice(t, t.T("letter.mentioned.subject"), t.T("letter.mentioned", "name", who, "task", task, "place", place, "round", round), t.T("letter.mentioned.link"), link, t.T("letter.mentioned.off"))
}

// Infected tells whoever added a file as evidence in a place that it was found to do harm and is deleted, and where it stood. Left tells that she has
// left, so that it comes to her municipality's coordinators. What the file was called stays in the service.
func Infected(t locale.Text, place, link string, left bool) Letter {
	what := t.T("letter.infected", "place", place)
	if left {
		what = t.T("letter.infected.left", "place", place)
	}
	return notice(t, t.T("letter.infected.subject"), what, t.T("letter.infected.next"), t.T("letter.infected.link"), link)
}

// Leaving tells that a municipality has asked to leave, when everything of it is deleted, and where that is undone.
func Leaving(t locale.Text, place, date, link string) Letter {
	return notice(t, t.T("letter.leaving.subject"), t.T("letter.leaving", "place", place), t.T("letter.leaving.date", "date", date), t.T("letter.leaving.link"), link)
}

// Staying tells that it was undone.
func Staying(t locale.Text, place, link string) Letter {
	return notice(t, t.T("letter.staying.subject"), t.T("letter.staying", "place", place), t.T("letter.staying.link"), link)
}
