package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"helhet/benefits"
	"helhet/org"
)

// benefitsSize is what the command calls this size.
const benefitsSize = "benefits"

// gainSize is how many benefits a database holds: spread over municipalities, the first of which are a region of their own, and each measured so often.
type gainSize struct{ benefits, municipalities, region, measurements int }

// What sums are measured on: benefits that were measured seldom, and as many that were measured often.
var seldom, often = gainSize{5_000, 357, 25, 4}, gainSize{5_000, 357, 25, 40}

func (s gainSize) String() string {
	return fmt.Sprintf("%d benefits of %d municipalities, %d measurements each", s.benefits, s.municipalities, s.measurements)
}

// withBenefits is a database of benefits, and what a client must know of it.
type withBenefits struct {
	filled
	measurer string   // a token of the coordinator of the reader's municipality
	titles   []string // of its benefits
}

// fillBenefits fills a database with benefits that were measured so many times each, through the services: each is put down, planned and begun by its coordinator, and each
// municipality's measurements are brought at once.
func fillBenefits(ctx context.Context, dir string, s gainSize) (f withBenefits, err error) {
	f.dir = dir
	b, err := newFiller(ctx, dir)
	if err != nil {
		return f, err
	}
	defer func() { err = b.closed(err) }()
	b.members = b.register.All()[:s.municipalities]
	indicators, err := benefits.LoadIndicators()
	if err != nil {
		return f, err
	}
	service := benefits.New(b.db, benefits.Options{Catalogues: b.catalogues, Indicators: indicators, People: b.people, Regions: b.regions, Now: time.Now})
	if err := b.db.Ensure(ctx); err != nil {
		return f, err
	}
	coordinators := map[org.MunicipalityID]org.Actor{}
	here, elsewhere := org.Region{ID: region, Name: "Syntetisk region"}, org.Region{ID: "bench-elsewhere", Name: "Resten av landet"}
	var people []org.Person
	for n, m := range b.members {
		of := &here
		if n >= s.region {
			of = &elsewhere
		}
		of.Members = append(of.Members, org.Member{Municipality: m.ID, Consent: org.ByNameInRegion})
		for n, role := range []org.Role{org.Coordinator, org.Leader} {
			p := personOf(m.ID, n, role, of.ID)
			people = append(people, p)
			if role == org.Coordinator {
				coordinators[m.ID] = p.Actor()
			}
		}
	}
	if err := b.create(ctx, people, here, elsewhere); err != nil {
		return f, err
	}
	f.member = b.members[0].ID
	each := func(m org.MunicipalityID) int { // how many benefits it has
		n := slices.IndexFunc(b.members, func(x org.Municipality) bool { return x.ID == m })
		return (s.benefits + s.municipalities - 1 - n) / s.municipalities
	}
	if err := b.everyone(func(m org.Municipality) error {
		return gainIn(ctx, service, coordinators[m.ID], m.ID, each(m.ID), s.measurements)
	}); err != nil {
		return f, err
	}
	for n := range each(f.member) {
		f.titles = append(f.titles, benefitTitle(n))
	}
	if err := b.relay(ctx); err != nil {
		return f, err
	}
	if f.reader, err = b.auth.NewToken(ctx, personID(f.member, 1)); err != nil {
		return f, err
	}
	f.measurer, err = b.auth.NewToken(ctx, personID(f.member, 0))
	return f, err
}

func benefitTitle(n int) string { return fmt.Sprintf("Gevinst %d", n+1) }

// gainIn puts a municipality's benefits down and brings their measurements.
func gainIn(ctx context.Context, service *benefits.Service, who org.Actor, m org.MunicipalityID, n, measurements int) error {
	now := time.Now()
	day := func(ago int) benefits.Day { return benefits.Day(now.AddDate(0, 0, -ago).Format(time.DateOnly)) }
	batch := benefits.Batch{Municipality: m}
	for i := range n {
		d := benefits.Data{Title: benefitTitle(i), Type: benefits.SavedTime, Status: benefits.Planned, Shared: []benefits.IndicatorKey{"driving-hours", "documentation-hours", "phone-hours"}[i%3],
			Baseline: benefits.Baseline{Value: benefits.Number(fmt.Sprint(40 + i%7)), Date: day(400)}, Target: benefits.Target{Value: benefits.Number(fmt.Sprint(20 + i%5)), Date: day(-200)}, EffectFrom: day(390)}
		b, _, err := service.Add(ctx, who, benefits.Add{Municipality: m, Data: d, Owner: who.Person})
		if err != nil {
			return err
		}
		d.Status = benefits.Measuring
		if _, err := service.Save(ctx, who, benefits.Save{ID: b.ID, Data: d, Tag: b.Tag}); err != nil {
			return err
		}
		for k := range measurements {
			batch.Lines = append(batch.Lines, benefits.Line{Benefit: b.ID, Measured: benefits.Measured{Method: "Kjørebok", Source: "Fagsystemet",
				Figures: benefits.Figures{To: day(380 - 9*k), Value: benefits.Number(fmt.Sprint(25 + k%10)), Low: "22", High: "38.5", People: 12}}})
		}
	}
	_, err := service.SaveAll(ctx, who, benefits.SaveBatch{Batch: batch, Seen: make([]string, len(batch.Lines))})
	return err
}

