package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"helhet/internal/fault"
	"helhet/internal/locale"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// TestProblemsAreTold: what no operation is asked, in the reader's language and as problem details.
func TestProblemsAreTold(t *testing.T) {
	s := startServer(t)
	coordinator := []string{"Authorization", "Bearer " + s.token(coordinatorEmail)}
	for _, row := range []struct {
		method, path, body string
		header             []string
		status             int
		detail             string
	}{
		{"GET", "/api/v1/nothing", "", []string{"Accept-Language", "nn"}, 404, "Denne sida finst ikkje."},
		{"GET", "/api/nothing", "", []string{"Accept-Language", "en"}, 404, "There is no such page"},
		{"DELETE", "/api/v1/catalogues", "", []string{"Accept-Language", "en-GB,en;q=0.8"}, 405, "This address doesn’t take that kind of request."},
		{"POST", "/openapi.json", "", []string{"Accept-Language", "nn"}, 405, "Denne adressa tek ikkje imot ein slik førespurnad."},
		{"GET", "/api/v1/rounds", "", []string{"Accept-Language", "en"}, 401, "You must sign in to see this."},
		{"GET", "/api/v1/rounds", "", []string{"Authorization", "Bearer helhet_WRONG"}, 401, "Du må logge inn"},
		{"GET", "/api/v1/rounds", "", []string{"Authorization", "Basic eDp5"}, 401, "Du må logge inn"},
		{"GET", "/api/v1/rounds?limit=0", "", append(coordinator, "Accept-Language", "en"), 422, "“limit” must be at least 1."},
		{"GET", "/api/v1/rounds?limit=many", "", append(coordinator, "Accept-Language", "nn"), 422, "«limit» må vere eit heiltal."},
		{"GET", "/api/v1/rounds?after=nonsense", "", append(coordinator, "Accept-Language", "en"), 400, "The list can’t continue from here. Start again from the top."},
		{"GET", "/api/v1/catalogues?lang=sv", "", append(coordinator, "Accept-Language", "en"), 422, "“lang” must be one of: nb, nn, en."},
		{"GET", "/api/v1/catalogues/none-9", "", append(coordinator, "Accept-Language", "nb"), 404, "Det finnes ikke noe spørreskjema «none-9»."},
		{"GET", "/api/v1/municipalities?after=nowhere", "", append(coordinator, "Accept-Language", "en"), 400, "The list can’t continue from here. Start again from the top."},
		{"GET", "/api/v1/regions/vestfold-telemark/trend?area=support&task=henvise", "", append(coordinator, "Accept-Language", "en"), 400, "Choose at most one of area, task and dimension."},
		{"GET", "/api/v1/regions/vestfold-telemark/trend?area=nothing", "", append(coordinator, "Accept-Language", "en"), 404, "The model has no area “nothing”."},
		{"GET", "/api/v1/regions/vestfold-telemark/trend?municipality=oslo", "", append(coordinator, "Accept-Language", "en"), 404, "“oslo” takes no part in these results."},
		{"GET", "/api/v1/regions/vestfold-telemark/trend?municipality=atlantis", "", append(coordinator, "Accept-Language", "en"), 404, "There is no municipality “atlantis”."},
		{"GET", "/api/v1/publications/00", "", append(coordinator, "Accept-Language", "en"), 404, "There is no such publication."},
		{"POST", "/api/v1/rounds", `{"region":"vestfold-telemark"}`, append(coordinator, "Accept-Language", "en"), 422, "Some values in the request must be corrected."},
		{"POST", "/api/v1/rounds", `{"region":"vestfold-telemark","name":"x","catalogue":"y","opensAt":"tomorrow","closesAt":"2027-01-01T00:00:00Z"}`, append(coordinator, "Accept-Language", "en"), 422, "“opensAt” must be a time such as 2026-11-23T14:02:00+01:00."},
		{"POST", "/api/v1/rounds", `{}`, append(coordinator, "Content-Type", "application/xml", "Accept-Language", "en"), 415, "Send the content as application/json."},
		{"POST", "/api/v1/rounds", `{}`, append(coordinator, "Content-Type", "application/json; charset=latin1", "Accept-Language", "en"), 415, "Send the content as application/json."},
		{"POST", "/api/v1/rounds", `{}`, []string{"Cookie", "x=y", "Sec-Fetch-Site", "cross-site", "Accept-Language", "en"}, 403, "A request from another site is refused."},
	} {
		got := s.do(s.request(row.method, row.path, row.body, row.header...))
		var p Problem
		got.into(t, &p)
		if got.Status != row.status || p.Status != row.status || !strings.HasPrefix(p.Detail, row.detail) || p.Title == "" {
			t.Errorf("%s %s: %d %s, want %d %s", row.method, row.path, got.Status, got.Body, row.status, row.detail)
		}
		if got.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s comes as %s", row.method, row.path, got.Header.Get("Content-Type"))
		}
		if (got.Status == http.StatusUnauthorized) != (got.Header.Get("WWW-Authenticate") != "") {
			t.Errorf("%s %s: %d with WWW-Authenticate %q", row.method, row.path, got.Status, got.Header.Get("WWW-Authenticate"))
		}
	}
	if got := s.browse(coordinatorEmail, http.MethodGet, apiBase+"/rounds", ""); got.Status != http.StatusOK {
		t.Errorf("with a session: %d", got.Status)
	}
	if got := s.browse(coordinatorEmail, http.MethodPost, ownRoundsPath, "{}", "Sec-Fetch-Site", "cross-site"); got.Status != http.StatusForbidden {
		t.Errorf("with a session, from another site: %d", got.Status)
	}
}

