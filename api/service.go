package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"helhet/internal/fault"

	"github.com/gin-gonic/gin"
)

// healthy says that the process answers.
func (s *Server) healthy(c *gin.Context, _ *request) error {
	c.String(http.StatusOK, "ok\n")
	return nil
}

// ready says whether requests should be sent here: the store can be reached, and the process is not about to stop.
func (s *Server) ready(c *gin.Context, _ *request) error {
	if s.stopping.Load() {
		c.String(http.StatusServiceUnavailable, "stopping\n")
		return nil
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*time.Second)
	defer cancel()
	if err := s.DB.Ping(ctx); err != nil {
		s.Log.Warn("not ready", slog.Any("cause", err))
		c.String(http.StatusServiceUnavailable, "store unavailable\n")
		return nil
	}
	c.String(http.StatusOK, "ready\n")
	return nil
}

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" fill="none" stroke="#00695c" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"><path d="M20 3.5a16.5 16.5 0 1 1-14.3 8.25"/><path d="m14 14 6 6-6 6M22 14l6 6-6 6"/></svg>`

func (s *Server) favicon(c *gin.Context, _ *request) error {
	c.Header("Cache-Control", "public, max-age=86400")
	c.Data(http.StatusOK, "image/svg+xml", []byte(icon))
	return nil
}

// recovered turns a panic into a failure like any other, with the stack in the log.
func (s *Server) recovered(c *gin.Context) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p == http.ErrAbortHandler { // an answer that has begun is broken off, so that nobody takes it for whole
			panic(p)
		}
		s.Log.Error("panic", slog.String("request", requestOf(c.Request.Context()).Trace), slog.String("route", c.FullPath()), slog.Any("panic", p), slog.String("stack", stack()))
		if !c.Writer.Written() {
			s.fail(c, fault.New(fault.Internal, "api", "error.internal"))
		}
		c.Abort()
	}()
	if !isStream(c) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), s.patience)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
	}
	c.Next()
}
