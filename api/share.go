package api

import (
	"context"
	"slices"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// sharingView is what a task has to do with the municipalities that it is carried together with.
type sharingView struct {
	Offers []offerView
	Form   *shareForm // for the host's coordinator
	With   string     // who may take the own answers, for those who only read that; "" when nobody
}

// offerView is a host's offer to take its answers.
type offerView struct {
	Host, Text       string
	About            string // what would be taken, or why there is nothing to take
	Receive          string // address, "" when there is nothing to change
	GiveBack, Undoes string // address, and what it would do; "" while nothing waits
}

// shareForm chooses whom the own answers are offered to.
type shareForm struct {
	Action, Tag string
	Partners    []choiceView
	With        string // whom they are offered to now, in words
}

// viewSharing is what hosts offer of a task, and whom the own answers are offered to; nil where there is nothing of either.
func (s *Server) viewSharing(ctx context.Context, r *request, now current, task *catalogue.Task) (*sharingView, error) {
	v := &sharingView{}
	sharing, err := s.Assessments.Sharing(ctx, r.Actor, now.Round, now.Own)
	if err != nil {
		return nil, err
	}
	scope := scopeQuery(now.Round.ID, now.Own)
	takes := slices.ContainsFunc(task.Questions, func(q catalogue.Question) bool {
		a := now.Assessment.Answer(q.Key)
		return a.Carried || a.Tag == ""
	})
	for _, host := range sharing.Offers[task.Key] {
		name := s.municipalityName(r.Text, host)
		o := offerView{Host: string(host), Text: r.Text.T("share.offer", "host", name), About: r.Text.T("share.offer.about")}
		if now.Assessment.Editable() && org.MayAnswer(r.Actor, now.Own) {
			if o.Receive = "/tasks/" + string(task.Key) + "/receive" + scope; !takes {
				o.Receive, o.About = "", r.Text.T("share.offer.answered")
			}
			waits := 0
			for _, q := range task.Questions {
				if a := now.Assessment.Answer(q.Key); a.Carried && a.Received() && a.From.Municipality == host {
					waits++
				}
			}
			if waits > 0 {
				o.GiveBack, o.Undoes = "/tasks/"+string(task.Key)+"/give-back"+scope, r.Text.T("share.give-back.help", "n", waits, "host", name)
			}
		}
		v.Offers = append(v.Offers, o)
	}
	organised, share := now.Assessment.Organisation(task.Key), sharing.Own.Of(task.Key)
	if len(share.Partners) > 0 {
		v.With = r.Text.T("share.with", "partners", s.municipalityNames(r.Text, share.Partners))
	}
	over := now.Round.State == assessment.Closed || now.Round.State == assessment.Published
	if org.MayShareAnswers(r.Actor, now.Own) && !over && (organised.Carrier == assessment.InterMunicipal || v.With != "") {
		v.Form = &shareForm{Action: "/tasks/" + string(task.Key) + "/share" + scope, Tag: share.Tag, With: v.With}
		for _, p := range now.Round.Participants {
			if p.Municipality != now.Own {
				v.Form.Partners = append(v.Form.Partners, choiceView{string(p.Municipality), s.municipalityName(r.Text, p.Municipality), slices.Contains(share.Partners, p.Municipality)})
			}
		}
		org.SortByName(v.Form.Partners, func(c choiceView) string { return c.Label })
	}
	if v.Form == nil && v.With == "" && len(v.Offers) == 0 {
		return nil, nil
	}
	return v, nil
}

func (s *Server) municipalityNames(t locale.Text, ids []org.MunicipalityID) string {
	var names []string
	for _, id := range ids {
		names = append(names, s.municipalityName(t, id))
	}
	org.SortByName(names, func(name string) string { return name })
	return t.List(names)
}

// viewOffers says on the first page what others offer of tasks that are not answered yet, and leads to the first of them.
func (s *Server) viewOffers(ctx context.Context, r *request, now current) (homeLink, error) {
	sharing, err := s.Assessments.Sharing(ctx, r.Actor, now.Round, now.Own)
	offers := sharing.Offers
	if err != nil || len(offers) == 0 {
		return homeLink{}, err
	}
	counts := now.Assessment.Counts(now.Catalogue)
	var hosts []org.MunicipalityID
	first, n := catalogue.TaskKey(""), 0
	for _, task := range now.Catalogue.Tasks() {
		if of := counts[assessment.OfTask(task.Key)]; offers[task.Key] == nil || of.Answered >= of.Of {
			continue
		}
		if n++; first == "" {
			first = task.Key
		}
		for _, host := range offers[task.Key] {
			if !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
		}
	}
	if n == 0 {
		return homeLink{}, nil
	}
	return homeLink{taskPath(first, now.Round.ID) + "#sharing", r.Text.T("share.home", "hosts", s.municipalityNames(r.Text, hosts), "n", n)}, nil
}

// shareTask sets whom the own answers of a task are offered to.
func (s *Server) shareTask(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	share := assessment.ShareTask{Round: round, Host: own, Task: catalogue.TaskKey(c.Param("task")), Tag: c.PostForm("tag")}
	for _, m := range c.PostFormArray("partner") {
		share.Partners = append(share.Partners, org.MunicipalityID(m))
	}
	_, err = s.Assessments.Share(c.Request.Context(), r.Actor, share)
	return s.afterPost(c, r, &form{sharing: true}, err, "sharing")
}

// receiveTask takes a host's answers along.
func (s *Server) receiveTask(c *gin.Context, r *request) error {
	return s.receiving(c, r, s.Assessments.Receive)
}

// giveBackTask takes away what of them nobody has confirmed.
func (s *Server) giveBackTask(c *gin.Context, r *request) error {
	return s.receiving(c, r, s.Assessments.GiveBack)
}

func (s *Server) receiving(c *gin.Context, r *request, do func(context.Context, org.Actor, assessment.Receive) (assessment.Assessment, error)) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	_, err = do(c.Request.Context(), r.Actor, assessment.Receive{Round: round, Municipality: own, Task: catalogue.TaskKey(c.Param("task")), Host: org.MunicipalityID(c.PostForm("host"))})
	return s.afterPost(c, r, &form{sharing: true}, err, "questions")
}
