package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// row is one number beside what the design asks of it.
type row struct {
	what, measured, target string
	verdict                verdict
}

type verdict string

const (
	met       verdict = "met"
	notMet    verdict = "NOT met"
	justShown verdict = ""
	failed    verdict = "not measured"
)

func judge(ok bool) verdict {
	if ok {
		return met
	}
	return notMet
}

// report gathers rows and writes them as a table.
type report struct{ rows []row }

func (r *report) add(what, measured, target string, v verdict) {
	r.rows = append(r.rows, row{what, measured, target, v})
}

// failed says that a number is missing, and why, rather than leaving it out.
func (r *report) failed(what, target string, err error) {
	r.add(what, err.Error(), target, failed)
}

func (r *report) write(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "what\ttarget\t\tmeasured")
	fmt.Fprintln(table, "----\t------\t\t--------")
	for _, row := range r.rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", row.what, row.target, row.verdict, row.measured)
	}
	return table.Flush()
}
