package api

import "github.com/gin-gonic/gin"

func (s *Server) apiRoutes(e *gin.Engine) {}
