package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/assessment/offline"
	"helhet/internal/fault"
	"helhet/internal/sheet"
	"helhet/org"

	"github.com/danielgtaylor/huma/v2"
)

type formInput struct {
	AssessmentPath
	Filled bool `query:"filled" doc:"With the answers that are given."`
}

type formUploadInput struct {
	AssessmentPath
	EditHeader
	ConfirmHeader
	Body v1FormUpload
}

// v1FormUpload is a form that is brought back.
type v1FormUpload struct {
	File   string                  `json:"file" doc:"The workbook, in base64." example:"UEsDBBQ…"`
	DryRun bool                    `json:"dryRun,omitempty" doc:"Tell what it would change, and save nothing."`
	Mine   []catalogue.QuestionKey `json:"mine,omitempty" maxItems:"500" doc:"Of the questions that clash, those whose answer in the form is to stand. The others are left as they are." example:"[\"henvise.ansvar\"]"`
}

// v1FormOutcome is what a form changes, or would.
type v1FormOutcome struct {
	Saved    bool           `json:"saved" doc:"Never with dryRun."`
	Edit     string         `json:"edit,omitempty" doc:"Names what is saved: the Idempotency-Key, or one that was made. Send it to undo." example:"b9d1c7f0-5"`
	Same     int            `json:"same" doc:"Answers that said already what the form says."`
	Changes  []v1FormChange `json:"changes" doc:"None where the same edit was saved before."`
	Wrong    []v1WrongCell  `json:"wrong" doc:"What can't be taken: with one of these nothing is saved."`
	Warnings []v1WrongCell  `json:"warnings" doc:"Texts that seem to hold a fødselsnummer: they are saved with Helhet-Confirm alone."`
}

type v1FormUndo struct {
	Edit string `json:"edit" minLength:"1" maxLength:"100" doc:"Of the form that was saved." example:"b9d1c7f0-5"`
}

// v1FormUndone is what stands of a form after it was undone.
type v1FormUndone struct {
	Undone  []catalogue.QuestionKey `json:"undone" doc:"They stand as they did before the form."`
	Changed []catalogue.QuestionKey `json:"changed" doc:"Somebody has changed them since: they are left as they are."`
	Late    []catalogue.QuestionKey `json:"late" doc:"Stand as the form says: it was saved more than 30 days ago, or is handed in since."`
}

type formUndoInput struct {
	AssessmentPath
	Body v1FormUndo
}

type formUndoOutput struct{ Body v1FormUndone }

type v1FormChange struct {
	Question catalogue.QuestionKey `json:"question" example:"henvise.ansvar"`
	Before   v1Answer              `json:"before" doc:"As it stood."`
	After    v1Value               `json:"after"`
	Clash    bool                  `json:"clash" doc:"Somebody has answered since the form was fetched, and says something else."`
	Taken    bool                  `json:"taken" doc:"Whether after takes the place of before."`
}

type v1WrongCell struct {
	At     string `json:"at" doc:"Sheet and cell, absent where it is the whole file." example:"Svar!F8"`
	Reason string `json:"reason" doc:"In the reader's language."`
}

type formOutput struct{ Body v1FormOutcome }

func (v *v1) forms() {
	add(v, operation{
		ID: "get-form", Method: http.MethodGet, Path: "/assessments/{round}/{municipality}/form", Tag: "Assessments", File: xlsxType,
		Summary: "A workbook to fill in offline", About: "For the municipality's own people, in the reader's language. It carries what it was made of, so that what others change meanwhile is told from what it changes.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict},
	}, func(ctx context.Context, r *request, in *formInput) (*huma.StreamResponse, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		data, err := v.writtenForm(ctx, r, in.Round, m.ID, in.Filled)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			c.SetHeader("Content-Type", xlsxType)
			c.SetHeader("Content-Disposition", formDisposition(in.Round, m.ID))
			c.SetStatus(http.StatusOK)
			_, _ = c.BodyWriter().Write(data) // the reader has gone: nobody to tell
		}}, nil
	})
	level, at := 3, time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	add(v, operation{
		ID: "save-form", Method: http.MethodPost, Path: "/assessments/{round}/{municipality}/form", Tag: "Assessments",
		Summary: "Save what a form says, or tell what it would change",
		About: "All of it in one save, or nothing. What the form leaves blank is left as it is. Where somebody has answered since it was fetched what stands is kept, unless mine names the question. " +
			"422 names each cell that can't be taken, or whose text seems to hold a fødselsnummer and is not confirmed.",
		Fails:   []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.Stale, fault.TooLarge, fault.MediaType, fault.OutcomeUnknown},
		Request: v1FormUpload{File: "UEsDBBQ…", DryRun: true},
		Example: v1FormOutcome{Same: 2, Changes: []v1FormChange{{Question: "henvise.ansvar", Before: v1Answer{Question: "henvise.ansvar", Level: new(2), Tag: exampleTag, SavedAt: at}, After: v1Value{Level: &level}, Taken: true}},
			Wrong: []v1WrongCell{}, Warnings: []v1WrongCell{}},
	}, func(ctx context.Context, r *request, in *formUploadInput) (*formOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		outcome, err := v.takeForm(ctx, r, in.Round, m.ID, in)
		if err != nil {
			return nil, v.lost(ctx, err)
		}
		return &formOutput{outcome}, nil
	})
	add(v, operation{
		ID: "undo-form", Method: http.MethodPost, Path: "/assessments/{round}/{municipality}/form/undo", Tag: "Assessments", Summary: "Undo what a form saved",
		About: "Each answer is as it was before the form, but for those that were changed since. Undone again it tells the same.",
		Fails: additionFails, Request: v1FormUndo{"b9d1c7f0-5"},
		Example: v1FormUndone{Undone: []catalogue.QuestionKey{"henvise.ansvar"}, Changed: []catalogue.QuestionKey{"henvise.praksis"}, Late: []catalogue.QuestionKey{}},
	}, func(ctx context.Context, r *request, in *formUndoInput) (*formUndoOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		imported, err := v.Assessments.UndoForm(ctx, r.Actor, in.Round, m.ID, in.Body.Edit)
		if err != nil {
			return nil, err
		}
		return &formUndoOutput{v1FormUndone{questionsOf(imported.Undone), questionsOf(imported.Since), questionsOf(imported.Late)}}, nil
	})
}

