package cpu

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// Types that the seam does not name are refused before memory is touched: these buffers have none.
func TestUnsupportedTypes(t *testing.T) {
	of := func(d engine.DType) engine.Buffer {
		return engine.Buffer{Mem: &engine.Memory{}, Len: 4, DType: d}
	}
	f32, f64, i32, u8, bf16 := of(engine.F32), of(engine.F64), of(engine.I32), of(engine.U8), of(engine.BF16)
	one := shape{1, 1, 1, 1, 1, 4}
	s := newStream(t)
	for name, err := range map[string]error{
		"Copy to bf16":        s.Copy(engine.Copy{Y: bf16, X: f32}),
		"Copy from bf16":      s.Copy(engine.Copy{Y: f32, X: bf16}),
		"Fill bf16":           s.Fill(engine.Fill{Y: bf16}),
		"Unary int":           s.Unary(engine.Unary{Y: i32, X: i32}),
		"Unary mixed":         s.Unary(engine.Unary{Y: f32, X: f64}),
		"Unary unknown":       s.Unary(engine.Unary{Op: engine.UnaryOps, Y: f32, X: f32}),
		"UnaryBwd int":        s.UnaryBwd(engine.UnaryBwd{DX: i32, DY: i32, Y: i32}),
		"UnaryBwd mixed":      s.UnaryBwd(engine.UnaryBwd{DX: f32, DY: f32, Y: f64}),
		"Binary bytes":        s.Binary(engine.Binary{Y: u8, A: u8, B: u8, Dims: one}),
		"Binary mixed":        s.Binary(engine.Binary{Y: f32, A: f32, B: f64, Dims: one}),
		"Binary to real":      s.Binary(engine.Binary{Y: f32, A: i32, B: i32, Dims: one}),
		"Binary unknown":      s.Binary(engine.Binary{Op: engine.BinaryOps, Y: f32, A: f32, B: f32, Dims: one}),
		"Binary bf16":         s.Binary(engine.Binary{Y: bf16, A: bf16, B: bf16, Dims: one}),
		"comparison to int":   s.Binary(engine.Binary{Op: engine.Lt, Y: i32, A: f32, B: f32, Dims: one}),
		"comparison to bytes": s.Binary(engine.Binary{Op: engine.Lt, Y: u8, A: f32, B: f32, Dims: one}),
		"Where mixed":         s.Where(engine.Where{Y: f32, Cond: u8, A: f32, B: i32, Dims: one}),
		"Where bf16":          s.Where(engine.Where{Y: bf16, Cond: u8, A: bf16, B: bf16, Dims: one}),
		"Where by bf16":       s.Where(engine.Where{Y: f32, Cond: bf16, A: f32, B: f32, Dims: one}),
		"Reduce int":          s.Reduce(engine.Reduction{Y: i32, X: i32, Outer: 1, N: 4, Inner: 1}),
		"Reduce mixed":        s.Reduce(engine.Reduction{Y: f64, X: f32, Outer: 1, N: 4, Inner: 1}),
		"ArgMax to real":      s.Reduce(engine.Reduction{Op: engine.ArgMax, Y: f32, X: f32, Outer: 1, N: 4, Inner: 1}),
		"ArgMax of int":       s.Reduce(engine.Reduction{Op: engine.ArgMax, Y: i32, X: i32, Outer: 1, N: 4, Inner: 1}),
		"Reduce unknown":      s.Reduce(engine.Reduction{Op: engine.ReduceOps, Y: f32, X: f32, Outer: 1, N: 4, Inner: 1}),
		"Softmax int":         s.Softmax(engine.Softmax{Y: i32, X: i32, Rows: 1, N: 4}),
		"Softmax mixed":       s.Softmax(engine.Softmax{Y: f32, X: f64, Rows: 1, N: 4}),
		"SoftmaxBwd mixed":    s.SoftmaxBwd(engine.SoftmaxBwd{DX: f32, DY: f64, Y: f32, Rows: 1, N: 4}),
		"SoftmaxBwd int":      s.SoftmaxBwd(engine.SoftmaxBwd{DX: i32, DY: i32, Y: i32, Rows: 1, N: 4}),
		"CrossEntropy labels": s.CrossEntropy(engine.CrossEntropy{Loss: f32, X: f32, Label: u8, Rows: 1, N: 4}),
		"CrossEntropy bf16":   s.CrossEntropy(engine.CrossEntropy{Loss: bf16, X: bf16, Label: i32, Rows: 1, N: 4}),
		"CrossEntropy mixed":  s.CrossEntropy(engine.CrossEntropy{Loss: f32, X: f32, Label: i32, Weight: f64, Rows: 1, N: 4}),
		"BCE mixed":           s.BCEWithLogits(engine.BCE{Loss: f32, X: f32, Target: f64, N: 4}),
		"BCE int":             s.BCEWithLogits(engine.BCE{Loss: i32, X: i32, Target: i32, N: 4}),
		"Normal int":          s.Normal(engine.Noise{Y: i32, State: i32}),
		"Uniform state":       s.Uniform(engine.Noise{Y: f32, State: f32}),
		"Dropout mixed":       s.Dropout(engine.Dropout{Y: f32, X: f64, State: i32}),
		"Dropout int":         s.Dropout(engine.Dropout{Y: i32, X: i32, State: i32}),
		"SGD int":             s.SGD(engine.Update{Param: i32, Grad: i32, Rate: i32}),
		"Adam mixed":          s.Adam(engine.Update{Param: f32, Grad: f32, S1: f32, S2: f64, Rate: f32, Step: f32}),
	} {
		if !errors.Is(err, engine.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every family over many pieces gives the same bits on any number of cores.
func TestProcs(t *testing.T) {
	s, n := newStream(t), 5*lightGrain+77
	x := to32(normals(n, 1))
	bx, _ := fenced(t, x...)
	by, y := blank[float32](t, n)
	labels := make([]int32, n/7)
	for i := range labels {
		labels[i] = int32(rand.New(rand.NewPCG(2, uint64(i))).IntN(7))
	}
	label, _ := fenced(t, labels...)
	loss, _ := blank[float32](t, 1)
	state, _ := fenced[int32](t, 1, 2, 3, 4)
	line := shape{5: 1}
	all := shape{1, 1, 1, 1, 1, n}
	for name, f := range map[string]func() error{
		"Unary":    func() error { return s.Unary(engine.Unary{Op: engine.Tanh, Y: by, X: bx}) },
		"UnaryBwd": func() error { return s.UnaryBwd(engine.UnaryBwd{Op: engine.GELU, DX: by, DY: bx, X: bx}) },
		"Binary": func() error {
			return s.Binary(engine.Binary{Op: engine.Mul, Y: by, A: bx, B: bx, Dims: all, StrideA: line})
		},
		"Where": func() error {
			return s.Where(engine.Where{Y: by, Cond: bx, A: bx, Dims: all, StrideC: line, StrideA: line})
		},
		"Sum":        func() error { return s.Reduce(engine.Reduction{Y: by, X: bx, Outer: 1, N: n, Inner: 1}) },
		"columns":    func() error { return s.Reduce(engine.Reduction{Y: by, X: bx, Outer: 1, N: n / 3, Inner: 3}) },
		"slabs":      func() error { return s.Reduce(engine.Reduction{Y: by, X: bx, Outer: n / 12, N: 3, Inner: 4}) },
		"Softmax":    func() error { return s.Softmax(engine.Softmax{Y: by, X: bx, Rows: n / 7, N: 7}) },
		"SoftmaxBwd": func() error { return s.SoftmaxBwd(engine.SoftmaxBwd{DX: by, DY: bx, Y: bx, Rows: n / 7, N: 7}) },
		"CrossEntropy": func() error {
			return s.CrossEntropy(engine.CrossEntropy{Loss: by.Window(n-1, 1), DX: by.Window(0, n/7*7), X: bx, Label: label, Rows: n / 7, N: 7})
		},
		"BCE":     func() error { return s.BCEWithLogits(engine.BCE{Loss: loss, DX: by, X: bx, Target: bx, N: n}) },
		"Normal":  func() error { return s.Normal(engine.Noise{Y: by, State: state, B: 1}) },
		"Dropout": func() error { return s.Dropout(engine.Dropout{Y: by, X: bx, State: state, Rate: 0.5}) },
	} {
		procsAgree(t, name, func() []float32 {
			for i := range y {
				y[i] = float32(math.NaN())
			}
			must(t, f())
			return y
		})
	}
	rate, _ := fenced[float32](t, 0.1)
	procsAgree(t, "Adam", func() []float32 {
		p, v := fenced(t, x...)
		m, _ := fenced(t, make([]float32, n)...)
		r, _ := fenced(t, make([]float32, n)...)
		must(t, s.Adam(engine.Update{Param: p, Grad: bx, S1: m, S2: r, Rate: rate, Step: rate, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8}))
		return v
	})
}

// A call makes a closure and at most one object beside it.
func TestFewAllocations(t *testing.T) {
	s, n := newStream(t), 100
	b, _ := fenced(t, make([]float32, n)...)
	y, _ := blank[float32](t, n)
	dims, line := shape{1, 1, 1, 1, 10, 10}, shape{5: 1}
	for name, f := range map[string]func() error{
		"Unary": func() error { return s.Unary(engine.Unary{Y: y, X: b}) },
		"Binary": func() error {
			return s.Binary(engine.Binary{Y: y, A: b, B: b, Dims: dims, StrideA: line, StrideB: line})
		},
		"Where": func() error {
			return s.Where(engine.Where{Y: y, Cond: b, A: b, B: b, Dims: dims, StrideC: line, StrideA: line, StrideB: line})
		},
		"Reduce": func() error { return s.Reduce(engine.Reduction{Y: y, X: b, Outer: 10, N: 10, Inner: 1}) },
		"SGD":    func() error { return s.SGD(engine.Update{Param: y, Grad: b, Rate: b.Window(0, 1)}) },
	} {
		if got := testing.AllocsPerRun(20, func() { must(t, f()) }); got > 2 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}
