package data

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// numbered is an array whose elements are their own places.
func numbered[T tensor.Elem](shape ...int) tensor.Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	v := make([]T, n)
	for i := range v {
		v[i] = T(i)
	}
	return tensor.ArrayOf(v, shape...)
}

func TestPairsReadsRows(t *testing.T) {
	p := &Pairs{
		Images: numbered[uint8](2, 1, 1, 3), Rows: []int32{1, 0, 1},
		Texts: numbered[float32](3, 2), Labels: numbered[int32](3), Has: numbered[uint8](3, 2),
	}
	var b Pair
	if err := p.Read(&b, []int{2, 1}, nil); err != nil {
		t.Fatal(err)
	}
	if got := tensor.Values[uint8](b.Image); !slices.Equal(got, []uint8{3, 4, 5, 0, 1, 2}) {
		t.Errorf("images %v", got)
	}
	if got := tensor.Values[float32](b.Text); !slices.Equal(got, []float32{4, 5, 2, 3}) {
		t.Errorf("texts %v", got)
	}
	if got := tensor.Values[int32](b.Label); !slices.Equal(got, []int32{2, 1}) {
		t.Errorf("labels %v", got)
	}
	if got := tensor.Values[uint8](b.Has); !slices.Equal(got, []uint8{4, 5, 2, 3}) {
		t.Errorf("has %v", got)
	}
	if got := b.Image.Shape(); !slices.Equal(got, []int{2, 1, 1, 3}) {
		t.Errorf("shape %v", got)
	}
	// A smaller batch and then a larger one, in the same memory where it fits.
	before := &tensor.Values[int32](b.Label)[0]
	for _, rows := range [][]int{{1}, {}, {0, 2}} {
		if err := p.Read(&b, rows, nil); err != nil || b.Label.Len() != len(rows) || b.Image.Shape()[0] != len(rows) {
			t.Fatalf("%d rows: %v, %v", len(rows), b.Label, err)
		}
	}
	if &tensor.Values[int32](b.Label)[0] != before {
		t.Error("the memory was not used again")
	}
	images := &Pairs{Images: numbered[uint8](4, 1, 1, 1)}
	if err := images.Read(&b, []int{3}, nil); err != nil || !b.Text.Absent() || !b.Label.Absent() || images.Len() != 4 {
		t.Errorf("images alone: %v, Len %d", b, images.Len())
	}
	if (&Pairs{}).Len() != 0 {
		t.Error("no data has rows")
	}
}

func TestPairsCheck(t *testing.T) {
	images, labels := numbered[uint8](3, 1, 1, 3), numbered[int32](3)
	bad := func(x float32) tensor.Array { return tensor.ArrayOf([]float32{0, 0, 0, 0, x, 0}, 3, 2) }
	for _, tt := range []struct {
		name string
		p    Pairs
		want string
	}{
		{"good", Pairs{Images: images, Labels: labels, Classes: []string{"a", "b", "c"}}, ""},
		{"nothing", Pairs{}, ""},
		{"NaN", Pairs{Texts: bad(float32(math.NaN()))}, "row 2 of Texts has a NaN"},
		{"infinity", Pairs{Images: images, Labels: bad(float32(math.Inf(-1)))}, "row 2 of Labels has a NaN or an infinity"},
		{"length", Pairs{Images: images, Labels: numbered[int32](2)}, "Images have 3 rows, expected 2"},
		{"type", Pairs{Images: numbered[int32](1, 1, 1, 1)}, "Images are int32, expected one of [uint8 float32]"},
		{"rank", Pairs{Texts: numbered[int32](3)}, "Texts have shape [3], expected [2] dimensions"},
		{"image", Pairs{Images: images, Rows: []int32{0, 3}}, "row 1 has image 3, expected 0 to 2"},
		{"no images", Pairs{Rows: []int32{0}}, "Rows but no Images"},
		{"label", Pairs{Labels: labels, Classes: []string{"a", "b"}}, "row 2 has label 2, expected 0 to 1"},
	} {
		err := tt.p.Check()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, expected %q", tt.name, err, tt.want)
		}
	}
}

// A loader asks the source, also through a subset.
func TestLoaderChecksTheSource(t *testing.T) {
	p := Source[Pair](&Pairs{Labels: numbered[int32](9), Classes: []string{"a"}})
	for _, s := range []Source[Pair]{p, Subset(p, []int{0})} {
		l := &Loader[Pair]{Source: s}
		for _, err := range l.Batches(t.Context(), Cursor{}) {
			if err == nil || !strings.Contains(err.Error(), "row 1 has label 1") {
				t.Errorf("%v, expected the source's error", err)
			}
		}
	}
}

func TestFirstNonFinite(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		a    tensor.Array
		want int
	}{
		{numbered[float32](4, 2), -1},
		{numbered[int32](4, 2), -1},
		{tensor.Array{}, -1},
		{tensor.ArrayOf([]float64{nan, 0}, 1, 2), 0},
		{tensor.ArrayOf([]float64{0, 1, 2, math.Inf(1), 4, nan}, 3, 2), 1},
		{tensor.ArrayOf([]float32{math.MaxFloat32, -math.MaxFloat32, float32(nan)}, 3), 2},
	} {
		if got := FirstNonFinite(tt.a); got != tt.want {
			t.Errorf("%v: %d, expected %d", tt.a, got, tt.want)
		}
	}
}
