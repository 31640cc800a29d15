package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"
	"helhet/reports"

	"github.com/gin-gonic/gin"
)

// benefitsPage lists the benefits of the reader's municipality.
type benefitsPage struct {
	Layout
	Place     string
	MayAdd    bool
	Statuses  []choiceView
	Whose     []choiceView
	Shelves   []choiceView
	Shown     string // what the filter lets through, in words
	Filtered  bool
	Benefits  []benefitCard
	Bring     string // address of bringing measurements, "" for who may not
	Files     []fileGroup
	FilesHelp string
	Effects   *effectsView // unexpected effects, nil where the list is of something else
	Older     string       // address of what follows
	Newest    string       // address of the first page, on the others
}

// effectsView is what nobody had planned, in a section of its own.
type effectsView struct {
	List   []benefitCard
	MayAdd bool
	All    string // address of the rest, "" where all are listed
}

// effectsListed is how many unexpected effects stand below the benefits; the rest has a list of its own.
const effectsListed = 6

type benefitCard struct {
	Href, Title, Type string
	Status, Kind      string // in words, and of the tag
	Owner, OwnerLabel string
	Baseline, Target  string     // with unit and day
	Size              string     // of an unexpected effect
	Twins             []homeLink // others that may count the same
	Alike             string     // what stands before them
	Warnings          []string
	Marks             []string // removed, so many days late
}

const benefitsListed = 30

// benefitKind is the look of a status.
func benefitKind(s benefits.Status) string {
	switch s {
	case benefits.Planned:
		return "waiting"
	case benefits.Measuring:
		return "open"
	case benefits.Reached, benefits.HandedOver:
		return "done"
	case benefits.Partly, benefits.Not:
		return "warning"
	}
	return "neutral"
}

// statusOf is how far a benefit has come, in words and as a tag; of an effect that nobody had planned, which way it goes.
func statusOf(t locale.Text, b benefits.Benefit) (said, kind string) {
	switch {
	case !b.Unexpected():
		return t.Within("benefit.status", b.Status), benefitKind(b.Status)
	case b.Effect.Sign == benefits.Worse:
		return t.T("effect.tag.worse"), "warning"
	}
	return t.T("effect.tag.better"), "done"
}

// figureShown is a measurement's figure; of an unexpected effect with the way it goes.
func figureShown(t locale.Text, b benefits.Benefit, f benefits.Figure) string {
	said := amount(t, b.Unit, f.Value)
	if b.Unexpected() && said != "" {
		return t.Within("effect.size", b.Effect.Sign, "amount", said)
	}
	return said
}

// labelled puts what a value is before it, "" where there is none.
func labelled(t locale.Text, label, value string) string {
	if value == "" {
		return ""
	}
	return t.T("benefit.fault", "field", t.T(label), "text", value)
}

// cardsOf are benefits as a list shows them.
func (s *Server) cardsOf(ctx context.Context, r *request, m org.MunicipalityID, all []benefits.Benefit) ([]benefitCard, error) {
	t := r.Text
	var owners []org.PersonID
	var shared []benefits.IndicatorKey
	for _, b := range all {
		owners, shared = append(owners, b.Owner), append(shared, b.Shared)
	}
	others, err := s.Benefits.OnIndicators(ctx, r.Actor, m, shared)
	if err != nil {
		return nil, err
	}
	names, err := s.ownersNamed(ctx, t, m, owners...)
	if err != nil {
		return nil, err
	}
	var cards []benefitCard
	for _, b := range all {
		card := benefitCard{
			Href: benefitPath(b.ID), Title: b.Title, Type: t.Within("benefit.type", b.Type), Owner: names.of(b.Owner), OwnerLabel: t.T("benefit.field.owner"),
			Baseline: labelled(t, "benefit.baseline", amountOn(t, b.Unit, b.Baseline.Value, b.Baseline.Date)), Target: labelled(t, "benefit.target", amountOn(t, b.Unit, b.Target.Value, b.Target.Date)), Warnings: append(warningsOf(t, b, s.Now()), deviationsOf(t, b)...), Marks: s.marksOf(t, b),
			Twins: twinsOf(b, others), Alike: t.T("related.alike"),
		}
		if b.Owner == "" {
			card.Owner = t.T("benefit.owner.none")
		}
		card.Status, card.Kind = statusOf(t, b)
		if last, ok := b.Latest(); ok && b.Unexpected() {
			card.Size = t.T("benefit.amount-on", "amount", figureShown(t, b, last), "date", t.ShortDate(last.To.Time()))
		}
		cards = append(cards, card)
	}
	return cards, nil
}

