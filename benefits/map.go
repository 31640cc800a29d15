package benefits

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// MapID names a benefit map: "m-4f0c91d27ab35e60".
type MapID string

// MapKind is what a box of a map stands for, and with it its column.
type MapKind string

// The kinds, as the national method has them (gevinstkart): what is done, what changes by it, what comes of that, and what it is all for.
const (
	MapMeasure MapKind = "measure" // tiltak
	MapChange  MapKind = "change"  // endring
	MapEffect  MapKind = "effect"  // effekt, which may be a benefit that is followed up
	MapGoal    MapKind = "goal"    // mål
)

// MapKinds lists them in the order of their columns.
var MapKinds = []MapKind{MapMeasure, MapChange, MapEffect, MapGoal}

// Column is where a kind stands, 0 to 3; -1 for what is none.
func (k MapKind) Column() int { return slices.Index(MapKinds, k) }

// How many boxes and arrows a map may have, how many maps a municipality may keep, and how many earlier versions of each are kept. A text is MaxLine long.
const (
	MaxMapNodes    = 60
	MaxMapEdges    = 120
	MaxMaps        = 50
	MaxMapVersions = 30
	maxNodeID      = 24
)

// NodeID names a box within its map: "f3a9c2". Whoever makes the box chooses it, so that two who draw at once choose two.
type NodeID string

