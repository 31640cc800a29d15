package api

import (
	"github.com/gin-gonic/gin"
	"helhet/internal/fault"
)

func (s *Server) ownRegion(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) heatMapPage(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) radarPage(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) trendPage(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) chartFile(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