func (s *Server) benefitsPage(c *gin.Context, r *request) error {
	ctx, t, m := c.Request.Context(), r.Text, r.Actor.Municipality()
	status, mine := benefits.Status(c.Query("status")), c.Query("whose") == "mine"
	if !slices.Contains(benefits.Statuses, status) {
		status = ""
	}
	f := benefits.Filter{Municipality: m, Status: status, Limit: benefitsListed, After: store.Cursor(c.Query("after"))}
	if mine {
		f.Owner = r.Actor.Person
	}
	shelf := c.Query("shelf")
	all, next, err := s.shelved(ctx, r, shelf, f)
	if err != nil {
		return err
	}
	p := benefitsPage{Layout: s.layout(c, r, t.T("benefits.title")), Place: s.municipalityName(t, m), MayAdd: org.MayAddBenefits(r.Actor, m), Filtered: status != "" || mine || shelf != ""}
	p.Statuses = []choiceView{{"", t.T("benefits.status.all"), status == ""}}
	for _, x := range benefits.Statuses {
		p.Statuses = append(p.Statuses, choiceView{string(x), t.Within("benefit.status", x), x == status})
	}
	p.Whose = []choiceView{{"", t.T("benefits.whose.all"), !mine}, {"mine", t.T("benefits.whose.mine"), mine}}
	for _, x := range benefitShelves {
		p.Shelves = append(p.Shelves, choiceView{x, t.Within("benefits.shelf", x), x == shelf || x == benefitShelves[0] && shelf == ""})
	}
	p.Shown = chosenLabel(p.Shelves)
	if status != "" {
		p.Shown += " · " + chosenLabel(p.Statuses)
	}
	if mine {
		p.Shown += " · " + chosenLabel(p.Whose)
	}
	if p.Benefits, err = s.cardsOf(ctx, r, m, all); err != nil {
		return err
	}
	if !p.Filtered && c.Query("after") == "" {
		effects, more, err := s.Benefits.List(ctx, r.Actor, benefits.Filter{Municipality: m, Shelf: benefits.Unexpected, Limit: effectsListed})
		if err != nil {
			return err
		}
		p.Effects = &effectsView{MayAdd: p.MayAdd}
		if p.Effects.List, err = s.cardsOf(ctx, r, m, effects); err != nil {
			return err
		}
		if more != "" {
			p.Effects.All = "/benefits?shelf=unexpected"
		}
	}
	chosen := func(after string) string {
		q := url.Values{}
		for name, value := range map[string]string{"status": string(status), "whose": c.Query("whose"), "shelf": shelf, "after": after} {
			if value != "" {
				q.Set(name, value)
			}
		}
		return address("/benefits", q)
	}
	if next != "" {
		p.Older = chosen(string(next))
	}
	if len(all) > 0 || p.Filtered {
		p.Files, p.FilesHelp = recordFiles(t), t.T("batch.export.help", "min", benefits.FewPeople)
		if org.MayBringMeasurements(r.Actor, m) {
			p.Bring = batchPath
		}
	}
	if c.Query("after") != "" {
		p.Newest = chosen("")
	}
	return s.render(c, http.StatusOK, "benefits", p)
}

// benefitShelves are what the list can show: what stands, what nobody had planned, what should have been measured by now, what deviates without an explanation, what was removed.
var benefitShelves = []string{string(benefits.Standing), string(benefits.Unexpected), shelfLate, shelfUnexplained, string(benefits.Removed)}

const (
	shelfLate        = string(benefits.Waits)
	shelfUnexplained = string(benefits.WaitsOnWhy)
)

// shelved reads what the list shows. What is late or unexplained comes with what has waited longest first, and is one page.
func (s *Server) shelved(ctx context.Context, r *request, shelf string, f benefits.Filter) ([]benefits.Benefit, store.Cursor, error) {
	var all []benefits.Benefit
	var err error
	switch shelf {
	case shelfLate:
		all, err = s.Benefits.Late(ctx, r.Actor, f.Municipality, f.Owner != "", assessment.DayOf(s.Now()), benefits.MaxBenefits)
	case shelfUnexplained:
		all, err = s.Benefits.Unexplained(ctx, r.Actor, f.Municipality, f.Owner != "", benefits.MaxBenefits)
	default:
		if slices.Contains(benefits.Shelves, benefits.Shelf(shelf)) {
			f.Shelf = benefits.Shelf(shelf)
		}
		return s.Benefits.List(ctx, r.Actor, f)
	}
	return slices.DeleteFunc(all, func(b benefits.Benefit) bool { return f.Status != "" && b.Status != f.Status }), "", err
}

