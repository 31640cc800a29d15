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
	"helhet/org"
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
	Questions []v1Question      `json:"questions"`
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

// v1Changes is what is different between two versions, and what becomes of answers when they are carried from the older to the newer.
type v1Changes struct {
	Older     catalogue.Key           `json:"older" example:"helhetlig-tjenestemodell-1"`
	Newer     catalogue.Key           `json:"newer" example:"helhetlig-tjenestemodell-2"`
	Relation  catalogue.Relation      `json:"relation" enum:"mapped,unmapped" doc:"unmapped: nothing says where the questions come from, so no answer is carried. What has the same key in both is compared."`
	Counts    catalogue.Counts        `json:"counts" doc:"Questions by what becomes of their answers; worded are among the same."`
	Answers   []v1Carried             `json:"answers" doc:"By question of the newer one, in its order."`
	Gone      []catalogue.QuestionKey `json:"gone" doc:"Questions of the older one that nothing comes from."`
	Structure []v1Revision            `json:"structure" doc:"What else is not as it was."`
	Texts     []v1TextChange          `json:"texts" doc:"Texts of what both have, in every language."`
	Targets   int                     `json:"targets" doc:"Tasks whose suggested levels are different. Which they are is told when a task is answered."`
	Readings  int                     `json:"readings" doc:"Practice cases whose intended readings are different."`
}

type v1Carried struct {
	Question catalogue.QuestionKey   `json:"question" example:"henvise.praksis"`
	Kind     catalogue.Kind          `json:"kind,omitempty" enum:"same,reworded,split,merged,new" doc:"What became of it. Absent where nothing says."`
	From     []catalogue.QuestionKey `json:"from,omitempty" doc:"Questions of the older one."`
	Answer   catalogue.Carry         `json:"answer" enum:"same,look,none" doc:"same: carried as it is; look: carried, and confirmed by itself; none: answered for the first time."`
	Worded   bool                    `json:"worded,omitempty" doc:"Its text or levels say something else, in any language."`
}

type v1Revision struct {
	Of   string `json:"of" example:"question"`
	Key  string `json:"key,omitempty" example:"henvise.praksis"`
	What string `json:"what" doc:"new, gone, moved or order; or what of it is another." example:"weight"`
	From string `json:"from,omitempty" example:"1"`
	To   string `json:"to,omitempty" example:"2"`
}

type v1TextChange struct {
	Of    catalogue.Of   `json:"of" example:"question"`
	Key   string         `json:"key,omitempty" example:"henvise.praksis"`
	Was   string         `json:"was,omitempty" doc:"Its key in the older one, where it had another."`
	Field string         `json:"field" example:"level 3"`
	Lang  catalogue.Lang `json:"lang" enum:"nb,nn,en"`
	Old   string         `json:"old" doc:"Empty where there was none."`
	New   string         `json:"new" doc:"Empty where there is none now."`
}

type changesInput struct {
	ID   catalogue.Key `path:"id" doc:"The newer version." example:"helhetlig-tjenestemodell-2"`
	From catalogue.Key `query:"from" doc:"The older one; the one it comes from unless given." example:"helhetlig-tjenestemodell-1"`
}

type changesOutput struct{ Body v1Changes }

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
		Summary: "Questionnaires", Fails: []fault.Code{fault.Forbidden}, Example: list("en"),
	}, func(_ context.Context, r *request, in *cataloguesInput) (*cataloguesOutput, error) {
		if !org.MayReadQuestionnaires(r.Actor) {
			return nil, fault.New(fault.Forbidden, "api.catalogues", "error.forbidden")
		}
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
		Summary: "A questionnaire with its texts", Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: example,
	}, func(_ context.Context, r *request, in *catalogueInput) (*catalogueOutput, error) {
		if !org.MayReadQuestionnaires(r.Actor) {
			return nil, fault.New(fault.Forbidden, "api.catalogue", "error.forbidden")
		}
		c, err := v.Assessments.Catalogue(in.ID)
		if err != nil {
			return nil, err
		}
		lang := cmp.Or(in.Lang, string(r.Text.Lang()))
		return &catalogueOutput{lang, catalogueOf(c, lang)}, nil
	})
	add(v, operation{
		ID: "compare-catalogues", Method: http.MethodGet, Path: "/catalogues/{id}/changes", Tag: "Questionnaires",
		Summary: "What a version changes", About: "Against the version it comes from, or an older one of its model. 404 where nothing came before it.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: v1Changes{Older: "helhetlig-tjenestemodell-1", Newer: "helhetlig-tjenestemodell-2",
			Relation: catalogue.Mapped, Counts: catalogue.Counts{Look: 1}, Gone: []catalogue.QuestionKey{}, Structure: []v1Revision{},
			Answers: []v1Carried{{"henvise.praksis", catalogue.Reworded, []catalogue.QuestionKey{"henvise.praksis"}, catalogue.CarryLook, true}},
			Texts:   []v1TextChange{{catalogue.OfQuestion, "henvise.praksis", "", "text", "en", "Does it work as agreed?", "Does it work as agreed, every day?"}}},
	}, func(_ context.Context, r *request, in *changesInput) (*changesOutput, error) {
		found, err := v.compareCatalogues(r.Actor, in.ID, in.From)
		if err != nil {
			return nil, err
		}
		if found.Older == nil {
			return nil, fault.New(fault.NotFound, "api.changes", "error.catalogue.first", "catalogue", in.ID)
		}
		return &changesOutput{changesIn(found)}, nil
	})
}

func changesIn(found comparedCatalogues) v1Changes {
	d := found.Diff
	out := v1Changes{Older: d.Old, Newer: d.New, Relation: d.Relation, Counts: d.Counts(), Answers: []v1Carried{}, Gone: d.Gone,
		Structure: []v1Revision{}, Texts: []v1TextChange{}, Targets: found.Targets, Readings: found.Readings}
	for _, a := range d.Answers {
		out.Answers = append(out.Answers, v1Carried(a))
	}
	for _, c := range d.Changes {
		out.Structure = append(out.Structure, v1Revision(c))
	}
	for _, t := range d.Texts {
		out.Texts = append(out.Texts, v1TextChange(t))
	}
	return out
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
