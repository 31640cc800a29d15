package api

import (
	"context"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/org"
)

// lateView is benefits that wait for something, for whoever owns them and for those who follow up all of them.
type lateView struct {
	ID, Title string
	Act       string // what is to be done
	Benefits  []lateBenefit
	All       string // address of the list
	See       string // what leads there
}

type lateBenefit struct {
	Href, Title string
	About       string // how long it has waited, or how far it is from its plan
	Owner       string // "" where all are hers
	Doubts      []string
	Act         string // address of the form, "" for who may not
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
	v := &lateView{ID: "late", Title: r.Text.T("home.late.mine"), Act: r.Text.T("home.late.measure"), All: "/benefits?shelf=late&whose=mine"}
	if everybody {
		v.Title, v.All = r.Text.T("home.late"), "/benefits?shelf=late"
	}
	err = s.listed(ctx, r, v, all, everybody, func(b benefits.Benefit) (about, act string) {
		return r.Text.T("benefit.late", "n", b.Overdue(today)), measurePath(b)
	})
	return v, err
}

// listed puts the first of some benefits into a view, with what about says of each: what it waits for, and where that is done.
func (s *Server) listed(ctx context.Context, r *request, v *lateView, all []benefits.Benefit, everybody bool, about func(benefits.Benefit) (about, act string)) error {
	v.See = r.Text.T("home.late.all")
	if more := len(all) - openListed; more > 0 {
		v.See, all = r.Text.T("home.late.more", "n", more), all[:openListed]
	}
	var owners []org.PersonID
	for _, b := range all {
		owners = append(owners, b.Owner)
	}
	names, err := s.names(ctx, r.Text, owners...)
	if err != nil {
		return err
	}
	among, err := s.Benefits.Belonging(ctx, r.Actor, all[0].Municipality)
	if err != nil {
		return err
	}
	for _, b := range all {
		x := lateBenefit{Href: benefitPath(b.ID), Title: b.Title, Doubts: doubtsOf(r.Text, b, among)}
		if x.About, x.Act = about(b); !org.MayEditBenefit(r.Actor, b.Municipality, b.Owner) {
			x.Act = ""
		}
		if everybody {
			x.Owner = r.Text.T("benefit.owner.none")
			if b.Owner != "" {
				x.Owner = names.of(b.Owner)
			}
		}
		v.Benefits = append(v.Benefits, x)
	}
	return nil
}

// measurePath leads to where what is due is written: a measurement, or the baseline, which is a field of the benefit.
func measurePath(b benefits.Benefit) string {
	if b.Baseline.Value == "" {
		return benefitPath(b.ID) + "?edit=figures#figures"
	}
	return measurementPath(b.ID, "new")
}
