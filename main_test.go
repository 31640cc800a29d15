package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"helhet/internal/store"
	"helhet/internal/store/sqlite"
)

// asProgram makes this test binary be helhet itself, so that tests run the real thing as a process of its own.
const asProgram = "HELHET_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// helhet prepares the program as a process in a folder of its own, with no settings but those given.
func helhet(t *testing.T, environ []string, args ...string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // against a hang, not a measure
	t.Cleanup(cancel)
	command := exec.CommandContext(ctx, binary, args...)
	command.Dir = t.TempDir()
	command.Env = append([]string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir()}, environ...)
	return command
}

// result runs the program to its end.
func result(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	command := helhet(t, environ, args...)
	var out, fault bytes.Buffer
	command.Stdout, command.Stderr = &out, &fault
	err := command.Run()
	if exit, ended := errors.AsType[*exec.ExitError](err); ended {
		return exit.ExitCode(), out.String(), fault.String()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, out.String(), fault.String()
}

func TestVersion(t *testing.T) {
	code, stdout, stderr := result(t, nil, "version")
	if code != 0 || !regexp.MustCompile(`^helhet \S+ go1\.\S+ \w+/\w+\n$`).MatchString(stdout) {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
}

func TestDescribeBuild(t *testing.T) {
	noted := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"}}}
	for _, c := range []struct {
		given string
		info  *debug.BuildInfo
		want  string
	}{
		{"v1.0.0", noted, "v1.0.0"},
		{"", noted, "0123456789ab-dirty"},
		{"", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "v1.2.3"},
		{"", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "(unknown)"},
		{"", nil, "(unknown)"},
	} {
		if got := describeBuild(c.given, c.info); got != c.want {
			t.Errorf("describeBuild(%q, %v) = %q, want %q", c.given, c.info, got, c.want)
		}
	}
}

func TestConfigShowsOriginsAndMasks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "helhet.yaml")
	if err := os.WriteFile(file, []byte("closed_days: 7\nlog_level: debug\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := result(t, []string{"HELHET_STORE=mongodb://anna:hemmelig@db.example.org/helhet", "HELHET_LOG_LEVEL=warn"},
		"--config", file, "config", "--addr", "127.0.0.1:9")
	if code != 0 {
		t.Fatalf("code %d: %s", code, stderr)
	}
	for _, want := range []string{
		`HELHET_ADDR +127\.0\.0\.1:9 +flag --addr`,
		`HELHET_STORE +mongodb://anna:\*\*\*@db\.example\.org/helhet +environment HELHET_STORE`,
		`HELHET_LOG_LEVEL +warn +environment HELHET_LOG_LEVEL`,
		`HELHET_CLOSED_DAYS +7 +file .*helhet\.yaml:1`,
		`HELHET_METRICS_ADDR +\(empty\) +default`,
	} {
		if !regexp.MustCompile(`(?m)^` + want + `$`).MatchString(stdout) {
			t.Errorf("no line %q in:\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout+stderr, "hemmelig") {
		t.Errorf("the password is shown:\n%s%s", stdout, stderr)
	}
}

func TestWhatStopsTheStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	addr := taken.Addr().String()
	for _, c := range []struct {
		name    string
		environ []string
		args    []string
		code    int
		want    []string
	}{
		{"unknown setting", []string{"HELHET_ADR=x"}, []string{"serve"}, exitFailed, []string{"HELHET_ADR", `"x"`, "HELHET_ADDR"}},
		{"invalid setting", []string{"HELHET_LEASE_SECONDS=5"}, []string{"serve"}, exitFailed, []string{"HELHET_LEASE_SECONDS", `"5"`, "60–3600"}},
		{"invalid flag", nil, []string{"serve", "--addr", "nowhere"}, exitFailed, []string{"--addr", `"nowhere"`, "host:port"}},
		{"missing settings file", nil, []string{"--config", "none.yaml", "serve"}, exitFailed, []string{"none.yaml", "cannot be read"}},
		{"unknown flag", nil, []string{"serve", "--adr", "x"}, exitUsage, []string{"--adr"}},
		{"unknown command", nil, []string{"start"}, exitUsage, []string{"start"}},
		{"taken address", nil, []string{"serve", "--addr", addr}, exitFailed, []string{addr, "is taken by another program", "--addr"}},
		{"taken metrics address", nil, []string{"serve", "--addr", "127.0.0.1:0", "--metrics-addr", addr}, exitFailed, []string{addr, "is taken", "--metrics-addr"}},
		{"address of another machine", nil, []string{"serve", "--addr", "192.0.2.1:8080"}, exitFailed, []string{"192.0.2.1:8080", "--addr"}},
		{"unreadable connection string", []string{"HELHET_STORE=mongodb://anna:hemme%lig@h:x/y"}, []string{"backup", "b"}, exitFailed, []string{"mongodb://anna:***@h:x/y"}},
		{"copy from nothing sensible", nil, []string{"copy", "--from", "postgres://a:hemmelig@h", "--to", "sqlite:x"}, exitFailed, []string{"--from", "postgres://a:***@h", "sqlite:DIR"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := result(t, c.environ, c.args...)
			if code != c.code {
				t.Errorf("code %d, want %d", code, c.code)
			}
			for _, want := range c.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("%q is missing in: %s", want, stderr)
				}
			}
			if stdout != "" {
				t.Errorf("standard output has %q", stdout)
			}
			if strings.Contains(stderr, "hemme") {
				t.Errorf("the password is shown: %s", stderr)
			}
		})
	}
}

