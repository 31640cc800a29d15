package config

import (
	"encoding/base64"
	"errors"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// setting is one row of the table that defaults, reading, printing and the documentation's test go by.
type setting struct {
	name     string // "HELHET_ADDR"
	standard string // the default
	allowed  string // what is accepted, for a reader
	set      func(*Config, string) error
	get      func(*Config) string
}

// errInvalid is enough: what the user needs to read is the row's allowed text.
var errInvalid = errors.New("invalid")

var settings = []setting{
	{SettingAddr, "127.0.0.1:8080", "host:port with a port of 0–65535",
		func(c *Config, v string) (err error) { c.Addr, err = address(v); return },
		func(c *Config) string { return c.Addr }},
	{SettingStore, "sqlite:./data", StoreAllowed,
		func(c *Config, v string) (err error) { c.Store, err = ParseStore(v); return },
		func(c *Config) string { return c.Store.String() }},
	{SettingDemo, "false", "true or false",
		func(c *Config, v string) (err error) { c.Demo, err = boolean(v); return },
		func(c *Config) string { return strconv.FormatBool(c.Demo) }},
	{SettingMetricsAddr, "", "empty (off), or host:port; without a host it is the loopback address",
		func(c *Config, v string) (err error) { c.MetricsAddr, err = metricsAddress(v); return },
		func(c *Config) string { return c.MetricsAddr }},
	{"HELHET_LOG_LEVEL", "info", "debug, info, warn or error",
		func(c *Config, v string) (err error) {
			c.LogLevel, err = oneOf(v, "debug", "info", "warn", "error")
			return
		},
		func(c *Config) string { return c.LogLevel }},
	{"HELHET_LOG_FORMAT", "text", "text or json",
		func(c *Config, v string) (err error) { c.LogFormat, err = oneOf(v, "text", "json"); return },
		func(c *Config) string { return c.LogFormat }},
	{SettingPublicURL, "", "empty, or an http or https address without path, query or password",
		func(c *Config, v string) (err error) { c.PublicURL, err = originURL(v); return },
		func(c *Config) string { return c.PublicURL }},
	{"HELHET_TRUSTED_PROXIES", "", "empty (none), or addresses and networks with commas between, such as 127.0.0.1,10.0.0.0/8",
		func(c *Config, v string) (err error) { c.TrustedProxies, err = networks(v); return },
		func(c *Config) string { return listNetworks(c.TrustedProxies) }},
	{"HELHET_WRITE_RATE", "5", "a whole number a second, 0–10000; 0 is no limit",
		func(c *Config, v string) (err error) { c.WriteRate, err = number(v, 0, 10_000); return },
		func(c *Config) string { return strconv.Itoa(c.WriteRate) }},
	{"HELHET_SESSION_IDLE", "30", "a whole number of minutes, 5–120",
		func(c *Config, v string) (err error) { c.SessionIdle, err = minutes(v, 5, 120); return },
		func(c *Config) string { return inMinutes(c.SessionIdle) }},
	{"HELHET_SESSION_LENGTH", "120", "a whole number of minutes, 5–120",
		func(c *Config, v string) (err error) { c.SessionLength, err = minutes(v, 5, 120); return },
		func(c *Config) string { return inMinutes(c.SessionLength) }},
	{"HELHET_CLOSED_DAYS", "14", "a whole number of days, 1–365",
		func(c *Config, v string) (err error) { c.ClosedDays, err = number(v, 1, 365); return },
		func(c *Config) string { return strconv.Itoa(c.ClosedDays) }},
	{"HELHET_EVIDENCE_QUOTA", "500", "a whole number of MiB, 20–1000000",
		func(c *Config, v string) (err error) { c.EvidenceQuota, err = number(v, 20, 1_000_000); return },
		func(c *Config) string { return strconv.Itoa(c.EvidenceQuota) }},
	{"HELHET_CLAMD", "", clamdAllowed,
		func(c *Config, v string) (err error) { c.Clamd, err = parseClamd(v); return },
		func(c *Config) string { return c.Clamd.String() }},
	{"HELHET_LEAVING_DAYS", "30", "a whole number of days, 1–365",
		func(c *Config, v string) (err error) { c.LeavingDays, err = number(v, 1, 365); return },
		func(c *Config) string { return strconv.Itoa(c.LeavingDays) }},
	{"HELHET_DEPARTED_FIGURES", "aggregates", "named, aggregates or removed",
		func(c *Config, v string) (err error) {
			c.DepartedFigures, err = oneOf(v, "named", "aggregates", "removed")
			return
		},
		func(c *Config) string { return c.DepartedFigures }},
	{"HELHET_LEASE_SECONDS", "60", "a whole number of seconds, 60–3600",
		func(c *Config, v string) (err error) { c.Lease, err = seconds(v, 60, 3600); return },
		func(c *Config) string { return inSeconds(c.Lease) }},
	{"HELHET_SHUTDOWN_SECONDS", "20", "a whole number of seconds, 1–300",
		func(c *Config, v string) (err error) { c.Shutdown, err = seconds(v, 1, 300); return },
		func(c *Config) string { return inSeconds(c.Shutdown) }},
	{"HELHET_SMTP_URL", "", smtpAllowed,
		func(c *Config, v string) (err error) { c.SMTP, err = parseSMTP(v); return },
		func(c *Config) string { return c.SMTP.String() }},
	{"HELHET_MAIL_FROM", "", "empty, or one address, alone or as Helhet <helhet@example.org>",
		func(c *Config, v string) (err error) { c.MailFrom, err = mailFrom(v); return },
		func(c *Config) string { return c.MailFrom }},
	{"HELHET_ACCESSIBILITY_URL", "", "empty (no link), or an http or https address",
		func(c *Config, v string) (err error) { c.AccessibilityURL, err = linkURL(v); return },
		func(c *Config) string { return c.AccessibilityURL }},
	{"HELHET_PRIVACY_URL", "", "empty (no link), or an http or https address",
		func(c *Config, v string) (err error) { c.PrivacyURL, err = linkURL(v); return },
		func(c *Config) string { return c.PrivacyURL }},
	{"HELHET_CONTACT", "", contactAllowed,
		func(c *Config, v string) (err error) { c.Contact, err = contact(v); return },
		func(c *Config) string { return c.Contact }},
	{"HELHET_SECURITY_CONTACT", "", contactAllowed,
		func(c *Config, v string) (err error) { c.SecurityContact, err = contact(v); return },
		func(c *Config) string { return c.SecurityContact }},
	{"HELHET_AUDIT_KEEP", "1096", "a whole number of days, 30–36500",
		func(c *Config, v string) (err error) { c.AuditKeep, err = number(v, 30, 36_500); return },
		func(c *Config) string { return strconv.Itoa(c.AuditKeep) }},
	{"HELHET_FORMER_KEEP", "365", "a whole number of days, 30–3650",
		func(c *Config, v string) (err error) { c.FormerKeep, err = days(v, 30, 3650); return },
		func(c *Config) string { return inDays(c.FormerKeep) }},
	{"HELHET_REQUEST_KEEP", "90", "a whole number of days, 7–3650",
		func(c *Config, v string) (err error) { c.RequestKeep, err = days(v, 7, 3650); return },
		func(c *Config) string { return inDays(c.RequestKeep) }},
	{"HELHET_ANSWERED_REQUEST_KEEP", "90", "a whole number of days, 1–3650",
		func(c *Config, v string) (err error) { c.AnsweredKeep, err = days(v, 1, 3650); return },
		func(c *Config) string { return inDays(c.AnsweredKeep) }},
	{"HELHET_AUDIT_KEY", "", "empty, or the base64 of 32 random bytes (openssl rand -base64 32); several with commas between",
		func(c *Config, v string) (err error) { c.AuditKey, err = secretKeys(v); return },
		func(c *Config) string { return hidden(c.AuditKey) }},
	{SettingOIDC, "", oidcAllowed,
		func(c *Config, v string) (err error) { c.OIDC, err = parseIssuers(v); return },
		func(c *Config) string { return showIssuers(c.OIDC) }},
}

// secretKeys accepts keys of 32 bytes in base64, with commas between.
func secretKeys(value string) (string, error) {
	if value == "" {
		return "", nil
	}
	for key := range strings.SplitSeq(value, ",") {
		if raw, err := base64.StdEncoding.Strict().DecodeString(key); err != nil || len(raw) != 32 {
			return "", errInvalid
		}
	}
	return value, nil
}

// hidden shows that a secret is set, and no more.
func hidden(secret string) string {
	if secret == "" {
		return ""
	}
	return masked
}

func find(name string) (setting, bool) {
	for _, s := range settings {
		if s.name == name {
			return s, true
		}
	}
	return setting{}, false
}

// allowedNames lists the settings as they are spelt in the source the reader used.
func allowedNames(source Source) string {
	var names []string
	for _, s := range settings {
		if source == FromFile {
			names = append(names, strings.ToLower(strings.TrimPrefix(s.name, prefix)))
		} else {
			names = append(names, s.name)
		}
	}
	if source == FromEnvironment {
		names = append(names, fileSetting)
	}
	return strings.Join(names, ", ")
}

func address(value string) (string, error) {
	host, port, err := net.SplitHostPort(value)
	if err != nil {
		return "", errInvalid
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", errInvalid
	}
	if strings.ContainsAny(host, " \t\r\n/@?#") {
		return "", errInvalid
	}
	return value, nil
}

// metricsAddress keeps metrics on the loopback address unless the operator names another.
func metricsAddress(value string) (string, error) {
	if value == "" {
		return "", nil
	}
	if _, err := address(value); err != nil {
		return "", err
	}
	host, port, _ := net.SplitHostPort(value)
	if host == "" {
		host = netip.AddrFrom4([4]byte{127, 0, 0, 1}).String()
	}
	return net.JoinHostPort(host, port), nil
}

func boolean(value string) (bool, error) {
	switch value {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errInvalid
}

func oneOf(value string, words ...string) (string, error) {
	for _, word := range words {
		if value == word {
			return value, nil
		}
	}
	return "", errInvalid
}

func number(value string, least, most int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return 0, errInvalid
	}
	return n, nil
}

func seconds(value string, least, most int) (time.Duration, error) {
	n, err := number(value, least, most)
	return time.Duration(n) * time.Second, err
}

func minutes(value string, least, most int) (time.Duration, error) {
	n, err := number(value, least, most)
	return time.Duration(n) * time.Minute, err
}

const day = 24 * time.Hour

func days(value string, least, most int) (time.Duration, error) {
	n, err := number(value, least, most)
	return time.Duration(n) * day, err
}

func inDays(d time.Duration) string { return strconv.Itoa(int(d / day)) }

func inMinutes(d time.Duration) string { return strconv.Itoa(int(d / time.Minute)) }

func inSeconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// networks reads addresses and networks. All of the internet is none that anyone can trust.
func networks(value string) ([]netip.Prefix, error) {
	if value == "" {
		return nil, nil
	}
	var all []netip.Prefix
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		p, err := netip.ParsePrefix(part)
		if a, single := netip.ParseAddr(part); single == nil && a.Zone() == "" {
			a = a.Unmap()
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil || p.Bits() == 0 || p.Addr().Is4In6() {
			return nil, errInvalid
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

func listNetworks(all []netip.Prefix) string {
	var parts []string
	for _, p := range all {
		if p.IsSingleIP() {
			parts = append(parts, p.Addr().String())
		} else {
			parts = append(parts, p.String())
		}
	}
	return strings.Join(parts, ",")
}

func linkURL(value string) (string, error) {
	if value == "" {
		return "", nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return "", errInvalid
	}
	return value, nil
}

const contactAllowed = "empty, or one e-mail address, or an https address"

// contact accepts where people may turn. It becomes a link and a line of security.txt, so nothing may stand in it but the address.
func contact(value string) (string, error) {
	if value == "" {
		return "", nil
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", errInvalid
	}
	if strings.HasPrefix(value, "https://") {
		return linkURL(value)
	}
	if a, err := mail.ParseAddress(value); err != nil || a.Address != value {
		return "", errInvalid
	}
	return value, nil
}

// originURL accepts scheme, host and port alone: the pages' links start at the root.
func originURL(value string) (string, error) {
	value = strings.TrimSuffix(value, "/")
	if _, err := linkURL(value); err != nil || value == "" {
		return "", err
	}
	u, err := url.Parse(value)
	if err != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(value, "#") {
		return "", errInvalid
	}
	return value, nil
}
