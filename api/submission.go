package api

import (
	"net/http"
	"net/url"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// submissionPage is what a municipality has handed in, as its regional lead reads it: a table per area, a row per task, a level per dimension.
type submissionPage struct {
	Layout
	Round, RoundHref string
	Place            string
	When, Answered   string
	Own              bool   // its own people, who see what others see of it
	SendBack         string // address of the question, "" when it can't be sent back
	Dimensions       []string
	Span             int // how many columns a task that is not relevant fills
	Areas            []submittedArea
}

type submittedArea struct {
	ID, Name string
	Tasks    []submittedTask
}

type submittedTask struct {
	Name, Status, StatusText, Carrier string
	Cells                             []submittedCell // one per dimension; none where the task is not relevant
}

// submittedCell is what is answered on a dimension.
type submittedCell struct {
	Dimension string
	Answers   []givenView
}

func submissionPath(round assessment.RoundID, m org.MunicipalityID) string {
	return roundPath(round) + "/handed-in/" + url.PathEscape(string(m))
}

func (s *Server) submissionPage(c *gin.Context, r *request) error {
	ctx, t, m := c.Request.Context(), r.Text, org.MunicipalityID(c.Param("municipality"))
	round, err := s.Assessments.Round(ctx, r.Actor, assessment.RoundID(c.Param("round")))
	if err != nil {
		return err
	}
	sub, err := s.Assessments.Submission(ctx, r.Actor, round.ID, m)
	if err != nil {
		return err
	}
	cat, err := s.Assessments.Catalogue(round.Catalogue)
	if err != nil {
		return err
	}
	words := wording(cat, t)
	p := submissionPage{Layout: s.layout(c, r, t.T("submission.title", "name", sub.Name)), Round: round.Name, RoundHref: roundPath(round.ID),
		When: t.T("submission.when", "time", t.When(sub.HandedInAt, s.Now())), Answered: t.T("home.answered", "n", sub.Count.Answered, "of", sub.Count.Of), Own: org.MayReadAnswers(r.Actor, m)}
	if org.MayRunRounds(r.Actor, round.Region) && maySendBack(round, assessment.HandedIn, sub.Sealed) {
		p.SendBack = sendBackPath(round.ID, m)
	}
	for _, d := range cat.Dimensions {
		p.Dimensions = append(p.Dimensions, words.Dimensions[d].Name)
	}
	p.Span = 1 + len(p.Dimensions)
	for _, task := range sub.Tasks {
		if n := len(p.Areas); n == 0 || p.Areas[n-1].ID != string(task.Area) {
			p.Areas = append(p.Areas, submittedArea{ID: string(task.Area), Name: words.Areas[task.Area].Name})
		}
		area := &p.Areas[len(p.Areas)-1]
		area.Tasks = append(area.Tasks, viewSubmitted(t, cat, words, task))
	}
	return s.render(c, http.StatusOK, "submission", p)
}

func viewSubmitted(t locale.Text, cat *catalogue.Catalogue, words catalogue.Wording, task assessment.SubmittedTask) submittedTask {
	v := submittedTask{Name: words.Tasks[task.Task].Name, Status: string(task.Status), StatusText: t.Within("status", task.Status)}
	if task.Carrier != "" {
		v.Carrier = t.Within("carrier", task.Carrier)
	}
	if len(task.Answers) == 0 {
		return v
	}
	for _, d := range cat.Dimensions {
		cell := submittedCell{Dimension: words.Dimensions[d].Name}
		for _, a := range task.Answers {
			if a.Dimension != d {
				continue
			}
			view := givenView{beforeView{Answered: a.Level != nil || a.NotApplicable, NotApplicable: a.NotApplicable, Name: t.T("question.na")}, t.T("standing.missing")}
			if a.Level != nil {
				view.Level, view.Name = *a.Level, words.Levels[*a.Level]
			}
			cell.Answers = append(cell.Answers, view)
		}
		v.Cells = append(v.Cells, cell)
	}
	return v
}
