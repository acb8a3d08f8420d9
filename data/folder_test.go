package data

import (
	"bytes"
	"image"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/braidml/braid/tensor"
)

// grey is a PNG of one brightness, by which tests know it again.
func grey(t testing.TB, brightness uint8) []byte {
	return encode(t, "png", filled(image.NewGray(image.Rect(0, 0, 5, 4)), color.Gray{brightness}))
}

// folder is files by name; a content of "#n" is a picture of brightness n.
func folder(t testing.TB, files map[string]string) fstest.MapFS {
	dir := fstest.MapFS{}
	for name, content := range files {
		data := []byte(content)
		if strings.HasPrefix(content, "#") {
			data = grey(t, content[1])
		}
		dir[name] = &fstest.MapFile{Data: data}
	}
	return dir
}

// readAll is all rows of a source, and the first value of each picture.
func readAll(t *testing.T, s Source[Pair]) (b Pair, first []uint8) {
	t.Helper()
	rows := make([]int, s.Len())
	for i := range rows {
		rows[i] = i
	}
	if err := s.Read(&b, rows, nil); err != nil {
		t.Fatal(err)
	}
	size := b.Image.Len() / len(rows)
	for i := range rows {
		first = append(first, tensor.Values[uint8](b.Image)[i*size])
	}
	return b, first
}

func TestClassFolders(t *testing.T) {
	dir := folder(t, map[string]string{
		"dog/b.png": "#\x02", "dog/a.PNG": "#\x01", "cat/x/deep/y.png": "#\x03", "cat/notes.txt": "x", ".hidden/a.png": "#\x04",
		"dog/.a.png": "#\x05", "__MACOSX/dog/a.png": "#\x06", "bird/z.png": "#\x07",
	})
	f, err := OpenImageFolder(dir, FolderOptions{Height: 4, Width: 5})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.Classes, []string{"bird", "deep", "dog"}) || !slices.Equal(f.Labels, []int32{0, 1, 2, 2}) {
		t.Errorf("classes %v, labels %v", f.Classes, f.Labels)
	}
	b, first := readAll(t, f)
	if !slices.Equal(first, []uint8{7, 3, 1, 2}) || f.File(2) != "dog/a.PNG" {
		t.Errorf("pictures %v, row 2 is %s", first, f.File(2))
	}
	if !slices.Equal(b.Image.Shape(), []int{4, 4, 5, 3}) || !b.Text.Absent() || !b.Has.Absent() || !slices.Equal(tensor.Values[int32](b.Label), f.Labels) {
		t.Errorf("%+v", b)
	}
	f, err = OpenImageFolder(folder(t, map[string]string{"a.png": "#a", "b.png": "#b"}), FolderOptions{Height: 2, Width: 2, Channels: 1})
	if err != nil || f.Classes != nil || f.Labels != nil {
		t.Fatalf("pictures without folders: %v", err)
	}
	if b, _ := readAll(t, f); !b.Label.Absent() || !slices.Equal(b.Image.Shape(), []int{2, 2, 2, 1}) {
		t.Errorf("%+v", b)
	}
}

const colours = `file_name,text,label,size,tags
a.png,"A red, big thing",red,1.5,warm|big
sub/b.png,这是蓝色的,blue,-2,cold
a.png,red?,red,0,
`

