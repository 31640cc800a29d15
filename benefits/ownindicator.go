package benefits

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// ownKey begins the keys of indicators that a municipality has put down itself: "i-4f0c91d27ab35e60". None of the shared ones begins so.
const ownKey = "i-"

// Own tells whether a key names an indicator of a municipality's own. Its figures are added up in that municipality and nowhere else.
func (k IndicatorKey) Own() bool { return strings.HasPrefix(string(k), ownKey) }

// How many indicators of its own a municipality may keep, those it uses no more included; how long what is written of one may be, in characters; and how
// many of the last versions are kept.
const (
	MaxOwnIndicators = 50
	MaxOwnText       = 500
	ownVersions      = 10
)

// OwnData is what a person says of an indicator of the municipality's own. It is written in one language.
type OwnData struct {
	Name      string    `bson:"name"`
	Type      Type      `bson:"type"` // of the benefits it is for
	Unit      Unit      `bson:"unit"`
	Per       Per       `bson:"per,omitempty"` // the time its amounts are for; "" is an average, or how it is at one time
	Direction Direction `bson:"direction"`
	Measure   string    `bson:"measure,omitempty"`  // how it is measured
	Pitfalls  string    `bson:"pitfalls,omitempty"` // what makes the figure wrong
}

// means tells whether two of them let figures mean the same.
func (d OwnData) means(e OwnData) bool {
	return d.Unit == e.Unit && d.Per == e.Per && d.Direction == e.Direction
}

// OwnVersion is such an indicator as somebody left it.
type OwnVersion struct {
	OwnData `bson:",inline"`
	Retired bool         `bson:"retired,omitempty"` // no new benefit is put on it; those that are on it stay
	By      org.PersonID `bson:"by"`
	At      time.Time    `bson:"at"`
}

// OwnIndicator is an indicator that a municipality has put down for several of its benefits. What it was before is kept, as far as the last versions go.
type OwnIndicator struct {
	Key      IndicatorKey `bson:"key"`
	Versions []OwnVersion `bson:"versions"`         // the first first; never empty
	Picked   bool         `bson:"picked,omitempty"` // a benefit was put on it: unit, time and direction stay, or its figures would mean something else
	Tag      string       `bson:"tag"`
	Edits    []string     `bson:"edits,omitempty"`
}

// Stands is the version that counts.
func (i OwnIndicator) Stands() OwnVersion { return i.Versions[len(i.Versions)-1] }

// indicator is the same as the shared ones are told.
func (i OwnIndicator) indicator() Indicator {
	d := i.Stands()
	return Indicator{Key: i.Key, Types: []Type{d.Type}, Unit: d.Unit, Per: d.Per, Direction: d.Direction, Adds: Addable(d.Unit, d.Per), Retired: d.Retired}
}

// Addable tells whether figures of a unit for a time make a sum: amounts per week, month or year do, averages and shares never.
func Addable(u Unit, p Per) bool { return p != "" && u != Share && u != Score }

// ownIndicators are a municipality's, in one document at its id: every page that names what a benefit is measured by needs them all, and no two have the same name.
type ownIndicators struct {
	List []OwnIndicator `bson:"list"`
}

func (o ownIndicators) find(k IndicatorKey) int {
	return slices.IndexFunc(o.List, func(i OwnIndicator) bool { return i.Key == k })
}

// named finds one that stands by its name.
func (o ownIndicators) named(name string) int {
	return slices.IndexFunc(o.List, func(i OwnIndicator) bool {
		return !i.Stands().Retired && sameName(i.Stands().Name, name)
	})
}

func newOwnIndicators(db *store.DB) *store.Collection[ownIndicators] {
	return store.NewCollection(db, store.Spec[ownIndicators]{Name: "benefit_indicators", Shape: 1, Shared: store.MaxLimit})
}

