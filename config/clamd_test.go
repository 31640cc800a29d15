package config

import "testing"

func TestClamd(t *testing.T) {
	for value, want := range map[string]Clamd{
		"": {}, "unix:/run/clamav/clamd.ctl": {"unix", "/run/clamav/clamd.ctl"}, "tcp:127.0.0.1:3310": {"tcp", "127.0.0.1:3310"}, "tcp:[::1]:3310": {"tcp", "[::1]:3310"}, "tcp:clamav:3310": {"tcp", "clamav:3310"},
	} {
		got, err := parseClamd(value)
		if err != nil || got != want || got.String() != value {
			t.Errorf("%q: %+v, %v", value, got, err)
		}
	}
	for _, value := range []string{"clamd.ctl", "unix:clamd.ctl", "unix:", "tcp:", "tcp:127.0.0.1", "tcp::3310", "tcp:127.0.0.1:99999", "http://127.0.0.1:3310", "unix:/a\nb", "127.0.0.1:3310"} {
		if got, err := parseClamd(value); err == nil {
			t.Errorf("%q is taken as %+v", value, got)
		}
	}
}
