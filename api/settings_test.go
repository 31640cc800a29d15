package api

import (
	"net/http"
	"strings"
	"testing"

	"helhet/demo"
	"helhet/internal/locale"
	"helhet/org"
)

func (s *testServer) consent(m org.MunicipalityID) org.Consent {
	s.t.Helper()
	region, err := s.Regions.Get(s.t.Context(), demo.Region)
	if err != nil {
		s.t.Fatal(err)
	}
	member, _ := region.Member(m)
	return member.Consent
}

// The coordinator or the leader says who sees the municipality's results; it counts with the next page, and can be undone.
func TestConsentOfAMunicipality(t *testing.T) {
	s := startServer(t)
	for _, lang := range []locale.Lang{locale.Bokmal, locale.Nynorsk, locale.English} {
		for _, email := range []string{coordinatorEmail, leaderEmail} {
			page := s.read(email, lang, "/municipality", http.StatusOK)
			for _, consent := range org.Consents {
				has(t, email, page, s.Texts.For(lang).T("consent."+string(consent)), s.Texts.For(lang).T("consent.means."+string(consent)))
			}
			hasNot(t, email, page, "⟦", s.Texts.For(lang).T("consent.undo"))
		}
	}
	hasNot(t, "the leader's page", s.read(leaderEmail, locale.Bokmal, "/municipality", http.StatusOK), `action="/municipality/approval"`)
	for _, email := range []string{contributorEmail, leadEmail, adminEmail, auditorEmail, readerEmail} {
		for _, post := range []string{"/municipality/consent", "/municipality/approval"} {
			if got := s.browse(email, http.MethodPost, post, fields("seen", "national", "consent", "aggregate", "wanted", "yes")); got.Status != http.StatusForbidden {
				t.Errorf("%s at %s: %d", email, post, got.Status)
			}
		}
		if got := s.browse(email, http.MethodGet, "/municipality", ""); strings.Contains(string(got.Body), "/municipality/consent") {
			t.Errorf("%s sees the forms", email)
		}
	}
	sees := func(email string) bool {
		return strings.Contains(string(s.inLanguage(email, "nb", demoPath).Body), ">Larvik<")
	}
	if s.consent("larvik") != org.ByNameNational || !sees(neighbourEmail) || !sees(readerEmail) {
		t.Fatalf("at first it is %s", s.consent("larvik"))
	}
	got := s.browse(leaderEmail, http.MethodPost, "/municipality/consent", fields("seen", "national", "consent", "aggregate", "municipality", "porsgrunn"))
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/municipality?was=national" {
		t.Fatalf("%d to %s: %.300s", got.Status, got.Header.Get("Location"), got.Body)
	}
	if s.consent("larvik") != org.OnlyAggregates || s.consent("porsgrunn") != org.ByNameNational {
		t.Errorf("Larvik's is %s, Porsgrunn's %s", s.consent("larvik"), s.consent("porsgrunn"))
	}
	if sees(neighbourEmail) || sees(readerEmail) || !sees(leadEmail) || !sees(contributorEmail) {
		t.Error("what was taken back shows, or is hidden from its own")
	}
	page := s.read(leaderEmail, locale.Bokmal, "/municipality?was=national", http.StatusOK)
	has(t, "changed", page, s.text("consent.undo"), s.text("consent.changed", "now", s.text("consent.aggregate"), "before", s.text("consent.national")))
	for _, was := range []string{"aggregate", "nonsense", "<b>"} {
		hasNot(t, was, s.read(leaderEmail, locale.Bokmal, "/municipality?was="+was, http.StatusOK), s.text("consent.undo"))
	}

	// From a page that is not true any more; without a choice; of something else.
	for _, row := range []struct {
		form, says string
		status     int
	}{
		{fields("seen", "national", "consent", "region"), "error.consent.changed", http.StatusConflict},
		{fields("seen", "aggregate"), "error.consent", http.StatusUnprocessableEntity},
		{fields("seen", "aggregate", "consent", "everyone"), "error.consent", http.StatusUnprocessableEntity},
	} {
		got := s.browse(coordinatorEmail, http.MethodPost, "/municipality/consent", row.form, "Cookie", languageCookie+"=nb")
		if got.Status != row.status {
			t.Errorf("%s: %d", row.form, got.Status)
		}
		has(t, row.form, string(got.Body), s.text(row.says), `aria-describedby="consent-error"`)
		if s.consent("larvik") != org.OnlyAggregates {
			t.Errorf("%s: it is %s", row.form, s.consent("larvik"))
		}
	}
	if got := s.browse(coordinatorEmail, http.MethodPost, "/municipality/consent", fields("seen", "aggregate", "consent", "national")); got.Status != http.StatusSeeOther || s.consent("larvik") != org.ByNameNational || !sees(readerEmail) {
		t.Errorf("undone: %d, %s", got.Status, s.consent("larvik"))
	}
	var told v1Settings
	s.call(coordinatorEmail, http.MethodPut, apiBase+"/municipalities/3909/consent", `{"seen":"national","consent":"region"}`).into(t, &told)
	if told != (v1Settings{"larvik", org.ByNameInRegion, false}) || sees(readerEmail) || !sees(neighbourEmail) {
		t.Errorf("%+v", told)
	}
}

func TestApprovalSetting(t *testing.T) {
	s := startServer(t)
	set := func(wanted string) {
		t.Helper()
		if got := s.browse(coordinatorEmail, http.MethodPost, "/municipality/approval", fields("wanted", wanted)); got.Status != http.StatusSeeOther {
			t.Fatalf("%d: %.300s", got.Status, got.Body)
		}
	}
	page := s.read(coordinatorEmail, locale.Bokmal, "/municipality", http.StatusOK)
	has(t, "off", page, s.text("approval.off"), s.text("approval.switch-on"))
	hasNot(t, "off", page, s.text("approval.no-leader"))
	set("yes")
	has(t, "on", s.read(coordinatorEmail, locale.Bokmal, "/municipality", http.StatusOK), s.text("approval.on"), s.text("approval.switch-off"))

	// Without a leader that is said, here and where it is handed in.
	if err := s.Invitations.Deactivate(t.Context(), s.person(coordinatorEmail).Actor(), s.person(leaderEmail).ID); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/municipality", "/hand-in"} {
		has(t, path, s.read(coordinatorEmail, locale.Bokmal, path, http.StatusOK), s.text("approval.no-leader"))
	}
	set("no")
	hasNot(t, "off again", s.read(coordinatorEmail, locale.Bokmal, "/hand-in", http.StatusOK), s.text("approval.no-leader"), s.text("hand-in.button.approval"))
}
