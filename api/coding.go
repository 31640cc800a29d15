package api

import (
	"strconv"
	"strings"
)

// codings in the order we prefer them; "" is the content as it is.
var codings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}}

// coded is one content in each coding it may travel in, by the coding's name.
type coded map[string][]byte

func (c coded) size() int {
	total := 0
	for _, body := range c {
		total += len(body)
	}
	return total
}

// choose picks the coding we like best among those the header accepts (RFC 9110, 12.5.3): weights only tell whether one is
// accepted, since the smallest body suits everybody who can read it.
func (c coded) choose(acceptEncoding string) string {
	accepted, any := map[string]bool{}, false
	for item := range strings.SplitSeq(acceptEncoding, ",") {
		name, parameters, _ := strings.Cut(strings.ToLower(item), ";")
		name = strings.TrimSpace(name)
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(parameters), "q="); ok {
			weight, _ = strconv.ParseFloat(strings.TrimSpace(q), 64) // unreadable counts as 0: not accepted
		}
		if name == "*" {
			any = weight > 0
			continue
		}
		accepted[name] = weight > 0
	}
	for _, coding := range codings[:2] {
		said, named := accepted[coding.name]
		if _, have := c[coding.name]; have && (said || any && !named) {
			return coding.name
		}
	}
	return ""
}
