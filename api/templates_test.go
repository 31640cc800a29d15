package api

import (
	"testing"

	"github.com/jba/templatecheck"
)

// pageTypes is the struct each page's template is executed with, and partTypes the struct of those whose main part is executed alone: as it
// has no Layout, a template that showed who is signed in would fail here.
var pageTypes = map[string]any{
	"failure": failurePage{},
	"hand-in": handInPage{}, "version": versionPage{},
	"step": stepPage{}, "improvement": improvementPage{},
	"home":        homePage{},
	"assignments": assignmentsPage{}, "as-before": asBeforePage{},
	"sign-in": signInPage{},
	"task":    taskPage{},
	"framed":  framedPage{},
	"regions": regionsPage{},
	"rounds":  roundsPage{}, "plan": planPage{}, "separation": separationPage{}, "round": roundPage{}, "submission": submissionPage{}, "cards": cardsPage{}, "form": formPage{}, "form-preview": formPreview{}, "runs": runsPage{}, "audit": auditPage{},
	"account":      accountPage{},
	"my-data":      myDataPage{},
	"delete-me":    deleteMePage{},
	"new-address":  newAddressPage{},
	"invitation":   invitationPage{},
	"municipality": municipalityPage{},
	"people":       peoplePage{},
	"person":       personPage{},
	"request":      requestPage{},
	"set-up":       setUpPage{},
	"sign-in-code": codePage{},
	"sign-in-link": linkPage{},
	"catalogues":   cataloguesPage{}, "changes": changesPage{}, "rescope": rescopePage{},
	"glossary":    glossaryPage{},
	"calibration": calibrationPage{}, "case": casePage{},
	"privacy": statementPage{}, "accessibility": statementPage{},
	"rate": ratePage{}, "consensus": consensusPage{}, "display": displayPage{},
	"benefits": benefitsPage{}, "benefit": benefitPage{}, "indicators": indicatorsPage{}, "indicator": ownIndicatorPage{}, "totals": totalsPage{}, "reports": reportsPage{}, "report": reportPage{}, "portfolio": portfolioPage{}, "maturity": maturityPage{}, "measurement": measurementPage{}, "batch": batchPage{}, "batch-preview": batchPreview{}, "assumptions": assumptionsPage{}, "assumption": assumptionPage{},
	"benefit-maps": benefitMapsPage{}, "benefit-map": benefitMapPage{}, "benefit-map-form": benefitMapForm{},
	"access": accessPage{}, "sign-in-failed": signInFailedPage{},
}

var partTypes = map[string]any{
	"heat-map": heatMapPage{}, "radar": radarPage{}, "trend": trendPage{}, "region-empty": regionHead{},
}

func TestTemplatesFitTheirPages(t *testing.T) {
	pages, err := parsePages()
	if err != nil {
		t.Fatal(err)
	}
	for name, tmpl := range pages.byName {
		page, whole := pageTypes[name]
		part, alone := partTypes[name]
		if whole == alone {
			t.Errorf("page %s has no struct in one of pageTypes and partTypes", name)
			continue
		}
		begin := "layout"
		if alone {
			begin, page = "main", part
		}
		if err := templatecheck.CheckHTML(tmpl.Lookup(begin), page); err != nil {
			t.Errorf("page %s: %v", name, err)
		}
	}
	for _, types := range []map[string]any{pageTypes, partTypes} {
		for name := range types {
			if pages.byName[name] == nil {
				t.Errorf("page %s has no template", name)
			}
		}
	}
}
