package data

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// fivePairs is rows whose image, text and label are their own number, the text plus 1 so that none is padding.
func fivePairs(has tensor.Array) *Pairs {
	texts := numbered[int32](5, 1)
	for i := range tensor.Values[int32](texts) {
		tensor.Values[int32](texts)[i]++
	}
	return &Pairs{Images: numbered[uint8](5, 1, 1, 1), Texts: texts, Labels: numbered[int32](5), Has: has}
}

// all is every row of s, in batches of two.
func all(t *testing.T, s Source[Pair]) (image []uint8, text, label []int32, has []uint8) {
	t.Helper()
	for b, err := range (&Loader[Pair]{Source: s, BatchSize: 2}).Batches(context.Background(), Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
		image = append(image, tensor.Values[uint8](b.Image)...)
		text = append(text, tensor.Values[int32](b.Text)...)
		label = append(label, tensor.Values[int32](b.Label)...)
		if !b.Has.Absent() {
			has = append(has, tensor.Values[uint8](b.Has)...)
		}
	}
	return image, text, label, has
}

func TestShuffledRowsKeepNothing(t *testing.T) {
	has := tensor.ArrayOf([]uint8{0, 1, 1, 0, 1, 1, 1, 1, 1, 1}, 5, 2) // row 0 has no image, row 1 no text
	seen := map[string]bool{}
	for seed := range uint64(20) {
		image, text, label, got := all(t, ShuffleImages(fivePairs(has), seed))
		if !slices.Equal(text, []int32{1, 2, 3, 4, 5}) || !slices.Equal(label, []int32{0, 1, 2, 3, 4}) {
			t.Fatalf("seed %d: texts %v, labels %v", seed, text, label)
		}
		if sorted := slices.Sorted(slices.Values(image)); !slices.Equal(sorted, []uint8{0, 1, 2, 3, 4}) {
			t.Fatalf("seed %d: images %v", seed, image)
		}
		for i, v := range image {
			if int(v) == i {
				t.Errorf("seed %d: row %d kept its image", seed, i)
			}
			if want := []uint8{uint8(min(v, 1)), tensor.Values[uint8](has)[2*i+1]}; !slices.Equal(got[2*i:2*i+2], want) {
				t.Errorf("seed %d: row %d has %v, want %v: what there is goes with the image", seed, i, got[2*i:2*i+2], want)
			}
		}
		seen[string(image)] = true
		again, texts, _, _ := all(t, ShuffleTexts(fivePairs(has), seed))
		if !slices.Equal(again, []uint8{0, 1, 2, 3, 4}) || slices.Equal(texts, []int32{1, 2, 3, 4, 5}) {
			t.Errorf("seed %d: texts shuffled: images %v, texts %v", seed, again, texts)
		}
	}
	if len(seen) < 5 {
		t.Errorf("20 seeds gave %d orders", len(seen))
	}
	if image, _, _, _ := all(t, ShuffleImages(Subset(fivePairs(has), []int{3}), 1)); !slices.Equal(image, []uint8{3}) {
		t.Errorf("a single row has the image %v", image)
	}
}

func TestWithout(t *testing.T) {
	has := tensor.ArrayOf([]uint8{0, 1, 1, 0, 1, 1, 1, 1, 1, 1}, 5, 2)
	own, text := []uint8{0, 1, 2, 3, 4}, []int32{1, 2, 3, 4, 5}
	seven := tensor.ArrayOf([]uint8{7}, 1, 1, 1)
	for name, c := range map[string]struct {
		s     Source[Pair]
		image []uint8
		text  []int32
		has   []uint8
	}{
		"images":                   {WithoutImages(fivePairs(tensor.Array{}), tensor.Array{}), make([]uint8, 5), text, []uint8{0, 1, 0, 1, 0, 1, 0, 1, 0, 1}},
		"images where some lack":   {WithoutImages(fivePairs(has), tensor.Array{}), make([]uint8, 5), text, []uint8{0, 1, 0, 0, 0, 1, 0, 1, 0, 1}},
		"images replaced":          {WithoutImages(fivePairs(tensor.Array{}), seven), []uint8{7, 7, 7, 7, 7}, text, nil},
		"replaced where some lack": {WithoutImages(fivePairs(has), seven), []uint8{7, 7, 7, 7, 7}, text, []uint8{1, 1, 1, 0, 1, 1, 1, 1, 1, 1}},
		"texts":                    {WithoutTexts(fivePairs(tensor.Array{}), tensor.Array{}), own, make([]int32, 5), []uint8{1, 0, 1, 0, 1, 0, 1, 0, 1, 0}},
		"texts replaced":           {WithoutTexts(fivePairs(tensor.Array{}), tensor.ArrayOf([]int32{0}, 1)), own, make([]int32, 5), nil},
	} {
		image, text, label, has := all(t, c.s)
		if !slices.Equal(image, c.image) || !slices.Equal(text, c.text) || !slices.Equal(has, c.has) || !slices.Equal(label, []int32{0, 1, 2, 3, 4}) {
			t.Errorf("%s: images %v, texts %v, has %v, labels %v", name, image, text, has, label)
		}
	}
	var b Pair
	for want, s := range map[string]Source[Pair]{
		"expected uint8 [1 1 1]": WithoutImages(fivePairs(has), tensor.ArrayOf([]uint8{1, 2}, 1, 2, 1)),
		"expected int32 [1]":     WithoutTexts(fivePairs(has), tensor.ArrayOf([]float32{1}, 1)),
		"no such input":          WithoutTexts(&Pairs{Images: numbered[uint8](5, 1, 1, 1)}, tensor.Array{}),
	} {
		if err := s.Read(&b, []int{1}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error that says %q", err, want)
		}
	}
}

