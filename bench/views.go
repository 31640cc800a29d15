package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"helhet/demo"
)

// eight asks for the demo's eight municipalities, which are in a database of either size: the same view of both. Without it a page
// shows up to 25 municipalities and the API's trend all of them, so that the answer itself grows.
func eight() string {
	q := url.Values{}
	for _, id := range demo.Members {
		q.Add("municipality", string(id))
	}
	return q.Encode()
}

// view is one results page or API answer.
type view struct{ name, path string }

func views(f *filled) []view {
	page, api := "/regions/"+string(region), "/api/v1"
	return []view{
		{"page: heat map by task", page + "?by=task"},
		{"page: heat map by area", page + "?by=area"},
		{"page: radar", page + "/radar?municipality=" + string(f.member)},
		{"page: trend of the whole", page + "/trend"},
		{"page: trend of an area", page + "/trend?area=support"},
		{"page: trend of a task", page + "/trend?task=henvise"},
		{"API: results", fmt.Sprintf("%s/rounds/%s/results", api, f.last)},
		{"API: trend of the whole", fmt.Sprintf("%s/regions/%s/trend", api, region)},
		{"API: trend of a task", fmt.Sprintf("%s/regions/%s/trend?task=henvise", api, region)},
		{"page: trend of the whole, eight municipalities", page + "/trend?" + eight()},
		{"API: results, eight municipalities", fmt.Sprintf("%s/rounds/%s/results?limit=8", api, f.last)},
		{"API: trend of the whole, eight municipalities", fmt.Sprintf("%s/regions/%s/trend?%s", api, region, eight())},
		{"API: one municipality's trend", fmt.Sprintf("%s/regions/%s/trend?municipality=%s", api, region, f.member)},
	}
}

// read fetches a view as the reader, compressed as a browser would.
func (s *server) read(ctx context.Context, f *filled, v view) error {
	got, err := s.ask(ctx, http.MethodGet, v.path, f.reader, map[string]string{"Accept-Encoding": "gzip, br"}, nil)
	if err == nil && got.status != http.StatusOK {
		err = fmt.Errorf("%s: %d", v.path, got.status)
	}
	return err
}

// asset finds what a page loads of the bundle.
var asset = regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`)

// weight is what a first visit to a page sends over the wire: the page and the bundle's files it names, compressed.
func (s *server) weight(ctx context.Context, f *filled, path string) (int, error) {
	zipped := map[string]string{"Accept-Encoding": "gzip, br", "Accept": "text/html"}
	plain, err := s.ask(ctx, http.MethodGet, path, f.reader, map[string]string{"Accept": "text/html"}, nil)
	if err != nil {
		return 0, err
	}
	if plain.status != http.StatusOK {
		return 0, fmt.Errorf("%s: %d", path, plain.status)
	}
	var files []string
	for _, found := range asset.FindAllSubmatch(plain.body, -1) {
		if file := string(found[1]); !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	if len(files) == 0 {
		return 0, fmt.Errorf("%s names no file of the bundle", path)
	}
	total := 0
	for _, file := range append([]string{path}, files...) {
		got, err := s.ask(ctx, http.MethodGet, file, f.reader, zipped, nil)
		if err != nil {
			return 0, err
		}
		if got.status != http.StatusOK {
			return 0, fmt.Errorf("%s: %d", file, got.status)
		}
		total += len(got.body)
	}
	return total, nil
}
