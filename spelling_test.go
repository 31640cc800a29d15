package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// dictionaries are Debian's, by our language.
var dictionaries = map[string]string{"nb": "nb_NO", "nn": "nn_NO", "en": "en_GB"}

// textFiles are where the words that people read stand, by language.
var textFiles = []string{"internal/locale/%s/*.yaml", "assessment/catalogue/*/%s/*.yaml", "benefits/indicators/%s.yaml"}

// place is where a word stands: "internal/locale/nb/task.yaml:12".
type place string

// TestSpelling checks every text against Debian's dictionary and our own list, internal/locale/words. A compound or a name
// that the dictionary does not know is added to the list by hand, after a look.
func TestSpelling(t *testing.T) {
	for language := range dictionaries {
		t.Run(language, func(t *testing.T) {
			known, err := readWords(language)
			if err != nil {
				t.Fatal(err)
			}
			words, err := readTexts(language)
			if err != nil {
				t.Fatal(err)
			}
			if len(words) < 300 {
				t.Fatalf("only %d words found", len(words))
			}
			unknown, err := misspelt(language, words, known)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range unknown {
				t.Errorf("%s: %q is unknown", words[word], word)
			}
		})
	}
}

// TestSpellingFindsFaults: a misspelt word is found in each language, and one from our list is not.
func TestSpellingFindsFaults(t *testing.T) {
	for language, wrong := range map[string]string{"nb": "kommunnen", "nn": "kommunnar", "en": "municipallity"} {
		words := map[string]place{wrong: "here:1", "Velferdsproft": "here:2", "velferdsproft": "here:3"}
		unknown, err := misspelt(language, words, map[string]bool{"velferdsproft": true})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(unknown, []string{wrong}) {
			t.Errorf("%s: found %q, want %q alone", language, unknown, wrong)
		}
	}
}

func TestWordLists(t *testing.T) {
	for language := range dictionaries {
		list, err := os.ReadFile(wordList(language))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(list), "\n"), "\n")
		if !slices.IsSorted(lines) || len(slices.Compact(slices.Clone(lines))) != len(lines) {
			t.Errorf("%s is not sorted by bytes (LC_ALL=C sort -u), each word once", wordList(language))
		}
	}
}

func TestWordsOf(t *testing.T) {
	for text, want := range map[string][]string{
		"Lagret {time}. IT-drift, e-post":                 {"Lagret", "IT", "drift", "post"},
		"Se https://www.ks.no/helse og a@b.no":            {"Se", "og"},
		"Don’t guess the municipality's level":            {"Don't", "guess", "the", "municipality's", "level"},
		"{{klammer}} 2,4 «blåbær»":                        {"klammer", "blåbær"},
		"som application/json.":                           {"som"},
		"99.9 % n = 7":                                    nil,
		"«Kommunene' egne» tall":                          {"Kommunene", "egne", "tall"},
		"Tjenesteforløp–videreutvikling og/eller support": {"Tjenesteforløp", "videreutvikling", "og", "eller", "support"},
	} {
		if got := wordsOf(text); !slices.Equal(got, want) {
			t.Errorf("wordsOf(%q) = %q, want %q", text, got, want)
		}
	}
}

func wordList(language string) string { return "internal/locale/words/" + language + ".txt" }

func readWords(language string) (map[string]bool, error) {
	list, err := os.ReadFile(wordList(language))
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for word := range strings.Lines(string(list)) {
		known[strings.TrimSpace(word)] = true
	}
	return known, nil
}

// readTexts gathers each word of a language's texts with the first place it stands.
func readTexts(language string) (map[string]place, error) {
	words := map[string]place{}
	return words, eachText(language, func(text string, at place) {
		for _, word := range wordsOf(text) {
			if _, seen := words[word]; !seen {
				words[word] = at
			}
		}
	})
}

// eachText shows each of a language's texts with the place it stands.
func eachText(language string, see func(text string, at place)) error {
	for _, pattern := range textFiles {
		names, err := filepath.Glob(fmt.Sprintf(pattern, language))
		if err != nil {
			return err
		}
		for _, name := range names {
			file, err := parser.ParseFile(name, 0)
			if err != nil {
				return err
			}
			for _, doc := range file.Docs {
				if doc.Body != nil {
					values(doc.Body, func(text string, line int) { see(text, place(fmt.Sprintf("%s:%d", name, line))) })
				}
			}
		}
	}
	return nil
}

// values visits the values of mappings and lists. Keys are no texts, and neither is the area that a questionnaire's file is about.
func values(node ast.Node, see func(text string, line int)) {
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, entry := range n.Values {
			values(entry, see)
		}
	case *ast.MappingValueNode:
		if n.Key.String() != "area" {
			values(n.Value, see)
		}
	case *ast.SequenceNode:
		for _, entry := range n.Values {
			values(entry, see)
		}
	case *ast.LiteralNode:
		see(n.Value.Value, n.Start.Position.Line)
	case *ast.StringNode:
		see(n.Value, n.Token.Position.Line)
	}
}

var (
	noWords  = regexp.MustCompile(`https?://\S+|\S+@\S+|application/\S+`)
	blank    = regexp.MustCompile(`\{[A-Za-z][A-Za-z0-9]*\}`)
	oneWord  = regexp.MustCompile(`\p{L}[\p{L}\p{M}']*`)
	brackets = strings.NewReplacer("{{", " ", "}}", " ", "’", "'")
)

// wordsOf takes a text apart. Single letters are no words to check.
func wordsOf(text string) []string {
	text = noWords.ReplaceAllString(text, " ")
	text = blank.ReplaceAllString(brackets.Replace(text), " ")
	var words []string
	for _, word := range oneWord.FindAllString(text, -1) {
		if word = strings.Trim(word, "'"); utf8.RuneCountInString(word) > 1 {
			words = append(words, word)
		}
	}
	return words
}

// misspelt asks hunspell for the words it does not know, and leaves out those that our own list has. A listed word may begin
// with a capital letter, as it does first in a sentence; a listed name must have its own.
func misspelt(language string, words map[string]place, known map[string]bool) ([]string, error) {
	var ask []string
	for word := range words {
		first, size := utf8.DecodeRuneInString(word)
		if !known[word] && !known[string(unicode.ToLower(first))+word[size:]] {
			ask = append(ask, word)
		}
	}
	slices.Sort(ask)
	command := exec.Command("hunspell", "-d", dictionaries[language], "-i", "UTF-8", "-l")
	command.Stdin = strings.NewReader(strings.Join(ask, "\n") + "\n")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil || stderr.Len() > 0 {
		return nil, fmt.Errorf("hunspell with the dictionary %s is needed: apt-get install hunspell hunspell-no hunspell-en-gb, or run make test (%v %s)",
			dictionaries[language], err, strings.TrimSpace(stderr.String()))
	}
	var unknown []string
	for lines := bufio.NewScanner(&stdout); lines.Scan(); {
		unknown = append(unknown, lines.Text())
	}
	return unknown, nil
}
