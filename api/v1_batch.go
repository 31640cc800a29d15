package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"

	"helhet/benefits"
	"helhet/benefits/workbook"
	"helhet/internal/fault"
	"helhet/org"

	"github.com/danielgtaylor/huma/v2"
)

// RecordInput is whose benefits are taken out.
type RecordInput struct {
	MunicipalityPath
	InsideQuery
}

type recordOutput struct{ Body v1Record }

type recordTableInput struct {
	RecordInput
	Table string `path:"table" enum:"benefits,measurements"`
}

type sheetInput struct {
	MunicipalityPath
	Benefit benefits.ID `query:"benefit" doc:"Of this benefit only." example:"b-4f0c91d27ab35e60"`
}

type bringInput struct {
	MunicipalityPath
	Benefit benefits.ID `query:"benefit" doc:"All are of this benefit, so that no row need say which." example:"b-4f0c91d27ab35e60"`
	Edit    string      `header:"Idempotency-Key" doc:"The sender's own id of this batch, at most 100 bytes, by which it can be undone. Sent again nothing is measured twice, with or without it." example:"b9d1c7f0-6"`
	ConfirmHeader
	Body v1Batch
}

// v1Batch is many measurements as a file or as text.
type v1Batch struct {
	File   string `json:"file,omitempty" doc:"A workbook, or text with a separator, in base64." example:"UEsDBBQ…"`
	Rows   string `json:"rows,omitempty" doc:"Instead of a file: text with tabs, semicolons or commas, its first row the headings." example:"Benefit\tDate\tValue\nFewer night visits\t2026-11-20\t33.5"`
	DryRun bool   `json:"dryRun,omitempty" doc:"Tell what it would do, and save nothing."`
}

// v1BatchOutcome is what a batch did, or would do.
type v1BatchOutcome struct {
	Saved  bool          `json:"saved" doc:"Never with dryRun."`
	Edit   string        `json:"edit,omitempty" doc:"Undoes it, while nobody has changed what it did."`
	Lines  []v1BatchLine `json:"lines" doc:"In the order of the rows; those that could not be read are left out."`
	Unread []string      `json:"unread" doc:"Headings of columns that nothing is read from."`
	Wrong  []v1WrongCell `json:"wrong" doc:"What can't be taken: with one of these nothing is saved."`
}

type v1BatchLine struct {
	At      string                 `json:"at" doc:"Where it stands." example:"Målinger!B7"`
	Benefit benefits.ID            `json:"benefit,omitempty" example:"b-4f0c91d27ab35e60"`
	Fate    benefits.Fate          `json:"fate,omitempty" enum:"adds,keeps,corrects" doc:"Absent where something is wrong with it."`
	To      benefits.Day           `json:"to" example:"2026-11-20"`
	ID      benefits.MeasurementID `json:"id,omitempty" doc:"Of the measurement that it corrects or says." example:"m-4f0c91d27ab35e60"`
}

type batchOutput struct{ Body v1BatchOutcome }

type undoBatchInput struct {
	MunicipalityPath
	Body v1UndoBatch
}

type v1UndoBatch struct {
	Edit string `json:"edit" minLength:"1" maxLength:"100" doc:"What import-measurements answered." example:"b9d1c7f0-6"`
}

type undoneOutput struct {
	Body v1Undone
}

type v1Undone struct {
	Undone int `json:"undone" doc:"How many measurements. What somebody has changed since stays." example:"12"`
}

