package main

import (
	"fmt"

	"helhet/config"
	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/org"
)

type tokenCommand struct {
	storeFlags
	User     string `required:"" placeholder:"EMAIL" help:"The person the token speaks for."`
	Name     string `default:"helhet token" help:"What it is for, as its owner's page calls it."`
	ReadOnly bool   `help:"Let it read only, not change anything."`
	Days     int    `default:"90" help:"How many days it lasts, 1 to 365."`
}

// Run prints the token alone on a line, so that a script can take it.
func (c tokenCommand) Run(p *program) error {
	return p.forPerson(c.storeFlags, c.User, func(s *services, _ config.Config, person org.Person) error { return c.print(p, s, person) })
}

func (c tokenCommand) print(p *program, s *services, person org.Person) error {
	order := auth.TokenOrder{Name: c.Name, ReadOnly: c.ReadOnly, Days: c.Days}
	secret, _, err := s.auth.MakeToken(p.ctx, auth.Caller{Person: person}, order)
	switch fault.CodeOf(err) {
	case fault.Forbidden, fault.NotFound:
		return fmt.Errorf("%s may not sign in", c.User)
	case fault.Conflict:
		return fmt.Errorf("%s has %d tokens, as many as anyone may have: revoke one on the page /account first", c.User, org.MaxKeys)
	case fault.Invalid:
		return fmt.Errorf("a token has a --name of 1 to %d characters and lasts 1 to %d --days", auth.MostTokenName, auth.MostTokenDays)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, secret)
	return err
}
