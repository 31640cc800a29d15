package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"helhet/demo"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// contract is the API's document as a judge of answers.
type contract struct {
	api huma.API
	ids map[string]*huma.Operation
}

func newContract(s *testServer) *contract {
	c := &contract{api: s.API.operations(gin.New()).api, ids: map[string]*huma.Operation{}}
	for _, item := range c.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete} {
			if op != nil {
				c.ids[op.OperationID] = op
			}
		}
	}
	return c
}

func (c *contract) operation(id string) (*huma.Operation, string) {
	op := c.ids[id]
	if op == nil {
		return nil, ""
	}
	return op, op.Path
}

// valid tells what a value lacks of a schema.
func (c *contract) valid(schema *huma.Schema, body []byte) []error {
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return []error{err}
	}
	result := &huma.ValidateResult{}
	huma.Validate(c.api.OpenAPI().Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, value, result)
	return result.Errors
}

// check fails when an answer is none that the document promises.
func (c *contract) check(t testing.TB, op *huma.Operation, path string, got reply) {
	t.Helper()
	response := op.Responses[statusText(got.Status)]
	if response == nil {
		t.Errorf("%s %s answers %d, which is not documented", op.Method, path, got.Status)
		return
	}
	if len(response.Content) == 0 {
		if len(got.Body) > 0 {
			t.Errorf("%s %s answers %d with a body that is not documented", op.Method, path, got.Status)
		}
		return
	}
	media := strings.TrimSpace(strings.Split(got.Header.Get("Content-Type"), ";")[0])
	content := response.Content[media]
	if content == nil {
		t.Errorf("%s %s answers %d as %q, which is not documented", op.Method, path, got.Status, media)
		return
	}
	if content.Schema.Format == "binary" {
		return
	}
	for _, err := range c.valid(content.Schema, got.Body) {
		t.Errorf("%s %s answers %d against its schema: %v", op.Method, path, got.Status, err)
	}
}

func statusText(status int) string {
	b, _ := json.Marshal(status) // a number can't fail
	return string(b)
}

