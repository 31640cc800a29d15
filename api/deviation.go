package api

import (
	"context"
	"net/http"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"
	"helhet/reports"

	"github.com/gin-gonic/gin"
)

// deviationView is how far a benefit is from its plan, on its page, and what was said about it. It is empty where it follows the plan and nobody said anything.
type deviationView struct {
	Says    string // how far, and which way
	Asks    string // that nobody has explained it yet
	Stands  explanationView
	Earlier []explanationView // the newest first
	Action  string            // address that takes another; "" for who may not
	Figure  benefits.MeasurementID
	Text    string // that was typed
	Error   string
	Confirm bool // asks whether a text that seems to hold a fødselsnummer is to be saved all the same
	Undo    bool
}

// Shown tells whether there is anything to show.
func (v deviationView) Shown() bool { return v.Says != "" || v.Stands.Text != "" || len(v.Earlier) > 0 }

type explanationView struct{ Text, Of, By string }

// deviationView tells how far a benefit is from its plan. wrong is what was wrong with an explanation that was sent, with the text that the request has.
func (s *Server) deviationView(c *gin.Context, r *request, b benefits.Benefit, edits bool, wrong *fault.Error) (v deviationView, err error) {
	t := r.Text
	if d, ok := b.Deviation(); ok {
		v.Says, v.Figure = deviationSays(t, d), d.Figure.ID
		if !d.Explained {
			v.Asks = t.T("deviation.unexplained")
		}
	}
	all := b.Explanations()
	var people []org.PersonID
	for _, e := range all {
		people = append(people, e.By)
	}
	names, err := s.names(c.Request.Context(), t, people...)
	if err != nil {
		return v, err
	}
	for i, e := range all {
		x := explanationView{Text: e.Text}
		if e.Day != "" {
			x.Of = t.T("deviation.of", "date", dayShown(t, e.Day))
		}
		if e.By != "" {
			x.By = t.T("measurement.by", "name", names.of(e.By), "date", t.ShortDate(e.At))
		}
		if e.Text == "" {
			x.Text = t.T("deviation.taken-out")
		}
		if i == len(all)-1 && e.Text != "" {
			v.Stands = x
		} else {
			v.Earlier = append([]explanationView{x}, v.Earlier...)
		}
	}
	if edits {
		v.Action, v.Undo = benefitPath(b.ID)+"/explanation", len(all) > 0
	}
	if wrong != nil {
		v.Text = typed(c, "explanation")
		for _, f := range wrong.Fields {
			if v.Confirm = v.Confirm || f.Name == assessment.ConfirmField; f.Name == "explanation" {
				v.Error = t.T(f.Key, f.Args...)
			}
		}
	}
	return v, nil
}

// deviationSays how far a figure is from the plan, and which way.
func deviationSays(t locale.Text, d benefits.Deviation) string {
	key := "deviation.ahead"
	if d.Behind {
		key = "deviation.behind"
	}
	return t.T(key, "date", dayShown(t, d.Figure.To), "gap", gapShown(t, d.Gap), "planned", amount(t, d.Planned.Unit(), reports.AsRead(d.Planned)), "part", amount(t, benefits.Share, benefits.Number(d.Part.Percent().String())))
}

// gapShown writes what is between two values of a unit: between two shares it is no share.
func gapShown(t locale.Text, a benefits.Amount) string {
	shown, _, _ := rangeShown(t, benefits.Range{Low: a, Value: a, High: a})
	return shown
}

func (s *Server) explainBenefit(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	id := benefits.ID(c.Param("benefit"))
	_, err := s.Benefits.Explain(c.Request.Context(), r.Actor, benefits.Explain{ID: id, Figure: benefits.MeasurementID(c.PostForm("figure")), Text: c.PostForm("explanation"),
		Tag: c.PostForm("tag"), Edit: editOf(c), Confirmed: c.PostForm(assessment.ConfirmField) == "yes"})
	return s.explained(c, r, id, err)
}

func (s *Server) undoExplanation(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	id := benefits.ID(c.Param("benefit"))
	_, err := s.Benefits.UndoExplanation(c.Request.Context(), r.Actor, id, c.PostForm("tag"), c.PostForm("edit"))
	return s.explained(c, r, id, err)
}

// explained answers with the page. What was wrong stands there with what was typed, and with what stands now.
func (s *Server) explained(c *gin.Context, r *request, id benefits.ID, err error) error {
	switch code := fault.CodeOf(err); code {
	case "":
		c.Redirect(http.StatusSeeOther, benefitPath(id)+"?saved=yes#deviation")
		return nil
	case fault.Invalid:
		return s.showBenefit(c, r, statuses[code], benefitFaults{explanation: faultOf(err)})
	case fault.Stale, fault.Conflict:
		return s.showBenefit(c, r, statuses[code], benefitFaults{button: faultOf(err), explanation: faultOf(err)})
	}
	return err
}

// unexplainedView lists what deviates from its plan in a municipality without an explanation, the oldest figure first; nil where nothing does.
func (s *Server) unexplainedView(ctx context.Context, r *request, m org.MunicipalityID) (*lateView, error) {
	if !org.MayReadBenefits(r.Actor, m) {
		return nil, nil
	}
	t, everybody := r.Text, org.MayFollowUpBenefits(r.Actor, m)
	all, err := s.Benefits.Unexplained(ctx, r.Actor, m, !everybody, benefits.MaxBenefits)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	v := &lateView{ID: "unexplained", Title: t.T("home.unexplained.mine"), Act: t.T("home.unexplained.act"), All: "/benefits?shelf=unexplained&whose=mine"}
	if everybody {
		v.Title, v.All = t.T("home.unexplained"), "/benefits?shelf=unexplained"
	}
	err = s.listed(ctx, r, v, all, everybody, func(b benefits.Benefit) (about, act string) {
		d, _ := b.Deviation()
		if d.Behind {
			about = t.T("home.unexplained.behind", "gap", gapShown(t, d.Gap))
		} else {
			about = t.T("home.unexplained.ahead", "gap", gapShown(t, d.Gap))
		}
		return about, benefitPath(b.ID) + "#deviation"
	})
	return v, err
}
