package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const publicURL = "HELHET_PUBLIC_URL=https://helhet.example.org"

const issuersYAML = `public_url: https://helhet.example.org
oidc:
  - id: ansattporten
    name: Ansattporten # what the button says
    kind: ansattporten
    issuer: https://ansattporten.no
    clientId: 9a99
    clientSecret: "hem: melig"
    acrValues: substantial high
    authorizationDetails:
      - type: ansattporten:altinn:service
        resource: urn:altinn:resource:3906:141205
  - id: entra
    kind: entra
    issuer: https://login.microsoftonline.com/organizations/v2.0
    clientId: 4f0c
    clientSecretFile: %s
    scopes: [profile]
log_format: json
`

const issuersJSON = `[{"id":"ansattporten","name":"Ansattporten","kind":"ansattporten","issuer":"https://ansattporten.no","clientId":"9a99","clientSecret":"hem: melig",
 "acrValues":["substantial","high"],"authorizationDetails":[{"type":"ansattporten:altinn:service","resource":"urn:altinn:resource:3906:141205"}]},
 {"id":"entra","kind":"entra","issuer":"https://login.microsoftonline.com/organizations/v2.0","clientId":"4f0c","clientSecretFile":"%s","scopes":"profile"}]`

func TestIssuersInFileAndEnvironment(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hemmelig\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fromFile, err := Load(nil, settingsFile(t, fmt.Sprintf(issuersYAML, secret)))
	if err != nil {
		t.Fatal(err)
	}
	fromEnvironment, err := Load([]string{publicURL, "HELHET_OIDC=" + fmt.Sprintf(issuersJSON, secret)}, "")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(fromFile.OIDC, fromEnvironment.OIDC) || fromFile.LogFormat != "json" {
		t.Fatalf("file gives %+v, environment %+v", fromFile.OIDC, fromEnvironment.OIDC)
	}
	a, e := fromFile.OIDC[0], fromFile.OIDC[1]
	if a.ClientSecret != "hem: melig" || !slices.Equal(a.ACRValues, []string{"substantial", "high"}) || a.Name != "Ansattporten" {
		t.Errorf("the first is %+v", a)
	}
	if details, err := a.Details(); err != nil || details != `[{"resource":"urn:altinn:resource:3906:141205","type":"ansattporten:altinn:service"}]` {
		t.Errorf("its details are %s (%v)", details, err)
	}
	if e.ClientSecret != "hemmelig" || e.Name != "entra" || !slices.Equal(e.Scopes, []string{"profile"}) {
		t.Errorf("the second is %+v", e)
	}
	for _, shown := range []string{value(fromFile, SettingOIDC).Value, fmt.Sprintf("%v %+v %#v %s", fromFile.OIDC, fromFile.OIDC, fromFile.OIDC, a.ClientSecret)} {
		if strings.Contains(shown, "melig") || !strings.Contains(shown, masked) || !strings.Contains(shown, "https://ansattporten.no") {
			t.Errorf("shown as %s", shown)
		}
	}
}