// sameName tells whether people would take two names for one.
func sameName(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// checkOwnIndicator puts into f what is wrong with what a person says of an indicator, and gives it as it is kept.
func checkOwnIndicator(f *fault.Error, d OwnData) OwnData {
	wrong := func(field, key string) { f.Fields = append(f.Fields, fault.Field{Name: field, Key: key}) }
	if d.Name = checkText(f, "name", d.Name, maxIndicatorName, true); d.Name == "" {
		wrong("name", "error.indicator.name")
	}
	if !slices.Contains(Types, d.Type) {
		wrong("type", "error.benefit.type")
	}
	if !slices.Contains(Units, d.Unit) {
		wrong("unit", "error.benefit.unit")
	}
	if d.Per != "" && !slices.Contains(Pers, d.Per) {
		wrong("per", "error.benefit.per")
	}
	if !d.Direction.valid() {
		wrong("direction", "error.benefit.direction")
	}
	d.Measure, d.Pitfalls = checkText(f, "measure", d.Measure, MaxOwnText, false), checkText(f, "pitfalls", d.Pitfalls, MaxOwnText, false)
	return d
}

// taken puts into f that another has the name: a shared indicator in some language, or another of the municipality's that stands.
func (s *Service) taken(f *fault.Error, list ownIndicators, k IndicatorKey, name string) {
	key := ""
	if i := list.named(name); i >= 0 && list.List[i].Key != k {
		key = "error.indicator.same"
	}
	for _, words := range s.Indicators.wording {
		for _, w := range words {
			if sameName(w.Name, name) {
				key = "error.indicator.same.shared"
			}
		}
	}
	if key != "" {
		f.Fields = append(f.Fields, fault.Field{Name: "name", Key: key})
	}
}

// kept puts into f that what figures mean may not change once a benefit was put on the indicator. n is how many are on it now.
func (i OwnIndicator) kept(f *fault.Error, d OwnData, n int) {
	was := i.Stands().OwnData
	if !i.Picked || was.means(d) {
		return
	}
	field, key := "unit", "error.indicator.used"
	switch {
	case was.Unit != d.Unit:
	case was.Per != d.Per:
		field = "per"
	default:
		field = "direction"
	}
	if n == 0 {
		key = "error.indicator.used.before"
	}
	f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: []any{"n", n}})
}

// SetIndicator is a new indicator of the municipality's own, or a change of one. Tag is what a change builds on; Edit and Confirmed as in Add.
type SetIndicator struct {
	Municipality org.MunicipalityID
	Key          IndicatorKey // "" is a new one
	Data         OwnData
	Retire       bool // it is used no more: no new benefit is put on it, and what it was stays
	Tag          string
	Edit         string
	Confirmed    bool
}

// LostIndicator is the Detail of a fault.Stale: what stands.
type LostIndicator struct {
	Yours  OwnData
	Theirs OwnIndicator
}

// SetIndicator adds an indicator or changes one, which keeps what it was. Faults: Invalid beside the field (beside the name when there are too many), NotFound,
// Forbidden, TagRequired, Stale with LostIndicator.
func (s *Service) SetIndicator(ctx context.Context, actor org.Actor, in SetIndicator) (OwnIndicator, error) {
	const op = "benefits.SetIndicator"
	if !org.MaySetIndicators(actor, in.Municipality) {
		return OwnIndicator{}, forbidden(op)
	}
	if err := checkEdit(op, in.Edit); err != nil {
		return OwnIndicator{}, err
	}
	if in.Key != "" && in.Retire {
		return s.changeIndicator(ctx, op, actor, in, "indicator.retired", func(i *OwnIndicator, _ ownIndicators) (OwnVersion, error) {
			version := i.Stands()
			if version.Retired {
				return version, store.ErrNoChange
			}
			version.Retired = true
			return version, nil
		})
	}
	if in.Key != "" {
		if _, err := s.OwnIndicator(ctx, actor, in.Municipality, in.Key); err != nil {
			return OwnIndicator{}, err
		}
	}
	f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.indicator"}
	if in.Data = checkOwnIndicator(f, in.Data); len(f.Fields) > 0 {
		return OwnIndicator{}, f
	}
	if in.Key == "" {
		return s.addIndicator(ctx, op, actor, in, false)
	}
	used, err := s.Uses(ctx, actor, in.Municipality)
	if err != nil {
		return OwnIndicator{}, err
	}
	return s.changeIndicator(ctx, op, actor, in, "indicator.saved", func(i *OwnIndicator, list ownIndicators) (OwnVersion, error) {
		was := i.Stands()
		if was.OwnData == in.Data && !was.Retired {
			return was, store.ErrNoChange
		}
		f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.indicator"}
		s.taken(f, list, i.Key, in.Data.Name)
		if i.kept(f, in.Data, used[i.Key]); len(f.Fields) > 0 {
			return was, f
		}
		return OwnVersion{OwnData: in.Data}, refusePersonNumbers(op, in.Confirmed, in.Data.texts(was.OwnData))
	})
}

