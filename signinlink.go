package main

import (
	"errors"
	"fmt"
	"net"

	"helhet/config"
	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/org"
)

type signInLinkCommand struct {
	storeFlags
	User string `required:"" placeholder:"EMAIL" help:"Who is to sign in by it: somebody who is there already."`
}

// Run prints a link that signs somebody in who has no other way, such as the first administrator where mail was never set up. Whoever may
// run it has the database, and could do so anyway; that it was done, and used, is in the audit log.
func (c signInLinkCommand) Run(p *program) error {
	return p.forPerson(c.storeFlags, c.User, func(s *services, settings config.Config, person org.Person) error {
		return c.print(p, s, settings, person.ID)
	})
}

func (c signInLinkCommand) print(p *program, s *services, settings config.Config, id org.PersonID) error {
	link, err := s.email.ConsoleLink(p.ctx, id)
	switch fault.CodeOf(err) {
	case fault.Forbidden, fault.NotFound:
		return fmt.Errorf("%s may not sign in", c.User)
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(p.stdout, baseOf(settings)+"/sign-in/link/"+link); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stderr, "Good once, for %.0f minutes, for whoever has it.\n", auth.ChallengeLength.Minutes())
	return err
}

// forPerson opens the database for a command that is about somebody, and finds her.
func (p *program) forPerson(flags storeFlags, email string, do func(*services, config.Config, org.Person) error) (err error) {
	settings, err := p.settings(flags.flags()...)
	if err != nil {
		return err
	}
	s, err := openServices(p.ctx, settings, newLog(settings, p.stderr))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.ensure(p.ctx, settings); err != nil {
		return err
	}
	person, err := s.people.ByEmail(p.ctx, email)
	if fault.CodeOf(err) == fault.NotFound {
		return fmt.Errorf("nobody has the address %s", email)
	}
	if err != nil {
		return err
	}
	return do(s, settings, person)
}

// baseOf is where the settings say that Helhet is reached; without a public address, from this machine.
func baseOf(c config.Config) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return "http://" + c.Addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
