package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"
)

// smallBundle is a bundle as api/web/build.mjs lays it out.
func smallBundle() fstest.MapFS {
	return fstest.MapFS{
		"manifest.json":    {Data: []byte(`{"app.js":"app-AB12.js","app.css":"app-CD34.css"}`)},
		"app-AB12.js":      {Data: []byte("plain script")},
		"app-AB12.js.br":   {Data: []byte("br script")},
		"app-AB12.js.gz":   {Data: []byte("gz script")},
		"app-CD34.css":     {Data: []byte("plain style")},
		"left-over.js":     {Data: []byte("of an older build")},
		"app-AB12.js.html": {Data: []byte("not in the manifest")},
	}
}

func serveSmallBundle(t *testing.T) http.Handler {
	t.Helper()
	a, err := LoadAssets(smallBundle())
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.TestMode)
	router := gin.New()
	router.GET("/assets/*name", a.Serve)
	router.HEAD("/assets/*name", a.Serve)
	return router
}

func TestAssetsNegotiate(t *testing.T) {
	handler := serveSmallBundle(t)
	for _, c := range []struct{ name, accept, body, coding string }{
		{"/assets/app-AB12.js", "gzip, deflate, br, zstd", "br script", "br"},
		{"/assets/app-AB12.js", "gzip", "gz script", "gzip"},
		{"/assets/app-AB12.js", "GZIP;q=0.5, br;q=0", "gz script", "gzip"},
		{"/assets/app-AB12.js", "br; q=0, *", "gz script", "gzip"},
		{"/assets/app-AB12.js", "*;q=0", "plain script", ""},
		{"/assets/app-AB12.js", "br;q=high", "plain script", ""},
		{"/assets/app-AB12.js", "", "plain script", ""},
		{"/assets/app-CD34.css", "br, gzip", "plain style", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, c.name, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != 200 || w.Body.String() != c.body || w.Header().Get("Content-Encoding") != c.coding {
			t.Errorf("%s with Accept-Encoding %q: %d %q coding %q, want %q coding %q", c.name, c.accept, w.Code, w.Body, w.Header().Get("Content-Encoding"), c.body, c.coding)
		}
		if got := w.Header().Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("%s: Vary %q: a cache between would give the wrong coding", c.name, got)
		}
	}
}

func TestAssetsHeaders(t *testing.T) {
	handler := serveSmallBundle(t)
	for name, contentType := range map[string]string{
		"/assets/app-AB12.js":  "text/javascript; charset=utf-8",
		"/assets/app-CD34.css": "text/css; charset=utf-8",
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, name, nil))
		if got := w.Header().Get("Content-Type"); got != contentType {
			t.Errorf("%s: Content-Type %q, want %q", name, got, contentType)
		}
		if got := w.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
}

func TestAssetsAreNotSentTwice(t *testing.T) {
	handler := serveSmallBundle(t)
	tags := map[string]bool{}
	for _, accept := range []string{"", "br", "gzip"} {
		r := httptest.NewRequest(http.MethodGet, "/assets/app-AB12.js", nil)
		r.Header.Set("Accept-Encoding", accept)
		first := httptest.NewRecorder()
		handler.ServeHTTP(first, r)
		tag := first.Header().Get("ETag")
		tags[tag] = true
		r.Header.Set("If-None-Match", tag)
		second := httptest.NewRecorder()
		handler.ServeHTTP(second, r)
		if second.Code != http.StatusNotModified || second.Body.Len() != 0 {
			t.Errorf("Accept-Encoding %q, If-None-Match %s: %d with %d bytes, want 304 and none", accept, tag, second.Code, second.Body.Len())
		}
	}
	if len(tags) != 3 {
		t.Errorf("three codings share tags: %v", tags)
	}
}

func TestAssetsHead(t *testing.T) {
	w := httptest.NewRecorder()
	serveSmallBundle(t).ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/assets/app-CD34.css", nil))
	if w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "11" {
		t.Errorf("HEAD: %d, %d bytes, Content-Length %q", w.Code, w.Body.Len(), w.Header().Get("Content-Length"))
	}
}

func TestAssetsServeOnlyTheManifest(t *testing.T) {
	handler := serveSmallBundle(t)
	for _, name := range []string{"/assets/", "/assets/manifest.json", "/assets/left-over.js", "/assets/app-AB12.js.br", "/assets/../assets.go", "/assets/%2e%2e/x"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, name, nil))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d %q, want 404", name, w.Code, w.Body)
		}
	}
}

func TestAssetsURL(t *testing.T) {
	a, err := LoadAssets(smallBundle())
	if err != nil {
		t.Fatal(err)
	}
	if got := a.URL("app.js"); got != "/assets/app-AB12.js" {
		t.Errorf("URL of app.js: %s", got)
	}
	if got := a.URL("gone.js"); got != "/assets/gone.js" {
		t.Errorf("URL of a name outside the bundle: %s", got)
	}
}

func TestLoadAssetsFaults(t *testing.T) {
	if _, err := LoadAssets(fstest.MapFS{}); !errors.Is(err, ErrNoManifest) || !strings.Contains(err.Error(), "make build") {
		t.Errorf("no manifest: %v", err)
	}
	for name, manifest := range map[string]string{
		"broken manifest":        `{"app.js":`,
		"file missing":           `{"app.js":"app-XX.js"}`,
		"name outside of bundle": `{"app.js":"../app.js"}`,
		"name in a folder":       `{"app.js":"a/app.js"}`,
	} {
		if _, err := LoadAssets(fstest.MapFS{"manifest.json": {Data: []byte(manifest)}}); err == nil || errors.Is(err, ErrNoManifest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzAcceptEncoding: whatever header arrives, the body sent is one we have and the choice is never a coding unasked for.
func FuzzAcceptEncoding(f *testing.F) {
	for _, s := range []string{"", "br", "gzip;q=0.1,*;q=0", ";;,,q=", "*"} {
		f.Add(s)
	}
	a, err := LoadAssets(smallBundle())
	if err != nil {
		f.Fatal(err)
	}
	file := a.files["app-AB12.js"]
	f.Fuzz(func(t *testing.T, header string) {
		coding := file.bodies.choose(header)
		if _, ok := file.bodies[coding]; !ok {
			t.Fatalf("%q chose %q", header, coding)
		}
		lower := strings.ToLower(header)
		if coding != "" && !strings.Contains(lower, coding) && !strings.Contains(lower, "*") {
			t.Fatalf("%q was answered with %q", header, coding)
		}
	})
}
