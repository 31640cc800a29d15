package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"helhet/internal/events"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// auditPage lists what happened, newest first.
type auditPage struct {
	Layout
	Lead          string
	Places        []auditGroup // whose lines; empty when there is nothing to choose
	Types         []auditChoice
	Lines         []auditView
	Empty         string
	Older, Newest string // addresses
	CSV           string // address
}

type auditGroup struct {
	Name    string // "" above the others
	Choices []auditChoice
}

type auditChoice struct {
	Value, Label string
	Chosen       bool
}

// auditView is a line in words.
type auditView struct {
	Seq           string
	Machine, When string
	Who, ID       string
	What          string
	Place         string
	About         []string
}

const (
	auditListed = 25
	// auditExported bounds the file of a page; helhet audit export writes more.
	auditExported = 50_000
)

// auditTypes are the kinds of events that the filter offers, in its order. A test finds kinds that are missing here.
var auditTypes = []string{
	"answer.saved", "organisation.saved", "assessment.carried", "assessment.carry-undone", "answers.confirmed", "answers.unconfirmed", "answers.shared", "answers.received", "answers.given-back", "reason.saved", "assessment.handed-in", "assessment.waits", "assessment.approved", "assessment.returned", "assessment.taken-back", "assessment.sent-back", "assessment.filled",
	"evidence.added", "evidence.removed", "evidence.restored", "evidence.infected",
	"step.added", "step.saved", "step.undone", "step.removed", "step.restored", "step.handed-over", "ambition.set", "ambition.undone",
	"assignment.given", "assignment.taken-back", "assignment.undone", "assignment.finished", "assignment.reopened", "assignment.handed-over",
	"ratings.opened", "ratings.stopped", "consensus.shown", "consensus.settled", "display.made", "display.revoked",
	"comment.added", "comment.saved", "comment.removed", "comment.restored",
	"benefit.added", "benefit.saved", "benefit.given", "benefit.removed", "benefit.restored", "benefit.measured", "benefit.measurement-corrected", "benefit.measurement-undone", "benefit.joined", "benefit.parted", "benefit.different", "benefit.alike", "benefit.explained", "benefit.explanation-undone", "assumption.added", "assumption.corrected", "assumption.undone",
	"indicator.added", "indicator.saved", "indicator.retired", "indicator.undone",
	"benefit-map.added", "benefit-map.saved", "benefit-map.reverted", "benefit-map.removed", "benefit-map.restored",
	"round.planned", "round.rescoped", "round.cancelled", "round.opened", "round.closing", "round.closed", "round.published", "job.requested",
	"person.invited", "invitation.sent-again", "invitation.revoked", "invitation.handed-over", "person.accepted",
	"person.made", "person.role-changed", "person.deactivated", "person.reactivated", "person.corrected", "person.address-changed", "person.deleted", "municipality.email-sign-in",
	"municipality.consent", "municipality.approval", "municipality.exported", "municipality.leaving", "municipality.stayed", "municipality.left",
	"account.linked", "access.requested", "access.granted", "access.declined", "access.reopened", "token.made",
	"token.revoked", "session.ended", "sign-in.link-made", "sign-in.link-used",
}

