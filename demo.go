package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"helhet/config"
	"helhet/demo"
	"helhet/internal/fault"
)

type demoCommand struct{ storeFlags }

// Run loads the synthetic region into the empty database of the settings.
func (c demoCommand) Run(p *program) (err error) {
	settings, err := p.settings(c.flags()...)
	if err != nil {
		return err
	}
	log := newLog(settings, p.stderr)
	s, err := openServices(p.ctx, settings, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.loadDemo(p.ctx, log); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s holds the synthetic demo region: serve it with --demo\n", settings.Store)
	return nil
}

func (s *services) loadDemo(ctx context.Context, log *slog.Logger) error {
	return demo.Load(ctx, demo.Deps{DB: s.db, Register: s.register, Catalogues: s.catalogues, Log: log}, time.Now())
}

// keepDemoApart lets synthetic and real data never meet: a demo is served from a database that was loaded as one (an empty
// one is loaded now), and nothing else from it.
func (s *services) keepDemoApart(ctx context.Context, c config.Config, log *slog.Logger) error {
	marked, err := demo.Marked(ctx, s.db)
	switch {
	case err != nil:
		return err
	case marked && !c.Demo:
		return fmt.Errorf("%s holds the synthetic demo region: serve it with --demo, or choose another database", c.Store)
	case marked || !c.Demo:
		return nil
	}
	log.Info("loading the synthetic demo region")
	err = s.loadDemo(ctx, log)
	if fault.CodeOf(err) == fault.Conflict {
		return fmt.Errorf("%s is neither empty nor a demo database: --demo serves nothing else; choose another database", c.Store)
	}
	return err
}
