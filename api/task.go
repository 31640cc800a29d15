package api

import (
	"github.com/gin-gonic/gin"
	"helhet/internal/fault"
)

func (s *Server) taskPage(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) saveAnswer(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) postAnswer(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) saveOrganisation(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) postOrganisation(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