// marksOf says where a benefit stands beside its status.
func (s *Server) marksOf(t locale.Text, b benefits.Benefit) []string {
	var all []string
	if !b.Removed.IsZero() {
		all = append(all, t.T("benefit.mark.removed", "date", t.ShortDate(b.Removed.Add(benefits.Kept))))
	}
	if b.PartOf != "" {
		all = append(all, t.T("related.mark"))
	}
	if days := b.Overdue(assessment.DayOf(s.Now())); days > 0 {
		all = append(all, t.T("benefit.late", "n", days))
	}
	return all
}

func benefitPath(id benefits.ID) string { return "/benefits/" + url.PathEscape(string(id)) }

func warningsOf(t locale.Text, b benefits.Benefit, now time.Time) []string {
	var all []string
	for _, w := range b.Warnings() {
		all = append(all, t.Within("benefit.warning", w))
	}
	if b.Stale(assessment.DayOf(now)) {
		all = append(all, t.T("measurement.stale", "date", dayShown(t, b.Due())))
	}
	return all
}

// deviationsOf says how far a benefit is from its plan, and whether that is explained.
func deviationsOf(t locale.Text, b benefits.Benefit) []string {
	d, ok := b.Deviation()
	switch {
	case !ok:
		return nil
	case d.Explained:
		return []string{deviationSays(t, d) + " " + t.T("deviation.explained")}
	}
	return []string{deviationSays(t, d) + " " + t.T("deviation.unexplained")}
}

func decimalText(t locale.Text, n benefits.Number) string { return reports.Decimal(t, n) }

// point is what stands before a number's decimals.
func point(t locale.Text) string { return reports.Point(t) }

// amount writes a value with its unit, "" when there is none.
func amount(t locale.Text, u benefits.Unit, n benefits.Number) string { return reports.Amount(t, u, n) }

// amountOn adds the day.
func amountOn(t locale.Text, u benefits.Unit, n benefits.Number, d benefits.Day) string {
	a := amount(t, u, n)
	if a == "" || d.Time().IsZero() {
		return a
	}
	return t.T("benefit.amount-on", "amount", a, "date", t.ShortDate(d.Time()))
}

// owners offers everybody who may own a benefit of a municipality, and whoever does now.
func (s *Server) owners(ctx context.Context, t locale.Text, m org.MunicipalityID, now org.PersonID) ([]choiceView, error) {
	var all []choiceView
	known := now == ""
	people, err := s.peopleIn(ctx, m, org.MayOwnBenefit)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		label := p.Name
		for _, g := range p.Grants {
			if g.Municipality == m {
				label = t.T("people.role-in", "role", p.Name, "place", t.T("role."+string(g.Role)))
				break
			}
		}
		known = known || p.ID == now
		all = append(all, choiceView{string(p.ID), label, p.ID == now})
	}
	if !known { // her access has ended; she is the owner until it is another's
		names, err := s.names(ctx, t, now)
		if err != nil {
			return nil, err
		}
		all = append(all, choiceView{string(now), t.T("benefit.owner.left", "name", names.of(now)), true})
	}
	return append([]choiceView{{"", t.T("benefit.owner.none"), now == ""}}, all...), nil
}

// giveBenefit takes the form by which an owner hands her benefit over.
func (s *Server) giveBenefit(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	id := benefits.ID(c.Param("benefit"))
	_, err := s.Benefits.Give(c.Request.Context(), r.Actor, benefits.Give{ID: id, Owner: org.PersonID(c.PostForm("owner")), Tag: c.PostForm("tag"), Edit: editOf(c)})
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, benefitPath(id)+"?saved=yes")
		return nil
	case fault.Invalid, fault.Stale:
		f := faultOf(err)
		return s.showBenefit(c, r, statuses[f.Code], benefitFaults{owner: f})
	}
	return err
}

func dayShown(t locale.Text, d benefits.Day) string {
	if at := d.Time(); !at.IsZero() {
		return t.Date(at)
	}
	return string(d)
}

func savedBy(t locale.Text, name string, at, now time.Time) string {
	return t.T("benefit.saved-by", "name", name, "time", t.When(at, now))
}
