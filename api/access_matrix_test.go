package api

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/demo"
	"helhet/internal/auth"
	"helhet/org"
)

// accessDoc holds the table of who may reach which route, as people read it and as TestAccess walks it.
const accessDoc = "../docs/access.md"

// The outcomes that the table tells apart.
const (
	yes     = "yes"     // the request succeeds
	no      = "no"      // 403
	hidden  = "hidden"  // 404: as if it were not there
	invalid = "invalid" // 422: comes back with what is wrong
	ended   = "ended"   // 409: a secret that is good no more, or never was
	signIn  = "sign in" // 401, or a page that leads to sign-in
)

var outcomes = []string{yes, no, hidden, invalid, ended, signIn}

const nobody = "nobody"

// accessRow is one line of the table.
type accessRow struct {
	line         int
	method, path string
	place        string            // "own municipality, a coordinator": a place of accessPlaces, and what more there is to say
	cells        map[string]string // by role, and nobody
}

// route names what the router serves: "GET /rounds/:round".
func (r accessRow) route() string { return r.method + " " + r.path }

func (r accessRow) String() string { return r.route() + " (" + r.place + ")" }

// accessTable is the table with the names of its role columns.
type accessTable struct {
	columns []string
	rows    []accessRow
}

// parseAccess reads the table that begins with method, path and place.
func parseAccess(doc string) accessTable {
	var t accessTable
	for i, line := range strings.Split(doc, "\n") {
		if !strings.HasPrefix(line, "|") {
			if len(t.rows) > 0 {
				break
			}
			continue
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "|"), "|"), "|")
		for j := range cells {
			cells[j] = strings.Trim(cells[j], " `")
		}
		switch {
		case len(cells) >= 3 && cells[0] == "method" && cells[1] == "path" && cells[2] == "place":
			t.columns = cells[3:]
		case t.columns == nil || strings.HasPrefix(cells[0], "--"):
		default:
			row := accessRow{line: i + 1, method: cells[0], cells: map[string]string{}}
			if len(cells) == len(t.columns)+3 {
				row.path, row.place = cells[1], cells[2]
				for j, column := range t.columns {
					row.cells[column] = cells[j+3]
				}
			}
			t.rows = append(t.rows, row)
		}
	}
	return t
}

// faults tells what is wrong with the table before anything is sent: what a newcomer forgot, and what to write.
func (t accessTable) faults(roles []org.Role, routes []string) []string {
	var all []string
	fault := func(line int, format string, args ...any) {
		where := "docs/access.md"
		if line > 0 {
			where += fmt.Sprint(":", line)
		}
		all = append(all, where+": "+fmt.Sprintf(format, args...))
	}
	wanted := []string{nobody}
	for _, role := range roles {
		wanted = append(wanted, string(role))
	}
	for _, column := range wanted {
		if !slices.Contains(t.columns, column) {
			fault(0, "the table has no column %q: add it to its head, and an outcome to each row", column)
		}
	}
	for _, column := range t.columns {
		if !slices.Contains(wanted, column) {
			fault(0, "the column %q is no role of org.Roles: take it out", column)
		}
	}
	listed, seen := map[string][]string{}, map[string]bool{}
	for _, row := range t.rows {
		place, _, _ := strings.Cut(row.place, ",")
		switch _, known := accessPlaces[place]; {
		case row.path == "":
			fault(row.line, "the row does not have the %d cells of the table's head", len(t.columns)+3)
			continue
		case !known:
			fault(row.line, "%q is no place: write one of %s, and after a comma what more there is to say", row.place, inQuotes(slices.Sorted(maps.Keys(accessPlaces))))
		case seen[row.String()]:
			fault(row.line, "%s has a row already", row)
		case !slices.Contains(routes, row.route()):
			fault(row.line, "%s is not served any more: take the row out", row.route())
		}
		seen[row.String()] = true
		listed[row.route()] = append(listed[row.route()], place)
		for _, column := range t.columns {
			if !slices.Contains(outcomes, row.cells[column]) {
				fault(row.line, "%s as %s is %q: write one of %s", row, column, row.cells[column], inQuotes(outcomes))
			}
		}
	}
	for _, route := range routes {
		places, path := listed[route], route[strings.Index(route, "/"):]
		method := strings.TrimSpace(strings.TrimSuffix(route, path))
		if places == nil {
			fault(0, "%s is not listed. Decide who may reach it, and add a row with one of %s under each role:\n| %s | `%s` | %s |%s", route, inQuotes(outcomes),
				method, path, anywhere, strings.Repeat(" … |", len(t.columns)))
			continue
		}
		if ofSomewhere(path) {
			for _, whose := range []string{"own", "foreign"} {
				if !slices.ContainsFunc(places, func(p string) bool { return strings.HasPrefix(p, whose) }) {
					fault(0, "%s speaks of a municipality or a region, and has no row whose place is a %q one: add it", route, whose)
				}
			}
		}
	}
	return all
}

