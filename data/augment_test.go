package data

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

// everything has all changes on.
var everything = Augment{Flip: true, Crop: 3, Rotate: 15, Scale: .2, Brightness: .3, Contrast: .3, Erase: .3}

// augmentOnce is picture [h, w, c] as the first row of epoch 0 of a seed.
func augmentOnce(a Augment, pixels tensor.Array, seed uint64) tensor.Array {
	var b Pair
	p := Pairs{Images: pixels, Augment: &a}
	if err := p.Read(&b, []int{0}, NewRowRand(seed, 0)); err != nil {
		panic(err)
	}
	return b.Image
}

func TestAugmentIsOffByDefault(t *testing.T) {
	m := numbered[uint8](1, 4, 5, 3)
	for seed := range uint64(20) {
		if got := augmentOnce(Augment{}, m, seed); !reflect.DeepEqual(got, m) {
			t.Fatalf("nothing is on, and %v becomes %v", m, got)
		}
	}
	var b Pair
	p := Pairs{Images: m, Augment: &everything}
	if err := p.Read(&b, []int{0}, nil); err != nil || !reflect.DeepEqual(b.Image, m) {
		t.Errorf("without rng %v becomes %v, %v", m, b.Image, err)
	}
}

// The same seed, epoch and row: the same picture, whatever the batch size, the order and the workers.
func TestAugmentDependsOnSeedEpochAndRow(t *testing.T) {
	const n = 24
	p := &Pairs{Images: numbered[uint8](n, 8, 8, 3), Labels: numbered[int32](n), Augment: &everything}
	read := func(seed uint64, epoch, batch, workers int, shuffle bool) map[int32][]uint8 {
		out := map[int32][]uint8{}
		l := &Loader[Pair]{Source: p, BatchSize: batch, Workers: workers, Shuffle: shuffle, Seed: seed}
		for b, err := range l.Batches(t.Context(), Cursor{Epoch: epoch}) {
			if err != nil {
				t.Fatal(err)
			}
			for i, label := range tensor.Values[int32](b.Label) {
				out[label] = slices.Clone(tensor.Values[uint8](b.Image.Slice(i, i+1)))
			}
		}
		return out
	}
	want := read(7, 3, 5, 1, false)
	for _, workers := range []int{1, 2, 5} {
		for _, batch := range []int{1, 7, n} {
			if got := read(7, 3, batch, workers, true); !reflect.DeepEqual(got, want) {
				t.Errorf("%d workers and batches of %d see other pictures", workers, batch)
			}
		}
	}
	for name, other := range map[string]map[int32][]uint8{"seed": read(8, 3, 5, 1, false), "epoch": read(7, 4, 5, 1, false)} {
		same := 0
		for row := range want {
			if slices.Equal(other[row], want[row]) {
				same++
			}
		}
		if same > n/4 {
			t.Errorf("another %s changes only %d of %d pictures", name, n-same, n)
		}
	}
}

func TestFlipAndCropMoveWholePixels(t *testing.T) {
	m := tensor.ArrayOf([]uint8{1, 2, 3, 4, 5, 6}, 1, 2, 3, 1)
	mirrored := 0
	for seed := range uint64(400) {
		switch v := tensor.Values[uint8](augmentOnce(Augment{Flip: true}, m, seed)); {
		case slices.Equal(v, []uint8{3, 2, 1, 6, 5, 4}):
			mirrored++
		case !slices.Equal(v, []uint8{1, 2, 3, 4, 5, 6}):
			t.Fatalf("%v", v)
		}
	}
	if mirrored < 150 || mirrored > 250 { // half of 400, within five deviations of 10
		t.Errorf("%d of 400 are mirrored", mirrored)
	}
	seen := map[string]int{}
	for seed := range uint64(900) {
		v := tensor.Values[uint8](augmentOnce(Augment{Crop: 1}, m, seed))
		seen[string(v)]++
	}
	for _, want := range [][]uint8{
		{1, 2, 3, 4, 5, 6}, {2, 3, 3, 5, 6, 6}, {1, 1, 2, 4, 4, 5}, // across
		{4, 5, 6, 4, 5, 6}, {5, 6, 6, 5, 6, 6}, {4, 4, 5, 4, 4, 5}, // up
		{1, 2, 3, 1, 2, 3}, {2, 3, 3, 2, 3, 3}, {1, 1, 2, 1, 1, 2}, // down
	} {
		if n := seen[string(want)]; n < 50 || n > 150 { // a ninth of 900, within five deviations of 10
			t.Errorf("%v comes %d times of 900, expected about 100", want, n)
		}
	}
	if len(seen) != 9 {
		t.Errorf("%d different pictures, expected 9", len(seen))
	}
}

