package org

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func register(t testing.TB) *Register {
	t.Helper()
	r, err := LoadRegister()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func day(t testing.TB, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRegisterHoldsEveryMunicipalityOf2024(t *testing.T) {
	r := register(t)
	if n := len(r.All()); n != 357 {
		t.Errorf("%d municipalities exist, there are 357", n)
	}
	form, identity := regexp.MustCompile(`^[0-9]{4}$`), regexp.MustCompile(`^[a-z0-9-]+$`)
	numbers := map[Number]MunicipalityID{}
	for id, m := range r.byID {
		if m.ID != id || !identity.MatchString(string(id)) || m.Name == "" {
			t.Errorf("entry %q is %q, named %q", id, m.ID, m.Name)
		}
		if len(m.Numbers) == 0 {
			t.Errorf("%s has no number", id)
		}
		for i, p := range m.Numbers {
			if !form.MatchString(string(p.Number)) {
				t.Errorf("%s: number %q is not four digits", id, p.Number)
			}
			if !p.Until.IsZero() && p.Until.Before(p.From) {
				t.Errorf("%s: number %s ends before it begins", id, p.Number)
			}
			if i > 0 && !m.Numbers[i-1].Until.AddDate(0, 0, 1).Equal(p.From) {
				t.Errorf("%s: number %s does not begin the day after %s ends", id, p.Number, m.Numbers[i-1].Number)
			}
		}
		if last := m.Numbers[len(m.Numbers)-1]; last.Until.IsZero() != m.Exists() {
			t.Errorf("%s: exists is %t, and its last number ends %v", id, m.Exists(), last.Until)
		}
		if !m.Exists() {
			continue
		}
		if other, ok := numbers[m.Number()]; ok {
			t.Errorf("%s and %s have the number %s", other, id, m.Number())
		}
		numbers[m.Number()] = id
		if m.County == "" || m.Number()[:2] != Number(m.CountyNumber) {
			t.Errorf("%s: number %s lies in county %q %q", id, m.Number(), m.CountyNumber, m.County)
		}
	}
}

func TestLineage(t *testing.T) {
	r := register(t)
	tests := []struct {
		id           MunicipalityID
		predecessors []MunicipalityID
		successors   []MunicipalityID
		numbers      []Number
	}{
		{"larvik", []MunicipalityID{"larvik-0709", "lardal"}, nil, []Number{"0712", "3805", "3909"}},
		{"lardal", nil, []MunicipalityID{"larvik"}, []Number{"0728"}},
		{"larvik-0709", nil, []MunicipalityID{"larvik"}, []Number{"0709"}},
		{"sandefjord", []MunicipalityID{"sandefjord-0706", "andebu", "stokke"}, nil, []Number{"0710", "3804", "3907"}},
		{"alesund-1507", nil, []MunicipalityID{"alesund", "haram"}, []Number{"1507"}},
		{"alesund", []MunicipalityID{"alesund-1507"}, nil, []Number{"1508"}},
		{"haram", []MunicipalityID{"alesund-1507"}, nil, []Number{"1580"}},
		{"porsgrunn", nil, nil, []Number{"0805", "3806", "4001"}},
	}
	for _, tt := range tests {
		m, ok := r.Get(tt.id)
		if !ok {
			t.Errorf("%s is not in the register", tt.id)
			continue
		}
		var numbers []Number
		for _, p := range m.Numbers {
			numbers = append(numbers, p.Number)
		}
		if !slices.Equal(m.Predecessors, tt.predecessors) || !slices.Equal(m.Successors, tt.successors) || !slices.Equal(numbers, tt.numbers) {
			t.Errorf("%s: from %v to %v with numbers %v", tt.id, m.Predecessors, m.Successors, numbers)
		}
		if m.Exists() != (tt.successors == nil) {
			t.Errorf("%s: exists is %t", tt.id, m.Exists())
		}
	}
	for id, m := range r.byID {
		for _, s := range m.Successors {
			if successor, ok := r.Get(s); !ok || !slices.Contains(successor.Predecessors, id) {
				t.Errorf("%s became %s, which does not know it", id, s)
			}
		}
	}
}

func TestNumberAt(t *testing.T) {
	r := register(t)
	tests := []struct {
		id   MunicipalityID
		day  string
		want Number
	}{
		{"larvik", "2017-12-31", ""}, // the municipality of today began in 2018
		{"larvik", "2018-01-01", "0712"},
		{"larvik", "2019-12-31", "0712"},
		{"larvik", "2020-01-01", "3805"},
		{"larvik", "2023-12-31", "3805"},
		{"larvik", "2024-01-01", "3909"},
		{"larvik", "2031-05-17", "3909"},
		{"larvik-0709", "2017-12-31", "0709"},
		{"larvik-0709", "2018-01-01", ""},
		{"porsgrunn", "1996-02-29", "0805"},
		{"porsgrunn", "2019-12-31", "0805"},
		{"porsgrunn", "2020-01-01", "3806"},
		{"porsgrunn", "2023-12-31", "3806"},
		{"porsgrunn", "2024-01-01", "4001"},
		{"alesund", "2023-12-31", ""},
		{"alesund", "2024-01-01", "1508"},
		{"alesund-1507", "2023-12-31", "1507"},
		{"alesund-1507", "2024-01-01", ""},
		{"oslo", "2026-09-01", "0301"},
	}
	for _, tt := range tests {
		m, _ := r.Get(tt.id)
		if got := m.NumberAt(day(t, tt.day)); got != tt.want {
			t.Errorf("%s on %s has number %q, want %q", tt.id, tt.day, got, tt.want)
		}
	}
	m, _ := r.Get("larvik")
	if got := m.NumberAt(day(t, "2024-01-01").Add(-time.Nanosecond)); got != "3805" {
		t.Errorf("at the last moment of 2023 the number is %q", got)
	}
	if got := (Municipality{}).NumberAt(day(t, "2024-01-01")); got != "" {
		t.Errorf("without numbers it has %q", got)
	}
	if got := (Municipality{}).Number(); got != "" {
		t.Errorf("without numbers its last is %q", got)
	}
}

func TestFind(t *testing.T) {
	r := register(t)
	for name, want := range map[string]MunicipalityID{
		"larvik": "larvik", "3909": "larvik", "3805": "larvik", "0712": "larvik",
		"0709": "larvik-0709", "0728": "lardal", "lardal": "lardal",
		"1507": "alesund-1507", "1508": "alesund", "0301": "oslo",
	} {
		if m, ok := r.Find(name); !ok || m.ID != want {
			t.Errorf("%q finds %q, want %q", name, m.ID, want)
		}
	}
	for _, name := range []string{"", "0000", "3909 ", "Larvik", "390", "\xff"} {
		if m, ok := r.Find(name); ok {
			t.Errorf("%q finds %q", name, m.ID)
		}
	}
	for _, m := range r.All() {
		if found, ok := r.Find(string(m.Number())); !ok || found.ID != m.ID {
			t.Errorf("number %s of %s finds %s", m.Number(), m.ID, found.ID)
		}
	}
}

// A number that changed hands means who has it now; when nobody has, who had it last.
func TestFindNumberThatChangedHands(t *testing.T) {
	early, late := day(t, "2010-12-31"), day(t, "2019-12-31")
	r := newRegister(map[MunicipalityID]*Municipality{
		"old":    {ID: "old", Numbers: []NumberPeriod{{Number: "0101", Until: early}, {Number: "0102", Until: early}}, Successors: []MunicipalityID{"new"}},
		"middle": {ID: "middle", Numbers: []NumberPeriod{{Number: "0101", From: early.AddDate(0, 0, 1), Until: late}}, Successors: []MunicipalityID{"new"}},
		"new":    {ID: "new", Numbers: []NumberPeriod{{Number: "0102", From: late}}},
	})
	if m, _ := r.Find("0102"); m.ID != "new" {
		t.Errorf("0102 finds %q, which is not the one that has it", m.ID)
	}
	if m, _ := r.Find("0101"); m.ID != "middle" {
		t.Errorf("0101 finds %q, which is not the one that had it last", m.ID)
	}
}

func TestRegisterIsInNorwegianOrder(t *testing.T) {
	first := register(t).All()
	var places []int
	for _, name := range []string{"Alta", "Zulu", "Ørsta", "Ålesund", "Årdal", "Åsnes"} {
		if i := slices.IndexFunc(first, func(m Municipality) bool { return m.Name == name }); i >= 0 {
			places = append(places, i)
		} else if name != "Zulu" {
			t.Errorf("%s is not in the register", name)
		}
	}
	if !slices.IsSorted(places) || first[356].Name != "Åsnes" {
		t.Errorf("places %v, last %s", places, first[356].Name)
	}
	names := []string{"Ås", "Øygarden", "Ærfugl", "Zeta", "Aasen", "Bø", "Ål", "Alta", "Ålesund"}
	SortByName(names, func(s string) string { return s })
	if want := []string{"Alta", "Bø", "Zeta", "Ærfugl", "Øygarden", "Ål", "Ålesund", "Ås", "Aasen"}; !slices.Equal(names, want) {
		t.Errorf("order %v", names)
	}
	// Two Herøy and two Våler: the order must be the same in every process.
	for range 20 {
		for i, m := range register(t).All() {
			if m.ID != first[i].ID {
				t.Fatalf("place %d holds %s, and %s when read again", i, first[i].ID, m.ID)
			}
		}
	}
	mine := register(t)
	mine.All()[0].Name = "Changed"
	if mine.All()[0].Name == "Changed" {
		t.Error("the register's own list can be changed from outside")
	}
}

func TestSortByNameIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOf(rapid.StringMatching(`[A-Zaæøå]{1,4}`)).Draw(t, "names")
		once := slices.Clone(names)
		SortByName(once, func(s string) string { return s })
		twice := slices.Clone(once)
		SortByName(twice, func(s string) string { return s })
		if !slices.Equal(once, twice) {
			t.Fatalf("%v sorted again is %v", once, twice)
		}
		slices.Sort(names)
		sorted := slices.Sorted(slices.Values(once))
		if !slices.Equal(sorted, names) {
			t.Fatalf("sorting lost something of %v", names)
		}
	})
}

