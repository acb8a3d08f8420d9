package data

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/braidml/braid/tensor"
)

func TestDescribe(t *testing.T) {
	texts := tensor.ArrayOf([]int32{2, 3, 0, 1, 0, 0, 2, 1, 4, 0, 0, 0}, 4, 3)
	images, has := numbered[uint8](4, 2, 3, 1), tensor.ArrayOf([]uint8{1, 1, 0, 1, 1, 1, 1, 0}, 4, 2)
	ctx := context.Background()
	for name, c := range map[string]struct {
		s       Source[Pair]
		classes int
		labels  bool
		want    Description
	}{
		"classes": {
			&Pairs{Images: images, Texts: texts, Has: has, Labels: tensor.ArrayOf([]int32{2, 0, 2, 2}, 4)}, 5, false,
			Description{Rows: 4, Image: []int{2, 3, 1}, NoImage: 1, NoText: 1, Tokens: []int{1, 1, 1, 1}, Words: 6, Unknown: 2, Labels: []int{1, 0, 3, 0, 0}},
		},
		"a part": {
			Augmented(Subset[Pair](&Pairs{Images: images, Texts: texts, Labels: tensor.ArrayOf([]int32{2, 0, 2, 2}, 4)}, []int{1, 0}), &Augment{Flip: true}), 0, false,
			Description{Rows: 2, Image: []int{2, 3, 1}, Tokens: []int{0, 1, 1, 0}, Words: 3, Unknown: 1, Labels: []int{1, 0, 1}},
		},
		"labels": {
			&Pairs{Labels: tensor.ArrayOf([]float32{1, 0, 1, 1}, 2, 2)}, 0, true,
			Description{Rows: 2, Labels: []int{2, 1}},
		},
		"numbers": {
			&Pairs{Texts: numbered[float32](3, 2), Labels: tensor.ArrayOf([]float32{-1, 5, 3}, 3)}, 0, false,
			Description{Rows: 3, Numbers: []NumberSpread{{-1, 7. / 3, 5}}},
		},
		"a shuffled one": {
			ShuffleTexts(&Pairs{Texts: texts.Slice(0, 2), Labels: tensor.ArrayOf([]int32{0, 1}, 2)}, 1), 0, false,
			Description{Rows: 2, Tokens: []int{0, 1, 1, 0}, Words: 3, Unknown: 1, Labels: []int{1, 1}},
		},
		"nothing": {&Pairs{}, 0, false, Description{}},
	} {
		got, err := Describe(ctx, c.s, c.classes, c.labels)
		if err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, c.want)
		}
	}
	if _, err := Describe(ctx, &Pairs{Texts: texts, Labels: tensor.ArrayOf([]int32{0}, 1)}, 0, false); err == nil {
		t.Error("data that do not fit together are described")
	}
	ended, end := context.WithCancel(ctx)
	end()
	if _, err := Describe(ended, &Pairs{Texts: texts}, 0, false); err != context.Canceled {
		t.Errorf("after the end of the context: %v", err)
	}
}

// A description needs one picture: the others may be damaged.
func TestDescribeDecodesOnePicture(t *testing.T) {
	dir := t.TempDir()
	table := "file_name,text,label\n"
	for i := range 3 {
		name := fmt.Sprintf("%d.png", i)
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			err = png.Encode(f, image.NewGray(image.Rect(0, 0, 5, 4)))
		} else {
			_, err = f.WriteString("no picture")
		}
		if err != nil || f.Close() != nil {
			t.Fatal(err)
		}
		table += name + fmt.Sprintf(",word %d,class%d\n", i, i%2)
	}
	if err := os.WriteFile(filepath.Join(dir, "metadata.csv"), []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := OpenImageFolder(os.DirFS(dir), FolderOptions{Height: 16, Width: 8, Text: "text", Label: "label"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Describe(context.Background(), Subset[Pair](f, []int{0, 1, 2}), 0, false)
	want := Description{Rows: 3, Image: []int{16, 8, 3}, Tokens: []int{0, 0, 3}, Words: 6, Labels: []int{2, 1}}
	if err != nil || !reflect.DeepEqual(*got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}
