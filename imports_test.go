package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "helhet"

// importRules are the tables of docs/architecture.md.
type importRules struct {
	ours    map[string]importRow
	tools   []string            // test tools: for test files, and for nobody else
	foreign map[string][]string // module or package path to the packages that may import it
}

type importRow struct {
	everything bool
	named      []string // allowed; with everything: the exceptions
	planned    bool
}

// fileImports is what one Go file imports, standard library left out.
type fileImports struct {
	file    string // "api/assets.go"
	pkg     string // "api"; the root is "main"
	test    bool
	imports []string
}

// realInTests is what test files use to have the real thing under them: both engines, and the demo region.
var realInTests = []string{"internal/store/sqlite", "internal/store/mongodb", "demo"}

func TestImports(t *testing.T) {
	doc, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := parseImportRules(string(doc))
	if err != nil {
		t.Fatal(err)
	}
	files, err := readImports(".")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("only %d Go files found", len(files))
	}
	for _, fault := range rules.check(files) {
		t.Error(fault)
	}
}

// TestImportsAreHeld breaks each rule once, so that a check that lets everything through cannot pass for a tidy tree.
func TestImportsAreHeld(t *testing.T) {
	doc, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := parseImportRules(string(doc))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		pkg, imports string
		test         bool
		want         string // part of the fault; empty: allowed
	}{
		{"api", "helhet/assessment", false, ""},
		{"api", "helhet/jobs", false, "api/x.go: api may not import jobs"},
		{"jobs", "helhet/api", false, "jobs may not import api"},
		{"jobs", "helhet/api", true, "jobs may not import api"},
		{"api", "helhet/config", false, "api may not import config"},
		{"main", "helhet/config", false, ""},
		{"org", "helhet/assessment", false, "org may not import assessment"},
		{"org", "helhet/internal/events", false, "org may not import internal/events"},
		{"assessment", "helhet/internal/store", false, ""},
		{"assessment", "helhet/internal/store/sqlite", false, "assessment may not import internal/store/sqlite"},
		{"assessment", "helhet/internal/store/sqlite", true, ""},
		{"assessment", "helhet/internal/store/storetest", true, ""},
		{"assessment", "helhet/internal/store/storetest", false, "storetest"},
		{"api", "helhet/internal/store/storetest", false, "storetest"},
		{"org", "github.com/gin-gonic/gin", false, "github.com/gin-gonic/gin belongs to api"},
		{"org", "github.com/gin-gonic/gin", true, "belongs to api"},
		{"org", "github.com/gin-gonic/gin/binding", false, "belongs to api"},
		{"api", "github.com/gin-gonic/gin/binding", false, ""},
		{"api", "github.com/robfig/cron/v3", false, "belongs to jobs"},
		{"api", "github.com/go-echarts/go-echarts/v2/opts", false, "belongs to charts"},
		{"internal/store", "go.mongodb.org/mongo-driver/v2/bson", false, ""},
		{"internal/store", "go.mongodb.org/mongo-driver/v2/mongo", false, "belongs to internal/store/mongodb"},
		{"internal/store/sqlite", "go.mongodb.org/mongo-driver/v2/bson", false, ""},
		{"internal/store/sqlite", "go.mongodb.org/mongo-driver/v2/bson/primitive", false, ""},
		{"assessment", "go.mongodb.org/mongo-driver/v2/bson", false, "belongs to internal/store"},
		{"assessment", "pgregory.net/rapid", true, ""},
		{"assessment", "pgregory.net/rapid", false, "pgregory.net/rapid belongs to"},
		{"assessment", "example.org/new", false, "no row"},
		{"newcomer", "helhet/org", false, "newcomer has no row"},
	} {
		files := []fileImports{{file: path.Join(c.pkg, "x.go"), pkg: c.pkg, test: c.test, imports: []string{c.imports}}}
		faults := rules.checkFiles(files)
		got := strings.Join(faults, "; ")
		if c.want == "" && got != "" || c.want != "" && !strings.Contains(got, c.want) {
			t.Errorf("%s importing %s (test file: %v) gives %q, want %q", c.pkg, c.imports, c.test, got, c.want)
		}
	}
}

// check holds the files against the rules, and the rules' list of packages against the tree.
func (r importRules) check(files []fileImports) []string {
	faults := r.checkFiles(files)
	there := map[string]bool{}
	for _, f := range files {
		there[f.pkg] = true
	}
	for name, row := range r.ours {
		if row.planned && there[name] {
			faults = append(faults, fmt.Sprintf("docs/architecture.md calls %s planned, but it is there", name))
		}
		if !row.planned && !there[name] {
			faults = append(faults, fmt.Sprintf("docs/architecture.md has a row for %s, which does not exist and is not called planned", name))
		}
	}
	slices.Sort(faults)
	return faults
}

