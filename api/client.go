package api

import (
	"net/http"
	"net/netip"
	"strings"
)

// client is where a request came from. It serves rate limits and is never logged.
type client struct {
	Addr netip.Addr // invalid when it can't be told
	// Scheme is what a trusted proxy says that the client spoke to it, "http" or "https"; "" when none says.
	Scheme string
}

// clientOf tells where a request came from. What headers say counts only when the peer is a trusted proxy, and then it is read from the
// right, where the nearest proxy wrote: the first address that is no trusted proxy is the client's. Whatever stands left of it anyone
// may have written. Forwarded and X-Forwarded-For together count only when they agree: a proxy that writes one may let the other
// through as the client sent it.
func clientOf(trusted []netip.Prefix, peer string, h http.Header) client {
	at, err := netip.ParseAddrPort(peer)
	if err != nil {
		return client{}
	}
	c := client{Addr: at.Addr().Unmap().WithZone("")}
	if !isTrusted(trusted, c.Addr) {
		return c
	}
	standard, theirs := h.Values("Forwarded"), h.Values("X-Forwarded-For")
	switch {
	case len(standard) > 0:
		hops, schemes := forwarded(strings.Join(standard, ","))
		found := nearest(trusted, c.Addr, hops)
		if len(theirs) > 0 && nearest(trusted, c.Addr, strings.Split(strings.Join(theirs, ","), ",")) != found {
			return c
		}
		c.Addr, c.Scheme = found, scheme(schemes[len(schemes)-1])
	case len(theirs) > 0:
		c.Addr = nearest(trusted, c.Addr, strings.Split(strings.Join(theirs, ","), ","))
	}
	if protos := h.Values("X-Forwarded-Proto"); len(protos) > 0 && c.Scheme == "" {
		last := protos[len(protos)-1]
		c.Scheme = scheme(last[strings.LastIndexByte(last, ',')+1:])
	}
	return c
}

func isTrusted(trusted []netip.Prefix, a netip.Addr) bool {
	for _, p := range trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// nearest walks the hops from the right until one is no trusted proxy. One that can't be read ends the walk at the proxy that wrote it.
func nearest(trusted []netip.Prefix, peer netip.Addr, hops []string) netip.Addr {
	at := peer
	for i := len(hops) - 1; i >= 0; i-- {
		a, ok := hopAddr(hops[i])
		if !ok {
			return at
		}
		at = a
		if !isTrusted(trusted, a) {
			return at
		}
	}
	return at
}

// hopAddr reads one hop: an address, perhaps with a port, of version 6 perhaps in brackets.
func hopAddr(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		at, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		a = at.Addr()
	}
	return a.Unmap().WithZone(""), true
}

// forwarded reads the header Forwarded (RFC 7239): of each hop, in order, whom it was for and by which scheme. Both are "" where the hop
// doesn't say. Commas and semicolons inside quotation marks are not understood and spoil their hop; no address has them.
func forwarded(header string) (hops, schemes []string) {
	for element := range strings.SplitSeq(header, ",") {
		var hop, proto string
		for pair := range strings.SplitSeq(element, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			value = strings.TrimSpace(value)
			if inner, ok := strings.CutPrefix(value, `"`); ok {
				if value, ok = strings.CutSuffix(inner, `"`); !ok {
					value = ""
				}
			}
			switch strings.ToLower(name) {
			case "for":
				hop = value
			case "proto":
				proto = value
			}
		}
		hops, schemes = append(hops, hop), append(schemes, proto)
	}
	return hops, schemes
}

func scheme(s string) string {
	switch s = strings.ToLower(strings.TrimSpace(s)); s {
	case "http", "https":
		return s
	}
	return ""
}
