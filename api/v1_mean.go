package api

import (
	"helhet/assessment"

	"github.com/danielgtaylor/huma/v2"
)

// v1Mean is a mean level in thousandths as JSON carries it: 2417 is 2.417, exactly. Below zero there is none: null.
type v1Mean int16

const noMean v1Mean = -1

// append writes the number without any arithmetic that could round.
func (m v1Mean) append(b []byte) []byte {
	if m < 0 {
		return append(b, "null"...)
	}
	b = append(b, '0'+byte(m/1000))
	thousandths := m % 1000
	if thousandths == 0 {
		return b
	}
	b = append(b, '.')
	for unit := v1Mean(100); thousandths > 0; unit /= 10 {
		b = append(b, '0'+byte(thousandths/unit))
		thousandths %= unit
	}
	return b
}

// MarshalJSON writes it as JSON.
func (m v1Mean) MarshalJSON() ([]byte, error) { return m.append(nil), nil }

// v1Means are means in a list, which writes itself whole: a trend has thousands of them, and one call each took a third of the time.
type v1Means []v1Mean

// MarshalJSON writes the list as encoding/json would write its values one by one.
func (l v1Means) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("null"), nil
	}
	b := make([]byte, 0, 2+6*len(l))
	b = append(b, '[')
	for i, m := range l {
		if i > 0 {
			b = append(b, ',')
		}
		b = m.append(b)
	}
	return append(b, ']'), nil
}

// Schema documents it.
func (v1Mean) Schema(huma.Registry) *huma.Schema {
	least, most := 0.0, 10.0 // of the longest scale
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
