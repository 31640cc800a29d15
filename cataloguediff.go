package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"helhet/assessment/catalogue"
)

type catalogueDiffCommand struct {
	Old  string `arg:"" help:"The older one: a folder, a workbook, or ID-VERSION."`
	New  string `arg:"" help:"The newer one, likewise."`
	JSON bool   `name:"json" help:"Print it as JSON."`
}

// Run prints what is different. That something is, is no failure.
func (c catalogueDiffCommand) Run(p *program) error {
	s, err := openShelf()
	if err != nil {
		return err
	}
	older, err := s.take(c.Old)
	if err != nil {
		return err
	}
	newer, err := s.take(c.New)
	if err != nil {
		return err
	}
	d := catalogue.Compare(older, newer, s.known)
	if c.JSON {
		return printJSON(p.stdout, d)
	}
	out := bufio.NewWriter(p.stdout)
	printDiff(out, d, newer)
	return out.Flush()
}

// printed is how wide a diff is at most, in characters: what fits a terminal and a mail.
const printed = 100

// printDiff writes a diff for people. newer says what new questions ask.
func printDiff(w io.Writer, d catalogue.Diff, newer *catalogue.Catalogue) {
	fmt.Fprintf(w, "%s → %s\n\n", d.Old, d.New)
	if !d.Structure && !d.Wording && len(d.Changes) == 0 && d.Relation == catalogue.OneVersion {
		fmt.Fprintln(w, "Nothing is different.")
		return
	}
	fmt.Fprintf(w, "structure  %s\nwording    %s\n", differs(d.Structure), texts(d))
	switch {
	case d.Relation == catalogue.OneVersion && d.Structure:
		hanging(w, "", "", "These are two structures of one version. A version in use never changes its structure: raise the version, "+
			"and say in its mapping what became of the questions.")
	case d.Relation == catalogue.Unmapped:
		hanging(w, "", "", fmt.Sprintf("No mapping leads from %s to %s, so no answer is carried over. What has the same key in both is compared.", d.New, d.Old))
	}
	if d.Relation == catalogue.Mapped {
		fmt.Fprintf(w, "mapping    %s\n", kinds(d))
	}
	if d.Relation == catalogue.OneVersion && !d.Structure {
		fmt.Fprintln(w, "answers    stay as they are: it is one version")
	} else if d.Relation != catalogue.Unmapped {
		printAnswers(w, d, newer)
	}
	if len(d.Changes) > 0 {
		fmt.Fprintf(w, "\nStructure, targets, cases and words\n")
		for _, c := range d.Changes {
			hanging(w, "  ", "    ", changed(c))
		}
	}
	if len(d.Texts) > 0 {
		fmt.Fprintf(w, "\nTexts\n")
	}
	var last catalogue.Place
	for _, t := range d.Texts {
		if t.Place() != last {
			last = t.Place()
			was := ""
			if t.Was != "" {
				was = ", was " + t.Was
			}
			hanging(w, "  ", "    ", last.String()+was)
		}
		hanging(w, fmt.Sprintf("    %s − ", t.Lang), "         ", cmp.Or(t.Old, "(nothing)"))
		hanging(w, "       + ", "         ", cmp.Or(t.New, "(nothing)"))
	}
}

func differs(yes bool) string {
	if yes {
		return "changed"
	}
	return "the same"
}

// texts counts the changed texts by language.
func texts(d catalogue.Diff) string {
	if len(d.Texts) == 0 {
		return differs(d.Wording)
	}
	var parts []string
	for _, lang := range catalogue.Languages {
		n := 0
		for _, t := range d.Texts {
			if t.Lang == lang {
				n++
			}
		}
		parts = append(parts, fmt.Sprintf("%d in %s", n, lang))
	}
	return "texts changed of what both have: " + strings.Join(parts, ", ")
}

