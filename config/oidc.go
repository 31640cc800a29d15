package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// IssuerKind says which rules of its own an issuer follows.
type IssuerKind string

// The kinds of issuers.
const (
	Ansattporten IssuerKind = "ansattporten" // asks for a level of assurance, tells of organisations, sends a pid that is dropped
	Entra        IssuerKind = "entra"        // Microsoft Entra ID: who somebody is stands in tid and oid
	OtherIssuer  IssuerKind = "other"        // what the standard says, no more
)

// Issuer is one place to sign in at with OpenID Connect.
type Issuer struct {
	ID                   string     `yaml:"id" json:"id"`     // "ansattporten": part of addresses, never changed
	Name                 string     `yaml:"name" json:"name"` // what the button says, "" is the id
	Issuer               string     `yaml:"issuer" json:"issuer"`
	ClientID             string     `yaml:"clientId" json:"clientId"`
	ClientSecret         Secret     `yaml:"clientSecret" json:"clientSecret,omitempty"`
	ClientSecretFile     string     `yaml:"clientSecretFile" json:"clientSecretFile,omitempty"` // read when the settings are
	Kind                 IssuerKind `yaml:"kind" json:"kind"`
	ACRValues            words      `yaml:"acrValues" json:"acrValues,omitempty"`                       // the levels of assurance that are enough
	Scopes               words      `yaml:"scopes" json:"scopes,omitempty"`                             // asked for besides openid
	AuthorizationDetails any        `yaml:"authorizationDetails" json:"authorizationDetails,omitempty"` // sent as JSON, as it stands
}

// Secret prints as ***.
type Secret string

// String, GoString, LogValue and MarshalJSON keep it out of messages, dumps, logs and `helhet config`.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// LogValue is String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON is String.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// words is a list that may also be written as one text with spaces.
type words []string

// UnmarshalYAML reads either form.
func (w *words) UnmarshalYAML(source []byte) error {
	var list []string
	if yaml.Unmarshal(source, &list) == nil {
		*w = list
		return nil
	}
	var text string
	if err := yaml.Unmarshal(source, &text); err != nil {
		return err
	}
	*w = strings.Fields(text)
	return nil
}

// refusal is one value within a setting that cannot be used: which one, and what would be.
type refusal struct{ place, value, allowed string }

// refusals are everything that is wrong within one setting.
type refusals []refusal

func (r refusals) Error() string { return fmt.Sprintf("%d values are not valid", len(r)) }

// oidcAllowed is what HELHET_OIDC accepts, for a reader.
const oidcAllowed = "empty, or a YAML or JSON list of issuers with id, name, issuer, clientId, clientSecret or clientSecretFile, kind, acrValues, scopes and authorizationDetails"

var (
	issuerID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	// takenIDs stand after /sign-in/ already, or may come to.
	takenIDs = []string{"access", "code", "demo", "email", "invitation", "link", "mail", "out"}
)

// decodeIssuers reads YAML or JSON. The library panics at a tag without a name where a list is wanted ("! 00"): one more text that
// can't be read.
func decodeIssuers(value string) (list []Issuer, err error) {
	defer func() {
		if recover() != nil {
			err = errInvalid
		}
	}()
	err = yaml.UnmarshalWithOptions([]byte(value), &list, yaml.Strict())
	return list, err
}

// parseIssuers reads the list, and what the files hold that it names.
func parseIssuers(value string) ([]Issuer, error) {
	if strings.TrimSpace(value) == "" {
		return nil, nil
	}
	list, err := decodeIssuers(value)
	if err != nil {
		shown := "a value that cannot be read"
		var syntax yaml.Error
		if errors.As(err, &syntax) { // the error's own text would show the lines around, secrets and all
			shown = syntax.GetMessage()
		}
		return nil, refusals{{"", shown, oidcAllowed}}
	}
	var wrong refusals
	seen := map[string]bool{}
	for n := range list {
		i := &list[n]
		refuse := func(key, value, allowed string) {
			wrong = append(wrong, refusal{fmt.Sprintf("[%d].%s", n+1, key), value, allowed})
		}
		switch {
		case !issuerID.MatchString(i.ID):
			refuse("id", i.ID, "small letters a–z, digits and hyphens, at most 32, beginning with a letter")
		case slices.Contains(takenIDs, i.ID):
			refuse("id", i.ID, "anything but "+strings.Join(takenIDs, ", "))
		case seen[i.ID]:
			refuse("id", i.ID, "an id that no other issuer has")
		}
		seen[i.ID] = true
		if i.Name == "" {
			i.Name = i.ID
		}
		if !safeURL(i.Issuer) {
			refuse("issuer", Mask(i.Issuer), "the issuer's https address as its discovery document spells it (http only on the loopback address)")
		}
		if i.ClientID == "" {
			refuse("clientId", "", "the id that the issuer knows Helhet by")
		}
		if !slices.Contains([]IssuerKind{Ansattporten, Entra, OtherIssuer}, i.Kind) {
			refuse("kind", string(i.Kind), "ansattporten, entra or other")
		}
		i.readSecret(refuse)
		if i.Kind == Ansattporten && len(i.ACRValues) == 0 {
			refuse("acrValues", "", "at least one level of assurance, such as substantial or high")
		}
		for _, list := range []struct {
			key   string
			words words
		}{{"acrValues", i.ACRValues}, {"scopes", i.Scopes}} {
			for _, word := range list.words {
				if word == "" || strings.ContainsAny(word, " \t\r\n\"\\") {
					refuse(list.key, word, "words without spaces and quotes")
				}
			}
		}
		if i.AuthorizationDetails != nil {
			if _, isList := i.AuthorizationDetails.([]any); !isList {
				refuse("authorizationDetails", fmt.Sprint(i.AuthorizationDetails), "a list of objects that each have a type")
			} else if _, err := i.Details(); err != nil {
				refuse("authorizationDetails", "", "what can be written as JSON")
			}
		}
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return list, nil
}

// readSecret takes the secret from its file where one is named.
func (i *Issuer) readSecret(refuse func(key, value, allowed string)) {
	switch {
	case i.ClientSecret != "" && i.ClientSecretFile != "":
		refuse("clientSecretFile", i.ClientSecretFile, "either clientSecret or clientSecretFile")
	case i.ClientSecretFile != "":
		content, err := os.ReadFile(i.ClientSecretFile)
		secret := strings.TrimSpace(string(content))
		if err != nil || secret == "" {
			refuse("clientSecretFile", i.ClientSecretFile, "a file that can be read and holds the secret")
			return
		}
		i.ClientSecret = Secret(secret)
	case i.ClientSecret == "" && i.Kind != OtherIssuer:
		refuse("clientSecret", "", "the secret that the issuer gave, here or in clientSecretFile; only a client of kind other may be without")
	}
}

// Details is AuthorizationDetails as the JSON that is sent, "" when there are none.
func (i Issuer) Details() (string, error) {
	if i.AuthorizationDetails == nil {
		return "", nil
	}
	text, err := json.Marshal(i.AuthorizationDetails)
	return string(text), err
}

// showIssuers writes the list as JSON, secrets masked.
func showIssuers(list []Issuer) string {
	if len(list) == 0 {
		return ""
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(list); err != nil {
		return masked
	}
	return strings.TrimSpace(text.String())
}

// safeURL tells whether secrets may travel to an address: over https, or http that never leaves the machine.
func safeURL(value string) bool {
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && addr.IsLoopback())
}
