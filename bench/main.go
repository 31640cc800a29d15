// Command bench measures the numbers Helhet promises (docs/performance.md). It fills databases with synthetic data, starts the
// real server on each as a process of its own, drives it over loopback HTTP, and prints what it found beside what was asked,
// with the bare engine in the same run.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// settings are the command's flags.
type settings struct {
	size   string
	binary string
	dir    string
	lasts  time.Duration
	saving bool // and no reading
}

func main() {
	var s settings
	flag.StringVar(&s.size, "size", "both", "region, national, both, copies: what two servers on one database keep when one is killed, or benefits: sums of 5,000, and 2,000 measurements brought at once")
	flag.StringVar(&s.binary, "bin", "bin/helhet", "the server to measure")
	flag.StringVar(&s.dir, "dir", "", "where the databases are made; a new temporary folder unless given. It must be on the disk to be measured")
	flag.DurationVar(&s.lasts, "lasts", 20*time.Second, "how long each kind of load lasts, 1s to 5m")
	flag.BoolVar(&s.saving, "saving", false, "measure saving, and leave reading out")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings) (err error) {
	if flag.NArg() > 0 || s.lasts < time.Second || s.lasts > 5*time.Minute {
		return fmt.Errorf("see -help: -lasts is from 1s to 5m")
	}
	var chosen []size
	if s.size == fifty.name {
		chosen = []size{fifty}
	}
	for _, size := range sizes {
		if s.size == size.name || s.size == "both" {
			chosen = append(chosen, size)
		}
	}
	if len(chosen) == 0 && s.size != benefitsSize {
		return fmt.Errorf("-size %q is none of region, national, both, copies, benefits", s.size)
	}
	if _, err := os.Stat(s.binary); err != nil {
		return fmt.Errorf("%w: run make build first", err)
	}
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "helhet-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(s.dir)
	}
	fmt.Printf("%s/%s, %d processors, %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	r := &report{}
	if s.size == benefitsSize {
		if err := measureBenefits(ctx, r, s); err != nil {
			return err
		}
		fmt.Println()
		return r.write(os.Stdout)
	}
	var all []*filled
	for n, size := range chosen {
		fmt.Printf("filling %s %v ", size.name, size)
		begin := time.Now()
		f, err := fill(ctx, filepath.Join(s.dir, size.name), size)
		if err != nil {
			return fmt.Errorf("filling %s: %w", size.name, err)
		}
		fmt.Printf("filled in %v; an assessment has %d bytes\n", time.Since(begin).Round(time.Second), len(f.bodies[0]))
		if size == fifty {
			if err := measureCopies(ctx, r, s, &f); err != nil {
				return err
			}
			break
		}
		target, v := "", justShown
		if size.name == "national" {
			target, v = "< 10 s", judge(f.publishing < 10*time.Second)
		}
		r.add(fmt.Sprintf("publishing a round with its comparison, %v", size), fmt.Sprintf("%.2f s", f.publishing.Seconds()), target, v)
		all = append(all, &f)
		if err := measure(ctx, r, s, &f, n == len(chosen)-1); err != nil {
			return err
		}
	}
	if len(all) == 2 && !s.saving {
		if err := compareSizes(ctx, r, s, all[0], all[1]); err != nil {
			return err
		}
	}
	fmt.Println()
	return r.write(os.Stdout)
}

// compareSizes reads each view of both sizes in turns, from a server each.
func compareSizes(ctx context.Context, r *report, s settings, small, large *filled) (err error) {
	var servers []*server
	for _, f := range []*filled{small, large} {
		srv, e := startServer(ctx, s.binary, f.dir)
		if e != nil {
			return e
		}
		defer func() { err = stopped(srv, err) }()
		servers = append(servers, srv)
	}
	larges := views(large)
	for i, v := range views(small) {
		const target = "≤ 1.3"
		reads := []func(context.Context) error{
			func(ctx context.Context) error { return servers[0].read(ctx, small, v) },
			func(ctx context.Context) error { return servers[1].read(ctx, large, larges[i]) },
		}
		inTurns(ctx, warmUp, reads...)
		times := inTurns(ctx, 5*alone, reads...)
		if failure := cmp.Or(times[0].failure, times[1].failure); failure != nil {
			r.failed(v.name+": median, national to regional", target, failure)
			continue
		}
		one, other := times[0].quantile(0.5), times[1].quantile(0.5)
		ratio := float64(other) / float64(one)
		r.add(v.name+": median, national to regional", fmt.Sprintf("%.2f (%s to %s)", ratio, milliseconds(other), milliseconds(one)), target, judge(ratio <= 1.3))
	}
	return nil
}