// texts are the free texts, beside what stood before.
func (d OwnData) texts(before OwnData) []writing {
	return []writing{{"name", before.Name, d.Name}, {"measure", before.Measure, d.Measure}, {"pitfalls", before.Pitfalls, d.Pitfalls}}
}

// newIndicatorKey follows from who adds and her edit, so that an edit that is sent again finds what it made.
func newIndicatorKey(m org.MunicipalityID, by org.PersonID, edit string) IndicatorKey {
	sum := sha256.Sum256([]byte("indicator" + strconv.Quote(string(m)) + strconv.Quote(string(by)) + strconv.Quote(edit)))
	return IndicatorKey(ownKey + hex.EncodeToString(sum[:8]))
}

// addIndicator adds an indicator whose data is checked. Picked: a benefit is about to be put on it. Where there are as many as may be, one that is retired and was
// never used makes room.
func (s *Service) addIndicator(ctx context.Context, op string, actor org.Actor, in SetIndicator, picked bool) (added OwnIndicator, err error) {
	key := newIndicatorKey(in.Municipality, actor.Person, cmp.Or(in.Edit, newTag()))
	err = s.changeOwn(ctx, op, in.Municipality, func(list *ownIndicators) ([]store.Event, error) {
		if i := list.find(key); i >= 0 {
			added = list.List[i]
			return nil, store.ErrNoChange
		}
		f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.indicator"}
		if s.taken(f, *list, key, in.Data.Name); len(f.Fields) > 0 {
			return nil, f
		}
		if err := refusePersonNumbers(op, in.Confirmed, in.Data.texts(OwnData{})); err != nil {
			return nil, err
		}
		if len(list.List) >= MaxOwnIndicators {
			i := slices.IndexFunc(list.List, func(i OwnIndicator) bool { return i.Stands().Retired && !i.Picked })
			if i < 0 {
				return nil, fault.Wrong(op, "name", "error.indicator.many", "max", MaxOwnIndicators)
			}
			list.List = slices.Delete(list.List, i, i+1)
		}
		added = OwnIndicator{Key: key, Versions: []OwnVersion{{OwnData: in.Data, By: actor.Person, At: s.Now().UTC()}}, Picked: picked, Tag: newTag()}
		list.List = append(list.List, added)
		return []store.Event{s.told("indicator.added", actor, in.Municipality, key)}, nil
	})
	return added, err
}

// UndoIndicator takes back what was done to an indicator last: a change, its being retired, or its being made at all, which retires it. Taken back again it stands as
// before. Faults as SetIndicator.
func (s *Service) UndoIndicator(ctx context.Context, actor org.Actor, m org.MunicipalityID, k IndicatorKey, tag, edit string) (OwnIndicator, error) {
	const op = "benefits.UndoIndicator"
	if _, err := s.OwnIndicator(ctx, actor, m, k); err != nil {
		return OwnIndicator{}, err
	}
	if !org.MaySetIndicators(actor, m) {
		return OwnIndicator{}, forbidden(op)
	}
	if err := checkEdit(op, edit); err != nil {
		return OwnIndicator{}, err
	}
	used, err := s.Uses(ctx, actor, m)
	if err != nil {
		return OwnIndicator{}, err
	}
	in := SetIndicator{Municipality: m, Key: k, Tag: tag, Edit: edit}
	return s.changeIndicator(ctx, op, actor, in, "indicator.undone", func(i *OwnIndicator, list ownIndicators) (OwnVersion, error) {
		version := i.Stands()
		if n := len(i.Versions); n > 1 {
			version = i.Versions[n-2]
		} else {
			version.Retired = true
		}
		f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.indicator"}
		if i.kept(f, version.OwnData, used[k]); !version.Retired {
			s.taken(f, list, k, version.Name)
		}
		if len(f.Fields) > 0 { // there is no form that it could stand beside
			return version, fault.New(fault.Conflict, op, f.Fields[0].Key, f.Fields[0].Args...)
		}
		return version, nil
	})
}

