package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/store"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
)

// apiBase is where the JSON API stands; its operations' paths are relative to it.
const apiBase = "/api/v1"

// apiRoutes adds the JSON API's operations, and the document that describes them, which is made from them.
func (s *Server) apiRoutes(e *gin.Engine) {
	asJSON, asYAML := s.operations(e).documents()
	serve := func(media string, document func() ([]byte, error)) gin.HandlerFunc {
		return func(c *gin.Context) {
			body, err := document()
			if err != nil {
				s.fail(c, err)
				return
			}
			c.Data(http.StatusOK, media, body)
		}
	}
	e.GET("/openapi.json", serve("application/openapi+json", asJSON))
	e.GET("/openapi.yaml", serve("application/openapi+yaml", asYAML))
}

func (s *Server) operations(e *gin.Engine) *v1 {
	group := e.Group(apiBase, s.guardAPI)
	config := huma.DefaultConfig("Helhet", s.Version)
	config.CreateHooks = nil // no $schema in answers
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.RejectUnknownQueryParameters = true
	config.Formats = map[string]huma.Format{}
	for name, format := range huma.DefaultFormats {
		config.Formats[name] = huma.Format{Marshal: format.Marshal, Unmarshal: unmarshalExactly}
	}
	config.Transformers = []huma.Transformer{s.translate}
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.Info.Description = apiDescription
	config.Servers = []*huma.Server{{URL: apiBase}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "Made on the page /account, with POST /tokens, or by `helhet token --user EMAIL`. It speaks for its owner, within its scope, until it ends."},
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie,
			Description: "The browser's own session. A browser's request from another site that changes something is refused."},
	}
	config.Security = []map[string][]string{{"token": {}}, {"session": {}}}
	config.Tags = []*huma.Tag{
		{Name: "Register", Description: "Municipalities and regions."},
		{Name: "Questionnaires", Description: "What is asked. A version never changes."},
		{Name: "Rounds", Description: "A region's rounds and what moves them on."},
		{Name: "Assessments", Description: "A municipality's own answers, for its own people; the levels it has handed in, for its lead too."},
		{Name: "Plan", Description: "A municipality's own improvement plan: steps and ambitions, for its own people."},
		{Name: "Results", Description: "What is published, and how it compares."},
		{Name: "Benefits", Description: "What a municipality gains, for its own people."},
		{Name: "Audit", Description: "Who did what, and when."},
		{Name: "People", Description: "The people that one manages, whom one has invited, and who asks to be let in."},
		{Name: "Tokens", Description: "One's own API tokens."},
		{Name: "Oneself", Description: "What is kept of the reader herself."},
	}
	v := &v1{Server: s, api: humagin.NewWithGroup(e, group, config)}
	v.municipalities()
	v.exports()
	v.settings()
	v.regions()
	v.listRegions()
	v.catalogues()
	v.rounds()
	v.scope()
	v.separation()
	v.assessments()
	v.submissions()
	v.versions()
	v.answers()
	v.organisations()
	v.assignments()
	v.carrying()
	v.sharing()
	v.forms()
	v.reasons()
	v.consensus()
	v.comments()
	v.evidence()
	v.steps()
	v.ambitions()
	v.results()
	v.trend()
	v.publications()
	v.indicators()
	v.ownIndicators()
	v.benefitTotals()
	v.benefitStanding()
	v.benefitReports()
	v.benefitPortfolio()
	v.addBenefits()
	v.addMeasurements()
	v.measurementFiles()
	v.addBatches()
	v.addCalculation()
	v.addAssumptions()
	v.addMaps()
	v.audit()
	v.tokens()
	v.people()
	v.invitations()
	v.accessRequests()
	v.me()
	v.finish()
	return v
}

const apiDescription = `Municipalities assess themselves, task by task, and see how they and their region develop from round to round.

Every failure is problem details (RFC 9457) in the reader's language: her own choice, else what Accept-Language asks for.
Levels are JSON numbers with at most three decimals; null where there is none, never zero. Times are RFC 3339.
A municipality is named by its identity ("larvik") or by a number it has or had ("3909").`

