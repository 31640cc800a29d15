package main

import (
	"log/slog"
	"strings"
	"testing"

	"helhet/config"
	"helhet/internal/locale"
	"helhet/jobs"
)

// Each job has a name and says what it does, in every language: people see it on the page of jobs and in the audit log.
func TestEveryJobIsToldInWords(t *testing.T) {
	c, err := config.Load([]string{config.SettingStore + "=" + string(config.SQLite) + ":" + t.TempDir()}, "")
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s, err := openServices(t.Context(), c, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	runs, err := newScheduler(s, c, jobs.Options{Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	if len(runs.Names()) < 15 {
		t.Fatalf("%d jobs", len(runs.Names()))
	}
	for _, name := range append(runs.Names(), "scan-files") { // which there is only with something that scans
		for _, lang := range locale.Langs() {
			for _, key := range []string{"run.job." + name, "run.job." + name + ".about"} {
				if text := s.texts.For(lang).T(key); strings.HasPrefix(text, "⟦") {
					t.Errorf("%s: no %s", lang, key)
				}
			}
		}
	}
}
