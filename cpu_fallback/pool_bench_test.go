package cpu

import (
	"testing"

	"github.com/braidml/braid/internal/engine"
)

func BenchmarkPool(b *testing.B) {
	for _, o := range []struct {
		name string
		d    engine.ConvDims
	}{
		{"2x2", poolDims(64, 32, 32, 32, 2, 2, 2, 0, 1)},
		{"3x3s2", poolDims(64, 32, 32, 32, 3, 3, 2, 1, 1)},
	} {
		r, err := runPool[float32](o.d, 1)
		if err != nil {
			b.Fatal(err)
		}
		s := &Stream{}
		for _, k := range []struct {
			name string
			f    func(engine.Pool2D) error
			op   engine.Pool2D
		}{
			{"max", s.MaxPool2D, engine.Pool2D{Y: r.y, X: r.x, Arg: r.arg, ConvDims: o.d}},
			{"maxBwd", s.MaxPool2DBwd, engine.Pool2D{Y: r.dy, X: r.dx, Arg: r.arg, ConvDims: o.d}},
			{"avg", s.AvgPool2D, engine.Pool2D{Y: r.mean, X: r.x, ConvDims: o.d}},
			{"avgBwd", s.AvgPool2DBwd, engine.Pool2D{Y: r.dy, X: r.dmean, ConvDims: o.d}},
		} {
			b.Run(k.name+o.name, func(b *testing.B) {
				b.SetBytes(int64(4 * r.x.Len))
				for b.Loop() {
					if err := k.f(k.op); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
