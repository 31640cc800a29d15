package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"
)

// save changes a saver's answer, and remembers the tag of what stands then. Two saves of one saver must not run at the same time: the later
// would lose the race, as it should.
func (s *server) save(ctx context.Context, f *filled, n, edit int) error {
	who := &f.savers[n]
	got, tag, err := s.put(ctx, change{f.round, who.municipality, who.question, who.token, who.tag, fmt.Sprintf("bench-%d-%d", n, edit), edit})
	if err != nil {
		return err
	}
	if got.status != http.StatusOK && got.status != http.StatusCreated {
		return fmt.Errorf("%s of %s: %d %s", who.question, who.municipality, got.status, bytes.TrimSpace(got.body))
	}
	who.tag = tag
	return nil
}

// change is one save of one answer: built on the answer with that tag, "" where there was none.
type change struct {
	round        assessment.RoundID
	municipality org.MunicipalityID
	question     catalogue.QuestionKey
	token, built string
	key          string // the sender's own id of the edit
	n            int    // which level and note
}

// put asks for a change, with a note as long as people write. The tag is of what stands then, or stood when somebody else was first.
func (c *client) put(ctx context.Context, ch change) (got answer, tag string, err error) {
	body, err := json.Marshal(struct {
		Level int    `json:"level"`
		Note  string `json:"note"`
	}{ch.n % 6, fmt.Sprintf("Endring %d: rutinen er gjennomgått, og vi har avtalt hvem som følger opp.", ch.n)})
	if err != nil {
		return got, "", err
	}
	header := map[string]string{"Content-Type": "application/json", "Idempotency-Key": ch.key}
	if ch.built == "" {
		header["If-None-Match"] = "*"
	} else {
		header["If-Match"] = strconv.Quote(ch.built)
	}
	path := fmt.Sprintf("/api/v1/assessments/%s/%s/answers/%s", ch.round, ch.municipality, ch.question)
	if got, err = c.ask(ctx, http.MethodPut, path, ch.token, header, body); err != nil {
		return got, "", err
	}
	switch got.status {
	case http.StatusOK, http.StatusCreated:
		tag, err = strconv.Unquote(got.header.Get("ETag"))
	case http.StatusPreconditionFailed:
		var lost struct{ Current struct{ Tag string } }
		err = json.Unmarshal(got.body, &lost)
		tag = lost.Current.Tag
	default:
		return got, "", nil
	}
	if err == nil && tag == "" {
		err = errors.New("no tag")
	}
	if err != nil {
		return got, "", fmt.Errorf("%s: the answer's tag: %w", path, err)
	}
	return got, tag, nil
}