func (r importRules) checkFiles(files []fileImports) []string {
	var faults []string
	for _, f := range files {
		if _, known := r.ours[f.pkg]; !known {
			faults = append(faults, fmt.Sprintf("%s: the package %s has no row in docs/architecture.md", f.file, f.pkg))
			continue
		}
		for _, imported := range f.imports {
			if name, ours := strings.CutPrefix(imported, module+"/"); ours {
				if !r.allows(f, name) {
					faults = append(faults, fmt.Sprintf("%s: %s may not import %s", f.file, f.pkg, name))
				}
				continue
			}
			owners, known := r.owners(imported)
			switch {
			case !known:
				faults = append(faults, fmt.Sprintf("%s: %s has no row among the foreign packages of docs/architecture.md", f.file, imported))
			case slices.Contains(owners, f.pkg), f.test && slices.Contains(owners, "test files"):
			default:
				faults = append(faults, fmt.Sprintf("%s: %s belongs to %s", f.file, imported, strings.Join(owners, ", ")))
			}
		}
	}
	return faults
}

func (r importRules) allows(f fileImports, name string) bool {
	if name == f.pkg {
		return true // an outside test of the package itself
	}
	if f.test && (slices.Contains(r.tools, name) || slices.Contains(realInTests, name)) {
		return true
	}
	row := r.ours[f.pkg]
	if row.everything {
		return !slices.Contains(row.named, name) && !slices.Contains(r.tools, name)
	}
	return slices.Contains(row.named, name)
}

// owners finds the longest row that the import path is, or lies below.
func (r importRules) owners(imported string) ([]string, bool) {
	for prefix := imported; prefix != "." && prefix != "/"; prefix = path.Dir(prefix) {
		if owners, found := r.foreign[prefix]; found {
			return owners, true
		}
	}
	return nil, false
}

var (
	quoted  = regexp.MustCompile("`([^`]+)`")
	oursRow = regexp.MustCompile(`^\| .+ \| .+ \| .+ \|$`)
	twoRow  = regexp.MustCompile("^\\| `[^|]+ \\| [^|]+ \\|$")
)

func parseImportRules(doc string) (importRules, error) {
	rules := importRules{ours: map[string]importRow{}, foreign: map[string][]string{}}
	_, doc, found := strings.Cut(doc, "\n## Who may import whom\n")
	if !found {
		return rules, fmt.Errorf("docs/architecture.md has no section on who may import whom")
	}
	inTools := false
	for line := range strings.Lines(doc) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "Test tools"):
			inTools = true
		case strings.HasPrefix(line, "| `") && oursRow.MatchString(line):
			cells := strings.Split(strings.Trim(line, "|"), "|")
			name := quoted.FindStringSubmatch(cells[0])[1]
			allowed := strings.TrimSpace(cells[2])
			row := importRow{planned: strings.Contains(cells[0], "*(planned)*"), everything: strings.HasPrefix(allowed, "everything")}
			for _, m := range quoted.FindAllStringSubmatch(allowed, -1) {
				row.named = append(row.named, m[1])
			}
			if !row.everything && len(row.named) == 0 && allowed != "nothing" {
				return rules, fmt.Errorf("docs/architecture.md: what may %s import? %q", name, allowed)
			}
			if _, twice := rules.ours[name]; twice {
				return rules, fmt.Errorf("docs/architecture.md: %s has two rows", name)
			}
			rules.ours[name] = row
			if inTools {
				rules.tools = append(rules.tools, name)
			}
		case twoRow.MatchString(line):
			cells := strings.Split(strings.Trim(line, "|"), "|")
			name := quoted.FindStringSubmatch(cells[0])[1]
			owners := []string{}
			for _, m := range quoted.FindAllStringSubmatch(cells[1], -1) {
				owners = append(owners, m[1])
			}
			if strings.Contains(cells[1], "test files") {
				owners = append(owners, "test files")
			}
			if len(owners) == 0 {
				return rules, fmt.Errorf("docs/architecture.md: who may import %s?", name)
			}
			rules.foreign[name] = owners
		}
	}
	if len(rules.ours) == 0 || len(rules.foreign) == 0 || len(rules.tools) == 0 {
		return rules, fmt.Errorf("docs/architecture.md: a table is missing")
	}
	return rules, nil
}

// readImports reads the import clauses of every Go file of this module, whatever its build tags.
func readImports(root string) ([]fileImports, error) {
	var files []fileImports
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name == root {
				return nil
			}
			if base := entry.Name(); base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
				return filepath.SkipDir // a module of its own
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		f := fileImports{file: filepath.ToSlash(name), pkg: filepath.ToSlash(filepath.Dir(name)), test: strings.HasSuffix(name, "_test.go")}
		if f.pkg == "." {
			f.pkg = "main"
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if first, _, _ := strings.Cut(imported, "/"); first == module || strings.Contains(first, ".") {
				f.imports = append(f.imports, imported)
			}
		}
		files = append(files, f)
		return nil
	})
	return files, err
}