// A quarter turn is exact where pixels fall on pixels; a turn there and back gives the inside of the picture again.
func TestWarpGeometry(t *testing.T) {
	before := tensor.Values[float32](numbered[float32](3, 3, 1))
	p := picture[float32]{make([]float32, 9), 3, 3, 1}
	near := func(name string, want ...float32) {
		t.Helper()
		for i, w := range want {
			if d := math.Abs(float64(p.pixels[i] - w)); !(d <= 1e-5) { // a few roundings of numbers up to 8
				t.Errorf("%s: %v, expected %v", name, p.pixels, want)
				return
			}
		}
	}
	p.warp(before, &augmentation{sine: 1, cosine: 0, scale: 1})
	near("quarter turn", 6, 3, 0, 7, 4, 1, 8, 5, 2)
	p.warp(before, &augmentation{sine: 0, cosine: -1, scale: 1})
	near("half turn", 8, 7, 6, 5, 4, 3, 2, 1, 0)
	p.warp(before, &augmentation{sine: 1, cosine: 0, scale: 1, flip: true})
	near("quarter turn of the mirror", 8, 5, 2, 7, 4, 1, 6, 3, 0)
	p.warp(before, &augmentation{cosine: 1, scale: 2})
	near("twice as large", 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6)
	p.warp(before, &augmentation{cosine: 1, scale: .5})
	near("half as large", 0, 1, 2, 3, 4, 5, 6, 7, 8)
	p.warp(before, &augmentation{cosine: 1, scale: 1, dx: 1, dy: -1})
	near("shift", 3, 3, 4, 6, 6, 7, 6, 6, 7)
	p.warp(before, &augmentation{cosine: 1, scale: 1, dx: 1000})
	near("far outside", 0, 0, 0, 3, 3, 3, 6, 6, 6)
}

func TestToneAndErase(t *testing.T) {
	p := picture[uint8]{[]uint8{0, 100, 200, 100}, 2, 2, 1}
	p.tone(&augmentation{brightness: 1.2, contrast: .5}) // mean 120 afterwards
	if want := []uint8{60, 120, 180, 120}; !slices.Equal(p.pixels, want) {
		t.Errorf("%v, expected %v", p.pixels, want)
	}
	p.tone(&augmentation{brightness: 2, contrast: 3})
	if want := []uint8{0, 240, 255, 240}; !slices.Equal(p.pixels, want) {
		t.Errorf("%v, expected %v, cut off", p.pixels, want)
	}
	real := picture[float32]{[]float32{-1, 3}, 1, 2, 1}
	real.tone(&augmentation{brightness: 2, contrast: 1})
	if !slices.Equal(real.pixels, []float32{-2, 6}) {
		t.Errorf("%v, expected -2 and 6: real numbers are not cut off", real.pixels)
	}
	e := picture[uint8]{[]uint8{0, 10, 1, 20, 2, 30, 9, 40}, 2, 2, 2}
	e.erase(&augmentation{top: 0, bottom: 2, left: 1, right: 2})
	if want := []uint8{0, 10, 3, 25, 2, 30, 3, 25}; !slices.Equal(e.pixels, want) {
		t.Errorf("%v, expected %v", e.pixels, want)
	}
}

