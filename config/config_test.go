package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func settingsFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "helhet.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func value(c Config, name string) Setting {
	for _, s := range c.Settings() {
		if s.Name == name {
			return s
		}
	}
	return Setting{}
}

func TestDefaults(t *testing.T) {
	c, err := Load([]string{"PATH=/bin", "HELHET_TEST_MONGODB_URI=anything"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if c.Addr != "127.0.0.1:8080" || c.Store != (Store{Engine: SQLite, Dir: "./data"}) || c.Demo || c.MetricsAddr != "" ||
		c.SessionIdle != 30*time.Minute || c.SessionLength != 2*time.Hour || c.ClosedDays != 14 || c.Lease != time.Minute || c.Shutdown != 20*time.Second {
		t.Errorf("defaults are %+v", c)
	}
	for _, s := range c.Settings() {
		if s.Origin.Source != FromDefault {
			t.Errorf("%s comes from %s", s.Name, s.Origin)
		}
	}
}

func TestLaterSourcesWinAndAreRemembered(t *testing.T) {
	file := settingsFile(t, "# production\nlog_format: json\nclosed_days: 7\naddr: \"127.0.0.1:1\"\ndemo: true\n")
	c, err := Load([]string{"HELHET_CLOSED_DAYS=8", "HELHET_ADDR=127.0.0.1:2", "HELHET_CONFIG=" + file}, "",
		Flag{"--addr", SettingAddr, "127.0.0.1:3"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]Setting{
		"HELHET_ADDR":        {Value: "127.0.0.1:3", Origin: Origin{FromFlag, "--addr"}},
		"HELHET_CLOSED_DAYS": {Value: "8", Origin: Origin{FromEnvironment, "HELHET_CLOSED_DAYS"}},
		"HELHET_LOG_FORMAT":  {Value: "json", Origin: Origin{FromFile, file + ":2"}},
		"HELHET_DEMO":        {Value: "true", Origin: Origin{FromFile, file + ":5"}},
		"HELHET_LOG_LEVEL":   {Value: "info", Origin: Origin{FromDefault, ""}},
	} {
		if got := value(c, name); got.Value != want.Value || got.Origin != want.Origin {
			t.Errorf("%s = %q from %s, want %q from %s", name, got.Value, got.Origin, want.Value, want.Origin)
		}
	}
}

func TestFileGivenWinsOverFileInEnvironment(t *testing.T) {
	given := settingsFile(t, "closed_days: 1")
	c, err := Load([]string{"HELHET_CONFIG=/does/not/exist.yaml"}, given)
	if err != nil || c.ClosedDays != 1 {
		t.Errorf("closed days %d, error %v", c.ClosedDays, err)
	}
}

func TestFaultsStopTheStart(t *testing.T) {
	for _, c := range []struct {
		name    string
		environ []string
		want    []string // each must stand in the message
	}{
		{"unknown", []string{"HELHET_ADR=x"}, []string{"HELHET_ADR", `"x"`, "unknown", "HELHET_ADDR"}},
		{"unknown with a secret", []string{"HELHET_STROE=mongodb://u:hemmelig@h/d"}, []string{"HELHET_STROE", "mongodb://u:***@h/d"}},
		{"unknown by its name a secret", []string{"HELHET_API_TOKEN=hemmelig"}, []string{"HELHET_API_TOKEN", `"***"`}},
		{"address", []string{"HELHET_ADDR=localhost"}, []string{"HELHET_ADDR", `"localhost"`, "host:port"}},
		{"port", []string{"HELHET_ADDR=localhost:70000"}, []string{"HELHET_ADDR", "0–65535"}},
		{"store", []string{"HELHET_STORE=postgres://u:hemmelig@h/d"}, []string{"HELHET_STORE", "postgres://u:***@h/d", "sqlite:DIR"}},
		{"empty store folder", []string{"HELHET_STORE=sqlite:"}, []string{"HELHET_STORE", `"sqlite:"`}},
		{"boolean", []string{"HELHET_DEMO=yes"}, []string{"HELHET_DEMO", `"yes"`, "true or false"}},
		{"lease too short", []string{"HELHET_LEASE_SECONDS=59"}, []string{"HELHET_LEASE_SECONDS", `"59"`, "60–3600"}},
		{"everybody a trusted proxy", []string{"HELHET_TRUSTED_PROXIES=0.0.0.0/0"}, []string{"HELHET_TRUSTED_PROXIES", "addresses and networks"}},
		{"a proxy by name", []string{"HELHET_TRUSTED_PROXIES=127.0.0.1,proxy"}, []string{"HELHET_TRUSTED_PROXIES"}},
		{"a session that hardly begins", []string{"HELHET_SESSION_IDLE=4"}, []string{"HELHET_SESSION_IDLE", "5–120"}},
		{"a session of a day", []string{"HELHET_SESSION_LENGTH=1440"}, []string{"HELHET_SESSION_LENGTH", "5–120"}},
		{"days", []string{"HELHET_CLOSED_DAYS=0"}, []string{"HELHET_CLOSED_DAYS", "1–365"}},
		{"level", []string{"HELHET_LOG_LEVEL=loud"}, []string{"HELHET_LOG_LEVEL", "debug, info, warn or error"}},
		{"public address with a path", []string{"HELHET_PUBLIC_URL=https://a.no/helhet"}, []string{"HELHET_PUBLIC_URL", "without path"}},
		{"link", []string{"HELHET_PRIVACY_URL=javascript:alert(1)"}, []string{"HELHET_PRIVACY_URL", "http or https"}},
		{"a contact with a name", []string{"HELHET_CONTACT=Kari <kari@example.org>"}, []string{"HELHET_CONTACT", "e-mail address"}},
		{"a contact with a line break", []string{"HELHET_SECURITY_CONTACT=kari@example.org\nExpires: never"}, []string{"HELHET_SECURITY_CONTACT", "e-mail address"}},
		{"a contact over http", []string{"HELHET_SECURITY_CONTACT=http://example.org/report"}, []string{"HELHET_SECURITY_CONTACT", "https"}},
		{"a contact that runs", []string{"HELHET_CONTACT=javascript:alert(1)"}, []string{"HELHET_CONTACT", "https"}},
		{"days without a role", []string{"HELHET_FORMER_KEEP=29"}, []string{"HELHET_FORMER_KEEP", `"29"`, "30–3650"}},
		{"days of a request", []string{"HELHET_REQUEST_KEEP=6"}, []string{"HELHET_REQUEST_KEEP", `"6"`, "7–3650"}},
		{"days of an answered request", []string{"HELHET_ANSWERED_REQUEST_KEEP=0"}, []string{"HELHET_ANSWERED_REQUEST_KEEP", `"0"`, "1–3650"}},
		{"audit days", []string{"HELHET_AUDIT_KEEP=29"}, []string{"HELHET_AUDIT_KEEP", `"29"`, "30–36500"}},
		{"audit key too short", []string{"HELHET_AUDIT_KEY=aGVtbWVsaWc="}, []string{"HELHET_AUDIT_KEY", `"***"`, "32 random bytes"}},
		{"audit key that is a word", []string{"HELHET_AUDIT_KEY=hemmelig"}, []string{"HELHET_AUDIT_KEY", `"***"`}},
		{"two at once", []string{"HELHET_DEMO=1", "HELHET_LOG_FORMAT=xml"}, []string{"HELHET_DEMO", "HELHET_LOG_FORMAT"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(c.environ, "")
			var faults *Error
			if !errors.As(err, &faults) {
				t.Fatalf("error is %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is missing in: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), "hemmelig") || strings.Contains(err.Error(), "aGVtbWVsaWc") {
				t.Errorf("a secret is shown: %v", err)
			}
		})
	}
}

func TestAuditKeyIsNeverShown(t *testing.T) {
	key := "aGVtbWVsaWdoZW1tZWxpZ2hlbW1lbGlnaGVtbWVsaWc="
	c, err := Load([]string{"HELHET_AUDIT_KEY=" + key}, "")
	if err != nil || c.AuditKey != key {
		t.Fatal(err)
	}
	if got := value(c, "HELHET_AUDIT_KEY"); got.Value != "***" {
		t.Errorf("it is shown as %q", got.Value)
	}
}

func TestFaultyFiles(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "addr: 127.0.0.1:1\nport: 8080\n", `unknown setting port="8080" (file `},
		{"its line", "addr: 127.0.0.1:1\nport: 8080\n", ":2)"},
		{"keys as a file spells them", "port: 8080\n", "closed_days"},
		{"capital letters", "ADDR: 127.0.0.1:1\n", "unknown setting ADDR"},
		{"invalid value", "demo: yes\n", `demo="yes"`},
		{"not YAML", "addr: [\n", "not valid YAML"},
		{"a list", "- addr\n", `"key: value"`},
		{"a list as value", "addr:\n  - a\n", "one plain value"},
		{"the same key twice", "demo: true\ndemo: false\n", ":2"},
		{"two documents", "demo: true\n---\ndemo: false\n", "one YAML document"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(nil, settingsFile(t, c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
		})
	}
	if _, err := Load(nil, filepath.Join(t.TempDir(), "none.yaml")); err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("a missing file gives %v", err)
	}
	if _, err := Load(nil, settingsFile(t, "# nothing but a comment\n")); err != nil {
		t.Errorf("an empty file gives %v", err)
	}
}

func TestMetricsStayOnLoopbackUnlessNamed(t *testing.T) {
	for given, want := range map[string]string{"": "", ":9464": "127.0.0.1:9464", "[::1]:9464": "[::1]:9464", "10.0.0.1:9464": "10.0.0.1:9464"} {
		c, err := Load([]string{"HELHET_METRICS_ADDR=" + given}, "")
		if err != nil || c.MetricsAddr != want {
			t.Errorf("%q becomes %q (%v), want %q", given, c.MetricsAddr, err, want)
		}
	}
}

// TestFileAndEnvironmentMeanTheSame: a value gives the same settings, or is refused, wherever it is written.
func TestFileAndEnvironmentMeanTheSame(t *testing.T) {
	file := filepath.Join(t.TempDir(), "helhet.yaml")
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.SampledFrom(settings).Draw(rt, "setting")
		text := rapid.OneOf(
			rapid.SampledFrom([]string{"true", "false", "14", "060", "1e2", "0x10", "null", "~", "info", "json", "127.0.0.1:80", "[::1]:80", "https://a.no", "sqlite:./x", "mongodb://u:p@h/d"}),
			rapid.StringMatching(`[a-zæøå0-9:/.@ -]{0,12}`),
		).Draw(rt, "value")
		quoted := "'" + strings.ReplaceAll(text, "'", "''") + "'"
		if err := os.WriteFile(file, []byte(strings.ToLower(strings.TrimPrefix(s.name, prefix))+": "+quoted+"\n"), 0o600); err != nil {
			rt.Fatal(err)
		}
		fromFile, fileErr := Load(nil, file)
		fromEnvironment, environmentErr := Load([]string{s.name + "=" + text}, "")
		if (fileErr == nil) != (environmentErr == nil) {
			rt.Fatalf("file: %v, environment: %v", fileErr, environmentErr)
		}
		fromFile.origins, fromEnvironment.origins = nil, nil
		if !reflect.DeepEqual(fromFile, fromEnvironment) {
			rt.Fatalf("file gives %+v, environment %+v", fromFile, fromEnvironment)
		}
	})
}

func FuzzFile(f *testing.F) {
	for _, seed := range []string{"addr: 127.0.0.1:1", "a: &x 1\nb: *x", "? a\n: b", "--- !!str x", "{addr: x}", "demo: |\n true", "<<: 1", "\x00", "a: !!binary x"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		values, err := parseFile("helhet.yaml", source)
		if err != nil && len(values) > 0 {
			t.Fatalf("values beside an error: %v, %v", values, err)
		}
	})
}

// TestDocumentation: docs/configuration.md has a row for each setting, with its default, and none that does not exist.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(HELHET_[A-Z_]+)` \\| ([^|]*) \\|").FindAllStringSubmatch(string(text), -1) {
		rows[row[1]] = strings.Trim(row[2], "` ")
	}
	for _, s := range settings {
		standard := s.standard
		if standard == "" {
			standard = "(empty)"
		}
		if rows[s.name] != standard {
			t.Errorf("docs/configuration.md says the default of %s is %q, the code says %q", s.name, rows[s.name], standard)
		}
		delete(rows, s.name)
	}
	delete(rows, fileSetting)
	if len(rows) > 0 {
		t.Errorf("docs/configuration.md names settings that do not exist: %v", rows)
	}
}
