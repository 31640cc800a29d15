package api

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"text/template/parse"

	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

//go:embed web/templates
var templates embed.FS

// pages holds a template per page: the frame, the parts, and one file of templates/pages that defines "main".
type pages struct{ byName map[string]*template.Template }

// parsePages reads every page of the program.
func parsePages() (*pages, error) {
	shared, err := template.ParseFS(templates, "web/templates/*.html")
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(templates, "web/templates/pages/*.html")
	if err != nil {
		return nil, err
	}
	p := &pages{map[string]*template.Template{}}
	for _, f := range files {
		t, err := template.ParseFS(templates, f)
		if err != nil {
			return nil, err
		}
		needed := []string{"layout"}
		for _, own := range t.Templates() {
			needed = usedBy(needed, own.Tree.Root)
		}
		if err := adopt(t, shared, needed); err != nil {
			return nil, err
		}
		p.byName[strings.TrimSuffix(path.Base(f), ".html")] = t
	}
	return p, nil
}

// adopt gives a page copies of the shared templates that it names, and of those that they name. All of them for every page were more than half
// of what the program kept in memory.
func adopt(page, shared *template.Template, needed []string) error {
	for len(needed) > 0 {
		last := len(needed) - 1
		name := needed[last]
		needed = needed[:last]
		from := shared.Lookup(name)
		if from == nil || page.Lookup(name) != nil {
			continue // the page's own; one that is nowhere is told when it is to be shown, and by the templates' test
		}
		if _, err := page.AddParseTree(name, from.Tree.Copy()); err != nil {
			return err
		}
		needed = usedBy(needed, from.Tree.Root)
	}
	return nil
}

// usedBy adds the names of the templates that a part of a template shows.
func usedBy(names []string, node parse.Node) []string {
	branch := func(b parse.BranchNode) {
		names = usedBy(names, b.List)
		if b.ElseList != nil {
			names = usedBy(names, b.ElseList)
		}
	}
	switch node := node.(type) {
	case *parse.ListNode:
		for _, inner := range node.Nodes {
			names = usedBy(names, inner)
		}
	case *parse.IfNode:
		branch(node.BranchNode)
	case *parse.RangeNode:
		branch(node.BranchNode)
	case *parse.WithNode:
		branch(node.BranchNode)
	case *parse.TemplateNode:
		names = append(names, node.Name)
	}
	return names
}

// Layout is what the frame of every page shows. A page's struct embeds it and adds its own content.
type Layout struct {
	locale.Text        // the page's language
	Title       string // the page's own name, without "Helhet"
	Path        string // path and query of this page, where the language and scheme forms return to
	Scheme      string // "auto", "light" or "dark"
	Demo        bool   // shows that everything is synthetic
	Charts      bool   // the page has a live chart
	Live        bool   // the page follows what others do
	Map         bool   // the page has the board that benefit maps are drawn on
	User        *LayoutUser
	Session     *sessionLeft // nil when nobody is signed in by a browser
	Nav         []NavItem
	Assets      *Assets
}

// LayoutUser is who is signed in, in words.
type LayoutUser struct {
	ID, Name, Role, Place string
	Municipalities        []choiceView // to switch between, when she works in several
}

// NavItem is a link of the main navigation.
type NavItem struct {
	Href, Label string
	Current     bool
}

// mainPart is what a page shows inside its frame, made. It is made of a struct without Layout, so that it has nothing in it of who reads
// but what the struct was given.
type mainPart struct {
	status int
	charts bool // the page has a live chart
	html   []byte
	blocks []byte // html deflated, where it is kept
}

func (p mainPart) size() int { return len(p.html) + len(p.blocks) }

// framedPage is the frame of a page whose main part was made before, with a mark where that stands.
type framedPage struct {
	Layout
	Main template.HTML
}

// mainMark is what no text of a frame holds: the template writes the character zero as U+FFFD wherever it escapes.
const mainMark = "\x00main\x00"

// mainPart makes a page's main part alone.
func (p *pages) mainPart(name string, page any) ([]byte, error) { return p.part(name, "main", page) }

