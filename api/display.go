package api

import (
	"context"
	"net/http"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// displayPage is a big screen that nobody is signed in on.
type displayPage struct {
	Layout
	Over   string
	Live   sittingView
	Events string
}

const (
	displayCookie       = "helhet_display"
	secureDisplayCookie = "__Host-helhet_display"
)

// makeDisplay makes one and shows its address, on this answer alone.
func (s *Server) makeDisplay(c *gin.Context, r *request) error {
	a, err := s.sittingOf(c, r)
	if err != nil {
		return err
	}
	secret, made, err := s.Assessments.MakeDisplay(c.Request.Context(), r.Actor, a)
	if fault.CodeOf(err) == fault.Conflict {
		return s.showConsensus(c, r, http.StatusConflict, consensusForm{failed: faultOf(err)})
	}
	if err != nil {
		return err
	}
	return s.showConsensus(c, r, http.StatusCreated, consensusForm{secret: secret, made: made})
}

// revokeDisplay ends one; one that is gone is what she wanted.
func (s *Server) revokeDisplay(c *gin.Context, r *request) error {
	return s.lead(func(ctx context.Context, actor org.Actor, a assessment.Sitting) error {
		if !org.MayLeadConsensus(actor, a.Municipality) {
			return fault.New(fault.Forbidden, "api.revokeDisplay", "error.forbidden")
		}
		err := s.Assessments.RevokeDisplay(ctx, actor, c.PostForm("display"))
		if fault.CodeOf(err) == fault.NotFound {
			return nil
		}
		return err
	}, "consensus")(c, r)
}

// openDisplay takes the secret out of the address into a cookie of this browser, so that it stands neither on the screen nor in what is asked for
// from then on.
func (s *Server) openDisplay(c *gin.Context, _ *request) error {
	secret := c.Param("display")
	d, err := s.Assessments.OnDisplay(c.Request.Context(), secret)
	if err != nil {
		return err
	}
	s.setCookie(c, http.Cookie{Name: s.displayCookieName(), Value: secret, MaxAge: int(d.Ends.Sub(s.Now()).Seconds()), HttpOnly: true})
	c.Redirect(http.StatusSeeOther, "/display")
	return nil
}

func (s *Server) displayCookieName() string {
	if s.secure() {
		return secureDisplayCookie
	}
	return displayCookie
}

// onDisplay finds the display that the browser's cookie opens.
func (s *Server) onDisplay(c *gin.Context) (assessment.Display, string, error) {
	cookie, err := c.Request.Cookie(s.displayCookieName())
	if err != nil {
		return assessment.Display{}, "", fault.New(fault.Conflict, "api.display", "error.display.over")
	}
	d, err := s.Assessments.OnDisplay(c.Request.Context(), cookie.Value)
	return d, cookie.Value, err
}

// displayText is the language of a screen: what was chosen on it, else the municipality's own.
func (s *Server) displayText(c *gin.Context, d assessment.Display) locale.Text {
	if cookie, err := c.Request.Cookie(languageCookie); err == nil {
		if l, err := locale.ParseLang(cookie.Value); err == nil {
			return s.Texts.For(l)
		}
	}
	m, _ := s.Register.Get(d.Municipality)
	return s.Texts.For(locale.Lang(m.Reads()))
}

// shownOn words what a display shows.
func (s *Server) shownOn(ctx context.Context, t locale.Text, at assessment.Sitting) (meeting, error) {
	round, err := s.Assessments.Round(ctx, handsOn, at.Round)
	if err != nil {
		return meeting{}, err
	}
	return s.meeting(t, round, at)
}

func (s *Server) displayPage(c *gin.Context, r *request) error {
	d, _, err := s.onDisplay(c)
	if err != nil {
		return err
	}
	ctx := c.Request.Context()
	shown := *r
	shown.Text = s.displayText(c, d)
	m, err := s.shownOn(ctx, shown.Text, d.Sitting())
	if err != nil {
		return err
	}
	now, err := s.Assessments.Consensus(ctx, handsOn, m.At)
	if err != nil {
		return err
	}
	shown.Person = org.Person{} // whoever is signed in in this browser besides is not shown
	p := displayPage{Layout: s.layout(c, &shown, shown.Text.T("display.title")), Over: m.Place + " · " + m.Round.Name, Live: viewOnDisplay(shown.Text, m, now), Events: "/display/events"}
	p.Layout.meeting()
	p.Path = "/display"
	return s.render(c, http.StatusOK, "display", p)
}

// viewOnDisplay is a sitting as a screen shows it, under the task's name: the screen goes from task to task.
func viewOnDisplay(t locale.Text, m meeting, now *assessment.Consensus) sittingView {
	v := viewSitting(t, m, now)
	v.Task = m.Name
	return v
}

// followDisplay streams to a screen what she leads who let it follow.
func (s *Server) followDisplay(c *gin.Context, _ *request) error {
	d, secret, err := s.onDisplay(c)
	if err != nil {
		return err
	}
	t := s.displayText(c, d)
	topic, leave, err := s.displays.follow(d.ID)
	if err != nil {
		return err
	}
	defer leave()
	f := follower{
		at: d.Sitting(), display: topic,
		may: func(ctx context.Context) error { _, err := s.Assessments.OnDisplay(ctx, secret); return err },
		move: func(ctx context.Context, at assessment.Sitting) (func(*assessment.Consensus) sittingView, error) {
			m, err := s.shownOn(ctx, t, at)
			return func(now *assessment.Consensus) sittingView { return viewOnDisplay(t, m, now) }, err
		},
	}
	if f.view, err = f.move(c.Request.Context(), f.at); err != nil {
		return err
	}
	return s.follow(c, f)
}
