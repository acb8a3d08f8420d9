package cpu

import (
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// BenchmarkElementwise times the hot cases of a training step; elements a second are n over the reported time.
func BenchmarkElementwise(b *testing.B) {
	const n = 1 << 20
	s := newStream(b)
	v := to32(normals(n, 1))
	x, _ := fenced(b, v...)
	z, _ := fenced(b, v...)
	y, _ := blank[float32](b, n)
	state, _ := fenced[int32](b, 1, 2, 3, 4)
	rate, _ := fenced[float32](b, 1)
	dims, line := shape{1, 1, 1, 1, 1, n}, shape{5: 1}
	rows := shape{1, 1, 1, 1, n / 16, 16}
	channels := shape{1, 1, 1, 16, n / 16 / 1024, 1024}
	for _, c := range []struct {
		name string
		f    func() error
	}{
		{"Fill", func() error { return s.Fill(engine.Fill{Y: y, Value: 1}) }},
		{"ReLU", func() error { return s.Unary(engine.Unary{Y: y, X: x}) }},
		{"ReLUBwd", func() error { return s.UnaryBwd(engine.UnaryBwd{DX: y, DY: z, Y: x}) }},
		{"LeakyReLU", func() error { return s.Unary(engine.Unary{Op: engine.LeakyReLU, Y: y, X: x, A: 0.2}) }},
		{"LeakyReLUBwd", func() error { return s.UnaryBwd(engine.UnaryBwd{Op: engine.LeakyReLU, DX: y, DY: z, Y: x}) }},
		{"Clamp", func() error { return s.Unary(engine.Unary{Op: engine.Clamp, Y: y, X: x, A: -1, B: 1}) }},
		{"ClampBwd", func() error { return s.UnaryBwd(engine.UnaryBwd{Op: engine.Clamp, DX: y, DY: z, X: x, A: -1, B: 1}) }},
		{"Sqrt", func() error { return s.Unary(engine.Unary{Op: engine.Sqrt, Y: y, X: x}) }},
		{"Tanh", func() error { return s.Unary(engine.Unary{Op: engine.Tanh, Y: y, X: x}) }},
		{"Sigmoid", func() error { return s.Unary(engine.Unary{Op: engine.Sigmoid, Y: y, X: x}) }},
		{"Exp", func() error { return s.Unary(engine.Unary{Op: engine.Exp, Y: y, X: x}) }},
		{"GELU", func() error { return s.Unary(engine.Unary{Op: engine.GELU, Y: y, X: x}) }},
		{"Add", func() error {
			return s.Binary(engine.Binary{Y: y, A: x, B: z, Dims: dims, StrideA: line, StrideB: line})
		}},
		{"Max", func() error {
			return s.Binary(engine.Binary{Op: engine.Max, Y: y, A: x, B: z, Dims: dims, StrideA: line, StrideB: line})
		}},
		{"Less", func() error {
			return s.Binary(engine.Binary{Op: engine.Lt, Y: y, A: x, B: z, Dims: dims, StrideA: line, StrideB: line})
		}},
		{"AddScalar", func() error { return s.Binary(engine.Binary{Y: y, A: x, B: z, Dims: dims, StrideA: line}) }},
		{"AddRow16", func() error {
			return s.Binary(engine.Binary{Y: y, A: x, B: z, Dims: rows, StrideA: shape{4: 16, 5: 1}, StrideB: line})
		}},
		{"AddChannel", func() error {
			return s.Binary(engine.Binary{Y: y, A: x, B: z, Dims: channels, StrideA: shape{3: n / 16, 4: 1024, 5: 1}, StrideB: shape{3: 1}})
		}},
		{"AddColumn16", func() error {
			return s.Binary(engine.Binary{Y: y, A: x, B: z, Dims: rows, StrideA: shape{4: 16, 5: 1}, StrideB: shape{4: 1}})
		}},
		{"Where", func() error {
			return s.Where(engine.Where{Y: y, Cond: x, A: x, B: z, Dims: dims, StrideC: line, StrideA: line, StrideB: line})
		}},
		{"Sum", func() error { return s.Reduce(engine.Reduction{Y: y, X: x, Outer: 1, N: n, Inner: 1}) }},
		{"SumRows16", func() error { return s.Reduce(engine.Reduction{Y: y, X: x, Outer: n / 16, N: 16, Inner: 1}) }},
		{"SumColumns16", func() error { return s.Reduce(engine.Reduction{Y: y, X: x, Outer: 1, N: n / 16, Inner: 16}) }},
		{"SumColumns512", func() error { return s.Reduce(engine.Reduction{Y: y, X: x, Outer: 1, N: n / 512, Inner: 512}) }},
		{"SumMiddle", func() error { return s.Reduce(engine.Reduction{Y: y, X: x, Outer: 32, N: n / 2048, Inner: 64}) }},
		{"Softmax16", func() error { return s.Softmax(engine.Softmax{Y: y, X: x, Rows: n / 16, N: 16}) }},
		{"Uniform", func() error { return s.Uniform(engine.Noise{Y: y, State: state, B: 1}) }},
		{"Normal", func() error { return s.Normal(engine.Noise{Y: y, State: state, B: 1}) }},
		{"Dropout", func() error { return s.Dropout(engine.Dropout{Y: y, X: x, State: state, Rate: 0.5}) }},
		{"Adam", func() error {
			return s.Adam(engine.Update{Param: y, Grad: x, S1: y, S2: z, Rate: rate, Step: rate, Beta1: 0.9, Beta2: 0.99})
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				must(b, c.f())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
		})
	}
}
