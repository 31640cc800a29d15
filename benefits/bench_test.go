package benefits

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"helhet/internal/store"
	"helhet/org"
)

// BenchmarkTotals is what sums cost over 5,000 benefits of 357 municipalities, on the embedded engine: with 4 and with 40 measurements of each, for 50 readers
// at once, one after the other, and when the ledgers have just been opened.
func BenchmarkTotals(b *testing.B) {
	const municipalities, benefits = 357, 5000
	for _, measurements := range []int{4, 40} {
		w := newWorld(b)
		var members []org.MunicipalityID
		for n := range municipalities {
			members = append(members, org.MunicipalityID(fmt.Sprintf("m-%03d", n)))
		}
		var docs []store.Item[Benefit]
		for n := range benefits {
			one := Benefit{Municipality: members[n%municipalities], Data: shared(Number(fmt.Sprint(40+n%7)), Number(fmt.Sprint(20+n%5))), MadeAt: start, At: start, Change: measurements + 1}
			one.Shared, one.Status = []IndicatorKey{"driving-hours", "documentation-hours", "phone-hours"}[n%3], Measuring
			for day := range measurements {
				one.Figures = append(one.Figures, Figure{ID: MeasurementID(fmt.Sprintf("m-%d-%d", n, day)), Version: 1,
					Figures: Figures{To: Day(start.AddDate(0, 0, day-60).Format(time.DateOnly)), Value: Number(fmt.Sprint(25 + day%10)), Low: "22", High: "38.5", People: 12}})
			}
			docs = append(docs, store.Item[Benefit]{ID: fmt.Sprintf("b-%05d", n), Value: one})
		}
		for some := range slices.Chunk(docs, 500) {
			_, errs := w.docs.InsertMany(w.ctx(), some)
			for _, err := range errs {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		if _, n, err := w.Mend(w.ctx(), org.SystemActor("benefits"), start); n != benefits || err != nil {
			b.Fatal(n, err)
		}
		lead := org.Actor{Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
		reads := map[string]func() ([]Total, error){
			"national": func() ([]Total, error) { return w.NationalTotals(w.ctx(), lead) },
			"region":   func() ([]Total, error) { return w.RegionTotals(w.ctx(), lead, theRegion(members[:25]...)) },
		}
		for _, name := range []string{"region", "national"} {
			b.Run(fmt.Sprintf("%s/%d measurements", name, measurements), func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					at := time.Now()
					if all, err := reads[name](); err != nil || len(all) != 3 || all[0].Measured.Benefits == 0 {
						b.Fatal(all, err)
					}
					took = append(took, time.Since(at))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			})
		}
	}
}
