package api

import (
	"net/http"
	"net/url"

	"helhet/internal/fault"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// setUpPage makes the first administrator, behind a link that was printed on the console.
type setUpPage struct {
	Layout
	Action                string
	Name, Email           string
	NameError, EmailError string
	Faults                []planFault
}

func (s *Server) setUpPage(c *gin.Context, r *request) error {
	return s.showSetUp(c, r, http.StatusOK, nil)
}

func (s *Server) showSetUp(c *gin.Context, r *request, status int, failed *fault.Error) error {
	secret := c.Param("secret")
	if err := s.SetUp.Good(c.Request.Context(), secret); err != nil {
		return err
	}
	p := setUpPage{Layout: s.layout(c, r, r.Text.T("set-up.title")), Action: "/set-up/" + url.PathEscape(secret)}
	if failed != nil {
		p.Name, p.Email = typed(c, "name"), typed(c, "email")
		for _, f := range failed.Fields {
			text := r.Text.T(f.Key, f.Args...)
			if f.Name == "name" {
				p.NameError = text
			} else {
				p.EmailError = text
			}
			p.Faults = append(p.Faults, planFault{"#" + f.Name, text})
		}
	}
	return s.render(c, status, "set-up", p)
}

func (s *Server) setUp(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	id, err := s.SetUp.Finish(c.Request.Context(), c.Param("secret"), c.PostForm("name"), c.PostForm("email"), org.Language(r.Text.Lang()))
	if fault.CodeOf(err) == fault.Invalid {
		return s.showSetUp(c, r, http.StatusUnprocessableEntity, faultOf(err))
	}
	if err != nil {
		return err
	}
	if err := s.startSession(c, id); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/people")
	return nil
}
