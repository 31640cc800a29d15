package main

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"helhet/config"
)

// Beside a server that has the database open, whoever has the machine lets somebody in who has no other way: once.
func TestSignInLink(t *testing.T) {
	data := filepath.Join(t.TempDir(), "demo")
	if code, _, stderr := result(t, nil, "demo", "--data", data); code != 0 {
		t.Fatal(stderr)
	}
	s := startServing(t, nil, "--demo", "--data", data)
	if code, stdout, stderr := result(t, nil, "sign-in-link", "--data", data, "--user", "nobody@example.org"); code != exitFailed || stdout != "" || !strings.Contains(stderr, "nobody has the address") {
		t.Errorf("for nobody: code %d, %q, %s", code, stdout, stderr)
	}
	code, link, stderr := result(t, nil, "sign-in-link", "--data", data, "--user", "Admin@Example.org")
	path := regexp.MustCompile(`^http://\S+(/sign-in/link/c-[a-z0-9]+\.[A-Z0-9]{26})\n$`).FindStringSubmatch(link)
	if code != 0 || path == nil {
		t.Fatalf("code %d, %q, %s", code, link, stderr)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, c := range []struct {
		method string
		want   int
		in     bool
	}{{http.MethodGet, http.StatusOK, false}, {http.MethodGet, http.StatusOK, false}, {http.MethodPost, http.StatusSeeOther, true}, {http.MethodPost, http.StatusConflict, false}} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, s.url+path[1], nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.method == http.MethodPost {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		answer, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if in := len(answer.Cookies()) > 0; answer.StatusCode != c.want || in != c.in {
			t.Errorf("%s: %d, signed in %t", c.method, answer.StatusCode, in)
		}
	}
	if strings.Contains(s.log.String(), path[1]) {
		t.Error("the server's log tells the link")
	}
}

func TestWhereTheLinkLeads(t *testing.T) {
	for _, c := range []struct{ public, addr, want string }{
		{"https://helhet.example.org", ":8080", "https://helhet.example.org"}, {"", ":8080", "http://127.0.0.1:8080"},
		{"", "0.0.0.0:80", "http://127.0.0.1:80"}, {"", "[::]:80", "http://127.0.0.1:80"}, {"", "10.0.0.7:8080", "http://10.0.0.7:8080"},
	} {
		if got := baseOf(config.Config{PublicURL: c.public, Addr: c.addr}); got != c.want {
			t.Errorf("%q at %q: %s", c.public, c.addr, got)
		}
	}
}