// sumViews are where sums are read: the page has the municipality's own, its region's and the country's.
var sumViews = []view{
	{"page: own, region's and country's sums", "/benefits/totals"},
	{"page's file: the region's chart", "/benefits/totals/charts/region.csv"},
	{"API: a region's sums", "/api/v1/regions/" + string(region) + "/benefit-totals"},
	{"API: the country's sums", "/api/v1/benefit-totals"},
}

// measureBenefits reads sums of benefits that were measured seldom and of ones measured often, and brings as many measurements at once as may be.
func measureBenefits(ctx context.Context, r *report, s settings) (err error) {
	var all []withBenefits
	var servers []*server
	sizes := []gainSize{seldom, often}
	for _, size := range sizes {
		begin := time.Now()
		f, err := fillBenefits(ctx, filepath.Join(s.dir, fmt.Sprint(benefitsSize, size.measurements)), size)
		if err != nil {
			return fmt.Errorf("filling benefits: %w", err)
		}
		fmt.Printf("%v: filled in %v\n", size, time.Since(begin).Round(time.Second))
		all = append(all, f)
	}
	for _, f := range all {
		srv, e := startServer(ctx, s.binary, f.dir)
		if e != nil {
			return e
		}
		defer func() { err = stopped(srv, err) }()
		servers = append(servers, srv)
	}
	for _, v := range sumViews {
		const target = "p99 < 50 ms"
		var reads []func(context.Context) error
		for i, f := range all {
			read := func(ctx context.Context) error { return servers[i].read(ctx, &f.filled, v) }
			reads = append(reads, read)
			name := fmt.Sprintf("%s, %d measurements each", v.name, sizes[i].measurements)
			first := closedLoop(ctx, 1, s.lasts, 1, func(ctx context.Context, _ int) error { return read(ctx) })
			warm := closedLoop(ctx, 1, s.lasts, warmUp, func(ctx context.Context, _ int) error { return read(ctx) })
			if first.failed+warm.failed > 0 {
				r.failed(name, target, cmp.Or(first.failure, warm.failure))
				continue
			}
			looking := openLoop(ctx, readers, s.lasts, func(ctx context.Context, _ int) error { return read(ctx) })
			r.add(fmt.Sprintf("%s: the first reading", name), milliseconds(first.quantile(1)), "", justShown)
			r.add(fmt.Sprintf("%s: %d readers, one a second each", name, readers), withFailures(looking), target, judge(looking.failed == 0 && looking.quantile(0.99) < 50*time.Millisecond))
		}
		times := inTurns(ctx, alone, reads...)
		if failure := cmp.Or(times[0].failure, times[1].failure); failure != nil {
			r.failed(v.name+": median, often to seldom", "≤ 1.3", failure)
			continue
		}
		ratio := float64(times[1].quantile(0.5)) / float64(times[0].quantile(0.5))
		r.add(fmt.Sprintf("%s: median, %d measurements each to %d", v.name, often.measurements, seldom.measurements), fmt.Sprintf("%.2f (%s to %s)", ratio, milliseconds(times[1].quantile(0.5)), milliseconds(times[0].quantile(0.5))), "≤ 1.3", judge(ratio <= 1.3))
	}
	return measureImport(ctx, r, servers[0], all[0])
}

// measureImport brings as many measurements as may be at once: looked at, saved, saved again, corrected, and all of it undone.
func measureImport(ctx context.Context, r *report, srv *server, f withBenefits) error {
	place := "/api/v1/municipalities/" + string(f.member) + "/measurements"
	rows := func(value int) string {
		var b strings.Builder
		b.WriteString("Gevinst\tDato\tVerdi\tMetode\n")
		for n := range benefits.MaxBatch {
			day := time.Now().AddDate(0, 0, -1-n/len(f.titles)).Format(time.DateOnly)
			fmt.Fprintf(&b, "%s\t%s\t%d\tKjørebok\n", f.titles[n%len(f.titles)], day, value+n%10)
		}
		return b.String()
	}
	post := func(path, edit string, body any) (answer, time.Duration, error) {
		sent, err := json.Marshal(body)
		if err != nil {
			return answer{}, 0, err
		}
		header := map[string]string{"Content-Type": "application/json", "Accept-Language": "nb"}
		if edit != "" {
			header["Idempotency-Key"] = edit
		}
		begin := time.Now()
		got, err := srv.ask(ctx, http.MethodPost, path, f.measurer, header, sent)
		took := time.Since(begin)
		if err == nil && got.status != http.StatusOK {
			err = fmt.Errorf("%d: %.300s", got.status, got.body)
		}
		return got, took, err
	}
	for _, step := range []struct {
		name, path, edit string
		body             any
	}{
		{"looked at", place, "", map[string]any{"rows": rows(20), "dryRun": true}},
		{"saved", place, "bench-1", map[string]any{"rows": rows(20)}},
		{"saved again, so that all stand", place, "bench-1", map[string]any{"rows": rows(20)}},
		{"corrected, all of them", place, "bench-2", map[string]any{"rows": rows(21)}},
		{"the corrections undone", place + "/undo", "", map[string]any{"edit": "bench-2"}},
	} {
		name := fmt.Sprintf("%d measurements over HTTP: %s", benefits.MaxBatch, step.name)
		_, took, err := post(step.path, step.edit, step.body)
		if err != nil {
			r.failed(name, "", err)
			continue
		}
		r.add(name, fmt.Sprintf("%.2f s", took.Seconds()), "", justShown)
	}
	return nil
}