// changeIndicator changes one by adding a version, whose writer and time it fills in.
func (s *Service) changeIndicator(ctx context.Context, op string, actor org.Actor, in SetIndicator, kind string, change func(*OwnIndicator, ownIndicators) (OwnVersion, error)) (changed OwnIndicator, err error) {
	if in.Tag == "" {
		return OwnIndicator{}, fault.New(fault.TagRequired, op, "error.tag.required")
	}
	err = s.changeOwn(ctx, op, in.Municipality, func(list *ownIndicators) ([]store.Event, error) {
		at := list.find(in.Key)
		if at < 0 {
			return nil, fault.New(fault.NotFound, op, "error.indicator.unknown")
		}
		i := list.List[at]
		changed = i
		switch {
		case in.Edit != "" && slices.Contains(i.Edits, in.Edit):
			return nil, store.ErrNoChange
		case i.Tag != in.Tag:
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.indicator.stale", Detail: LostIndicator{in.Data, i}}
		}
		version, err := change(&i, *list)
		if err != nil {
			return nil, err
		}
		version.By, version.At = actor.Person, s.Now().UTC()
		i.Versions = append(slices.Clone(i.Versions), version)
		i.Versions = i.Versions[max(0, len(i.Versions)-ownVersions):]
		i.Tag = newTag()
		if in.Edit != "" {
			i.Edits = append(slices.Clone(i.Edits), in.Edit)
			i.Edits = i.Edits[max(0, len(i.Edits)-editsKept):]
		}
		list.List[at], changed = i, i
		return []store.Event{s.told(kind, actor, in.Municipality, in.Key)}, nil
	})
	return changed, err
}

// changeOwn changes a municipality's indicators, which may be none yet.
func (s *Service) changeOwn(ctx context.Context, op string, m org.MunicipalityID, change func(*ownIndicators) ([]store.Event, error)) error {
	for {
		_, err := s.indicators.Update(ctx, string(m), change)
		if !errors.Is(err, store.ErrNotFound) {
			return org.Fault(op, "", err)
		}
		none := ownIndicators{}
		events, err := change(&none)
		if err != nil {
			return org.Fault(op, "", err)
		}
		if _, err = s.indicators.Insert(ctx, string(m), none, events...); !errors.Is(err, store.ErrExists) {
			return org.Fault(op, "", err)
		}
	}
}

// told tells that somebody changed an indicator, without what it says.
func (s *Service) told(kind string, actor org.Actor, m org.MunicipalityID, k IndicatorKey) store.Event {
	return s.event(kind, actor, m, store.Fact{Key: "indicator", Value: string(k)})
}

// own reads a municipality's indicators. What it gives is everybody's and is never changed.
func (s *Service) own(ctx context.Context, op string, m org.MunicipalityID) (ownIndicators, error) {
	doc, err := s.indicators.GetShared(ctx, string(m))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return ownIndicators{}, nil
	}
	return doc.Value, org.Fault(op, "", err)
}

// OwnIndicators lists a municipality's own indicators by name, those it uses no more last.
func (s *Service) OwnIndicators(ctx context.Context, actor org.Actor, m org.MunicipalityID) ([]OwnIndicator, error) {
	const op = "benefits.OwnIndicators"
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden(op)
	}
	list, err := s.own(ctx, op, m)
	return list.byName(), err
}

func (o ownIndicators) byName() []OwnIndicator {
	all := slices.Clone(o.List)
	org.SortByName(all, func(i OwnIndicator) string { return i.Stands().Name })
	slices.SortStableFunc(all, func(a, b OwnIndicator) int {
		return cmp.Compare(map[bool]int{true: 1}[a.Stands().Retired], map[bool]int{true: 1}[b.Stands().Retired])
	})
	return all
}

// OwnIndicator gets one; fault NotFound also when it is another municipality's.
func (s *Service) OwnIndicator(ctx context.Context, actor org.Actor, m org.MunicipalityID, k IndicatorKey) (OwnIndicator, error) {
	const op = "benefits.OwnIndicator"
	if !org.MayReadBenefits(actor, m) {
		return OwnIndicator{}, forbidden(op)
	}
	list, err := s.own(ctx, op, m)
	if err != nil {
		return OwnIndicator{}, err
	}
	if i := list.find(k); i >= 0 {
		return list.List[i], nil
	}
	return OwnIndicator{}, fault.New(fault.NotFound, op, "error.indicator.unknown")
}

// OwnIndicatorsOf visits a municipality's own indicators, for who takes out what is its own.
func (s *Service) OwnIndicatorsOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, visit func(OwnIndicator) error) error {
	if !org.MayExport(actor, m) {
		return forbidden("benefits.OwnIndicatorsOf")
	}
	all, err := s.OwnIndicators(ctx, actor, m)
	for _, i := range all {
		if err == nil {
			err = visit(i)
		}
	}
	return err
}