// schemaName names a schema after its type: v1Round is Round.
func schemaName(t reflect.Type, hint string) string {
	return strings.TrimPrefix(huma.DefaultSchemaNamer(t, hint), "V1")
}

// v1 is the API while its operations are added.
type v1 struct {
	*Server
	api     huma.API
	zippers sync.Pool // of gzip writers, which take a megabyte each
}

// operation describes one: what it is for, what it answers, and which failures beside those that any may meet.
type operation struct {
	ID, Method, Path string
	Tag              string
	Summary, About   string
	Status           int          // of success, 200 unless set
	Created          bool         // it may also answer 201, with the same body
	Fails            []fault.Code // beside alwaysPossible
	Request          any          // an example of the body
	Example          any          // an example of the answer
	schema           *huma.Schema // of the answer, where O doesn't tell it
	File             string       // media type of an answer that is a file
}

var alwaysPossible = []fault.Code{fault.Malformed, fault.Unauthenticated, fault.Invalid, fault.Internal, fault.Unavailable}

// What an operation that adds something, and one that changes what stands by its tag, may meet beside that.
var (
	additionFails = []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge, fault.MediaType, fault.OutcomeUnknown}
	changeFails   = []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.TooLarge, fault.MediaType, fault.OutcomeUnknown, fault.Stale, fault.TagRequired}
)

// add registers an operation. I and O are huma's input and output structs.
func add[I, O any](v *v1, o operation, handle func(context.Context, *request, *I) (*O, error)) {
	if !safe(o.Method) {
		o.Fails = append(o.Fails, fault.TooMany)
	}
	op := huma.Operation{
		OperationID: o.ID, Method: o.Method, Path: o.Path, Tags: []string{o.Tag}, Summary: o.Summary, Description: o.About,
		DefaultStatus: o.Status, Responses: v.failures(append(o.Fails, alwaysPossible...)),
		MaxBodyBytes: -1, BodyReadTimeout: -1, // the body was read by guardAPI, within its limits
	}
	if o.schema != nil {
		op.Responses[strconv.Itoa(http.StatusOK)] = &huma.Response{Content: map[string]*huma.MediaType{"application/json": {Schema: o.schema}}}
	}
	if o.File != "" {
		op.Responses[strconv.Itoa(http.StatusOK)] = &huma.Response{Content: map[string]*huma.MediaType{o.File: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	}
	huma.Register(v.api, op, func(ctx context.Context, in *I) (*O, error) {
		r := requestOf(ctx)
		out, err := handle(ctx, r, in)
		if err != nil {
			return nil, v.told(r, o.Path, err)
		}
		return out, nil
	})
	// huma keeps its own copy of the operation in the document, which the examples are put into.
	documented := v.operation(o.Method, o.Path)
	if o.Status == 0 {
		o.Status = http.StatusOK
	}
	success := documented.Responses[strconv.Itoa(o.Status)]
	if content := success.Content["application/json"]; content != nil {
		content.Example = o.Example
	}
	if o.Created {
		created := *success
		created.Description = http.StatusText(http.StatusCreated)
		documented.Responses[strconv.Itoa(http.StatusCreated)] = &created
	}
	if documented.RequestBody != nil {
		documented.RequestBody.Content["application/json"].Example = o.Request
	}
}

// keptAnswer is what an operation has read for an answer that is kept: the revisions of the documents, and how the answer is made of them
// when it is not there yet. make uses nothing else but the request's address, language and reach (see answerKey).
type keptAnswer[T any] struct {
	read []store.Revision
	make func() (T, error)
}

// addKept registers an operation that answers a T, which is kept in its encoded form.
func addKept[I, T any](v *v1, o operation, handle func(context.Context, *request, *I) (keptAnswer[T], error)) {
	o.schema = v.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	add(v, o, func(ctx context.Context, r *request, in *I) (*huma.StreamResponse, error) {
		read, err := handle(ctx, r, in)
		if err != nil {
			return nil, err
		}
		answer, err := v.answered.once(answerKey(r, o.ID, read.read), func() (coded, bool, error) {
			value, err := read.make()
			if err != nil {
				return nil, false, err
			}
			answer, err := v.encoded(value)
			return answer, true, err
		})
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			c.SetHeader("Content-Type", "application/json")
			c.AppendHeader("Vary", "Accept-Encoding")
			coding := answer.choose(c.Header("Accept-Encoding"))
			if coding != "" {
				c.SetHeader("Content-Encoding", coding)
			}
			c.SetStatus(http.StatusOK)
			_, _ = c.BodyWriter().Write(answer[coding]) // the reader has gone: nobody to tell
		}}, nil
	})
}

