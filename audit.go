package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"helhet/internal/events"
	"helhet/internal/store"
)

// auditCommand looks at the audit log from outside: docs/audit.md tells what it can show.
type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Check that no line of the audit log was changed, removed or cut off."`
	Head   auditHeadCommand   `cmd:"" help:"Print where the audit log ends, as SEQ:HASH, to be kept outside the database."`
	Export auditExportCommand `cmd:"" help:"Write the lines of the audit log as JSON lines or CSV."`
}

// openHistory opens the history of the database of the settings. Whoever opens must close.
func (f storeFlags) openHistory(p *program) (*events.History, *store.DB, events.Keys, error) {
	settings, err := p.settings(f.flags()...)
	if err != nil {
		return nil, nil, events.Keys{}, err
	}
	keys, err := events.ParseKeys(settings.AuditKey)
	if err != nil {
		return nil, nil, keys, fmt.Errorf("HELHET_AUDIT_KEY: %w", err)
	}
	engine, err := openFilled(p.ctx, settings.Store)
	if err != nil {
		return nil, nil, keys, err
	}
	db := store.Open(engine)
	history := events.New(db)
	if err := db.Ensure(p.ctx); err != nil {
		return nil, nil, keys, errors.Join(fmt.Errorf("the database %s cannot be prepared: %w", settings.Store, err), db.Close())
	}
	return history, db, keys, nil
}

type auditVerifyCommand struct {
	storeFlags
	Head []string `placeholder:"SEQ:HASH" help:"A head that was kept outside the database; the log must have had it. May be given several times."`
	Key  string   `placeholder:"BASE64" help:"Check checkpoints with this public key, instead of HELHET_AUDIT_KEY."`
}

// Run prints how much was checked, and fails with the first line that is not as it was.
func (c auditVerifyCommand) Run(p *program) (err error) {
	var known []events.Head
	for _, s := range c.Head {
		head, err := events.ParseHead(s)
		if err != nil {
			return fmt.Errorf("--head: %w", err)
		}
		known = append(known, head)
	}
	history, db, keys, err := c.openHistory(p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if c.Key != "" {
		if keys, err = events.ParsePublicKey(c.Key); err != nil {
			return fmt.Errorf("--key: %w", err)
		}
	}
	r, err := history.Verify(p.ctx, keys, known...)
	if r.PutBack > 0 {
		fmt.Fprintf(p.stdout, "%d of the last lines were missing and have been put back\n", r.PutBack)
	}
	if broken, ok := errors.AsType[*events.Broken](err); ok {
		return auditFault(broken)
	}
	if err != nil {
		return err
	}
	if r.Checkpoint.Seq > 0 {
		fmt.Fprintf(p.stdout, "cut by retention up to line %d at %s, signed\n", r.Checkpoint.Seq, r.Checkpoint.At.Format(time.RFC3339))
	}
	if c.Key == "" && keys.Public() != "" {
		fmt.Fprintf(p.stdout, "others check checkpoints with --key %s\n", keys.Public())
	}
	fmt.Fprintf(p.stdout, "%d lines are whole\nhead %s\n", r.Lines, r.Head)
	if len(known) == 0 {
		fmt.Fprintln(p.stdout, "without --head nobody can tell whether the log was made anew or cut off at its end")
	}
	return nil
}

// auditFault says in a sentence what was found.
func auditFault(b *events.Broken) error {
	format := "the audit log is not whole at line %d (%s)"
	switch b.Finding {
	case events.Changed:
		format = "line %d of the audit log was changed"
	case events.Rewritten:
		format = "line %d of the audit log was changed and given a new hash"
	case events.Removed:
		format = "line %d of the audit log was removed"
	case events.Added:
		format = "line %d of the audit log was added by hand"
	case events.CutOff:
		format = "the audit log is cut off: line %d and what follows is missing"
	case events.Replaced:
		format = "the audit log was made anew: line %d had another hash when the head given was kept"
	case events.Forged:
		format = "the checkpoint at line %d is not signed by the key given"
	case events.NoKey:
		format = "the audit log was cut at line %d: set HELHET_AUDIT_KEY or give --key, or nobody can tell by whom"
	case events.BeforeStart:
		format = "the head at line %d is older than what retention has left: give a newer one"
	default:
		return fmt.Errorf(format, b.Seq, b.Finding)
	}
	return fmt.Errorf(format, b.Seq)
}

type auditHeadCommand struct{ storeFlags }

// Run prints the head alone on a line, so that a script can keep it.
func (c auditHeadCommand) Run(p *program) (err error) {
	history, db, _, err := c.openHistory(p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	head, err := history.Head(p.ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, head)
	return err
}

type auditExportCommand struct {
	storeFlags
	From   string `placeholder:"DAY" help:"The first day, as 2026-01-31 (Norwegian time)."`
	To     string `placeholder:"DAY" help:"The last day."`
	Format string `enum:"json,csv" default:"json" help:"JSON lines or CSV."`
	File   string `arg:"" optional:"" help:"The file to write; it must not exist. Standard output unless given."`
}

// Run writes the lines in their order.
func (c auditExportCommand) Run(p *program) (err error) {
	from, err := auditDay("--from", c.From, 0)
	if err != nil {
		return err
	}
	to, err := auditDay("--to", c.To, 1)
	if err != nil {
		return err
	}
	history, db, _, err := c.openHistory(p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	out := p.stdout
	if c.File != "" {
		file, broken := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(broken, os.ErrExist) {
			return fmt.Errorf("%s exists: choose another name", c.File)
		}
		if broken != nil {
			return fmt.Errorf("the export cannot be written: %w", broken)
		}
		out = file
		defer func() { err = errors.Join(err, file.Sync(), file.Close()) }()
	}
	buffered := bufio.NewWriter(out)
	if err := c.write(p, history, buffered, from, to); err != nil {
		return fmt.Errorf("the export failed: %w", err)
	}
	return buffered.Flush()
}

func (c auditExportCommand) write(p *program, history *events.History, w io.Writer, from, to time.Time) error {
	if c.Format == "json" {
		return history.Each(p.ctx, from, to, func(e events.Entry) error { return e.WriteJSON(w) })
	}
	table, err := events.NewCSV(w)
	if err != nil {
		return err
	}
	if err := history.Each(p.ctx, from, to, table.Write); err != nil {
		return err
	}
	return table.Flush()
}

// auditDay reads a day, and gives the midnight at which it begins, or the one so many days later.
func auditDay(flag, s string, later int) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	norway, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		return time.Time{}, err
	}
	day, err := time.ParseInLocation(time.DateOnly, s, norway)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s=%q is no day: write it as 2026-01-31", flag, s)
	}
	return day.AddDate(0, 0, later), nil
}