func TestFaultyIssuers(t *testing.T) {
	entry := func(change string) string {
		return `[{id: a, kind: other, issuer: "https://a.no", clientId: c, clientSecret: hemmelig}, {id: b, kind: other, issuer: "https://b.no", clientId: c` + change + `}]`
	}
	if _, err := Load([]string{publicURL, "HELHET_OIDC=" + entry("")}, ""); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, oidc, public string
		want               []string
	}{
		{"no list", "hemmelig: x", publicURL, []string{"HELHET_OIDC", "list of issuers"}},
		{"no YAML", `[{id: a, clientSecret: "hemmelig`, publicURL, []string{"HELHET_OIDC", "list of issuers"}},
		{"unknown key", entry(", colour: red"), publicURL, []string{"colour", "clientSecretFile"}},
		{"id", entry(", id2: x"), publicURL, []string{"id2"}},
		{"capital id", strings.Replace(entry(""), "id: b", "id: B/x", 1), publicURL, []string{`HELHET_OIDC[2].id="B/x"`, "small letters"}},
		{"taken id", strings.Replace(entry(""), "id: b", "id: demo", 1), publicURL, []string{"HELHET_OIDC[2].id", "anything but"}},
		{"same id", strings.Replace(entry(""), "id: b", "id: a", 1), publicURL, []string{"HELHET_OIDC[2].id", "no other"}},
		{"http", strings.Replace(entry(""), "https://b", "http://b", 1), publicURL, []string{"HELHET_OIDC[2].issuer", "https"}},
		{"password in the address", strings.Replace(entry(""), "https://b", "https://u:hemmelig@b", 1), publicURL, []string{"HELHET_OIDC[2].issuer", "***"}},
		{"kind", strings.Replace(entry(""), "other, issuer: \"https://b", "azure, clientSecret: hemmelig, issuer: \"https://b", 1), publicURL, []string{`HELHET_OIDC[2].kind="azure"`, "ansattporten, entra or other"}},
		{"no secret", strings.Replace(entry(""), "other, issuer: \"https://b", "entra, issuer: \"https://b", 1), publicURL, []string{"HELHET_OIDC[2].clientSecret"}},
		{"no level", strings.Replace(entry(""), "other, issuer: \"https://b", "ansattporten, clientSecret: hemmelig, issuer: \"https://b", 1), publicURL, []string{"HELHET_OIDC[2].acrValues", "substantial"}},
		{"both secrets", entry(", clientSecret: hemmelig, clientSecretFile: /f"), publicURL, []string{"HELHET_OIDC[2].clientSecretFile", "either"}},
		{"no such file", entry(", clientSecretFile: /does/not/exist"), publicURL, []string{"HELHET_OIDC[2].clientSecretFile", "/does/not/exist"}},
		{"a tag", "! 00", publicURL, []string{"HELHET_OIDC", "list of issuers"}},
		{"details", entry(", authorizationDetails: x"), publicURL, []string{"HELHET_OIDC[2].authorizationDetails", "list"}},
		{"scope", entry(", scopes: ['a b']"), publicURL, []string{"HELHET_OIDC[2].scopes"}},
		{"two at once", strings.NewReplacer("id: b", "id: B", "clientId: c}]", "clientId: ''}]").Replace(entry("")), publicURL, []string{"[2].id", "[2].clientId"}},
		{"no public address", entry(""), "", []string{"HELHET_PUBLIC_URL", "https address while HELHET_OIDC"}},
		{"plain public address", entry(""), "HELHET_PUBLIC_URL=http://helhet.example.org", []string{"HELHET_PUBLIC_URL", `"http://helhet.example.org"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load([]string{c.public, "HELHET_OIDC=" + c.oidc}, "")
			var faults *Error
			if !errors.As(err, &faults) {
				t.Fatalf("error is %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is missing in: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), "hemmelig") {
				t.Errorf("a secret is shown: %v", err)
			}
		})
	}
	for _, public := range []string{"http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"} {
		if _, err := Load([]string{"HELHET_PUBLIC_URL=" + public, "HELHET_OIDC=" + entry("")}, ""); err != nil {
			t.Errorf("%s: %v", public, err)
		}
	}
	for _, name := range []string{"HELHET_OICD", "HELHET_ISSUERS"} {
		if _, err := Load([]string{name + "=" + entry("")}, ""); err == nil || strings.Contains(err.Error(), "hemmelig") {
			t.Errorf("a misspelt setting: %v", err)
		}
	}
}

func FuzzIssuers(f *testing.F) {
	f.Add(issuersJSON)
	f.Add("[{id: a, authorizationDetails: [{1: 2}]}]")
	f.Add("! 00")
	f.Fuzz(func(t *testing.T, value string) {
		list, err := parseIssuers(value)
		if err != nil && len(list) > 0 {
			t.Fatalf("issuers beside an error: %v, %v", list, err)
		}
		for _, i := range list {
			if i.ClientSecret != "" && len(i.ClientSecret) > 3 && strings.Contains(showIssuers(list), string(`"clientSecret":"`+i.ClientSecret+`"`)) {
				t.Fatal("a secret is shown")
			}
		}
	})
}
