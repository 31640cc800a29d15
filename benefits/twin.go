package benefits

import (
	"slices"

	"helhet/assessment/catalogue"
)

// Likeness is what tells, beside its tasks, whether a benefit may count the same thing as another. It stands with its contribution, so that a whole municipality is looked through as
// one document.
type Likeness struct {
	Shared IndicatorKey `bson:"shared"`
	From   Day          `bson:"from"`
	To     Day          `bson:"to"`
	Apart  []ID         `bson:"apart,omitempty"` // others that it was said to be different from, at most maxApart
}

// likeness is nil for what is like nothing: an idea, what was removed, what is measured by words alone or for no time.
func (b Benefit) likeness() *Likeness {
	from, to, ok := b.period()
	if !ok || b.Shared == "" || b.Status == Idea || !b.Counts() {
		return nil
	}
	l := &Likeness{Shared: b.Shared, From: from, To: to}
	for _, a := range b.Different {
		l.Apart = append(l.Apart, a.With)
	}
	return l
}

// alike tells whether what two contributions of a municipality are of may be the same thing: they share an indicator, a task and some of their time, and nobody has said how they
// belong together. Where neither names a task nothing tells them apart.
func (c Contribution) alike(d Contribution) bool {
	a, b := c.Like, d.Like
	if a == nil || b == nil || c.Benefit == d.Benefit || a.Shared != b.Shared || a.From > b.To || b.From > a.To {
		return false
	}
	if c.PartOf == d.Benefit || d.PartOf == c.Benefit || c.PartOf != "" && c.PartOf == d.PartOf || slices.Contains(a.Apart, d.Benefit) || slices.Contains(b.Apart, c.Benefit) {
		return false
	}
	if len(c.Tasks) == 0 && len(d.Tasks) == 0 {
		return true
	}
	return slices.ContainsFunc(c.Tasks, func(t catalogue.TaskKey) bool { return slices.Contains(d.Tasks, t) })
}

// like is as much of a contribution as alike asks for.
func (b Benefit) like() Contribution {
	return Contribution{Benefit: b.ID, Tasks: b.Tasks, PartOf: b.PartOf, Like: b.likeness()}
}

// Alike tells whether two benefits of a municipality may count the same thing twice: they share an indicator, a task (or neither names one) and some of their time, and nobody has said how
// they belong together. An idea counts nothing yet.
func (b Benefit) Alike(c Benefit) bool {
	return b.Municipality == c.Municipality && b.like().alike(c.like())
}

// Twins tells, of some benefits of a municipality, which of them may count the same thing as each; those that none does are not in it.
func Twins(all []Benefit) map[ID][]ID {
	likes := make([]Contribution, len(all))
	for i, b := range all {
		likes[i] = b.like()
	}
	twins := map[ID][]ID{}
	for _, c := range likes {
		for _, d := range likes {
			if c.alike(d) {
				twins[c.Benefit] = append(twins[c.Benefit], d.Benefit)
			}
		}
	}
	return twins
}

// twin tells whether a contribution may count the same thing as another that is in the sum of its indicator.
func (l Ledger) twin(c Contribution, inside bool) bool {
	return c.Like != nil && slices.ContainsFunc(l.Contributions, func(d Contribution) bool {
		return d.Indicator == c.Indicator && (inside || !d.Few) && c.alike(d)
	})
}

// Twins lists the others that may count the same thing as a benefit, in the order of their ids.
func (g Belonging) Twins(id ID) []ID {
	i := slices.IndexFunc(g.all, func(c Contribution) bool { return c.Benefit == id })
	if i < 0 {
		return nil
	}
	return g.of(g.all[i].alike)
}