// stopped ends a server, and gives the fault of that unless there was one before.
func stopped(srv *server, err error) error {
	if e := srv.stop(); e != nil && err == nil {
		return fmt.Errorf("stopping the server: %w\n%s", e, srv.log)
	}
	return err
}

// measure starts the server on a filled database and takes all its numbers; saving is measured where it is asked for.
func measure(ctx context.Context, r *report, s settings, f *filled, saving bool) (err error) {
	srv, err := startServer(ctx, s.binary, f.dir)
	if err != nil {
		return err
	}
	defer func() { err = stopped(srv, err) }()
	r.add(fmt.Sprintf("start to /readyz, %v", f.size), fmt.Sprintf("%.3f s", srv.started.Seconds()), "< 0.5 s", judge(srv.started < 500*time.Millisecond))
	if !s.saving {
		measureReading(ctx, r, srv, s, f)
		measureSignedIn(ctx, r, srv, f)
	}
	if saving {
		measureWeights(ctx, r, srv, f)
		if err := measureSaving(ctx, r, srv, s, f); err != nil {
			return err
		}
	}
	now, highest, err := srv.memory()
	if err != nil {
		r.failed("resident memory", "< 300 MB", err)
		return nil
	}
	const megabyte = 1e6
	r.add(fmt.Sprintf("resident memory after the load, %v", f.size), fmt.Sprintf("%.0f MB, at most %.0f MB", float64(now)/megabyte, float64(highest)/megabyte),
		"< 300 MB", judge(highest < 300*megabyte))
	return nil
}

// How the views are read: alone; by readers who look at a page for a second; by readers who never look.
const (
	warmUp  = 10
	alone   = 100
	readers = 50
	most    = 20_000 // requests of one closed loop
)

func measureReading(ctx context.Context, r *report, srv *server, s settings, f *filled) {
	for _, v := range views(f) {
		name := fmt.Sprintf("%s, %v", v.name, f.size)
		one := func(ctx context.Context, _ int) error { return srv.read(ctx, f, v) }
		first := closedLoop(ctx, 1, s.lasts, 1, one)
		if warm := closedLoop(ctx, 1, s.lasts, warmUp, one); first.failed+warm.failed > 0 {
			r.failed(name, "", cmp.Or(first.failure, warm.failure))
			continue
		}
		r.add(name+": the first reading, before the answer is kept", milliseconds(first.quantile(1)), "", justShown)
		single := closedLoop(ctx, 1, s.lasts, alone, one)
		r.add(name+": one reader", single.String(), "", justShown)
		looking := openLoop(ctx, readers, s.lasts/4, one)
		r.add(fmt.Sprintf("%s: %d readers, a page a second each", name, readers), withFailures(looking), "p99 < 50 ms", judge(looking.failed == 0 && looking.quantile(0.99) < 50*time.Millisecond))
		hurrying := closedLoop(ctx, readers, s.lasts/4, most, one)
		r.add(fmt.Sprintf("%s: %d readers without a pause", name, readers), fmt.Sprintf("%s, %.0f/s", withFailures(hurrying), hurrying.rate), "p99 < 50 ms", judge(hurrying.failed == 0 && hurrying.quantile(0.99) < 50*time.Millisecond))
	}
}

// openPage is a page for everybody, so that all that sign-in adds to it is to find out who asks, and her own frame.
const openPage = "/privacy"

// measureSignedIn shows what it costs to know who asks: the same page for nobody and for somebody, in turn, since times this short move
// with the machine.
func measureSignedIn(ctx context.Context, r *report, srv *server, f *filled) {
	ask := func(token string) func(context.Context) error {
		return func(ctx context.Context) error {
			got, err := srv.ask(ctx, http.MethodGet, openPage, token, nil, nil)
			if err == nil && got.status != http.StatusOK {
				err = fmt.Errorf("%s: %d", openPage, got.status)
			}
			return err
		}
	}
	times := inTurns(ctx, 5*alone, ask(""), ask(f.reader))
	r.add(fmt.Sprintf("a page without sign-in, %v", f.size), withFailures(times[0]), "", justShown)
	r.add(fmt.Sprintf("the same page signed in, %v", f.size), withFailures(times[1]), "", justShown)
}

func withFailures(s sample) string {
	if s.failed == 0 {
		return s.String()
	}
	return fmt.Sprintf("%v, %d failed: %v", s, s.failed, s.failure)
}

