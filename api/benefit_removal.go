package api

import (
	"net/http"
	"time"

	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// viewRemoval is what the reader may do about the removal of a benefit or a map of benefits. When says until when a removed one can be brought back.
func viewRemoval(r *request, m org.MunicipalityID, path, tag string, at time.Time, when func(until string) string) removalView {
	var v removalView
	may := org.MayRemoveBenefit(r.Actor, m)
	switch {
	case !at.IsZero():
		v.Removed = when(r.Text.Date(at.Add(benefits.Kept)))
		if may {
			v.RestoreAction = path + "/restore"
		}
	case may:
		v.Action, v.Tag = path+"/remove", tag
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
