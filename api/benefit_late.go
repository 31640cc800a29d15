package api

import (
	"context"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/org"
)

// lateView is the benefits that should have been measured by now, for whoever owns them and for those who follow up all of them.
type lateView struct {
	Title    string
	Benefits []lateBenefit
	More     int
	All      string // address of the list
}

type lateBenefit struct {
	Href, Title string
	Days        string // how long it has waited
	Owner       string // "" where all are hers
	Measure     string // address of the form, "" for who may not
}

// lateView lists what is overdue in a municipality, what has waited longest first; nil where nothing is.
func (s *Server) lateView(ctx context.Context, r *request, m org.MunicipalityID) (*lateView, error) {
	if !org.MayReadBenefits(r.Actor, m) {
		return nil, nil
	}
	today, everybody := assessment.DayOf(s.Now()), org.MayFollowUpBenefits(r.Actor, m)
	all, err := s.Benefits.Late(ctx, r.Actor, m, !everybody, today, benefits.MaxBenefits)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	v := &lateView{Title: r.Text.T("home.late.mine"), All: "/benefits?shelf=late&whose=mine", More: max(0, len(all)-openListed)}
	if everybody {
		v.Title, v.All = r.Text.T("home.late"), "/benefits?shelf=late"
	}
	all = all[:min(len(all), openListed)]
	var owners []org.PersonID
	for _, b := range all {
		owners = append(owners, b.Owner)
	}
	names, err := s.names(ctx, r.Text, owners...)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		x := lateBenefit{Href: benefitPath(b.ID), Title: b.Title, Days: r.Text.T("benefit.late", "n", b.Overdue(today))}
		if everybody {
			x.Owner = r.Text.T("benefit.owner.none")
			if b.Owner != "" {
				x.Owner = names.of(b.Owner)
			}
		}
		if org.MayEditBenefit(r.Actor, b.Municipality, b.Owner) {
			x.Measure = measurePath(b)
		}
		v.Benefits = append(v.Benefits, x)
	}
	return v, nil
}

// measurePath leads to where what is due is written: a measurement, or the baseline, which is a field of the benefit.
func measurePath(b benefits.Benefit) string {
	if b.Baseline.Value == "" {
		return benefitPath(b.ID) + "?edit=figures#figures"
	}
	return measurementPath(b.ID, "new")
}
