package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

// A key that was changed, cut, made longer, given another's name or kept after signing out opens nothing, as a cookie or as a token.
func TestTamperedKeysOpenNothing(t *testing.T) {
	s := startServer(t)
	hers, others := s.session(contributorEmail), s.session(neighbourEmail)
	dot := strings.LastIndexByte(hers.Value, '.')
	id, random, otherRandom := hers.Value[:dot], hers.Value[dot+1:], others.Value[strings.LastIndexByte(others.Value, '.')+1:]
	token := s.token(contributorEmail)
	changed := "A" + random[1:]
	if random[0] == 'A' {
		changed = "B" + random[1:]
	}
	for what, secret := range map[string]string{
		"changed": id + "." + changed, "cut": hers.Value[:len(hers.Value)-1], "longer": hers.Value + "A", "in lower case": strings.ToLower(hers.Value), "without the random part": id + ".",
		"her id, another's secret": id + "." + otherRandom, "a token": token, "a token's secret": strings.TrimPrefix(token, "helhet_"), "twice": hers.Value + "." + hers.Value,
	} {
		if got := s.visit(&http.Cookie{Name: sessionCookie, Value: secret}, http.MethodGet, "/account", ""); got.Status != http.StatusSeeOther {
			t.Errorf("a cookie %s: %d", what, got.Status)
		}
		if what == "a token" {
			continue
		}
		for _, bearer := range []string{secret, "helhet_" + strings.TrimSuffix(secret, random) + changed} {
			if got := s.do(s.request(http.MethodGet, "/api/v1/rounds?region=vestfold-telemark", "", "Authorization", "Bearer "+bearer)); got.Status != http.StatusUnauthorized {
				t.Errorf("a token %s: %d", what, got.Status)
			}
		}
	}
	if got := s.visit(hers, http.MethodGet, "/account", ""); got.Status != http.StatusOK {
		t.Fatalf("the session itself: %d", got.Status)
	}
	s.visit(hers, http.MethodPost, "/sign-out", "")
	for _, path := range []string{"/account", "/api/v1/tokens"} {
		if got := s.visit(hers, http.MethodGet, path, ""); got.Status == http.StatusOK {
			t.Errorf("%s opens after signing out", path)
		}
	}
	if before := s.own().Answers.Len(); s.visit(hers, http.MethodPut, s.answerPath(unanswered), `{"level":3}`, "If-None-Match", "*").Status != http.StatusUnauthorized || s.own().Answers.Len() != before {
		t.Error("a session saves after signing out")
	}
}

// No operation takes a field that it doesn't know: nobody gives herself a role, a state or an owner by sending one along. Pages' forms
// read the fields they have, by name.
func TestNoFieldIsTakenUnasked(t *testing.T) {
	s := startServer(t)
	unasked := map[string]any{"id": "x", "state": "published", "grants": []any{map[string]any{"role": "administrator"}}, "person": "p-demo-admin", "role": "administrator", "inactive": false, "revision": "x", "Keys": []any{}}
	seen := 0
	for path, item := range newContract(s).api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch} {
			if op == nil || op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
				continue
			}
			seen++
			example, err := json.Marshal(op.RequestBody.Content["application/json"].Example)
			if err != nil {
				t.Fatal(err)
			}
			for field, value := range unasked {
				body := map[string]any{}
				if err := json.Unmarshal(example, &body); err != nil {
					t.Fatalf("%s: %v in %s", path, err, example)
				}
				if _, known := body[field]; known {
					continue
				}
				body[field] = value
				sent, err := json.Marshal(body)
				if err != nil {
					t.Fatal(err)
				}
				got := s.call(adminEmail, method, apiBase+path, string(sent), "If-None-Match", "*")
				var p Problem
				got.into(t, &p)
				if got.Status != http.StatusUnprocessableEntity || !slices.ContainsFunc(p.Errors, func(f ProblemField) bool { return f.Location == "body."+field }) {
					t.Errorf("%s %s with %s: %d %s", method, path, field, got.Status, got.Body)
				}
			}
		}
	}
	if seen < 4 {
		t.Errorf("only %d operations take a body", seen)
	}

	before := s.person(contributorEmail)
	form := fields("name", "Rapport", "reach", "read", "municipality", "larvik", "days", "30", "role", "administrator", "person", "p-demo-admin", "grants[0].role", "administrator", "inactive", "true", "Email", "mallory@example.org")
	if got := s.browse(contributorEmail, http.MethodPost, "/account/tokens", form); got.Status != http.StatusCreated {
		t.Fatalf("making a token: %d", got.Status)
	}
	if after := s.person(contributorEmail); !slices.Equal(after.Grants, before.Grants) || after.Inactive || after.Email != before.Email || after.ID != before.ID {
		t.Errorf("a form made her %+v", after)
	}
}

