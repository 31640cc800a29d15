package benefits

import "slices"

// MergeMaps puts together what two people made of the same map. ok is false where what they did has to do with each other: the same box worded in two ways, a box that one
// took away and the other changed or led an arrow to, or a whole that no map may be. Boxes stand as theirs do, with mine after them.
func MergeMaps(base, mine, theirs MapData) (both MapData, ok bool) {
	both.Title, ok = mergeValue(base.Title, mine.Title, theirs.Title)
	if !ok {
		return MapData{}, false
	}
	found := func(d MapData, id NodeID) (n MapNode) {
		if i := d.Node(id); i >= 0 {
			return d.Nodes[i]
		}
		return MapNode{} // it is not there
	}
	var seen []NodeID
	for _, list := range [][]MapNode{theirs.Nodes, mine.Nodes, base.Nodes} {
		for _, n := range list {
			if slices.Contains(seen, n.ID) {
				continue
			}
			seen = append(seen, n.ID)
			merged, ok := mergeValue(found(base, n.ID), found(mine, n.ID), found(theirs, n.ID))
			if !ok {
				return MapData{}, false
			}
			if merged.ID != "" {
				both.Nodes = append(both.Nodes, merged)
			}
		}
	}
	for _, list := range [][]MapEdge{theirs.Edges, mine.Edges} {
		for _, e := range list {
			had, here, there := slices.Contains(base.Edges, e), slices.Contains(mine.Edges, e), slices.Contains(theirs.Edges, e)
			if stays, _ := mergeValue(had, here, there); stays {
				both.Edges = append(both.Edges, e)
			}
		}
	}
	checked, wrong := CheckMap(both)
	return checked, wrong == nil
}

// mergeValue is a value after two changes of it: what only one changed, or both alike.
func mergeValue[T comparable](base, mine, theirs T) (T, bool) {
	switch {
	case mine == theirs || mine == base:
		return theirs, true
	case theirs == base:
		return mine, true
	}
	return base, false
}
