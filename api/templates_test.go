package api

import (
	"testing"

	"github.com/jba/templatecheck"
)

// pageTypes is the struct each page's template is executed with.
var pageTypes = map[string]any{
	"failure": failurePage{},
	"hand-in": handInPage{},
	"home":    homePage{},
	"sign-in": signInPage{},
	"task":    taskPage{},
	"access":  accessPage{}, "sign-in-failed": signInFailedPage{},
	"heat-map": heatMapPage{}, "radar": radarPage{}, "trend": trendPage{}, "region-empty": regionHead{},
	"rounds": roundsPage{}, "plan": planPage{}, "round": roundPage{}, "runs": runsPage{},
}

func TestTemplatesFitTheirPages(t *testing.T) {
	pages, err := parsePages()
	if err != nil {
		t.Fatal(err)
	}
	for name, tmpl := range pages.byName {
		page, ok := pageTypes[name]
		if !ok {
			t.Errorf("page %s has no struct in pageTypes", name)
			continue
		}
		if err := templatecheck.CheckHTML(tmpl.Lookup("layout"), page); err != nil {
			t.Errorf("page %s: %v", name, err)
		}
	}
	for name := range pageTypes {
		if pages.byName[name] == nil {
			t.Errorf("page %s has no template", name)
		}
	}
}