func (id NodeID) valid() bool {
	return id != "" && len(id) <= maxNodeID && !strings.ContainsFunc(string(id), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// MapNode is a box.
type MapNode struct {
	ID      NodeID            `bson:"id"`
	Kind    MapKind           `bson:"kind"`
	Text    string            `bson:"text"`
	Benefit ID                `bson:"benefit,omitempty"` // of an effect: where it is followed up
	Step    assessment.StepID `bson:"step,omitempty"`    // of a measure: what the improvement plan has of it
}

// MapEdge is an arrow: From leads to To.
type MapEdge struct {
	From NodeID `bson:"from"`
	To   NodeID `bson:"to"`
}

// MapData is what people draw. Boxes stand column by column, each in the order it was given; arrows in the order of their boxes.
type MapData struct {
	Title string    `bson:"title"`
	Nodes []MapNode `bson:"nodes,omitempty"`
	Edges []MapEdge `bson:"edges,omitempty"`
}

// Node finds a box, -1 where there is none.
func (d MapData) Node(id NodeID) int {
	return slices.IndexFunc(d.Nodes, func(n MapNode) bool { return n.ID == id })
}

// Benefits lists the benefits a map shows, each once.
func (d MapData) Benefits() []ID {
	var all []ID
	for _, n := range d.Nodes {
		if n.Benefit != "" && !slices.Contains(all, n.Benefit) {
			all = append(all, n.Benefit)
		}
	}
	return all
}

// Steps lists the steps of the improvement plan that a map shows, each once.
func (d MapData) Steps() []assessment.StepID {
	var all []assessment.StepID
	for _, n := range d.Nodes {
		if n.Step != "" && !slices.Contains(all, n.Step) {
			all = append(all, n.Step)
		}
	}
	return all
}

func (d MapData) equal(other MapData) bool {
	return d.Title == other.Title && slices.Equal(d.Nodes, other.Nodes) && slices.Equal(d.Edges, other.Edges)
}

// Map is a benefit map of a municipality: why a measure shall lead to a goal. One document at its own id; what it was before lies beside it, as MapVersion.
type Map struct {
	ID           MapID              `bson:"-"`
	Municipality org.MunicipalityID `bson:"municipality"`
	MapData      `bson:",inline"`
	Change       int          `bson:"change"` // how many times it was written
	MadeBy       org.PersonID `bson:"madeBy"`
	MadeAt       time.Time    `bson:"madeAt"`
	By           org.PersonID `bson:"by"` // who changed it last
	At           time.Time    `bson:"at"`
	Tag          string       `bson:"tag"`
	Edits        []string     `bson:"edits,omitempty"`
	Removed      time.Time    `bson:"removed,omitempty"` // zero while it stands
}

// MapVersion is a map as somebody left it, before it was changed again. Its document's id is the map's with the tag it had, and it never changes.
type MapVersion struct {
	Map          MapID              `bson:"map"`
	Municipality org.MunicipalityID `bson:"municipality"`
	MapData      `bson:",inline"`
	Change       int          `bson:"change"`
	By           org.PersonID `bson:"by"`
	At           time.Time    `bson:"at"`
	Tag          string       `bson:"tag"`
}

func newMaps(db *store.DB) *store.Collection[Map] {
	return store.NewCollection(db, store.Spec[Map]{
		Name: "benefit_maps", Shape: 1,
		Fields: []store.Field[Map]{
			{Name: "municipality", Type: store.String, Value: func(_ string, m *Map) any { return string(m.Municipality) }},
			{Name: "made", Type: store.Time, Value: func(_ string, m *Map) any { return m.MadeAt }},
			{Name: "removed", Type: store.Time, Value: func(_ string, m *Map) any {
				if m.Removed.IsZero() {
					return never
				}
				return m.Removed
			}},
		},
		Indexes: []store.Index{{Name: "municipality", Fields: []string{"municipality", "made"}}, {Name: "removed", Fields: []string{"removed"}}},
	})
}

func newMapVersions(db *store.DB) *store.Collection[MapVersion] {
	return store.NewCollection(db, store.Spec[MapVersion]{
		Name: "benefit_map_versions", Shape: 1,
		Fields: []store.Field[MapVersion]{
			{Name: "municipality", Type: store.String, Value: func(_ string, v *MapVersion) any { return string(v.Municipality) }},
			{Name: "map", Type: store.String, Value: func(_ string, v *MapVersion) any { return string(v.Map) }},
			{Name: "change", Type: store.Int, Value: func(_ string, v *MapVersion) any { return int64(v.Change) }},
		},
		Indexes: []store.Index{{Name: "map", Fields: []string{"map", "change"}}, {Name: "municipality", Fields: []string{"municipality"}}},
	})
}

func versionID(id MapID, tag string) string { return string(id) + "." + tag }

func mapOf(doc store.Doc[Map]) Map {
	m := doc.Value
	m.ID = MapID(doc.ID)
	return m
}

// mapText is a text of a map on one line, without what stands around it and with one space between words.
func mapText(text string) string { return strings.Join(strings.Fields(text), " ") }

// mapKey is what two texts of one map must differ in.
func mapKey(text string) string { return strings.ToLower(text) }

// textFault is the key of what is wrong with a text on one line, "" when nothing is.
func textFault(text string) string {
	switch {
	case !utf8.ValidString(text):
		return "error.text.utf8"
	case utf8.RuneCountInString(text) > MaxLine:
		return "error.text.long"
	case strings.ContainsFunc(text, unicode.IsControl):
		return "error.text.control"
	}
	return ""
}

// CheckMap gives a map as it is kept, and what is wrong with it. A fault of a box is beside "nodes." and its id. An arrow leads from a column to a later one,
// so that no circle can be; the same one twice is one.
func CheckMap(d MapData) (MapData, *fault.Error) {
	f := &fault.Error{Code: fault.Invalid, Op: "benefits.CheckMap", Key: "error.map"}
	wrong := func(field, key string, args ...any) {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: args})
	}
	d.Title = checkText(f, "title", mapText(d.Title), MaxLine, true)
	if d.Title == "" {
		wrong("title", "error.map.title")
	}
	if len(d.Nodes) > MaxMapNodes {
		wrong("nodes", "error.map.nodes", "max", MaxMapNodes, "count", len(d.Nodes))
	}
	nodes := slices.Clone(d.Nodes)
	named, texts := map[NodeID]MapKind{}, map[string]bool{}
	for i := range nodes {
		n := &nodes[i]
		n.Text = mapText(n.Text)
		field := "nodes." + string(n.ID)
		_, there := named[n.ID]
		switch key := mapKey(n.Text); {
		case !n.ID.valid() || there:
			wrong("nodes", "error.map.node.id", "max", maxNodeID)
			continue
		case n.Kind.Column() < 0:
			wrong(field, "error.map.kind")
		case n.Text == "":
			wrong(field, "error.map.empty")
		case textFault(n.Text) != "":
			wrong(field, textFault(n.Text), "max", MaxLine, "count", utf8.RuneCountInString(n.Text))
		case texts[key]:
			wrong(field, "error.map.twice", "text", n.Text)
		default:
			texts[key] = true
		}
		if n.Benefit != "" && n.Kind != MapEffect {
			wrong(field, "error.map.benefit.kind", "text", n.Text)
		}
		if n.Step != "" && n.Kind != MapMeasure {
			wrong(field, "error.map.step.kind", "text", n.Text)
		}
		named[n.ID] = n.Kind
	}
	for _, e := range d.Edges {
		from, known := named[e.From]
		to, too := named[e.To]
		switch {
		case !known || !too:
			wrong("edges", "error.map.edge.unknown")
		case from.Column() >= to.Column():
			wrong("edges", "error.map.backwards", "from", d.Nodes[d.Node(e.From)].Text, "to", d.Nodes[d.Node(e.To)].Text)
		}
	}
	if len(f.Fields) > 0 {
		return d, f
	}
	slices.SortStableFunc(nodes, func(a, b MapNode) int { return a.Kind.Column() - b.Kind.Column() })
	d.Nodes = nodes
	d.Edges = sortEdges(d)
	if len(d.Edges) > MaxMapEdges {
		wrong("edges", "error.map.edges", "max", MaxMapEdges, "count", len(d.Edges))
		return d, f
	}
	if len(d.Nodes) == 0 {
		d.Nodes = nil
	}
	return d, nil
}

