package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
)

// v1CatalogueLine is a questionnaire in the list of them.
type v1CatalogueLine struct {
	ID        catalogue.Key `json:"id" example:"helhetlig-tjenestemodell-1"`
	Version   int           `json:"version" example:"1"`
	Name      string        `json:"name"`
	Structure string        `json:"structure" doc:"SHA-256 of everything scores depend on."`
	Wording   string        `json:"wording" doc:"SHA-256 of the texts."`
}

type v1Catalogues struct {
	Catalogues []v1CatalogueLine `json:"catalogues"`
}

// v1Catalogue is a questionnaire, its structure and its wording in one language.
type v1Catalogue struct {
	ID         catalogue.Key     `json:"id" example:"helhetlig-tjenestemodell-1"`
	Version    int               `json:"version" example:"1"`
	Language   string            `json:"language" enum:"nb,nn,en" doc:"Which language the texts are in."`
	Name       string            `json:"name"`
	About      string            `json:"about"`
	Source     string            `json:"source" doc:"The address of the model it builds on."`
	Structure  string            `json:"structure" doc:"SHA-256 of everything scores depend on."`
	Wording    string            `json:"wording" doc:"SHA-256 of the texts in all languages."`
	Scale      v1Scale           `json:"scale"`
	Levels     map[string]string `json:"levels" doc:"What each level is called."`
	Dimensions []v1Dimension     `json:"dimensions"`
	Areas      []v1Area          `json:"areas" doc:"In the model's order."`
	Glossary   []v1Term          `json:"glossary,omitempty" doc:"Its words, in the language's alphabetical order."`
}

type v1Scale struct {
	Min  int    `json:"min" example:"0"`
	Max  int    `json:"max" example:"5"`
	Note string `json:"note,omitempty"`
}

type v1Dimension struct {
	ID   catalogue.DimensionKey `json:"id" example:"ansvar"`
	Name string                 `json:"name"`
	Asks string                 `json:"asks" doc:"What it asks."`
}

type v1Area struct {
	ID    catalogue.AreaKey `json:"id" example:"support"`
	Name  string            `json:"name"`
	About string            `json:"about"`
	Path  bool              `json:"path" doc:"Whether it is the service path, which stands on top of the model."`
	Tasks []v1Task          `json:"tasks"`
}

type v1Task struct {
	ID        catalogue.TaskKey `json:"id" example:"henvise"`
	Name      string            `json:"name"`
	Short     string            `json:"short" doc:"At most 22 characters, for charts."`
	About     string            `json:"about"`
	Why       string            `json:"why,omitempty" doc:"Why the task matters."`
	Good      string            `json:"good,omitempty" doc:"What an ordinary good day looks like."`
	Targets   []v1Target        `json:"targets,omitempty" doc:"Which levels Helhet itself suggests as high enough, by the municipality's size. Show them when the task is answered, not before."`
	Questions []v1Question      `json:"questions"`
}

type v1Target struct {
	Size    catalogue.Size `json:"size" enum:"small,medium,large" doc:"Under 5,000, 5,000 to 20,000, over 20,000 inhabitants."`
	Lowest  int            `json:"lowest" example:"2"`
	Highest int            `json:"highest" example:"3"`
	Why     string         `json:"why" doc:"Why it suits the size."`
}

type v1Term struct {
	ID      catalogue.TermKey `json:"id" example:"gevinst"`
	Term    string            `json:"term"`
	Meaning string            `json:"meaning"`
}

type v1Question struct {
	ID        catalogue.QuestionKey  `json:"id" example:"henvise.ansvar"`
	Dimension catalogue.DimensionKey `json:"dimension" example:"ansvar"`
	Weight    int                    `json:"weight" doc:"In the task's mean." example:"1"`
	Text      string                 `json:"text"`
	Levels    map[string]string      `json:"levels" doc:"What levels 1, 3 and 5, and perhaps others, mean here."`
	Further   map[string]string      `json:"further,omitempty" doc:"How to get one step further: under 1 for who stands below level 3, under 3 for who stands at 3 or 4."`
	Evidence  string                 `json:"evidence,omitempty" doc:"What one can point to."`
}

type cataloguesInput struct {
	Lang string `query:"lang" enum:"nb,nn,en" doc:"The language of the names; the reader's own unless given."`
}

type cataloguesOutput struct {
	Language string `header:"Content-Language"`
	Body     v1Catalogues
}