// kinds counts the questions by what became of them.
func kinds(d catalogue.Diff) string {
	n := map[catalogue.Kind]int{}
	for _, a := range d.Answers {
		n[a.Kind]++
	}
	var parts []string
	for _, k := range []catalogue.Kind{catalogue.Same, catalogue.Reworded, catalogue.Split, catalogue.Merged, catalogue.New} {
		if n[k] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[k], k))
		}
	}
	return fmt.Sprintf("%s, %d gone", strings.Join(parts, ", "), len(d.Gone))
}

// printAnswers says of each question what carrying over does with its answer.
func printAnswers(w io.Writer, d catalogue.Diff, newer *catalogue.Catalogue) {
	var same, worded []string
	var look, first []catalogue.Carried
	for _, a := range d.Answers {
		switch a.Answer {
		case catalogue.CarrySame:
			key := string(a.Question)
			if a.From[0] != a.Question {
				key += " (was " + string(a.From[0]) + ")"
			}
			same = append(same, key)
			if a.Worded {
				worded = append(worded, key)
			}
		case catalogue.CarryLook:
			look = append(look, a)
		case catalogue.CarryNone:
			first = append(first, a)
		}
	}
	fmt.Fprintf(w, "\nIf answers are carried over\n")
	section := func(title string, n int) bool {
		if n > 0 {
			fmt.Fprintf(w, "  %s: %d\n", title, n)
		}
		return n > 0
	}
	if section("carried as they are", len(same)) {
		hanging(w, "    ", "    ", strings.Join(same, ", "))
	}
	if section("of these, asked in other words – do they still ask the same?", len(worded)) {
		hanging(w, "    ", "    ", strings.Join(worded, ", "))
	}
	if section("carried, to be looked at again", len(look)) {
		for _, a := range look {
			line := fmt.Sprintf("%s: %s", a.Question, a.Kind)
			if len(a.From) > 1 || a.From[0] != a.Question {
				line += " from " + joined(a.From)
			}
			if a.Kind == catalogue.Reworded && !a.Worded {
				line += " – and yet its words are the same"
			}
			hanging(w, "    ", "      ", line)
		}
	}
	if section("not carried, asked for the first time", len(first)) {
		for _, a := range first {
			hanging(w, "    ", "      ", fmt.Sprintf("%s: %s", a.Question, newer.In("nb").Questions[a.Question].Text))
		}
	}
	if section("gone with their answers", len(d.Gone)) {
		hanging(w, "    ", "    ", joined(d.Gone))
	}
}

// changed says a change in words.
func changed(c catalogue.Change) string {
	name := strings.TrimSpace(c.Of + " " + c.Key)
	switch c.What {
	case "new":
		if c.To != "" {
			return name + ": new, in " + c.To
		}
		return name + ": new"
	case "gone":
		if c.From != "" {
			return name + ": gone, was in " + c.From
		}
		return name + ": gone"
	case "moved":
		return fmt.Sprintf("%s: moved from %s to %s", name, c.From, c.To)
	case "order":
		if c.Key == "" {
			return c.Of + "s stand in another order"
		}
		return fmt.Sprintf("%ss of %s stand in another order", c.Of, c.Key)
	}
	return fmt.Sprintf("%s, %s: %s → %s", name, c.What, cmp.Or(c.From, "nothing"), cmp.Or(c.To, "nothing"))
}

// hanging writes a text with a beginning of its first line and another of those that follow, no line wider than what is printed.
func hanging(w io.Writer, first, rest, text string) {
	line, begun := first, false
	for _, word := range strings.Fields(text) {
		if begun && width(line)+1+width(word) > printed {
			fmt.Fprintln(w, line)
			line, begun = rest, false
		}
		for width(line)+width(word) > printed { // a word that fits on no line
			runes := []rune(word)
			room := printed - width(line)
			fmt.Fprintln(w, line+string(runes[:room]))
			line, word = rest, string(runes[room:])
		}
		if begun {
			line += " "
		}
		line, begun = line+word, true
	}
	fmt.Fprintln(w, line)
}

func width(s string) int { return utf8.RuneCountInString(s) }
