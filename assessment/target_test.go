package assessment

import (
	"testing"

	"helhet/assessment/catalogue"
)

func TestAgainst(t *testing.T) {
	scored := func(s Score) Figure { return Figure{Score: s, Scored: true, Answered: 4, Applicable: 4} }
	band := catalogue.Band{Lowest: 2, Highest: 3}
	for score, want := range map[Score]Placing{
		0: Below, 1500: Below, 1501: Within, 2000: Within, 2750: Within, 3000: Within, 3499: Within, 3500: Above, 5000: Above,
	} {
		if got := scored(score).Against(band); got != want {
			t.Errorf("%d against 2–3 is %s, want %s", score, got, want)
		}
	}
	if got := scored(5000).Against(catalogue.Band{Lowest: 3, Highest: 5}); got != Within {
		t.Errorf("the top against 3–5 is %s", got)
	}
	for _, f := range []Figure{{}, {Applicable: 4}, {Score: 3000, Scored: true, Answered: 3, Applicable: 4}} {
		if got := f.Against(band); got != NoPlace {
			t.Errorf("%+v lies %s", f, got)
		}
	}
}
