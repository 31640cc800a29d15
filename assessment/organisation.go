package assessment

import (
	"cmp"
	"context"
	"slices"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Status is the model's status of organisation of a task ("Status på organisering av oppgavene"), apart from the score.
type Status string

// The statuses. NotRelevant wants a reason, and makes the task's questions not applicable for as long as it stands; the answers
// are kept and count again when it is undone.
const (
	NotClarified   Status = "not-clarified"
	BeingClarified Status = "being-clarified"
	Organised      Status = "organised"
	InOperation    Status = "in-operation"
	NotRelevant    Status = "not-relevant"
)

// Statuses lists them in order. A task nobody has looked at is NotClarified.
var Statuses = []Status{NotClarified, BeingClarified, Organised, InOperation, NotRelevant}

// Carrier is who carries a task out.
type Carrier string

// Carriers lists who may: the municipality itself, several together, a vendor.
var Carriers = []Carrier{"own", InterMunicipal, "vendor"}

// TaskRole is a role that carries a task in daily operation or contributes to it; not to be mixed up with who answers.
type TaskRole string

// TaskRoles lists the roles the model's sources name, and the few a municipality needs beside them.
var TaskRoles = []TaskRole{"allocating-unit", "health-and-care", "it", "communication", "training", "vendor", "partner-municipality",
	"next-of-kin", "user", "rollout-lead", "procurement", "finance", "management"}

// Organisation is how a task is organised in a municipality.
type Organisation struct {
	Task             catalogue.TaskKey `bson:"task"`
	OrganisationData `bson:",inline"`
	By               org.PersonID `bson:"by"`
	At               time.Time    `bson:"at"`
	Tag              string       `bson:"tag"`
	Edits            []string     `bson:"edits,omitempty"`
	// FormerReason is why the task was not relevant when it last was, while it is: whoever chooses that once more finds what she wrote.
	FormerReason string `bson:"formerReason,omitempty"`
}

// OrganisationData is what a person gives.
type OrganisationData struct {
	Status       Status     `bson:"status" json:"status"`
	Reason       string     `bson:"reason,omitempty" json:"reason,omitempty"` // only with NotRelevant
	Carrier      Carrier    `bson:"carrier,omitempty" json:"carrier,omitempty"`
	Responsible  TaskRole   `bson:"responsible,omitempty" json:"responsible,omitempty"`
	Contributing []TaskRole `bson:"contributing,omitempty" json:"contributing,omitempty"`
}

func (d OrganisationData) checked() (OrganisationData, error) {
	f := &fault.Error{Code: fault.Invalid, Op: "assessment.Organisation", Key: "error.organisation"}
	wrong := func(field, key string) { f.Fields = append(f.Fields, fault.Field{Name: field, Key: key}) }
	if !slices.Contains(Statuses, d.Status) {
		wrong("status", "error.organisation.status")
	}
	d.Reason = clean(f, "reason", d.Reason, MaxReason)
	if d.Status == NotRelevant && d.Reason == "" {
		wrong("reason", "error.organisation.reason")
	}
	if d.Status != NotRelevant {
		d.Reason = ""
	}
	if d.Carrier != "" && !slices.Contains(Carriers, d.Carrier) {
		wrong("carrier", "error.organisation.carrier")
	}
	if d.Responsible != "" && !slices.Contains(TaskRoles, d.Responsible) {
		wrong("responsible", "error.organisation.role")
	}
	var contributing []TaskRole
	for _, r := range d.Contributing {
		if !slices.Contains(TaskRoles, r) {
			wrong("contributing", "error.organisation.role")
			break
		}
		if r != d.Responsible && !slices.Contains(contributing, r) {
			contributing = append(contributing, r)
		}
	}
	d.Contributing = contributing
	if len(f.Fields) > 0 {
		return d, f
	}
	return d, nil
}

// SaveOrganisation is one edit of how a task is organised; First, Tag and Edit as in Save.
type SaveOrganisation struct {
	Round        RoundID
	Municipality org.MunicipalityID
	Task         catalogue.TaskKey
	Data         OrganisationData
	First        bool
	Tag          string
	Edit         string
	Confirmed    bool // a reason that seems to hold a fødselsnummer is saved all the same
}

// LostOrganisation is the Detail of a fault.Stale.
type LostOrganisation struct {
	Yours  OrganisationData
	Theirs Organisation
}

// SaveOrganisation saves how a task is organised. Faults as SaveAnswer.
func (s *Service) SaveOrganisation(ctx context.Context, actor org.Actor, save SaveOrganisation) (Assessment, error) {
	const op = "assessment.SaveOrganisation"
	if !org.MayAnswer(actor, save.Municipality) {
		return Assessment{}, forbidden(op)
	}
	if err := checkPrecondition(op, save.First, save.Tag, save.Edit); err != nil {
		return Assessment{}, err
	}
	return s.update(ctx, op, save.Round, save.Municipality, func(a *Assessment) ([]store.Event, error) {
		if !a.Scope.Covers(save.Task) {
			return nil, fault.New(fault.NotFound, op, "error.task.not-in-round", "task", save.Task)
		}
		old := a.Organisation(save.Task)
		if save.Edit != "" && slices.Contains(old.Edits, save.Edit) {
			return nil, store.ErrNoChange
		}
		if err := a.editable(op); err != nil {
			return nil, err
		}
		data, err := save.Data.checked()
		if err != nil {
			return nil, err
		}
		if save.First != (old.Tag == "") || !save.First && save.Tag != old.Tag {
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: LostOrganisation{data, old}}
		}
		former := cmp.Or(old.Reason, old.FormerReason)
		if err := checkTexts(op, save.Confirmed, freeText{"reason", former, data.Reason}); err != nil {
			return nil, err
		}
		if data.Status == NotRelevant {
			former = ""
		}
		a.putOrganisation(Organisation{Task: save.Task, OrganisationData: data, FormerReason: former, By: actor.Person, At: s.now().UTC(), Tag: newTag(), Edits: remember(old.Edits, save.Edit)})
		return []store.Event{s.event("organisation.saved", actor, string(a.Municipality),
			store.Fact{Key: "round", Value: string(a.Round)}, store.Fact{Key: "task", Value: string(save.Task)}, store.Fact{Key: "status", Value: string(data.Status)})}, nil
	})
}