func TestTakenAddressIsOneSentence(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	command := helhet(t, nil, "serve", "--addr", taken.Addr().String())
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Run(); err == nil {
		t.Error("it served on a taken address")
	}
	if lines := strings.Count(stderr.String(), "\n"); lines != 1 {
		t.Errorf("%d lines: %s", lines, stderr.String())
	}
	if _, err := os.Stat(filepath.Join(command.Dir, "data")); !errors.Is(err, os.ErrNotExist) {
		t.Error("a database was made although nothing could be served")
	}
}

// note is a document for the tests of backup and copy: they carry whatever is stored.
type note struct {
	Text string `bson:"text"`
}

func notes(t *testing.T, dir string) (*store.Collection[note], func()) {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	db := store.Open(engine)
	collection := store.NewCollection(db, store.Spec[note]{Name: "notes", Shape: 1})
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return collection, func() {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func filled(t *testing.T, count int) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	collection, done := notes(t, dir)
	defer done()
	for i := range count {
		if _, err := collection.Insert(t.Context(), fmt.Sprintf("n%d", i), note{fmt.Sprintf("blåbær %d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func mustHold(t *testing.T, dir string, count int) {
	t.Helper()
	collection, done := notes(t, dir)
	defer done()
	for i := range count {
		doc, err := collection.Get(t.Context(), fmt.Sprintf("n%d", i))
		if err != nil || doc.Value.Text != fmt.Sprintf("blåbær %d", i) {
			t.Errorf("note %d is %+v, %v", i, doc, err)
		}
	}
}

func TestBackupAndRestore(t *testing.T) {
	from, to := filled(t, 20), filepath.Join(t.TempDir(), "restored")
	file := filepath.Join(t.TempDir(), "helhet.backup")

	if code, _, stderr := result(t, nil, "backup", "--data", from, file); code != 0 {
		t.Fatalf("backup: code %d: %s", code, stderr)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the backup: %v, %v", info, err)
	}
	if names, _ := os.ReadDir(filepath.Dir(file)); len(names) != 1 {
		t.Errorf("the folder holds %v", names)
	}
	if code, _, stderr := result(t, nil, "restore", "--data", to, file); code != 0 {
		t.Fatalf("restore: code %d: %s", code, stderr)
	}
	mustHold(t, to, 20)

	if code, _, stderr := result(t, nil, "restore", "--data", to, file); code != exitFailed || !strings.Contains(stderr, "not empty") {
		t.Errorf("restoring into a filled database: code %d: %s", code, stderr)
	}
	if code, _, stderr := result(t, nil, "backup", "--data", from, file); code != exitFailed || !strings.Contains(stderr, "exists") {
		t.Errorf("a backup over another: code %d: %s", code, stderr)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.backup")
	if err := os.WriteFile(cut, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	if code, _, stderr := result(t, nil, "restore", "--data", fresh, cut); code != exitFailed || !strings.Contains(stderr, "not a whole backup") {
		t.Errorf("restoring half a backup: code %d: %s", code, stderr)
	}
	if code, _, stderr := result(t, nil, "restore", "--data", fresh, file); code != 0 {
		t.Errorf("a refused restore left something behind: code %d: %s", code, stderr)
	}
}

func TestBackupOfNothing(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	file := filepath.Join(t.TempDir(), "b")
	if code, _, stderr := result(t, nil, "backup", "--data", missing, file); code != exitFailed || !strings.Contains(stderr, "no database") {
		t.Errorf("code %d: %s", code, stderr)
	}
	for _, name := range []string{missing, file} {
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s was made", name)
		}
	}
}

func TestCopy(t *testing.T) {
	from, to := filled(t, 20), filepath.Join(t.TempDir(), "copy")
	if code, _, stderr := result(t, nil, "copy", "--from", "sqlite:"+from, "--to", "sqlite:"+to); code != 0 {
		t.Fatalf("code %d: %s", code, stderr)
	}
	mustHold(t, to, 20)
	if code, _, stderr := result(t, nil, "copy", "--from", "sqlite:"+from, "--to", "sqlite:"+to); code != exitFailed || !strings.Contains(stderr, "not empty") {
		t.Errorf("a second copy: code %d: %s", code, stderr)
	}
}

func TestTokenForNobody(t *testing.T) {
	code, stdout, stderr := result(t, nil, "token", "--user", "nobody@example.org")
	if code != exitFailed || stdout != "" || !strings.Contains(stderr, "nobody@example.org") {
		t.Errorf("code %d, %q, %q", code, stdout, stderr)
	}
}

// serving is a program that serves, as a process of its own.
type serving struct {
	*exec.Cmd
	url     string
	log     *lockedBuffer
	console *bufio.Reader
}

// lockedBuffer gathers what a process writes while a test reads it.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func startServing(t *testing.T, environ []string, args ...string) *serving {
	t.Helper()
	s := &serving{Cmd: helhet(t, environ, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...), log: &lockedBuffer{}}
	s.Stderr = s.log
	stdout, err := s.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.ProcessState == nil {
			s.Process.Kill()
			s.Wait()
		}
	})
	s.console = bufio.NewReader(stdout)
	line, err := s.console.ReadString('\n')
	if err != nil {
		t.Fatalf("it never served (%v):\n%s", err, s.log)
	}
	_, s.url, _ = strings.Cut(strings.TrimSpace(line), "Helhet is at ")
	if s.url == "" {
		t.Fatalf("it said %q", line)
	}
	return s
}

func status(t *testing.T, url string) int {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode
}

func TestServeAndStop(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			s := startServing(t, []string{"HELHET_LOG_FORMAT=json"})
			for _, path := range []string{"/healthz", "/readyz"} {
				if code := status(t, s.url+path); code != http.StatusOK {
					t.Errorf("%s answers %d", path, code)
				}
			}
			if err := s.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if err := s.Wait(); err != nil {
				t.Errorf("it ended with %v:\n%s", err, s.log)
			}
			if !strings.Contains(s.log.String(), `"msg":"stopped"`) {
				t.Errorf("the log does not tell of the end:\n%s", s.log)
			}
			// What a stopped program leaves can be served again at once.
			again := startServing(t, nil, "--data", filepath.Join(s.Dir, "data"))
			if code := status(t, again.url+"/readyz"); code != http.StatusOK {
				t.Errorf("served again, /readyz answers %d", code)
			}
		})
	}
}

