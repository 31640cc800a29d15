package api

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func trusting(networks ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, n := range networks {
		all = append(all, netip.MustParsePrefix(n))
	}
	return all
}

func TestWhereARequestCameFrom(t *testing.T) {
	proxies := trusting("10.0.0.0/8", "127.0.0.1/32", "fd00::/8")
	for _, row := range []struct {
		name, peer   string
		header       []string // name, value …
		addr, scheme string
	}{
		{"straight", "192.0.2.7:5000", nil, "192.0.2.7", ""},
		{"straight, mapped", "[::ffff:192.0.2.7]:5000", nil, "192.0.2.7", ""},
		{"straight, lying", "192.0.2.7:5000", []string{"X-Forwarded-For", "198.51.100.1", "X-Forwarded-Proto", "https", "Forwarded", "for=198.51.100.1;proto=https"}, "192.0.2.7", ""},
		{"by a proxy that says nothing", "10.0.0.1:1", nil, "10.0.0.1", ""},
		{"by a proxy", "10.0.0.1:1", []string{"X-Forwarded-For", "192.0.2.7", "X-Forwarded-Proto", "https"}, "192.0.2.7", "https"},
		{"by a proxy, lying before", "10.0.0.1:1", []string{"X-Forwarded-For", "10.9.9.9, 198.51.100.1,192.0.2.7", "X-Forwarded-Proto", "https, http"}, "192.0.2.7", "http"},
		{"by a proxy that adds a line", "10.0.0.1:1", []string{"X-Forwarded-For", "198.51.100.1", "X-Forwarded-For", "192.0.2.7"}, "192.0.2.7", ""},
		{"by two proxies", "10.0.0.1:1", []string{"X-Forwarded-For", "198.51.100.1, 192.0.2.7, 10.0.0.2"}, "192.0.2.7", ""},
		{"by proxies alone", "10.0.0.1:1", []string{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}, "10.0.0.3", ""},
		{"nonsense at the right", "10.0.0.1:1", []string{"X-Forwarded-For", "192.0.2.7, unknown"}, "10.0.0.1", ""},
		{"nonsense behind a proxy", "10.0.0.1:1", []string{"X-Forwarded-For", "x, 10.0.0.2"}, "10.0.0.2", ""},
		{"with a port", "10.0.0.1:1", []string{"X-Forwarded-For", "192.0.2.7:4711"}, "192.0.2.7", ""},
		{"version 6", "[fd00::1]:1", []string{"X-Forwarded-For", "2001:db8::7"}, "2001:db8::7", ""},
		{"version 6 in brackets, with a port", "[fd00::1]:1", []string{"X-Forwarded-For", "[2001:db8::7]:4711"}, "2001:db8::7", ""},
		{"a zone", "[fd00::1]:1", []string{"X-Forwarded-For", "fe80::7%eth0"}, "fe80::7", ""},
		{"standard", "10.0.0.1:1", []string{"Forwarded", `for=198.51.100.1;proto=http, For="[2001:db8::7]:4711"; Proto=HTTPS;by=_x`}, "2001:db8::7", "https"},
		{"standard, obscured", "10.0.0.1:1", []string{"Forwarded", "for=_hidden;proto=https"}, "10.0.0.1", "https"},
		{"standard, spoilt", "10.0.0.1:1", []string{"Forwarded", `for="192.0.2.7`}, "10.0.0.1", ""},
		{"both, agreeing", "10.0.0.1:1", []string{"Forwarded", "for=192.0.2.7;proto=https", "X-Forwarded-For", "192.0.2.7"}, "192.0.2.7", "https"},
		{"both, of which one was let through", "10.0.0.1:1", []string{"Forwarded", "for=198.51.100.1;proto=https", "X-Forwarded-For", "192.0.2.7"}, "10.0.0.1", ""},
		{"a scheme that is none", "10.0.0.1:1", []string{"X-Forwarded-Proto", "gopher"}, "10.0.0.1", ""},
	} {
		h := http.Header{}
		for i := 0; i < len(row.header); i += 2 {
			h.Add(row.header[i], row.header[i+1])
		}
		if got := clientOf(proxies, row.peer, h); got.Addr.String() != row.addr || got.Scheme != row.scheme {
			t.Errorf("%s: %v %q, want %s %q", row.name, got.Addr, got.Scheme, row.addr, row.scheme)
		}
	}
	if got := clientOf(proxies, "nonsense", http.Header{}); got.Addr.IsValid() {
		t.Errorf("nonsense comes from %v", got.Addr)
	}
}

