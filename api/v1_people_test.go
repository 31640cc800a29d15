package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"helhet/demo"
	"helhet/internal/mail"
	"helhet/internal/store"
	"helhet/org"
)

const v1PeoplePath = "/api/v1/people/"

// What a program may read and change of people is what its owner may on the pages.
func TestPeopleByAPI(t *testing.T) {
	s := startServer(t)
	contributor := v1PeoplePath + string(s.person(contributorEmail).ID)
	_, request := s.asked("1", "larvik")
	request = "/api/v1" + request
	for email, c := range map[string]struct {
		path  string
		first string // an address that must be there
		none  string // and one that must not
	}{
		coordinatorEmail: {"/api/v1/people", contributorEmail, neighbourEmail},
		neighbourEmail:   {"/api/v1/people?municipality=4001", neighbourEmail, contributorEmail},
		leadEmail:        {"/api/v1/people?region=vestfold-telemark", neighbourEmail, contributorEmail},
		adminEmail:       {"/api/v1/people?limit=100", contributorEmail, "\"keys\""},
	} {
		got := s.call(email, http.MethodGet, c.path, "")
		if got.Status != http.StatusOK || !strings.Contains(string(got.Body), c.first) || strings.Contains(string(got.Body), c.none) {
			t.Errorf("%s reads %s: %d %.500s", email, c.path, got.Status, got.Body)
		}
	}
	// A list in pages has everyone once.
	seen, next := map[org.PersonID]bool{}, ""
	for {
		var page v1People
		s.call(adminEmail, http.MethodGet, "/api/v1/people?limit=7&after="+next, "").into(t, &page)
		for _, p := range page.People {
			if seen[p.ID] {
				t.Errorf("%s comes twice", p.ID)
			}
			seen[p.ID] = true
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if all, _, err := s.People.List(t.Context(), 1000, ""); err != nil || len(seen) != len(all) {
		t.Errorf("%d of %d people (%v)", len(seen), len(all), err)
	}
	// Beyond what is hers, everything is refused, and the same for what is not there.
	for _, email := range []string{contributorEmail, leaderEmail, neighbourEmail, outsideLeadEmail, outsiderEmail, auditorEmail} {
		for path, body := range map[string]string{
			"GET " + contributor: "", "GET /api/v1/people?municipality=larvik": "", "GET /api/v1/people?region=vestfold-telemark": "", "GET /api/v1/invitations?municipality=larvik": "",
			"GET /api/v1/access-requests?municipality=3909": "", "GET " + request: "", "GET " + v1PeoplePath + "p-nosuch": "", "GET /api/v1/access-requests/nosuch": "",
			"POST " + contributor + "/role":       `{"municipality":"larvik","from":"contributor","to":"leader"}`,
			"POST " + contributor + "/deactivate": "",
			"POST " + contributor + "/reactivate": "",
			"POST " + contributor + "/hand-over":  `{"to":"p-demo-lead"}`,
			"POST " + request + "/grant":          `{"role":"contributor"}`,
			"POST " + request + "/decline":        "",
			"POST " + request + "/reopen":         "",
			"POST /api/v1/invitations":            `{"name":"X","email":"x@example.org","role":"contributor","municipality":"larvik","region":"vestfold-telemark"}`,
		} {
			method, address, _ := strings.Cut(path, " ")
			if got := s.call(email, method, address, body, "If-Match", `"x"`); got.Status != http.StatusForbidden {
				t.Errorf("%s: %s: %d", email, path, got.Status)
			}
		}
	}
	// A token for reading changes nothing, and nobody at all reads anything.
	for _, path := range []string{"/api/v1/people", "/api/v1/invitations", "/api/v1/access-requests"} {
		if got := s.call("", http.MethodGet, path, ""); got.Status != http.StatusUnauthorized {
			t.Errorf("nobody reads %s: %d", path, got.Status)
		}
	}

	change := func(path, body string, status int) v1Person {
		t.Helper()
		got := s.call(coordinatorEmail, http.MethodPost, contributor+path, body)
		if got.Status != status {
			t.Fatalf("%s: %d %.300s", path, got.Status, got.Body)
		}
		var p v1Person
		if status == http.StatusOK {
			got.into(t, &p)
		}
		return p
	}
	larvik := func(role org.Role) []v1Grant { return []v1Grant{{role, "larvik", demo.Region}} }
	if p := change("/role", `{"municipality":"3909","from":"contributor","to":"leader"}`, http.StatusOK); !slices.Equal(p.Roles, larvik("leader")) {
		t.Errorf("another role: %+v", p)
	}
	change("/role", `{"municipality":"3909","from":"contributor","to":"coordinator"}`, http.StatusConflict)
	change("/role", `{"municipality":"3909","from":"leader","to":"queen"}`, http.StatusUnprocessableEntity)
	change("/role", `{"municipality":"atlantis","from":"leader","to":"contributor"}`, http.StatusNotFound)
	if p := change("/deactivate", "", http.StatusOK); p.Active || len(p.Roles) != 0 || !slices.Equal(p.Former, larvik("leader")) {
		t.Errorf("ended: %+v", p)
	}
	if p := change("/reactivate", "", http.StatusOK); !p.Active || !slices.Equal(p.Roles, larvik("leader")) {
		t.Errorf("given back: %+v", p)
	}
	// What only the domain sets can't be sent.
	for path, body := range map[string]string{
		"/role":      `{"municipality":"larvik","from":"leader","to":"contributor","grants":[{"role":"administrator"}]}`,
		"/hand-over": `{"to":"p-demo-lead","from":"p-demo-admin"}`,
	} {
		if got := s.call(coordinatorEmail, http.MethodPost, contributor+path, body); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s with more than it has: %d %.300s", path, got.Status, got.Body)
		}
	}
}

func TestInvitationsByAPI(t *testing.T) {
	s := startServer(t)
	for _, body := range []string{
		`{"name":"N","email":"n@example.org","role":"contributor","municipality":"larvik","id":"i-1"}`,
		`{"name":"N","email":"n@example.org","role":"contributor","municipality":"larvik","by":"p-demo-admin"}`,
		`{"name":"N","email":"n@example.org","role":"contributor","municipality":"larvik","grant":{"role":"administrator"}}`,
		`{"name":"N","email":"n@example.org\r\nBcc: x@example.org","role":"contributor","municipality":"larvik"}`,
		`{"name":"","email":"n@example.org","role":"contributor","municipality":"larvik"}`,
		`{"name":"N","email":"n@example.org","role":"queen","municipality":"larvik"}`,
		`{"name":"N","email":"n@example.org","role":"contributor"}`,
		`{"name":"N","email":"n@example.org","role":"contributor","municipality":"larvik","region":"oslo-testregion"}`,
	} {
		if got := s.call(coordinatorEmail, http.MethodPost, "/api/v1/invitations", body); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %.300s", body, got.Status, got.Body)
		}
	}
	invite := func(email string) v1Invitation {
		t.Helper()
		got := s.call(coordinatorEmail, http.MethodPost, "/api/v1/invitations", `{"name":"Nina","email":"`+email+`","role":"leader","municipality":"3909"}`)
		if got.Status != http.StatusCreated {
			t.Fatalf("inviting: %d %.300s", got.Status, got.Body)
		}
		var inv v1Invitation
		got.into(t, &inv)
		return inv
	}
	first := invite("nina@example.org")
	if first.Grant != (v1Grant{"leader", "larvik", demo.Region}) || first.Link != "" || len(s.mails()) != 1 {
		t.Errorf("invited %+v", first)
	}
	second := invite("nora@example.org")
	var page v1Invitations
	s.call(coordinatorEmail, http.MethodGet, "/api/v1/invitations?limit=1", "").into(t, &page)
	var rest v1Invitations
	s.call(coordinatorEmail, http.MethodGet, "/api/v1/invitations?limit=1&after="+page.Next, "").into(t, &rest)
	if len(page.Invitations) != 1 || len(rest.Invitations) != 1 || page.Invitations[0].ID == rest.Invitations[0].ID || rest.Next != "" {
		t.Errorf("in pages: %+v, %+v", page, rest)
	}
	path := "/api/v1/invitations/" + string(second.ID)
	for what, want := range map[string]int{"/again": http.StatusOK, "/revoke": http.StatusNoContent} {
		if got := s.call(neighbourEmail, http.MethodPost, path+what, ""); got.Status != http.StatusForbidden {
			t.Errorf("a neighbour %s: %d", what, got.Status)
		}
		if what == "/again" {
			if got := s.call(coordinatorEmail, http.MethodPost, path+what, ""); got.Status != want {
				t.Errorf("%s: %d %.300s", what, got.Status, got.Body)
			}
		}
	}
	if got := s.call(coordinatorEmail, http.MethodPost, path+"/revoke", ""); got.Status != http.StatusNoContent {
		t.Errorf("taking it back: %d", got.Status)
	}
	if got := s.call(coordinatorEmail, http.MethodPost, path+"/revoke", ""); got.Status != http.StatusConflict {
		t.Errorf("taking it back twice: %d", got.Status)
	}
	// What the coordinator leaves is the neighbour's only where she could carry it on.
	own := v1PeoplePath + string(s.person(coordinatorEmail).ID) + "/hand-over"
	var handed v1HandedOver
	s.call(adminEmail, http.MethodPost, own, `{"to":"`+string(s.person(neighbourEmail).ID)+`"}`).into(t, &handed)
	if handed.Invitations != 0 {
		t.Errorf("Porsgrunn gets %d of Larvik's", handed.Invitations)
	}
	s.call(adminEmail, http.MethodPost, own, `{"to":"`+string(s.person(adminEmail).ID)+`"}`).into(t, &handed)
	if handed.Invitations != 1 {
		t.Errorf("the administrator gets %d", handed.Invitations)
	}
	// Where no mails leave the link is told once, to whoever invites.
	s.API.Mail = mail.New(store.Open(s.DB.Engine()), nil, s.API.Now, s.API.Log)
	third := invite("nils@example.org")
	if secretIn(t, third.Link); !strings.HasPrefix(third.Link, s.URL) {
		t.Errorf("the link %q", third.Link)
	}
	hasNot(t, "the list", string(s.call(coordinatorEmail, http.MethodGet, "/api/v1/invitations", "").Body), "/invitations/i-")
}