// Known are the indicators that a municipality's benefits may be measured by: the shared ones in the catalogue's order, then its own by name. It reads one document.
func (s *Service) Known(ctx context.Context, actor org.Actor, m org.MunicipalityID) (*Indicators, error) {
	all, err := s.OwnIndicators(ctx, actor, m)
	return s.Indicators.with(all), err
}

// KnownFor is Known where some of the keys is the municipality's own, and the shared ones, which are never read, where none is.
func (s *Service) KnownFor(ctx context.Context, actor org.Actor, m org.MunicipalityID, keys ...IndicatorKey) (*Indicators, error) {
	if !slices.ContainsFunc(keys, IndicatorKey.Own) {
		return s.Indicators, nil
	}
	return s.Known(ctx, actor, m)
}

// with is the catalogue with a municipality's own indicators after the shared ones. The catalogue itself stays as it is.
func (c *Indicators) with(own []OwnIndicator) *Indicators {
	if len(own) == 0 {
		return c
	}
	all := &Indicators{all: slices.Clone(c.all), wording: c.wording, own: maps.Clone(c.own)}
	if all.own == nil {
		all.own = map[IndicatorKey]IndicatorText{}
	}
	for _, i := range own {
		d := i.Stands()
		all.all = append(all.all, i.indicator())
		all.own[i.Key] = IndicatorText{Name: d.Name, Measure: d.Measure, Pitfalls: d.Pitfalls}
	}
	return all
}

// Uses tells how many benefits that stand are on each of a municipality's own indicators, from its ledger alone.
func (s *Service) Uses(ctx context.Context, actor org.Actor, m org.MunicipalityID) (map[IndicatorKey]int, error) {
	const op = "benefits.Uses"
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden(op)
	}
	doc, err := s.ledgers.GetShared(ctx, string(m))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, org.Fault(op, "", err)
	}
	used := map[IndicatorKey]int{}
	for _, c := range doc.Value.Contributions {
		if c.On != "" {
			used[c.On]++
		}
	}
	return used, nil
}

// pick notes that a benefit is put on one of the municipality's own indicators, before the benefit says so, so that from then on nobody changes what its figures mean.
// The benefit was checked against what the indicator was when it was read.
func (s *Service) pick(ctx context.Context, op string, m org.MunicipalityID, d Data) error {
	if !d.Shared.Own() {
		return nil
	}
	return s.changeOwn(ctx, op, m, func(list *ownIndicators) ([]store.Event, error) {
		at := list.find(d.Shared)
		if at < 0 {
			return nil, fault.Wrong(op, "shared", "error.benefit.shared")
		}
		i := &list.List[at]
		switch now := i.Stands(); {
		case now.Retired:
			return nil, fault.Wrong(op, "shared", "error.benefit.shared.retired")
		case !now.means(OwnData{Unit: d.Unit, Per: d.Per, Direction: d.Direction}):
			return nil, fault.Wrong(op, "shared", "error.benefit.shared.changed") // somebody was faster
		case i.Picked:
			return nil, store.ErrNoChange
		}
		i.Picked = true // the tag stays: whoever has its form open is not in the way
		return nil, nil
	})
}

// Entry makes an indicator of the municipality's own of what a benefit says in words: its name, type, unit, time and direction, with how it is measured besides.
type Entry struct {
	Measure, Pitfalls string
	Join              bool // where it has one of that name that means the same, the benefit is put on that
}

// entryFields are where faults of an indicator stand in the form of a benefit that makes one.
var entryFields = map[string]string{"name": "indicator", "measure": "entry.measure", "pitfalls": "entry.pitfalls"}

// checkEntry puts into f what is wrong with an indicator that is made of a benefit, beside the benefit's fields, and gives the indicator, or the key of one that means the same.
func (s *Service) checkEntry(f *fault.Error, list ownIndicators, d Data, e Entry, key IndicatorKey) (own OwnData, there IndicatorKey) {
	wrong := &fault.Error{}
	own = checkOwnIndicator(wrong, OwnData{Name: d.Indicator, Type: d.Type, Unit: d.Unit, Per: d.Per, Direction: d.Direction, Measure: e.Measure, Pitfalls: e.Pitfalls})
	if i := list.named(own.Name); i >= 0 && e.Join && list.List[i].Stands().means(own) {
		there = list.List[i].Key
	} else {
		s.taken(wrong, list, key, own.Name)
	}
	if d.Shared != "" {
		wrong.Fields = append(wrong.Fields, fault.Field{Name: "shared", Key: "error.indicator.either"})
	}
	for _, x := range wrong.Fields {
		x.Name = cmp.Or(entryFields[x.Name], x.Name)
		if !slices.ContainsFunc(f.Fields, func(y fault.Field) bool { return y.Name == x.Name }) {
			f.Fields = append(f.Fields, x)
		}
	}
	return own, there
}

