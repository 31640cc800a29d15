package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"helhet/charts"
	"helhet/internal/fault"

	"github.com/gin-gonic/gin"
)

// chartOptions are a live chart's options. As raw JSON, html/template escapes them for a script block of data.
type chartOptions = json.RawMessage

// specification is a chart in any of its forms.
type specification interface {
	Table() charts.Table
	CSV(io.Writer) error
	SVG(io.Writer) error
	PNG(io.Writer) error
	ECharts() ([]byte, error)
}

const (
	maxDrawnBytes = 24 << 20 // of pictures kept in memory
	drawnAtOnce   = 2        // pictures drawn at the same time: painting takes a processor and some megabytes
)

// drawings keeps drawn pictures. What a picture shows depends on its specification alone, which names the publication, so its hash is
// the key, and a reader who may see less has another key.
type drawings struct {
	version string
	slots   chan struct{}
	drawn   *kept[picture]
}

type picture []byte

func (p picture) size() int { return len(p) }

func newDrawings(version string) (*drawings, error) {
	drawn, err := newKept[picture](maxDrawnBytes)
	return &drawings{version: version, slots: make(chan struct{}, drawnAtOnce), drawn: drawn}, err
}

// key names a form of a specification; another version of the program may draw it in another way.
func (d *drawings) key(form string, spec any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %#v", d.version, form, spec))
	return hex.EncodeToString(sum[:16])
}

// draw gives a picture, drawn now or before. It waits for its turn, at most as long as the request may.
func (d *drawings) draw(ctx context.Context, key string, write func(io.Writer) error) ([]byte, error) {
	if picture, ok := d.drawn.get(key); ok {
		return picture, nil
	}
	done, err := d.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if picture, ok := d.drawn.get(key); ok { // somebody drew it meanwhile
		return picture, nil
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return nil, err
	}
	d.drawn.put(key, b.Bytes())
	return b.Bytes(), nil
}

// turn waits until something may be drawn, at most as long as the request may. Whoever got it calls done.
func (d *drawings) turn(ctx context.Context) (done func(), err error) {
	select {
	case d.slots <- struct{}{}:
		return func() { <-d.slots }, nil
	case <-ctx.Done():
		return nil, &fault.Error{Code: fault.Unavailable, Op: "api.draw", Key: "error.unavailable", Err: ctx.Err()}
	}
}

// chartFile answers with a region's chart as a file: heat-map, radar or trend, as png, svg or csv, under the query of its page.
func (s *Server) chartFile(c *gin.Context, r *request) error {
	name, form, _ := strings.Cut(c.Param("chart"), ".")
	spec, err := s.specification(c, r, name, form == "csv")
	if err != nil {
		return err
	}
	return s.drawFile(c, r, spec, c.Param("region")+"-"+name, form)
}

// drawFile answers with a specification as a file of a form: png, svg or csv.
func (s *Server) drawFile(c *gin.Context, r *request, spec specification, name, form string) error {
	var media string
	var write func(io.Writer) error
	switch form {
	case "png":
		media, write = "image/png", spec.PNG
	case "svg":
		media, write = "image/svg+xml", spec.SVG
	case "csv":
		media, write = "text/csv; charset=utf-8", spec.CSV
	default:
		return fault.New(fault.NotFound, "api.chartFile", "error.page.unknown")
	}
	key := s.drawings.key(form, spec)
	tag := `"` + key + `"`
	h := c.Writer.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache") // who may see what may change, so each use is asked for
	h.Set("Vary", "Cookie, Authorization, Accept-Language")
	h.Set("Content-Language", string(r.Text.Lang()))
	h.Set("Content-Disposition", `inline; filename="helhet-`+name+"."+form+`"`)
	if strings.Contains(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return nil
	}
	picture, err := s.drawings.draw(c.Request.Context(), key, write)
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, media, picture)
	return nil
}

// specification works out a chart as its page does. Files of numbers have all three decimals that were published.
func (s *Server) specification(c *gin.Context, r *request, name string, exact bool) (specification, error) {
	switch name {
	case "heat-map":
		v, err := s.heatView(c, r)
		if err != nil {
			return nil, err
		}
		if exact {
			v.spec.Format.Decimals = 3
		}
		return v.spec, nil
	case "radar":
		v, err := s.radarView(c, r)
		if err != nil {
			return nil, err
		}
		if v.unknown {
			return nil, fault.New(fault.NotFound, "api.chartFile", "region.pick.unknown", "name", c.Query("municipality"))
		}
		if exact {
			v.spec.Format.Decimals = 3
		}
		return v.spec, nil
	case "trend":
		v, err := s.trendView(c, r)
		if err != nil {
			return nil, err
		}
		if v.unknown != "" {
			return nil, fault.New(fault.NotFound, "api.chartFile", "region.pick.unknown", "name", v.unknown)
		}
		if exact {
			v.spec.Format.Decimals = 3
		}
		return v.spec, nil
	}
	return nil, fault.New(fault.NotFound, "api.chartFile", "error.page.unknown")
}