// TestDocument holds the OpenAPI document to what it must have, and its examples to its schemas.
func TestDocument(t *testing.T) {
	s := startEmptyServer(t)
	got := s.call("", http.MethodGet, "/openapi.json", "")
	var doc struct {
		OpenAPI    string                                       `json:"openapi"`
		Info       struct{ Title, Version, Description string } `json:"info"`
		Servers    []struct{ URL string }                       `json:"servers"`
		Tags       []struct{ Name, Description string }         `json:"tags"`
		Security   []map[string][]string                        `json:"security"`
		Components struct {
			Schemas         map[string]json.RawMessage `json:"schemas"`
			SecuritySchemes map[string]json.RawMessage `json:"securitySchemes"`
		} `json:"components"`
		Paths map[string]map[string]struct {
			OperationID string   `json:"operationId"`
			Summary     string   `json:"summary"`
			Tags        []string `json:"tags"`
			RequestBody struct {
				Content map[string]struct{ Schema, Example json.RawMessage }
			} `json:"requestBody"`
			Responses map[string]struct {
				Description string
				Content     map[string]struct{ Schema, Example json.RawMessage }
			} `json:"responses"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(got.Body, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" || doc.Info.Title == "" || doc.Info.Version == "" || doc.Info.Description == "" || len(doc.Servers) != 1 || doc.Servers[0].URL != apiBase {
		t.Errorf("head: %+v", doc.Info)
	}
	for _, use := range doc.Security {
		for name := range use {
			if doc.Components.SecuritySchemes[name] == nil {
				t.Errorf("security scheme %s is used and not described", name)
			}
		}
	}
	var tags []string
	for _, tag := range doc.Tags {
		tags = append(tags, tag.Name)
	}
	for _, at := range strings.Split(string(got.Body), `"$ref":"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(at, `"`)
		if doc.Components.Schemas[name] == nil {
			t.Errorf("schema %s is used and not described", name)
		}
	}
	c := newContract(s)
	documented := map[string]bool{}
	for path, item := range doc.Paths {
		for method, op := range item {
			where := strings.ToUpper(method) + " " + path
			documented[strings.ToUpper(method)+" "+apiBase+strings.NewReplacer("{", ":", "}", "").Replace(path)] = true
			if op.OperationID == "" || op.Summary == "" || len(op.Tags) != 1 || !slices.Contains(tags, op.Tags[0]) {
				t.Errorf("%s: id %q, summary %q, tags %q", where, op.OperationID, op.Summary, op.Tags)
			}
			known := c.ids[op.OperationID]
			succeeds := false
			for status, response := range op.Responses {
				if response.Description == "" {
					t.Errorf("%s %s has no description", where, status)
				}
				succeeds = succeeds || status[0] == '2'
				if status[0] != '2' && response.Content["application/problem+json"].Example == nil {
					t.Errorf("%s %s has no example of a problem", where, status)
				}
				_, packed := response.Content[mediaZIP]
				_, workbook := response.Content[xlsxType]
				_, written := response.Content[docxType]
				_, table := response.Content["text/csv"]
				if _, file := response.Content[mediaBytes]; file || packed || workbook || written || table {
					continue
				}
				if status[0] == '2' && status != "204" && response.Content["application/json"].Example == nil {
					t.Errorf("%s %s has no example", where, status)
				}
				for media, content := range response.Content {
					for _, err := range c.valid(known.Responses[status].Content[media].Schema, content.Example) {
						t.Errorf("%s %s: the example is wrong: %v", where, status, err)
					}
				}
			}
			if !succeeds {
				t.Errorf("%s never succeeds", where)
			}
			for media, content := range op.RequestBody.Content {
				if media == mediaBytes {
					continue
				}
				if content.Example == nil {
					t.Errorf("%s has no example of its body", where)
					continue
				}
				for _, err := range c.valid(known.RequestBody.Content[media].Schema, content.Example) {
					t.Errorf("%s: the body's example is wrong: %v", where, err)
				}
			}
		}
	}
	for _, route := range s.API.engine.Routes() {
		if strings.HasPrefix(route.Path, "/api/") && !documented[route.Method+" "+route.Path] {
			t.Errorf("%s %s is served and not documented", route.Method, route.Path)
		}
	}
	if yaml := s.call("", http.MethodGet, "/openapi.yaml", ""); yaml.Status != http.StatusOK || !strings.Contains(string(yaml.Body), "openapi: 3.1.0") {
		t.Errorf("as YAML: %d %.100s", yaml.Status, yaml.Body)
	}
}

// TestRequired: what the document calls required is refused when it is missing, and what it does not is not asked for.
func TestRequired(t *testing.T) {
	s := startServer(t)
	places := strings.NewReplacer("{round}", string(s.openRound().ID), "{municipality}", "larvik", "{question}", "henvise.ansvar", "{task}", "henvise")
	tried := 0
	for _, op := range newContract(s).ids {
		if op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
			continue
		}
		content := op.RequestBody.Content["application/json"]
		example, err := json.Marshal(content.Example)
		if err != nil {
			t.Fatal(err)
		}
		schema := newContract(s).api.OpenAPI().Components.Schemas.SchemaFromRef(content.Schema.Ref)
		for field := range schema.Properties {
			var body map[string]any
			if err := json.Unmarshal(example, &body); err != nil {
				t.Fatal(err)
			}
			delete(body, field)
			sent, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			email := leadEmail
			if strings.HasPrefix(op.Path, "/assessments") {
				email = coordinatorEmail
			}
			got := s.call(email, op.Method, apiBase+places.Replace(op.Path), string(sent))
			var p Problem
			if got.Status >= 400 {
				got.into(t, &p)
			}
			refused := got.Status == http.StatusUnprocessableEntity && slices.ContainsFunc(p.Errors, func(f ProblemField) bool { return f.Location == "body."+field })
			if required := slices.Contains(schema.Required, field); required != refused {
				t.Errorf("%s without %s: %d %.300s; required is %v", op.OperationID, field, got.Status, got.Body, required)
			}
			tried++
		}
	}
	if tried < 10 {
		t.Errorf("only %d fields were tried", tried)
	}
}

// TestRegionIsTheDemos guards the constants that the tests above name.
func TestRegionIsTheDemos(t *testing.T) {
	if demo.Region != "vestfold-telemark" {
		t.Error("the tests name another region")
	}
}
