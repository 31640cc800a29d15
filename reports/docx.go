package reports

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// A Word file is a ZIP of a few XML parts (ECMA-376, part 1: WordprocessingML; part 2: the package). These are all that a report needs: text under real
// headings, tables whose head is repeated on each page, a language, a title, and page numbers.

// WriteDOCX writes a report as a Word file, on A4.
func (d Document) WriteDOCX(w io.Writer) error {
	z := zip.NewWriter(w)
	pictures, err := d.pictures()
	if err != nil {
		return err
	}
	relations := documentRelations
	for _, c := range d.Charts() {
		p := pictures[c.ID]
		relations += `<Relationship Id="` + p.relation + `" Type="` + relationTypes + `image" Target="` + p.file + `"/>`
	}
	for _, part := range []struct{ name, body string }{
		{"[Content_Types].xml", contentTypes},
		{"_rels/.rels", packageRelations},
		{"docProps/core.xml", d.core()},
		{"docProps/app.xml", `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>` + maker + `</Application></Properties>`},
		{"word/document.xml", d.body(pictures)},
		{"word/styles.xml", d.styles()},
		{"word/settings.xml", `<w:settings ` + wordSpaces + `><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat><w:themeFontLang w:val="` + language(d.Text) + `"/></w:settings>`},
		{"word/footer1.xml", d.footer()},
		{"word/_rels/document.xml.rels", relations + "</Relationships>"},
	} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate, Modified: d.Made.UTC()})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, xml.Header+part.body); err != nil {
			return err
		}
	}
	for _, c := range d.Charts() {
		p := pictures[c.ID]
		f, err := z.CreateHeader(&zip.FileHeader{Name: "word/" + p.file, Method: zip.Store, Modified: d.Made.UTC()}) // it is compressed already
		if err != nil {
			return err
		}
		if _, err := f.Write(p.png); err != nil {
			return err
		}
	}
	return z.Close()
}

// drawnPNG is a chart as a Word file has it. PNG is what every version of Word shows.
type drawnPNG struct {
	relation, file string
	png            []byte
	width, height  int // in pixels
}

// pictures draws a document's charts, by their ids.
func (d Document) pictures() (map[string]drawnPNG, error) {
	all := map[string]drawnPNG{}
	for i, c := range d.Charts() {
		var b bytes.Buffer
		if err := c.Loose().PNG(&b); err != nil {
			return nil, err
		}
		size, err := png.DecodeConfig(bytes.NewReader(b.Bytes()))
		if err != nil {
			return nil, err
		}
		all[c.ID] = drawnPNG{fmt.Sprint("rIdChart", i+1), fmt.Sprintf("media/chart%d.png", i+1), b.Bytes(), size.Width, size.Height}
	}
	return all, nil
}

const (
	wordSpaces = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

	drawingSpaces = `xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"`
	word          = "application/vnd.openxmlformats-officedocument.wordprocessingml."
	relationTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

	contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>` +
		`<Override PartName="/word/document.xml" ContentType="` + word + `document.main+xml"/><Override PartName="/word/styles.xml" ContentType="` + word + `styles+xml"/>` +
		`<Override PartName="/word/settings.xml" ContentType="` + word + `settings+xml"/><Override PartName="/word/footer1.xml" ContentType="` + word + `footer+xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/><Override PartName="/docProps/app.xml" ContentType="application/vnd.openxmlformats-officedocument.extended-properties+xml"/></Types>`

	packageRelations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relationTypes + `officeDocument" Target="word/document.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/><Relationship Id="rId3" Type="` + relationTypes + `extended-properties" Target="docProps/app.xml"/></Relationships>`

	documentRelations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + relationTypes + `styles" Target="styles.xml"/><Relationship Id="rId2" Type="` + relationTypes + `settings" Target="settings.xml"/>` +
		`<Relationship Id="rId3" Type="` + relationTypes + `footer" Target="footer1.xml"/>` // and the pictures
)

// The page and its margins, in twentieths of a point: A4 with 2 cm.
const (
	pageWidth, pageHeight, pageMargin = 11906, 16838, 1134
	lineWidth                         = pageWidth - 2*pageMargin
)