// sortEdges puts a map's arrows in the order of their boxes, each once.
func sortEdges(d MapData) []MapEdge {
	place := make(map[NodeID]int, len(d.Nodes))
	for i, n := range d.Nodes {
		place[n.ID] = i
	}
	edges := slices.Clone(d.Edges)
	slices.SortFunc(edges, func(a, b MapEdge) int {
		if d := place[a.From] - place[b.From]; d != 0 {
			return d
		}
		return place[a.To] - place[b.To]
	})
	if edges = slices.Compact(edges); len(edges) == 0 {
		return nil
	}
	return edges
}

// writings are a map's texts, beside what stood before.
func (d MapData) writings(before MapData) []writing {
	all := []writing{{"title", before.Title, d.Title}}
	for _, n := range d.Nodes {
		was := ""
		if i := before.Node(n.ID); i >= 0 {
			was = before.Nodes[i].Text
		}
		all = append(all, writing{"nodes." + string(n.ID), was, n.Text})
	}
	return all
}

// DrawMap is a new map or a change of one. AsText: Text says what Data's boxes and arrows otherwise do. Tag is what a change builds on; Edit and Confirmed as in Add.
type DrawMap struct {
	Municipality org.MunicipalityID // of a new one
	ID           MapID              // of one that is changed
	Data         MapData
	AsText       bool
	Text         string
	Tag          string
	Edit         string
	Confirmed    bool
}

// LostMap is the Detail of a fault.Stale: what the loser of a race sent, and what stands.
type LostMap struct {
	Yours  MapData
	Theirs Map
}

// errMoved says that a map is another by now than the one a change was worked out for.
var errMoved = errors.New("the map was changed meanwhile")

// mapTries is how often a change is worked out anew because somebody was quicker.
const mapTries = 5

// mayDraw is a fault where somebody may not draw a municipality's maps.
func (s *Service) mayDraw(ctx context.Context, op string, actor org.Actor, m org.MunicipalityID) error {
	may, err := s.MayDrawMaps(ctx, actor, m)
	if err == nil && !may {
		err = forbidden(op)
	}
	return err
}