// part makes one of the templates a page's file defines.
func (p *pages) part(name, part string, data any) ([]byte, error) {
	t := p.byName[name]
	if t == nil {
		return nil, fault.New(fault.Internal, "api.part", "error.internal", "page", name)
	}
	var b bytes.Buffer
	err := t.ExecuteTemplate(&b, part, data)
	return b.Bytes(), err
}

// layout makes the frame of a page whose name is title, in words.
func (s *Server) layout(c *gin.Context, r *request, title string) Layout {
	l := Layout{
		Text: r.Text, Title: title, Path: returnPath(c), Scheme: "auto", Demo: s.Demo, Assets: s.assets,
	}
	if cookie, err := c.Request.Cookie(schemeCookie); err == nil && validScheme(cookie.Value) {
		l.Scheme = cookie.Value
	}
	if !r.signedIn() {
		return l
	}
	l.Session = s.sessionLeft(r)
	l.User = &LayoutUser{ID: string(r.Person.ID), Name: r.Person.Name}
	if len(r.Actor.Grants) > 0 {
		l.User.Role = r.Text.T("role." + string(r.Actor.Grants[0].Role))
	}
	if all := r.Person.Municipalities(); len(all) > 1 {
		for _, id := range all {
			m, _ := s.Register.Get(id)
			l.User.Municipalities = append(l.User.Municipalities, choiceView{string(id), m.Name, id == r.Actor.Municipality()})
		}
	}
	if m, ok := s.Register.Get(r.Actor.Municipality()); ok {
		l.User.Place = r.Text.T("layout.municipality", "name", m.Name)
	}
	add := func(href, key string, may bool) {
		if !may {
			return
		}
		here := c.Request.URL.Path
		if here == "/" && r.Actor.Region() == "" && org.MayChooseRegion(r.Actor) {
			here = "/regions" // her first page
		}
		current := href == here || href != "/" && strings.HasPrefix(here, href+"/") || href == "/region" && strings.HasPrefix(here, "/regions/") || href == "/" && strings.HasPrefix(here, "/tasks/") || href == "/plan" && strings.HasPrefix(here, "/steps/")
		l.Nav = append(l.Nav, NavItem{href, r.Text.T(key), current})
	}
	m := r.Actor.Municipality()
	add("/", "nav.home", r.Actor.Region() != "")
	add("/", "nav.front", r.Actor.Region() == "" && !org.MayChooseRegion(r.Actor)) // no model to show
	add("/regions", "nav.regions", org.MayChooseRegion(r.Actor))
	add("/assignments", "nav.assignments", org.MayReadAssignments(r.Actor, m))
	add("/plan", "nav.improvement", org.MayReadPlan(r.Actor, m))
	add("/hand-in", "nav.hand-in", org.MayAnswer(r.Actor, m))
	add("/hand-in", "nav.approve", org.MayApprove(r.Actor, m) && !org.MayAnswer(r.Actor, m))
	add("/benefits", "nav.benefits", org.MayReadBenefits(r.Actor, m))
	add("/region", "nav.region", r.Actor.Region() != "")
	add("/rounds", "nav.rounds", r.Actor.Region() != "")
	add("/catalogues", "nav.catalogues", r.Actor.Has(org.Administrator))
	add("/people", "nav.people", org.MaySeePeople(r.Actor))
	add("/municipality", "nav.municipality", org.MaySetConsent(r.Actor, m) || org.MaySeeDepartures(r.Actor))
	add("/runs", "nav.runs", org.MaySeeRuns(r.Actor))
	add("/audit", "nav.audit", maySeeAudit(r.Actor))
	return l
}

// returnPath is where a form of the frame comes back to: this page when it was read, else the start.
func returnPath(c *gin.Context) string {
	if c.Request.Method == http.MethodGet {
		return c.Request.URL.RequestURI()
	}
	return "/"
}

// render writes a page, whole or not at all: it is made in memory first, so that a fault in a template can't leave half a page.
func (s *Server) render(c *gin.Context, status int, name string, page any) error {
	b, err := s.pages.whole(name, page)
	if err != nil {
		return err
	}
	if r := requestOf(c.Request.Context()); isRefusal(status) && !r.logged { // a form that comes back
		s.Log.Info("refused", slog.String("request", r.Trace), slog.String("route", c.FullPath()), slog.Int("status", status))
	}
	c.Header("Content-Language", string(languageOf(page)))
	c.Data(status, htmlType, b)
	return nil
}

