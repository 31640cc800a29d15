package demo

import (
	"context"

	"helhet/benefits"
	"helhet/org"
)

// boxes are the benefit map of each municipality of the demo region: why digital night visits shall lead to safer homes. Gain is a place in gains
// by which an effect is followed up, -1 none.
var boxes = []struct {
	id   benefits.NodeID
	kind benefits.MapKind
	text both
	gain int
	to   []benefits.NodeID
}{
	{"tilsyn", benefits.MapMeasure, both{"Digitalt tilsyn hos alle som ønsker det", "Digitalt tilsyn hos alle som ønskjer det"}, -1, []benefits.NodeID{"skjerm", "vekkes"}},
	{"rute", benefits.MapMeasure, both{"Ny kjørerute for nattbilene", "Ny køyrerute for nattbilane"}, -1, []benefits.NodeID{"kjoring"}},
	{"laere", benefits.MapMeasure, both{"Opplæring av nattevaktene", "Opplæring av nattevaktene"}, -1, []benefits.NodeID{"skjerm"}},
	{"skjerm", benefits.MapChange, both{"Nattevakten ser til brukeren på skjerm", "Nattevakta ser til brukaren på skjerm"}, -1, []benefits.NodeID{"kjoring", "trygghet"}},
	{"vekkes", benefits.MapChange, both{"Brukeren blir ikke vekket av at noen låser seg inn", "Brukaren blir ikkje vekt av at nokon låser seg inn"}, -1, []benefits.NodeID{"sovn"}},
	{"kjoring", benefits.MapEffect, both{"Færre timer bak rattet om natten", "Færre timar bak rattet om natta"}, 0, []benefits.NodeID{"tid"}},
	{"trygghet", benefits.MapEffect, both{"Brukerne føler seg tryggere", "Brukarane kjenner seg tryggare"}, 2, []benefits.NodeID{"hjemme"}},
	{"sovn", benefits.MapEffect, both{"Bedre nattesøvn", "Betre nattesøvn"}, -1, []benefits.NodeID{"hjemme"}},
	{"tid", benefits.MapGoal, both{"Mer tid til dem som trenger hjelp på stedet", "Meir tid til dei som treng hjelp på staden"}, -1, nil},
	{"hjemme", benefits.MapGoal, both{"Flere bor trygt hjemme lenger", "Fleire bur trygt heime lenger"}, -1, nil},
}

// sketch draws a municipality's benefit map, as its coordinator would.
func (l *loader) sketch(ctx context.Context, m org.Municipality, gained []benefits.ID) error {
	nynorsk := m.Reads() == org.Nynorsk
	d := benefits.MapData{Title: both{"Digitalt tilsyn om natten", "Digitalt tilsyn om natta"}.in(nynorsk)}
	for _, b := range boxes {
		n := benefits.MapNode{ID: b.id, Kind: b.kind, Text: b.text.in(nynorsk)}
		if b.gain >= 0 {
			n.Benefit = gained[b.gain]
		}
		d.Nodes = append(d.Nodes, n)
		for _, to := range b.to {
			d.Edges = append(d.Edges, benefits.MapEdge{From: b.id, To: to})
		}
	}
	_, _, err := l.benefits.AddMap(ctx, l.staff[m.ID][0].Actor(), benefits.DrawMap{Municipality: m.ID, Data: d, Edit: "demo-map"})
	return err
}
