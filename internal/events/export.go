package events

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"helhet/internal/store"
)

// openFacts are the facts that everyone may see who may read the log. What a municipality answered is not among them: answers,
// drafts and ratings never leave it, and neither does any fact that is not named here.
var openFacts = map[string]bool{
	"round": true, "question": true, "task": true, "answers": true, "tasks": true,
	"role": true, "municipality": true, "region": true, "person": true, "consent": true, "wanted": true,
}

// OpenFacts are the entry's facts that may leave the municipality.
func (e Entry) OpenFacts() []store.Fact {
	var open []store.Fact
	for _, f := range e.Data {
		if openFacts[f.Key] {
			open = append(open, f)
		}
	}
	return open
}

// FactValue is a fact's value as a reader writes it.
func FactValue(f store.Fact) string { return fmt.Sprint(f.Value) }

// Each reads along the chain in the order of its numbers, entries from a moment to another (not included; zero is open), and
// gives each to see. It checks nothing.
func (h *History) Each(ctx context.Context, from, to time.Time, see func(Entry) error) error {
	query := store.Query{Range: &store.Range{Field: "seq", From: int64(1)}, Order: []string{"seq"}, Limit: walkPage}
	for {
		page, err := h.docs.Find(ctx, query)
		if err != nil {
			return err
		}
		for _, e := range entriesOf(page) {
			if e.At.Before(from) || !to.IsZero() && !e.At.Before(to) {
				continue
			}
			if err := see(e); err != nil {
				return err
			}
		}
		if query.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// exported is an entry as a line of JSON.
type exported struct {
	Seq        int64          `json:"seq"`
	At         time.Time      `json:"at"`
	Type       string         `json:"type"`
	Actor      string         `json:"actor"`
	Scope      string         `json:"scope,omitempty"`
	Collection string         `json:"collection"`
	Document   string         `json:"document"`
	Facts      map[string]any `json:"facts,omitempty"`
	ID         string         `json:"id"`
	Previous   Hash           `json:"previous"`
	Hash       Hash           `json:"hash"`
}

// WriteJSON writes the entry as one line of JSON, with the facts that may leave the municipality.
func (e Entry) WriteJSON(w io.Writer) error {
	x := exported{e.Seq, e.At, e.Type, e.Actor, e.Scope, e.Collection, e.Document, nil, e.ID, e.Prev, e.Hash}
	for _, f := range e.OpenFacts() {
		if x.Facts == nil {
			x.Facts = map[string]any{}
		}
		x.Facts[f.Key] = f.Value
	}
	return json.NewEncoder(w).Encode(x)
}

// CSV writes entries as RFC 4180, with a header line.
type CSV struct{ w *csv.Writer }

// NewCSV writes the header.
func NewCSV(w io.Writer) (CSV, error) {
	c := CSV{csv.NewWriter(w)}
	c.w.UseCRLF = true
	return c, c.w.Write([]string{"seq", "at", "type", "actor", "scope", "collection", "document", "facts", "previous", "hash"})
}

// Write adds an entry, with the facts that may leave the municipality.
func (c CSV) Write(e Entry) error {
	var facts []string
	for _, f := range e.OpenFacts() {
		facts = append(facts, f.Key+"="+FactValue(f))
	}
	row := []string{strconv.FormatInt(e.Seq, 10), e.At.UTC().Format(time.RFC3339Nano), e.Type, e.Actor, e.Scope, e.Collection, e.Document,
		strings.Join(facts, " "), string(e.Prev), string(e.Hash)}
	for i, cell := range row {
		row[i] = Harmless(cell)
	}
	return c.w.Write(row)
}

// Harmless keeps a spreadsheet from running a cell as a formula: one that begins like it gets an apostrophe in front (OWASP, "CSV
// Injection").
func Harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// Flush ends the writing.
func (c CSV) Flush() error {
	c.w.Flush()
	return c.w.Error()
}