func TestAccessRequestsByAPI(t *testing.T) {
	s := startServer(t)
	req, path := s.asked("sub-1", "larvik")
	path = "/api/v1" + path
	var list v1AccessRequests
	s.call(leadEmail, http.MethodGet, "/api/v1/access-requests?region=vestfold-telemark", "").into(t, &list)
	if !slices.ContainsFunc(list.Requests, func(r v1AccessRequest) bool { return r.ID == req.ID }) {
		t.Fatalf("the lead's list: %+v", list)
	}
	got := s.call(coordinatorEmail, http.MethodGet, path, "")
	etag := got.Header.Get("ETag")
	if etag != `"`+string(req.Tag)+`"` || strings.Contains(string(got.Body), "sub-1") {
		t.Errorf("the request: %s %s", etag, got.Body)
	}
	answer := func(what, body, match string, status int) v1AccessRequest {
		t.Helper()
		var header []string
		if match != "" {
			header = []string{"If-Match", match}
		}
		got := s.call(coordinatorEmail, http.MethodPost, path+what, body, header...)
		if got.Status != status {
			t.Fatalf("%s %s with %q: %d %.500s", what, body, match, got.Status, got.Body)
		}
		var out v1AccessRequest
		if status == http.StatusOK {
			got.into(t, &out)
			etag = got.Header.Get("ETag")
		}
		return out
	}
	answer("/grant", `{"role":"contributor"}`, "", http.StatusPreconditionRequired)
	answer("/decline", "", "", http.StatusPreconditionRequired)
	answer("/grant", `{"role":"contributor"}`, "W/"+etag, http.StatusBadRequest)
	answer("/grant", `{"role":"contributor"}`, `"other"`, http.StatusPreconditionFailed)
	answer("/grant", `{"role":"contributor","person":"p-demo-lead"}`, etag, http.StatusUnprocessableEntity)
	answer("/grant", `{"role":"contributor","issuer":"https://evil.example","subject":"x"}`, etag, http.StatusUnprocessableEntity)
	answer("/grant", `{"role":"queen"}`, etag, http.StatusUnprocessableEntity)
	answer("/grant", `{"role":"administrator"}`, etag, http.StatusForbidden)
	answer("/grant", `{"role":"contributor","municipality":"porsgrunn"}`, etag, http.StatusUnprocessableEntity) // which is in no region of hers
	answer("/grant", `{"role":"contributor","municipality":"porsgrunn","region":"vestfold-telemark"}`, etag, http.StatusForbidden)
	if d := answer("/decline", "", etag, http.StatusOK); d.State != org.AccessDeclined || d.DeclinedAt.IsZero() {
		t.Errorf("declined: %+v", d)
	}
	answer("/grant", `{"role":"contributor"}`, etag, http.StatusConflict)
	if d := answer("/reopen", "", "", http.StatusOK); d.State != org.AccessOpen {
		t.Errorf("taken back: %+v", d)
	}
	granted := answer("/grant", `{"role":"contributor"}`, etag, http.StatusOK)
	if granted.State != org.AccessGranted || granted.Grant == nil || *granted.Grant != (v1Grant{"contributor", "larvik", demo.Region}) || granted.Name != "" {
		t.Errorf("granted: %+v", granted)
	}
	var p v1Person
	s.call(coordinatorEmail, http.MethodGet, v1PeoplePath+string(granted.Person), "").into(t, &p)
	if p.Email != "" || !p.Active || len(p.Roles) != 1 {
		t.Errorf("she is %+v", p)
	}
}