// auditFilter reads which lines somebody asks for, and whether she may read them. Who reads one municipality's lines only gets those of
// her first one unless she names another.
func auditFilter(a org.Actor, scope, kind, after string) (events.Filter, error) {
	const op = "api.audit"
	f := events.Filter{Scope: scope, Type: kind, After: store.Cursor(after)}
	if org.MayReadLog(a) {
		return f, nil
	}
	if own := auditOwn(a); f.Scope == "" && len(own) > 0 {
		f.Scope = string(own[0])
	}
	if !org.MayReadLogOf(a, org.MunicipalityID(f.Scope)) {
		return f, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	return f, nil
}

// auditOwn are the municipalities whose lines somebody may read for being theirs.
func auditOwn(a org.Actor) []org.MunicipalityID {
	var own []org.MunicipalityID
	for _, g := range a.Grants {
		if g.Municipality != "" && org.MayReadLogOf(a, g.Municipality) && !slices.Contains(own, g.Municipality) {
			own = append(own, g.Municipality)
		}
	}
	return own
}

// maySeeAudit tells whether there are lines that somebody may read.
func maySeeAudit(a org.Actor) bool { return org.MayReadLog(a) || len(auditOwn(a)) > 0 }

func (s *Server) auditPage(c *gin.Context, r *request) error {
	f, err := auditFilter(r.Actor, c.Query("scope"), c.Query("type"), c.Query("after"))
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	f.Limit = auditListed
	entries, next, err := s.History.List(ctx, f)
	if err != nil {
		return org.Fault("api.audit", "", err)
	}
	p := auditPage{Layout: s.layout(c, r, r.Text.T("audit.title")), Lead: r.Text.T("audit.lead")}
	if !org.MayReadLog(r.Actor) {
		p.Lead = r.Text.T("audit.lead.own", "place", s.placeName(f.Scope, nil))
	}
	regions, err := s.Regions.List(ctx, store.MaxMembers)
	if err != nil {
		return err
	}
	p.Places = s.auditPlaces(r, regions, f.Scope)
	p.Types = append(p.Types, auditChoice{"", r.Text.T("audit.type"), f.Type == ""})
	for _, kind := range auditTypes {
		p.Types = append(p.Types, auditChoice{kind, r.Text.T("audit.type." + kind), kind == f.Type})
	}
	if p.Lines, err = s.auditViews(ctx, r.Text, regions, entries); err != nil {
		return err
	}
	query := url.Values{}
	if c.Query("scope") != "" {
		query.Set("scope", f.Scope)
	}
	if f.Type != "" {
		query.Set("type", f.Type)
	}
	switch {
	case len(entries) > 0:
		p.CSV = address("/audit.csv", query)
	case len(query) > 0:
		p.Empty = r.Text.T("audit.empty.filter")
	default:
		p.Empty = r.Text.T("audit.empty")
	}
	if c.Query("after") != "" {
		p.Newest = address("/audit", query)
	}
	if next != "" {
		query.Set("after", string(next))
		p.Older = address("/audit", query)
	}
	return s.render(c, http.StatusOK, "audit", p)
}

// auditPlaces are the choices of whose lines to see.
func (s *Server) auditPlaces(r *request, regions []org.Region, chosen string) []auditGroup {
	choice := func(id, name string) auditChoice { return auditChoice{id, name, id == chosen} }
	if !org.MayReadLog(r.Actor) {
		own := auditGroup{}
		for _, m := range auditOwn(r.Actor) {
			own.Choices = append(own.Choices, choice(string(m), s.placeName(string(m), regions)))
		}
		if len(own.Choices) < 2 {
			return nil
		}
		return []auditGroup{own}
	}
	groups := []auditGroup{{Choices: []auditChoice{choice("", r.Text.T("audit.everything"))}}}
	for _, region := range regions {
		g := auditGroup{Name: region.Name}
		for _, m := range region.Members {
			g.Choices = append(g.Choices, choice(string(m.Municipality), s.placeName(string(m.Municipality), nil)))
		}
		org.SortByName(g.Choices, func(c auditChoice) string { return c.Label })
		g.Choices = append([]auditChoice{choice(string(region.ID), r.Text.T("audit.region", "name", region.Name))}, g.Choices...)
		groups = append(groups, g)
	}
	return groups
}

// placeName is what a municipality or a region is called, or its identity.
func (s *Server) placeName(scope string, regions []org.Region) string {
	if m, ok := s.Register.Get(org.MunicipalityID(scope)); ok {
		return m.Name
	}
	for _, region := range regions {
		if string(region.ID) == scope {
			return region.Name
		}
	}
	return scope
}

// auditViews puts lines into words. People are named as they are called now; who is gone is one for all.
func (s *Server) auditViews(ctx context.Context, t locale.Text, regions []org.Region, entries []events.Entry) ([]auditView, error) {
	names, err := s.auditNames(ctx, t, entries)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	views := make([]auditView, len(entries))
	for i, e := range entries {
		v := auditView{Seq: t.Integer(e.Seq), Machine: t.Machine(e.At), When: t.When(e.At, now), What: wordOr(t, "audit.type."+e.Type, e.Type), Place: s.placeName(e.Scope, regions)}
		if job, ok := strings.CutPrefix(e.Actor, "system:"); ok {
			v.Who = t.T("audit.system", "job", wordOr(t, "run.job."+job, job))
		} else {
			v.Who, v.ID = auditPerson(t, names, e.Actor), e.Actor
		}
		for _, f := range auditAbout(e) {
			value := f.Value
			if f.Key == "person" {
				value = auditPerson(t, names, f.Value)
			}
			v.About = append(v.About, wordOr(t, "audit.fact."+f.Key, f.Key)+": "+value)
		}
		views[i] = v
	}
	return views, nil
}

func auditPerson(t locale.Text, names names, id string) string {
	if id == "" {
		return t.T("audit.nobody")
	}
	return names.of(org.PersonID(id))
}

// auditFact is what a line is about, as text.
type auditFact struct{ Key, Value string }

// auditAbout says what a line is about: the document where it is one that readers know, and the facts that may leave the municipality.
func auditAbout(e events.Entry) []auditFact {
	var about []auditFact
	switch e.Collection {
	case "rounds":
		about = append(about, auditFact{"round", e.Document})
	case "people":
		about = append(about, auditFact{"person", e.Document})
	case "job_runs":
		job, _, _ := strings.Cut(e.Document, "/")
		about = append(about, auditFact{"job", job})
	case "assessments":
		if !slices.ContainsFunc(e.Data, func(f store.Fact) bool { return f.Key == "round" }) {
			round, _, _ := strings.Cut(e.Document, "/")
			about = append(about, auditFact{"round", round})
		}
	}
	for _, f := range e.OpenFacts() {
		about = append(about, auditFact{f.Key, events.FactValue(f)})
	}
	return about
}

// auditNames finds what the people of some lines are called now.
func (s *Server) auditNames(ctx context.Context, t locale.Text, entries []events.Entry) (names, error) {
	var ids []org.PersonID
	for _, e := range entries {
		ids = append(ids, org.PersonID(e.Actor))
		for _, f := range auditAbout(e) {
			if f.Key == "person" {
				ids = append(ids, org.PersonID(f.Value))
			}
		}
	}
	return s.names(ctx, t, ids...)
}

// auditFile answers with the lines of the page's filter as CSV, newest first. It holds ids only, no names.
func (s *Server) auditFile(c *gin.Context, r *request) error {
	f, err := auditFilter(r.Actor, c.Query("scope"), c.Query("type"), "")
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	f.Limit = 500
	entries, next, err := s.History.List(ctx, f)
	if err != nil {
		return org.Fault("api.audit", "", err)
	}
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="helhet-audit.csv"`)
	c.Status(http.StatusOK)
	table, err := events.NewCSV(c.Writer)
	for written := 0; err == nil; {
		for _, e := range entries {
			if err = table.Write(e); err != nil {
				break
			}
		}
		if written += len(entries); err != nil || next == "" || written >= auditExported {
			break
		}
		f.After = next
		entries, next, err = s.History.List(ctx, f)
	}
	if err == nil {
		err = table.Flush()
	}
	if err != nil { // the answer has begun: it can only be broken off, so that nobody takes it for whole
		s.Log.Warn("audit export broken off", "request", r.Trace, "cause", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}