func TestSizeBands(t *testing.T) {
	for population, want := range map[int]SizeBand{
		-1: UnknownSize, 0: UnknownSize, 1: Small, 4999: Small, 5000: Medium, 20000: Medium, 20001: Large, 700000: Large,
	} {
		if got := (Municipality{Population: population}).Size(); got != want {
			t.Errorf("%d inhabitants are %s, want %s", population, got, want)
		}
	}
	r := register(t)
	for id, want := range map[MunicipalityID]SizeBand{"fyresdal": Small, "larvik": Large, "oslo": UnknownSize} {
		if m, _ := r.Get(id); m.Size() != want {
			t.Errorf("%s is %s, want %s", id, m.Size(), want)
		}
	}
}

func TestLanguageFollowsTheMunicipality(t *testing.T) {
	r := register(t)
	for id, want := range map[MunicipalityID]Language{
		"seljord": Nynorsk, "kviteseid": Nynorsk, "tokke": Nynorsk, "fyresdal": Nynorsk,
		"sandefjord": Bokmal, "porsgrunn": Bokmal, "larvik": Bokmal, "drangedal": Bokmal, "oslo": Bokmal,
	} {
		if m, _ := r.Get(id); m.Reads() != want {
			t.Errorf("%s reads %s, want %s", id, m.Reads(), want)
		}
	}
	for l, want := range map[Language]bool{Bokmal: true, Nynorsk: true, English: true, "": false, "no": false, "NB": false} {
		if l.Valid() != want {
			t.Errorf("%q is valid: %t", l, l.Valid())
		}
	}
}

func TestPeriodRefusesWhatIsNoDate(t *testing.T) {
	for _, dates := range [][2]string{{"2024-02-30", ""}, {"", "1.1.2024"}, {"2024", ""}} {
		if _, err := period("0101", dates[0], dates[1]); err == nil {
			t.Errorf("%v is taken for dates", dates)
		}
	}
	if err := rows("a,b\n1\n", 2, func([]string) error { return nil }); err == nil {
		t.Error("a row with a field too few is taken")
	}
}
