package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/config"
	"helhet/internal/auth"
	"helhet/internal/clamd"
	"helhet/internal/events"
	"helhet/internal/locale"
	"helhet/internal/mail"
	"helhet/internal/store"
	"helhet/leaving"
	"helhet/org"
)

// services is the domain over one open database: what serve, demo and token have in common.
type services struct {
	db          *store.DB
	catalogues  map[catalogue.Key]*catalogue.Catalogue
	register    *org.Register
	regions     *org.Regions
	people      *org.People
	invitations *org.Invitations
	deletions   *org.Deletions
	setUp       *org.SetUp
	assessments *assessment.Service
	benefits    *benefits.Service
	auth        *auth.Service
	email       *auth.Email
	mail        *mail.Outbox
	accounts    *auth.Accounts
	oidc        *auth.OIDC
	access      *org.AccessRequests
	limits      *auth.Limits
	history     *events.History
	leaving     *leaving.Service
	texts       *locale.Catalogue
}

// openServices reads what is embedded, opens the database and creates what it lacks. Whoever opens must close.
func openServices(ctx context.Context, c config.Config, log *slog.Logger) (*services, error) {
	texts, err := locale.Load()
	if err != nil {
		return nil, fmt.Errorf("the texts: %w", err)
	}
	catalogues, err := catalogue.Load()
	if err != nil {
		return nil, fmt.Errorf("the questionnaires: %w", err)
	}
	indicators, err := benefits.LoadIndicators()
	if err != nil {
		return nil, fmt.Errorf("the indicators: %w", err)
	}
	register, err := org.LoadRegister()
	if err != nil {
		return nil, fmt.Errorf("the register of municipalities: %w", err)
	}
	sender, err := mailSender(c)
	if err != nil {
		return nil, err
	}
	engine, err := openEngine(ctx, c.Store)
	if err != nil {
		return nil, err
	}
	s := &services{db: store.Open(engine), catalogues: catalogues, register: register, texts: texts}
	s.regions = org.NewRegions(s.db)
	s.people = org.NewPeople(s.db)
	s.setUp = org.NewSetUp(s.db, s.people, time.Now)
	s.history = events.New(s.db)
	var scanner assessment.Scanner
	if c.Clamd.Set() {
		scanner = clamd.New(c.Clamd.Network, c.Clamd.Address)
	}
	s.assessments = assessment.New(s.db, assessment.Options{
		Catalogues: catalogues, Register: register, Regions: s.regions, People: s.people, Now: time.Now,
		Grace: time.Duration(c.ClosedDays) * 24 * time.Hour, Log: log,
		Relay: s.relay, Drafts: c.Demo, Scanner: scanner, Quota: int64(c.EvidenceQuota) << 20,
	})
	s.benefits = benefits.New(s.db, benefits.Options{Catalogues: catalogues, Indicators: indicators, People: s.people, Regions: s.regions, Steps: s.assessments.StepsOf, Files: s.assessments, Now: time.Now, Relay: s.relay})
	s.invitations = org.NewInvitations(s.db, s.people, s.regions, time.Now, append(s.assessments.Owned(), s.benefits.Owned())...)
	s.auth = auth.New(s.people, time.Now).Lasting(c.SessionIdle, c.SessionLength)
	s.limits = auth.NewLimits(s.db, time.Now)
	s.email = auth.NewEmail(s.db, s.people, s.regions, s.limits, time.Now)
	s.mail = mail.New(s.db, sender, time.Now, log)
	s.accounts = auth.NewAccounts(s.db, time.Now)
	s.access = org.NewAccessRequests(s.db, register, s.regions, s.people, s.accounts, time.Now)
	s.leaving = leaving.New(s.db, leaving.Options{
		Register: register, Regions: s.regions, People: s.people, Invitations: s.invitations, Access: s.access, Assessments: s.assessments, Benefits: s.benefits,
		History: s.history, Now: time.Now, Relay: s.relay, Wait: time.Duration(c.LeavingDays) * 24 * time.Hour, Figures: assessment.Figures(c.DepartedFigures),
	})
	s.deletions = org.NewDeletions(s.people, s.invitations, time.Now,
		func(ctx context.Context, d org.Departed) error { return s.accounts.Forget(ctx, d.ID, s.access.Forget) },
		func(ctx context.Context, d org.Departed) error { return s.email.Forget(ctx, d.ID) },
		func(ctx context.Context, d org.Departed) error { return s.mail.Forget(ctx, d.Email, d.Since) },
		s.benefits.Forget, s.assessments.Forget,
	)
	issuers, err := issuersOf(c)
	if err != nil {
		return nil, err
	}
	s.oidc = auth.NewOIDC(s.db, s.auth, s.accounts, auth.OIDCOptions{Issuers: issuers, PublicURL: c.PublicURL, Now: time.Now})
	return s, nil
}

// accept lets somebody take an invitation with the account that an issuer vouches for.
func (s *services) accept(ctx context.Context, secret string, who auth.Verified) (org.PersonID, error) {
	return s.invitations.Accept(ctx, secret, org.Acceptance{Name: who.Name, Person: who.Person})
}

// mailSender speaks to the mail server of the settings; nil when there is none.
func mailSender(c config.Config) (mail.Sender, error) {
	if !c.SMTP.Set() {
		return nil, nil
	}
	if c.MailFrom == "" || c.PublicURL == "" {
		return nil, errors.New("HELHET_SMTP_URL needs HELHET_MAIL_FROM, whom mails come from, and HELHET_PUBLIC_URL, where their links lead")
	}
	return mail.NewSMTP(mail.Server{
		Host: c.SMTP.Host, Port: c.SMTP.Port, Security: mail.Security(c.SMTP.Security), User: c.SMTP.User, Password: c.SMTP.Password, From: c.MailFrom,
	}, time.Now)
}

// issuersOf is where the settings let people sign in.
func issuersOf(c config.Config) ([]auth.Issuer, error) {
	var all []auth.Issuer
	for _, i := range c.OIDC {
		details, err := i.Details()
		if err != nil {
			return nil, fmt.Errorf("the issuer %s: %w", i.ID, err)
		}
		all = append(all, auth.Issuer{
			ID: i.ID, Name: i.Name, URL: i.Issuer, ClientID: i.ClientID, ClientSecret: string(i.ClientSecret), Kind: auth.IssuerKind(i.Kind),
			ACRValues: i.ACRValues, Scopes: i.Scopes, AuthorizationDetails: details,
		})
	}
	return all, nil
}

// relayAtOnce is how many documents' events of each collection one relay by hand moves.
const relayAtOnce = 500

func (s *services) relay(ctx context.Context) error {
	_, err := s.history.Relay(ctx, relayAtOnce)
	return err
}

// ensure creates what the database lacks, once every collection is declared.
func (s *services) ensure(ctx context.Context, c config.Config) error {
	err := s.db.Ensure(ctx)
	switch {
	case errors.Is(err, store.ErrUnfinished):
		return fmt.Errorf("%s is not whole, because a restore or copy into it was cut off: repeat it", c.Store)
	case err != nil:
		return fmt.Errorf("the database %s cannot be prepared: %w", c.Store, err)
	}
	return nil
}

func (s *services) close() error { return s.db.Close() }

// newLog writes to w what the settings ask for. Nothing personal is logged: people are named by id, and notes, addresses and
// texts never.
func newLog(c config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo // config lets nothing else through
	}
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
