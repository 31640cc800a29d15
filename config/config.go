// Package config holds the settings Helhet starts with. They come from defaults, an optional YAML file, the environment
// (HELHET_*) and flags, in that order, are read once, and each remembers where its value came from. What is unknown or
// invalid stops the start.
package config

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"
)

// Config is the settings in effect. Each field's name, range and default stand in the table in settings.go, which
// docs/configuration.md repeats for readers.
type Config struct {
	Addr             string         // "127.0.0.1:8080": where pages and API are served
	Store            Store          // which database
	Demo             bool           // serve the synthetic region, and only that
	MetricsAddr      string         // "127.0.0.1:9464"; empty: no metrics
	LogLevel         string         // debug, info, warn or error
	LogFormat        string         // text or json
	PublicURL        string         // "https://helhet.example.org", without a slash at the end; empty: not said
	TrustedProxies   []netip.Prefix // whose word counts on where a request came from
	WriteRate        int            // changes a second that one person, or one address, may make, 0–10,000; 0: no limit
	SessionIdle      time.Duration  // how long a session may lie unused, 5–120 min
	SessionLength    time.Duration  // how long a session lasts at most, 5–120 min
	ClosedDays       int            // days between a round's closing and its publication by itself, 1–365
	EvidenceQuota    int            // MiB of files that a municipality may keep as evidence, 20–1,000,000
	Clamd            Clamd          // who scans files; not set: nobody does
	LeavingDays      int            // days between a municipality's asking to leave and its deletion, 1–365
	DepartedFigures  string         // named, aggregates or removed: what becomes of what was published of it
	Lease            time.Duration  // how long a job's lease must be seen unchanged before another copy takes it over, 60 s–1 h
	Shutdown         time.Duration  // how long requests may take to finish after SIGTERM, 1 s–5 min
	SMTP             SMTP           // the mail server; not set: no mail leaves
	MailFrom         string         // "Helhet <helhet@example.org>"; empty: not said
	AccessibilityURL string         // the operator's accessibility statement, linked from /accessibility; empty: no link
	PrivacyURL       string         // the operator's privacy statement, linked from /privacy; empty: no link
	Contact          string         // who to ask about privacy and accessibility: an e-mail or an https address; empty: not said
	SecurityContact  string         // where to report a weakness, in /.well-known/security.txt; empty: there is no such file
	OIDC             []Issuer       // where people sign in with OpenID Connect; empty: nowhere
	AuditKeep        int            // days that lines of the audit log are kept, 30–36500
	FormerKeep       time.Duration  // how long people without any role are kept, 30–3650 days
	RequestKeep      time.Duration  // how long requests for access that nobody answers are kept, 7–3650 days
	AnsweredKeep     time.Duration  // how long they are kept after their answer, 1–3650 days
	AuditKey         string         // secret: base64 of 32 bytes, more of them behind commas; signs checkpoints. Empty: nothing is cut

	origins map[string]Origin // by setting name
}

// Origin says where a setting's value came from.
type Origin struct {
	Source Source
	Where  string // "HELHET_ADDR", "helhet.yaml:3", "--addr"; empty for a default
}

// Source is the kind of place a value came from. A later one wins over an earlier.
type Source string

// The sources, weakest first.
const (
	FromDefault     Source = "default"
	FromFile        Source = "file"
	FromEnvironment Source = "environment"
	FromFlag        Source = "flag"
)

func (o Origin) String() string {
	if o.Where == "" {
		return string(o.Source)
	}
	return string(o.Source) + " " + o.Where
}

// Flag is one setting given on the command line.
type Flag struct {
	Flag    string // "--data", as the user wrote it
	Setting string // "HELHET_STORE"
	Value   string
}

// Names of settings that code outside this package has to name.
const (
	SettingAddr        = "HELHET_ADDR"
	SettingStore       = "HELHET_STORE"
	SettingDemo        = "HELHET_DEMO"
	SettingMetricsAddr = "HELHET_METRICS_ADDR"
	SettingOIDC        = "HELHET_OIDC"
	SettingPublicURL   = "HELHET_PUBLIC_URL"
)

const (
	prefix      = "HELHET_"
	testPrefix  = "HELHET_TEST_" // belongs to the tests: never a setting, never a fault
	fileSetting = "HELHET_CONFIG"
)