func TestMetadata(t *testing.T) {
	files := map[string]string{"a.png": "#a", "sub/b.png": "#b", "not-named.png": "#c", "metadata.csv": colours}
	lines := map[string]string{"a.png": "#a", "sub/b.png": "#b", "metadata.jsonl": `{"file_name": "a.png", "text": "A red, big thing", "label": "red", "size": 1.5, "tags": ["warm", "big"]}
{"text": "这是蓝色的", "more": {"x": [1]}, "size": -2, "tags": "cold", "label": "blue", "file_name": "sub/b.png"}

{"file_name": "a.png", "text": "red?", "label": "red", "size": 0, "tags": []}`}
	tabs := map[string]string{"a.png": "#a", "sub/b.png": "#b", "metadata.tsv": strings.NewReplacer(`"A red, big thing"`, "A red, big thing", ",", "\t").Replace(colours)}
	for name, files := range map[string]map[string]string{"csv": files, "jsonl": lines, "tsv": tabs} {
		dir := folder(t, files)
		f, err := OpenImageFolder(dir, FolderOptions{Height: 4, Width: 5, Text: "text", Label: "label", MaxTokens: 4})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, first := readAll(t, f)
		if !slices.Equal(first, []uint8{'a', 'b', 'a'}) || !slices.Equal(f.Classes, []string{"blue", "red"}) || !slices.Equal(tensor.Values[int32](b.Label), []int32{1, 0, 1}) {
			t.Errorf("%s: pictures %v, classes %v, labels %v", name, first, f.Classes, b.Label)
		}
		if got := []string{f.Text(0), f.Text(1), f.Vocab.Decode(tensor.Values[int32](b.Text)[:4]), f.Vocab.Decode(tensor.Values[int32](b.Text)[4:8])}; !slices.Equal(got, []string{"A red, big thing", "这是蓝色的", "a red , big", "这 是 蓝 色"}) {
			t.Errorf("%s: texts %q", name, got)
		}
		if ids := tensor.Values[int32](b.Text)[8:]; ids[2] != Padding || ids[3] != Padding || ids[0] != f.Vocab.ID("red") {
			t.Errorf("%s: the short text is %v", name, ids)
		}
		f, err = OpenImageFolder(dir, FolderOptions{Height: 4, Width: 5, Numbers: []string{"size", "size"}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if b, _ := readAll(t, f); !reflect.DeepEqual(b.Label, tensor.ArrayOf([]float32{1.5, 1.5, -2, -2, 0, 0}, 3, 2)) {
			t.Errorf("%s: numbers %v", name, b.Label)
		}
		f, err = OpenImageFolder(dir, FolderOptions{Height: 4, Width: 5, Tags: "tags"})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if b, _ := readAll(t, f); !reflect.DeepEqual(b.Label, tensor.ArrayOf([]float32{1, 0, 1, 0, 1, 0, 0, 0, 0}, 3, 3)) || !slices.Equal(f.Classes, []string{"big", "cold", "warm"}) {
			t.Errorf("%s: tags %v of %v", name, b.Label, f.Classes)
		}
		f, err = OpenImageFolder(dir, FolderOptions{Height: 4, Width: 5})
		if err != nil || f.Labels != nil {
			t.Errorf("%s: pictures of one folder and of none are no classes: %v, %v", name, f.Labels, err)
		}
	}
}

func TestSplits(t *testing.T) {
	dir := folder(t, map[string]string{"Train/cat/a.png": "#a", "Train/dog/b.png": "#b", "val/cat/c.png": "#c", "README.md": "x", ".git/x": "y"})
	if got, err := FolderSplits(dir); err != nil || !slices.Equal(got, []string{"train", "validation"}) {
		t.Errorf("splits %v, %v", got, err)
	}
	train, err := OpenImageFolder(dir, FolderOptions{Height: 4, Width: 5, Split: "train"})
	if err != nil {
		t.Fatal(err)
	}
	valid, err := OpenImageFolder(dir, FolderOptions{Height: 4, Width: 5, Split: "validation", Classes: train.Classes})
	if err != nil || train.Len() != 2 || valid.Len() != 1 || !slices.Equal(valid.Classes, []string{"cat", "dog"}) {
		t.Errorf("%v, %v, %v", train.Classes, valid, err)
	}
	table := folder(t, map[string]string{"train/a.png": "#a", "test/b.png": "#b", "test/c.png": "#c",
		"metadata.csv": "file_name,label\ntrain/a.png,x\ntest/b.png,y\ntest/c.png,x\n"})
	test, err := OpenImageFolder(table, FolderOptions{Height: 4, Width: 5, Split: "test", Label: "label"})
	if err != nil || test.Len() != 2 {
		t.Fatalf("one table for all splits: %v, %v", test, err)
	}
	if _, first := readAll(t, test); !slices.Equal(first, []uint8{'b', 'c'}) || !slices.Equal(test.Labels, []int32{1, 0}) {
		t.Errorf("pictures %v, labels %v", first, test.Labels)
	}
	for _, tt := range []struct {
		dir   fs.FS
		split string
		want  string
	}{
		{dir, "", "the folder has the splits train, validation, expected Split to be one of them"},
		{dir, "test", `there is no split "test", the folder has: train, validation`},
		{folder(t, map[string]string{"cat/a.png": "#a", "train/b.png": "#b"}), "train", `there is no split "train", the folder has no splits`},
		{folder(t, map[string]string{"val/a.png": "#a", "dev/b.png": "#b"}), "validation", "the folders dev and val are both the split validation"},
		{folder(t, map[string]string{"train/a.txt": "a"}), "train", "there are no pictures"},
	} {
		_, err := OpenImageFolder(tt.dir, FolderOptions{Height: 4, Width: 5, Split: tt.split})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, expected %q", err, tt.want)
		}
	}
}

func TestManifest(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	for path, brightness := range map[string]uint8{filepath.Join(dir, "a.png"): 'a', filepath.Join(elsewhere, "b.png"): 'b', filepath.Join(dir, "c.png"): 'c'} {
		if err := os.WriteFile(path, grey(t, brightness), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	table := "split,picture,words,n\ntrain,a.png,one,10\ntrain," + filepath.Join(elsewhere, "b.png") + ",two,9\ntest,c.png,three,10\ntrain,,only words,9\ntest,none.png,,x\n"
	if err := os.WriteFile(filepath.Join(dir, "rows.csv"), zipped(t, []byte(table)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "rows.csv"), filepath.Join(dir, "rows.csv.gz")); err != nil {
		t.Fatal(err)
	}
	f, err := OpenManifest(filepath.Join(dir, "rows.csv.gz"), FolderOptions{Height: 4, Width: 5, Image: "picture", Text: "words", Label: "n", Split: "train"})
	if err != nil {
		t.Fatal(err)
	}
	b, first := readAll(t, f)
	if !slices.Equal(first, []uint8{'a', 'b', 0}) || !slices.Equal(f.Classes, []string{"9", "10"}) || !slices.Equal(f.Labels, []int32{1, 0, 0}) {
		t.Errorf("pictures %v, classes %v, labels %v", first, f.Classes, f.Labels)
	}
	if !reflect.DeepEqual(b.Has, tensor.ArrayOf([]uint8{1, 1, 1, 1, 0, 1}, 3, 2)) || f.Text(2) != "only words" {
		t.Errorf("has %v", b.Has)
	}
	f, err = OpenManifest(filepath.Join(dir, "rows.csv.gz"), FolderOptions{Height: 4, Width: 5, Image: "picture", Split: "test", SkipBad: true})
	if err != nil || f.Len() != 1 || len(f.Bad) != 1 || f.Labels != nil || !strings.Contains(f.Bad[0].Error(), `rows.csv.gz: row 5: picture is "none.png"`) {
		t.Errorf("%v, %v", f, err)
	}
}

// A missing text is padding, and a row of a part of the folder says what it lacks.
func TestMissingModality(t *testing.T) {
	dir := folder(t, map[string]string{"a.png": "#a", "metadata.jsonl": `{"file_name": "a.png", "text": "red"}
{"file_name": "a.png", "text": null}
{"text": "blue"}
{"file_name": "a.png", "text": "  "}
`})
	f, err := OpenImageFolder(dir, FolderOptions{Height: 4, Width: 5, Text: "text", Augment: &everything})
	if err != nil {
		t.Fatal(err)
	}
	var b Pair
	if err := f.Read(&b, []int{3, 2, 1, 0}, NewRowRand(1, 1)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(b.Has, tensor.ArrayOf([]uint8{1, 0, 0, 1, 1, 0, 1, 1}, 4, 2)) {
		t.Errorf("has %v", b.Has)
	}
	if ids := tensor.Values[int32](b.Text); ids[0] != Padding || ids[1] != f.Vocab.ID("blue") || ids[2] != Padding || ids[3] != f.Vocab.ID("red") {
		t.Errorf("texts %v", ids)
	}
	if picture := tensor.Values[uint8](b.Image.Slice(1, 2)); slices.Max(picture) != 0 {
		t.Errorf("the missing picture is %v, expected zeros", picture)
	}
}

// The pictures of a folder and the same in memory are the same batches, augmentation included.
func TestFolderIsLikeMemory(t *testing.T) {
	train, _, _ := Shapes(ShapesConfig{Train: 20, Test: 1})
	images := tensor.Values[uint8](train.Images)
	dir := fstest.MapFS{}
	for i := range 20 {
		m := image.NewNRGBA(image.Rect(0, 0, 32, 32))
		for p := range 32 * 32 {
			v := images[(i*32*32+p)*3:]
			copy(m.Pix[4*p:], []uint8{v[0], v[1], v[2], 255})
		}
		dir["x/"+string(rune('a'+i))+".png"] = &fstest.MapFile{Data: encode(t, "png", m)}
	}
	f, err := OpenImageFolder(dir, FolderOptions{Height: 32, Width: 32, Augment: &everything})
	if err != nil {
		t.Fatal(err)
	}
	memory := &Pairs{Images: train.Images, Augment: &everything}
	for _, workers := range []int{1, 3} {
		var want []tensor.Array
		for b := range (&Loader[Pair]{Source: memory, BatchSize: 7, Shuffle: true, Seed: 3}).Batches(t.Context(), Cursor{Epoch: 2}) {
			want = append(want, tensor.ArrayOf(bytes.Clone(tensor.Values[uint8](b.Image)), b.Image.Shape()...))
		}
		i := 0
		for b, err := range (&Loader[Pair]{Source: f, BatchSize: 7, Shuffle: true, Seed: 3, Workers: workers}).Batches(t.Context(), Cursor{Epoch: 2}) {
			if err != nil || !reflect.DeepEqual(b.Image, want[i]) {
				t.Fatalf("%d workers: batch %d differs, %v", workers, i, err)
			}
			i++
		}
	}
}
