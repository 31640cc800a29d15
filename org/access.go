package org

import (
	"fmt"
	"slices"
	"strings"
)

// Role is what somebody is, in one municipality, one region or the whole service.
type Role string

// The roles. Contributor, coordinator and leader belong to a municipality, the regional lead to a region. The national reader reads
// published results of every region, as far as consent goes, and nothing else; the auditor the audit log, and nothing else.
const (
	Contributor    Role = "contributor"
	Coordinator    Role = "coordinator"
	Leader         Role = "leader"
	RegionalLead   Role = "regional-lead"
	NationalReader Role = "national-reader"
	Administrator  Role = "administrator"
	Auditor        Role = "auditor"
)

// Roles lists every role.
var Roles = []Role{Contributor, Coordinator, Leader, RegionalLead, NationalReader, Administrator, Auditor}

// Grant gives a role where it counts. Region stands on municipal roles too: it is where the municipality belongs, so that the
// rules need no look-up.
type Grant struct {
	Role         Role           `bson:"role"`
	Municipality MunicipalityID `bson:"municipality,omitempty"`
	Region       RegionID       `bson:"region,omitempty"`
}

func (g Grant) valid() bool {
	switch g.Role {
	case Contributor, Coordinator, Leader:
		return g.Municipality != "" && g.Region != ""
	case RegionalLead:
		return g.Municipality == "" && g.Region != ""
	case NationalReader, Administrator, Auditor:
		return g.Municipality == "" && g.Region == ""
	}
	return false
}

// Municipal tells the roles that belong to a municipality.
func (g Grant) Municipal() bool {
	return g.Role == Contributor || g.Role == Coordinator || g.Role == Leader
}

// Actor is who asks: a person with her grants, or a named part of the system ("seal") that runs on its own.
type Actor struct {
	Person PersonID
	System string
	Grants []Grant
	// ReadOnly: asks through a token that only reads.
	ReadOnly bool
}

// SystemActor is the actor of a job: SystemActor("seal").
func SystemActor(name string) Actor { return Actor{System: name} }

// Name is what events carry: the person's id, or "system:seal".
func (a Actor) Name() string {
	if a.System != "" {
		return "system:" + a.System
	}
	return string(a.Person)
}

// Municipality is the first municipality the actor has a role in, "" when there is none.
func (a Actor) Municipality() MunicipalityID {
	for _, g := range a.Grants {
		if g.Municipality != "" {
			return g.Municipality
		}
	}
	return ""
}

// Region is the first region the actor has to do with, "" when there is none.
func (a Actor) Region() RegionID {
	for _, g := range a.Grants {
		if g.Region != "" {
			return g.Region
		}
	}
	return ""
}

// RegionOf is the region of a municipality that the actor has a role in, "" of any other.
func (a Actor) RegionOf(m MunicipalityID) RegionID {
	for _, g := range a.Grants {
		if g.Municipality == m && m != "" {
			return g.Region
		}
	}
	return ""
}

// Has tells whether the actor has a role, anywhere.
func (a Actor) Has(r Role) bool {
	for _, g := range a.Grants {
		if g.Role == r {
			return true
		}
	}
	return false
}

// Reach is all that the rules may know of an actor, as text: for two with the same reach every rule says the same, whoever they are. The
// grants stand in their own order, since the first of them says which municipality and region is the actor's own.
func (a Actor) Reach() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %t", a.System, a.ReadOnly)
	for _, g := range a.Grants {
		fmt.Fprintf(&b, ";%q %q %q", g.Role, g.Municipality, g.Region)
	}
	return b.String()
}

func (a Actor) in(m MunicipalityID, roles ...Role) bool {
	for _, g := range a.Grants {
		if g.Municipality == m && m != "" {
			for _, r := range roles {
				if g.Role == r {
					return true
				}
			}
		}
	}
	return false
}

func (a Actor) leads(r RegionID) bool {
	for _, g := range a.Grants {
		if g.Role == RegionalLead && g.Region == r && r != "" {
			return true
		}
	}
	return false
}

// The rules. Each is a pure function of who asks and what it is about; services call them for pages, API and jobs alike.

// MayChange: a token that only reads changes nothing at all, whatever its owner may do. It holds before every other rule.
func MayChange(a Actor) bool { return !a.ReadOnly }

