package api

import (
	"github.com/gin-gonic/gin"
	"helhet/internal/fault"
)

func (s *Server) homePage(c *gin.Context, r *request) error {
	return fault.New(fault.NotFound, "api", "error.page.unknown")
}
