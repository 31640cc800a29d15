package api

import (
	"net/http"
	"testing"
)

func TestSmoke(t *testing.T) {
	s := startServer(t)
	for _, p := range []string{"/openapi.json", "/api/v1/municipalities?limit=2", "/api/v1/catalogues", "/api/v1/rounds?limit=2", "/api/v1/rounds/" + string(s.openRound().ID), "/api/v1/rounds/" + string(s.lastPublished().ID) + "/results?limit=1", "/api/v1/assessments/" + string(s.openRound().ID) + "/3909", "/api/v1/regions/vestfold-telemark", "/api/v1/regions/vestfold-telemark/trend", "/api/v1/regions/vestfold-telemark/trend?municipality=larvik&municipality=tokke&area=support", "/api/v1/regions/vestfold-telemark/trend?x=2&area=support", "/api/v1/publications/" + string(s.lastPublished().Publication()), "/api/v1/nope"} {
		got := s.call(coordinatorEmail, http.MethodGet, p, "")
		t.Logf("%s %d %d\n%.1500s", p, got.Status, len(got.Body), got.Body)
	}
	q := "/api/v1/assessments/" + string(s.openRound().ID) + "/3909/answers/henvise.ansvar"
	for _, b := range []string{`{"level":2.5}`, `{"level":"3"}`, `{"level":true}`, `{"level":null}`, `{"level":6}`, `{"level":-1}`, `{"level":3.0}`, `{"level":1e30}`, `{"level":1e400}`, `{"level":3,"notApplicable":"x"}`, `{"levle":3}`, `{"Level":3}`, `{"level":3,"Level":4}`, `{"level":3`, `[]`, "{\"note\":\"\xff\"}"} {
		got := s.call(coordinatorEmail, http.MethodPut, q, b, "If-None-Match", "*")
		t.Logf("%s %d\n%s", b, got.Status, got.Body)
	}
}