// encoded is a value as every answer is encoded, plain and compressed.
func (v *v1) encoded(value any) (coded, error) {
	var plain, compressed bytes.Buffer
	if err := huma.DefaultJSONFormat.Marshal(&plain, value); err != nil {
		return nil, err
	}
	w, ok := v.zippers.Get().(*gzip.Writer)
	if !ok {
		w, _ = gzip.NewWriterLevel(nil, gzip.BestSpeed) // the first reader waits for it; the level is one that exists
	}
	defer v.zippers.Put(w)
	w.Reset(&compressed)
	if _, err := w.Write(plain.Bytes()); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return coded{"": bytes.Clone(plain.Bytes()), "gzip": bytes.Clone(compressed.Bytes())}, nil // without the room the buffers have to spare
}

func (v *v1) operation(method, path string) *huma.Operation {
	item := v.api.OpenAPI().Paths[path]
	switch method {
	case http.MethodPut:
		return item.Put
	case http.MethodPost:
		return item.Post
	case http.MethodDelete:
		return item.Delete
	}
	return item.Get
}

// finish takes out of the document what huma adds and the API does not do: its own model of errors, and lists that are null.
func (v *v1) finish() {
	schemas := v.api.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	for _, schema := range schemas {
		for _, property := range schema.Properties {
			if property.Type == huma.TypeArray {
				property.Nullable = false
			}
		}
	}
}

// documents make OpenAPI 3.1 as JSON and as YAML, each when somebody asks for it the first time: they take longer than the rest of the start.
func (v *v1) documents() (asJSON, asYAML func() ([]byte, error)) {
	return sync.OnceValues(func() ([]byte, error) { return json.Marshal(v.api.OpenAPI()) }), sync.OnceValues(v.api.OpenAPI().YAML)
}

// guardAPI lets only signed-in people further, and only requests that can be read: huma and encoding/json would replace broken
// text silently, and take the last of two fields with the same name.
func (s *Server) guardAPI(c *gin.Context) {
	r := requestOf(c.Request.Context())
	if isUpload(c.Request) {
		patient(c.Writer)
	}
	err := r.unauthenticated
	if !r.signedIn() && err == nil {
		err = fault.New(fault.Unauthenticated, "api", "error.unauthenticated")
	}
	if err == nil {
		err = readable(c.Request)
	}
	if err != nil {
		s.fail(c, err)
		c.Abort()
	}
}