// MayDrawMaps tells whether somebody draws a municipality's maps: its coordinators, and whoever owns one of its benefits.
func (s *Service) MayDrawMaps(ctx context.Context, actor org.Actor, m org.MunicipalityID) (bool, error) {
	if org.MayDrawBenefitMaps(actor, m, false) || !org.MayDrawBenefitMaps(actor, m, true) {
		return org.MayDrawBenefitMaps(actor, m, false), nil
	}
	n, err := s.docs.Count(ctx, store.Query{Equal: []store.Term{{Field: "owner", Value: string(actor.Person)}, {Field: "municipality", Value: string(m)}, {Field: "shelf", Value: string(Standing)}}, Limit: 1})
	return n > 0, org.Fault("benefits.MayDrawMaps", "", err)
}

// planned reads steps of the municipality's improvement plan by their ids; what was removed from it, is another's or can't be an id is not among them.
func (s *Service) planned(ctx context.Context, actor org.Actor, m org.MunicipalityID, ids []assessment.StepID) (map[assessment.StepID]assessment.Step, error) {
	found := map[assessment.StepID]assessment.Step{}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id assessment.StepID) bool { return !plainID("s-", string(id)) })
	if len(ids) == 0 || s.Steps == nil {
		return found, nil
	}
	steps, err := s.Steps(ctx, actor, m, ids)
	for _, step := range steps {
		found[step.ID] = step
	}
	return found, err
}

// StepsOnMap reads the steps of the improvement plan that a map shows, by id. One that was removed from the plan is not among them.
func (s *Service) StepsOnMap(ctx context.Context, actor org.Actor, m org.MunicipalityID, d MapData) (map[assessment.StepID]assessment.Step, error) {
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden("benefits.StepsOnMap")
	}
	return s.planned(ctx, actor, m, d.Steps())
}

// checkedMap is what somebody drew, as it is kept: read where it is text, and with benefits and steps of the municipality only. Before is what she drew on.
func (s *Service) checkedMap(ctx context.Context, actor org.Actor, in DrawMap, m org.MunicipalityID, before MapData) (MapData, error) {
	d := in.Data
	if in.AsText {
		read, wrong := ReadMap(in.Text, before)
		read.Title = d.Title
		checked, f := CheckMap(read)
		switch {
		case wrong == nil && f != nil:
			return d, f
		case wrong != nil && f != nil && len(wrong.Fields) > 0: // both beside their fields
			wrong.Fields = append(slices.DeleteFunc(slices.Clone(f.Fields), func(x fault.Field) bool { return x.Name != "title" }), wrong.Fields...)
			return d, wrong
		case wrong != nil:
			return d, wrong
		}
		d = checked
	} else {
		checked, f := CheckMap(d)
		if f != nil {
			return d, f
		}
		d = checked
	}
	known := before.Benefits()
	var unseen []string
	for _, id := range d.Benefits() {
		if !slices.Contains(known, id) {
			unseen = append(unseen, string(id))
		}
	}
	there, err := s.ofMunicipality(ctx, m, unseen)
	if err != nil {
		return d, err
	}
	f := &fault.Error{Code: fault.Invalid, Op: "benefits.checkedMap", Key: "error.map"}
	for _, n := range d.Nodes {
		if _, ok := there[n.Benefit]; !ok && slices.Contains(unseen, string(n.Benefit)) {
			f.Fields = append(f.Fields, fault.Field{Name: "nodes." + string(n.ID), Key: "error.map.benefit", Args: []any{"text", n.Text}})
		}
	}
	steps := slices.DeleteFunc(d.Steps(), func(id assessment.StepID) bool { return slices.Contains(before.Steps(), id) })
	planned, err := s.planned(ctx, actor, m, steps)
	if err != nil {
		return d, err
	}
	for _, n := range d.Nodes {
		if _, ok := planned[n.Step]; !ok && slices.Contains(steps, n.Step) {
			f.Fields = append(f.Fields, fault.Field{Name: "nodes." + string(n.ID), Key: "error.map.step", Args: []any{"text", n.Text}})
		}
	}
	if len(f.Fields) > 0 {
		return d, f
	}
	return d, refusePersonNumbers("benefits.checkedMap", in.Confirmed, d.writings(before))
}

