package locale

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// computedPrefixes are the keys' beginnings that the program completes with a value of the domain, mostly through Within. What
// stands under one counts as used.
var computedPrefixes = []string{
	"ambition.did", "assignment.who", "assumption.field", "assumption.help", "assumption.one", "assumption.what", "audit.fact", "audit.type", "batch.also", "batch.column", "batch.fate", "batch.preview", "benefit.amount", "benefit.direction", "benefit.field", "benefit.help", "benefit.lead", "benefit.mark", "benefit.part", "benefit.status", "benefit.type", "benefit.unit", "benefit.warning", "benefits.shelf", "calculation.no-rate", "carrier", "carry.kind", "change", "changes.about", "changes.count", "changes.field", "changes.group", "changes.kind", "changes.order", "changes.part", "consent", "consent.means", "dimension", "duty", "effect.sign", "effect.size", "error.benefit.wanted", "error.map.line", "error.sign-in", "evidence.scan", "exemption", "hand-in.step", "home.state", "indicator.field", "indicator.help", "indicator.per", "leaving.figures", "map.about", "map.add", "map.kind", "measurement.field", "measurement.help", "people.lead", "people.view", "person.handed", "person.owns", "problem", "ratings.stage", "region.by", "region.heat.even", "region.heat.title", "region.trend", "report.choose.about", "report.count", "report.file", "report.sheet", "report.sum", "report.use", "role", "round.ask", "round.do",
	"rounds.state", "run.code", "run.job", "run.number", "run.state", "sheet.fault", "standing", "statement.keeps", "status", "step.did", "step.do", "step.status", "target.band", "target.place",
}

// uses is what one scan of the sources finds.
type uses struct {
	asked    map[string]string // a key that is certainly asked for, and where
	literals map[string]bool   // every string that stands in a source, and may be a key
}

var inTemplate = regexp.MustCompile(`\bT\s+"([^"]+)"`)

func scan(t *testing.T, root string) uses {
	t.Helper()
	u := uses{asked: map[string]string{}, literals: map[string]bool{}}
	quoted := regexp.MustCompile(`"([A-Za-z][A-Za-z0-9.-]*)"`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case ".git", "node_modules", "dist", "testdata", "locale", "bin", "data", "tools":
				return filepath.SkipDir
			}
			return nil
		}
		switch {
		case strings.HasSuffix(path, "_test.go"):
		case strings.HasSuffix(path, ".go"):
			scanGo(t, path, u)
		case strings.HasSuffix(path, ".html"), strings.HasSuffix(path, ".tmpl"):
			body, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range inTemplate.FindAllStringSubmatch(string(body), -1) {
				u.asked[m[1]] = path
			}
			for _, m := range quoted.FindAllStringSubmatch(string(body), -1) {
				u.literals[m[1]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// scanGo reads one Go source: strings given to T, and the message keys of faults.
func scanGo(t *testing.T, path string, u uses) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Logf("%s does not parse at the moment: %v", path, err)
		return
	}
	ask := func(e ast.Expr) {
		if key, ok := text(e); ok && key != "" {
			u.asked[key] = set.Position(e.Pos()).String()
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if s, ok := text(n); ok {
				u.literals[s] = true
			}
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				break
			}
			on, _ := sel.X.(*ast.Ident)
			switch {
			case sel.Sel.Name == "T" && len(n.Args) > 0:
				ask(n.Args[0])
			case on != nil && on.Name == "fault" && (sel.Sel.Name == "New" || sel.Sel.Name == "Wrong") && len(n.Args) > 2:
				ask(n.Args[2])
			}
		case *ast.CompositeLit:
			sel, ok := n.Type.(*ast.SelectorExpr)
			if !ok || (sel.Sel.Name != "Error" && sel.Sel.Name != "Field") {
				break
			}
			if on, ok := sel.X.(*ast.Ident); !ok || on.Name != "fault" {
				break
			}
			for _, element := range n.Elts {
				if kv, ok := element.(*ast.KeyValueExpr); ok {
					if name, ok := kv.Key.(*ast.Ident); ok && name.Name == "Key" {
						ask(kv.Value)
					}
				}
			}
		}
		return true
	})
}

func text(e ast.Expr) (string, bool) {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(literal.Value)
	return s, err == nil
}

// TestEveryKeyAskedForExists: a page or a fault that names a text finds it.
func TestEveryKeyAskedForExists(t *testing.T) {
	c := loaded(t)
	u := scan(t, filepath.Join("..", ".."))
	if len(u.asked) < 10 {
		t.Fatalf("the scan found only %d uses: it looks in the wrong place", len(u.asked))
	}
	for key, where := range u.asked {
		if _, ok := c.texts[Bokmal][key]; !ok {
			t.Errorf("%s asks for %q, which no file holds", where, key)
		}
	}
}

// TestComputedPrefixesAreUsed: a prefix that no source completes any more would hide its texts from TestEveryTextIsUsed.
func TestComputedPrefixesAreUsed(t *testing.T) {
	u := scan(t, filepath.Join("..", ".."))
	for _, prefix := range computedPrefixes {
		if !u.literals[prefix+"."] && !u.literals[prefix] {
			t.Errorf("no source completes %q", prefix+".")
		}
	}
}

// TestEveryTextIsUsed: a text that nobody asks for is one more to translate and to get wrong.
func TestEveryTextIsUsed(t *testing.T) {
	c := loaded(t)
	u := scan(t, filepath.Join("..", ".."))
	for key := range c.texts[Bokmal] {
		if u.literals[key] || computed(key) || ownKey(key) {
			continue
		}
		t.Errorf("no source asks for %q", key)
	}
}

// ownKey tells the texts that this package asks for itself, to write lists and dates.
func ownKey(key string) bool {
	return key == "list.and" || key == "date.at" || strings.HasPrefix(key, "month.")
}

func computed(key string) bool {
	for _, prefix := range computedPrefixes {
		if strings.HasPrefix(key, prefix+".") {
			return true
		}
	}
	return false
}