// TestUnavailableSaysWhen: an operation that can't reach the data says when to try again, and keeps the cause for the log.
func TestUnavailableSaysWhen(t *testing.T) {
	s := startEmptyServer(t)
	err := s.API.told(&request{Text: s.Texts.For(locale.English), Trace: "T"}, "/rounds", &fault.Error{Code: fault.Unavailable, Op: "x", Key: "error.unavailable", Err: errors.New("secret cause")})
	headers, ok := errors.AsType[huma.HeadersError](err)
	if !ok || headers.GetHeaders().Get("Retry-After") == "" {
		t.Errorf("%v", err)
	}
	if p, ok := errors.AsType[*Problem](err); !ok || p.Status != http.StatusServiceUnavailable || strings.Contains(p.Detail, "secret") {
		t.Errorf("%+v", p)
	}
	if !strings.Contains(s.Log.String(), "secret cause") {
		t.Error("the cause is not in the log")
	}
}

const ownRoundsPath = apiBase + "/rounds"

// TestEveryConstraintHasAText: whatever the operations' schemas can refuse is worded in the reader's language.
func TestEveryConstraintHasAText(t *testing.T) {
	s := startEmptyServer(t)
	words := s.Texts.For(locale.English)
	vague := words.T("error.value.wrong")
	known := func(message string) bool {
		return wrongValue(words, &huma.ErrorDetail{Location: "body.level", Message: message, Value: "x"}).Message != vague
	}
	if known("something new") {
		t.Fatal("the test can't fail")
	}
	var walk func(where string, schema *huma.Schema)
	walk = func(where string, schema *huma.Schema) {
		messages := map[string]bool{
			validation.MsgExpectedMinimumNumber: schema.Minimum != nil, validation.MsgExpectedMaximumNumber: schema.Maximum != nil,
			validation.MsgExpectedMinLength: schema.MinLength != nil, validation.MsgExpectedMaxLength: schema.MaxLength != nil,
			validation.MsgExpectedMinItems: schema.MinItems != nil, validation.MsgExpectedMaxItems: schema.MaxItems != nil,
			validation.MsgExpectedMatchPattern: schema.Pattern != "", validation.MsgExpectedOneOf: len(schema.Enum) > 0,
			validation.MsgExpectedNumberBeMultipleOf: schema.MultipleOf != nil, validation.MsgExpectedArrayItemsUnique: schema.UniqueItems,
			validation.MsgExpectedRequiredProperty: len(schema.Required) > 0, validation.MsgUnexpectedProperty: schema.Type == huma.TypeObject,
			validation.MsgExpectedInteger: schema.Type == huma.TypeInteger, validation.MsgExpectedString: schema.Type == huma.TypeString,
			validation.MsgExpectedArray: schema.Type == huma.TypeArray, validation.MsgExpectedObject: schema.Type == huma.TypeObject,
			validation.MsgExpectedNumber: schema.Type == huma.TypeNumber, validation.MsgExpectedBoolean: schema.Type == huma.TypeBoolean,
			validation.MsgExpectedRFC3339DateTime: schema.Format == "date-time",
		}
		for message, may := range messages {
			if may && !known(message) {
				t.Errorf("%s may be refused with %q, which has no text", where, message)
			}
		}
		if schema.Format != "" && schema.Format != "date-time" && schema.Format != "int64" {
			t.Errorf("%s has format %s, which has no text", where, schema.Format)
		}
		for name, property := range schema.Properties {
			walk(where+"."+name, property)
		}
		if schema.Items != nil {
			walk(where+"[]", schema.Items)
		}
	}
	c := newContract(s)
	for id, op := range c.ids {
		for _, p := range op.Parameters {
			walk(id+" "+p.Name, p.Schema)
		}
		if op.RequestBody != nil && op.RequestBody.Content["application/json"] != nil { // a file has no fields
			walk(id, c.api.OpenAPI().Components.Schemas.SchemaFromRef(op.RequestBody.Content["application/json"].Schema.Ref))
		}
	}
	for _, message := range []string{"unknown query parameter", "invalid integer", "required path parameter is missing", `json: unknown field "Level"`,
		"json: cannot unmarshal number 3.0 into Go struct field v1Value.level of type int"} {
		if !known(message) {
			t.Errorf("%q has no text", message)
		}
	}
}

// TestMeanIsExact: thousandths come out as they are, whatever a float would make of them.
func TestMeanIsExact(t *testing.T) {
	for thousandths, want := range map[v1Mean]string{0: "0", 1: "0.001", 10: "0.01", 500: "0.5", 2000: "2", 2417: "2.417", 2410: "2.41", 5000: "5", 4999: "4.999", noMean: "null"} {
		got, err := thousandths.MarshalJSON()
		if err != nil || string(got) != want {
			t.Errorf("%d is written %s, want %s (%v)", thousandths, got, want, err)
		}
	}
	for m := noMean; m <= 5000; m++ {
		want := strconv.FormatFloat(float64(m)/1000, 'f', -1, 64)
		if m == noMean {
			want = "null"
		}
		if got := string(m.append(nil)); got != want {
			t.Fatalf("%d is %s, want %s", m, got, want)
		}
	}
	for _, list := range [][]v1Mean{nil, {}, {noMean}, {2417}, {0, noMean, 5000, 1, 10, 100}} {
		one, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		if whole, err := json.Marshal(v1Means(list)); err != nil || string(whole) != string(one) {
			t.Errorf("a list writes itself as %s, and one by one as %s (%v)", whole, one, err)
		}
	}
	if s := (v1Mean(0)).Schema(nil); !s.Nullable || s.Type != huma.TypeNumber {
		t.Errorf("documented as %v", reflect.ValueOf(*s))
	}
}
