//go:build !purego

package cpu

import (
	"math"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// The vectors' words, uniform numbers and dropped elements are those of the loops, bit for bit, whatever comes first: the
// counter runs over its 32 bits in one case.
func TestRandomVectors(t *testing.T) {
	eachVectors(t, func(t *testing.T, scalar func(func())) {
		state := []int32{-5, 7, 11, -13}
		bs, _ := fenced(t, state...)
		d := newDraws(bs, 0x89abcdef)
		for _, at := range []int{0, 4, 4092, 1<<33 - 64, 1<<34 - 128} {
			for n := range 140 {
				var got, want [drawTile]uint32
				d.words(&got, at, n)
				scalar(func() { d.words(&want, at, n) })
				if !slices.Equal(got[:n], want[:n]) {
					t.Fatalf("%d words from %d on differ", n, at)
				}
			}
		}
		for n := 1; n < 140; n++ {
			x := make([]float32, n)
			for i := range x {
				x[i] = []float32{1, -3.3, 1e-40, float32(math.Inf(1)), float32(math.NaN()), 7e37}[i%6]
			}
			bx, _ := fenced(t, x...)
			for _, rate := range []float64{0, 0.3, 0.5, 1} {
				var all [2][2][]float32
				run := func(k int) {
					s := newStream(t)
					by, y := blank[float32](t, n)
					bu, u := blank[float32](t, n)
					must(t, s.Dropout(engine.Dropout{Y: by, X: bx, State: bs, Site: 3, Rate: rate}))
					must(t, s.Uniform(engine.Noise{Y: bu, State: bs, Site: 3, A: -0.7, B: 1.9}))
					all[k] = [2][]float32{y, u}
				}
				run(0)
				scalar(func() { run(1) })
				for j := range all[0] {
					if !slices.EqualFunc(all[0][j], all[1][j], func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b }) {
						t.Fatalf("%d numbers, rate %v: result %d is %v, want %v", n, rate, j, all[0][j], all[1][j])
					}
				}
			}
		}
	})
}

func BenchmarkRandom(b *testing.B) {
	const n = 1 << 22
	var g guards
	state := alloc[int32](&g, 4)
	x, y := alloc[float32](&g, n), alloc[float32](&g, n)
	s := &Stream{}
	for name, f := range map[string]func() error{
		"dropout": func() error { return s.Dropout(engine.Dropout{Y: y, X: x, State: state, Rate: 0.5}) },
		"uniform": func() error { return s.Uniform(engine.Noise{Y: y, State: state, B: 1}) },
		"normal":  func() error { return s.Normal(engine.Noise{Y: y, State: state, B: 1}) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(4 * n)
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
