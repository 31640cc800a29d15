package leaving

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"time"

	"helhet/internal/events"
)

// archive is a ZIP that is written from front to end and never held in memory. Its last file lists the others: one that lacks it was
// broken off.
type archive struct {
	zip   *zip.Writer
	at    time.Time
	files []archived
}

// archived is a file of the archive, as the list at its end names it.
type archived struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// ManifestName is the file at an archive's end.
const ManifestName = "manifest.json"

func newArchive(w io.Writer, at time.Time) *archive { return &archive{zip: zip.NewWriter(w), at: at} }

// measured counts and hashes what is written to a file.
type measured struct {
	to   io.Writer
	hash hash.Hash
	size int64
}

func (m *measured) Write(p []byte) (int, error) {
	n, err := m.to.Write(p)
	m.hash.Write(p[:n])
	m.size += int64(n)
	return n, err
}

// file adds a file, written by write.
func (a *archive) file(name string, write func(io.Writer) error) error {
	to, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: a.at})
	if err != nil {
		return err
	}
	m := &measured{to: to, hash: sha256.New()}
	if err := write(m); err != nil {
		return err
	}
	a.files = append(a.files, archived{name, m.size, hex.EncodeToString(m.hash.Sum(nil))})
	return nil
}

// json adds a file that holds one value.
func (a *archive) json(name string, value any) error {
	return a.file(name, func(w io.Writer) error { return indented(w).Encode(value) })
}

// list adds a file that holds a list, of which each gives one element after the other.
func (a *archive) list(name string, each func(add func(any) error) error) error {
	return a.file(name, func(w io.Writer) error {
		separator := "[\n"
		err := each(func(value any) error {
			if _, err := io.WriteString(w, separator); err != nil {
				return err
			}
			separator = ",\n"
			return indented(w).Encode(value)
		})
		if err != nil {
			return err
		}
		end := "]\n"
		if separator == "[\n" {
			end = "[]\n"
		}
		_, err = io.WriteString(w, end)
		return err
	})
}

func indented(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e
}

// byteOrderMark makes spreadsheets read a file as UTF-8.
const byteOrderMark = "\uFEFF"

// table adds a file of rows: RFC 4180, with a header line. No cell runs as a formula.
func (a *archive) table(name string, header []string, rows func(add func(...string) error) error) error {
	return a.file(name, func(w io.Writer) error {
		if _, err := io.WriteString(w, byteOrderMark); err != nil {
			return err
		}
		table := csv.NewWriter(w)
		table.UseCRLF = true
		if err := table.Write(header); err != nil {
			return err
		}
		err := rows(func(cells ...string) error {
			for i, cell := range cells {
				cells[i] = events.Harmless(cell)
			}
			return table.Write(cells)
		})
		if err != nil {
			return err
		}
		table.Flush()
		return table.Error()
	})
}

// close adds the list of files and ends the archive: only now it is whole.
func (a *archive) close(municipality string) error {
	err := a.json(ManifestName, struct {
		Municipality string     `json:"municipality"`
		Made         time.Time  `json:"made"`
		Files        []archived `json:"files"`
	}{municipality, a.at, a.files})
	if err != nil {
		return err
	}
	return a.zip.Close()
}
