package api

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts requests by route, never by address or person.
type metrics struct {
	registry *prometheus.Registry
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "helhet_request_seconds", Help: "Time to answer, by method, route and status.", Buckets: prometheus.ExponentialBuckets(0.001, 2.5, 9),
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "helhet_requests_in_flight", Help: "Requests being answered."}),
	}
	m.registry.MustRegister(m.seconds, m.inFlight, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// measured counts and logs each request, by its route's pattern: addresses hold ids, and never reach the log.
func (s *Server) measured(c *gin.Context) {
	start := time.Now()
	s.metrics.inFlight.Inc()
	defer s.metrics.inFlight.Dec()
	c.Next()
	route, took := c.FullPath(), time.Since(start)
	if route == "" {
		route = "none"
	}
	if !isStream(c) { // how long somebody follows says nothing of how fast we are
		s.metrics.seconds.WithLabelValues(c.Request.Method, route, strconv.Itoa(c.Writer.Status())).Observe(took.Seconds())
	}
	s.Log.Debug("request", slog.String("request", requestOf(c.Request.Context()).Trace), slog.String("method", c.Request.Method),
		slog.String("route", route), slog.Int("status", c.Writer.Status()), slog.Duration("took", took))
}

func stack() string { return string(debug.Stack()) }
