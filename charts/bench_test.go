package charts

import (
	"io"
	"testing"
)

func benchmarked() map[string]chart {
	return map[string]chart{
		"lines-8x6": trend(), "lines-357x20": national(), "heatmap-8x24": heat(model()), "radar": wheel(),
		"course": course(), "bars": statuses(), "scatter": pairs(),
	}
}

func BenchmarkSVG(b *testing.B) {
	each(b, func(c chart) error { return c.SVG(io.Discard) })
}

func BenchmarkPNG(b *testing.B) {
	each(b, func(c chart) error { return c.PNG(io.Discard) })
}

func BenchmarkCSV(b *testing.B) {
	each(b, func(c chart) error { return c.CSV(io.Discard) })
}

func BenchmarkECharts(b *testing.B) {
	each(b, func(c chart) error { _, err := c.ECharts(); return err })
}

func each(b *testing.B, draw func(chart) error) {
	for name, c := range benchmarked() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := draw(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
