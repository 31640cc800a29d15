package main

import "testing"

// TestCheck: what was acknowledged and doesn't stand is lost, what the history tells of twice is doubled, and nothing else is either.
func TestCheck(t *testing.T) {
	at := place{"3909", "lager.ansvar"}
	save := func(built, tag string) acknowledged { return acknowledged{at, built, tag} }
	first := map[place]standing{at: {"a", 1}}
	line := []acknowledged{save("b", "c"), save("a", "b"), save("c", "d")}
	for _, c := range []struct {
		name          string
		saves         []acknowledged
		stands        standing
		lost, doubled int
	}{
		{"all of it, told in any order", line, standing{"d", 4}, 0, 0},
		{"the last is gone", line, standing{"c", 4}, 1, 0},
		{"something else stands", line, standing{"x", 4}, 1, 0},
		{"two built on the same", append(line[:3:3], save("b", "x")), standing{"d", 5}, 1, 0},
		{"told twice", line, standing{"d", 5}, 0, 1},
		{"never told", line, standing{"d", 3}, 1, 0},
		{"a step that nobody was told of", []acknowledged{save("a", "b"), save("c", "d")}, standing{"d", 3}, 1, 0},
	} {
		if lost, doubled := check(c.saves, first, map[place]standing{at: c.stands}); lost != c.lost || doubled != c.doubled {
			t.Errorf("%s: %d lost and %d doubled, not %d and %d", c.name, lost, doubled, c.lost, c.doubled)
		}
	}
}
