package safetensors

import (
	stdbytes "bytes"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

var (
	goldenMeta = map[string]string{"format": "braid <1> é"}
	golden     = func() []Tensor { // as testdata/golden.py computes it
		w := make([]float32, 24)
		for i := range w {
			w[i] = float32(i)/7 - 1
		}
		return []Tensor{
			{"labels", tensor.ArrayOf([]int32{math.MinInt32, math.MaxInt32, 0}, 3)},
			{"image.0.weight", tensor.ArrayOf(w, 2, 3, 4)},
			{"pixels", tensor.ArrayOf([]uint8{0, 255, 7}, 1, 3)},
			{"empty", tensor.ArrayOf([]float32{}, 0, 5)},
			{"näme \"一\" <&>", tensor.ArrayOf([]float32{1.5, float32(math.Copysign(0, -1))}, 2)},
			{"steps", tensor.ArrayOf([]float64{3.25})},
		}
	}()
)

func readAll(t *testing.T, b []byte) *File {
	t.Helper()
	f, err := Read(stdbytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sameBits compares through the text of the bits, so that -0 and NaN count.
func sameBits(a, b tensor.Array) bool {
	if a.DType() != b.DType() || !slices.Equal(a.Shape(), b.Shape()) {
		return false
	}
	x, y := a.Float64s(), b.Float64s() // exact for every type there is
	return slices.EqualFunc(x, y, func(v, w float64) bool { return math.Float64bits(v) == math.Float64bits(w) })
}

func check(t *testing.T, f *File, want []Tensor) {
	t.Helper()
	if len(f.Names) != len(want) {
		t.Fatalf("%d tensors, want %d", len(f.Names), len(want))
	}
	for _, w := range want {
		got, err := f.Tensor(w.Name)
		if err != nil {
			t.Fatal(err)
		}
		if !sameBits(got, w.Array) || !slices.Equal(f.Shape(w.Name), w.Array.Shape()) {
			t.Errorf("%s: read %v %v, want %v", w.Name, got.DType(), got, w.Array)
		}
	}
}

func TestGolden(t *testing.T) {
	file, err := os.ReadFile("testdata/golden.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	f := readAll(t, file)
	check(t, f, golden)
	if !reflect.DeepEqual(f.Meta, goldenMeta) {
		t.Errorf("metadata %v, want %v", f.Meta, goldenMeta)
	}
	var b stdbytes.Buffer
	if err := Write(&b, goldenMeta, golden); err != nil {
		t.Fatal(err)
	}
	if !stdbytes.Equal(b.Bytes(), file) {
		t.Errorf("written\n%q\nthe reference implementation writes\n%q", b.Bytes(), file)
	}
	changed := tensor.ArrayOf([]float64{math.Nextafter(3.25, 4)})
	if sameBits(changed, golden[5].Array) {
		t.Error("the comparison does not see a change of one bit")
	}
}

func TestKinds(t *testing.T) {
	f, err := ReadFile("testdata/kinds.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inf := float32(math.Inf(1))
	brain := func(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ 0xffff) }
	for name, want := range map[string]tensor.Array{
		"half":  tensor.ArrayOf([]float32{1, -2.5, 65504, 0x1p-24, inf}, 5),
		"brain": tensor.ArrayOf([]float32{1, -2.5, brain(3e38), brain(1e-40)}, 2, 2),
		"long":  tensor.ArrayOf([]int32{-5, math.MaxInt32}, 2),
	} {
		got, err := f.Tensor(name)
		if err != nil || !sameBits(got, want) {
			t.Errorf("%s: %v (%v), want %v", name, got, err, want)
		}
	}
	for name, want := range map[string]string{"toolong": "int32", "bool": "BOOL", "absent": "no tensor"} {
		if _, err := f.Tensor(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that says %q", name, err, want)
		}
	}
	if f.DType("bool") != "BOOL" || f.Has("absent") || !f.Has("bool") || f.Shape("absent") != nil {
		t.Error("what the file has is not what it says")
	}
}

// TestHalf compares every binary16 number with its value by definition.
func TestHalf(t *testing.T) {
	for h := range 1 << 16 {
		sign, exp, frac := 1-2*float64(h>>15), h>>10&31, float64(h&1023)
		want := sign * math.Ldexp(1+frac/1024, exp-15)
		switch {
		case exp == 0:
			want = sign * math.Ldexp(frac, -24)
		case exp == 31 && frac == 0:
			want = math.Inf(int(sign))
		case exp == 31:
			want = math.NaN()
		}
		got := float64(half(uint16(h)))
		if got != want && !(math.IsNaN(got) && math.IsNaN(want)) || exp != 31 && math.Signbit(got) != (sign < 0) {
			t.Fatalf("half(%#x) = %v, want %v", h, got, want)
		}
	}
}

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	big := make([]float32, 100_003) // several pieces
	for i := range big {
		big[i] = float32(i)
	}
	want := append([]Tensor{{"big", tensor.ArrayOf(big, len(big))}}, golden...)
	if err := WriteFile(path, nil, want); err != nil {
		t.Fatal(err)
	}
	f, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check(t, f, want)
	if err := f.Close(); err != nil || len(f.Meta) != 0 {
		t.Errorf("close: %v; metadata %v", err, f.Meta)
	}
	bad := map[string][]Tensor{
		"two tensors":  {golden[0], golden[0]},
		"reserved":     {{"__metadata__", golden[0].Array}},
		"no array":     {{Name: "a"}},
		"broken text":  {{"\xff", golden[0].Array}},
		"longer than":  {{strings.Repeat("a", MaxName+1), golden[0].Array}},
		"a dimensions": {{"a", tensor.ArrayOf([]uint8{1}, slices.Repeat([]int{1}, MaxRank+1)...)}},
	}
	for rule, ts := range bad {
		if err := WriteFile(path, nil, ts); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(rule, "a ")) {
			t.Errorf("error %v, want one that says %q", err, rule)
		}
	}
	if f, err = ReadFile(path); err != nil {
		t.Fatalf("a failed write touched the file: %v", err)
	}
	check(t, f, want)
	_ = f.Close()
}
