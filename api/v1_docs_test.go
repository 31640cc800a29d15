package api

import (
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")
	shellWord  = regexp.MustCompile(`"([^"]*)"|'([^']*)'|(\S+)`)
)

// TestDocumentedExamples runs every curl of docs/api.md, in its order, and expects the status that stands behind it.
func TestDocumentedExamples(t *testing.T) {
	s := startServer(t)
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	question := string(s.free(0))
	task, _, _ := strings.Cut(question, ".")
	request, _ := s.asked("1", "larvik")
	values := map[string]string{"BASE": s.URL, "COORDINATOR": s.token(coordinatorEmail), "LEAD": s.token(leadEmail), "LEADER": s.token(leaderEmail), "READER": s.token(readerEmail), "QUESTION": question, "TASK": task,
		"ROUND": string(s.openRound().ID), "PUBLISHED": string(s.lastPublished().ID), "PERSON": string(s.person(contributorEmail).ID), "REQUEST": request.ID,
		"TAG": strconv.Quote(string(request.Tag)), "PUBLICATION": string(s.lastPublished().Publication())}
	ran := 0
	for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		for line := range strings.SplitSeq(strings.TrimSpace(strings.ReplaceAll(block[1], "\\\n", "")), "\n") {
			command, want, _ := strings.Cut(line, "   # ")
			status, err := strconv.Atoi(strings.TrimSpace(want))
			if err != nil {
				t.Errorf("%s: no status behind it", line)
				continue
			}
			got := s.do(s.curl(command, values))
			if got.Status != status {
				t.Errorf("%s: %d: %.300s", line, got.Status, got.Body)
			}
			if etag := got.Header.Get("ETag"); etag != "" {
				values["ETAG"] = etag
			}
			ran++
		}
	}
	if ran < 20 {
		t.Errorf("only %d examples", ran)
	}
}

// curl makes the request that curl would send, for the options the page uses.
func (s *testServer) curl(command string, values map[string]string) *http.Request {
	s.t.Helper()
	var words []string
	for _, m := range shellWord.FindAllStringSubmatch(command, -1) {
		word := m[2]
		if word == "" {
			word = os.Expand(m[1]+m[3], func(name string) string {
				value, ok := values[name]
				if !ok {
					s.t.Errorf("%s: no value for %s", command, name)
				}
				return value
			})
		}
		words = append(words, word)
	}
	method, body, url := http.MethodGet, "", ""
	var header []string
	for i := 1; i < len(words); i++ {
		switch words[i] {
		case "-X":
			i++
			method = words[i]
		case "-d":
			i++
			body = words[i]
		case "-H":
			i++
			name, value, _ := strings.Cut(words[i], ": ")
			header = append(header, name, value)
		default:
			url = words[i]
		}
	}
	return s.request(method, strings.TrimPrefix(url, s.URL), body, header...)
}
