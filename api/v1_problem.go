package api

import (
	"errors"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"helhet/internal/fault"
	"helhet/internal/locale"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// translate turns huma's own errors, which are English, into problems in the reader's language. Everything else passes.
func (s *Server) translate(ctx huma.Context, _ string, answer any) (any, error) {
	model, ok := answer.(*huma.ErrorModel)
	if !ok {
		return answer, nil
	}
	r := requestOf(ctx.Context())
	f := &fault.Error{Op: "api." + ctx.Operation().OperationID, Code: fault.Internal, Key: "error.internal"}
	switch model.Status {
	case http.StatusBadRequest:
		f.Code, f.Key = fault.Malformed, "error.json"
		if len(model.Errors) == 0 {
			f.Key = "error.json.missing"
		}
	case http.StatusUnprocessableEntity:
		f.Code, f.Key = fault.Invalid, "error.request"
	case http.StatusUnsupportedMediaType:
		f.Code, f.Key = fault.MediaType, "error.media-type"
	case http.StatusRequestEntityTooLarge:
		f.Code, f.Key = fault.TooLarge, "error.too-large"
	default:
		f.Err = errors.New(model.Detail)
	}
	s.logFailure(r, ctx.Operation().Path, f)
	p := problemOf(r.Text, r.Trace, f)
	p.Status = model.Status
	if f.Code == fault.Invalid {
		for _, detail := range model.Errors {
			p.Errors = append(p.Errors, wrongValue(r.Text, detail))
		}
		if len(p.Errors) == 1 {
			p.Detail = p.Errors[0].Message
		}
	}
	return p, nil
}

// validationTexts maps what huma finds wrong, up to the first placeholder, to our texts. Arg names what follows.
var validationTexts = []struct{ message, key, arg string }{
	{validation.MsgUnexpectedProperty, "error.json.unknown", ""},
	{"unknown query parameter", "error.query.unknown", ""},
	{validation.MsgExpectedInteger, "error.value.integer", ""},
	{"invalid integer", "error.value.integer", ""},
	{validation.MsgExpectedRFC3339DateTime, "error.value.time", ""},
	{validation.MsgExpectedOneOf, "error.value.one-of", "values"},
	{validation.MsgExpectedMinimumNumber, "error.value.minimum", "min"},
	{validation.MsgExpectedMaximumNumber, "error.value.maximum", "max"},
	{validation.MsgExpectedMaxLength, "error.text.long", "max"},
	{validation.MsgExpectedMinLength, "error.value.required", ""},
	{validation.MsgExpectedMaxItems, "error.value.many", "max"},
	{validation.MsgExpectedRequiredProperty, "error.value.required", "name"},
	{"required ", "error.value.required", ""},
	{validation.MsgExpectedBoolean, "error.json.type", ""},
	{validation.MsgExpectedNumber, "error.json.type", ""},
	{validation.MsgExpectedString, "error.json.type", ""},
	{validation.MsgExpectedArray, "error.json.type", ""},
	{validation.MsgExpectedObject, "error.json.type", ""},
	{"json: unknown field %", "error.json.unknown", "name"},
}

// notAnInteger finds the field in what encoding/json says of 3.0, which is a whole number to the schema and none to Go.
var notAnInteger = regexp.MustCompile(`^json: cannot unmarshal number \S+ into Go struct field \w+\.(\S+) of type int`)

// wrongValue words one value that huma found wrong. The value itself is given back only when it is a number or a truth value: a
// text may be what somebody wrote about somebody.
func wrongValue(t locale.Text, d *huma.ErrorDetail) ProblemField {
	p := ProblemField{Location: d.Location}
	switch d.Value.(type) {
	case float64, int64, bool:
		p.Value = d.Value
	}
	if m := notAnInteger.FindStringSubmatch(d.Message); m != nil {
		p.Location += "." + m[1]
		p.Message = t.T("error.value.integer", "field", m[1])
		return p
	}
	for _, known := range validationTexts {
		prefix, _, open := strings.Cut(known.message, "%")
		prefix = strings.TrimSuffix(prefix, `"`)
		rest, ok := strings.CutPrefix(d.Message, prefix)
		if !ok || !open && rest != "" && known.message != "required " {
			continue
		}
		rest = strings.Trim(strings.TrimSuffix(rest, " to be present"), `"`)
		if known.arg == "name" { // the fault is the object's; it is told beside the field
			p.Location += "." + rest
		}
		field := p.Location[strings.LastIndexByte(p.Location, '.')+1:]
		args := []any{"field", field}
		if known.arg != "" {
			args = append(args, known.arg, number(rest))
		}
		if text, ok := d.Value.(string); ok {
			args = append(args, "count", utf8.RuneCountInString(text))
		}
		p.Message = t.T(known.key, args...)
		return p
	}
	p.Message = t.T("error.value.wrong")
	return p
}

// number gives a whole number as one, so that it is written the language's way.
func number(s string) any {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return s
}

// failures documents what an operation may refuse, each with an example.
func (v *v1) failures(codes []fault.Code) map[string]*huma.Response {
	schema := v.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	t := v.english()
	responses := map[string]*huma.Response{}
	for _, code := range codes {
		status := strconv.Itoa(statuses[code])
		example := problemOf(t, "5K3X2P7QAB12", exampleOf(code))
		responses[status] = &huma.Response{
			Description: t.T("problem." + string(code)),
			Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: schema, Example: example}},
		}
	}
	return responses
}

// exampleOf is a failure of a kind as it is often met.
func exampleOf(code fault.Code) error {
	switch code {
	case fault.Invalid:
		return &fault.Error{Code: code, Op: "example", Key: "error.answer", Fields: []fault.Field{{Name: "notApplicable", Key: "error.answer.both"}}}
	case fault.Malformed:
		return fault.New(code, "example", "error.json")
	case fault.Conflict:
		return fault.New(code, "example", "error.assessment.sealed")
	case fault.Stale:
		return &fault.Error{Code: code, Op: "example", Key: "error.answer.stale", Detail: conflict{
			v1Answer{Question: "henvise.ansvar", Level: new(4), Tag: exampleTag, By: "Kari Koordinator"}, v1Value{Level: new(3)}}}
	case fault.TooMany:
		return tooMany(3)
	case fault.TagRequired:
		return fault.New(code, "example", "error.tag.required")
	}
	return fault.New(code, "example", "error."+string(code))
}
