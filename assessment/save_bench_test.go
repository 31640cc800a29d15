package assessment

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/org"
)

// BenchmarkSaveAnswer is what a saved answer costs below HTTP: 64 people who save again at once, each in an assessment of her
// own of about 17 kB, on the embedded engine.
func BenchmarkSaveAnswer(b *testing.B) {
	all, err := catalogue.Load()
	if err != nil {
		b.Fatal(err)
	}
	var full *catalogue.Catalogue
	for _, c := range all {
		full = c
	}
	const people = 64
	w := newWorld(b, people, full)
	r := must(w.service.Plan(w.ctx(), lead(), Plan{Region: region, Name: "Høst 2026", Catalogue: full.Key(), OpensAt: start, ClosesAt: start.Add(24 * time.Hour)}))(b)
	r = must(w.service.Open(w.ctx(), lead(), r.ID))(b)
	var questions []catalogue.QuestionKey
	for _, t := range full.Tasks() {
		for _, q := range t.Questions {
			questions = append(questions, q.Key)
		}
	}
	tags := make([]string, people)
	for i, p := range r.Participants {
		fill := Fill{Round: r.ID, Municipality: p.Municipality}
		for _, q := range questions {
			fill.Answers = append(fill.Answers, FillAnswer{q, Value{Level: new(3), Note: "Rutinen er gjennomgått."}})
		}
		a := must(w.service.Fill(w.ctx(), coordinator(p.Municipality), fill))(b)
		tags[i] = a.Answer(questions[0]).Tag
	}
	var next atomic.Int64
	var group sync.WaitGroup
	save := func(i int, m org.MunicipalityID) error {
		n := next.Add(1)
		a, err := w.service.SaveAnswer(w.ctx(), contributor(m), Save{Round: r.ID, Municipality: m, Question: questions[0], Tag: tags[i],
			Value: Value{Level: new(int(n % 6)), Note: fmt.Sprintf("Endring %d %s", n, strings.Repeat("x", 20))}, Edit: fmt.Sprint("e", n)})
		if err == nil {
			tags[i] = a.Answer(questions[0]).Tag
		}
		return err
	}
	b.ReportAllocs()
	b.ResetTimer()
	begun := time.Now()
	for i, p := range r.Participants {
		group.Go(func() {
			for range b.N/people + 1 {
				if err := save(i, p.Municipality); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(next.Load())/time.Since(begun).Seconds(), "saves/s")
	relayed := 0
	for {
		n, err := w.history.Relay(w.ctx(), 500)
		if err != nil {
			b.Fatal(err)
		}
		if relayed += n; n == 0 {
			break
		}
	}
}
