package assessment

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Grid is figures by row and column, packed: a page that compares 357 municipalities over 20 rounds decodes one document of a few
// dozen kilobytes. Six bytes a figure, little endian: score in thousandths (-1 without one, -2 not in the round), answered,
// applicable.
type Grid struct {
	Columns int    `bson:"columns"`
	Cells   []byte `bson:"cells"`
}

const (
	cellBytes      = 6
	cellNoScore    = -1
	cellNotCovered = -2
)

func newGrid(rows, columns int) Grid {
	g := Grid{Columns: columns, Cells: make([]byte, rows*columns*cellBytes)}
	for r := range rows {
		for c := range columns {
			g.set(r, c, Figure{}, false)
		}
	}
	return g
}

func (g Grid) set(row, column int, f Figure, covered bool) {
	cell := g.Cells[(row*g.Columns+column)*cellBytes:][:cellBytes]
	score := int16(cellNotCovered)
	if covered {
		if score = cellNoScore; f.Scored {
			score = int16(f.Score)
		}
	}
	binary.LittleEndian.PutUint16(cell, uint16(score))
	binary.LittleEndian.PutUint16(cell[2:], uint16(f.Answered))
	binary.LittleEndian.PutUint16(cell[4:], uint16(f.Applicable))
}

// At gives a figure, and whether the round covers it at all.
func (g Grid) At(row, column int) (Figure, bool) {
	cell := g.Cells[(row*g.Columns+column)*cellBytes:][:cellBytes]
	score := int16(binary.LittleEndian.Uint16(cell))
	f := Figure{Answered: int(binary.LittleEndian.Uint16(cell[2:])), Applicable: int(binary.LittleEndian.Uint16(cell[4:]))}
	if score >= 0 {
		f.Score, f.Scored = Score(score), true
	}
	return f, score != cellNotCovered
}

// Results is one publication prepared for comparing, at id hash: every participant's figures, and how they spread.
type Results struct {
	Revision       store.Revision `bson:"-"` // of the document it was read from
	Publication    Hash           `bson:"publication"`
	Round          RoundID        `bson:"round"`
	Name           string         `bson:"name"`
	Region         org.RegionID   `bson:"region"`
	Catalogue      catalogue.Key  `bson:"catalogue"`
	Tasks          Scope          `bson:"tasks"`
	ClosedAt       time.Time      `bson:"closedAt"`
	Municipalities []Participant  `bson:"municipalities"` // in Norwegian order of name
	HandedIn       []bool         `bson:"handedIn"`       // by municipality; false is missing
	Selections     []Selection    `bson:"selections"`
	Grid           Grid           `bson:"grid"` // municipality × selection
	Spreads        []packedSpread `bson:"spreads"`
}

type packedSpread struct {
	Median int `bson:"m"`
	Q1     int `bson:"a"`
	Q3     int `bson:"b"`
	N      int `bson:"n"`
}

func pack(s Spread) packedSpread { return packedSpread{int(s.Median), int(s.Q1), int(s.Q3), s.N} }
func (p packedSpread) unpack() Spread {
	return Spread{Score(p.Median), Score(p.Q1), Score(p.Q3), p.N}
}

// Row finds a municipality's row, -1 when it took no part.
func (r *Results) Row(m org.MunicipalityID) int {
	return slices.IndexFunc(r.Municipalities, func(p Participant) bool { return p.Municipality == m })
}

// Figure gives one municipality's figure and what it may be used for.
func (r *Results) Figure(row int, sel Selection) (Figure, Standing) {
	column := slices.Index(r.Selections, sel)
	if column < 0 {
		return Figure{}, NotInRound
	}
	if row < 0 || row >= len(r.Municipalities) {
		return Figure{}, Missing
	}
	f, covered := r.Grid.At(row, column)
	switch {
	case !covered:
		return f, NotInRound
	case !r.HandedIn[row]:
		return f, Missing
	}
	return f, f.Standing()
}

// Spread gives how the comparable figures of a selection lie.
func (r *Results) Spread(sel Selection) Spread {
	column := slices.Index(r.Selections, sel)
	if column < 0 || column >= len(r.Spreads) {
		return Spread{}
	}
	return r.Spreads[column].unpack()
}

