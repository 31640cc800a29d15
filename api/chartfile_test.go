package api

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"helhet/charts"
	"helhet/internal/fault"
)

func TestDrawingsAreKeptAndBounded(t *testing.T) {
	d, err := newDrawings("1")
	if err != nil {
		t.Fatal(err)
	}
	drawn := 0
	picture := func(size int) func(io.Writer) error {
		return func(w io.Writer) error {
			drawn++
			_, err := io.WriteString(w, strings.Repeat("x", size))
			return err
		}
	}
	for range 2 {
		if got, err := d.draw(t.Context(), "a", picture(10)); err != nil || len(got) != 10 {
			t.Fatal(len(got), err)
		}
	}
	if drawn != 1 {
		t.Errorf("drawn %d times, want once", drawn)
	}
	const large = maxDrawnBytes / 8
	for _, key := range strings.Split("bcdefghijklm", "") {
		if _, err := d.draw(t.Context(), key, picture(large)); err != nil {
			t.Fatal(err)
		}
	}
	if d.drawn.bytes > maxDrawnBytes || d.drawn.bytes < maxDrawnBytes/2 {
		t.Errorf("%d bytes are kept of %d allowed", d.drawn.bytes, maxDrawnBytes)
	}
	if _, ok := d.drawn.get("a"); ok {
		t.Error("the oldest picture is still kept")
	}
	broken := errors.New("broken")
	if _, err := d.draw(t.Context(), "z", func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, ok := d.drawn.get("z"); ok {
		t.Error("a picture that could not be drawn is kept")
	}
}

// TestDrawingWaitsItsTurn: no more are drawn at once than drawnAtOnce, and who can't wait is told.
func TestDrawingWaitsItsTurn(t *testing.T) {
	d, err := newDrawings("1")
	if err != nil {
		t.Fatal(err)
	}
	begun, end := make(chan struct{}), make(chan struct{})
	ended := make(chan error, drawnAtOnce)
	for _, key := range []string{"a", "b"} {
		go func() {
			_, err := d.draw(context.Background(), key, func(io.Writer) error {
				begun <- struct{}{}
				<-end
				return nil
			})
			ended <- err
		}()
		<-begun
	}
	hurried, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.draw(hurried, "c", func(io.Writer) error { t.Error("a third is drawn"); return nil }); fault.CodeOf(err) != fault.Unavailable {
		t.Error(err)
	}
	close(end)
	for range drawnAtOnce {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if _, err := d.draw(t.Context(), "c", func(io.Writer) error { return nil }); err != nil {
		t.Error(err)
	}
}

// TestDrawingsKeysTellViewsApart: whatever a reader sees otherwise has another key.
func TestDrawingsKeysTellViewsApart(t *testing.T) {
	one, err := newDrawings("1")
	if err != nil {
		t.Fatal(err)
	}
	two, err := newDrawings("2")
	if err != nil {
		t.Fatal(err)
	}
	spec := func(change func(*charts.Lines)) charts.Lines {
		l := charts.Lines{Rounds: []charts.Round{{Name: "a", Publication: "1"}}, Series: []charts.Series{{ID: "x", Name: "X", Values: []charts.Value{charts.Gap(charts.NotHandedIn)}}}}
		change(&l)
		return l
	}
	base := one.key("png", spec(func(*charts.Lines) {}))
	if again := one.key("png", spec(func(*charts.Lines) {})); again != base {
		t.Error("the same view has two keys")
	}
	for name, key := range map[string]string{
		"form":        one.key("svg", spec(func(*charts.Lines) {})),
		"version":     two.key("png", spec(func(*charts.Lines) {})),
		"publication": one.key("png", spec(func(l *charts.Lines) { l.Rounds[0].Publication = "2" })),
		"own":         one.key("png", spec(func(l *charts.Lines) { l.Series[0].Own = true })),
		"reason":      one.key("png", spec(func(l *charts.Lines) { l.Series[0].Values[0] = charts.Gap(charts.TooFewAnswers) })),
		"value":       one.key("png", spec(func(l *charts.Lines) { l.Series[0].Values[0] = charts.Score(0) })),
		"synthetic":   one.key("png", spec(func(l *charts.Lines) { l.Synthetic = "x" })),
		"words":       one.key("png", spec(func(l *charts.Lines) { l.Words.Median = "x" })),
	} {
		if key == base {
			t.Errorf("views that differ in %s share a key", name)
		}
	}
}
