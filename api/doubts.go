package api

import (
	"context"
	"slices"

	"helhet/benefits"
	"helhet/internal/locale"
)

// doubtsOf are what is known of a benefit that makes its figures doubtful, or less than they seem, in few words: for wherever it is shown among others. Its own page and the list say it in
// full ([warningsOf]).
func doubtsOf(t locale.Text, b benefits.Benefit, among benefits.Belonging) []string {
	var all []string
	for _, w := range b.Warnings() {
		all = append(all, t.Within("benefit.mark", w))
	}
	if len(among.Twins(b.ID)) > 0 {
		all = append(all, t.T("related.mark.alike"))
	}
	if b.PartOf != "" {
		all = append(all, t.T("related.mark"))
	}
	return all
}

// twinsSaid says in full that a benefit may be counted twice, "" where it may not.
func (s *Server) twinsSaid(ctx context.Context, r *request, b benefits.Benefit) ([]string, error) {
	among, err := s.Benefits.Belonging(ctx, r.Actor, b.Municipality)
	if n := len(among.Twins(b.ID)); err == nil && n > 0 {
		return []string{r.Text.T("related.alike.n", "n", n)}, nil
	}
	return nil, err
}

// doubtsIn say what makes sums doubtful: of how many benefits, where that may be told of each sum that has some, else that there are some.
func doubtsIn(t locale.Text, totals ...benefits.Total) []string {
	late, alike := newDoubts()
	for _, x := range totals {
		late.add(x.AnyLate, x.ShowLate, x.Late.Benefits)
		alike.add(x.AnyAlike, x.ShowAlike, x.Alike.Benefits)
	}
	return append(late.said(t), alike.said(t)...)
}

// marksIn say the same in few words, where there is room for no more.
func marksIn(t locale.Text, totals ...benefits.Total) []string {
	var all []string
	if slices.ContainsFunc(totals, func(x benefits.Total) bool { return x.AnyLate }) {
		all = append(all, t.Within("benefit.mark", benefits.BaselineLate))
	}
	if slices.ContainsFunc(totals, func(x benefits.Total) bool { return x.AnyAlike }) {
		all = append(all, t.T("related.mark.alike"))
	}
	return all
}

// doubt is something that makes sums doubtful, and how many benefits it is of.
type doubt struct {
	key, some   string // what says how many, and what says that there are some
	any, hidden bool
	n           int
}

func newDoubts() (late, alike doubt) {
	return doubt{key: "totals.late", some: "totals.late.some"}, doubt{key: "totals.alike", some: "totals.alike.some"}
}

func (d *doubt) add(any, shown bool, n int) {
	if any {
		d.any, d.hidden, d.n = true, d.hidden || !shown, d.n+n
	}
}

func (d doubt) said(t locale.Text) []string {
	switch {
	case !d.any:
		return nil
	case d.hidden:
		return []string{t.T(d.some)}
	}
	return []string{t.T(d.key, "n", d.n)}
}

// counted says the same of benefits of the reader's own municipality.
func doubtsOver(t locale.Text, late, alike int) []string {
	l, a := newDoubts()
	l.add(late > 0, true, late)
	a.add(alike > 0, true, alike)
	return append(l.said(t), a.said(t)...)
}