// ofMunicipality reads benefits by their ids; another municipality's, and what can't be an id, are not among them.
func (s *Service) ofMunicipality(ctx context.Context, m org.MunicipalityID, ids []string) (map[ID]Benefit, error) {
	found := map[ID]Benefit{}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !ID(id).plain() })
	if len(ids) == 0 {
		return found, nil
	}
	docs, err := s.docs.GetMany(ctx, ids)
	if err != nil {
		return nil, org.Fault("benefits.ofMunicipality", "", err)
	}
	for _, doc := range docs {
		if b := benefitOf(doc); b.Municipality == m {
			found[b.ID] = b
		}
	}
	return found, nil
}

// plain tells whether an id is one that newID makes.
func (id ID) plain() bool { return plainID("b-", string(id)) }

// plainID tells whether an id is made of a prefix and sixteen digits, as those of benefits and steps are.
func plainID(prefix, id string) bool {
	hexes, ok := strings.CutPrefix(id, prefix)
	return ok && len(hexes) == 16 && !strings.ContainsFunc(hexes, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') })
}

// OnMap reads the benefits a map shows, by id. One that was deleted is not among them.
func (s *Service) OnMap(ctx context.Context, actor org.Actor, m org.MunicipalityID, d MapData) (map[ID]Benefit, error) {
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden("benefits.OnMap")
	}
	var ids []string
	for _, id := range d.Benefits() {
		ids = append(ids, string(id))
	}
	return s.ofMunicipality(ctx, m, ids)
}

// AddMap draws a new map. Made tells whether it was not there yet. Faults: Invalid, Forbidden, Conflict when there are too many.
func (s *Service) AddMap(ctx context.Context, actor org.Actor, in DrawMap) (m Map, made bool, err error) {
	const op = "benefits.AddMap"
	if err := s.mayDraw(ctx, op, actor, in.Municipality); err != nil {
		return Map{}, false, err
	}
	if err := checkEdit(op, in.Edit); err != nil {
		return Map{}, false, err
	}
	if in.Edit == "" {
		in.Edit = newTag()
	}
	d, err := s.checkedMap(ctx, actor, in, in.Municipality, MapData{})
	if err != nil {
		return Map{}, false, err
	}
	sum := sha256.Sum256([]byte("map" + strconv.Quote(string(in.Municipality)) + strconv.Quote(string(actor.Person)) + strconv.Quote(in.Edit)))
	id := MapID("m-" + hex.EncodeToString(sum[:8]))
	n, err := s.maps.Count(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(in.Municipality)}}, Limit: MaxMaps})
	if err != nil {
		return Map{}, false, org.Fault(op, "", err)
	}
	if n >= MaxMaps {
		if there, err := s.Map(ctx, actor, id); err == nil {
			return there, false, nil
		}
		return Map{}, false, fault.New(fault.Conflict, op, "error.map.many", "max", MaxMaps)
	}
	now := s.Now().UTC()
	doc, err := s.maps.Insert(ctx, string(id), Map{Municipality: in.Municipality, MapData: d, Change: 1, MadeBy: actor.Person, MadeAt: now, By: actor.Person, At: now, Tag: newTag()},
		s.event("benefit-map.added", actor, in.Municipality))
	if errors.Is(err, store.ErrExists) {
		there, err := s.Map(ctx, actor, id)
		return there, false, err
	}
	return mapOf(doc), err == nil, org.Fault(op, "", err)
}

// Map gets one; fault NotFound also when it is another municipality's.
func (s *Service) Map(ctx context.Context, actor org.Actor, id MapID) (Map, error) {
	const op = "benefits.Map"
	doc, err := s.maps.Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) || err == nil && !org.MayReadBenefits(actor, doc.Value.Municipality) {
		return Map{}, fault.New(fault.NotFound, op, "error.map.unknown")
	}
	return mapOf(doc), org.Fault(op, "", err)
}

