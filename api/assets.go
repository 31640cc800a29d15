package api

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

//go:embed all:web/dist
var bundle embed.FS

// EmbeddedAssets is the front-end bundle inside the binary. It is empty until api/web has been built, which LoadAssets tells.
func EmbeddedAssets() fs.FS {
	sub, err := fs.Sub(bundle, "web/dist")
	if err != nil {
		panic(err) // the path is a constant that the embed line above proves
	}
	return sub
}

// ErrNoManifest says that the front end has not been built into the binary.
var ErrNoManifest = errors.New("no manifest: run make build")

// Assets serves the scripts and styles of the pages from memory. Their names carry a hash of their content, so that a browser
// may keep them for ever and a new build is fetched at once.
type Assets struct {
	hashed map[string]string // "app.js" → "app-5K3X2P7Q.js"
	files  map[string]asset  // by hashed name
}

// asset is one file in each coding it may travel in.
type asset struct {
	contentType string
	tag         string // of the plain content, without quotes
	bodies      coded
}

// LoadAssets reads a built bundle: manifest.json, which maps plain to hashed names, and each file with its .br and .gz beside.
// ErrNoManifest means that nothing was built yet.
func LoadAssets(fsys fs.FS) (*Assets, error) {
	body, err := fs.ReadFile(fsys, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoManifest
	}
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	a := &Assets{files: map[string]asset{}}
	if err := json.Unmarshal(body, &a.hashed); err != nil {
		return nil, fmt.Errorf("assets: manifest.json: %w", err)
	}
	for plain, hashed := range a.hashed {
		if !fs.ValidPath(hashed) || strings.Contains(hashed, "/") {
			return nil, fmt.Errorf("assets: manifest.json: %q: %q is no file name", plain, hashed)
		}
		file, err := loadAsset(fsys, hashed)
		if err != nil {
			return nil, err
		}
		a.files[hashed] = file
	}
	return a, nil
}

func loadAsset(fsys fs.FS, name string) (asset, error) {
	file := asset{contentType: mime.TypeByExtension(path.Ext(name)), bodies: coded{}}
	switch path.Ext(name) { // the machine's own table may differ, and nosniff makes a wrong type fatal
	case ".js":
		file.contentType = "text/javascript; charset=utf-8"
	case ".css":
		file.contentType = "text/css; charset=utf-8"
	case ".svg":
		file.contentType = "image/svg+xml"
	}
	for _, coding := range codings {
		body, err := fs.ReadFile(fsys, name+coding.suffix)
		if coding.name != "" && errors.Is(err, fs.ErrNotExist) {
			continue // too small to gain from compression
		}
		if err != nil {
			return asset{}, fmt.Errorf("assets: %w", err)
		}
		file.bodies[coding.name] = body
	}
	sum := sha256.Sum256(file.bodies[""])
	file.tag = hex.EncodeToString(sum[:8])
	return file, nil
}

// URL is the address of a bundled file by its plain name: URL("app.js") is "/assets/app-5K3X2P7Q.js". A name outside the
// bundle gives an address that is not found: a page without a style beats no page, and a test asks for every name used.
func (a *Assets) URL(name string) string {
	if hashed, ok := a.hashed[name]; ok {
		return "/assets/" + hashed
	}
	return "/assets/" + name
}

// Serve answers GET and HEAD of /assets/*name.
func (a *Assets) Serve(c *gin.Context) {
	file, ok := a.files[strings.TrimPrefix(c.Param("name"), "/")]
	if !ok {
		c.AbortWithStatus(http.StatusNotFound)
		return
	}
	coding := file.bodies.choose(c.GetHeader("Accept-Encoding"))
	h := c.Writer.Header()
	h.Set("Content-Type", file.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept-Encoding")
	tag := file.tag
	if coding != "" {
		h.Set("Content-Encoding", coding)
		tag += "-" + coding // each coding is a representation of its own (RFC 9110, 8.8.3.3)
	}
	h.Set("ETag", strconv.Quote(tag))
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, bytes.NewReader(file.bodies[coding]))
}