// Comparable counts how many of some rows are behind a selection's spread.
func (r *Results) Comparable(rows []int, sel Selection) int {
	n, column := 0, slices.Index(r.Selections, sel)
	for _, row := range rows {
		if column < 0 || !r.HandedIn[row] {
			continue
		}
		if f, covered := r.Grid.At(row, column); covered && f.Standing() == Comparable {
			n++
		}
	}
	return n
}

// Trend is one selection over a region's published rounds, at id region/selection. Rounds are oldest first.
type Trend struct {
	Revision       store.Revision `bson:"-"` // of the document it was read from
	Region         org.RegionID   `bson:"region"`
	Selection      Selection      `bson:"selection"`
	Editions       int            `bson:"editions"` // how many publications it was made from, errata counted: the later trend has more
	Rounds         []TrendRound   `bson:"rounds"`
	Municipalities []Participant  `bson:"municipalities"` // everyone who took part in any, under the latest name
	Grid           Grid           `bson:"grid"`           // municipality × round
	Present        []byte         `bson:"present"`        // municipality × round: 0 took no part, 1 missing, 2 handed in
	Spreads        []packedSpread `bson:"spreads"`        // by round
}

// TrendRound is a published round in a trend.
type TrendRound struct {
	ID          RoundID       `bson:"id"`
	Name        string        `bson:"name"`
	Publication Hash          `bson:"publication"`
	Catalogue   catalogue.Key `bson:"catalogue"`
	Erratum     bool          `bson:"erratum,omitempty"`
	ClosedAt    time.Time     `bson:"closedAt"`
}

const (
	tookNoPart byte = iota
	wasMissing
	handedIn
)

// Figure gives a municipality's figure in a round and what it may be used for. A missing round is Missing, never zero.
func (t *Trend) Figure(row, round int) (Figure, Standing) {
	f, covered := t.Grid.At(row, round)
	switch present := t.Present[row*len(t.Rounds)+round]; {
	case present == tookNoPart:
		return f, Missing
	case !covered:
		return f, NotInRound
	case present == wasMissing:
		return f, Missing
	}
	return f, f.Standing()
}

// Spread gives how the comparable figures of a round lie.
func (t *Trend) Spread(round int) Spread { return t.Spreads[round].unpack() }

// Comparable counts how many of some rows are behind a round's spread.
func (t *Trend) Comparable(rows []int, round int) int {
	n := 0
	for _, row := range rows {
		if _, standing := t.Figure(row, round); standing == Comparable {
			n++
		}
	}
	return n
}

// Row finds a municipality's row, -1 when it never took part.
func (t *Trend) Row(m org.MunicipalityID) int {
	return slices.IndexFunc(t.Municipalities, func(p Participant) bool { return p.Municipality == m })
}

func newResults(db *store.DB) *store.Collection[Results] {
	return store.NewCollection(db, store.Spec[Results]{Name: "results", Shape: 1, Shared: 64})
}

func newTrends(db *store.DB) *store.Collection[Trend] {
	return store.NewCollection(db, store.Spec[Trend]{Name: "trends", Shape: 1, Shared: 64})
}

// Results reads a publication prepared for comparing. Which municipalities may be named is for the caller to ask of
// org.MayReadByName. It is shared with other readers and must not be changed. Fault NotFound while it is not prepared.
func (s *Service) Results(ctx context.Context, actor org.Actor, h Hash) (*Results, error) {
	const op = "assessment.Results"
	doc, err := s.results.GetShared(ctx, string(h))
	if err != nil {
		return nil, org.Fault(op, "error.results.none", err)
	}
	if !org.MayReadResults(actor, doc.Value.Region) {
		return nil, forbidden(op)
	}
	doc.Value.Revision = doc.Revision
	return &doc.Value, nil
}

