package api

import (
	"github.com/gin-gonic/gin"
	"helhet/internal/fault"
)

func (s *Server) handInPage(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) handIn(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
func (s *Server) takeBack(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