// ofSomewhere tells whether a path names something that belongs to a municipality or a region.
func ofSomewhere(path string) bool {
	for _, parameter := range []string{":region", ":round", ":municipality", ":task", ":question", ":person", ":hash", ":step", ":benefit", ":map", ":assumption", ":indicator", ":request", ":evidence"} {
		if strings.Contains(path, parameter) {
			return true
		}
	}
	return false
}

func inQuotes(words []string) string { return `"` + strings.Join(words, `", "`) + `"` }

// outcome tells what an answer means; a success is the very status that the request is made for.
func outcome(method string, got reply, success int) string {
	switch {
	case got.Status == http.StatusUnauthorized, method == http.MethodGet && got.Status == http.StatusSeeOther && strings.HasPrefix(got.Header.Get("Location"), "/sign-in"):
		return signIn
	case got.Status == success:
		return yes
	case got.Status == http.StatusForbidden:
		return no
	case got.Status == http.StatusNotFound:
		return hidden
	case got.Status == http.StatusUnprocessableEntity:
		return invalid
	case got.Status == http.StatusConflict:
		return ended
	}
	return fmt.Sprint(got.Status)
}

// TestAccess walks the table of docs/access.md: every route that the server has, as every role, in own and foreign places.
func TestAccess(t *testing.T) {
	doc, err := os.ReadFile(accessDoc)
	if err != nil {
		t.Fatal(err)
	}
	table := parseAccess(string(doc))
	w := newAccessWalk(t)
	var routes []string
	for _, r := range w.API.engine.Routes() {
		if r.Method != http.MethodHead { // as GET, but for the body
			routes = append(routes, r.Method+" "+r.Path)
		}
	}
	slices.Sort(routes)
	for _, fault := range table.faults(org.Roles, routes) {
		t.Error(fault)
	}
	for _, role := range org.Roles {
		if !strings.Contains(string(doc), "\n| "+string(role)+" | ") {
			t.Errorf("docs/access.md does not say in short what the role %s may see and do: add it to the first table", role)
		}
	}
	for route := range accessRequests {
		if !slices.Contains(routes, route) {
			t.Errorf("accessRequests has %s, which is not served any more: take it out", route)
		}
	}
	if t.Failed() {
		return
	}
	contract, read, notes := newContract(w.testServer), map[string]bool{}, 0
	for _, row := range table.rows {
		for _, column := range table.columns {
			ask := w.ask(row, column)
			got := w.send(row.method, ask, column)
			if w.keepsNotes(row, column, got) {
				notes++
			}
			meant := outcome(row.method, got, ask.success)
			if meant != row.cells[column] {
				t.Errorf("docs/access.md:%d: %s as %s: the table says %q, %s %s answers %q (%d; success is %d).\nIs that meant? Then write it in the table. Otherwise a rule of org/access.go, or its use, is wrong.",
					row.line, row, column, row.cells[column], row.method, ask.path, meant, got.Status, ask.success)
			}
			if path, ok := strings.CutPrefix(row.path, apiBase); ok {
				path = documentedPath(path)
				op := operationAt(contract, row.method, path)
				if op == nil {
					t.Fatalf("%s is not in the API's document", row.route())
				}
				contract.check(t, op, path, got)
				if !safe(row.method) && op.Responses["403"] == nil {
					t.Errorf("%s does not say that it may answer 403", row.route())
				}
			}
			if meant == yes && !safe(row.method) {
				w.spent(column, ask)
			}
		}
		if !safe(row.method) && !read[row.route()] {
			read[row.route()] = true
			w.readsOnly(row)
		}
	}
	if notes == 0 {
		t.Error("nobody was shown her own municipality's notes, so nothing shows that others are not")
	}
	if len(read) < 40 {
		t.Errorf("only %d routes that change something were tried with a token that only reads", len(read))
	}
}

// readsOnly sends a row's request as everyone with a token that only reads, which changes nothing whoever owns it, and is told so.
func (w *accessWalk) readsOnly(row accessRow) {
	w.t.Helper()
	for _, role := range org.Roles {
		if w.reading[role] == "" {
			secret, _, err := w.Auth.MakeToken(w.t.Context(), auth.Caller{Person: w.people[role]}, auth.TokenOrder{Name: "reads", ReadOnly: true, Days: 1})
			w.must(err)
			w.reading[role] = secret
		}
		ask := w.ask(row, string(role))
		got := w.do(w.request(row.method, ask.path, ask.body, append(ask.header, "Authorization", "Bearer "+w.reading[role], "Cookie", languageCookie+"=en")...))
		if got.Status != http.StatusForbidden || len(cookies(got)) > 0 {
			w.t.Errorf("%s as %s with a token that only reads: %d", row, role, got.Status)
		}
		if strings.HasPrefix(row.path, apiBase) && !strings.Contains(string(got.Body), "This token may only read, not change anything.") {
			w.t.Errorf("%s as %s with a token that only reads: %.300s", row, role, got.Body)
		}
	}
}