// Trend reads a selection over the region's published rounds. It is shared with other readers and must not be changed. Fault
// NotFound before the first publication.
func (s *Service) Trend(ctx context.Context, actor org.Actor, region org.RegionID, sel Selection) (*Trend, error) {
	const op = "assessment.Trend"
	if !org.MayReadResults(actor, region) {
		return nil, forbidden(op)
	}
	doc, err := s.trends.GetShared(ctx, trendID(region, sel))
	if err != nil {
		return nil, org.Fault(op, "error.trend.none", err)
	}
	doc.Value.Revision = doc.Revision
	return &doc.Value, nil
}

func trendID(r org.RegionID, sel Selection) string { return string(r) + "/" + string(sel) }

// Latest tells each region's latest published round, in one read of at most store.MaxMembers regions. One without a publication that
// the actor may read is left out.
func (s *Service) Latest(ctx context.Context, actor org.Actor, regions []org.RegionID) (map[org.RegionID]TrendRound, error) {
	latest := map[org.RegionID]TrendRound{}
	var ids []string
	for _, r := range regions {
		if org.MayReadResults(actor, r) {
			ids = append(ids, trendID(r, Whole))
		}
	}
	if len(ids) == 0 {
		return latest, nil
	}
	docs, err := s.trends.GetManyShared(ctx, ids)
	if err != nil {
		return nil, org.Fault("assessment.Latest", "", err)
	}
	for _, d := range docs {
		latest[d.Value.Region] = d.Value.Rounds[len(d.Value.Rounds)-1]
	}
	return latest, nil
}

// TrendsDue lists regions with a publication that the comparison does not hold yet.
func (s *Service) TrendsDue(ctx context.Context, limit int) ([]org.RegionID, error) {
	page, err := s.rounds.FindShared(ctx, store.Query{Equal: []store.Term{{Field: "trendDue", Value: true}}, Limit: limit})
	if err != nil {
		return nil, org.Fault("assessment.TrendsDue", "", err)
	}
	var regions []org.RegionID
	for _, d := range page.Docs {
		if !slices.Contains(regions, d.Value.Region) {
			regions = append(regions, d.Value.Region)
		}
	}
	return regions, nil
}