func measureWeights(ctx context.Context, r *report, srv *server, f *filled) {
	for _, page := range []struct {
		name, path string
		most       int // bytes
	}{{"first load without charts (home)", "/", 120_000}, {"first load with charts (trend)", "/regions/" + string(region) + "/trend", 330_000}} {
		target := fmt.Sprintf("≤ %d kB", page.most/1000)
		bytes, err := srv.weight(ctx, f, page.path)
		if err != nil {
			r.failed(page.name, target, err)
			continue
		}
		r.add(fmt.Sprintf("%s, %v", page.name, f.size), fmt.Sprintf("%.1f kB", float64(bytes)/1000), target, judge(bytes <= page.most))
	}
}

// savesPerSecond is 200 people who each save every five seconds; closedSavers never rest.
const (
	savesPerSecond = savers / 5
	closedSavers   = 64
	spells         = 4 // of each kind of closed loop
)

// measureSaving lets people save, and beside it the bare engine write documents of the same size at the same rate.
func measureSaving(ctx context.Context, r *report, srv *server, s settings, f *filled) (err error) {
	b, err := openBare(ctx, filepath.Join(s.dir, "bare"), savers, f.bodies)
	if err != nil {
		return err
	}
	defer func() {
		if e := b.engine.Close(); err == nil {
			err = e
		}
	}()
	// A person's saves follow each other, also when the rate is higher than she is fast.
	turns := make([]sync.Mutex, savers)
	edits := make([]int, savers)
	save := func(ctx context.Context, n int) error {
		n %= savers
		turns[n].Lock()
		defer turns[n].Unlock()
		edits[n]++
		return srv.save(ctx, f, n, edits[n])
	}
	write := func(ctx context.Context, n int) error {
		n %= savers
		turns[n].Lock()
		defer turns[n].Unlock()
		return b.replace(ctx, n)
	}
	if first := closedLoop(ctx, 1, s.lasts, warmUp, save); first.failed > 0 {
		r.failed("saving an answer over HTTP", "p99 ≤ 4 × the bare commit's", first.failure)
		return nil
	}
	engine := openLoop(ctx, savesPerSecond, s.lasts, write)
	saving := openLoop(ctx, savesPerSecond, s.lasts, save)
	r.add(fmt.Sprintf("the bare durable commit, %d/s", savesPerSecond), withFailures(engine), "", justShown)
	ratio := float64(saving.quantile(0.99)) / float64(max(1, engine.quantile(0.99)))
	r.add(fmt.Sprintf("saving an answer over HTTP, %d/s, %v", savesPerSecond, f.size), withFailures(saving), "", justShown)
	r.add("saving to bare commit, p99", fmt.Sprintf("%.1f ×", ratio), "≤ 4 ×", judge(saving.failed == 0 && ratio <= 4))
	measureMeeting(ctx, r, srv, s, f, save)
	before, err := srv.worked()
	if err != nil {
		return err
	}
	engine, saving = sample{}, sample{}
	var asking time.Duration // the processor time of those who ask
	for range spells {       // in turns, since a shared disk is not as fast from one second to the next
		engine = engine.longer(closedLoop(ctx, closedSavers, s.lasts/spells, 10*most, write))
		from, err := worked(os.Getpid())
		if err != nil {
			return err
		}
		saving = saving.longer(closedLoop(ctx, closedSavers, s.lasts/spells, 10*most, save))
		to, err := worked(os.Getpid())
		if err != nil {
			return err
		}
		asking += to - from
	}
	after, err := srv.worked()
	if err != nil {
		return err
	}
	share := saving.rate / engine.rate
	r.add(fmt.Sprintf("the bare engine's grouped writes, %d at a time", closedSavers), fmt.Sprintf("%.0f/s, %s", engine.rate, withFailures(engine)), "", justShown)
	r.add(fmt.Sprintf("saving an answer over HTTP, %d at a time, %v", closedSavers, f.size), fmt.Sprintf("%.0f/s, %s", saving.rate, withFailures(saving)), "", justShown)
	each := time.Duration(max(1, len(saving.took)))
	r.add("the server's processor time for a save", milliseconds((after-before)/each), "", justShown)
	r.add("the load's own processor time for a save", milliseconds(asking/each), "", justShown)
	r.add("saving to grouped writes, rate", fmt.Sprintf("%.2f", share), "≥ 0.5", judge(saving.failed == 0 && share >= 0.5))
	return nil
}
