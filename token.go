package main

import (
	"errors"
	"fmt"

	"helhet/internal/fault"
)

type tokenCommand struct {
	storeFlags
	User string `required:"" placeholder:"EMAIL" help:"The person the token speaks for."`
}

// Run prints the token alone on a line, so that a script can take it.
func (c tokenCommand) Run(p *program) (err error) {
	settings, err := p.settings(c.flags()...)
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
	person, err := s.people.ByEmail(p.ctx, c.User)
	if fault.CodeOf(err) == fault.NotFound {
		return fmt.Errorf("nobody has the address %s", c.User)
	}
	if err != nil {
		return err
	}
	secret, err := s.auth.NewToken(p.ctx, person.ID)
	if code := fault.CodeOf(err); code == fault.Forbidden || code == fault.NotFound {
		return fmt.Errorf("%s may not sign in", c.User)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, secret)
	return err
}