// Maps lists a municipality's maps, the newest first, those removed too.
func (s *Service) Maps(ctx context.Context, actor org.Actor, m org.MunicipalityID) ([]Map, error) {
	const op = "benefits.Maps"
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden(op)
	}
	found, err := s.maps.Find(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Order: []string{"made"}, Reverse: true, Limit: MaxMaps})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	all := make([]Map, len(found.Docs))
	for i, doc := range found.Docs {
		all[i] = mapOf(doc)
	}
	return all, nil
}

// MapVersions lists what a map was before, the latest first.
func (s *Service) MapVersions(ctx context.Context, actor org.Actor, id MapID) ([]MapVersion, error) {
	const op = "benefits.MapVersions"
	if _, err := s.Map(ctx, actor, id); err != nil {
		return nil, err
	}
	found, err := s.mapVersions.Find(ctx, store.Query{Equal: []store.Term{{Field: "map", Value: string(id)}}, Order: []string{"change"}, Reverse: true, Limit: MaxMapVersions})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	all := make([]MapVersion, len(found.Docs))
	for i, doc := range found.Docs {
		all[i] = doc.Value
	}
	return all, nil
}

// MapVersion gets what a map was under a tag; fault NotFound when it is not kept any more.
func (s *Service) MapVersion(ctx context.Context, actor org.Actor, id MapID, tag string) (MapVersion, error) {
	const op = "benefits.MapVersion"
	if _, err := s.Map(ctx, actor, id); err != nil {
		return MapVersion{}, err
	}
	v, known, err := s.mapVersion(ctx, id, tag)
	if err == nil && !known {
		err = fault.New(fault.NotFound, op, "error.map.version")
	}
	return v, err
}

func (s *Service) mapVersion(ctx context.Context, id MapID, tag string) (MapVersion, bool, error) {
	doc, err := s.mapVersions.Get(ctx, versionID(id, tag))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return MapVersion{}, false, nil
	}
	return doc.Value, err == nil, org.Fault("benefits.mapVersion", "", err)
}

// SaveMap changes a map. Where somebody else did too since what it builds on, both changes are kept if they have nothing to do with each other, which Merged tells.
// Faults: Invalid, NotFound (also of another municipality's), Forbidden, Conflict of a removed one, TagRequired, Stale with LostMap.
func (s *Service) SaveMap(ctx context.Context, actor org.Actor, in DrawMap) (m Map, merged bool, err error) {
	const op = "benefits.SaveMap"
	return s.changeMap(ctx, op, actor, in, "benefit-map.saved", func(stands Map) (MapData, bool, error) {
		base := MapVersion{MapData: stands.MapData}
		if stands.Tag != in.Tag {
			known := false
			var err error
			if base, known, err = s.mapVersion(ctx, in.ID, in.Tag); err != nil {
				return MapData{}, false, err
			}
			if !known {
				return MapData{}, false, &fault.Error{Code: fault.Stale, Op: op, Key: "error.map.stale", Detail: LostMap{in.Data, stands}}
			}
		}
		mine, err := s.checkedMap(ctx, actor, in, stands.Municipality, base.MapData)
		if err != nil || stands.Tag == in.Tag {
			return mine, false, err
		}
		both, ok := MergeMaps(base.MapData, mine, stands.MapData)
		if !ok {
			return MapData{}, false, &fault.Error{Code: fault.Stale, Op: op, Key: "error.map.stale", Detail: LostMap{mine, stands}}
		}
		return both, true, nil
	})
}

