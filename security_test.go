package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestSecurityNamesTests: each test that SECURITY.md and docs/asvs.md point to is there, so that neither promises what nothing shows.
func TestSecurityNamesTests(t *testing.T) {
	there := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		for _, m := range declared.FindAllStringSubmatch(string(source), -1) {
			there[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	for file, least := range map[string]int{"SECURITY.md": 30, "docs/asvs.md": 20} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := named.FindAllStringSubmatch(string(text), -1)
		if len(found) < least {
			t.Errorf("%s names only %d tests", file, len(found))
		}
		for _, m := range found {
			if !there[m[1]] {
				t.Errorf("%s points to %s, which is no test", file, m[1])
			}
		}
	}
}

// asvsSections is how many requirements of levels 1 and 2 each section of version 4.0.3 has. Some numbers are deleted, some are of level 3.
var asvsSections = map[string]int{
	"1.1": 7, "1.2": 4, "1.4": 3, "1.5": 4, "1.6": 4, "1.7": 2, "1.8": 2, "1.9": 2, "1.10": 1, "1.11": 2, "1.12": 1, "1.14": 6,
	"2.1": 12, "2.2": 3, "2.3": 3, "2.4": 5, "2.5": 7, "2.6": 3, "2.7": 6, "2.8": 7, "2.9": 3, "2.10": 4,
	"3.1": 1, "3.2": 4, "3.3": 4, "3.4": 5, "3.5": 3, "3.7": 1,
	"4.1": 4, "4.2": 2, "4.3": 3,
	"5.1": 5, "5.2": 8, "5.3": 10, "5.4": 3, "5.5": 4,
	"6.1": 3, "6.2": 6, "6.3": 2, "6.4": 2,
	"7.1": 4, "7.2": 2, "7.3": 3, "7.4": 3,
	"8.1": 4, "8.2": 3, "8.3": 8,
	"9.1": 3, "9.2": 4,
	"10.2": 2, "10.3": 3,
	"11.1": 8,
	"12.1": 3, "12.2": 1, "12.3": 6, "12.4": 2, "12.5": 2, "12.6": 1,
	"13.1": 4, "13.2": 5, "13.3": 2, "13.4": 2,
	"14.1": 4, "14.2": 6, "14.3": 2, "14.4": 7, "14.5": 4,
}

// TestASVSIsAnsweredWhole: every requirement of levels 1 and 2 has one row, and each says one of five things, as often as the summary says.
func TestASVSIsAnsweredWhole(t *testing.T) {
	text, err := os.ReadFile("docs/asvs.md")
	if err != nil {
		t.Fatal(err)
	}
	seen, answers := map[string]bool{}, map[string]int{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+\.\d+\.\d+) \| ([^|]*) \| ([^|]*) \|$`).FindAllStringSubmatch(string(text), -1) {
		if seen[row[1]] {
			t.Errorf("%s stands there twice", row[1])
		}
		seen[row[1]] = true
		answer := strings.TrimSpace(row[2])
		answers[answer]++
		if answer != "met" && answer != "not met" && answer != "partly" && answer != "operator" && answer != "n/a" || strings.TrimSpace(row[3]) == "" {
			t.Errorf("%s is answered %q, %q", row[1], row[2], row[3])
		}
	}
	for section, want := range asvsSections {
		n := 0
		for number := range seen {
			if strings.HasPrefix(number, section+".") {
				n++
			}
		}
		if n != want {
			t.Errorf("section %s has %d answers, want %d", section, n, want)
		}
	}
	summed := regexp.MustCompile(`(?m)^\| ([a-z /]+) \| [^|]+ \| (\d+) \|$`).FindAllStringSubmatch(string(text), -1)
	if len(summed) != len(answers) {
		t.Errorf("%d answers are counted, want %d", len(summed), len(answers))
	}
	for _, row := range summed {
		if n := strconv.Itoa(answers[row[1]]); row[2] != n {
			t.Errorf("%q stands %s times, and the summary says %s", row[1], n, row[2])
		}
	}
}
