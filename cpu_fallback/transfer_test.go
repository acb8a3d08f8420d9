package cpu

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

func dtypeOf[T number]() engine.DType {
	switch any(T(0)).(type) {
	case float64:
		return engine.F64
	case int32:
		return engine.I32
	case uint8:
		return engine.U8
	}
	return engine.F32
}

// fenced is a buffer with values in it, between two cache lines that must be untouched when the test ends.
func fenced[T number](t testing.TB, values ...T) (engine.Buffer, []T) {
	t.Helper()
	b := engine.Buffer{Off: align, Len: len(values), DType: dtypeOf[T]()}
	m, err := New().Alloc(b.Bytes() + 2*align)
	if err != nil {
		t.Fatal(err)
	}
	fence := bytes.Repeat([]byte{0xA5}, align)
	copy(m.Host, fence)
	copy(m.Host[align+b.Bytes():], fence)
	t.Cleanup(func() {
		if !bytes.Equal(m.Host[:align], fence) || !bytes.Equal(m.Host[align+b.Bytes():], fence) {
			t.Errorf("wrote outside a buffer of %d %v", b.Len, b.DType)
		}
	})
	b.Mem = m
	copy(view[T](b), values)
	return b, view[T](b)
}

// blank is an output of n elements that holds values no operation should leave there.
func blank[T number](t testing.TB, n int) (engine.Buffer, []T) {
	return fenced(t, slices.Repeat([]T{77}, n)...)
}

func newStream(t testing.TB) *Stream {
	t.Helper()
	s, err := New().NewStream()
	if err != nil {
		t.Fatal(err)
	}
	return s.(*Stream)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// agree holds for equal values, for two NaNs, and within tol.
func agree(got, want, tol float64) bool {
	if math.IsNaN(want) {
		return math.IsNaN(got)
	}
	return got == want || math.Abs(got-want) <= tol && !math.IsInf(want, 0)
}

// disagrees is the first index at which got is not within abs + rel·|want|, or -1.
func disagrees[T number](got []T, want []float64, abs, rel float64) int {
	for i, w := range want {
		if !agree(float64(got[i]), w, abs+rel*math.Abs(w)) {
			return i
		}
	}
	return -1
}

func expect[T number](t testing.TB, what string, got []T, want []float64, abs, rel float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	if i := disagrees(got, want, abs, rel); i >= 0 {
		t.Errorf("%s: element %d of %d is %v, want %v", what, i, len(want), got[i], want[i])
	}
}

// unitError is the rounding of T.
func unitError[T float]() float64 {
	if dtypeOf[T]() == engine.F32 {
		return 0x1p-24
	}
	return 0x1p-53
}

// procsAgree runs f, which returns its results, under several numbers of cores.
func procsAgree[T number](t *testing.T, what string, f func() []T) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want []byte
	for _, n := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(n)
		b, v := fenced(t, f()...)
		if got := host(b); want == nil {
			want = slices.Clone(got)
		} else if !bytes.Equal(got, want) || len(v) == 0 {
			t.Errorf("%s: other bits with GOMAXPROCS %d", what, n)
		}
	}
}

func TestAgreeGoesRed(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range [][3]float64{{1, 2, 0.5}, {nan, 1, 9}, {1, nan, 9}, {inf, 1, 9}, {1, inf, 9}, {-inf, inf, 9}, {1, 2, nan}} {
		if disagrees([]float64{c[0]}, []float64{c[1]}, c[2], 0) != 0 {
			t.Errorf("%v passes for %v", c[0], c[1])
		}
	}
	if disagrees([]float64{1, nan, inf}, []float64{1.25, nan, inf}, 0.25, 0) >= 0 {
		t.Error("equal values do not pass")
	}
}

func TestUploadDownload(t *testing.T) {
	s := newStream(t)
	b, v := blank[int32](t, 3)
	must(t, s.Upload(b.Window(1, 2), []byte{1, 0, 0, 0, 255, 255, 255, 255}))
	if !slices.Equal(v, []int32{77, 1, -1}) {
		t.Errorf("got %v", v)
	}
	back := make([]byte, 8)
	must(t, s.Download(back, b.Window(0, 2)))
	if !bytes.Equal(back, []byte{77, 0, 0, 0, 1, 0, 0, 0}) {
		t.Errorf("got %v", back)
	}
	must(t, s.Upload(engine.Buffer{}, nil))
}

func copied[Y, X number](t *testing.T, unit bool, x ...X) []Y {
	bx, _ := fenced(t, x...)
	by, y := blank[Y](t, len(x))
	must(t, newStream(t).Copy(engine.Copy{Y: by, X: bx, Unit: unit}))
	return y
}

func TestCopy(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	reals := []float64{0, 1.9, -1.9, 254.9, 256, 3e9, -3e9, inf, -inf, nan}
	expect(t, "float64 to int32", copied[int32](t, false, reals...), []float64{0, 1, -1, 254, 256, math.MaxInt32, math.MinInt32, math.MaxInt32, math.MinInt32, 0}, 0, 0)
	expect(t, "float64 to uint8", copied[uint8](t, false, reals...), []float64{0, 1, 0, 254, 255, 255, 0, 255, 0, 0}, 0, 0)
	expect(t, "float64 to float32", copied[float32](t, false, reals...), reals, 0, 0x1p-24)
	expect(t, "float64 to float64", copied[float64](t, false, reals...), reals, 0, 0)
	expect(t, "float32 to int32", copied[int32](t, false, float32(2147483647), -2147483648, 16777217), []float64{math.MaxInt32, math.MinInt32, 16777216}, 0, 0)
	whole := []int32{0, 1, -1, 255, 256, math.MaxInt32, math.MinInt32}
	expect(t, "int32 to uint8", copied[uint8](t, false, whole...), []float64{0, 1, 0, 255, 255, 255, 0}, 0, 0)
	expect(t, "int32 to float64", copied[float64](t, false, whole...), []float64{0, 1, -1, 255, 256, math.MaxInt32, math.MinInt32}, 0, 0)
	expect(t, "uint8 to int32", copied[int32](t, false, uint8(0), 128, 255), []float64{0, 128, 255}, 0, 0)
	expect(t, "pixels", copied[float32](t, true, uint8(0), 1, 128, 255), []float64{0, 1. / 255, 128. / 255, 1}, 0, 0x1p-24)
	long := make([]float32, 3*lightGrain+5)
	for i := range long {
		long[i] = float32(i)
	}
	if got := copied[float32](t, false, long...); !slices.Equal(got, long) {
		t.Error("a long copy differs")
	}
}

func TestCopyRefusesUnit(t *testing.T) {
	x := engine.Buffer{Mem: &engine.Memory{}, Len: 1, DType: engine.I32}
	if err := newStream(t).Copy(engine.Copy{Y: x, X: x, Unit: true}); !errors.Is(err, engine.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

func filled[T number](t *testing.T, n int, v float64) []T {
	b, y := blank[T](t, n)
	must(t, newStream(t).Fill(engine.Fill{Y: b, Value: v}))
	return y
}

func TestFill(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 17, 1000, lightGrain + 1} {
		expect(t, "float32", filled[float32](t, n, -1.5), slices.Repeat([]float64{-1.5}, n), 0, 0)
		expect(t, "float64", filled[float64](t, n, math.NaN()), slices.Repeat([]float64{math.NaN()}, n), 0, 0)
		expect(t, "int32", filled[int32](t, n, 1e12), slices.Repeat([]float64{math.MaxInt32}, n), 0, 0)
		expect(t, "uint8", filled[uint8](t, n, 300), slices.Repeat([]float64{255}, n), 0, 0)
	}
}