// What is drawn stays within what was asked for, and fills it.
func TestAugmentDraws(t *testing.T) {
	const h, w = 20, 30
	var angles, scales, lights, areas []float64
	rng := NewRowRand(1, 0)
	for row := range 4000 {
		d := everything.draw(rng.Row(row), h, w)
		angles = append(angles, math.Atan2(d.sine, d.cosine)*180/math.Pi)
		scales = append(scales, d.scale)
		lights = append(lights, d.brightness, d.contrast)
		areas = append(areas, float64((d.bottom-d.top)*(d.right-d.left))/(h*w))
		if d.top < 0 || d.left < 0 || d.bottom > h || d.right > w || max(d.dx, -d.dx, d.dy, -d.dy) > 3 {
			t.Fatalf("%+v", d)
		}
		single := Augment{Brightness: .3}
		if got := single.draw(rng.Row(row), h, w); got.brightness != d.brightness {
			t.Fatalf("row %d: brightness alone is %v, with others %v", row, got.brightness, d.brightness)
		}
	}
	for _, tt := range []struct {
		name      string
		drawn     []float64
		low, high float64
		slack     float64 // beyond: a side of a rectangle is rounded by half a pixel
	}{{"angle", angles, -15, 15, 1e-9}, {"scale", scales, 1 / 1.2, 1.2, 1e-9}, {"brightness", lights, .7, 1.3, 1e-9}, {"area", areas, 0, .3, .02}} {
		low, high := slices.Min(tt.drawn), slices.Max(tt.drawn)
		near := .02 * (tt.high - tt.low)
		if !(low >= tt.low-tt.slack && low <= tt.low+near && high <= tt.high+tt.slack && high >= tt.high-near) {
			t.Errorf("%s from %g to %g, expected %g to %g", tt.name, low, high, tt.low, tt.high)
		}
	}
}

func TestAugmentChecks(t *testing.T) {
	if err := everything.Check(); err != nil {
		t.Error(err)
	}
	for _, tt := range []struct {
		a    Augment
		want string
	}{
		{Augment{Crop: -1}, "data: Augment: Crop is -1, expected 0 to 32768 pixels"},
		{Augment{Rotate: 200}, "Rotate is 200, expected 0 to 180"},
		{Augment{Scale: math.NaN()}, "Scale is NaN, expected 0 to 10"},
		{Augment{Brightness: -.1}, "Brightness is -0.1"},
		{Augment{Contrast: 1.5}, "Contrast is 1.5"},
		{Augment{Erase: math.Inf(1)}, "Erase is +Inf"},
	} {
		p := &Pairs{Images: numbered[uint8](2, 2, 2, 1), Augment: &tt.a}
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, expected %q", tt.a, err, tt.want)
		}
		wantMisuse(t, tt.want, func() { Augmented(p, &tt.a) })
	}
}

// Only the part to train on is changed.
func TestAugmentedWrapsAPart(t *testing.T) {
	p := &Pairs{Images: numbered[uint8](6, 8, 8, 3)}
	train, valid := Split[Pair](p, .5, 1)
	train = Augmented(train, &everything)
	if train.Len() != 3 || check(train) != nil {
		t.Errorf("%d rows, %v", train.Len(), check(train))
	}
	var a, b Pair
	for name, s := range map[string]Source[Pair]{"train": train, "valid": valid} {
		if err := s.Read(&a, []int{0, 1, 2}, nil); err != nil {
			t.Fatal(err)
		}
		if err := s.Read(&b, []int{0, 1, 2}, NewRowRand(1, 0)); err != nil {
			t.Fatal(err)
		}
		if changed := !reflect.DeepEqual(a.Image, b.Image); changed != (name == "train") {
			t.Errorf("%s: changed is %v", name, changed)
		}
	}
}

func TestAugmentSheet(t *testing.T) {
	train, _, _ := Shapes(ShapesConfig{Train: 8, Test: 1})
	train.Augment = &everything
	sheet, err := AugmentSheet(train, []int{0, 12, 20, 30}, 7, 1)
	if err != nil {
		t.Fatal(err)
	}
	if size := sheet.Bounds().Size(); size.X != 8*33-1 || size.Y != 4*33-1 {
		t.Errorf("the sheet is %v", size)
	}
	if _, err := AugmentSheet(&Pairs{Texts: numbered[int32](2, 2)}, []int{0}, 1, 1); err == nil || !strings.Contains(err.Error(), "the data have no images") {
		t.Errorf("%v", err)
	}
	wantMisuse(t, "there are 0 rows and 1 epochs", func() { _, _ = AugmentSheet(train, nil, 1, 1) })
}

func BenchmarkLoaderAugmented(b *testing.B) {
	const rows = 1024
	p := &Pairs{Images: numbered[uint8](rows, 32, 32, 3), Augment: &everything}
	benchmarkLoader(b, p)
}