func (v *v1) addBatches() {
	const place = "/municipalities/{municipality}"
	file := func(kind, name string, data []byte) *huma.StreamResponse {
		return &huma.StreamResponse{Body: func(c huma.Context) {
			c.SetHeader("Content-Type", kind)
			c.SetHeader("Content-Disposition", attached(name))
			c.SetStatus(http.StatusOK)
			_, _ = c.BodyWriter().Write(data) // the reader has gone: nobody to tell
		}}
	}
	add(v, operation{
		ID: "get-benefit-record", Method: http.MethodGet, Path: place + "/benefit-record", Tag: "Benefits", Summary: "All that is kept of a municipality's benefits, with their measurements",
		About: "For its own people, those that were removed too. What fewer than five people amount to is withheld unless inside is asked for, as is who measured. 409 above 20,000 measurements: the municipality's archive has all.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict}, Example: v1Record{Municipality: "larvik", Indicators: []v1OwnIndicator{}, Benefits: []v1Recorded{}},
	}, func(ctx context.Context, r *request, in *RecordInput) (*recordOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		record, err := v.record(ctx, r, m.ID, !in.Inside)
		return &recordOutput{record}, err
	})
	recorded := func(ctx context.Context, r *request, in RecordInput, name string) (*huma.StreamResponse, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		kind, data, err := v.recorded(ctx, r, m.ID, name, !in.Inside)
		if err != nil {
			return nil, err
		}
		return file(kind, "helhet-"+string(m.ID)+"-"+name, data), nil
	}
	add(v, operation{
		ID: "get-benefit-workbook", Method: http.MethodGet, Path: place + "/benefit-record/workbook", Tag: "Benefits", Summary: "The same as a workbook, in two tables", File: xlsxType,
		About: "In the reader's language. Its measurements can be brought back with import-measurements.", Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict},
	}, func(ctx context.Context, r *request, in *RecordInput) (*huma.StreamResponse, error) {
		return recorded(ctx, r, *in, "benefits.xlsx")
	})
	add(v, operation{
		ID: "get-benefit-table", Method: http.MethodGet, Path: place + "/benefit-record/tables/{table}", Tag: "Benefits", Summary: "One of its tables as CSV", File: "text/csv",
		About: "In the reader's language: with semicolons and decimal commas in Norwegian. No cell runs as a formula.", Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict},
	}, func(ctx context.Context, r *request, in *recordTableInput) (*huma.StreamResponse, error) {
		return recorded(ctx, r, in.RecordInput, in.Table+".csv")
	})
	add(v, operation{
		ID: "get-measurement-sheet", Method: http.MethodGet, Path: place + "/measurement-sheet", Tag: "Benefits", Summary: "A workbook of measurements to fill in", File: xlsxType,
		About: "For the municipality's own people, in the reader's language: the benefits she may measure, with unit, latest measurement and when they are due.", Fails: []fault.Code{fault.Forbidden, fault.NotFound},
	}, func(ctx context.Context, r *request, in *sheetInput) (*huma.StreamResponse, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		form, err := v.batchForm(ctx, r, m.ID, in.Benefit)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		if err := workbook.WriteForm(&b, form); err != nil {
			return nil, err
		}
		return file(xlsxType, "helhet-measurements-"+string(m.ID)+".xlsx", b.Bytes()), nil
	})
	add(v, operation{
		ID: "import-measurements", Method: http.MethodPost, Path: place + "/measurements", Tag: "Benefits", Summary: "Bring many measurements at once, or tell what they would do",
		About: "For coordinators, and owners for their own benefits. All of it or nothing; at most 2,000 rows. A measurement of the same benefit and day is corrected. Headings may be in any of the languages. 422 names each cell that can't be taken.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.Stale, fault.TooLarge, fault.MediaType, fault.OutcomeUnknown}, Request: v1Batch{Rows: "Benefit\tDate\tValue\nFewer night visits\t2026-11-20\t33.5", DryRun: true},
		Example: v1BatchOutcome{Lines: []v1BatchLine{{At: "Row 2", Benefit: "b-4f0c91d27ab35e60", Fate: benefits.Adds, To: "2026-11-20"}}, Unread: []string{}, Wrong: []v1WrongCell{}},
	}, func(ctx context.Context, r *request, in *bringInput) (*batchOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		out, err := v.takeBatch(ctx, r, m.ID, in)
		return &batchOutput{out}, err
	})
	add(v, operation{
		ID: "undo-import", Method: http.MethodPost, Path: place + "/measurements/undo", Tag: "Benefits", Summary: "Undo what import-measurements did",
		About: "What it added is taken out, and what it corrected stands as before.", Fails: additionFails,
		Request: v1UndoBatch{"b9d1c7f0-6"}, Example: v1Undone{12},
	}, func(ctx context.Context, r *request, in *undoBatchInput) (*undoneOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		n, err := v.Benefits.UndoAll(ctx, r.Actor, m.ID, in.Body.Edit)
		return &undoneOutput{v1Undone{n}}, err
	})
}

// takeBatch weighs a batch, and saves it unless it is only asked.
func (v *v1) takeBatch(ctx context.Context, r *request, m org.MunicipalityID, in *bringInput) (v1BatchOutcome, error) {
	out := v1BatchOutcome{Lines: []v1BatchLine{}, Unread: []string{}, Wrong: []v1WrongCell{}}
	if !org.MayBringMeasurements(r.Actor, m) {
		return out, fault.New(fault.Forbidden, "api.takeBatch", "error.forbidden")
	}
	data, err := base64.StdEncoding.DecodeString(in.Body.File)
	if err != nil || in.Body.File != "" && in.Body.Rows != "" {
		return out, fault.Wrong("api.takeBatch", "file", "sheet.fault.no-text")
	}
	read := workbook.Paste(in.Body.Rows, v.Texts, in.Benefit != "")
	if in.Body.File != "" {
		read = workbook.Parse(data, v.Texts, in.Benefit != "")
	}
	batch := benefits.Batch{Municipality: m, Only: in.Benefit, Lines: read.Lines()}
	w, err := v.Benefits.Weigh(ctx, r.Actor, batch)
	if err != nil {
		return out, err
	}
	wrong := batchFields(r.Text, read, w)
	for _, cell := range inCells(r.Text, wrong) {
		out.Wrong = append(out.Wrong, v1WrongCell(cell))
	}
	if len(wrong) > 0 && !in.Body.DryRun {
		return out, &fault.Error{Code: fault.Invalid, Op: "api.takeBatch", Key: "error.batch", Fields: wrong}
	}
	out.Unread = append(out.Unread, read.Unread...)
	save := benefits.SaveBatch{Batch: batch, Edit: in.Edit, Confirmed: in.Confirm != ""}
	for i, l := range w.Lines {
		out.Lines = append(out.Lines, v1BatchLine{placeWords(r.Text, read.Rows[i].Place("")), l.Of.ID, l.Fate, l.To, l.Before.ID})
		save.Seen = append(save.Seen, l.Before.Tag)
	}
	if in.Body.DryRun {
		return out, nil
	}
	if save.Edit == "" {
		save.Edit = rand.Text()[:16]
	}
	_, err = v.Benefits.SaveAll(ctx, r.Actor, save)
	out.Saved, out.Edit = err == nil, save.Edit
	return out, err
}
