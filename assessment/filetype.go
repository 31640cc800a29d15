package assessment

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"helhet/internal/fault"
)

// FileType is a kind of file that is taken as evidence: "application/pdf". What it is follows from the content, whatever the file is called.
type FileType string

// The kinds. Old Office files, files with a password, SVG and HTML are none of them: what is in them can't be seen, or runs.
const (
	FilePDF  FileType = "application/pdf"
	FilePNG  FileType = "image/png"
	FileJPEG FileType = "image/jpeg"
	FileGIF  FileType = "image/gif"
	FileWebP FileType = "image/webp"
	FileDOCX FileType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	FileXLSX FileType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	FilePPTX FileType = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	FileODT  FileType = "application/vnd.oasis.opendocument.text"
	FileODS  FileType = "application/vnd.oasis.opendocument.spreadsheet"
	FileODP  FileType = "application/vnd.oasis.opendocument.presentation"
)

// Endings are how the names of files of a kind may end; the first is given to one that ends in something else.
func (t FileType) Endings() []string {
	switch t {
	case FilePDF:
		return []string{".pdf"}
	case FilePNG:
		return []string{".png"}
	case FileJPEG:
		return []string{".jpg", ".jpeg"}
	case FileGIF:
		return []string{".gif"}
	case FileWebP:
		return []string{".webp"}
	case FileDOCX:
		return []string{".docx"}
	case FileXLSX:
		return []string{".xlsx"}
	case FilePPTX:
		return []string{".pptx"}
	case FileODT:
		return []string{".odt"}
	case FileODS:
		return []string{".ods"}
	case FileODP:
		return []string{".odp"}
	}
	return nil
}

// named gives a name the ending of the kind, where it has another.
func (t FileType) named(name string) string {
	if slices.Contains(t.Endings(), strings.ToLower(path.Ext(name))) {
		return name
	}
	return name + t.Endings()[0]
}

// What an Office file may be when it is unpacked. One that grows a hundredfold is made to fill somebody's machine.
const (
	maxUnpacked  = 256 << 20 // bytes in all
	maxGrowth    = 100       // times the file, for those that are over unpackedEasy
	unpackedEasy = 16 << 20
	maxDirectory = 1 << 20 // bytes of the list of what is in it
	maxManifest  = 1 << 20 // bytes of the part that says what it is
)

// fileTypeOf looks at a file's content. Fault Invalid beside "file" for one that is not taken, with the reason.
func fileTypeOf(op string, content io.ReaderAt, size int64) (FileType, error) {
	refused := func(key string) (FileType, error) { return "", fault.Wrong(op, "file", key) }
	head := make([]byte, min(size, 512))
	if _, err := content.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if bytes.HasPrefix(head, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) {
		return refused("error.evidence.old-office")
	}
	switch t := FileType(http.DetectContentType(head)); t {
	case FilePDF, FilePNG, FileJPEG, FileGIF, FileWebP:
		return t, nil
	case "application/zip":
		t, key, err := officeType(content, size)
		if err != nil {
			return "", err
		}
		if key != "" {
			return refused(key)
		}
		return t, nil
	}
	if bytes.Contains(bytes.ToLower(head), []byte("<svg")) {
		return refused("error.evidence.svg")
	}
	return refused("error.evidence.type")
}

