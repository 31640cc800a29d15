package api

import (
	"net/http"

	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// viewRemoval is what there is to say of a benefit's being removed, and what the reader may do about it.
func viewRemoval(r *request, b benefits.Benefit) removalView {
	var v removalView
	may := org.MayRemoveBenefit(r.Actor, b.Municipality)
	switch {
	case !b.Removed.IsZero():
		v.Until = r.Text.Date(b.Removed.Add(benefits.Kept))
		if may {
			v.RestoreAction = benefitPath(b.ID) + "/restore"
		}
	case may:
		v.Action, v.Tag = benefitPath(b.ID)+"/remove", b.Tag
	}
	return v
}

// removeBenefit takes a benefit away. Its page says how to bring it back; to who was too late it says what stands.
func (s *Server) removeBenefit(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	id := benefits.ID(c.Param("benefit"))
	_, err := s.Benefits.Remove(c.Request.Context(), r.Actor, id, c.PostForm("tag"))
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, benefitPath(id))
		return nil
	case fault.Stale, fault.Conflict:
		return s.showBenefit(c, r, statuses[fault.CodeOf(err)], benefitFaults{button: faultOf(err)})
	}
	return err
}

func (s *Server) restoreBenefit(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	id := benefits.ID(c.Param("benefit"))
	if _, err := s.Benefits.Restore(c.Request.Context(), r.Actor, id); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, benefitPath(id)+"?saved=yes")
	return nil
}