func TestMeanImage(t *testing.T) {
	has := tensor.ArrayOf([]uint8{1, 1, 0, 1, 1, 1}, 3, 2)
	m, err := MeanImage(&Pairs{Images: tensor.ArrayOf([]uint8{10, 20, 99, 99, 13, 21}, 3, 1, 2, 1), Has: has})
	if err != nil || !slices.Equal(tensor.Values[uint8](m), []uint8{12, 21}) || !slices.Equal(m.Shape(), []int{1, 2, 1}) {
		t.Errorf("the mean is %v, %v", m, err)
	}
	m, err = MeanImage(&Pairs{Images: tensor.ArrayOf([]float32{.25, .5}, 2, 1, 1, 1)})
	if err != nil || math.Abs(m.Float64s()[0]-.375) > 0x1p-24 {
		t.Errorf("the mean is %v, %v", m, err)
	}
	m, err = MeanImage(&Pairs{Images: numbered[uint8](1, 1, 1, 1), Has: tensor.ArrayOf([]uint8{0, 1}, 1, 2)})
	if err != nil || tensor.Values[uint8](m)[0] != 0 {
		t.Errorf("without images the mean is %v, %v", m, err)
	}
	for _, p := range []*Pairs{{}, {Texts: numbered[int32](1, 1)}} {
		if _, err := MeanImage(p); err == nil {
			t.Error("no error where there are no images")
		}
	}
}

// TestHide: a share of the rows, the same ones whatever the batch, loses its input.
func TestHide(t *testing.T) {
	const n = 1000
	p := &Pairs{
		Images: tensor.ArrayOf(slices.Repeat([]uint8{9}, n), n, 1, 1, 1), Texts: tensor.ArrayOf(slices.Repeat([]int32{3}, n), n, 1),
	}
	read := func(s Source[Pair], rows ...int) Pair {
		var b Pair
		if err := s.Read(&b, rows, nil); err != nil {
			t.Fatal(err)
		}
		return b
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	s := HideTexts(HideImages(p, .3, tensor.Array{}, 5), .5, tensor.Array{}, 5)
	whole := read(s, all...)
	has, pixels, tokens := tensor.Values[uint8](whole.Has), tensor.Values[uint8](whole.Image), tensor.Values[int32](whole.Text)
	var hidden [4]int
	for i := range n {
		hidden[2*has[2*i]+has[2*i+1]]++
		if pixels[i] != 9*has[2*i] || tokens[i] != 3*int32(has[2*i+1]) {
			t.Fatalf("row %d has %v, but holds %d and %d", i, has[2*i:2*i+2], pixels[i], tokens[i])
		}
		one := tensor.Values[uint8](read(s, i).Has)
		if one[0] != has[2*i] || one[1] != has[2*i+1] {
			t.Fatalf("row %d is hidden in one batch and not in another", i)
		}
	}
	// Shares .15, .15, .35, .35; five standard deviations are at most 76.
	for i, want := range []int{150, 150, 350, 350} {
		if d := hidden[i] - want; d > 76 || d < -76 {
			t.Errorf("of %d rows %v lack both, the image, the text, nothing: about 150, 150, 350, 350 were expected", n, hidden)
		}
	}
	given := read(HideImages(p, .5, tensor.ArrayOf([]uint8{4}, 1, 1, 1), 5), all...)
	fours := 0
	for _, v := range tensor.Values[uint8](given.Image) {
		if v == 4 {
			fours++
		} else if v != 9 {
			t.Fatalf("a pixel is %d", v)
		}
	}
	if fours < 420 || fours > 580 || !given.Has.Absent() {
		t.Errorf("%d of %d images are replaced, and Has is %v", fours, n, given.Has)
	}
}
