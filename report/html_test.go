package report

import (
	"encoding/base64"
	"fmt"
	"html"
	"image/color"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// structure is the ids and headings of a page, in their order.
func structure(page string) (all []string) {
	for _, m := range regexp.MustCompile(`<(h[1-6]|table|ul)[^>]*? id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		all = append(all, m[1]+" "+m[2])
	}
	return all
}

func TestStructure(t *testing.T) {
	model := struct{ Weight *tensor.Tensor }{tensor.NewParam(make([]float32, 6), 6)}
	for name, c := range map[string]struct {
		study Study
		want  string
	}{
		"classes": {Study{Test: whatIs(80, 5, 1), History: history, Model: &model},
			"ul headline, ul findings, h2 modalities, h2 curves, h2 confusion, table confusions, h2 classes, table scores, h2 roc, h2 calibration, h2 mistakes, h2 data, table parts, table counts, h2 model, h2 making, table facts"},
		"labels": {Study{Task: MultiLabel, Test: marks(80, 1)},
			"ul headline, ul findings, h2 modalities, h2 classes, table scores, h2 roc, h2 calibration, h2 mistakes, h2 data, table parts, table counts, h2 making, table facts"},
		"numbers": {Study{Task: Regression, Test: sizes(80, 1)},
			"ul headline, ul findings, h2 modalities, h2 regression, table numbers, h2 mistakes, h2 data, table parts, h2 making, table facts"},
	} {
		c.study.Forward = adds
		page := pageOf(t, reported(t, &c.study))
		if got := strings.Join(structure(page), ", "); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
		if tag := unbalanced(page); tag != "" {
			t.Errorf("%s: %s is not closed in its place", name, tag)
		}
		for _, m := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if !strings.Contains(page, ` id="`+m[1]+`"`) {
				t.Errorf("%s: nothing is at #%s", name, m[1])
			}
		}
		if m := regexp.MustCompile(`(src|srcset|href)="(?:[^d#]|d[^a])[^"]*"|https?://(?:[^w]|w[^w])|url\(|@import`).FindString(page); m != "" {
			t.Errorf("%s: the page loads %.60s", name, m)
		}
	}
}

// evil is what a text may be.
const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;'</q></style>{{.}}`

func TestHostileTexts(t *testing.T) {
	test := whatIs(60, 3, 1)
	names := []string{evil + "0", "javascript:alert(3)", evil + "2"}
	r := reported(t, &Study{
		Forward: adds, Test: test, Classes: names, Text: func(int) string { return evil }, Title: evil, Command: evil,
		Facts: []Fact{{evil, evil}}, History: history,
	})
	page := pageOf(t, r)
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("there are %d scripts", n)
	}
	if tag := unbalanced(page); tag != "" {
		t.Errorf("%s is not closed in its place", tag)
	}
	for _, m := range anyTag.FindAllString(page, -1) {
		bare := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(m, "")
		if strings.Contains(bare, "onerror") || strings.HasPrefix(m, "<img src=x") {
			t.Errorf("a text became the tag %s", m)
		}
	}
	if got := tableOf(t, page, "scores")[1][0]; got != names[0] {
		t.Errorf("the class is shown as %q", got)
	}
	if n := strings.Count(html.UnescapeString(page), "<q>"+evil+"</q>"); n != len(r.Mistakes) || n == 0 {
		t.Errorf("%d of %d texts are shown as they are", n, len(r.Mistakes))
	}
	// Names inside the charts are texts there, too.
	for _, m := range regexp.MustCompile(`data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)`).FindAllStringSubmatch(html.UnescapeString(page), -1) {
		chart, err := base64.StdEncoding.DecodeString(m[1])
		if err != nil || strings.Contains(string(chart), "<script") || strings.Contains(string(chart), "<img") {
			t.Errorf("a chart has a tag from a name, or is broken: %v", err)
		}
	}
}

// The page shows so many pictures of so many pixels, whatever the data are.
func TestSizeOfPage(t *testing.T) {
	const n, side = 200, 300
	rng := rand.New(rand.NewPCG(1, 1))
	pixels := make([]uint8, 4*side*side*3)
	for i := range pixels {
		pixels[i] = uint8(rng.Uint32()) // noise cannot be compressed
	}
	rows, labels := make([]int32, n), make([]int32, n)
	for i := range n {
		rows[i], labels[i] = int32(i%4), int32(rng.IntN(60))
	}
	test := &data.Pairs{Images: tensor.ArrayOf(pixels, 4, side, side, 3), Rows: rows, Texts: tensor.ArrayOf(make([]float32, n*60), n, 60), Labels: tensor.ArrayOf(labels, n)}
	r := reported(t, &Study{Test: test, Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
		return p.Input(b.Text), p.Input(b.Label)
	}})
	page := pageOf(t, r)
	if n := strings.Count(page, `alt="the row&#39;s picture"`) + strings.Count(page, `alt="the row's picture"`); n != 24 {
		t.Errorf("%d pictures are shown, want 24", n)
	}
	for _, m := range r.Mistakes {
		if b := m.Picture.Bounds(); b.Dx() != picturePixels || b.Dy() != picturePixels {
			t.Errorf("a picture is %v", b)
		}
	}
	// 24 pictures of 128 x 128 x 3 bytes, a third more in base 64 and a tenth more where + is escaped; and 1 MB of page.
	if most := 24*128*128*3*4/3*11/10 + 1<<20; len(page) > most {
		t.Errorf("the page has %d bytes, want at most %d", len(page), most)
	}
	if rows := tableOf(t, page, "scores"); len(rows) != 61 {
		t.Errorf("%d rows of classes, want 61", len(rows))
	}
}