type catalogueInput struct {
	ID   catalogue.Key `path:"id" doc:"The questionnaire's version." example:"helhetlig-tjenestemodell-1"`
	Lang string        `query:"lang" enum:"nb,nn,en" doc:"The language of the texts; the reader's own unless given."`
}

type catalogueOutput struct {
	Language string `header:"Content-Language"`
	Body     v1Catalogue
}

func (v *v1) catalogues() {
	list := func(lang string) v1Catalogues {
		out := v1Catalogues{Catalogues: []v1CatalogueLine{}}
		for k, c := range v.Assessments.Catalogues() {
			out.Catalogues = append(out.Catalogues, v1CatalogueLine{k, c.Version, c.In(catalogue.Lang(lang)).Name, c.StructureHash, c.WordingHash})
		}
		slices.SortFunc(out.Catalogues, func(a, b v1CatalogueLine) int { return cmp.Compare(a.ID, b.ID) })
		return out
	}
	add(v, operation{
		ID: "list-catalogues", Method: http.MethodGet, Path: "/catalogues", Tag: "Questionnaires",
		Summary: "Questionnaires", Example: list("en"),
	}, func(_ context.Context, r *request, in *cataloguesInput) (*cataloguesOutput, error) {
		lang := cmp.Or(in.Lang, string(r.Text.Lang()))
		return &cataloguesOutput{lang, list(lang)}, nil
	})
	var example any
	for _, c := range v.Assessments.Catalogues() { // one is as good as another; cut to one question
		whole := catalogueOf(c, "en")
		whole.Areas = slices.Clone(whole.Areas[:1])
		whole.Areas[0].Tasks = slices.Clone(whole.Areas[0].Tasks[:1])
		whole.Areas[0].Tasks[0].Questions = whole.Areas[0].Tasks[0].Questions[:1]
		whole.Glossary = whole.Glossary[:min(1, len(whole.Glossary))]
		example = whole
	}
	add(v, operation{
		ID: "get-catalogue", Method: http.MethodGet, Path: "/catalogues/{id}", Tag: "Questionnaires",
		Summary: "A questionnaire with its texts", Fails: []fault.Code{fault.NotFound}, Example: example,
	}, func(_ context.Context, r *request, in *catalogueInput) (*catalogueOutput, error) {
		c, err := v.Assessments.Catalogue(in.ID)
		if err != nil {
			return nil, err
		}
		lang := cmp.Or(in.Lang, string(r.Text.Lang()))
		return &catalogueOutput{lang, catalogueOf(c, lang)}, nil
	})
}

func catalogueOf(c *catalogue.Catalogue, lang string) v1Catalogue {
	w := c.In(catalogue.Lang(lang))
	out := v1Catalogue{
		ID: c.Key(), Version: c.Version, Language: lang, Name: w.Name, About: w.About, Source: c.Source,
		Structure: c.StructureHash, Wording: c.WordingHash, Scale: v1Scale{c.Scale.Min, c.Scale.Max, w.ScaleNote}, Levels: levelTexts(w.Levels),
	}
	for _, d := range c.Dimensions {
		out.Dimensions = append(out.Dimensions, v1Dimension{d, w.Dimensions[d].Name, w.Dimensions[d].Asks})
	}
	for _, a := range c.Areas {
		area := v1Area{ID: a.Key, Name: w.Areas[a.Key].Name, About: w.Areas[a.Key].About, Path: a.Path}
		for _, t := range a.Tasks {
			words := w.Tasks[t.Key]
			task := v1Task{ID: t.Key, Name: words.Name, Short: words.Short, About: words.About, Why: words.Why, Good: words.Good}
			for _, size := range catalogue.Sizes {
				if band, ok := c.Target(t.Key, size); ok {
					task.Targets = append(task.Targets, v1Target{size, band.Lowest, band.Highest, words.Target[size]})
				}
			}
			for _, q := range t.Questions {
				text := w.Questions[q.Key]
				task.Questions = append(task.Questions, v1Question{q.Key, q.Dimension, q.Weight, text.Text, levelTexts(text.Levels), levelTexts(text.Further), text.Evidence})
			}
			area.Tasks = append(area.Tasks, task)
		}
		out.Areas = append(out.Areas, area)
	}
	for _, t := range glossary(w, locale.Lang(lang)) {
		out.Glossary = append(out.Glossary, v1Term(t))
	}
	return out
}

func levelTexts(texts map[int]string) map[string]string {
	out := map[string]string{}
	for level, text := range texts {
		out[strconv.Itoa(level)] = text
	}
	return out
}