// PrepareComparison makes a region's results and trends from its publications. It may run any number of times, and at the same
// time twice: what it writes depends on the publications alone. progress, which may be nil, hears how far it is.
func (s *Service) PrepareComparison(ctx context.Context, actor org.Actor, region org.RegionID, progress func(done, total int)) error {
	const op = "assessment.PrepareComparison"
	if !org.MayRunRounds(actor, region) {
		return forbidden(op)
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	rounds, err := s.publishedRounds(ctx, region)
	if err != nil {
		return err
	}
	if len(rounds) == 0 {
		return nil
	}
	total := len(rounds)
	var all []*Results
	for i, r := range rounds {
		res, err := s.prepareResults(ctx, r)
		if err != nil {
			return err
		}
		all = append(all, res)
		progress(i+1, total*2)
	}
	trends := s.trendsOf(region, rounds, all)
	for i, t := range trends {
		if err := s.putTrend(ctx, t); err != nil {
			return err
		}
		progress(total+total*(i+1)/len(trends), total*2)
	}
	for _, r := range rounds {
		if !r.TrendDue {
			continue
		}
		hash := r.Publication()
		if _, err := s.step(ctx, op, r.ID, func(r *Round) ([]store.Event, error) {
			if !r.TrendDue || r.Publication() != hash {
				return nil, store.ErrNoChange
			}
			r.TrendDue = false
			return nil, nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// publishedRounds reads all of a region's published rounds, oldest first.
func (s *Service) publishedRounds(ctx context.Context, region org.RegionID) ([]Round, error) {
	var rounds []Round
	q := store.Query{Equal: []store.Term{{Field: "region", Value: string(region)}, {Field: "state", Value: string(Published)}}, Order: []string{"opens"}, Limit: 100}
	for {
		page, err := s.rounds.FindShared(ctx, q)
		if err != nil {
			return nil, org.Fault("assessment.PublishedRounds", "", err)
		}
		for _, d := range page.Docs {
			rounds = append(rounds, roundOf(d))
		}
		if page.Next == "" {
			return rounds, nil
		}
		q.After = page.Next
	}
}

// prepareResults makes a publication's results document, or reads it when it is there: the hash names its content.
func (s *Service) prepareResults(ctx context.Context, r Round) (*Results, error) {
	const op = "assessment.PrepareResults"
	hash := r.Publication()
	if doc, err := s.results.GetShared(ctx, string(hash)); err == nil {
		return &doc.Value, nil
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, org.Fault(op, "", err)
	}
	c, err := s.Catalogue(r.Catalogue)
	if err != nil {
		return nil, err
	}
	res := &Results{
		Publication: hash, Round: r.ID, Name: r.Name, Region: r.Region, Catalogue: r.Catalogue, Tasks: r.Tasks, ClosedAt: r.ClosesAt,
		Municipalities: r.Participants, HandedIn: make([]bool, len(r.Participants)), Selections: Selections(c),
	}
	res.Grid = newGrid(len(r.Participants), len(res.Selections))
	comparable := make([][]Score, len(res.Selections))
	covered := coveredBy(c, r.Tasks)
	for offset := 0; offset < len(r.Participants); offset += store.MaxMembers {
		some := r.Participants[offset:min(len(r.Participants), offset+store.MaxMembers)]
		var ids []string
		for _, p := range some {
			ids = append(ids, partID(hash, p.Municipality))
		}
		docs, err := s.parts.GetMany(ctx, ids)
		if err != nil {
			return nil, org.Fault(op, "", err)
		}
		for i, p := range some {
			row := offset + i
			scores := Scores{}
			if k := slices.IndexFunc(docs, func(d store.Doc[Part]) bool { return d.Value.Municipality == p.Municipality }); k >= 0 {
				scores, res.HandedIn[row] = docs[k].Value.Figures(), true
			}
			for column, sel := range res.Selections {
				f := scores[sel]
				res.Grid.set(row, column, f, covered[sel])
				if f.Standing() == Comparable {
					comparable[column] = append(comparable[column], f.Score)
				}
			}
		}
	}
	for _, scores := range comparable {
		res.Spreads = append(res.Spreads, pack(SpreadOf(scores)))
	}
	doc, err := s.results.Insert(ctx, string(hash), *res)
	if errors.Is(err, store.ErrExists) {
		doc, err = s.results.Get(ctx, string(hash))
	}
	return &doc.Value, org.Fault(op, "", err)
}

// coveredBy tells which selections a scope touches.
func coveredBy(c *catalogue.Catalogue, scope Scope) map[Selection]bool {
	covered := map[Selection]bool{Whole: true}
	for _, t := range c.Tasks() {
		if !scope.Covers(t.Key) {
			continue
		}
		covered[OfTask(t.Key)], covered[OfArea(t.Area)] = true, true
		for _, q := range t.Questions {
			covered[OfDimension(q.Dimension)] = true
		}
	}
	return covered
}

// trendsOf turns rounds × municipalities × selections into one trend per selection. A round that covers only some of a
// selection's tasks is a gap in it: the mean of two tasks and the mean of twenty-four are not points of one line.
func (s *Service) trendsOf(region org.RegionID, rounds []Round, all []*Results) []Trend {
	var selections []Selection
	names := map[org.MunicipalityID]Participant{}
	for _, res := range all {
		for _, sel := range res.Selections {
			if !slices.Contains(selections, sel) {
				selections = append(selections, sel)
			}
		}
		for _, p := range res.Municipalities {
			names[p.Municipality] = p
		}
	}
	var municipalities []Participant
	for _, p := range names {
		municipalities = append(municipalities, p)
	}
	slices.SortFunc(municipalities, func(a, b Participant) int { return cmp.Compare(a.Municipality, b.Municipality) })
	org.SortByName(municipalities, func(p Participant) string { return p.Name })
	rows := make([]map[org.MunicipalityID]int, len(all))
	for i, res := range all {
		rows[i] = map[org.MunicipalityID]int{}
		for row, p := range res.Municipalities {
			rows[i][p.Municipality] = row
		}
	}
	var trends []Trend
	for _, sel := range selections {
		t := Trend{Region: region, Selection: sel, Municipalities: municipalities,
			Grid: newGrid(len(municipalities), len(all)), Present: make([]byte, len(municipalities)*len(all))}
		line := s.lineOf(sel, all)
		for i, res := range all {
			t.Editions += len(rounds[i].Publications)
			t.Rounds = append(t.Rounds, TrendRound{res.Round, res.Name, res.Publication, res.Catalogue, len(rounds[i].Publications) > 1, res.ClosedAt})
			column, spread := slices.Index(res.Selections, sel), res.Spread(sel)
			if c := s.catalogues[res.Catalogue]; c == nil || !res.Tasks.Whole(c, sel) || !s.OnOneLine(res.Catalogue, line) {
				column, spread = -1, Spread{}
			}
			t.Spreads = append(t.Spreads, pack(spread))
			for m, p := range municipalities {
				row, ok := rows[i][p.Municipality]
				if !ok {
					continue
				}
				present := wasMissing
				if res.HandedIn[row] {
					present = handedIn
				}
				t.Present[m*len(all)+i] = present
				if column >= 0 {
					f, covered := res.Grid.At(row, column)
					t.Grid.set(m, i, f, covered)
				}
			}
		}
		trends = append(trends, t)
	}
	return trends
}

// lineOf is the questionnaire that a selection's line is drawn by: that of the latest round that has it.
func (s *Service) lineOf(sel Selection, all []*Results) catalogue.Key {
	for _, res := range slices.Backward(all) {
		if slices.Contains(res.Selections, sel) {
			return res.Catalogue
		}
	}
	return ""
}

// OnOneLine tells whether figures of two questionnaires may be points of one line, or be compared: versions of one model, or a version of a model
// that takes the other's place, on the same scale. Of two models with nothing to do with each other 3 and 4 are no progress.
func (s *Service) OnOneLine(a, b catalogue.Key) bool {
	x, y := s.catalogues[a], s.catalogues[b]
	if a == b || x == nil || y == nil || x.Scale != y.Scale {
		return a == b
	}
	return x.ID == y.ID || slices.Contains(x.Before(s.catalogues), y) || slices.Contains(y.Before(s.catalogues), x)
}

// putTrend writes a trend, unless one made from more publications stands already.
func (s *Service) putTrend(ctx context.Context, t Trend) error {
	const op = "assessment.PutTrend"
	id := trendID(t.Region, t.Selection)
	_, err := s.trends.Insert(ctx, id, t)
	if !errors.Is(err, store.ErrExists) {
		return org.Fault(op, "", err)
	}
	_, err = s.trends.Update(ctx, id, func(old *Trend) ([]store.Event, error) {
		if old.Editions > t.Editions {
			return nil, fault.New(fault.Conflict, op, "error.busy")
		}
		*old = t
		return nil, nil
	})
	return org.Fault(op, "", err)
}

// SelectionOf reads what a person or program asks for: an area, a task or a dimension, at most one of them; none is the whole.
func SelectionOf(c *catalogue.Catalogue, area, task, dimension string) (Selection, error) {
	const op = "assessment.Selection"
	given := 0
	sel := Whole
	if area != "" {
		given++
		if sel = OfArea(catalogue.AreaKey(area)); c.Area(catalogue.AreaKey(area)) == nil {
			return "", fault.New(fault.NotFound, op, "error.area.unknown", "area", area)
		}
	}
	if task != "" {
		given++
		if sel = OfTask(catalogue.TaskKey(task)); c.Task(catalogue.TaskKey(task)) == nil {
			return "", fault.New(fault.NotFound, op, "error.task.unknown", "task", task)
		}
	}
	if dimension != "" {
		given++
		if sel = OfDimension(catalogue.DimensionKey(dimension)); !slices.Contains(c.Dimensions, catalogue.DimensionKey(dimension)) {
			return "", fault.New(fault.NotFound, op, "error.dimension.unknown", "dimension", dimension)
		}
	}
	if given > 1 {
		return "", fault.New(fault.Malformed, op, "error.selection.one")
	}
	return sel, nil
}