// sameMeasure tells whether a benefit that is measured may go to another indicator: from words to one of the municipality's own, and from that back to words, where unit and direction
// mean the same. From one of its own to another it goes neither at once nor by way of words: what one counts is not what the other does.
func (b Benefit) sameMeasure(d Data) bool {
	onto, off := b.Shared == "" && d.Shared.Own() && (b.Left == "" || d.Shared == b.Left), b.Shared.Own() && d.Shared == ""
	return (onto || off) && d.Unit == b.Unit && (d.Direction == b.Direction || b.Direction == "")
}

// leave keeps, before a benefit becomes what somebody saves, which of the municipality's own indicators its measurements were made on, while it is on words.
func (b *Benefit) leave(d Data) {
	_, measured := b.Latest()
	switch {
	case !measured || d.Shared != "":
		b.Left = ""
	case b.Shared.Own():
		b.Left = b.Shared
	}
}

// placing is a benefit that is about to be written, as far as its indicator goes.
type placing struct {
	municipality org.MunicipalityID
	data         Data
	owner        org.PersonID
	entry        *Entry
	before       IndicatorKey // what it is on now
	edit         string
	confirmed    bool
}

// placed checks a benefit with the indicator that it is put on, or that is made of its words. What it gives to be called does that, when all else is right and before the
// benefit is written.
func (s *Service) placed(ctx context.Context, op string, actor org.Actor, p placing) (put func(Data) (Data, error), checked Data, wrong *fault.Error, err error) {
	known, err := s.KnownFor(ctx, actor, p.municipality, p.data.Shared)
	if err != nil {
		return nil, p.data, nil, err
	}
	checked, wrong = s.checked(p.data, p.owner, known)
	put = func(d Data) (Data, error) {
		if d.Shared == p.before {
			return d, nil
		}
		return d, s.pick(ctx, op, p.municipality, checked)
	}
	if i, _ := known.Find(p.data.Shared); i.Retired && p.data.Shared != p.before {
		wrong = beside(wrong, op, fault.Field{Name: "shared", Key: "error.benefit.shared.retired"})
	}
	if p.entry == nil {
		return put, checked, wrong, nil
	}
	if !org.MaySetIndicators(actor, p.municipality) {
		return nil, checked, nil, forbidden(op)
	}
	list, err := s.own(ctx, op, p.municipality)
	if err != nil {
		return nil, checked, nil, err
	}
	made := SetIndicator{Municipality: p.municipality, Edit: p.edit, Confirmed: p.confirmed}
	key := newIndicatorKey(p.municipality, actor.Person, p.edit)
	f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.benefit"}
	if wrong != nil {
		f = wrong
	}
	var there IndicatorKey
	if made.Data, there = s.checkEntry(f, list, checked, *p.entry, key); len(f.Fields) > 0 {
		return put, checked, f, nil
	}
	checked.Shared = cmp.Or(there, key) // what may not go there is refused before it is made
	put = func(d Data) (Data, error) {
		d.Shared, d.Indicator = there, ""
		if there == "" {
			added, err := s.addIndicator(ctx, op, actor, made, true)
			if err != nil {
				return d, entryFault(err)
			}
			d.Shared = added.Key
			return d, nil
		}
		x := d
		x.Unit, x.Per, x.Direction = checked.Unit, checked.Per, checked.Direction
		return d, s.pick(ctx, op, p.municipality, x)
	}
	return put, checked, nil, nil
}

// beside is a fault with one more field.
func beside(f *fault.Error, op string, field fault.Field) *fault.Error {
	if f == nil {
		f = &fault.Error{Code: fault.Invalid, Op: op, Key: "error.benefit"}
	}
	f.Fields = append(f.Fields, field)
	return f
}

// entryFault is what is wrong with an indicator that is made of a benefit, beside the benefit's fields.
func entryFault(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.Invalid {
		return err
	}
	told := *f
	told.Fields = slices.Clone(f.Fields)
	for i, x := range told.Fields {
		told.Fields[i].Name = cmp.Or(entryFields[x.Name], x.Name)
	}
	return &told
}