// TestRequestsAreFinished: a request under way when stopping begins gets its answer, and jobs are told to stop meanwhile.
func TestRequestsAreFinished(t *testing.T) {
	began, jobsStopped, mayAnswer := make(chan struct{}), make(chan struct{}), make(chan struct{})
	web := newHTTPServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-mayAnswer
		io.WriteString(w, "saved")
	}), slog.New(slog.DiscardHandler))
	listener, err := listen("127.0.0.1:0", "--addr")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	answers := make(chan string, 1)
	go func() {
		answer, err := http.Get("http://" + listener.Addr().String())
		if err != nil {
			answers <- err.Error()
			return
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		answers <- fmt.Sprint(string(text), err)
	}()
	<-began

	notReady := false
	stopped := make(chan struct{})
	go func() {
		stopServing(func() { notReady = true }, web, func(context.Context) error { close(jobsStopped); return nil }, time.Minute, slog.New(slog.DiscardHandler))
		close(stopped)
	}()
	<-jobsStopped
	if err := <-served; !errors.Is(err, http.ErrServerClosed) { // nothing new is taken in
		t.Errorf("serving ended with %v", err)
	}
	select {
	case <-stopped:
		t.Error("it stopped before the request was answered")
	default:
	}
	close(mayAnswer)
	if answer := <-answers; answer != "saved<nil>" {
		t.Errorf("the request under way got %q", answer)
	}
	<-stopped
	if !notReady {
		t.Error("it never said that it is not ready")
	}
}