// RevertMap makes a map what it was under a tag. What it is now is kept, so that this can be undone too. Faults as SaveMap.
func (s *Service) RevertMap(ctx context.Context, actor org.Actor, id MapID, version, tag, edit string) (Map, error) {
	const op = "benefits.RevertMap"
	m, _, err := s.changeMap(ctx, op, actor, DrawMap{ID: id, Tag: tag, Edit: edit}, "benefit-map.reverted", func(stands Map) (MapData, bool, error) {
		if stands.Tag != tag {
			return MapData{}, false, &fault.Error{Code: fault.Stale, Op: op, Key: "error.map.stale", Detail: LostMap{stands.MapData, stands}}
		}
		v, known, err := s.mapVersion(ctx, id, version)
		if err == nil && !known {
			err = fault.New(fault.NotFound, op, "error.map.version")
		}
		return v.MapData, false, err
	})
	return m, err
}

// changeMap works out what a map becomes of what stands, keeps what stands beside it, and writes. It begins anew when somebody was quicker.
func (s *Service) changeMap(ctx context.Context, op string, actor org.Actor, in DrawMap, kind string, work func(Map) (MapData, bool, error)) (Map, bool, error) {
	if err := checkEdit(op, in.Edit); err != nil {
		return Map{}, false, err
	}
	for range mapTries {
		stands, err := s.Map(ctx, actor, in.ID)
		if err != nil {
			return Map{}, false, err
		}
		if err := s.mayDraw(ctx, op, actor, stands.Municipality); err != nil {
			return Map{}, false, err
		}
		switch {
		case in.Tag == "":
			return Map{}, false, fault.New(fault.TagRequired, op, "error.tag.required")
		case in.Edit != "" && slices.Contains(stands.Edits, in.Edit):
			return stands, false, nil
		case !stands.Removed.IsZero():
			return Map{}, false, fault.New(fault.Conflict, op, "error.map.removed")
		}
		d, merged, err := work(stands)
		if err != nil {
			return Map{}, false, err
		}
		if d.equal(stands.MapData) {
			return stands, merged, nil
		}
		if err := s.keepVersion(ctx, stands); err != nil {
			return Map{}, false, org.Fault(op, "", err)
		}
		doc, err := s.maps.Update(ctx, string(in.ID), func(m *Map) ([]store.Event, error) {
			if m.Tag != stands.Tag {
				return nil, errMoved
			}
			m.MapData = d
			m.Change++
			m.By, m.At, m.Tag = actor.Person, s.Now().UTC(), newTag()
			if in.Edit != "" {
				m.Edits = append(slices.Clone(m.Edits), in.Edit)
				m.Edits = m.Edits[max(0, len(m.Edits)-editsKept):]
			}
			return []store.Event{s.event(kind, actor, m.Municipality)}, nil
		})
		if errors.Is(err, errMoved) {
			continue
		}
		return mapOf(doc), merged, org.Fault(op, "error.map.unknown", err)
	}
	return Map{}, false, fault.New(fault.Unavailable, op, "error.unavailable")
}

