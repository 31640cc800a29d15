package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"

	"github.com/boombuler/barcode/qr"
	"github.com/gin-gonic/gin"
)

// cardsPage is what a workshop has on its table: a card per task, to be printed by the browser on A6.
type cardsPage struct {
	Layout
	Round, RoundHref string
	Action           string
	Form             string // address of the form to fill in offline, "" for who has nothing to fill in
	Areas            []choiceView
	Cards            []cardView
}

// cardView is a task's card: its questions, and the way to it by a phone's camera.
type cardView struct {
	Area, Name, About string
	Questions         []cardQuestion
	Address           string // of the task's page, also as the code
	Code              codeView
}

type cardQuestion struct{ Dimension, Text string }

// codeView is a QR code as one path of unit squares, with the quiet zone that readers want around it.
type codeView struct {
	ViewBox string
	Path    string
}

// quietZone is how many empty modules stand around a QR code (ISO/IEC 18004).
const quietZone = 4

func (s *Server) cardsPage(c *gin.Context, r *request) error {
	t := r.Text
	round, err := s.Assessments.Round(c.Request.Context(), r.Actor, assessment.RoundID(c.Param("round")))
	if err != nil {
		return err
	}
	cat, err := s.Assessments.Catalogue(round.Catalogue)
	if err != nil {
		return err
	}
	words, asked := wording(cat, t), catalogue.AreaKey(c.Query("area"))
	p := cardsPage{Layout: s.layout(c, r, t.T("cards.title")), Round: round.Name, RoundHref: roundPath(round.ID), Action: roundPath(round.ID) + "/cards"}
	if own := r.Actor.Municipality(); org.MayReadAnswers(r.Actor, own) {
		p.Form = formPath(round.ID)
	}
	p.Areas = append(p.Areas, choiceView{"", t.T("cards.all"), asked == ""})
	for _, task := range cat.Tasks() {
		if !round.Tasks.Covers(task.Key) {
			continue
		}
		if area := string(task.Area); !slices.ContainsFunc(p.Areas, func(v choiceView) bool { return v.Value == area }) {
			p.Areas = append(p.Areas, choiceView{area, words.Areas[task.Area].Name, task.Area == asked})
		}
		if asked != "" && task.Area != asked {
			continue
		}
		card := cardView{Area: words.Areas[task.Area].Name, Name: words.Tasks[task.Key].Name, About: words.Tasks[task.Key].About, Address: s.link(r, taskPath(task.Key, round.ID))}
		for _, q := range task.Questions {
			card.Questions = append(card.Questions, cardQuestion{words.Dimensions[q.Dimension].Name, words.Questions[q.Key].Text})
		}
		if card.Code, err = codeOf(card.Address); err != nil {
			return err
		}
		p.Cards = append(p.Cards, card)
	}
	return s.render(c, http.StatusOK, "cards", p)
}

// codeOf draws an address as a QR code that can still be read when a seventh of it is worn off.
func codeOf(address string) (codeView, error) {
	code, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return codeView{}, err
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := range size {
			if dark, _, _, _ := code.At(x, y).RGBA(); dark == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quietZone, y+quietZone)
			}
		}
	}
	return codeView{fmt.Sprintf("0 0 %d %d", size+2*quietZone, size+2*quietZone), path.String()}, nil
}