// Load reads the settings. Environ is what os.Environ gives; file names a YAML file and wins over HELHET_CONFIG; both may
// be empty. All faults are gathered into one [*Error]; a file that cannot be read or parsed is an error of its own.
func Load(environ []string, file string, flags ...Flag) (Config, error) {
	c := Config{origins: map[string]Origin{}}
	var faults []Fault
	for _, s := range settings {
		if err := s.set(&c, s.standard); err != nil {
			return Config{}, fmt.Errorf("config: the default of %s: %w", s.name, err)
		}
		c.origins[s.name] = Origin{Source: FromDefault}
	}

	environment := map[string]string{}
	var order []string
	for _, entry := range environ {
		name, value, found := strings.Cut(entry, "=")
		if !found || !strings.HasPrefix(name, prefix) || strings.HasPrefix(name, testPrefix) {
			continue
		}
		if _, seen := environment[name]; !seen {
			order = append(order, name)
		}
		environment[name] = value
	}

	if file == "" {
		file = environment[fileSetting]
	}
	if file != "" {
		values, err := readFile(file)
		if err != nil {
			return Config{}, err
		}
		for _, v := range values {
			faults = c.apply(faults, keyToSetting(v.key), v.key, v.value, Origin{FromFile, fmt.Sprintf("%s:%d", file, v.line)})
		}
	}
	for _, name := range order {
		if name != fileSetting {
			faults = c.apply(faults, name, name, environment[name], Origin{FromEnvironment, name})
		}
	}
	for _, f := range flags {
		faults = c.apply(faults, f.Setting, f.Flag, f.Value, Origin{FromFlag, f.Flag})
	}
	if len(c.OIDC) > 0 && !safeURL(c.PublicURL) && !slices.ContainsFunc(faults, func(f Fault) bool {
		return keyToSetting(strings.ToLower(strings.TrimPrefix(f.Name, prefix))) == SettingPublicURL
	}) {
		faults = append(faults, Fault{Name: SettingPublicURL, Value: Mask(c.PublicURL), Origin: c.origins[SettingPublicURL],
			Allowed: "an https address while " + SettingOIDC + " names issuers, who send people back to it (http only on the loopback address)"})
	}
	if len(faults) > 0 {
		return Config{}, &Error{Faults: faults}
	}
	return c, nil
}

// apply sets one value, or adds what is wrong with it to the faults. Shown is the name as the user wrote it.
func (c *Config) apply(faults []Fault, name, shown, value string, from Origin) []Fault {
	s, known := find(name)
	if !known {
		return append(faults, Fault{Name: shown, Value: maskUnknown(shown, value), Origin: from, Unknown: true, Allowed: allowedNames(from.Source)})
	}
	err := s.set(c, value)
	if within, ok := errors.AsType[refusals](err); ok {
		for _, r := range within {
			faults = append(faults, Fault{Name: shown + r.place, Value: r.value, Origin: from, Allowed: r.allowed})
		}
		return faults
	}
	if err != nil {
		return append(faults, Fault{Name: shown, Value: maskUnknown(name, value), Origin: from, Allowed: s.allowed})
	}
	c.origins[name] = from
	return faults
}

// Setting is one setting in effect, safe to print.
type Setting struct {
	Name    string // "HELHET_STORE"
	Value   string // secrets masked
	Origin  Origin
	Allowed string
}

// Settings lists every setting in effect, in the order of the documentation, secrets masked.
func (c Config) Settings() []Setting {
	list := make([]Setting, 0, len(settings))
	for _, s := range settings {
		list = append(list, Setting{Name: s.name, Value: s.get(&c), Origin: c.origins[s.name], Allowed: s.allowed})
	}
	return list
}

// Fault is one setting that cannot be used.
type Fault struct {
	Name    string // as the user wrote it: "HELHET_ADR", "addr", "--addr"
	Value   string // secrets masked
	Origin  Origin
	Unknown bool   // no setting of that name exists
	Allowed string // what would be accepted
}

func (f Fault) String() string {
	if f.Unknown {
		return fmt.Sprintf("unknown setting %s=%q (%s); the settings are %s", f.Name, f.Value, f.Origin, f.Allowed)
	}
	return fmt.Sprintf("setting %s=%q (%s) is not valid; allowed is %s", f.Name, f.Value, f.Origin, f.Allowed)
}

// Error gathers everything that is wrong with the settings, one line each.
type Error struct{ Faults []Fault }

func (e *Error) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

func readFile(name string) ([]fileValue, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("the settings file %s cannot be read: %w", name, unwrapPath(err))
	}
	return parseFile(name, source)
}
