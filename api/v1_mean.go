package api

import (
	"strconv"
	"strings"

	"helhet/assessment"

	"github.com/danielgtaylor/huma/v2"
)

// v1Mean is a mean level in thousandths as JSON carries it: 2417 is 2.417, exactly. Below zero there is none: null.
type v1Mean int16

const noMean v1Mean = -1

// MarshalJSON writes the number without any arithmetic that could round.
func (m v1Mean) MarshalJSON() ([]byte, error) {
	if m < 0 {
		return []byte("null"), nil
	}
	digits := strconv.Itoa(int(m) + 10_000)[1:] // four of them: the level, then its thousandths
	text := strings.TrimRight(digits[:1]+"."+digits[1:], "0")
	return []byte(strings.TrimSuffix(text, ".")), nil
}

// Schema documents it.
func (v1Mean) Schema(huma.Registry) *huma.Schema {
	least, most := 0.0, 5.0
	return &huma.Schema{Type: huma.TypeNumber, Nullable: true, Minimum: &least, Maximum: &most,
		Description: "A mean level with at most three decimals; null where there is none.", Examples: []any{2.417}}
}

// meanOf gives a figure's mean where it may be read.
func meanOf(f assessment.Figure, readable bool) v1Mean {
	if !readable || !f.Scored {
		return noMean
	}
	return v1Mean(f.Score)
}
