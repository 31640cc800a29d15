package api

import (
	"context"
	"net/http"

	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"

	"github.com/danielgtaylor/huma/v2"
)

type reportInput struct {
	MunicipalityPath
	Report   string   `path:"report" enum:"plan,realisation" doc:"The plan for realising the benefits, or the report on those realised."`
	Language string   `query:"language" enum:"nb,nn,en" doc:"Of the report; the reader's own unless given."`
	Status   []string `query:"status,explode" enum:"idea,planned,measuring,realised,partly,not,handed-over" doc:"Only benefits of these statuses."`
	Type     []string `query:"type,explode" enum:"saved-time,avoided-cost,increased-quality" doc:"Only benefits of these types."`
	Benefit  []string `query:"benefit,explode" maxItems:"500" doc:"Only these."`
}

func (v *v1) benefitReports() {
	const about = "For the municipality's own people, to be handed to the council: figures that describe fewer than five people are shown as <5, with nothing worked out of them. The page, the Word file and the workbook say the same. " +
		"404 where one of the benefits is not there."
	for _, file := range []struct{ form, media, what string }{{"docx", docxType, "Word file"}, {"xlsx", xlsxType, "workbook"}} {
		add(v, operation{
			ID: "get-benefit-report-" + file.form, Method: http.MethodGet, Path: "/municipalities/{municipality}/benefit-reports/{report}/" + file.form, Tag: "Benefits", File: file.media,
			Summary: "A report on benefits as a " + file.what, About: about, Fails: []fault.Code{fault.Forbidden, fault.NotFound},
		}, func(ctx context.Context, r *request, in *reportInput) (*huma.StreamResponse, error) {
			m, err := v.find(in.Municipality)
			if err != nil {
				return nil, err
			}
			asked := reportAsked{report: in.Report, lang: r.Text.Lang(), choice: benefits.Choice{Only: named[benefits.ID](in.Benefit), Statuses: named[benefits.Status](in.Status), Types: named[benefits.Type](in.Type)}}
			if in.Language != "" {
				asked.lang = locale.Lang(in.Language)
			}
			doc, err := v.report(ctx, r, m.ID, asked)
			if err != nil {
				return nil, err
			}
			written, err := v.reportFile(ctx, doc, m.ID, in.Report, file.form)
			if err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(c huma.Context) {
				c.SetHeader("Content-Type", written.media)
				c.SetHeader("Content-Disposition", written.disposition())
				c.SetHeader("Content-Language", string(asked.lang))
				c.SetStatus(http.StatusOK)
				_, _ = c.BodyWriter().Write(written.body) // the reader has gone: nobody to tell
			}}, nil
		})
	}
}

// named gives texts their type.
func named[T ~string](values []string) []T {
	all := make([]T, len(values))
	for i, v := range values {
		all[i] = T(v)
	}
	return all
}
