package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"
)

// v1MapNode is a box of a map.
type v1MapNode struct {
	ID      benefits.NodeID   `json:"id" maxLength:"24" pattern:"^[a-z0-9]+$" doc:"Names it within its map. Who makes a box chooses it." example:"f3a9c2"`
	Kind    benefits.MapKind  `json:"kind" enum:"measure,change,effect,goal"`
	Text    string            `json:"text" maxLength:"150" doc:"Differs from the map's other texts." example:"Fewer night visits"`
	Benefit benefits.ID       `json:"benefit,omitempty" doc:"Of an effect: the benefit by which it is followed up." example:"b-4f0c91d27ab35e60"`
	Step    assessment.StepID `json:"step,omitempty" doc:"Of a measure: the step of the improvement plan that it is. One that was removed from the plan stays as it was." example:"s-91d27ab35e604f0c"`
}

// v1MapEdge is an arrow.
type v1MapEdge struct {
	From benefits.NodeID `json:"from" example:"f3a9c2"`
	To   benefits.NodeID `json:"to" doc:"In a later column: measure, change, effect, goal." example:"81bd05"`
}

// MapContent is what a save of a map sends: its boxes and arrows, or the same as text.
type MapContent struct {
	Title string      `json:"title" maxLength:"150" example:"Digital night visits"`
	Nodes []v1MapNode `json:"nodes,omitempty" maxItems:"60"`
	Edges []v1MapEdge `json:"edges,omitempty" maxItems:"120"`
	Text  *string     `json:"text,omitempty" doc:"The map as text, instead of nodes and edges: a line for each box and arrow, as docs/benefits.md tells." example:"measure: Sensors\ngoal: Safe nights\nSensors -> Safe nights\n"`
}

// v1Map is a map as it stands.
type v1Map struct {
	ID           benefits.MapID     `json:"id" example:"m-4f0c91d27ab35e60"`
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	Title        string             `json:"title" example:"Digital night visits"`
	Nodes        []v1MapNode        `json:"nodes" doc:"Column by column."`
	Edges        []v1MapEdge        `json:"edges"`
	Text         string             `json:"text" doc:"The same as text, in the reader's language." example:"measure: Sensors\n"`
	MadeAt       time.Time          `json:"madeAt"`
	SavedAt      time.Time          `json:"savedAt"`
	Removed      time.Time          `json:"removed,omitzero" doc:"When it was removed; absent while it stands. It can be brought back for 30 days."`
	Tag          string             `json:"tag" doc:"Names this state of it; send it in If-Match to change it." example:"GYJQ5TZ2M3KXW7AB"`
	Merged       bool               `json:"merged,omitempty" doc:"Somebody else had changed it meanwhile, and both changes are kept."`
	By           string             `json:"by,omitempty" doc:"Who saved it: only told to whom a save was lost to."`
}

type v1Maps struct {
	Maps []v1Map `json:"maps" doc:"The newest first, those removed too."`
}

// v1MapVersion is what a map was.
type v1MapVersion struct {
	Title   string       `json:"title" example:"Digital night visits"`
	Nodes   []v1MapNode  `json:"nodes"`
	Edges   []v1MapEdge  `json:"edges"`
	By      org.PersonID `json:"by" example:"p-4f0c"`
	SavedAt time.Time    `json:"savedAt"`
	Tag     string       `json:"tag" doc:"Send it to revert-benefit-map." example:"GYJQ5TZ2M3KXW7AB"`
}

type v1MapVersions struct {
	Versions []v1MapVersion `json:"versions" doc:"The latest first; the last 30 are kept."`
}

type v1Revert struct {
	Version string `json:"version" doc:"A tag of list-benefit-map-versions." example:"GYJQ5TZ2M3KXW7AB"`
}

type mapsOutput struct{ Body v1Maps }

type addMapInput struct {
	MunicipalityPath
	EditHeader
	ConfirmHeader
	Body MapContent
}

// MapPath is where a map stands.
type MapPath struct {
	MunicipalityPath
	Map benefits.MapID `path:"map" doc:"Its id." example:"m-4f0c91d27ab35e60"`
}

type saveMapInput struct {
	MapPath
	ChangeHeader
	ConfirmHeader
	Body MapContent
}

type revertMapInput struct {
	MapPath
	ChangeHeader
	Body v1Revert
}

type taggedMapInput struct {
	MapPath
	TagHeader
}

type mapOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"Its tag, in quotation marks."`
	Body   v1Map
}

type mapVersionsOutput struct{ Body v1MapVersions }

// draw is a map as the domain takes it.
func (b MapContent) draw(edit, tag, confirm string) (benefits.DrawMap, error) {
	in := benefits.DrawMap{Data: benefits.MapData{Title: b.Title}, Edit: edit, Tag: tag, Confirmed: confirm != ""}
	if b.Text != nil {
		if len(b.Nodes) > 0 || len(b.Edges) > 0 {
			return in, fault.Wrong("api.map", "text", "error.map.both")
		}
		in.AsText, in.Text = true, *b.Text
	}
	for _, n := range b.Nodes {
		in.Data.Nodes = append(in.Data.Nodes, benefits.MapNode(n))
	}
	for _, e := range b.Edges {
		in.Data.Edges = append(in.Data.Edges, benefits.MapEdge(e))
	}
	return in, nil
}

func (v *v1) addMaps() {
	at := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	nodes := []v1MapNode{{ID: "f3a9c2", Kind: benefits.MapMeasure, Text: "Sensors", Step: "s-91d27ab35e604f0c"}, {ID: "81bd05", Kind: benefits.MapGoal, Text: "Safe nights"}}
	edges := []v1MapEdge{{"f3a9c2", "81bd05"}}
	content := MapContent{Title: "Digital night visits", Nodes: nodes, Edges: edges}
	example := v1Map{ID: "m-4f0c91d27ab35e60", Municipality: "larvik", Title: content.Title, Nodes: nodes, Edges: edges, Text: "measure: Sensors [s-91d27ab35e604f0c]\n\ngoal: Safe nights\n\nSensors -> Safe nights\n", MadeAt: at, SavedAt: at, Tag: exampleTag}
	const path = "/municipalities/{municipality}/benefit-maps"
	add(v, operation{
		ID: "list-benefit-maps", Method: http.MethodGet, Path: path, Tag: "Benefits", Summary: "A municipality's benefit maps", About: "For its own people. At most 50.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: v1Maps{[]v1Map{example}},
	}, func(ctx context.Context, r *request, in *MunicipalityPath) (*mapsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		all, err := v.Benefits.Maps(ctx, r.Actor, m.ID)
		out := &mapsOutput{v1Maps{[]v1Map{}}}
		for _, m := range all {
			out.Body.Maps = append(out.Body.Maps, mapStateOf(r.Text, m, ""))
		}
		return out, err
	})
	add(v, operation{
		ID: "add-benefit-map", Method: http.MethodPost, Path: path, Tag: "Benefits", Summary: "Draw a benefit map",
		About: "For coordinators, and for who owns a benefit. 201, or 200 when the same edit is sent again.", Status: http.StatusCreated,
		Fails: additionFails, Request: content, Example: example,
	}, func(ctx context.Context, r *request, in *addMapInput) (*mapOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		draw, err := in.Body.draw(in.Edit, "", in.Confirm)
		if err != nil {
			return nil, err
		}
		draw.Municipality = m.ID
		made, isNew, err := v.Benefits.AddMap(ctx, r.Actor, draw)
		if err != nil {
			return nil, err
		}
		out := mapAnswer(r.Text, made, false)
		if isNew {
			out.Status = http.StatusCreated
		}
		return out, nil
	})
	add(v, operation{
		ID: "get-benefit-map", Method: http.MethodGet, Path: path + "/{map}", Tag: "Benefits", Summary: "One benefit map", About: "404 for everybody outside its municipality.", Fails: []fault.Code{fault.NotFound}, Example: example,
	}, func(ctx context.Context, r *request, in *MapPath) (*mapOutput, error) {
		m, err := v.mapIn(ctx, r, in)
		if err != nil {
			return nil, err
		}
		return mapAnswer(r.Text, m, false), nil
	})
	add(v, operation{
		ID: "save-benefit-map", Method: http.MethodPut, Path: path + "/{map}", Tag: "Benefits", Summary: "Change a benefit map",
		About: "As add-benefit-map. The whole map is sent. With If-Match: 428 without. Where somebody else was first both changes are kept if they have nothing to do with each other (merged); else 412 with current and yours.",
		Fails: changeFails, Request: content, Example: example,
	}, func(ctx context.Context, r *request, in *saveMapInput) (*mapOutput, error) {
		if _, err := v.mapIn(ctx, r, &in.MapPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		draw, err := in.Body.draw(pre.Edit, pre.Tag, in.Confirm)
		if err != nil {
			return nil, err
		}
		draw.ID = in.Map
		m, merged, err := v.Benefits.SaveMap(ctx, r.Actor, draw)
		if err != nil {
			return nil, v.lostMap(ctx, err, in.Body)
		}
		return mapAnswer(r.Text, m, merged), nil
	})
	v.addMapVersions(path, example)
	v.addMapRemoval(path, example)
}

func (v *v1) addMapVersions(path string, example v1Map) {
	add(v, operation{
		ID: "list-benefit-map-versions", Method: http.MethodGet, Path: path + "/{map}/versions", Tag: "Benefits", Summary: "What a benefit map was before", About: "For its own people.",
		Fails: []fault.Code{fault.NotFound}, Example: v1MapVersions{[]v1MapVersion{{example.Title, example.Nodes, example.Edges, "p-4f0c", example.SavedAt, exampleTag}}},
	}, func(ctx context.Context, r *request, in *MapPath) (*mapVersionsOutput, error) {
		m, err := v.mapIn(ctx, r, in)
		if err != nil {
			return nil, err
		}
		all, err := v.Benefits.MapVersions(ctx, r.Actor, m.ID)
		out := &mapVersionsOutput{v1MapVersions{[]v1MapVersion{}}}
		for _, x := range all {
			nodes, edges := mapContentOf(x.MapData)
			out.Body.Versions = append(out.Body.Versions, v1MapVersion{x.Title, nodes, edges, x.By, x.At, x.Tag})
		}
		return out, err
	})
	add(v, operation{
		ID: "revert-benefit-map", Method: http.MethodPost, Path: path + "/{map}/revert", Tag: "Benefits", Summary: "Make a benefit map what it was",
		About: "As add-benefit-map. What it is now becomes a version too, so that this can be undone. With If-Match, as save-benefit-map.", Fails: changeFails, Request: v1Revert{exampleTag}, Example: example,
	}, func(ctx context.Context, r *request, in *revertMapInput) (*mapOutput, error) {
		if _, err := v.mapIn(ctx, r, &in.MapPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		m, err := v.Benefits.RevertMap(ctx, r.Actor, in.Map, in.Body.Version, pre.Tag, pre.Edit)
		if err != nil {
			return nil, v.lostMap(ctx, err, in.Body)
		}
		return mapAnswer(r.Text, m, false), nil
	})
}

func (v *v1) addMapRemoval(path string, example v1Map) {
	add(v, operation{
		ID: "remove-benefit-map", Method: http.MethodDelete, Path: path + "/{map}", Tag: "Benefits", Summary: "Remove a benefit map",
		About: "For coordinators. It can be brought back for 30 days; then it is deleted with what it was. With If-Match, as save-benefit-map.", Fails: changeFails, Example: example,
	}, func(ctx context.Context, r *request, in *taggedMapInput) (*mapOutput, error) {
		if _, err := v.mapIn(ctx, r, &in.MapPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		m, err := v.Benefits.RemoveMap(ctx, r.Actor, in.Map, pre.Tag)
		if err != nil {
			return nil, v.lostMap(ctx, err, struct{}{})
		}
		return mapAnswer(r.Text, m, false), nil
	})
	add(v, operation{
		ID: "restore-benefit-map", Method: http.MethodPost, Path: path + "/{map}/restore", Tag: "Benefits", Summary: "Bring a removed benefit map back",
		About: "For coordinators. 409 when it was removed more than 30 days ago.", Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.OutcomeUnknown}, Example: example,
	}, func(ctx context.Context, r *request, in *MapPath) (*mapOutput, error) {
		if _, err := v.mapIn(ctx, r, in); err != nil {
			return nil, err
		}
		m, err := v.Benefits.RestoreMap(ctx, r.Actor, in.Map)
		if err != nil {
			return nil, err
		}
		return mapAnswer(r.Text, m, false), nil
	})
}

// mapIn finds a map where the address says it is.
func (s *Server) mapIn(ctx context.Context, r *request, in *MapPath) (benefits.Map, error) {
	m, err := s.find(in.Municipality)
	if err != nil {
		return benefits.Map{}, err
	}
	found, err := s.Benefits.Map(ctx, r.Actor, in.Map)
	if err == nil && found.Municipality != m.ID {
		err = fault.New(fault.NotFound, "api.map", "error.map.unknown")
	}
	return found, err
}

// lostMap gives a lost race what stands and what was sent. Any other error passes through.
func (s *Server) lostMap(ctx context.Context, err error, yours any) error {
	if fault.CodeOf(err) != fault.Stale {
		return err
	}
	told, t := *faultOf(err), requestOf(ctx).Text
	theirs := told.Detail.(benefits.LostMap).Theirs
	names, err := s.names(ctx, t, theirs.By)
	if err != nil {
		return err
	}
	told.Detail = conflict{mapStateOf(t, theirs, names.of(theirs.By)), yours}
	return &told
}

func mapAnswer(t locale.Text, m benefits.Map, merged bool) *mapOutput {
	out := &mapOutput{http.StatusOK, strconv.Quote(m.Tag), mapStateOf(t, m, "")}
	out.Body.Merged = merged
	return out
}

func mapContentOf(d benefits.MapData) ([]v1MapNode, []v1MapEdge) {
	nodes, edges := []v1MapNode{}, []v1MapEdge{}
	for _, n := range d.Nodes {
		nodes = append(nodes, v1MapNode(n))
	}
	for _, e := range d.Edges {
		edges = append(edges, v1MapEdge(e))
	}
	return nodes, edges
}

func mapStateOf(t locale.Text, m benefits.Map, by string) v1Map {
	nodes, edges := mapContentOf(m.MapData)
	return v1Map{ID: m.ID, Municipality: m.Municipality, Title: m.Title, Nodes: nodes, Edges: edges, Text: benefits.WriteMap(catalogue.Lang(t.Lang()), m.MapData), MadeAt: m.MadeAt, SavedAt: m.At, Removed: m.Removed, Tag: m.Tag, By: by}
}
