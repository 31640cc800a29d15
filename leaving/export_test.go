package leaving

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// export takes Larvik's own out and gives the files by name.
func (w *world) export() map[string][]byte {
	w.t.Helper()
	var b bytes.Buffer
	x := must(w.Begin(w.ctx(), w.coordinator(), larvik))(w.t)
	w.relay() // that it was taken out is told in the archive too
	if err := x.Write(w.ctx(), &b, Words{Readme: "read me\n", Lang: "nb"}); err != nil {
		w.t.Fatal(err)
	}
	return unpack(w.t, b.Bytes())
}

func unpack(t testing.TB, content []byte) map[string][]byte {
	t.Helper()
	z := must(zip.NewReader(bytes.NewReader(content), int64(len(content))))(t)
	files := map[string][]byte{}
	for _, f := range z.File {
		if _, twice := files[f.Name]; twice || strings.Contains(f.Name, "..") || strings.HasPrefix(f.Name, "/") {
			t.Errorf("a file is called %q", f.Name)
		}
		r := must(f.Open())(t)
		files[f.Name] = must(io.ReadAll(r))(t)
	}
	return files
}

func read[T any](t testing.TB, files map[string][]byte, name string) T {
	t.Helper()
	var v T
	d := json.NewDecoder(bytes.NewReader(files[name]))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

func table(t testing.TB, files map[string][]byte, name string) [][]string {
	t.Helper()
	return must(csv.NewReader(strings.NewReader(strings.TrimPrefix(string(files[name]), byteOrderMark))).ReadAll())(t)
}

// spice adds what the demo region lacks: an answer that looks like a formula, invitations, a request for access, people of several places.
func (w *world) spice() {
	w.t.Helper()
	ctx, open := w.ctx(), w.rounds()[0]
	a := must(w.Assessments.Assessment(ctx, w.contributor(), open.ID, larvik))(w.t)
	if a.State == assessment.HandedIn {
		w.t.Fatal("Larvik has handed in: nothing can be changed")
	}
	var first assessment.Answer
	for _, first = range a.Answers.All() {
		break
	}
	level := 2
	must(w.Assessments.SaveAnswer(ctx, w.contributor(), assessment.Save{Round: open.ID, Municipality: larvik, Question: first.Question, Tag: first.Tag,
		Value: assessment.Value{Level: &level, Note: "=HYPERLINK(\"x\")\nÆ, \"ø\""}}))(w.t)
	saved := must(w.Assessments.Assessment(ctx, w.contributor(), open.ID, larvik))(w.t)
	must(w.Assessments.SaveAnswers(ctx, w.contributor(), assessment.SaveAll{Round: open.ID, Municipality: larvik, Edit: "form", Answers: []assessment.Given{
		{Question: first.Question, Value: assessment.Value{Level: new(1), Note: "=HYPERLINK(\"x\")\nÆ, \"ø\""}, Tag: saved.Answer(first.Question).Tag}}}))(w.t)
	invitation, _, err := w.Invitations.Invite(ctx, w.coordinator(), org.Invite{Email: "ny@example.org", Name: "Ny Kollega", Role: org.Contributor, Municipality: larvik, Region: "vestfold-telemark"})
	if err != nil || invitation.ID == "" {
		w.t.Fatal(err)
	}
	if _, _, err := w.Invitations.Invite(ctx, w.neighbour(), org.Invite{Email: "fremmed@example.org", Name: "Fremmed Kollega", Role: org.Contributor, Municipality: porsgrunn, Region: "vestfold-telemark"}); err != nil {
		w.t.Fatal(err)
	}
	for m, name := range map[org.MunicipalityID]string{larvik: "Spør Larvik", porsgrunn: "Spør Grenland"} {
		if err := w.Access.Ask(ctx, org.AccessRequest{ID: "account-" + string(m), IssuerName: "Ansattporten", Issuer: "https://issuer.example.org", Subject: "subject-" + string(m),
			Name: name, Email: string(m) + "@example.org", Municipality: m, Message: "Slipp meg inn"}); err != nil {
			w.t.Fatal(err)
		}
	}
	if err := w.People.Create(ctx, org.Person{ID: "p-both", Name: "Begge Steder", Email: "begge@example.org", Grants: []org.Grant{
		{Role: org.Leader, Municipality: porsgrunn, Region: "vestfold-telemark"}, {Role: org.Contributor, Municipality: larvik, Region: "vestfold-telemark"}},
		Keys: []org.Key{{ID: "key-id", Hash: "hash-of-a-key", Kind: org.TokenKey, Ends: demoNow.AddDate(1, 0, 0)}}}); err != nil {
		w.t.Fatal(err)
	}
	for m, what := range map[org.MunicipalityID]string{larvik: "=1+1", porsgrunn: "Tiltak i Grenland"} {
		a := org.Actor{Person: w.coordinator().Person, Grants: []org.Grant{{Role: org.Coordinator, Municipality: m, Region: "vestfold-telemark"}}}
		step, _, err := w.Assessments.AddStep(ctx, a, assessment.AddStep{Municipality: m, Task: "henvise", Edit: "spice", Data: assessment.StepData{What: what, Role: "it", Due: "2027-01-15"}})
		if err != nil {
			w.t.Fatal(err)
		}
		changed := step.StepData
		changed.Why = "Fordi"
		step = must(w.Assessments.SaveStep(ctx, a, assessment.SaveStep{ID: step.ID, Data: changed, Tag: step.Tag}))(w.t)
		must(w.Assessments.RemoveStep(ctx, a, step.ID, step.Tag))(w.t)
		first := must(w.Assessments.Ambitions(ctx, a, m))(w.t).Of("budsjett")
		must(w.Assessments.SetAmbition(ctx, a, assessment.SetAmbition{Municipality: m, Task: "budsjett", Level: &level, First: first.Tag == "", Tag: first.Tag}))(w.t)
	}
	for m, name := range map[org.MunicipalityID]string{larvik: "rutine.pdf", porsgrunn: "grenland.pdf"} {
		a := org.Actor{Person: w.coordinator().Person, Grants: []org.Grant{{Role: org.Coordinator, Municipality: m, Region: "vestfold-telemark"}}}
		for _, edit := range []string{"stands", "removed"} {
			e, _, err := w.Assessments.AddFile(ctx, a, assessment.AddEvidence{Round: open.ID, Municipality: m, Task: "henvise", Edit: edit}, assessment.NewFile{Name: name, Size: 8, Content: strings.NewReader("%PDF-1.7")})
			if err != nil {
				w.t.Fatal(err)
			}
			if edit == "removed" {
				must(w.Assessments.RemoveEvidence(ctx, a, e.ID))(w.t)
			}
		}
	}
	given := must(w.Assessments.Assignments(ctx, w.coordinator(), open.ID, larvik))(w.t).Of("henvise")
	two := assessment.AssignmentData{People: []org.PersonID{w.contributor().Person, w.coordinator().Person}, Finisher: w.contributor().Person, Due: "2026-12-01"}
	if _, _, err := w.Assessments.Give(ctx, w.coordinator(), assessment.Give{Round: open.ID, Municipality: larvik, Tasks: []assessment.GiveTask{{Task: "henvise", Data: two, First: given.Tag == "", Tag: given.Tag}}}); err != nil {
		w.t.Fatal(err)
	}
	own := must(w.Assessments.Assessment(ctx, w.coordinator(), open.ID, larvik))(w.t)
	organised := own.Organisation("lager")
	must(w.Assessments.SaveOrganisation(ctx, w.coordinator(), assessment.SaveOrganisation{Round: open.ID, Municipality: larvik, Task: "lager", First: organised.Tag == "", Tag: organised.Tag,
		Data: assessment.OrganisationData{Status: "organised", Carrier: assessment.InterMunicipal}}))(w.t)
	must(w.Assessments.Share(ctx, w.coordinator(), assessment.ShareTask{Round: open.ID, Host: larvik, Task: "lager", Partners: []org.MunicipalityID{"tokke"}}))(w.t)
	for text, a := range map[string]org.Actor{"=1+1 @" + w.person("coordinator.3909@example.org").Name: w.contributor(), "Sagt i Grenland": w.neighbour()} {
		c, _, err := w.Assessments.AddComment(ctx, a, assessment.AddComment{Round: open.ID, Municipality: a.Municipality(), Task: "henvise", Question: "henvise.ansvar", CommentText: assessment.CommentText{Text: text}})
		if err != nil {
			w.t.Fatal(err)
		}
		must(w.Assessments.RemoveComment(ctx, a, c.ID, c.Tag))(w.t)
	}
	for m, title := range map[org.MunicipalityID]string{larvik: "=1+1", porsgrunn: "Gevinst i Grenland"} {
		a := org.Actor{Person: w.coordinator().Person, Grants: []org.Grant{{Role: org.Coordinator, Municipality: m, Region: "vestfold-telemark"}}}
		d := benefits.Data{Title: title, Type: benefits.SavedTime, Status: benefits.Idea, Unit: benefits.Hours, Baseline: benefits.Baseline{Value: "12.5", Date: "2026-01-15"}, Tasks: []catalogue.TaskKey{"henvise", "gevinster"},
			EffectFrom: "2026-01-02", Plan: benefits.Plan{After: []int{2, 5}, Every: 6}}
		b, _, err := w.Benefits.Add(ctx, a, benefits.Add{Municipality: m, Data: d})
		if err != nil {
			w.t.Fatal(err)
		}
		once := must(w.Benefits.Measure(ctx, a, benefits.Measure{Benefit: b.ID, Data: benefits.Measured{Figures: benefits.Figures{Value: "11", To: "2026-03-01"}, Note: "Note of " + title}}))(w.t)
		if _, _, err := w.Benefits.ShowFile(ctx, a, benefits.Show{Benefit: b.ID, Measurement: once.ID, Title: "Log of " + title}, assessment.NewFile{Name: "log.pdf", Size: 9, Content: strings.NewReader("%PDF-1.7\n")}); err != nil {
			w.t.Fatal(err)
		}
		must(w.Benefits.Undo(ctx, a, b.ID, once.ID, once.Tag, ""))(w.t)
		for _, other := range must(w.Benefits.All(ctx, a, m))(w.t) {
			if other.ID != b.ID {
				now := must(w.Benefits.Benefit(ctx, a, b.ID))(w.t)
				must(w.Benefits.Differ(ctx, a, benefits.Differ{ID: b.ID, With: other.ID, Tag: now.Tag}))(w.t)
				break
			}
		}
	}
	assumed := must(w.Benefits.Assume(ctx, w.coordinator(), benefits.Assume{Municipality: larvik, What: benefits.HourlyCost, From: "2026-02-02", Data: benefits.Assumed{Value: "450", Source: "The budget"}}))(w.t)
	must(w.Benefits.Assume(ctx, w.coordinator(), benefits.Assume{Municipality: larvik, ID: assumed.ID, Data: benefits.Assumed{Value: "460", Source: "=2+2"}, Tag: assumed.Tag}))(w.t)
	measure := must(w.Benefits.SetIndicator(ctx, w.coordinator(), benefits.SetIndicator{Municipality: larvik, Data: benefits.OwnData{Name: "=4+4", Type: benefits.SavedTime, Unit: benefits.Hours, Direction: benefits.Less}}))(w.t)
	must(w.Benefits.SetIndicator(ctx, w.coordinator(), benefits.SetIndicator{Municipality: larvik, Key: measure.Key, Retire: true, Tag: measure.Tag}))(w.t)
	drawn, _, err := w.Benefits.AddMap(ctx, w.coordinator(), benefits.DrawMap{Municipality: larvik, Data: benefits.MapData{Title: "Map one", Nodes: []benefits.MapNode{{ID: "a", Kind: benefits.MapGoal, Text: "=3+3"}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, _, err := w.Benefits.SaveMap(ctx, w.coordinator(), benefits.DrawMap{ID: drawn.ID, Data: benefits.MapData{Title: "Map two", Nodes: drawn.Nodes}, Tag: drawn.Tag}); err != nil {
		w.t.Fatal(err)
	}
	w.relay()
}

// What a collection has of a municipality, and where it stands in the archive. A collection that is not here and names the municipality
// fails the test: whoever adds one says where its content goes.
var exportedFrom = map[string]string{
	"assessments": "rounds/", "parts": "publications/", "people": FilePeople, "invitations": FileInvitations, "access_requests": FileAccessRequests, "events": FileAudit, "benefit_maps": FileMaps, "benefit_map_versions": FileMapVersions,
	"regions":            FileMunicipality,
	"memberships":        FilePeople, // who is findable there
	"addresses":          FilePeople, // the addresses of those people
	"rounds":             "that it takes part; its figures in errata stand in its own publications",
	"publications":       "that it takes part",
	"results":            "the same figures as in publications/, beside everyone else's",
	"trends":             "the same",
	"versions":           "rounds/",
	"hand_ins":           "rounds/",
	"displaced":          "rounds/",
	"efforts":            "rounds/",
	"steps":              FileSteps,
	"ambitions":          FileAmbitions,
	"assignments":        FileAssignments,
	"shares":             FileShares,
	"comments":           FileComments,
	"mentions":           "whom comments mention, until she has looked: in " + FileComments,
	"evidence":           FileEvidence,
	"evidence_room":      "how much room its files take: the list has their sizes",
	"benefits":           FileBenefits,
	"measurements":       FileMeasurements,
	"assumptions":        FileAssumptions,
	"benefit_indicators": FileIndicators,
	"benefit_ledgers":    "worked out of " + FileBenefits + " and " + FileMeasurements,
	"exports":            "when it was taken out last",
	"audit_head":         "the log's last lines once more",
}

func TestEverythingOfAMunicipalityIsInItsArchive(t *testing.T) {
	w := newWorld(t)
	w.spice()
	files := w.export()

	rounds := 0
	if err := w.Assessments.EachOf(w.ctx(), w.coordinator(), larvik, func(a assessment.Assessment) error {
		rounds++
		dir := "rounds/" + string(a.Round) + "/"
		v := read[exportedAssessment](t, files, dir+FileAssessment)
		if v.State != a.State || !v.HandedInAt.Equal(a.HandedInAt) || len(v.Answers) != a.Answers.Len() || len(v.Organised) != a.Tasks.Len() || len(v.Reasons) != a.Reasons.Len() || v.Name == "" {
			t.Errorf("%s: %+v", dir, v)
		}
		for i, answer := range a.Answers.All() {
			text := func(a exportedAnswer) string {
				return fmt.Sprint(a.Level == nil, a.Question, a.NotApplicableReason, a.NotApplicable, a.Note, a.ChangeReason, a.By, a.At.UnixMilli(), a.Carried, a.From != nil)
			}
			want := exportedAnswerOf(answer)
			if got := v.Answers[i]; text(got) != text(want) || got.Level != nil && *got.Level != *want.Level || got.From != nil && *got.From != *want.From {
				t.Errorf("%s: %+v is written as %+v", dir, want, got)
			}
		}
		for i, r := range a.Reasons.All() {
			if got := v.Reasons[i]; got.Task != r.Task || got.Reason != r.Reason || got.By != r.By || !got.At.Equal(r.At) {
				t.Errorf("%s: %+v is written as %+v", dir, r, got)
			}
		}
		for i, o := range a.Tasks.All() {
			if got := v.Organised[i]; got.Task != o.Task || got.Status != o.Status || got.Reason != o.Reason || got.By != o.By || !slices.Equal(got.Contributing, o.Contributing) {
				t.Errorf("%s: %+v is written as %+v", dir, o, got)
			}
		}
		c := must(w.Assessments.Catalogue(a.Catalogue))(t)
		rows := table(t, files, dir+FileAnswers)
		questions := 0
		for _, task := range c.Tasks() {
			questions += len(task.Questions)
		}
		if len(rows) != questions+1 {
			t.Errorf("%s: %d rows for %d questions", dir+FileAnswers, len(rows), questions)
		}
		for _, row := range rows {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") {
					t.Errorf("a cell runs as a formula: %q", cell)
				}
			}
		}
		whole := assessment.Calculate(c, a.Scope, &a)[assessment.Whole]
		if rows := table(t, files, dir+FileScores); rows[1][1] != "whole" || whole.Scored && rows[1][2] != whole.Score.String() {
			t.Errorf("%s: %v, want %v", dir, rows[1], whole)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(table(t, files, "rounds/"+string(w.rounds()[0].ID)+"/"+FileAnswers), func(row []string) bool { return slices.Contains(row, "'=HYPERLINK(\"x\")\nÆ, \"ø\"") }) {
		t.Error("the note is not in the table, or runs as a formula")
	}

	// Counted from the store itself.
	count := map[string]int{}
	w.stored(func(collection string, r store.Record) {
		if !strings.Contains(r.ID+string(r.Body), string(larvik)) {
			return
		}
		if exportedFrom[collection] == "" {
			t.Errorf("%s holds something of Larvik, and nobody says where it is in the archive: %s", collection, r.ID)
		}
		count[collection]++
	})
	publications, versions := 0, 0
	for name := range files {
		if strings.Contains(name, "/versions/") {
			versions++
			v := read[exportedVersion](t, files, name)
			a := read[exportedAssessment](t, files, "rounds/"+string(v.Round)+"/"+FileAssessment)
			if len(v.Answers) == 0 || !slices.ContainsFunc(a.HandIns, func(s exportedHandIn) bool { return s.Version == v.Version && s.Step == assessment.StepHandedIn }) {
				t.Errorf("%s: %d answers, and its round tells %+v", name, len(v.Answers), a.HandIns)
			}
		}
		if strings.HasPrefix(name, "publications/") {
			publications++
			if v := read[exportedPublication](t, files, name); len(v.Scores) == 0 || "publications/"+string(v.Publication)+".json" != name {
				t.Errorf("%s: %+v", name, v)
			}
		}
	}
	displaced := read[exportedAssessment](t, files, "rounds/"+string(w.rounds()[0].ID)+"/"+FileAssessment).Displaced
	if count["displaced"] != 1 || len(displaced) != 1 || *displaced[0].Level != 2 || displaced[0].Note != "=HYPERLINK(\"x\")\nÆ, \"ø\"" || displaced[0].DisplacedAt.IsZero() {
		t.Errorf("%d documents of what forms took the place of, exported %+v", count["displaced"], displaced)
	}
	if versions != count["versions"] || versions < 5 {
		t.Errorf("%d versions of %d", versions, count["versions"])
	}
	if rounds != count["assessments"] || publications != count["parts"] || rounds < 6 || publications < 5 {
		t.Errorf("%d rounds and %d publications of %v", rounds, publications, count)
	}
	steps := read[[]exportedStep](t, files, FileSteps)
	if rows := table(t, files, FileStepsTable); len(steps) != count["steps"] || len(rows) != len(steps)+1 || !slices.ContainsFunc(steps, func(s exportedStep) bool {
		return s.What == "=1+1" && s.Role == "it" && s.Due == "2027-01-15" && !s.Removed.IsZero() && s.Task == "henvise" && s.Why == "Fordi" && s.Was != nil && s.Was.What == "=1+1" && s.Was.Why == "" && !s.Was.At.IsZero()
	}) || !slices.ContainsFunc(rows, func(row []string) bool { return row[2] == "'=1+1" && row[14] != "" }) {
		t.Errorf("%d of %d steps: %+v", len(steps), count["steps"], steps)
	}
	evidence, content := read[[]exportedEvidence](t, files, FileEvidence), 0
	shows := 0
	for _, e := range evidence {
		if e.Shows != nil {
			shows++
			if got := files[e.File]; string(got) != "%PDF-1.7\n" || e.Name != "log.pdf" || e.Title != "Log of =1+1" || e.Shows.Version != 1 ||
				!slices.ContainsFunc(read[[]exportedMeasurement](t, files, FileMeasurements), func(m exportedMeasurement) bool { return m.ID == e.Shows.Measurement && m.Benefit == e.Shows.Benefit }) {
				t.Errorf("%s holds %q: %+v, %+v", e.File, got, e, e.Shows)
			}
			continue
		}
		if e.File != "" {
			content++
			if got, ok := files[e.File]; !ok || string(got) != "%PDF-1.7" || e.Name != "rutine.pdf" || !e.Removed.IsZero() {
				t.Errorf("%s holds %q: %+v", e.File, got, e)
			}
		}
	}
	if len(evidence) != count["evidence"] || len(evidence) < 5 || content != 1 || shows != 1 {
		t.Errorf("%d of %d pieces of evidence, %d files, %d of measurements", len(evidence), count["evidence"], content, shows)
	}
	if ambitions, rows := read[[]exportedAmbition](t, files, FileAmbitions), table(t, files, FileAmbitionsTable); len(rows) != len(ambitions)+1 || !slices.ContainsFunc(ambitions, func(a exportedAmbition) bool { return a.Task == "budsjett" && *a.Level == 2 && a.Was != nil }) {
		t.Errorf("ambitions: %+v", ambitions)
	}
	if shared := read[[]exportedShare](t, files, FileShares); count["shares"] != 1 || len(shared) != 1 || shared[0].Task != "lager" || !slices.Equal(shared[0].Partners, []org.MunicipalityID{"tokke"}) {
		t.Errorf("%d documents of shares, exported %+v", count["shares"], shared)
	}
	assigned := read[[]exportedAssignment](t, files, FileAssignments)
	if rows := table(t, files, FileAssignedTable); count["assignments"] < 2 || len(rows) != len(assigned)+1 || !slices.ContainsFunc(assigned, func(a exportedAssignment) bool {
		return a.Round == w.rounds()[0].ID && a.Task == "henvise" && slices.Equal(a.People, []org.PersonID{w.contributor().Person, w.coordinator().Person}) && a.Finisher == w.contributor().Person && a.Due == "2026-12-01"
	}) || !slices.ContainsFunc(rows, func(row []string) bool { return row[2] == string(w.contributor().Person+" "+w.coordinator().Person) }) {
		t.Errorf("%d assignments, from %d rounds: %+v", len(assigned), count["assignments"], assigned)
	}
	talk := read[[]exportedComment](t, files, FileComments)
	if rows := table(t, files, FileCommentsTable); len(talk) != count["comments"] || len(rows) != len(talk)+1 || !slices.ContainsFunc(talk, func(c exportedComment) bool {
		return c.Text == "=1+1 @"+string(w.coordinator().Person) && slices.Equal(c.Mentions, []org.PersonID{w.coordinator().Person}) && !c.Removed.IsZero() && c.Question == "henvise.ansvar"
	}) || !slices.ContainsFunc(rows, func(row []string) bool {
		return row[4] == "'=1+1 @"+string(w.coordinator().Person) && row[8] != ""
	}) {
		t.Errorf("%d of %d comments: %+v", len(talk), count["comments"], talk)
	}
	if rows := table(t, files, FileBenefitsTable); !slices.Equal(rows[0][len(rows[0])-4:], []string{"planAfter", "planEvery", "different", "warnings"}) || !slices.ContainsFunc(rows, func(row []string) bool {
		last := row[len(row)-4:]
		return row[1] == "'=1+1" && last[0] == "2 5" && last[1] == "6" && strings.HasPrefix(last[2], "b-") && last[3] == "baseline-late"
	}) {
		t.Errorf("the table of benefits lacks the plan, what they were said to be different from, or what makes them doubtful: %q", rows)
	}
	gained := read[[]exportedBenefit](t, files, FileBenefits)
	if rows := table(t, files, FileBenefitsTable); len(gained) != count["benefits"] || len(rows) != len(gained)+1 || !slices.ContainsFunc(gained, func(b exportedBenefit) bool {
		return b.Title == "=1+1" && b.Baseline.Value == "12.5" && len(b.Tasks) == 2 && b.MadeBy == w.coordinator().Person
	}) || !slices.ContainsFunc(rows, func(row []string) bool {
		return row[1] == "'=1+1" && row[5] == "henvise gevinster" && row[11] == "12.5"
	}) {
		t.Errorf("%d of %d benefits: %+v", len(gained), count["benefits"], gained)
	}
	if all := read[[]exportedMeasurement](t, files, FileMeasurements); len(all) != count["measurements"] || !slices.ContainsFunc(all, func(m exportedMeasurement) bool {
		return len(m.Versions) == 2 && m.Versions[0].Value == "11" && m.Versions[0].Note == "Note of =1+1" && m.Versions[1].Removed
	}) {
		t.Errorf("%d of %d measurements: %+v", len(all), count["measurements"], all)
	}
	if all := read[[]exportedIndicator](t, files, FileIndicators); !slices.ContainsFunc(all, func(i exportedIndicator) bool {
		return len(i.Versions) == 2 && i.Versions[0].Name == "=4+4" && i.Versions[1].Retired && i.Versions[0].By == w.coordinator().Person
	}) {
		t.Errorf("indicators: %+v", all)
	}
	if all := read[[]exportedAssumption](t, files, FileAssumptions); len(all) != count["assumptions"] || !slices.ContainsFunc(all, func(a exportedAssumption) bool {
		return a.From == "2026-02-02" && len(a.Versions) == 2 && a.Versions[0].Value == "450" && a.Versions[1].Source == "=2+2"
	}) {
		t.Errorf("%d of %d assumptions: %+v", len(all), count["assumptions"], all)
	}
	if all := read[[]exportedMap](t, files, FileMaps); len(all) != count["benefit_maps"] || !slices.ContainsFunc(all, func(m exportedMap) bool {
		return m.Title == "Map two" && m.Nodes[0].Text == "=3+3" && m.MadeBy == w.coordinator().Person
	}) {
		t.Errorf("%d of %d maps: %+v", len(all), count["benefit_maps"], all)
	}
	if all := read[[]exportedMap](t, files, FileMapVersions); len(all) != count["benefit_map_versions"] || !slices.ContainsFunc(all, func(m exportedMap) bool { return m.Title == "Map one" && m.Nodes[0].Text == "=3+3" }) {
		t.Errorf("%d of %d versions of maps: %+v", len(all), count["benefit_map_versions"], all)
	}
	lines := 0
	w.stored(func(collection string, r store.Record) {
		if scope, _ := r.Body.Lookup("scope").StringValueOK(); collection == "events" && scope == string(larvik) {
			lines++
		}
	})
	if got := len(table(t, files, FileAudit)) - 1; got != lines || lines < 10 {
		t.Errorf("%d of %d lines of the log", got, lines)
	}
	if !bytes.Contains(files[FileAudit], []byte("municipality.exported")) {
		t.Error("the log does not tell of the export")
	}
	people := read[[]exportedPerson](t, files, FilePeople)
	if len(people) != 4 || !slices.ContainsFunc(people, func(p exportedPerson) bool {
		return p.ID == "p-both" && p.Email == "begge@example.org" && slices.Equal(p.Roles, []org.Role{org.Contributor})
	}) {
		t.Errorf("people: %+v", people)
	}
	if in := read[[]exportedInvitation](t, files, FileInvitations); len(in) != 1 || in[0].Email != "ny@example.org" || in[0].State != org.InvitationOpen {
		t.Errorf("invitations: %+v", in)
	}
	if asked := read[[]exportedAccessRequest](t, files, FileAccessRequests); len(asked) != 1 || asked[0].Name != "Spør Larvik" || asked[0].Message != "Slipp meg inn" {
		t.Errorf("access requests: %+v", asked)
	}
	if string(files[FileReadme]) != "read me\n" {
		t.Errorf("%s: %q", FileReadme, files[FileReadme])
	}
}

// Nothing of anybody else's is in it: no other municipality, no people of theirs, no secret of anybody's.
func TestNothingElseIsInAnArchive(t *testing.T) {
	w := newWorld(t)
	w.spice()
	files := w.export()
	region := must(w.Regions.Get(w.ctx(), "vestfold-telemark"))(t)
	foreign := []string{"Fremmed", "Grenland", "subject-", "account-porsgrunn", "issuer.example.org", "hash-of-a-key", "key-id"}
	for _, m := range region.Members {
		if m.Municipality != larvik {
			known, _ := w.Register.Get(m.Municipality)
			foreign = append(foreign, known.Name, `"`+string(m.Municipality)+`"`)
			people, _, err := w.People.In(w.ctx(), m.Municipality, 100, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range people {
				if p.ID != "p-both" {
					foreign = append(foreign, p.Email, p.Name, string(p.ID))
				}
			}
		}
	}
	w.stored(func(collection string, r store.Record) {
		if collection == "invitations" {
			foreign = append(foreign, r.Body.Lookup("hash").StringValue())
		}
	})
	for name, content := range files {
		for _, text := range foreign {
			if bytes.Contains(content, []byte(text)) && !(name == FileShares && text == `"tokke"`) { // whom an answer is offered to is told
				t.Errorf("%s holds %q", name, text)
			}
		}
	}
}

func TestAnArchiveIsListedAtItsEnd(t *testing.T) {
	w := newWorld(t)
	files := w.export()
	list := read[struct {
		Municipality string     `json:"municipality"`
		Made         string     `json:"made"`
		Files        []archived `json:"files"`
	}](t, files, ManifestName)
	if len(list.Files) != len(files)-1 || list.Municipality != "larvik" || list.Made != "2026-11-23T09:00:00Z" {
		t.Errorf("the list: %d of %d files, %s, %s", len(list.Files), len(files), list.Municipality, list.Made)
	}
	for _, f := range list.Files {
		sum := sha256.Sum256(files[f.Name])
		if f.SHA256 != hex.EncodeToString(sum[:]) || f.Size != int64(len(files[f.Name])) {
			t.Errorf("%s is not as the list says", f.Name)
		}
	}
	again := w.export()
	for name, content := range files {
		if name != FileAudit && name != ManifestName && !bytes.Equal(content, again[name]) {
			t.Errorf("%s is another the second time", name)
		}
	}
}

// A store that fails at any moment leaves something that nobody takes for whole.
func TestAnArchiveThatIsBrokenOffIsNotWhole(t *testing.T) {
	w := newWorld(t)
	reads := 0
	w.engine.BeforeSearches(func(string) error { reads++; return nil })
	w.export()
	if reads < 10 {
		t.Fatalf("only %d reads", reads)
	}
	for n := range reads {
		var b bytes.Buffer
		w.engine.BeforeSearches(nil)
		x := must(w.Begin(w.ctx(), w.coordinator(), larvik))(t)
		left := n
		w.engine.BeforeSearches(func(string) error {
			if left--; left < 0 {
				return fmt.Errorf("%w: the test cut it off", store.ErrUnavailable)
			}
			return nil
		})
		err := x.Write(w.ctx(), &b, Words{Lang: "nb"})
		if err == nil {
			continue // a read more for finding the people, in the first one only
		}
		if fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("after %d reads: %v", n, err)
		}
		if _, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil || bytes.Contains(b.Bytes(), []byte(ManifestName)) {
			t.Errorf("after %d reads it seems whole", n)
		}
	}
}

func TestWhoTakesEverythingOut(t *testing.T) {
	w := newWorld(t)
	for name, row := range map[string]struct {
		actor org.Actor
		m     org.MunicipalityID
		want  fault.Code
	}{
		"coordinator":      {w.coordinator(), larvik, ""},
		"of a neighbour":   {w.neighbour(), larvik, fault.Forbidden},
		"contributor":      {w.contributor(), larvik, fault.Forbidden},
		"leader":           {w.person("leader.3909@example.org").Actor(), larvik, fault.Forbidden},
		"lead":             {w.lead(), larvik, fault.Forbidden},
		"administrator":    {w.admin(), larvik, fault.Forbidden},
		"auditor":          {w.person("auditor@example.org").Actor(), larvik, fault.Forbidden},
		"a job":            {org.SystemActor("departures"), larvik, fault.Forbidden},
		"of no such place": {w.coordinator(), "", fault.Forbidden},
	} {
		if _, err := w.Begin(w.ctx(), row.actor, row.m); fault.CodeOf(err) != row.want {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := w.LastExport(w.ctx(), row.actor, row.m); fault.CodeOf(err) != row.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if last := must(w.LastExport(w.ctx(), w.coordinator(), larvik))(t); !last.Equal(demoNow) {
		t.Errorf("taken out last %v", last)
	}
}