// escaped is a text as it may stand in XML. What XML can't hold becomes the sign for a broken character.
func escaped(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

func (d Document) core() string {
	at := d.Made.UTC().Format(time.RFC3339)
	return `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
		`<dc:title>` + escaped(d.Title()) + `</dc:title><dc:creator>` + maker + `</dc:creator><dc:language>` + language(d.Text) + `</dc:language>` +
		`<dcterms:created xsi:type="dcterms:W3CDTF">` + at + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + at + `</dcterms:modified></cp:coreProperties>`
}

// styles are the looks that the body names. Their ids and names are those of Word itself, so that it takes them for headings.
func (d Document) styles() string {
	var b strings.Builder
	b.WriteString(`<w:styles ` + wordSpaces + `><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri"/><w:sz w:val="21"/><w:lang w:val="` + language(d.Text) + `"/></w:rPr></w:rPrDefault>` +
		`<w:pPrDefault><w:pPr><w:spacing w:after="120" w:line="264" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>` +
		`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>`)
	style := func(id, name, paragraph string, size int) {
		fmt.Fprintf(&b, `<w:style w:type="paragraph" w:styleId="%s"><w:name w:val="%s"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:qFormat/><w:pPr><w:keepNext/><w:keepLines/>%s</w:pPr><w:rPr><w:b/><w:sz w:val="%d"/></w:rPr></w:style>`, id, name, paragraph, size)
	}
	style("Title", "Title", `<w:spacing w:after="120"/>`, 44)
	style("Heading1", "heading 1", `<w:spacing w:before="400" w:after="120"/><w:outlineLvl w:val="0"/>`, 30)
	style("Heading2", "heading 2", `<w:spacing w:before="280" w:after="80"/><w:outlineLvl w:val="1"/>`, 25)
	style("ChartTitle", "Chart Title", `<w:spacing w:before="200" w:after="60"/>`, 21)
	style("Caption", "caption", `<w:spacing w:before="160" w:after="60"/>`, 20)
	style("TableHead", "Table Head", `<w:spacing w:before="30" w:after="30" w:line="240" w:lineRule="auto"/>`, 18) // kept with the row below, so that it never stands alone at the end of a page
	b.WriteString(`<w:style w:type="paragraph" w:styleId="TableText"><w:name w:val="Table Text"/><w:basedOn w:val="Normal"/><w:pPr><w:spacing w:before="30" w:after="30" w:line="240" w:lineRule="auto"/></w:pPr><w:rPr><w:sz w:val="18"/></w:rPr></w:style>` +
		`<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>` +
		`<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		b.WriteString(`<w:` + side + ` w:val="single" w:sz="4" w:space="0" w:color="A6A6A6"/>`)
	}
	b.WriteString(`</w:tblBorders></w:tblPr></w:style></w:styles>`)
	return b.String()
}

// paragraph is a text of a style, "" for plain. Its lines stay lines.
func paragraph(style, s string, bold bool) string {
	var b strings.Builder
	b.WriteString("<w:p>")
	if style != "" {
		b.WriteString(`<w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>`)
	}
	b.WriteString("<w:r>")
	if bold {
		b.WriteString("<w:rPr><w:b/></w:rPr>")
	}
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteString("<w:br/>")
		}
		b.WriteString(`<w:t xml:space="preserve">` + escaped(line) + "</w:t>")
	}
	b.WriteString("</w:r></w:p>")
	return b.String()
}

func (d Document) body(pictures map[string]drawnPNG) string {
	var b strings.Builder
	b.WriteString(`<w:document ` + wordSpaces + `><w:body>` + paragraph("Title", d.Title(), false))
	for _, f := range d.About {
		b.WriteString(paragraph("", d.T("report.fact", "label", f.Label, "text", f.Text), false))
	}
	if d.Note != "" {
		b.WriteString(paragraph("", d.Note, true))
	}
	for _, s := range d.Sections {
		writeSection(&b, s, "Heading1", pictures)
		for _, part := range s.Parts {
			writeSection(&b, part, "Heading2", pictures)
		}
	}
	fmt.Fprintf(&b, `<w:sectPr><w:footerReference w:type="default" r:id="rId3"/><w:pgSz w:w="%d" w:h="%d"/><w:pgMar w:top="%[3]d" w:right="%[3]d" w:bottom="%[3]d" w:left="%[3]d" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>`,
		pageWidth, pageHeight, pageMargin)
	return b.String()
}

func writeSection(b *strings.Builder, s Section, heading string, pictures map[string]drawnPNG) {
	b.WriteString(paragraph(heading, s.Title, false))
	for _, p := range s.Says {
		b.WriteString(paragraph("", p, false))
	}
	for _, c := range s.Charts {
		writePicture(b, c, pictures[c.ID])
	}
	for _, t := range s.Tables {
		if len(s.Tables) > 1 {
			b.WriteString(paragraph("Caption", t.Title, false))
		}
		writeTable(b, t)
	}
}

// English Metric Units, which drawings are measured in: so many in a twentieth of a point, and on a line.
const (
	emuPerTwip = 635
	lineEMU    = lineWidth * emuPerTwip
)

// writePicture writes a chart as wide as the page, under its title and above what it shows in words, which is its alternative text too. Title, picture and sentence stay on one page.
func writePicture(b *strings.Builder, c Chart, p drawnPNG) {
	b.WriteString(paragraph("ChartTitle", c.About.Title, false))
	height := lineEMU * p.height / max(p.width, 1)
	number := strings.TrimPrefix(p.relation, "rIdChart")
	fmt.Fprintf(b, `<w:p><w:pPr><w:keepNext/></w:pPr><w:r><w:drawing><wp:inline `+drawingSpaces+` distT="0" distB="0" distL="0" distR="0"><wp:extent cx="%[1]d" cy="%[2]d"/><wp:docPr id="%[3]s" name="Chart %[3]s" title="%[4]s" descr="%[5]s"/>`+
		`<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="%[3]s" name="%[6]s"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="%[7]s"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>`+
		`<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="%[1]d" cy="%[2]d"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`,
		lineEMU, height, number, escaped(c.About.Title), escaped(c.Alternative()), strings.TrimPrefix(p.file, "media/"), p.relation)
	b.WriteString(paragraph("", c.About.Sentence, false))
	for _, warning := range c.About.Warnings {
		b.WriteString(paragraph("", warning, true))
	}
	for _, note := range c.About.Notes {
		b.WriteString(paragraph("", note, false))
	}
}

// writeTable writes a table as wide as the page, and an empty line after it: Word makes one of two that touch.
func writeTable(b *strings.Builder, t Table) {
	fmt.Fprintf(b, `<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="%d" w:type="dxa"/><w:tblLayout w:type="fixed"/><w:tblLook w:firstRow="1" w:firstColumn="1" w:noHBand="1" w:noVBand="1"/><w:tblCaption w:val="%s"/></w:tblPr><w:tblGrid>`, lineWidth, escaped(t.Title))
	widths := columnWidths(t)
	for _, width := range widths {
		fmt.Fprintf(b, `<w:gridCol w:w="%d"/>`, width)
	}
	b.WriteString(`</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`)
	for i, c := range t.Columns {
		fmt.Fprintf(b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:shd w:val="clear" w:color="auto" w:fill="EDEDED"/></w:tcPr>%s</w:tc>`, widths[i], paragraph("TableHead", c.Title, false))
	}
	b.WriteString("</w:tr>")
	for _, r := range t.Rows {
		b.WriteString(`<w:tr><w:trPr><w:cantSplit/></w:trPr>`)
		for i, c := range r.Cells {
			fmt.Fprintf(b, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>%s</w:tc>`, widths[i], paragraph("TableText", c.Text, i == 0 || r.Warning))
		}
		b.WriteString("</w:tr>")
	}
	b.WriteString(`</w:tbl><w:p/>`)
}

// The room that a character of a table takes at most on average, what stands empty on both sides of a cell, in twentieths of a point, and how many
// characters of a word are kept together: an address may break.
const characterWidth, cellMargins, mostTogether = 108, 216, 24

// columnWidths shares the page's width among a table's columns: each gets room for its longest word, so that no date and no word is cut in two, and
// of what is left its share. Where the longest words don't find room beside each other, the shares alone count. Unit: twentieths of a point.
func columnWidths(t Table) []int {
	longest, shares := make([]int, len(t.Columns)), 0
	for i, c := range t.Columns {
		longest[i] = longestWord(c.Title)
		shares += c.Wide
	}
	for _, r := range t.Rows {
		for i, c := range r.Cells {
			longest[i] = max(longest[i], longestWord(c.Text))
		}
	}
	free := lineWidth
	for i, n := range longest {
		longest[i] = min(n, mostTogether)*characterWidth + cellMargins
		free -= longest[i]
	}
	if free < 0 {
		clear(longest)
		free = lineWidth
	}
	widths := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = longest[i] + free*c.Wide/shares
	}
	return widths
}

// longestWord counts the characters of a text's longest word.
func longestWord(text string) int {
	most := 0
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == '\n' }) { // a space that doesn't break is part of its word, as in "1 000 000"
		most = max(most, utf8.RuneCountInString(word))
	}
	return most
}

// footer says which page of how many.
func (d Document) footer() string {
	field := func(name string) string {
		return `<w:fldSimple w:instr=" ` + name + ` "><w:r><w:t>1</w:t></w:r></w:fldSimple>`
	}
	said := func(s string) string { return `<w:r><w:t xml:space="preserve">` + escaped(s) + `</w:t></w:r>` }
	const page, pages = "\x01", "\x02"
	before, after, _ := strings.Cut(d.T("report.page", "n", page, "of", pages), page)
	between, after, _ := strings.Cut(after, pages)
	return `<w:ftr ` + wordSpaces + `><w:p><w:pPr><w:jc w:val="right"/></w:pPr>` + said(d.Title()+"  ") + said(before) + field("PAGE") + said(between) + field("NUMPAGES") + said(after) + `</w:p></w:ftr>`
}
