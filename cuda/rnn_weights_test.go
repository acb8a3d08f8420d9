//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"testing"

	"github.com/braidml/braid/internal/check"
	"github.com/braidml/braid/internal/engine"
)

// weightSums is Σ dz[n,t,i]·h[n,t-1,j], as the seam defines it, and how many steps it runs over.
func weightSums(o engine.RNNBwd, dz, h, h0, lens []float64) (sums []float64) {
	sums = make([]float64, o.Hidden*o.Hidden)
	for n := range o.N {
		for t := range o.T {
			before := h0[n*o.Hidden:]
			if t > 0 {
				before = h[(n*o.T+t-1)*o.Hidden:]
			}
			if t >= int(lens[n]) {
				continue
			}
			for i, d := range dz[(n*o.T+t)*o.Hidden:][:o.Hidden] {
				for j := range o.Hidden {
					sums[i*o.Hidden+j] += d * before[j]
				}
			}
		}
	}
	return sums
}

// Each kernel: sizes of a tile and a little, in one part and in several, in all precisions. Whole numbers are exact in each.
func TestRNNWeights(t *testing.T) {
	eachPrecision(t, func(t *testing.T, d *Device, rounding float64) {
		for _, side := range []int{smallTile, largeTile} {
			for _, parts := range []int{1, 3} {
				o := engine.RNNBwd{N: 5, T: 11, Hidden: side + 3 + parts} // lines of four floats, and others
				lens := ints(11, 0, 4, 20, -1)
				for _, with := range []struct{ h0, lens, reals bool }{{true, true, false}, {false, true, true}, {true, false, true}, {false, false, false}} {
					values := whole
					if with.reals {
						values = gaussianReals
					}
					all := o.N * o.T * o.Hidden
					operands := []operand{output(engine.F32, o.Hidden*o.Hidden), values(all, 1), values(all, 2),
						optional(with.h0, values(o.N*o.Hidden, 3)), optional(with.lens, lens)}
					start, steps := make([]float64, o.N*o.Hidden), ints(11, 11, 11, 11, 11)
					if with.h0 {
						start = operands[3].values
					}
					if with.lens {
						steps = lens
					}
					want := weightSums(o, operands[1].values, operands[2].values, start, steps.values)
					tol := check.Tol{}
					if with.reals { // products err by 2·rounding of their magnitudes, whose mean is 2/π: their sum stays below N·T
						tol = check.Tol{Abs: 2 * rounding * float64(o.N*o.T), Rel: 2 * rounding}
					}
					for _, guard := range []int{0, 16} {
						got, err := compute(d, operands, guard, func(s engine.Stream, b []engine.Buffer) error {
							o.DWhh, o.DZ, o.H, o.H0, o.Len = b[0], b[1], b[2], b[3], b[4]
							c := tiling{side: side, tiles: tilesOf(side, o.Hidden, o.Hidden), cores: s.(*Stream).cores()}
							return s.(*Stream).rnnWeightsBy(o, c.split(parts, o.N*o.T))
						})
						must(t, err)
						check.Close(t, fmt.Sprintf("tiles of %d, parts %d, %+v, guards of %d", side, parts, with, guard), got[0], want, tol)
					}
				}
			}
		}
	})
}
