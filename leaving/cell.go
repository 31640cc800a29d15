package leaving

import (
	"strconv"
	"strings"
	"time"
)

// timeCell writes a moment into a cell; none is an empty one.
func timeCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// levelCell writes a level into a cell; none is an empty one.
func levelCell(level *int) string {
	if level == nil {
		return ""
	}
	return strconv.Itoa(*level)
}

// months writes a measuring plan's months into one cell, with spaces between.
func months(after []int) string {
	var all []string
	for _, n := range after {
		all = append(all, strconv.Itoa(n))
	}
	return strings.Join(all, " ")
}

// joined writes keys into one cell, with spaces between.
func joined[T ~string](keys []T) string {
	var all []string
	for _, k := range keys {
		all = append(all, string(k))
	}
	return strings.Join(all, " ")
}
