package gorgonia

import (
	"slices"
	"testing"
	"time"

	g "gorgonia.org/tensor"
)

// BenchmarkEngine times operations with our engine and with Gorgonia's own in turns, so that both meet the same moments
// of a busy machine. The figures come from the median times.
//
//	go test -tags cpu -run '^$' -bench Engine -benchtime 50x ./interop/gorgonia
func BenchmarkEngine(b *testing.B) {
	array := func(e g.Engine, shape ...int) *g.Dense {
		return g.New(g.WithShape(shape...), g.WithBacking(numbers(g.Shape(shape).TotalSize(), g.Float32)), g.WithEngine(e))
	}
	of := func(f func(a g.Tensor, opts ...g.FuncOpt) (g.Tensor, error)) func(a, b *g.Dense) error {
		return func(a, _ *g.Dense) error { _, err := f(a); return err }
	}
	for _, c := range []struct {
		name string
		a, b []int
		f    func(a, b *g.Dense) error
	}{
		{"MatMul 512", []int{512, 512}, []int{512, 512}, func(a, b *g.Dense) error { _, err := a.MatMul(b); return err }},
		{"MatMul 64", []int{64, 64}, []int{64, 64}, func(a, b *g.Dense) error { _, err := a.MatMul(b); return err }},
		{"MatVecMul 1024", []int{1024, 1024}, []int{1024}, func(a, b *g.Dense) error { _, err := a.MatVecMul(b); return err }},
		{"Outer 1024", []int{1024}, []int{1024}, func(a, b *g.Dense) error { _, err := a.Outer(b); return err }},
		{"Add 1024x1024", []int{1024, 1024}, []int{1024, 1024}, func(a, b *g.Dense) error { _, err := a.Add(b); return err }},
		{"Add 10x10", []int{10, 10}, []int{10, 10}, func(a, b *g.Dense) error { _, err := a.Add(b); return err }},
		{"Exp 1024x1024", []int{1024, 1024}, nil, of(g.Exp)},
		{"Exp 10x10", []int{10, 10}, nil, of(g.Exp)},
		{"Tanh 1024x1024", []int{1024, 1024}, nil, of(g.Tanh)},
		{"Sqrt 1024x1024", []int{1024, 1024}, nil, of(g.Sqrt)},
		{"Log 1024x1024", []int{1024, 1024}, nil, of(g.Log)},
		{"Pow 1024x1024", []int{1024, 1024}, []int{1024, 1024}, func(a, b *g.Dense) error { _, err := a.Pow(b); return err }},
		{"Sum 1024x1024 along 0", []int{1024, 1024}, nil, func(a, _ *g.Dense) error { _, err := a.Sum(0); return err }},
		{"Max 1024x1024 along 1", []int{1024, 1024}, nil, func(a, _ *g.Dense) error { _, err := a.Max(1); return err }},
		{"Argmax 1024x1024 along 1", []int{1024, 1024}, nil, func(a, _ *g.Dense) error { _, err := g.Argmax(a, 1); return err }},
		{"Sum 1024x1024 along 1", []int{1024, 1024}, nil, func(a, _ *g.Dense) error { _, err := a.Sum(1); return err }},
	} {
		b.Run(c.name, func(b *testing.B) {
			median := [2][]time.Duration{}
			operands := [2][2]*g.Dense{}
			for i, e := range []g.Engine{Engine{}, g.StdEng{}} {
				operands[i] = [2]*g.Dense{array(e, c.a...)}
				if c.b != nil {
					operands[i][1] = array(e, c.b...)
				}
			}
			for b.Loop() {
				for i, o := range operands {
					start := time.Now()
					if err := c.f(o[0], o[1]); err != nil {
						b.Fatal(err)
					}
					median[i] = append(median[i], time.Since(start))
				}
			}
			var us [2]float64
			for i, m := range median {
				slices.Sort(m)
				us[i] = float64(m[len(m)/2].Nanoseconds()) / 1e3
			}
			b.ReportMetric(0, "ns/op") // of both together: says nothing
			b.ReportMetric(us[0], "braid-µs")
			b.ReportMetric(us[1], "gorgonia-µs")
			b.ReportMetric(us[1]/us[0], "times")
		})
	}
}
