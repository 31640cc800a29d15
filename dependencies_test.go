package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDependencies: docs/dependencies.md explains each direct dependency, and nothing that is no longer one.
func TestDependencies(t *testing.T) {
	doc, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(doc), -1) {
		if explained[row[1]] {
			t.Errorf("docs/dependencies.md explains %s twice", row[1])
		}
		explained[row[1]] = true
	}
	direct, err := directDependencies()
	if err != nil {
		t.Fatal(err)
	}
	for name, where := range direct {
		if !explained[name] {
			t.Errorf("%s uses %s, which docs/dependencies.md does not explain", where, name)
		}
	}
	for name := range explained {
		if direct[name] == "" {
			t.Errorf("docs/dependencies.md explains %s, which nothing uses", name)
		}
	}
}

// directDependencies finds modules and packages our own code and builds name, each with one place that does.
func directDependencies() (map[string]string, error) {
	direct := map[string]string{}
	required, err := requiredModules("go.mod")
	if err != nil {
		return nil, err
	}
	files, err := readImports(".")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		for _, imported := range f.imports {
			if imported == module || strings.HasPrefix(imported, module+"/") {
				continue
			}
			name := imported // a module that go.mod lacks shows as itself
			for _, candidate := range required {
				if imported == candidate || strings.HasPrefix(imported, candidate+"/") {
					name = candidate
					break
				}
			}
			direct[name] = f.file
		}
	}

	// The modules beside the product: what they require without the mark "indirect", and their tools.
	for _, file := range []string{"tools/go.mod", "internal/store/mongodb/ferret/go.mod", "internal/auth/oidctest/provider/go.mod"} {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, m := range regexp.MustCompile(`(?m)^(?:require)?\s+(\S+\.\S+/\S+) v\S+$`).FindAllStringSubmatch(string(text), -1) {
			direct[m[1]] = file
		}
		required, err := requiredModules(file)
		if err != nil {
			return nil, err
		}
		for _, m := range regexp.MustCompile(`(?m)^tool (\S+)$`).FindAllStringSubmatch(string(text), -1) {
			for _, candidate := range required {
				if strings.HasPrefix(m[1], candidate+"/") {
					direct[candidate] = file
				}
			}
		}
	}

	text, err := os.ReadFile("api/web/package.json")
	if err != nil {
		return nil, err
	}
	var manifest struct{ Dependencies, DevDependencies map[string]string }
	if err := json.Unmarshal(text, &manifest); err != nil {
		return nil, err
	}
	for name := range manifest.Dependencies {
		direct[name] = "api/web/package.json"
	}
	for name := range manifest.DevDependencies {
		direct[name] = "api/web/package.json"
	}
	return direct, nil
}

// requiredModules lists the modules a go.mod requires, the longest path first.
func requiredModules(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^(?:require)?\s+(\S+) v\d\S*`).FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return names, nil
}