// officeType tells what an Office file is, or why it is not taken. It is unpacked once, into nothing, so that what it says of its size is true.
func officeType(content io.ReaderAt, size int64) (t FileType, refused string, err error) {
	files, refused, err := packed(content, size)
	if refused != "" || err != nil {
		return "", refused, err
	}
	var total uint64
	for _, f := range files {
		name := strings.TrimSuffix(f.Name, "/")
		switch {
		case !fs.ValidPath(name) || strings.Contains(name, `\`):
			return "", "error.evidence.damaged", nil
		case f.Flags&1 != 0:
			return "", "error.evidence.password", nil
		case f.UncompressedSize64 > maxUnpacked:
			return "", "error.evidence.bomb", nil
		}
		total += f.UncompressedSize64
	}
	if total > maxUnpacked || total > unpackedEasy && total > maxGrowth*uint64(size) {
		return "", "error.evidence.bomb", nil
	}
	for _, f := range files {
		switch err := unpack(f, io.Discard); {
		case errors.Is(err, errUnreadable):
			return "", "error.evidence.damaged", nil
		case err != nil:
			return "", "", err
		}
	}
	if t, refused := openXML(files); t != "" || refused != "" {
		return t, refused, nil
	}
	t, refused = openDocument(files)
	return t, refused, nil
}

// errUnreadable is a part of a packed file that is not what the list says.
var errUnreadable = errors.New("assessment: unreadable part")

// unpack writes a part of a packed file. It ends with the size that the list gives, so that nothing grows beyond what was counted.
func unpack(f *zip.File, to io.Writer) error {
	r, err := f.Open()
	if err != nil {
		return errUnreadable
	}
	_, err = io.Copy(to, r)
	_ = r.Close() // nothing is written
	switch {
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.Is(err, io.ErrUnexpectedEOF):
		return errUnreadable
	}
	if _, corrupt := errors.AsType[flate.CorruptInputError](err); corrupt {
		return errUnreadable
	}
	return err
}

// packed lists what is in a packed file. The list is found by hand first, since the library would hold one of any length, and reads a packed
// file behind something else.
func packed(content io.ReaderAt, size int64) (files []*zip.File, refused string, err error) {
	const endSize, longestComment = 22, 1<<16 - 1
	tail := make([]byte, min(size, endSize+longestComment))
	if _, err := content.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return nil, "", err
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < endSize {
		return nil, "error.evidence.damaged", nil
	}
	end := tail[at:]
	length, offset := int64(binary.LittleEndian.Uint32(end[12:])), int64(binary.LittleEndian.Uint32(end[16:]))
	if length > maxDirectory {
		return nil, "error.evidence.bomb", nil
	}
	if offset+length != size-int64(len(end)) {
		return nil, "error.evidence.damaged", nil
	}
	r, err := zip.NewReader(content, size)
	if err != nil {
		return nil, "error.evidence.damaged", nil
	}
	return r.File, "", nil
}

// part is what a part of a packed file holds, as far as it may be long; nil when there is none.
func part(files []*zip.File, name string, most int64) []byte {
	for _, f := range files {
		if f.Name == name && f.UncompressedSize64 <= uint64(most) {
			var b bytes.Buffer
			if unpack(f, &b) == nil {
				return b.Bytes()
			}
		}
	}
	return nil
}

// openXML tells Word, Excel and PowerPoint by the kind that the file gives its main part.
func openXML(files []*zip.File) (FileType, string) {
	types := strings.ToLower(string(part(files, "[Content_Types].xml", maxManifest)))
	if types == "" {
		return "", ""
	}
	for _, sign := range []string{"macroenabled", "vbaproject", "macrosheet", "activex"} {
		if strings.Contains(types, sign) {
			return "", "error.evidence.macro"
		}
	}
	if slices.ContainsFunc(files, func(f *zip.File) bool { return strings.HasPrefix(strings.ToLower(path.Base(f.Name)), "vbaproject") }) {
		return "", "error.evidence.macro"
	}
	for _, t := range []FileType{FileDOCX, FileXLSX, FilePPTX} {
		if strings.Contains(types, string(t)+".main+xml") {
			return t, ""
		}
	}
	return "", "error.evidence.type"
}

// openDocument tells what LibreOffice writes by the part that says so.
func openDocument(files []*zip.File) (FileType, string) {
	kind := FileType(part(files, "mimetype", 100))
	if kind != FileODT && kind != FileODS && kind != FileODP {
		return "", "error.evidence.type"
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name, "Basic/") || strings.HasPrefix(f.Name, "Scripts/") {
			return "", "error.evidence.macro"
		}
	}
	return kind, ""
}