// TestWhatTakesTooLongIsCutOff: neither a request nor a job that hangs keeps the program from ending.
func TestWhatTakesTooLongIsCutOff(t *testing.T) {
	began, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	web := newHTTPServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(began)
		<-release
	}), slog.New(slog.DiscardHandler))
	listener, err := listen("127.0.0.1:0", "--addr")
	if err != nil {
		t.Fatal(err)
	}
	go web.Serve(listener)
	go http.Get("http://" + listener.Addr().String())
	<-began
	log := &lockedBuffer{}
	hangs := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	stopServing(func() {}, web, hangs, time.Millisecond, slog.New(slog.NewTextHandler(log, nil)))
	for _, want := range []string{"requests were cut off", "jobs were cut off", "msg=stopped"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
}

// waitUntil asks again until the condition holds; the limit is against a hang and no measure.
func waitUntil(t *testing.T, condition func() bool) {
	t.Helper()
	limit, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-limit.Done():
			t.Fatal("it never came")
		}
	}
}

func TestMetricsListener(t *testing.T) {
	s := startServing(t, nil, "--metrics-addr", "127.0.0.1:0")
	var found []string
	waitUntil(t, func() bool { // the log comes through a pipe of its own
		found = regexp.MustCompile(`msg=metrics addr=(\S+)\s`).FindStringSubmatch(s.log.String())
		return found != nil
	})
	if code := status(t, "http://"+found[1]+"/metrics"); code != http.StatusOK {
		t.Errorf("metrics answer %d", code)
	}
	if code := status(t, s.url+"/metrics"); code == http.StatusOK {
		t.Error("metrics are served beside the pages")
	}
}

func TestDemoStaysApart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "demo")
	if code, stdout, stderr := result(t, nil, "demo", "--data", data); code != 0 || !strings.Contains(stdout, "synthetic") {
		t.Fatalf("code %d: %s%s", code, stdout, stderr)
	}
	if code, _, stderr := result(t, nil, "demo", "--data", data); code != exitFailed || !strings.Contains(stderr, "not empty") {
		t.Errorf("loading it twice: code %d: %s", code, stderr)
	}
	if code, _, stderr := result(t, nil, "serve", "--addr", "127.0.0.1:0", "--data", data); code != exitFailed || !strings.Contains(stderr, "--demo") {
		t.Errorf("served without --demo: code %d: %s", code, stderr)
	}
	for _, wrong := range [][]string{{"--days", "366"}, {"--days", "0"}, {"--name", " "}} {
		if code, token, stderr := result(t, nil, append([]string{"token", "--data", data, "--user", "lead@example.org"}, wrong...)...); code != exitFailed || token != "" || !strings.Contains(stderr, wrong[0]) {
			t.Errorf("token %v: code %d, %q, %s", wrong, code, token, stderr)
		}
	}
	code, token, stderr := result(t, nil, "token", "--data", data, "--user", "lead@example.org", "--name", "test", "--read-only", "--days", "1")
	if code != 0 || !regexp.MustCompile(`^\S{20,}\n$`).MatchString(token) {
		t.Fatalf("token: code %d, %q, %s", code, token, stderr)
	}
	s := startServing(t, nil, "--demo", "--data", data)
	choose, err := s.console.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, link, _ := strings.Cut(strings.TrimSpace(choose), " at ")
	if !strings.HasPrefix(link, s.url+"/demo/") {
		t.Fatalf("where one chooses who to be: %q", choose)
	}
	if opened, guessed := status(t, link), status(t, s.url+"/demo/GUESS"); opened != http.StatusOK || guessed != http.StatusNotFound {
		t.Errorf("the console's link leads to %d, a guess to %d", opened, guessed)
	}
	if key := link[len(s.url+"/demo/"):]; strings.Contains(s.log.String(), key) {
		t.Error("the demo's key is in the log")
	}
	for bearer, want := range map[string]int{strings.TrimSpace(token): http.StatusOK, "wrong": http.StatusUnauthorized} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/api/v1/municipalities", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+bearer)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if want == http.StatusOK { // it reads only
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1/rounds", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Bearer "+bearer)
			refused, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			refused.Body.Close()
			if refused.StatusCode != http.StatusForbidden {
				t.Errorf("with a token that reads only a round is planned: %d", refused.StatusCode)
			}
		}
		if answer.StatusCode != want {
			t.Errorf("with the token %q the API answers %d, want %d", bearer, answer.StatusCode, want)
		}
	}

	if code, _, stderr := result(t, nil, "serve", "--addr", "127.0.0.1:0", "--demo", "--data", filled(t, 1)); code != exitFailed || !strings.Contains(stderr, "neither empty nor a demo database") {
		t.Errorf("--demo on a real database: code %d: %s", code, stderr)
	}
}
