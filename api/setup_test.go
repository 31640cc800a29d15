package api

import (
	"net/http"
	"testing"

	"helhet/org"
)

func TestSetUpPage(t *testing.T) {
	s := startEmptyServer(t)
	secret, err := s.API.SetUp.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := "/set-up/" + secret
	for _, lang := range []string{"nb", "nn", "en"} {
		got := s.do(s.request(http.MethodGet, path, "", "Accept-Language", lang))
		if got.Status != http.StatusOK {
			t.Errorf("in %s: %d", lang, got.Status)
		}
		hasNot(t, lang, string(got.Body), "⟦")
	}
	if got := s.do(s.request(http.MethodPost, "/set-up/another", fields("name", "X", "email", "x@example.org"))); got.Status != http.StatusNotFound {
		t.Errorf("another secret: %d", got.Status)
	}
	got := s.do(s.request(http.MethodPost, path, fields("name", "", "email", "x")))
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a bad form: %d", got.Status)
	}
	got = s.do(s.request(http.MethodPost, path, fields("name", "Kari", "email", "Kari@example.org")))
	session := cookies(got)[sessionCookie]
	if got.Status != http.StatusSeeOther || session == nil || !s.person("kari@example.org").Actor().Has(org.Administrator) {
		t.Fatalf("setting up: %d %.300s", got.Status, got.Body)
	}
	req := s.request(http.MethodGet, "/people", "")
	req.AddCookie(session)
	has(t, "her first page", string(s.do(req).Body), "kari@example.org")
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if got := s.do(s.request(method, path, fields("name", "Ola", "email", "ola@example.org"))); got.Status != http.StatusNotFound || len(cookies(got)) != 0 {
			t.Errorf("%s again: %d", method, got.Status)
		}
	}
}
