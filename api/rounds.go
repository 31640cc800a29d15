package api

import (
	"github.com/gin-gonic/gin"
	"helhet/internal/fault"
)

func (s *Server) roundsPage(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) planPage(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) plan(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) roundPage(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) openRound(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) closeRound(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) cancelRound(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) sendBack(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) publishRound(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) erratum(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