// An address with tricks in it is a page that doesn't exist, or the plain page it names; never a file, and never another's page.
func TestPathTricks(t *testing.T) {
	s := startServer(t)
	for _, path := range []string{
		"/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/assets/../../go.mod", "/assets/..%2fmanifest.json", "/assets/%2e%2e/%2e%2e/main.go", "/assets/..%5c..%5cgo.mod", "/assets//app.js", "/assets/app.js%00.css",
		"/.git/config", "/.env", "/data/helhet.db", "/tasks/..%2f..%2faccount", "/tasks/henvise%00", "/people/..%2faccount", "/people/p-demo-admin%2f..%2fp-demo-contributor-3909", "/regions/vestfold-telemark/charts/..%2f..%2fx.svg",
		"/regions/vestfold-telemark/charts/heat-map.svg%00.csv", "/rounds/..;/people", "/%2e%2e/account", "/account/.", "/Account", "//account", "/account%20",
	} {
		req := s.request(http.MethodGet, "/", "")
		req.URL.Opaque = strings.TrimPrefix(s.URL, "http:") + path // as it stands, not tidied by the client
		req.AddCookie(s.session(contributorEmail))
		got := s.do(req)
		if got.Status < 300 || got.Status >= 500 {
			t.Errorf("%s: %d %.200s", path, got.Status, got.Body)
		}
		if to := got.Header.Get("Location"); to != "" && ownPath(to) != to {
			t.Errorf("%s leads to %s", path, to)
		}
		hasNot(t, path, string(got.Body), "module helhet", "root:", leadEmail, "SQLite format")
	}
}

// What a request says of its own host decides nothing that others read: links in mails begin with our own address.
func TestAForeignHostIsNotBelieved(t *testing.T) {
	s := startServer(t)
	s.API.PublicURL = "https://helhet.example.org"
	req := s.request(http.MethodPost, "/sign-in/email", fields("email", contributorEmail), "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example", "X-Forwarded-Proto", "gopher")
	req.Host = "evil.example"
	got := s.do(req)
	mails := s.mails()
	if got.Status != http.StatusSeeOther || len(mails) != 1 {
		t.Fatalf("%d, %d mails", got.Status, len(mails))
	}
	has(t, "the mail", mails[0].Text, "https://helhet.example.org/sign-in/link/")
	for _, text := range []string{mails[0].Text, got.Header.Get("Location"), strings.Join(slices.Collect(maps.Keys(got.Header)), " ")} {
		hasNot(t, "the answer", text, "evil.example")
	}
}

// What an attack would meet is in the log, by route, operation and reason; who it was about, what was sent and every secret is not.
func TestRefusalsAreLogged(t *testing.T) {
	s := startServer(t)
	s.browse(outsiderEmail, http.MethodGet, "/people?q=hemmelig", "")
	s.visit(&http.Cookie{Name: sessionCookie, Value: string(s.person(adminEmail).ID) + ".GUESSEDSECRET"}, http.MethodGet, "/audit", "")
	for range 6 {
		s.do(s.request(http.MethodPost, "/sign-in/email", fields("email", contributorEmail)))
	}
	_, link, _, _ := s.beginEmail(neighbourEmail)
	s.do(s.request(http.MethodPost, link, ""))
	log := s.Log.String()
	has(t, "the log", log, "msg=refused", "route=/people", "code=forbidden", "route=/audit", "code=unauthenticated", "route=/sign-in/email", "code=too-many", `msg="signed in"`, "route=/sign-in/link/:link")
	hasNot(t, "the log", log, "hemmelig", "GUESSEDSECRET", contributorEmail, neighbourEmail, strings.TrimPrefix(link, "/sign-in/link/"), string(s.person(adminEmail).ID))

	// Whatever else is refused is there too; a form that comes back by its route and status.
	browser, _, _, _ := s.beginEmail(leadEmail)
	for _, c := range []struct{ email, method, path, body, logged string }{
		{"", http.MethodPost, link, "", "key=error.sign-in.spent"}, // the second of two
		{"", http.MethodPost, "/sign-in/code", fields("code", "hemmelig"), "route=/sign-in/code status=409"},
		{"", http.MethodPost, "/sign-in/email", fields("email", "kari@example.org\r\nBcc: hemmelig@example.org"), "route=/sign-in/email status=422"},
		{coordinatorEmail, http.MethodPost, "/people", fields("view", "municipality", "name", "Kari\r\nBcc: hemmelig", "email", "k@example.org", "role", "leader"), "route=/people status=422"},
		{coordinatorEmail, http.MethodPut, "/api/v1/me", `{"name":"Kari","grants":"hemmelig"}`, "route=/me op=api.correct-me code=invalid"},
		{coordinatorEmail, http.MethodGet, "/tasks/..%2fhemmelig", "", "code=not-found"},
		{coordinatorEmail, http.MethodGet, "/hemmelig", "", "code=not-found"},
	} {
		s.Log.Reset()
		s.browse(c.email, c.method, c.path, c.body)
		has(t, c.path, s.Log.String(), "msg=refused", c.logged)
		hasNot(t, c.path, s.Log.String(), "hemmelig")
	}
	for _, header := range []string{"", "application/json"} {
		s.Log.Reset()
		s.do(s.request(http.MethodPost, "/sign-out", "", "Sec-Fetch-Site", "cross-site", "Accept", header))
		has(t, "from another site", s.Log.String(), "msg=refused", "key=error.cross-origin")
	}
	s.Log.Reset()
	s.visit(browser, http.MethodPost, "/sign-in/code", fields("code", "000000x"))
	has(t, "a wrong code", s.Log.String(), "msg=refused", "route=/sign-in/code status=422")
	s.Log.Reset()
	for _, path := range []string{"/people", "/api/v1/me"} { // nobody has tried anything yet
		s.do(s.request(http.MethodGet, path, ""))
	}
	s.browse(outsiderEmail, http.MethodGet, "/people", "")
	if n := strings.Count(s.Log.String(), "msg=refused"); n != 1 {
		t.Errorf("%d lines, want the one of who may not:\n%s", n, s.Log.String())
	}
}
