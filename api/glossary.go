package api

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"unicode"
	"unicode/utf8"

	"helhet/assessment/catalogue"
	"helhet/internal/locale"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// glossaryPage explains a questionnaire's words, in the alphabet of the reader's language. It is for everybody: whoever is invited meets the
// words before she has signed in.
type glossaryPage struct {
	Layout
	Empty   bool
	Letters []glossaryLetter
}

// glossaryLetter is the words that begin with a letter.
type glossaryLetter struct {
	Letter, ID string
	Terms      []termView
}

type termView struct {
	ID            catalogue.TermKey
	Term, Meaning string
}

func (s *Server) glossaryPage(c *gin.Context, r *request) error {
	p := glossaryPage{Layout: s.layout(c, r, r.Text.T("glossary.title")), Empty: true}
	known := s.newestCatalogue(func(c *catalogue.Catalogue) bool { return c.Published() && len(c.In("nb").Terms) > 0 })
	if k := c.Query("catalogue"); k != "" {
		var err error
		if known, err = s.Assessments.Catalogue(catalogue.Key(k)); err != nil {
			return err
		}
	}
	if known == nil {
		return s.render(c, http.StatusOK, "glossary", p)
	}
	for _, t := range glossary(wording(known, r.Text), r.Text.Lang()) {
		first, _ := utf8.DecodeRuneInString(t.Term)
		letter := string(unicode.ToUpper(first))
		if n := len(p.Letters); n == 0 || p.Letters[n-1].Letter != letter {
			p.Letters = append(p.Letters, glossaryLetter{Letter: letter, ID: "letter-" + letter})
		}
		l := &p.Letters[len(p.Letters)-1]
		l.Terms = append(l.Terms, t)
	}
	p.Empty = len(p.Letters) == 0
	return s.render(c, http.StatusOK, "glossary", p)
}

// glossary lists a wording's words by the alphabet of its language.
func glossary(w catalogue.Wording, lang locale.Lang) []termView {
	var all []termView
	for k, t := range w.Terms {
		all = append(all, termView{k, t.Term, t.Meaning})
	}
	alphabet := language.English
	if lang != locale.English {
		alphabet = language.MustParse("nn") // both Norwegian languages': under "nb" x/text has no tailoring and would sort å among a
	}
	c := collate.New(alphabet)
	slices.SortFunc(all, func(a, b termView) int { return cmp.Or(c.CompareString(a.Term, b.Term), cmp.Compare(a.ID, b.ID)) })
	return all
}

// glossaryPath is the address of a questionnaire's words, "" where it has none.
func glossaryPath(c *catalogue.Catalogue) string {
	if len(c.In("nb").Terms) == 0 {
		return ""
	}
	return "/glossary?catalogue=" + url.QueryEscape(string(c.Key()))
}

// newestCatalogue is the newest questionnaire of those that have something; nil where none has.
func (s *Server) newestCatalogue(has func(*catalogue.Catalogue) bool) *catalogue.Catalogue {
	var newest *catalogue.Catalogue
	for _, c := range s.Assessments.Catalogues() {
		if has(c) && (newest == nil || cmp.Or(cmp.Compare(c.Version, newest.Version), cmp.Compare(c.ID, newest.ID)) > 0) {
			newest = c
		}
	}
	return newest
}
