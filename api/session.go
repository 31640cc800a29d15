package api

import (
	"net/http"

	"helhet/org"

	"github.com/gin-gonic/gin"
)

// sessionPath is where a page asks how long its session still lasts, and keeps it alive.
const sessionPath = "/session"

// sessionLeft is how long a session still lasts, in whole seconds: unless it is used before, and at most.
type sessionLeft struct {
	Left int `json:"left"`
	Most int `json:"most"`
}

// sessionLeft tells of the request's own session; nil for a token, which a page has no need to warn of.
func (s *Server) sessionLeft(r *request) *sessionLeft {
	if r.Caller.Key.Kind != org.SessionKey {
		return nil
	}
	unused, most := s.Auth.Left(r.Caller.Key)
	return &sessionLeft{int(unused.Seconds()), int(most.Seconds())}
}

// session answers both GET, which only looks, and POST, which by being a use makes the session last longer.
func (s *Server) session(c *gin.Context, r *request) error {
	left := s.sessionLeft(r)
	if left == nil {
		left = &sessionLeft{}
	}
	c.JSON(http.StatusOK, left)
	return nil
}