// A regional lead sees how many questions a municipality has answered and that it has handed in, and never what: its figures are hers to see
// with everybody else, when the round is published.
func TestALeadSeesHowManyNeverWhat(t *testing.T) {
	w := newAccessWalk(t)
	at, ctx := accessPlaces["own municipality"], t.Context()
	round := w.roundIn(demo.Region, assessment.Open).ID
	w.write(round, at)
	lead := func(path string, status int) string {
		t.Helper()
		got := w.call(leadEmail, http.MethodGet, path, "", "Cookie", languageCookie+"=en")
		if got.Status != status {
			t.Errorf("%s: %d, want %d", path, got.Status, status)
		}
		hasNot(t, path, string(got.Body), noteOf(larvik))
		return text(got)
	}
	results := apiBase + roundPath(round) + "/results"
	for _, stage := range []struct {
		name     string
		step     func() error
		readable int // status of the results
	}{
		{"being answered", func() error { return nil }, http.StatusConflict},
		{"handed in", func() error { _, err := w.Assessments.HandIn(ctx, w.coordinator(at), round, larvik); return err }, http.StatusConflict},
		{"closed", func() error { _, err := w.Assessments.Close(ctx, walkers, round); return err }, http.StatusConflict},
		{"published", func() error {
			if _, err := w.Assessments.Publish(ctx, walkers, round); err != nil {
				return err
			}
			return w.Assessments.PrepareComparison(ctx, walkers, demo.Region, nil)
		}, http.StatusOK},
	} {
		w.must(stage.step())
		has(t, stage.name, lead(roundPath(round), http.StatusOK), "1 of 4 answered")
		lead(assessmentPath(round, at), http.StatusForbidden)
		lead("/tasks/henvise?round="+string(round), http.StatusOK)
		shown := strings.Contains(lead(results, stage.readable), `"handedIn":true`)
		if shown != (stage.readable == http.StatusOK) {
			t.Errorf("%s: whether its figures are shown is %t", stage.name, shown)
		}
	}
}

// TestAccessTableIsHeld breaks the table once in each way, so that a check that lets everything through can't pass for a whole table.
func TestAccessTableIsHeld(t *testing.T) {
	const head = "| method | path | place | nobody | leader |\n|---|---|---|---|---|\n"
	roles, routes := []org.Role{org.Leader}, []string{"GET /account", "POST /rounds/:round/open"}
	account := "| GET | `/account` | – | sign in | yes |\n"
	own, foreign := "| POST | `/rounds/:round/open` | own region | sign in | no |\n", "| POST | `/rounds/:round/open` | foreign region | sign in | no |\n"
	for name, c := range map[string]struct {
		doc  string
		want string // part of the only fault; empty: none
	}{
		"whole":              {head + account + own + foreign, ""},
		"a route is missing": {head + own + foreign, "| GET | `/account` | – | … | … |"},
		"a route is gone":    {head + account + own + foreign + "| GET | `/gone` | – | yes | yes |\n", ":6: GET /gone is not served any more"},
		"a role is missing":  {"| method | path | place | nobody |\n|---|---|---|---|\n| GET | `/account` | – | sign in |\n| POST | `/rounds/:round/open` | own region | no |\n| POST | `/rounds/:round/open` | foreign region | no |\n", `no column "leader"`},
		"a role is gone":     {strings.ReplaceAll(strings.ReplaceAll(head+account+own+foreign, "leader |", "leader | chief |"), "---|\n", "---|---|\n"), `column "chief" is no role`},
		"a cell is empty":    {head + "| GET | `/account` | – | sign in |  |\n" + own + foreign, `GET /account (–) as leader is "": write one of "yes", "no"`},
		"a cell is missing":  {head + account + own + foreign + "| GET | `/account` | own region | yes |\n", ":6: the row does not have the 5 cells"},
		"a row stands twice": {head + account + account + own + foreign, ":4: GET /account (–) has a row already"},
		"an unknown place":   {head + account + own + foreign + "| GET | `/account` | her own | sign in | yes |\n", `"her own" is no place`},
		"no foreign place":   {head + account + own, `no row whose place is a "foreign" one`},
	} {
		if name == "a role is gone" {
			c.doc = strings.NewReplacer("| yes |", "| yes | yes |", "| no |", "| no | no |").Replace(c.doc)
		}
		faults := parseAccess(c.doc).faults(roles, routes)
		if c.want == "" && len(faults) > 0 || c.want != "" && (len(faults) != 1 || !strings.Contains(faults[0], c.want)) {
			t.Errorf("%s: %q, want %q", name, faults, c.want)
		}
	}
	// What is reached is told apart from what is refused.
	for want, got := range map[string]reply{
		yes: {Status: 303, Header: http.Header{"Location": {"/people"}}}, signIn: {Status: 401}, no: {Status: 403}, hidden: {Status: 404}, invalid: {Status: 422}, ended: {Status: 409}, "500": {Status: 500},
	} {
		if meant := outcome(http.MethodPost, got, http.StatusSeeOther); meant != want {
			t.Errorf("%d is %q, want %q", got.Status, meant, want)
		}
	}
	if meant := outcome(http.MethodGet, reply{Status: 303, Header: http.Header{"Location": {"/sign-in?return=%2F"}}}, http.StatusSeeOther); meant != signIn {
		t.Errorf("being led to sign-in is %q", meant)
	}
}
