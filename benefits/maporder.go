package benefits

import (
	"cmp"
	"slices"
)

// MapSlot is a place in a column of a drawn map: a box, or an arrow that passes by on its way to a later column.
type MapSlot struct {
	Node int // its place in Nodes, -1 where an arrow passes
	Edge int // of an arrow that passes: its place in Edges
}

// MapLayers are the columns of a drawn map, each from the top.
type MapLayers [4][]MapSlot

// orderSweeps is how often the columns are gone through, there and back.
const orderSweeps = 6

// LayersOf places a map's boxes in their columns so that few arrows cross: each column in turn is sorted by the mean place of what it is tied to in the column before, and
// on the way back in the one after (the barycentre method of layered drawings); the best order met is kept, and what no arrow moves stays as it was given. The same map is always placed alike.
func LayersOf(d MapData) MapLayers {
	place := make(map[NodeID]int, len(d.Nodes))
	var layers MapLayers
	for i, n := range d.Nodes {
		place[n.ID] = i
		layers[n.Kind.Column()] = append(layers[n.Kind.Column()], MapSlot{Node: i, Edge: -1})
	}
	var ties [3][][2]MapSlot // between a column and the next
	for i, e := range d.Edges {
		from, to := place[e.From], place[e.To]
		first, last := d.Nodes[from].Kind.Column(), d.Nodes[to].Kind.Column()
		at := MapSlot{Node: from, Edge: -1}
		for column := first; column < last; column++ {
			next := MapSlot{Node: to, Edge: -1}
			if column+1 < last {
				next = MapSlot{Node: -1, Edge: i}
				layers[column+1] = append(layers[column+1], next)
			}
			ties[column] = append(ties[column], [2]MapSlot{at, next})
			at = next
		}
	}
	best, least := copied(layers), crossings(layers, ties)
	for range orderSweeps {
		for column := 1; column < 4; column++ {
			sortLayer(&layers, ties[column-1], column, column-1)
		}
		if n := crossings(layers, ties); n < least {
			best, least = copied(layers), n
		}
		for column := 2; column >= 0; column-- {
			sortLayer(&layers, ties[column], column, column+1)
		}
		if n := crossings(layers, ties); n < least {
			best, least = copied(layers), n
		}
	}
	return best
}

func copied(l MapLayers) MapLayers {
	for i := range l {
		l[i] = slices.Clone(l[i])
	}
	return l
}

func places(layer []MapSlot) map[MapSlot]int {
	at := make(map[MapSlot]int, len(layer))
	for i, s := range layer {
		at[s] = i
	}
	return at
}

// sortLayer sorts a column by the mean place of what each is tied to in another. What is tied to nothing keeps its place among the others.
func sortLayer(l *MapLayers, ties [][2]MapSlot, column, by int) {
	own, other := places(l[column]), places(l[by])
	sum, n := make([]int, len(l[column])), make([]int, len(l[column]))
	for _, tie := range ties {
		here, there := tie[1], tie[0]
		if by > column {
			here, there = tie[0], tie[1]
		}
		sum[own[here]] += other[there]
		n[own[here]]++
	}
	var tied, free []MapSlot
	for i, s := range l[column] {
		if n[i] > 0 {
			tied = append(tied, s)
		} else {
			free = append(free, s)
		}
	}
	mean := func(s MapSlot) float64 { return float64(sum[own[s]]) / float64(n[own[s]]) }
	slices.SortStableFunc(tied, func(a, b MapSlot) int { return cmp.Compare(mean(a), mean(b)) })
	for _, s := range free {
		tied = slices.Insert(tied, min(own[s], len(tied)), s)
	}
	l[column] = tied
}

// crossings counts how many pairs of arrows cross between neighbouring columns.
func crossings(l MapLayers, ties [3][][2]MapSlot) int {
	count := 0
	for column, between := range ties {
		left, right := places(l[column]), places(l[column+1])
		for i, a := range between {
			for _, b := range between[:i] {
				if (left[a[0]]-left[b[0]])*(right[a[1]]-right[b[1]]) < 0 {
					count++
				}
			}
		}
	}
	return count
}