// readable checks the address and the body, and leaves the body to be read again.
func readable(r *http.Request) error {
	const op = "api.readable"
	query, err := url.QueryUnescape(r.URL.RawQuery)
	if err != nil || !utf8.ValidString(query) || !utf8.ValidString(r.URL.Path) {
		return &fault.Error{Code: fault.Malformed, Op: op, Key: "error.malformed", Err: err}
	}
	if tags := r.Header.Values("If-Match"); len(tags) > 1 { // several lines are one list
		r.Header.Set("If-Match", strings.Join(tags, ", "))
	}
	if isUpload(r) { // read by who takes it, and never whole in memory
		if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != mediaBytes {
			return &fault.Error{Code: fault.MediaType, Op: op, Key: "error.media-type.bytes", Err: err}
		}
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return err
		}
		return &fault.Error{Code: fault.Malformed, Op: op, Key: "error.malformed", Err: err}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) == 0 {
		return nil
	}
	if kind := r.Header.Get("Content-Type"); kind != "" {
		media, params, err := mime.ParseMediaType(kind)
		if err != nil || media != "application/json" || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
			return &fault.Error{Code: fault.MediaType, Op: op, Key: "error.media-type", Err: err}
		}
	}
	if !utf8.Valid(body) {
		return fault.New(fault.Malformed, op, "error.text.utf8")
	}
	return wellFormed(body)
}

// wellFormed accepts one JSON value in which no object has the same field twice, in any case of letters, every text is whole, and
// every number can be held.
func wellFormed(body []byte) error {
	const op = "api.wellFormed"
	broken := func(err error) error { return &fault.Error{Code: fault.Malformed, Op: op, Key: "error.json", Err: err} }
	type level struct {
		fields map[string]bool // nil in a list
		key    bool            // a field's name comes next
	}
	// Escaped halves of a character come out as the replacement character, which may also stand there in its own right.
	replaced := bytes.Contains(body, []byte("\uFFFD")) || bytes.Contains(bytes.ToLower(body), []byte(`\ufffd`))
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var open []level
	for {
		token, err := d.Token()
		if err != nil {
			return broken(err)
		}
		var here *level
		if len(open) > 0 {
			here = &open[len(open)-1]
		}
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{':
				open = append(open, level{fields: map[string]bool{}, key: true})
				continue
			case '[':
				open = append(open, level{})
				continue
			}
			open = open[:len(open)-1]
			here = nil
			if len(open) > 0 {
				here = &open[len(open)-1]
			}
		case string:
			if !replaced && strings.ContainsRune(token, utf8.RuneError) {
				return fault.New(fault.Malformed, op, "error.text.utf8")
			}
			if here != nil && here.key {
				name := strings.ToLower(token)
				if here.fields[name] {
					return &fault.Error{Code: fault.Malformed, Op: op, Key: "error.json.twice", Args: []any{"field", token},
						Fields: []fault.Field{{Name: token, Key: "error.json.twice", Args: []any{"field", token}}}}
				}
				here.fields[name] = true
				here.key = false
				continue
			}
		case json.Number:
			if _, err := token.Float64(); err != nil {
				return fault.New(fault.Malformed, op, "error.json.number", "number", token.String()[:min(len(token), 40)])
			}
		}
		if here != nil && here.fields != nil {
			here.key = true
		}
		if len(open) == 0 {
			break
		}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return broken(err)
	}
	return nil
}

// unmarshalExactly is json.Unmarshal for which a field's name is the same in one case of letters only, also in objects within.
func unmarshalExactly(body []byte, into any) error {
	if err := exactFields(body, reflect.TypeOf(into).Elem()); err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// exactFields refuses an object with a field that a struct does not have. What is no object of a struct is json's to judge.
func exactFields(body []byte, t reflect.Type) error {
	var fields map[string]json.RawMessage
	if t.Kind() != reflect.Struct || json.Unmarshal(body, &fields) != nil {
		return nil
	}
	known := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			known[name] = f.Type
		}
	}
	for name, value := range fields {
		within, ok := known[name]
		if !ok {
			return fmt.Errorf("json: unknown field %q", name)
		}
		if err := exactFields(value, within); err != nil {
			return err
		}
	}
	return nil
}

// told words a failure of an operation, with the headers that belong to it.
func (s *Server) told(r *request, path string, err error) error {
	s.logFailure(r, path, err)
	p := problemOf(r.Text, r.Trace, err)
	if p.Status == http.StatusServiceUnavailable {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {"5"}})
	}
	return p
}

// english is what the document is written in.
func (s *Server) english() locale.Text { return s.Texts.For(locale.English) }