const htmlType = "text/html; charset=utf-8"

// whole makes a page with its frame.
func (p *pages) whole(name string, page any) ([]byte, error) {
	return p.part(name, "layout", page)
}

// frame sends a main part in the frame of whoever reads it.
func (s *Server) frame(c *gin.Context, r *request, title string, main mainPart) error {
	page := framedPage{Layout: s.layout(c, r, title), Main: mainMark}
	page.Charts = main.charts
	frame, err := s.pages.whole("framed", page)
	if err != nil {
		return err
	}
	head, tail, found := bytes.Cut(frame, []byte(mainMark))
	if !found {
		return fault.New(fault.Internal, "api.frame", "error.internal", "page", title)
	}
	c.Header("Content-Language", string(r.Text.Lang()))
	c.Header("Vary", "Accept-Encoding")
	if main.blocks != nil && (coded{"gzip": main.blocks}).choose(c.GetHeader("Accept-Encoding")) == "gzip" {
		c.Header("Content-Encoding", "gzip")
		c.Data(main.status, htmlType, splice(head, main.html, main.blocks, tail))
		return nil
	}
	c.Data(main.status, htmlType, slices.Concat(head, main.html, tail))
	return nil
}

// keep sends a page whose main part is kept by a key (see answerKey), and made only when it is not there.
func (s *Server) keep(c *gin.Context, r *request, title, key string, make func() (mainPart, error)) error {
	main, err := s.mains.once(key, func() (mainPart, bool, error) {
		main, err := make()
		if err != nil || main.status != http.StatusOK {
			return main, false, err
		}
		main.blocks, err = deflated(main.html)
		return main, true, err
	})
	if err != nil {
		return err
	}
	return s.frame(c, r, title, main)
}

func languageOf(page any) locale.Lang {
	if p, ok := page.(interface{ Lang() locale.Lang }); ok {
		return p.Lang()
	}
	return locale.Bokmal
}

// failurePage is what somebody sees who asked for something that can't be shown.
type failurePage struct {
	Layout
	Detail string
	Trace  string
	Fields []string
	Resend *resend
}

// resend is a form that could not be taken in just now, kept on the page so that nothing typed is lost: it can be sent again.
type resend struct {
	Action string
	SignIn bool // somebody must sign in first
	Values []resendValue
}

type resendValue struct{ Name, Value string }

// resendOf keeps what a form sent when the failure is none of its own: nobody is signed in any more, too much came at once, or
// we are in trouble.
func resendOf(c *gin.Context, f *fault.Error) *resend {
	signIn := f.Code == fault.Unauthenticated
	if c.Request.Method != http.MethodPost || !signIn && f.Code != fault.TooMany && statuses[f.Code] < http.StatusInternalServerError {
		return nil
	}
	if err := readForm(c.Request); err != nil || len(c.Request.PostForm) == 0 {
		return nil // no form of ours
	}
	again := &resend{Action: ownPath(c.Request.URL.RequestURI()), SignIn: signIn}
	for _, name := range slices.Sorted(maps.Keys(c.Request.PostForm)) {
		for _, value := range c.Request.PostForm[name] {
			again.Values = append(again.Values, resendValue{name, strings.ToValidUTF8(value, "\uFFFD")})
		}
	}
	return again
}

func (s *Server) failurePage(c *gin.Context, r *request, f *fault.Error) {
	p := failurePage{Layout: s.layout(c, r, r.Text.T("problem."+string(f.Code))), Detail: r.Text.T(f.Key, f.Args...), Trace: r.Trace, Resend: resendOf(c, f)}
	if f.Code == fault.Unauthenticated && p.Resend != nil {
		p.Detail = r.Text.T("failure.signed-out")
	}
	for _, field := range f.Fields {
		if text := r.Text.T(field.Key, field.Args...); text != p.Detail {
			p.Fields = append(p.Fields, text)
		}
	}
	if err := s.render(c, statuses[f.Code], "failure", p); err != nil {
		s.Log.Error("failure page", "request", r.Trace, "cause", err)
		c.String(http.StatusInternalServerError, p.Detail)
	}
}
