package config

import "strings"

const masked = "***"

// shownOptions are the options of a connection string that hold no secret. Whatever is not named here is masked, so that an
// option nobody thought of (a proxy's password, a session token) stays hidden.
var shownOptions = map[string]bool{
	"appname": true, "authmechanism": true, "authsource": true, "compressors": true, "connecttimeoutms": true,
	"directconnection": true, "heartbeatfrequencyms": true, "journal": true, "loadbalanced": true, "localthresholdms": true,
	"maxconnecting": true, "maxidletimems": true, "maxpoolsize": true, "minpoolsize": true, "readconcernlevel": true,
	"readpreference": true, "replicaset": true, "retryreads": true, "retrywrites": true, "servermonitoringmode": true,
	"serverselectiontimeoutms": true, "sockettimeoutms": true, "srvmaxhosts": true, "ssl": true, "timeoutms": true,
	"tls": true, "tlscafile": true, "tlscertificatekeyfile": true, "w": true, "wtimeoutms": true,
}

// Mask hides the secrets of a value that may be a connection string: the password, and the value of every option not known
// to be harmless. A broken connection string loses more than it must rather than less.
func Mask(value string) string {
	scheme, rest, found := strings.Cut(value, "://")
	if !found {
		if strings.Contains(value, "@") {
			return masked
		}
		return value
	}
	if strings.Contains(scheme, "@") {
		return masked
	}
	before := ""
	// The last @ ends the user part: a password with an unescaped @ must not show its tail as a host.
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		// Where /, ? or # stand before it, nobody can tell password, path and options apart.
		if strings.ContainsAny(rest[:at], "/?#") {
			return scheme + "://" + masked
		}
		user, _, hasPassword := strings.Cut(rest[:at], ":")
		if hasPassword {
			before = user + ":" + masked + "@"
		} else {
			before = user + "@"
		}
		rest = rest[at+1:]
	}
	host, options, hasOptions := strings.Cut(rest, "?")
	if !hasOptions {
		return scheme + "://" + before + host
	}
	pairs := strings.FieldsFunc(options, func(r rune) bool { return r == '&' || r == ';' })
	for i, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		if !shownOptions[strings.ToLower(name)] {
			// Without "=" the whole of it may be the tail of something secret.
			if !strings.Contains(pair, "=") {
				pairs[i] = masked
				continue
			}
			pairs[i] = name + "=" + masked
		}
	}
	return scheme + "://" + before + host + "?" + strings.Join(pairs, "&")
}

// maskUnknown hides the value of a setting that nobody knows or that is wrong: its name may say that it is a secret, and a misspelt
// HELHET_STORE holds a connection string.
func maskUnknown(name, value string) string {
	name = strings.ToUpper(name)
	for _, word := range []string{"PASS", "SECRET", "TOKEN", "KEY", "CREDENTIAL", "COOKIE", "OIDC"} {
		if strings.Contains(name, word) {
			return masked
		}
	}
	if strings.ContainsAny(value, "[{\n") { // a misspelt HELHET_OIDC, with its issuers' secrets
		return masked
	}
	return Mask(value)
}
