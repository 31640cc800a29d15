package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// save changes a saver's answer, with a note as long as people write, and remembers the tag of what stands then. Two saves of one
// saver must not run at the same time: the later would lose the race, as it should.
func (s *server) save(ctx context.Context, f *filled, n, edit int) error {
	who := &f.savers[n]
	body, err := json.Marshal(struct {
		Level int    `json:"level"`
		Note  string `json:"note"`
	}{edit % 6, fmt.Sprintf("Endring %d: rutinen er gjennomgått, og vi har avtalt hvem som følger opp.", edit)})
	if err != nil {
		return err
	}
	header := map[string]string{"Content-Type": "application/json", "Idempotency-Key": fmt.Sprintf("bench-%d-%d", n, edit)}
	if who.tag == "" {
		header["If-None-Match"] = "*"
	} else {
		header["If-Match"] = strconv.Quote(who.tag)
	}
	path := fmt.Sprintf("/api/v1/assessments/%s/%s/answers/%s", f.round, who.municipality, who.question)
	got, err := s.ask(ctx, http.MethodPut, path, who.token, header, body)
	if err != nil {
		return err
	}
	if got.status != http.StatusOK && got.status != http.StatusCreated {
		return fmt.Errorf("%s: %d %s", path, got.status, bytes.TrimSpace(got.body))
	}
	if who.tag, err = strconv.Unquote(got.header.Get("ETag")); err != nil || who.tag == "" {
		return fmt.Errorf("%s: the answer's ETag is %q", path, got.header.Get("ETag"))
	}
	return nil
}