// MayReadAnswers: answers, notes, evidence and drafts never leave the municipality; its own people read them, and nobody else.
func MayReadAnswers(a Actor, m MunicipalityID) bool {
	return a.in(m, Contributor, Coordinator, Leader)
}

// MayAnswer: those who fill in. A leader reads.
func MayAnswer(a Actor, m MunicipalityID) bool { return a.in(m, Contributor, Coordinator) }

// MayCalibrate: practising on a made-up municipality is for whoever fills in, hands in or approves a real one's assessment.
func MayCalibrate(a Actor) bool { return MayReadAnswers(a, a.Municipality()) }

// MayShareAnswers: the coordinator lets municipalities that a task is carried together with take the levels that hers has answered. It is the
// one way in which answers leave a municipality before they are handed in, and it takes nothing along but those.
func MayShareAnswers(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MayHandIn: the coordinator hands in, and takes back while the round is open.
func MayHandIn(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MayApprove: where the municipality wants it, its leader approves what the coordinator hands in, or returns it.
func MayApprove(a Actor, m MunicipalityID) bool { return a.in(m, Leader) }

// MayRate: who answers may rate a task on her own first. What one person rated is hers alone: no rule lets anybody else read it.
func MayRate(a Actor, m MunicipalityID) bool { return MayAnswer(a, m) }

// MayLeadConsensus: the coordinator asks for ratings, shows their spread, leads the group from question to question and settles.
func MayLeadConsensus(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MayFollowConsensus: what the group is shown, and what it settles, is for the municipality's own people; and for the part of the system that
// hands it on to those of them who follow.
func MayFollowConsensus(a Actor, m MunicipalityID) bool {
	return MayReadAnswers(a, m) || a.System != "" && m != ""
}

// MayReadPlan: a municipality's steps and ambitions are for its own people, and nobody else: not the regional lead, not the administrator.
func MayReadPlan(a Actor, m MunicipalityID) bool { return MayReadAnswers(a, m) }

// MayWriteSteps: all of them write steps, and own them. A leader who reads the answers decides what is done about them.
func MayWriteSteps(a Actor, m MunicipalityID) bool { return a.in(m, Contributor, Coordinator, Leader) }

// MaySetAmbition: how far the municipality wants to come is its coordinator's and its leader's to say.
func MaySetAmbition(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator, Leader) }

// MayReadAssignments: who has which task is for those who read the answers: the municipality's own people, and nobody else.
func MayReadAssignments(a Actor, m MunicipalityID) bool { return MayReadAnswers(a, m) }

// MayGiveTasks: the coordinator gives tasks to people, and takes them back.
func MayGiveTasks(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MayHaveTasks: a task is given to somebody who may answer it.
func MayHaveTasks(a Actor, m MunicipalityID) bool { return MayAnswer(a, m) }

// MayFinishTask: whoever is to finish a task says that she has, and nobody says it for her.
func MayFinishTask(a Actor, m MunicipalityID, finisher PersonID) bool {
	return finisher != "" && a.Person == finisher && MayHaveTasks(a, m)
}

// MayReopenTask: she takes it back, and so does the coordinator, who sees that something is missing.
func MayReopenTask(a Actor, m MunicipalityID, finisher PersonID) bool {
	return MayFinishTask(a, m, finisher) || MayGiveTasks(a, m)
}

// MayMendBenefits: only the job puts right what a crash left.
func MayMendBenefits(a Actor) bool { return a.System != "" }

// MayHandOverTasks: the tasks that somebody had in a municipality are handed over by who manages her there, to somebody who may answer there.
// It lets nobody read what was answered.
func MayHandOverTasks(a Actor, from, to Person, m MunicipalityID) bool {
	return MayHaveTasks(to.Actor(), m) && MayHandOver(a, from, to, m)
}

// MayReadComments: what its people say to each other about a task is for them, and nobody else.
func MayReadComments(a Actor, m MunicipalityID) bool { return MayReadAnswers(a, m) }

// MayComment: whoever reads the comments of a municipality writes some, its leaders too.
func MayComment(a Actor, m MunicipalityID) bool { return MayReadComments(a, m) }

// MayEditComment: nobody changes what somebody else has said.
func MayEditComment(a Actor, m MunicipalityID, by PersonID) bool {
	return by != "" && a.Person == by && MayComment(a, m)
}

// MayRemoveComment: whoever wrote a comment deletes it, and the coordinator any, such as one that says something of a patient.
func MayRemoveComment(a Actor, m MunicipalityID, by PersonID) bool {
	return MayEditComment(a, m, by) || a.in(m, Coordinator)
}

// MayRestoreComment: it is brought back by whoever deleted it, and by a coordinator; not by its writer when a coordinator took it away.
func MayRestoreComment(a Actor, m MunicipalityID, removedBy PersonID) bool {
	return MayRemoveComment(a, m, removedBy)
}

// MayReadEvidence: evidence is for those who read the answers it stands behind, and nobody else: not the regional lead, not the administrator.
func MayReadEvidence(a Actor, m MunicipalityID) bool { return MayReadAnswers(a, m) }

// MayGiveEvidence: whoever may answer gives evidence, and takes it away.
func MayGiveEvidence(a Actor, m MunicipalityID) bool { return MayAnswer(a, m) }

// MayScanEvidence: only the job looks through files by itself, and deletes those that do harm.
func MayScanEvidence(a Actor) bool { return a.System != "" }

// MayReadBenefits: a municipality's benefits are for its own people, and nobody else.
func MayReadBenefits(a Actor, m MunicipalityID) bool { return MayReadAnswers(a, m) }

// MayAddBenefits: its coordinators put a benefit down.
func MayAddBenefits(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MayEditBenefit: the coordinators edit all of them, and whoever owns one edits that, whatever her role in the municipality.
func MayEditBenefit(a Actor, m MunicipalityID, owner PersonID) bool {
	return a.in(m, Coordinator) || owner != "" && a.Person == owner && MayOwnBenefit(a, m)
}

// MayGiveBenefit: the coordinators say who owns a benefit, and its owner hands hers over.
func MayGiveBenefit(a Actor, m MunicipalityID, owner PersonID) bool {
	return MayEditBenefit(a, m, owner)
}

// MayRemoveBenefit: what was put down by mistake is taken away by who puts down, and brought back by her. An owner can't: she would take away
// what she answers for.
func MayRemoveBenefit(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MayDrawBenefitMaps: the coordinators draw a municipality's maps, and whoever owns one of its benefits does, since she answers for what the map says leads to it.
func MayDrawBenefitMaps(a Actor, m MunicipalityID, ownsOne bool) bool {
	return a.in(m, Coordinator) || ownsOne && MayOwnBenefit(a, m)
}

// MayFollowUpBenefits: coordinators and leaders are told what is overdue of all the municipality's benefits, owners of their own.
func MayFollowUpBenefits(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator, Leader) }

// MayTakeBackBenefit: what the line organisation has taken over is taken back by a coordinator.
func MayTakeBackBenefit(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MaySetIndicators: what a municipality measures by besides the shared indicators is its coordinators' to say.
func MaySetIndicators(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MaySetAssumptions: what an hour costs, and what else the municipality's benefits are worked out by, is its coordinators' to say. Who reads its
// benefits reads them.
func MaySetAssumptions(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MayOwnBenefit: everybody with a role in the municipality may be chosen, best its leaders.
func MayOwnBenefit(a Actor, m MunicipalityID) bool { return a.in(m, Contributor, Coordinator, Leader) }

// MayBringMeasurements: whoever may own a benefit may bring many measurements at once. Whether she may measure the benefit of each is asked of each.
func MayBringMeasurements(a Actor, m MunicipalityID) bool { return MayOwnBenefit(a, m) }

// MayCountBenefits: the regional lead, who plans what a round is about, hears in at least how many municipalities of her region benefits are
// planned or measured (AtLeast). Of a single one she hears nothing.
func MayCountBenefits(a Actor, r RegionID) bool { return a.leads(r) }

// MayReadQuestionnaires: what is asked, and what a new version would change, is for everybody who has a role, before it is used too. Suggested
// levels are no part of it: they are shown when a task is answered.
func MayReadQuestionnaires(a Actor) bool { return len(a.Grants) > 0 || a.System != "" }

// MaySeeSeparation: which questions never separate anyone, and the level they all stand at, tells what each of the municipalities answered. It is
// for the regional lead, who sees them by name anyway; the administrator, who owns the questionnaires and reads no results, has a list without levels.
func MaySeeSeparation(a Actor, r RegionID) bool { return a.leads(r) || a.System != "" && r != "" }

// MaySeeSeparationEverywhere: which questions separate nobody in any region, without a level and without a name, is for the administrator, who owns
// the questionnaires. One who also has a role in a municipality or a region would learn from her own level what the others gave: she asks her regional lead.
func MaySeeSeparationEverywhere(a Actor) bool {
	for _, g := range a.Grants {
		if g.Municipality != "" || g.Region != "" {
			return false
		}
	}
	return a.Has(Administrator)
}

// MayHandOver: the steps and benefits that somebody owned in a municipality are handed over by who may give her a role that she has or had
// there, to somebody with a role there. It lets nobody read them.
func MayHandOver(a Actor, from, to Person, m MunicipalityID) bool {
	if !to.Actor().in(m, Contributor, Coordinator, Leader) {
		return false
	}
	for _, grants := range [][]Grant{from.Grants, from.Former} {
		for _, g := range grants {
			if g.Municipality == m && MayGrant(a, g) {
				return true
			}
		}
	}
	return false
}

// MaySetApproval: whether the leader's approval is wanted is the coordinator's to say.
func MaySetApproval(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MaySetConsent: how far the municipality's published results may be shown is its own to say, by its coordinator or leader.
func MaySetConsent(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator, Leader) }

// MaySeeProgress: how many questions are answered and whether it is handed in, no more, is for the own people and the
// regional lead.
func MaySeeProgress(a Actor, m MunicipalityID, r RegionID) bool {
	return MayReadAnswers(a, m) || a.leads(r)
}

// MayReadSubmission: what is handed in is read by the municipality's own people, and by the regional lead who publishes it or sends it back:
// levels only, never what somebody wrote.
func MayReadSubmission(a Actor, m MunicipalityID, r RegionID) bool {
	return MayReadAnswers(a, m) || a.leads(r)
}

// MayRunRounds: plan, open, close, send back, publish and correct a region's rounds. Jobs open and close at their time.
func MayRunRounds(a Actor, r RegionID) bool { return a.leads(r) || a.System != "" }

// MaySeeRounds: which rounds there are, and their dates, is for everyone in the region.
func MaySeeRounds(a Actor, r RegionID) bool {
	return a.inRegion(r) || a.Has(Administrator) || a.System != ""
}

// MayReadResults: published results of a region are for everyone in it, and for the national reader.
func MayReadResults(a Actor, r RegionID) bool {
	return a.inRegion(r) || MayChooseRegion(a) && r != "" || a.System != ""
}

// MayChooseRegion: all regions are listed for the national reader.
func MayChooseRegion(a Actor) bool { return a.Has(NationalReader) }

// MayReadNationalTotals: sums over all municipalities, which name none, are for everyone in a region, and for the national reader.
func MayReadNationalTotals(a Actor) bool {
	return a.Region() != "" || MayChooseRegion(a) || a.System != ""
}

// MayReadByName: whether a municipality's published results may stand under its name for this reader. Its own people and the
// regional lead always see it; others who may read the region's results by its consent.
func MayReadByName(a Actor, r RegionID, m Member) bool {
	if m.Gone && m.Consent == OnlyAggregates {
		return false // it left, and its name went with it: there is nobody any more whose own it would be
	}
	if MayReadAnswers(a, m.Municipality) || a.leads(r) || a.System != "" {
		return true
	}
	if a.inRegion(r) {
		return m.Consent == ByNameInRegion || m.Consent == ByNameNational
	}
	return MayReadResults(a, r) && m.Consent == ByNameNational
}

// MaySeeRuns: the page of scheduled jobs is for who answers for the service, and for the regional lead, whose rounds they run.
func MaySeeRuns(a Actor) bool { return a.Has(Administrator) || a.Has(RegionalLead) }

// MayStartRun: starting a job by hand is the administrator's and the regional lead's.
func MayStartRun(a Actor) bool { return MaySeeRuns(a) }

// MayReadLog: the audit log of the whole service is for who answers for the service, and for the auditor.
func MayReadLog(a Actor) bool { return a.Has(Administrator) || a.Has(Auditor) }

// MayReadLogOf: the lines of one municipality are for its coordinator too.
func MayReadLogOf(a Actor, m MunicipalityID) bool { return MayReadLog(a) || a.in(m, Coordinator) }

// MayExport: everything of a municipality is its coordinators' to take out. It holds notes, addresses and the log, so it is nobody's
// outside, the administrator included.
func MayExport(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MayLeave: that a municipality leaves Helhet is its coordinators' to say.
func MayLeave(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MayStay: while it waits to be carried out each of them may undo it, and so may the administrator, whom they can call.
func MayStay(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) || a.Has(Administrator) }

// MaySeeDepartures: which municipalities are about to leave, and nothing of theirs, is for the administrator.
func MaySeeDepartures(a Actor) bool { return a.Has(Administrator) }

// MayCarryOutDepartures: only the job deletes what was a municipality's, when its time has come.
func MayCarryOutDepartures(a Actor) bool { return a.System != "" }

func (a Actor) inRegion(r RegionID) bool {
	for _, g := range a.Grants {
		if g.Region == r && r != "" {
			return true
		}
	}
	return false
}

// Sample is what stands behind a figure over several municipalities, as one reader knows them: N in all, Own of them hers, Unnamed of
// them not by name for her.
type Sample struct{ N, Own, Unnamed int }

// Aggregates over few municipalities would tell what one of them answered. Fewest besides the reader's own, for quartiles in all, and
// of those that do not stand by name where some don't: who sees the others by name would work one or two out of the median.
const (
	FewestForMedian    = 3
	FewestForQuartiles = 7
	FewestUnnamed      = 3
)

// MayShowMedian tells whether a figure over a sample may be shown.
func MayShowMedian(s Sample) bool {
	return s.N-s.Own >= FewestForMedian && (s.Unnamed == 0 || s.Unnamed >= FewestUnnamed)
}

// MayShowQuartiles tells the same of quartiles.
func MayShowQuartiles(s Sample) bool { return s.N >= FewestForQuartiles && MayShowMedian(s) }

// AtLeast is how many of some municipalities may be said to have something that none of them would tell by itself: fewer than three are not
// told of. Nor is it ever said of all of them, since that would be said of each: of eight where all have it, one hears that at least seven do.
func AtLeast(n, of int) (int, bool) {
	n = min(n, of-1)
	return n, n >= FewestForMedian
}

// MayGrant: who may invite to a role where it counts, change it, take it and give it back. A coordinator manages her own municipality's
// people; the regional lead its coordinators, so that a municipality whose coordinator falls ill gets another; the administrator
// everyone. Nobody does so for herself: services see to that.
func MayGrant(a Actor, g Grant) bool {
	if !g.valid() {
		return false
	}
	switch g.Role {
	case Coordinator:
		return a.in(g.Municipality, Coordinator) || a.leads(g.Region) || a.Has(Administrator)
	case Contributor, Leader:
		return a.in(g.Municipality, Coordinator) || a.Has(Administrator)
	}
	return a.Has(Administrator)
}

// MayDelete: everybody deletes herself. Somebody else is deleted by who may grant all that she has and had: a coordinator deletes the people
// of her municipality alone, and nobody loses what another municipality still keeps.
func MayDelete(a Actor, p Person) bool {
	if a.Person == p.ID && p.ID != "" {
		return true
	}
	for _, grants := range [][]Grant{p.Grants, p.Former} {
		for _, g := range grants {
			if !MayGrant(a, g) {
				return false
			}
		}
	}
	return len(p.Grants)+len(p.Former) > 0 || a.Has(Administrator)
}

// MaySeeContact: the address of somebody and when she was here last are for who manages her where she works now. Of somebody who works
// nowhere any more, whoever managed her sees the last ones.
func MaySeeContact(a Actor, p Person) bool {
	return len(p.Grants) == 0 || slices.ContainsFunc(p.Grants, func(g Grant) bool { return MayGrant(a, g) })
}

// MaySeePeople: the page of people is for those who manage some.
func MaySeePeople(a Actor) bool {
	return a.Has(Coordinator) || a.Has(RegionalLead) || a.Has(Administrator)
}

// MayManagePeople: a municipality's people are its coordinators' to manage, and how they may sign in is theirs to say.
func MayManagePeople(a Actor, m MunicipalityID) bool { return a.in(m, Coordinator) }

// MayReplaceCoordinators: a region's coordinators are listed for its lead.
func MayReplaceCoordinators(a Actor, r RegionID) bool { return a.leads(r) }
