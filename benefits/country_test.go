package benefits

import (
	"fmt"
	"math/big"
	"testing"

	"helhet/internal/store"
	"helhet/org"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// planned is what a measured benefit adds to a ledger.
func planned(id ID, plan, realised Number) Contribution {
	return Contribution{Benefit: id, Change: 1, Indicator: "driving-hours", Planned: plan, Realised: realised, Low: realised, High: realised}
}

// A region whose sum is withheld is not in the country's, so that it isn't the country less the others, and neither are one or two municipalities in no region.
func TestTheCountryLessARegionTellsNoMunicipality(t *testing.T) {
	for _, inRegion := range []bool{true, false} {
		for more := 1; more <= 4; more++ {
			w := newWorld(t)
			large, rest := theRegion("larvik", "tokke", "porsgrunn", "skien", "sandefjord"), org.Region{ID: "agder", Name: "Agder"}
			for n := range more {
				rest.Members = append(rest.Members, org.Member{Municipality: org.MunicipalityID(fmt.Sprint("agder-", n))})
			}
			if err := w.regions.Create(w.ctx(), large); err != nil {
				t.Fatal(err)
			}
			if inRegion {
				if err := w.regions.Create(w.ctx(), rest); err != nil {
					t.Fatal(err)
				}
			}
			for _, m := range append(large.Members[:5:5], rest.Members...) {
				must(w.ledgers.Insert(w.ctx(), string(m.Municipality), Ledger{[]Contribution{planned("b-1", "20", "10")}}))(t)
			}
			check := func(who string, actor org.Actor, municipalities int) {
				t.Helper()
				got := must(w.NationalTotals(w.ctx(), actor))(t)
				want := fmt.Sprint(municipalities, 20*municipalities, 10*municipalities)
				if len(got) != 1 || fmt.Sprint(got[0].Planned.Municipalities, got[0].Plan, got[0].Realised) != want || fmt.Sprint(got[0].Measured.Municipalities, got[0].Awaited, got[0].High) != want {
					t.Errorf("5 and %d, %s sees %+v, want %s", more, who, got, want)
				}
			}
			all := map[bool]int{false: 5, true: 5 + more}
			check("who is of the large one", coordinator(), all[more >= 3])
			check("who is of the other", org.Actor{Person: "p", Grants: []org.Grant{{Role: org.Coordinator, Municipality: "agder-0", Region: "agder"}}}, all[more >= 4])
			check("who reads every region", org.Actor{Person: "p", Grants: []org.Grant{{Role: org.NationalReader}}}, all[more >= 3])
		}
	}
}

// The late and the alike of the country are of what is counted.
func TestTheCountryDoubtsOnlyWhatItCounts(t *testing.T) {
	sum := func(municipalities, late int) Sum {
		b := Behind{Benefits: municipalities, Municipalities: municipalities}
		l := Behind{Benefits: late, Municipalities: late}
		return Sum{Planned: b, Measured: b, Figures: b, Late: l, LateMeasured: l, Alike: l, AlikePlanned: l, AlikeMeasured: l}
	}
	for _, c := range []struct {
		groups    []Sum
		any, show bool
	}{
		{[]Sum{sum(5, 0), sum(2, 2)}, false, false},
		{[]Sum{sum(5, 1), sum(5, 0)}, true, false},
		{[]Sum{sum(5, 3), sum(5, 0)}, true, true},
		{[]Sum{sum(5, 3), sum(5, 1)}, true, false}, // the country's less the first region's would be of one
	} {
		got := across("driving-hours", c.groups)
		if got.AnyLate != c.any || got.AnyAlike != c.any || got.ShowLate != c.show || got.ShowAlike != c.show || (got.Late != Behind{}) != c.show || (got.Alike != Behind{}) != c.show {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

// A late baseline, or a twin, among one or two that wait is not told of by a sum of those measured, and one among few that are measured not by a plan.
func TestADoubtIsOnlyOfWhatIsShown(t *testing.T) {
	actor := org.Actor{Person: "p", Grants: []org.Grant{{Role: org.NationalReader}}}
	for name, c := range map[string]struct {
		waits, measured     bool // late among those
		waiting             int
		any, plan, realised bool
	}{
		"one that waits is late": {true, false, 1, false, false, true},
		"one measured is late":   {false, true, 1, true, false, true},
		"of three that wait":     {true, false, 3, true, true, true},
	} {
		s := &Service{Options: Options{Indicators: must(LoadIndicators())(t)}}
		var docs []store.Doc[Ledger]
		for n := range 3 + c.waiting {
			x := planned("b-1", "20", "10")
			x.Late = c.measured
			if n >= 3 {
				x.Realised, x.Low, x.High, x.Late = "", "", "", c.waits
			}
			docs = append(docs, store.Doc[Ledger]{ID: fmt.Sprint("m-", n), Value: Ledger{[]Contribution{x}}})
		}
		got := s.together(actor, docs)[0]
		if got.AnyLate != c.any || got.ShowPlan != c.plan || got.ShowRealised != c.realised {
			t.Errorf("%s: %+v", name, got)
		}
	}
	three, one := Behind{Benefits: 3, Municipalities: 3}, Behind{Benefits: 1, Municipalities: 1}
	four := three.plus(one)
	for name, c := range map[string]struct {
		sum Sum
		any bool
	}{
		"a twin that waits, and what is measured is shown": {Sum{Planned: four, Measured: three, Figures: three, Waiting: one, Alike: one, AlikePlanned: one}, false},
		"a twin that is measured":                          {Sum{Planned: four, Measured: three, Figures: three, Waiting: one, Alike: one, AlikePlanned: one, AlikeMeasured: one}, true},
		"an effect alike, and the plan is shown":           {Sum{Planned: three, Waiting: three, Unplanned: one, Figures: one, Alike: one, AlikeMeasured: one}, false},
	} {
		if got := shown("driving-hours", c.sum); got.AnyAlike != c.any || (!got.ShowPlan && !got.ShowRealised) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Whatever regions there are, and whoever reads, no sum of the country less any of the regions' is of one or two municipalities that aren't hers. Each municipality adds
// a digit of its own, so that a difference says whom it is of.
func TestNoSumLessOthersIsOfOneOrTwoMunicipalities(t *testing.T) {
	const base = 1000 // no digit comes so far
	indicators := must(LoadIndicators())(t)
	rapid.Check(t, func(t *rapid.T) {
		s := &Service{Options: Options{Indicators: indicators}}
		var regions []org.Region
		var docs []store.Doc[Ledger]
		digit := func(n int) Number {
			return Number(new(big.Int).Exp(big.NewInt(base), big.NewInt(int64(n)), nil).String())
		}
		grouped := map[int][]store.Doc[Ledger]{} // by region
		count := rapid.IntRange(1, 3).Draw(t, "regions")
		for r := range count + 1 { // the last is of those in none
			region := org.Region{ID: org.RegionID(fmt.Sprint("r-", r))}
			for range rapid.IntRange(0, 6).Draw(t, "members") {
				n := len(docs)
				var l Ledger
				if kind := rapid.IntRange(0, 3).Draw(t, "plan"); kind > 0 {
					c := planned("b-1", digit(n), digit(n))
					if kind == 1 {
						c.Realised, c.Low, c.High = "", "", ""
					}
					l.take(c)
				}
				if rapid.IntRange(0, 2).Draw(t, "unexpected") == 0 {
					c := planned("b-2", "", digit(n))
					c.Unplanned = true
					l.take(c)
				}
				doc := store.Doc[Ledger]{ID: fmt.Sprintf("m-%02d", n), Revision: "1", Value: l}
				docs, grouped[r] = append(docs, doc), append(grouped[r], doc)
				region.Members = append(region.Members, org.Member{Municipality: org.MunicipalityID(doc.ID)})
			}
			if r < count {
				regions = append(regions, region)
			}
		}
		own := rapid.IntRange(-1, len(docs)-1).Draw(t, "own")
		actor := org.Actor{Person: "p", Grants: []org.Grant{{Role: org.Coordinator, Municipality: org.MunicipalityID(fmt.Sprintf("m-%02d", own))}}}
		amounts := func(all []Total) [4]*big.Int { // plan, awaited, realised, apart; nil is withheld
			var x [4]*big.Int
			for _, total := range all {
				for i, part := range []struct {
					show bool
					n    decimal.Decimal
				}{{total.ShowPlan, total.Plan}, {total.ShowAwaited, total.Awaited}, {total.ShowRealised, total.Realised}, {total.ShowApart, total.Apart}} {
					if part.show {
						x[i] = part.n.BigInt()
					} else if !part.n.IsZero() {
						t.Fatalf("withheld is %s", part.n)
					}
				}
			}
			return x
		}
		country := amounts(s.country(actor, regions, docs))
		var told [][4]*big.Int
		for r := range count {
			told = append(told, amounts(s.together(actor, grouped[r])))
		}
		// of counts the municipalities, other than the reader's, that a difference has something of.
		of := func(x *big.Int) int {
			n, rest, half, b := 0, new(big.Int).Set(x), big.NewInt(base/2), big.NewInt(base)
			for i := 0; rest.Sign() != 0; i++ {
				d := new(big.Int).Mod(rest, b)
				if d.Cmp(half) > 0 {
					d.Sub(d, b)
				}
				if d.Sign() != 0 && i != own {
					n++
				}
				rest.Sub(rest, d).Quo(rest, b)
			}
			return n
		}
		less := func(x *big.Int, kind int, without uint) *big.Int {
			if x == nil {
				return nil
			}
			left := new(big.Int).Set(x)
			for r := range told {
				if without&(1<<r) != 0 && told[r][kind] != nil {
					left.Sub(left, told[r][kind])
				}
			}
			return left
		}
		check := func(what string, x *big.Int) {
			if n := of(x); n == 1 || n == 2 {
				t.Fatalf("%s is of %d municipalities: %s", what, n, x)
			}
		}
		subsets := uint(1) << count
		for kind := range 4 {
			for without := range subsets {
				if left := less(country[kind], kind, without); left != nil {
					check(fmt.Sprintf("kind %d less the regions %b", kind, without), left)
				}
			}
		}
		for _, pair := range [][2]int{{0, 1}, {2, 3}} { // plans of those that wait, and what came of plans
			for a := range subsets {
				for b := range subsets {
					whole, part := less(country[pair[0]], pair[0], a), less(country[pair[1]], pair[1], b)
					if whole != nil && part != nil {
						check(fmt.Sprintf("kind %d less %d, less the regions %b and %b", pair[0], pair[1], a, b), new(big.Int).Sub(whole, part))
					}
				}
			}
		}
	})
}

// Two readers of different municipalities may be shown different sums. What they learn by putting them side by side is never of a single municipality that is neither's.
func TestTwoReadersWhoCompareLearnOfNoSingleMunicipality(t *testing.T) {
	indicators := must(LoadIndicators())(t)
	rapid.Check(t, func(t *rapid.T) {
		s := &Service{Options: Options{Indicators: indicators}}
		var regions []org.Region
		var docs []store.Doc[Ledger]
		grouped := map[int][]store.Doc[Ledger]{}
		for r := range 2 {
			region := org.Region{ID: org.RegionID(fmt.Sprint("r-", r))}
			for range rapid.IntRange(0, 6).Draw(t, "members") {
				n := len(docs)
				of := plain(decimal.New(1, int32(3*n))) // a digit of its own, so that a difference says whom it is of
				var l Ledger
				switch rapid.IntRange(0, 3).Draw(t, "plan") {
				case 1:
					l.take(Contribution{Benefit: "b-1", Change: 1, Indicator: "driving-hours", Planned: of})
				case 2, 3:
					l.take(planned("b-1", of, of))
				}
				if rapid.IntRange(0, 2).Draw(t, "unexpected") == 0 {
					c := planned("b-2", "", of)
					c.Unplanned = true
					l.take(c)
				}
				doc := store.Doc[Ledger]{ID: fmt.Sprintf("m-%02d", n), Revision: "1", Value: l}
				docs, grouped[r] = append(docs, doc), append(grouped[r], doc)
				region.Members = append(region.Members, org.Member{Municipality: org.MunicipalityID(doc.ID)})
			}
			regions = append(regions, region)
		}
		// seen is what one reader is shown of a group or the country: plan, awaited, realised and apart, nil where it is withheld.
		seen := func(all []Total) (x [4]*big.Int) {
			for _, total := range all {
				for i, part := range []struct {
					show bool
					n    decimal.Decimal
				}{{total.ShowPlan, total.Plan}, {total.ShowAwaited, total.Awaited}, {total.ShowRealised, total.Realised}, {total.ShowApart, total.Apart}} {
					if part.show {
						x[i] = part.n.BigInt()
					}
				}
			}
			return x
		}
		reader := func(own int) (sums [][4]*big.Int) {
			actor := org.Actor{Person: "p", Grants: []org.Grant{{Role: org.Coordinator, Municipality: org.MunicipalityID(fmt.Sprintf("m-%02d", own))}}}
			for r := range regions {
				sums = append(sums, seen(s.together(actor, grouped[r])))
			}
			return append(sums, seen(s.country(actor, regions, docs)))
		}
		one, other := rapid.IntRange(-1, len(docs)-1).Draw(t, "one"), rapid.IntRange(-1, len(docs)-1).Draw(t, "other")
		hers, theirs := reader(one), reader(other)
		for place := range hers {
			for _, kinds := range [][2]int{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 2}, {2, 3}, {3, 2}, {3, 3}} {
				x, y := hers[place][kinds[0]], theirs[place][kinds[1]]
				if x == nil || y == nil {
					continue
				}
				n, rest, half, base := 0, new(big.Int).Sub(x, y), big.NewInt(500), big.NewInt(1000)
				for i := 0; rest.Sign() != 0; i++ {
					d := new(big.Int).Mod(rest, base)
					if d.Cmp(half) > 0 {
						d.Sub(d, base)
					}
					if d.Sign() != 0 && i != one && i != other {
						n++
					}
					rest.Sub(rest, d).Quo(rest, base)
				}
				if n == 1 {
					t.Fatalf("place %d: kind %d of %d's less kind %d of %d's is of one municipality", place, kinds[0], one, kinds[1], other)
				}
			}
		}
	})
}

// A region that has a municipality in common with another is not counted too: what both have would be the two less the country.
func TestRegionsThatOverlapAreNotBothInTheCountry(t *testing.T) {
	s := &Service{Options: Options{Indicators: must(LoadIndicators())(t)}}
	var docs []store.Doc[Ledger]
	for _, m := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		docs = append(docs, store.Doc[Ledger]{ID: m, Value: Ledger{[]Contribution{planned("b-1", "20", "10")}}})
	}
	regions := []org.Region{theRegion("a", "b", "c", "d"), theRegion("d", "e", "f", "g")}
	if got := s.country(org.Actor{}, regions, docs); len(got) != 1 || got[0].Planned.Municipalities != 4 || got[0].Plan.String() != "80" {
		t.Errorf("the country's are %+v", got)
	}
}
