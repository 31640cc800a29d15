package leaving

import (
	"context"
	"time"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/org"
)

// exportedMap is a benefit map, or what one was before it was changed.
type exportedMap struct {
	ID      benefits.MapID    `json:"id"`
	Title   string            `json:"title"`
	Nodes   []exportedMapNode `json:"nodes"`
	Edges   []exportedMapEdge `json:"edges"`
	MadeBy  org.PersonID      `json:"madeBy,omitempty"`
	MadeAt  time.Time         `json:"madeAt,omitzero"`
	By      org.PersonID      `json:"by"`
	At      time.Time         `json:"at"`
	Removed time.Time         `json:"removed,omitzero"`
}

type exportedMapNode struct {
	ID      benefits.NodeID   `json:"id"`
	Kind    benefits.MapKind  `json:"kind"`
	Text    string            `json:"text"`
	Benefit benefits.ID       `json:"benefit,omitempty"`
	Step    assessment.StepID `json:"step,omitempty"` // of the improvement plan
}

type exportedMapEdge struct {
	From benefits.NodeID `json:"from"`
	To   benefits.NodeID `json:"to"`
}

func exportedMapOf(id benefits.MapID, d benefits.MapData) exportedMap {
	x := exportedMap{ID: id, Title: d.Title, Nodes: []exportedMapNode{}, Edges: []exportedMapEdge{}}
	for _, n := range d.Nodes {
		x.Nodes = append(x.Nodes, exportedMapNode(n))
	}
	for _, e := range d.Edges {
		x.Edges = append(x.Edges, exportedMapEdge(e))
	}
	return x
}

// maps writes the municipality's benefit maps, and what they were before they were changed.
func (x *Export) maps(ctx context.Context, a *archive) error {
	err := a.list(FileMaps, func(add func(any) error) error {
		return x.s.Benefits.MapsOf(ctx, x.actor, x.m.ID, func(m benefits.Map) error {
			y := exportedMapOf(m.ID, m.MapData)
			y.MadeBy, y.MadeAt, y.By, y.At, y.Removed = m.MadeBy, m.MadeAt.UTC(), m.By, m.At.UTC(), m.Removed
			return add(y)
		})
	})
	if err != nil {
		return err
	}
	return a.list(FileMapVersions, func(add func(any) error) error {
		return x.s.Benefits.MapVersionsOf(ctx, x.actor, x.m.ID, func(v benefits.MapVersion) error {
			y := exportedMapOf(v.Map, v.MapData)
			y.By, y.At = v.By, v.At.UTC()
			return add(y)
		})
	})
}
