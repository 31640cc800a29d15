package api

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"
)

// smallModel has two areas, three tasks and levels 1 to 4.
func smallModel(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Parse(os.DirFS("../assessment/catalogue/testdata"), "trygg-hverdag-1")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// tallModel is the same with levels 1 to 10.
func tallModel(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	return variant(t, smallModel(t), func(s *catalogue.Source) {
		s.ID.Text, s.Max.Text = "hoy-hverdag", "10"
		moved := strings.NewReplacer("level 2", "level 5", "level 4", "level 10", "further 2", "further 5")
		for i := range s.Texts {
			if s.Texts[i].Of == catalogue.OfQuestion {
				s.Texts[i].Field = moved.Replace(s.Texts[i].Field)
			}
		}
		for level := 5; level <= 10; level++ {
			for _, lang := range catalogue.Languages {
				place := catalogue.Place{Of: catalogue.OfLevel, Key: strconv.Itoa(level), Field: "name"}
				s.Texts = append(s.Texts, catalogue.SourceText{Lang: lang, Place: place, Given: catalogue.Given{Text: fmt.Sprintf("Trinn %d", level)}})
			}
		}
	})
}

// A region that goes from the model in use to one with other areas, tasks, dimensions and levels sees each round in its own questionnaire's words
// and on its own scale, whichever page it looks at; and no line is drawn from the one to the other.
func TestAnotherModelOnEveryPage(t *testing.T) {
	for _, make := range []func(*testing.T) *catalogue.Catalogue{smallModel, tallModel} {
		model := make(t)
		t.Run(string(model.Key()), func(t *testing.T) {
			g := grow(t, same(org.ByNameInRegion, 8), 1)
			g.Assessments.Catalogues()[model.Key()] = model
			planner := assessment.New(store.Open(g.DB.Engine()), assessment.Options{Catalogues: g.Assessments.Catalogues(), Register: g.API.Register, Regions: g.Regions,
				People: g.People, Now: g.API.Now, Log: g.API.Log, Drafts: true})
			g.roundOn(t, planner, model.Key(), g.API.Now())
			if err := g.Assessments.PrepareComparison(t.Context(), g.lead, g.region, nil); err != nil {
				t.Fatal(err)
			}
			base, who := "/regions/"+string(g.region), coordinatorOf(g.members[0].Municipality)
			older, newer := "?round="+string(g.rounds[0].ID), "?round="+string(g.rounds[1].ID)

			pages := []string{"/", "/tasks/tilsyn", "/tasks/tilsyn/rate", "/hand-in", "/form", "/plan", "/assignments", "/calibration", "/calibration/vikvik", "/glossary",
				base, base + "?by=task", base + "/radar", base + "/trend", base + "/trend?task=besok", "/rounds/" + string(g.rounds[1].ID), "/rounds/" + string(g.rounds[1].ID) + "/cards"}
			for _, lang := range []locale.Lang{locale.Bokmal, locale.Nynorsk, locale.English} {
				for _, path := range pages {
					hasNot(t, path, g.read(who, lang, path, http.StatusOK), "0–5", " 24 oppg", " 24 tasks", "fire spørsmål", "four questions", "Ikke startet", "Ikkje starta", "Not started")
				}
			}
			for _, chart := range []string{"heat-map", "radar", "trend"} {
				for _, kind := range []string{".svg", ".png", ".csv"} {
					g.read(who, locale.Bokmal, base+"/charts/"+chart+kind, http.StatusOK)
				}
			}

			lowest, highest := model.Scale.Min, model.Scale.Max
			legend := between(g.read(who, locale.Bokmal, base, http.StatusOK), `<ul class="hh-legend"`, "</ul>")
			for level := lowest; level <= highest; level++ {
				has(t, "the legend", legend, fmt.Sprintf(`level-%d">%d</span> %s</li>`, level, level, model.In("nb").Levels[level]))
			}
			hasNot(t, "the legend", legend, `level-0"`, fmt.Sprintf(`level-%d"`, highest+1))
			has(t, "the legend of the older", between(g.read(who, locale.Bokmal, base+older, http.StatusOK), `<ul class="hh-legend"`, "</ul>"), `level-0">0</span> Ikke startet</li>`)
			home := g.read(who, locale.Bokmal, "/", http.StatusOK)
			has(t, "the front page", home, "De 3 oppgavene i Trygg hverdag", fmt.Sprintf(`viewBox="0 0 %d 500"`, 1000*(highest-lowest)))
			hasNot(t, "the front page", home, "siden Round 1")
			has(t, "the older front page", g.read(who, locale.Bokmal, "/"+older, http.StatusOK), "De 24 oppgavene i Helhetlig tjenestemodell", `viewBox="0 0 5000 500"`)

			// The line of the whole stands for the newest alone; what the older one had is still found, by the newer one's absence.
			trend := g.read(who, locale.Bokmal, base+"/trend", http.StatusOK)
			has(t, "the trend", trend, "Ikke på linjen, fordi spørreskjemaet var et annet eller hadde en annen skala: Round 1.")
			if median := rowOf(t, g.inLanguage(who, "nb", base+"/charts/trend.csv").Body, "Median"); len(median) != 2 || median[0] != "ikke med i runden" || strings.Contains(median[1], "i") {
				t.Errorf("the median is %q", median)
			}
			area := g.read(who, locale.Bokmal, base+"/trend?area=support", http.StatusOK)
			has(t, "an older area's trend", area, "Support, lager og utstyr", "annen skala: Round 2.")
			g.read(who, locale.Bokmal, base+"/trend?area=ukjent", http.StatusNotFound)

			if got := g.browse(who, http.MethodGet, "/tasks/gevinster", ""); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/tasks/gevinster"+older {
				t.Errorf("a task of the older questionnaire: %d to %q", got.Status, got.Header.Get("Location"))
			}
			g.read(who, locale.Bokmal, "/tasks/gevinster"+newer, http.StatusNotFound)
			g.read(who, locale.Bokmal, "/tasks/ukjent", http.StatusNotFound)
		})
	}
}
