package api

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// demoCookie holds the key of the demo that is running, until the browser closes.
const demoCookie = "helhet_demo"

// demoAllowed: choosing who to be is for a demo database, and for whoever has its key.
func (s *Server) demoAllowed(r *http.Request) bool {
	key, err := r.Cookie(demoCookie)
	return err == nil && s.demoKey(r, key.Value)
}

// demoKey tells whether the key is the one that was printed on the console, brought by a browser on this very machine. A proxy on the
// same host may look like one in every way, but whoever comes through it has not seen the console.
func (s *Server) demoKey(r *http.Request, key string) bool {
	return s.Demo && s.DemoKey != "" && subtle.ConstantTimeCompare([]byte(key), []byte(s.DemoKey)) == 1 && onThisMachine(r)
}

// forwardingHeaders tell that a request came through a proxy, and so perhaps from somewhere else.
var forwardingHeaders = []string{
	"Forwarded", "X-Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Prefix",
	"X-Original-Host", "X-Original-For", "X-Original-Url", "X-Real-Ip", "Via", "Client-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "True-Client-Ip",
	"Cf-Connecting-Ip", "Fastly-Client-Ip",
}

// onThisMachine: a loopback peer, a loopback Host, and no sign of a proxy in between.
func onThisMachine(r *http.Request) bool {
	for _, h := range forwardingHeaders {
		if len(r.Header.Values(h)) > 0 {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && loopbackHost(r.Host)
}

func loopbackHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// openDemo keeps the key of the console's link in the browser, and leads to the demo's people.
func (s *Server) openDemo(c *gin.Context, _ *request) error {
	if !s.demoKey(c.Request, c.Param("key")) {
		return fault.New(fault.NotFound, "api", "error.page.unknown")
	}
	s.setCookie(c, http.Cookie{Name: demoCookie, Value: s.DemoKey, HttpOnly: true})
	c.Redirect(http.StatusSeeOther, "/sign-in")
	return nil
}

// demoBegins is where the page of the demo's people says that one may begin (sign-in.hint).
const demoBegins = org.MunicipalityID("larvik")

// demoGroups puts the people one may begin with first, then the region's and the service's, then each municipality's.
func (s *Server) demoGroups(t locale.Text, people []org.Person) []signInGroup {
	groups := map[string]*signInGroup{}
	var order []*signInGroup
	for _, p := range people {
		if len(p.Grants) == 0 {
			continue
		}
		name := ""
		if m, ok := s.Register.Get(p.Actor().Municipality()); ok {
			name = m.Name
		}
		if groups[name] == nil {
			groups[name] = &signInGroup{Name: name}
			order = append(order, groups[name])
		}
		groups[name].People = append(groups[name].People, signInPerson{string(p.ID), p.Name, t.T("role." + string(p.Grants[0].Role))})
	}
	org.SortByName(order, func(g *signInGroup) string { return g.Name })
	if m, ok := s.Register.Get(demoBegins); ok {
		if at := slices.Index(order, groups[m.Name]); at > 0 {
			order = slices.Insert(slices.Delete(order, at, at+1), 0, groups[m.Name])
		}
	}
	var all []signInGroup
	for _, g := range order {
		if g.Name == "" {
			g.Name = t.T("sign-in.region")
		}
		all = append(all, *g)
	}
	return all
}

func (s *Server) signInDemo(c *gin.Context, _ *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	if err := s.startSession(c, org.PersonID(c.PostForm("person"))); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, ownPath(c.PostForm("return")))
	return nil
}
