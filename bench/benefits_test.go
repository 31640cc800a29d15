package main

import (
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/store/sqlite/sqlitetest"
	"helhet/org"
)

// TestFillBenefits: each benefit is being measured, as often as asked, and is in its region's and the country's sums.
func TestFillBenefits(t *testing.T) {
	dir := t.TempDir()
	f, err := fillBenefits(t.Context(), dir, gainSize{11, 5, 3, 2})
	if err != nil {
		t.Fatal(err)
	}
	if f.reader == "" || f.measurer == "" || len(f.titles) != 3 {
		t.Errorf("who asks has %q and %q, of %q", f.reader, f.measurer, f.titles)
	}
	db := sqlitetest.Open(t, dir)
	catalogues, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	indicators, err := benefits.LoadIndicators()
	if err != nil {
		t.Fatal(err)
	}
	service := benefits.New(db, benefits.Options{Catalogues: catalogues, Indicators: indicators, People: org.NewPeople(db), Regions: org.NewRegions(db), Now: time.Now})
	reader := org.Actor{Person: "p-reader", Grants: []org.Grant{{Role: org.Leader, Municipality: f.member, Region: region}}}
	totals, err := service.NationalTotals(t.Context(), reader)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, x := range totals {
		n += x.Measured.Benefits
	}
	if n != 11 {
		t.Errorf("%d of 11 are measured", n)
	}
	all, err := service.All(t.Context(), reader, f.member)
	if err != nil || len(all) != 3 || len(all[0].Figures) != 2 {
		t.Errorf("%d benefits, %v", len(all), err)
	}
}