// Whatever is sent: from a stranger nothing of it counts, and through one trusted proxy only what that proxy wrote last.
func FuzzClientOf(f *testing.F) {
	for _, s := range []string{"", "192.0.2.7", "[2001:db8::7]:1, x", `for="[::1]";proto=https`, `for=";,="`, "for=a;for=b,,", "\x00\xff"} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, forwardedBy, standard, proto string) {
		h := http.Header{"X-Forwarded-For": {forwardedBy}, "Forwarded": {standard}, "X-Forwarded-Proto": {proto}}
		if got := clientOf(trusting("10.0.0.1/32"), "192.0.2.7:1", h); got.Addr.String() != "192.0.2.7" || got.Scheme != "" {
			t.Fatalf("a stranger decides: %+v", got)
		}
		got := clientOf(trusting("10.0.0.1/32"), "10.0.0.1:1", h)
		if !got.Addr.IsValid() || got.Addr.Zone() != "" || got.Addr.Is4In6() || got.Scheme != "" && got.Scheme != "http" && got.Scheme != "https" {
			t.Fatalf("%+v", got)
		}
		written := http.Header{"X-Forwarded-For": {forwardedBy + ", 198.51.100.9"}}
		if got := clientOf(trusting("10.0.0.1/32"), "10.0.0.1:1", written); got.Addr.String() != "198.51.100.9" {
			t.Fatalf("left of what the proxy wrote %q decides: %v", forwardedBy, got.Addr)
		}
	})
}

// Over https the browser is told to stay there, and who came over http is led there, to our own address and no other.
func TestOnlyHTTPS(t *testing.T) {
	s := startServer(t)
	if got := s.do(s.request(http.MethodGet, "/sign-in", "")); got.Header.Get("Strict-Transport-Security") != "" {
		t.Error("over http a browser is bound to https")
	}
	s.API.PublicURL, s.API.TrustedProxies = "https://helhet.example.org", trusting("127.0.0.1/32")
	if got := s.do(s.request(http.MethodGet, "/sign-in", "", "X-Forwarded-Proto", "https")); got.Status != http.StatusOK || !strings.HasPrefix(got.Header.Get("Strict-Transport-Security"), "max-age=63072000") {
		t.Errorf("over https: %d, %q", got.Status, got.Header.Get("Strict-Transport-Security"))
	}
	for path, want := range map[string]string{"/tasks/a?b=c%2F": "https://helhet.example.org/tasks/a?b=c%2F", "//evil.example/x": "https://helhet.example.org//evil.example/x"} {
		if got := s.do(s.request(http.MethodGet, path, "", "X-Forwarded-Proto", "http")); got.Status != http.StatusPermanentRedirect || got.Header.Get("Location") != want {
			t.Errorf("%s over http: %d to %q", path, got.Status, got.Header.Get("Location"))
		}
	}
	s.API.TrustedProxies = nil
	if got := s.do(s.request(http.MethodGet, "/sign-in", "", "X-Forwarded-Proto", "http")); got.Status != http.StatusOK {
		t.Errorf("a stranger's header leads elsewhere: %d", got.Status)
	}
	req := s.request(http.MethodGet, "/", "") // a plain cookie may have been planted by a neighbour
	req.AddCookie(s.session(contributorEmail))
	if got := s.do(req); got.Status != http.StatusSeeOther {
		t.Errorf("over https the plain cookie counts: %d", got.Status)
	}
}