// A mistake is shown with the picture and the text of its row.
func TestIllustrations(t *testing.T) {
	const n = 6
	pixels, tokens, labels, has := make([]uint8, 12*n), make([]int32, 2*n), make([]int32, n), make([]uint8, 2*n)
	for i := range n {
		for p := range 12 {
			pixels[12*i+p] = uint8(20 * i)
		}
		tokens[2*i], has[2*i], has[2*i+1] = int32(2+i%2), 1, 1
	}
	has[2*1], has[2*2+1] = 0, 0 // row 1 has no picture, row 2 no text
	test := &data.Pairs{Images: tensor.ArrayOf(pixels, n, 2, 2, 3), Texts: tensor.ArrayOf(tokens, n, 2), Labels: tensor.ArrayOf(labels, n), Has: tensor.ArrayOf(has, n, 2)}
	r := reported(t, &Study{Test: test, Words: []string{"<pad>", "<unk>", "even", "odd"}, Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
		return tensor.Concat(1, p.Full(0, len(tensor.Values[int32](b.Label)), 1), p.Input(b.Text).Slice(1, 0, 1).Float()), p.Input(b.Label)
	}})
	if len(r.Mistakes) != n {
		t.Fatalf("%d mistakes, want %d", len(r.Mistakes), n)
	}
	for _, m := range r.Mistakes {
		text := []string{"even", "odd"}[m.Row%2]
		if m.Row == 2 {
			text = ""
		}
		if m.Text != text || (m.Picture == nil) != (m.Row == 1) {
			t.Errorf("row %d has the text %q and the picture %v", m.Row, m.Text, m.Picture)
		}
		if gray := uint8(20 * m.Row); m.Picture != nil && m.Picture.At(1, 1) != (color.RGBA{gray, gray, gray, 255}) {
			t.Errorf("row %d has the picture of another row: %v", m.Row, m.Picture.At(1, 1))
		}
	}
	if page := pageOf(t, r); strings.Count(page, "no picture") != 1 || strings.Count(page, "<q>") != n-1 {
		t.Error("the page shows what is not there")
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		study Study
		want  []string
	}{
		{Study{Test: whatIs(80, 5, 1), History: history}, []string{CurvesFile, ConfusionFile, ROCFile, HTMLFile}},
		{Study{Test: whatIs(80, 2, 1)}, []string{ConfusionFile, ROCFile, HTMLFile}},
		{Study{Task: MultiLabel, Test: marks(80, 1)}, []string{ROCFile, HTMLFile}},
		{Study{Task: Regression, Test: sizes(80, 1)}, []string{ScatterFile, HTMLFile}},
	} {
		c.study.Forward = adds
		files, err := reported(t, &c.study).Save(dir)
		if err != nil || !slices.Equal(files, c.want) {
			t.Errorf("saved %q, %v, want %q", files, err, c.want)
		}
		for _, name := range files[:len(files)-1] {
			f, err := os.Open(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			m, err := png.Decode(f)
			f.Close()
			if err != nil || m.Bounds().Dx() < 400 || m.Bounds().Dy() < 300 {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := reported(t, &Study{Forward: adds, Test: whatIs(80, 2, 1)}).Save(filepath.Join(dir, "none")); err == nil {
		t.Error("saved in a folder that is not there")
	}
}

// Each cell of the picture has the colour of its count, for few classes and for many.
func TestMatrixPicture(t *testing.T) {
	for _, n := range []int{2, 13, 60, 200} {
		counts, names := make([][]int, n), make([]string, n)
		for i := range counts {
			counts[i], names[i] = make([]int, n), fmt.Sprintf("class %d", i)
			counts[i][(i+1)%n] = 5
		}
		names[0] = "圆" // no font for pictures has it: a number stands there
		b, err := pngOf(matrixChart(counts, names))
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(strings.NewReader(string(b)))
		if err != nil || m.Bounds().Dx() > 4000 {
			t.Fatalf("%d classes: %v %v", n, m.Bounds(), err)
		}
		strong := 0
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				if color.RGBAModel.Convert(m.At(x, y)) == light.strong {
					strong++
				}
			}
		}
		if strong < 4*n {
			t.Errorf("%d classes: %d pixels have the colour of a full cell", n, strong)
		}
	}
}
