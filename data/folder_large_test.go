package data

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/braidml/braid/tensor"
)

// manyFiles is a folder of n names for the same picture and a table of them, which is made as it is read: what is
// measured is the reader's memory, not the folder's.
type manyFiles struct {
	n       int
	picture []byte
}

func (m *manyFiles) Open(name string) (fs.File, error) {
	switch number, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(name), ".png")); {
	case name == "metadata.csv":
		return &tableFile{m: m}, nil
	case err == nil && number < m.n:
		return (fstest.MapFS{"p": {Data: m.picture}}).Open("p")
	case name == ".":
		return fstest.MapFS{}.Open(".")
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (m *manyFiles) Stat(name string) (fs.FileInfo, error) {
	if name != "metadata.csv" && !strings.HasSuffix(name, ".png") {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return (fstest.MapFS{"p": {}}).Stat("p")
}

type tableFile struct {
	m    *manyFiles
	row  int
	rest string
}

func (f *tableFile) Read(p []byte) (int, error) {
	if f.rest == "" {
		switch {
		case f.row > f.m.n:
			return 0, io.EOF
		case f.row == 0:
			f.rest = "file_name,text,label\n"
		default:
			f.rest = fmt.Sprintf("images/%06d.png,picture number %d of many,c%d\n", f.row-1, f.row, f.row%10)
		}
		f.row++
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

func (f *tableFile) Close() error               { return nil }
func (f *tableFile) Stat() (fs.FileInfo, error) { return nil, errors.ErrUnsupported }

// 100,000 pictures of 16 by 16 pixels, 77 MB decoded, read in batches: memory does not grow with the rows read.
func TestMemoryIsFlat(t *testing.T) {
	n := 100_000
	if testing.Short() {
		n = 20_000
	}
	dir := &manyFiles{n, encode(t, "png", numberedImage(16, 16))}
	before := heap()
	f, err := OpenImageFolder(dir, FolderOptions{Height: 16, Width: 16, Text: "text", Label: "label", MaxTokens: 6})
	if err != nil || f.Len() != n {
		t.Fatal(f.Len(), err)
	}
	// Names, texts and numbers of a row take about 300 bytes, and its number is a word of the vocabulary.
	if opened := heap() - before; opened > int64(n)*600 {
		t.Errorf("opening takes %d bytes a row, expected at most 600", opened/int64(n))
	}
	early, late := heapOver(t, f)
	t.Logf("%d rows: %.1f MB after a tenth, %.1f MB at the end", n, float64(early)/1e6, float64(late)/1e6)
	if grown := late - early; grown > flat {
		t.Errorf("the heap grew by %d bytes from a tenth of the rows to all, expected it to stay", grown)
	}
	// The check sees a source that keeps what it has read.
	some := make([]int, 5000)
	if early, late := heapOver(t, &hoarder{Source: Subset(f, some)}); late-early <= flat {
		t.Errorf("the heap of a source that keeps its pictures grew by %d bytes", late-early)
	}
}

const flat = 1 << 20 // bytes that a heap may waver by

// heapOver is the heap after a tenth of an epoch and at its end.
func heapOver(t *testing.T, s Source[Pair]) (early, late int64) {
	l := &Loader[Pair]{Source: s, BatchSize: 64, Shuffle: true}
	batch, rows := 0, 0
	for b, err := range l.Batches(t.Context(), Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
		rows += b.Image.Shape()[0]
		switch batch++; batch {
		case l.Len() / 10:
			early = heap()
		case l.Len():
			late = heap()
		}
	}
	if rows != s.Len() { // also keeps s, and what it keeps, alive until here
		t.Errorf("%d rows, expected %d", rows, s.Len())
	}
	return early, late
}

// hoarder keeps every picture.
type hoarder struct {
	Source[Pair]
	mu   sync.Mutex
	kept [][]uint8
}

func (h *hoarder) Read(b *Pair, rows []int, rng *RowRand) error {
	err := h.Source.Read(b, rows, rng)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept = append(h.kept, slices.Clone(tensor.Values[uint8](b.Image)))
	return err
}

// heap is the bytes in use, the least of some looks: while workers still read ahead, what they drop counts too.
func heap() int64 {
	least := int64(math.MaxInt64)
	for range 4 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		least = min(least, int64(m.HeapAlloc))
	}
	return least
}

// savePNG writes image i of [n, h, w, c].
func savePNG(t *testing.T, path string, images tensor.Array, i int) {
	t.Helper()
	shape := images.Shape()
	m := image.NewNRGBA(image.Rect(0, 0, shape[2], shape[1]))
	v := tensor.Values[uint8](images.Slice(i, i+1))
	for p := range shape[1] * shape[2] {
		for channel := range 3 {
			m.Pix[4*p+channel] = v[p*shape[3]+min(channel, shape[3]-1)]
		}
		m.Pix[4*p+3] = 255
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, m), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// The emoji pictures written as PNG and read through the folder are those of the IDX file, byte for byte, so a model
// trains alike on either. How fast one core decodes them is logged.
func TestEmojiOnDisk(t *testing.T) {
	const pictures = 400
	source := dataFolder(t, "emoji")
	images, err := ReadIDXFile(filepath.Join(source, "images-twitter-32.idx4-ubyte.gz"))
	if err != nil {
		t.Fatal(err)
	}
	codes, err := ReadTSV(filepath.Join(source, "images.tsv"), "style", "index", "code")
	if err != nil {
		t.Fatal(err)
	}
	table, err := ReadTSV(filepath.Join(source, "emoji.tsv"), "code", "group", "label", "tags")
	if err != nil {
		t.Fatal(err)
	}
	about := map[string][]string{}
	for _, row := range table {
		about[row[0]] = row
	}
	dir := t.TempDir()
	var rows strings.Builder
	var order []int
	for _, row := range codes {
		i, err := strconv.Atoi(row[1])
		if e := about[row[2]]; err == nil && e != nil && row[0] == "twitter" && len(order) < pictures {
			savePNG(t, filepath.Join(dir, row[2]+".png"), images, i)
			fmt.Fprintf(&rows, "{\"file_name\": %q, \"group\": %q, \"text\": %q, \"tags\": %q}\n", row[2]+".png", e[1], e[2], e[3])
			order = append(order, i)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "metadata.jsonl"), []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OpenImageFolder(os.DirFS(dir), FolderOptions{Height: 32, Width: 32, Text: "text", Label: "group"})
	if err != nil {
		t.Fatal(err)
	}
	if f.Len() != pictures || len(f.Classes) < 2 || f.Text(0) != "grinning face" || f.Classes[f.Labels[0]] != "smileys-emotion" {
		t.Errorf("%d rows, classes %v, row 0 is %q, %s", f.Len(), f.Classes, f.Text(0), f.Classes[f.Labels[0]])
	}
	got, _ := readAll(t, f)
	for row, i := range order {
		if !slices.Equal(tensor.Values[uint8](got.Image.Slice(row, row+1)), tensor.Values[uint8](images.Slice(i, i+1))) {
			t.Fatalf("row %d (%s) is not image %d", row, f.File(row), i)
		}
	}
	best := math.Inf(1)
	for range 2 {
		begin := time.Now()
		readAll(t, f)
		best = min(best, time.Since(begin).Seconds())
	}
	t.Logf("%.0f pictures a second on one core", pictures/best)
	tagged, err := OpenImageFolder(os.DirFS(dir), FolderOptions{Height: 32, Width: 32, Tags: "tags"})
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := readAll(t, tagged); len(tagged.Classes) < 100 || b.Label.Shape()[1] != len(tagged.Classes) || tensor.Values[float32](b.Label)[slices.Index(tagged.Classes, "grin")] != 1 {
		t.Errorf("%d tags", len(tagged.Classes))
	}
}

// A sketch of each of ten words in class folders, in grey.
func TestQuickdrawOnDisk(t *testing.T) {
	source := dataFolder(t, "quickdraw")
	images, err := ReadIDXFile(filepath.Join(source, "test-images-28.idx3-ubyte.gz"))
	if err != nil {
		t.Fatal(err)
	}
	shape := images.Shape()
	images = images.Reshape(shape[0], shape[1], shape[2], 1)
	dir := t.TempDir()
	for class := range 10 {
		if err := os.Mkdir(filepath.Join(dir, strconv.Itoa(class)), 0o700); err != nil {
			t.Fatal(err)
		}
		savePNG(t, filepath.Join(dir, strconv.Itoa(class), "x.png"), images, class*20)
	}
	f, err := OpenImageFolder(os.DirFS(dir), FolderOptions{Height: 28, Width: 28, Channels: 1})
	if err != nil || f.Len() != 10 || !slices.Equal(f.Labels, []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
		t.Fatal(f, err)
	}
	b, _ := readAll(t, f)
	for class := range 10 {
		if !slices.Equal(tensor.Values[uint8](b.Image.Slice(class, class+1)), tensor.Values[uint8](images.Slice(class*20, class*20+1))) {
			t.Errorf("class %d differs from its sketch", class)
		}
	}
}

func BenchmarkLoaderFolder(b *testing.B) {
	dir := &manyFiles{2048, encode(b, "png", filled(image.NewNRGBA(image.Rect(0, 0, 32, 32)), image.White.C))}
	f, err := OpenImageFolder(dir, FolderOptions{Height: 32, Width: 32, Text: "text", Label: "label"})
	if err != nil {
		b.Fatal(err)
	}
	benchmarkLoader(b, f)
}