// keepVersion keeps a map as it stands, and lets go of the version that is one too many. Kept twice it is the same one.
func (s *Service) keepVersion(ctx context.Context, m Map) error {
	_, err := s.mapVersions.Insert(ctx, versionID(m.ID, m.Tag), MapVersion{Map: m.ID, Municipality: m.Municipality, MapData: m.MapData, Change: m.Change, By: m.By, At: m.At, Tag: m.Tag})
	if err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	old, err := s.mapVersions.Find(ctx, store.Query{Equal: []store.Term{{Field: "map", Value: string(m.ID)}}, Range: &store.Range{Field: "change", To: int64(m.Change - MaxMapVersions + 1)}, Limit: page})
	if err != nil {
		return err
	}
	for _, doc := range old.Docs {
		if err := s.deleted(ctx, s.mapVersions.Delete, doc.ID, doc.Revision); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// RemoveMap takes a map away that nobody needs. For as long as Kept it can be brought back as it was. Faults as Remove.
func (s *Service) RemoveMap(ctx context.Context, actor org.Actor, id MapID, tag string) (Map, error) {
	const op = "benefits.RemoveMap"
	return s.shelveMap(ctx, op, actor, id, func(m *Map) (string, error) {
		switch {
		case tag == "":
			return "", fault.New(fault.TagRequired, op, "error.tag.required")
		case !m.Removed.IsZero():
			return "", store.ErrNoChange
		case m.Tag != tag:
			return "", &fault.Error{Code: fault.Stale, Op: op, Key: "error.map.stale", Detail: LostMap{m.MapData, *m}}
		}
		m.Removed = s.Now().UTC()
		return "benefit-map.removed", nil
	})
}

// RestoreMap brings a removed map back. Conflict when it is too late.
func (s *Service) RestoreMap(ctx context.Context, actor org.Actor, id MapID) (Map, error) {
	const op = "benefits.RestoreMap"
	return s.shelveMap(ctx, op, actor, id, func(m *Map) (string, error) {
		if m.Removed.IsZero() {
			return "", store.ErrNoChange
		}
		if !s.Now().Before(m.Removed.Add(Kept)) {
			return "", fault.New(fault.Conflict, op, "error.map.gone")
		}
		m.Removed = time.Time{}
		return "benefit-map.restored", nil
	})
}

func (s *Service) shelveMap(ctx context.Context, op string, actor org.Actor, id MapID, change func(*Map) (kind string, err error)) (Map, error) {
	before, err := s.Map(ctx, actor, id)
	if err != nil {
		return Map{}, err
	}
	if !org.MayRemoveBenefit(actor, before.Municipality) {
		return Map{}, forbidden(op)
	}
	doc, err := s.maps.Update(ctx, string(id), func(m *Map) ([]store.Event, error) {
		m.ID = id
		kind, err := change(m)
		if err != nil {
			return nil, err
		}
		m.By, m.At, m.Tag = actor.Person, s.Now().UTC(), newTag()
		return []store.Event{s.event(kind, actor, m.Municipality)}, nil
	})
	return mapOf(doc), org.Fault(op, "error.map.unknown", err)
}

// SweepMaps deletes up to limit maps that were removed before a moment, each after what it was before, and tells how many.
func (s *Service) SweepMaps(ctx context.Context, before time.Time, limit int) (int, error) {
	const op = "benefits.SweepMaps"
	return sweep(ctx, op, s.maps, before, limit, func(doc store.Doc[Map]) error {
		if err := s.dropVersions(ctx, op, store.Term{Field: "map", Value: doc.ID}); err != nil {
			return err
		}
		return s.deleted(ctx, s.maps.Delete, doc.ID, doc.Revision)
	})
}

func (s *Service) dropVersions(ctx context.Context, op string, of store.Term) error {
	return visitAll(ctx, op, s.mapVersions, store.Query{Equal: []store.Term{of}, Limit: page}, func(doc store.Doc[MapVersion]) error {
		return s.deleted(ctx, s.mapVersions.Delete, doc.ID, doc.Revision)
	})
}

// MapsOf visits a municipality's maps, for who takes out what is its own.
func (s *Service) MapsOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, visit func(Map) error) error {
	const op = "benefits.MapsOf"
	if !org.MayExport(actor, m) {
		return forbidden(op)
	}
	return visitAll(ctx, op, s.maps, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Limit: page}, func(doc store.Doc[Map]) error { return visit(mapOf(doc)) })
}

// MapVersionsOf visits what a municipality's maps were before, as MapsOf.
func (s *Service) MapVersionsOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, visit func(MapVersion) error) error {
	const op = "benefits.MapVersionsOf"
	if !org.MayExport(actor, m) {
		return forbidden(op)
	}
	return visitAll(ctx, op, s.mapVersions, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Limit: page}, func(doc store.Doc[MapVersion]) error { return visit(doc.Value) })
}

// deleteMaps deletes a municipality's maps, and before them what they were.
func (s *Service) deleteMaps(ctx context.Context, op string, m org.MunicipalityID) error {
	if err := s.dropVersions(ctx, op, store.Term{Field: "municipality", Value: string(m)}); err != nil {
		return err
	}
	return visitAll(ctx, op, s.maps, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Limit: page}, func(doc store.Doc[Map]) error {
		return s.deleted(ctx, s.maps.Delete, doc.ID, doc.Revision)
	})
}