func questionsOf(answers []assessment.Answer) []catalogue.QuestionKey {
	all := []catalogue.QuestionKey{}
	for _, a := range answers {
		all = append(all, a.Question)
	}
	return all
}

// unread tells each fault of a form beside the file, with its cell.
func unread(cells ...fault.Field) error {
	return &fault.Error{Code: fault.Invalid, Op: "api.takeForm", Key: "error.form.unread", Fields: cells}
}

// takeForm weighs a form, and saves what it says unless it is only asked.
func (v *v1) takeForm(ctx context.Context, r *request, round assessment.RoundID, m org.MunicipalityID, in *formUploadInput) (v1FormOutcome, error) {
	out := v1FormOutcome{Changes: []v1FormChange{}, Wrong: []v1WrongCell{}, Warnings: []v1WrongCell{}}
	if !org.MayAnswer(r.Actor, m) {
		return out, fault.New(fault.Forbidden, "api.takeForm", "error.forbidden")
	}
	file, err := base64.StdEncoding.DecodeString(in.Body.File)
	if err != nil {
		return out, unread(cellField("", "sheet.fault.no-xlsx"))
	}
	read, err := offline.Parse(bytes.NewReader(file))
	if faults := sheet.Faults(err); len(faults) > 0 {
		var all []fault.Field
		for _, f := range faults {
			all = append(all, cellField(f.At(), "sheet.fault."+string(f.Kind), f.Args...))
		}
		return out, unread(all...)
	}
	if err != nil {
		return out, err
	}
	weighed, err := v.Assessments.Weigh(ctx, r.Actor, round, m, read.Of, read.Proposals())
	if err != nil {
		return out, err
	}
	out.Same = weighed.Same
	if in.Edit != "" && !in.Body.DryRun {
		imported, err := v.Assessments.Imported(ctx, r.Actor, weighed.Assessment, in.Edit)
		if err != nil {
			return out, err
		}
		if imported.Any() {
			out.Saved, out.Edit = true, in.Edit
			return out, nil
		}
	}
	changes := inRows(read, weighed)
	wrong := wrongCells(read, changes)
	if len(wrong) > 0 && !in.Body.DryRun {
		return out, unread(wrong...)
	}
	for _, cell := range inCells(r.Text, wrong) {
		out.Wrong = append(out.Wrong, v1WrongCell(cell))
	}
	save := assessment.SaveAll{Round: round, Municipality: m, Edit: cmp.Or(in.Edit, rand.Text()[:16]), Confirmed: in.Confirm != ""}
	var held []fault.Field // of what is taken
	for _, change := range changes {
		holds := change.holds()
		for _, cell := range inCells(r.Text, holds) {
			out.Warnings = append(out.Warnings, v1WrongCell(cell))
		}
		if len(change.Wrong) > 0 {
			continue
		}
		taken := !change.Clash || slices.Contains(in.Body.Mine, change.Question)
		out.Changes = append(out.Changes, v1FormChange{change.Question, answerOf(change.Before, ""), v1Value(change.After), change.Clash, taken})
		if taken {
			save.Answers = append(save.Answers, assessment.Given{Question: change.Question, Value: change.After, Tag: change.Before.Tag})
			held = append(held, holds...)
		}
	}
	if in.Body.DryRun {
		return out, nil
	}
	if len(held) > 0 && !save.Confirmed {
		return out, &fault.Error{Code: fault.Invalid, Op: "api.takeForm", Key: "error.text.person-number", Fields: append(held, fault.Field{Name: assessment.ConfirmField, Key: "error.confirm-number"})}
	}
	if _, err := v.Assessments.SaveAnswers(ctx, r.Actor, save); err != nil {
		return out, err
	}
	out.Saved, out.Edit = true, save.Edit
	return out, nil
}
