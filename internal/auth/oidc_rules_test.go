package auth

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestEnough(t *testing.T) {
	for _, c := range []struct {
		wanted []string
		got    string
		want   bool
	}{
		{nil, "", true}, {nil, "low", true},
		{[]string{"substantial"}, "substantial", true}, {[]string{"substantial"}, "high", true}, {[]string{"substantial"}, "low", false}, {[]string{"substantial"}, "", false},
		{[]string{"high"}, "substantial", false}, {[]string{"substantial", "high"}, "high", true},
		{[]string{"substantial"}, "idporten-loa-high", true}, {[]string{"idporten-loa-high"}, "idporten-loa-substantial", false}, {[]string{"Level3"}, "Level4", true}, {[]string{"Level4"}, "Level3", false},
		{[]string{"urn:own"}, "urn:own", true}, {[]string{"urn:own"}, "high", false}, {[]string{"urn:own"}, "urn:other", false}, {[]string{"substantial"}, "very-substantially", false},
	} {
		if got := enough(c.wanted, c.got); got != c.want {
			t.Errorf("%q when %q is wanted: %t", c.got, c.wanted, got)
		}
	}
}

func TestIssuersCallThemselves(t *testing.T) {
	const tenant = "11111111-2222-3333-4444-555555555555"
	shared := Issuer{Kind: Entra, URL: "https://login.microsoftonline.com/organizations/v2.0"}
	own := Issuer{Kind: Entra, URL: "https://login.microsoftonline.com/" + tenant + "/v2.0"}
	other := Issuer{Kind: OtherIssuer, URL: "https://a.example/organizations/v2.0"}
	for _, c := range []struct {
		by   Issuer
		iss  string
		want bool
	}{
		{shared, "https://login.microsoftonline.com/" + tenant + "/v2.0", true},
		{shared, "https://login.microsoftonline.com/organizations/v2.0", false},
		{shared, "https://login.microsoftonline.com/{tenantid}/v2.0", false},
		{shared, "https://login.microsoftonline.com/" + tenant + "/v2.0/", false},
		{shared, "https://evil.example/" + tenant + "/v2.0", false},
		{shared, "https://login.microsoftonline.com/" + tenant + "/x/v2.0", false},
		{shared, "", false},
		{own, "https://login.microsoftonline.com/" + tenant + "/v2.0", true},
		{own, "https://login.microsoftonline.com/99999999-2222-3333-4444-555555555555/v2.0", false},
		{other, other.URL, true},
		{other, "https://a.example/" + tenant + "/v2.0", false},
	} {
		if got := c.by.isItself(c.iss); got != c.want {
			t.Errorf("%q at %s: %t", c.iss, c.by.URL, got)
		}
	}
}

func TestOrganisations(t *testing.T) {
	for details, want := range map[string][]string{
		``: nil, `null`: nil, `7`: nil, `[`: nil, `[{"type":"x"}]`: nil,
		`[{"avgiver":[{"Authority":"iso6523-actorid-upis","ID":"0192:918082956"}]},{"orgno":{"id":"0192:111111111"}},{"ID":"0192:918082956"}]`: {"111111111", "918082956"},
		`[{"ID":"45840375084"},{"ID":"0192:45840375084"},{"pid":"0192:111111111"},{"ID":["0192:111111111"]}]`:                                  nil,
	} {
		if got := organisations(json.RawMessage(details)); !slices.Equal(got, want) {
			t.Errorf("%s: %v", details, got)
		}
	}
}

func FuzzOrganisations(f *testing.F) {
	f.Add([]byte(`[{"ID":"0192:918082956"}]`))
	f.Fuzz(func(t *testing.T, details []byte) {
		found := organisations(details)
		if len(found) > maxOrganisations {
			t.Fatalf("%d organisations", len(found))
		}
		for _, number := range found {
			if len(number) != 9 {
				t.Fatalf("an organisation %q", number)
			}
		}
	})
}
