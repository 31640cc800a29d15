package org

import (
	"cmp"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Facts of the national register: Statistisk sentralbyrå, KLASS 131 (licence NLOD). Population, written language and earlier
// numbers are known for the municipalities of Vestfold and Telemark's joint rollout only.
var (
	//go:embed register/municipalities.csv
	municipalitiesCSV string
	//go:embed register/details.csv
	detailsCSV string
	//go:embed register/numbers.csv
	numbersCSV string
	//go:embed register/dissolved.csv
	dissolvedCSV string
)

// Register is every municipality there is, and those some of them came from. It is read-only.
type Register struct {
	all      []Municipality // those that exist, in Norwegian order of name
	byID     map[MunicipalityID]Municipality
	byNumber map[Number][]MunicipalityID
}

// LoadRegister reads the register that is part of the program.
func LoadRegister() (*Register, error) {
	byID := map[MunicipalityID]*Municipality{}
	get := func(id string) (*Municipality, error) {
		if m := byID[MunicipalityID(id)]; m != nil {
			return m, nil
		}
		return nil, fmt.Errorf("register: unknown municipality %q", id)
	}
	err := rows(municipalitiesCSV, 5, func(r []string) error {
		if byID[MunicipalityID(r[0])] != nil {
			return fmt.Errorf("register: municipality %q stands twice", r[0])
		}
		byID[MunicipalityID(r[0])] = &Municipality{
			ID: MunicipalityID(r[0]), Name: r[2], CountyNumber: r[3], County: r[4],
			Numbers: []NumberPeriod{{Number: Number(r[1])}},
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := rows(detailsCSV, 5, func(r []string) error {
		m, err := get(r[0])
		if err != nil {
			return err
		}
		m.OrganisationNumber, m.Written = r[1], r[2]
		if m.Population, err = strconv.Atoi(r[3]); err != nil {
			return err
		}
		if r[4] != "" {
			m.PopulationYear, err = strconv.Atoi(r[4])
		}
		return err
	}); err != nil {
		return nil, err
	}
	replaced := map[string]bool{} // the file of numbers says it all for the municipalities it names
	if err := rows(numbersCSV, 4, func(r []string) error {
		m, err := get(r[0])
		if err != nil {
			return err
		}
		if !replaced[r[0]] {
			m.Numbers, replaced[r[0]] = nil, true
		}
		p, err := period(r[1], r[2], r[3])
		m.Numbers = append(m.Numbers, p)
		return err
	}); err != nil {
		return nil, err
	}
	if err := rows(dissolvedCSV, 6, func(r []string) error {
		p, err := period(r[2], r[3], r[4])
		if err != nil {
			return err
		}
		m := &Municipality{ID: MunicipalityID(r[0]), Name: r[1], Numbers: []NumberPeriod{p}}
		for s := range strings.FieldsSeq(r[5]) {
			successor, err := get(s)
			if err != nil {
				return err
			}
			m.Successors = append(m.Successors, successor.ID)
			successor.Predecessors = append(successor.Predecessors, m.ID)
		}
		byID[m.ID] = m
		return nil
	}); err != nil {
		return nil, err
	}
	return newRegister(byID), nil
}

func newRegister(byID map[MunicipalityID]*Municipality) *Register {
	r := &Register{byID: map[MunicipalityID]Municipality{}, byNumber: map[Number][]MunicipalityID{}}
	for id, m := range byID {
		r.byID[id] = *m
		if m.Exists() {
			r.all = append(r.all, *m)
		}
		for _, n := range m.Numbers {
			r.byNumber[n.Number] = append(r.byNumber[n.Number], id)
		}
	}
	// Two are called Herøy and two Våler: their identity decides, so that every process has the same order.
	slices.SortFunc(r.all, func(a, b Municipality) int { return cmp.Compare(a.ID, b.ID) })
	SortByName(r.all, func(m Municipality) string { return m.Name })
	return r
}

func rows(text string, fields int, each func([]string) error) error {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = fields
	all, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	for _, row := range all[1:] {
		if err := each(row); err != nil {
			return err
		}
	}
	return nil
}

func period(number, from, until string) (NumberPeriod, error) {
	p := NumberPeriod{Number: Number(number)}
	for _, d := range []struct {
		text string
		into *time.Time
	}{{from, &p.From}, {until, &p.Until}} {
		if d.text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, d.text)
		if err != nil {
			return p, fmt.Errorf("register: number %s: %w", number, err)
		}
		*d.into = t
	}
	return p, nil
}

// All lists the municipalities that exist, in Norwegian order of name. The slice is the caller's.
func (r *Register) All() []Municipality { return slices.Clone(r.all) }

// Get looks a municipality up by its identity, merged and split ones too.
func (r *Register) Get(id MunicipalityID) (Municipality, bool) {
	m, ok := r.byID[id]
	return m, ok
}

// Find reads what a person or a program may call a municipality: its identity, or a number it has or had. A number that
// changed hands means who has it now, else who had it last.
func (r *Register) Find(name string) (Municipality, bool) {
	if m, ok := r.byID[MunicipalityID(name)]; ok {
		return m, true
	}
	ids := r.byNumber[Number(name)]
	if len(ids) == 0 {
		return Municipality{}, false
	}
	best := slices.MaxFunc(ids, func(a, b MunicipalityID) int {
		return cmp.Compare(r.lastDay(a, Number(name)), r.lastDay(b, Number(name)))
	})
	return r.byID[best], true
}

func (r *Register) lastDay(id MunicipalityID, n Number) int64 {
	for _, p := range slices.Backward(r.byID[id].Numbers) {
		if p.Number == n {
			if p.Until.IsZero() {
				return 1 << 62
			}
			return p.Until.Unix()
		}
	}
	return 0
}

// SortByName puts things in Norwegian alphabetical order (… z, æ, ø, å; aa as å). The alphabet is asked for as nynorsk's: under
// "no" and "nb" x/text has no tailoring and would sort å among a.
func SortByName[T any](things []T, name func(T) string) {
	c := collate.New(language.MustParse("nn"))
	slices.SortStableFunc(things, func(a, b T) int { return c.CompareString(name(a), name(b)) })
}
