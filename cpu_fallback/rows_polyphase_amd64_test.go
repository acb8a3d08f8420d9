//go:build !purego

package cpu

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// The matrices of F(4, 2) at ±1/2, ±5/4 and infinity: Bᵀ of products of the other points' x - p, G of powers divided by the
// products of the points' differences, Aᵀ of powers.
var (
	polyphaseB = [][]float64{{-25. / 32, -25. / 16, 1. / 2, 1, 0}, {-25. / 32, 25. / 16, 1. / 2, -1, 0},
		{-5. / 16, -1. / 4, 5. / 4, 1, 0}, {-5. / 16, 1. / 4, 5. / 4, -1, 0}, {25. / 64, 0, -29. / 16, 0, 1}}
	polyphaseG = [][]float64{{-16. / 21, -8. / 21}, {-16. / 21, 8. / 21}, {32. / 105, 8. / 21}, {32. / 105, -8. / 21}, {0, 1}}
	polyphaseA = [][]float64{{1, 1, 1, 1, 0}, {1. / 2, -1. / 2, 5. / 4, -5. / 4, 0}, {1. / 4, 1. / 4, 25. / 16, 25. / 16, 0},
		{1. / 8, -1. / 8, 125. / 64, -125. / 64, 1}}
)

func transposed(m [][]float64) [][]float64 {
	t := make([][]float64, len(m[0]))
	for i := range t {
		for _, row := range m {
			t[i] = append(t[i], row[i])
		}
	}
	return t
}

// TestPolyphaseIdentity: y_i = x_i·g_0 + x_{i+1}·g_1 is Aᵀ((G·g)·(Bᵀ·x)), for every pair of unit vectors.
func TestPolyphaseIdentity(t *testing.T) {
	for i, row := range polyphaseA {
		for j := range 5 {
			for k := range 2 {
				got, want := 0.0, 0.0
				for s, a := range row {
					got += a * polyphaseG[s][k] * polyphaseB[s][j]
				}
				if j == i+k {
					want = 1
				}
				if !(math.Abs(got-want) < 1e-14) {
					t.Errorf("y[%d] holds x[%d]·g[%d] %g times, want %g", i, j, k, got, want)
				}
			}
		}
	}
}

// The sums of squares of the transformations' rows give the loss: see winogradLoss.
func TestPolyphaseLoss(t *testing.T) {
	squares := func(m [][]float64) (sums []float64) {
		for _, row := range m {
			sum := 0.0
			for _, v := range row {
				sum += v * v
			}
			sums = append(sums, sum)
		}
		return sums
	}
	// Noise grows as the square of a dimension's; 2 and 4 products a dimension are what the direct forms sum for a pixel
	// and for a tap.
	most := func(rows [][]float64, others []float64, terms float64) (most float64) {
		b := squares(polyphaseB)
		for _, row := range rows {
			sum := 0.0
			for i, x := range row {
				sum += x * x * b[i] * others[i]
			}
			most = max(most, sum/terms)
		}
		return most
	}
	forward := most(polyphaseA, squares(polyphaseG), 2)
	weights := most(transposed(polyphaseG), squares(transposed(polyphaseA)), 4)
	if worst := max(forward, weights); worst > polyphaseLoss || worst < polyphaseLoss-1 {
		t.Errorf("the worst pixel loses %.2f (forward) or %.2f (weights) times as much, want about %d", forward, weights, polyphaseLoss)
	}
}

// transformCase is a transformation, as the kernels have it and as matrices: end(m·src·mᵀ).
type transformCase struct {
	name string
	cut  bool // pixels may lie beside a map
	m    [][]float64
	run  func(dst []float32, row, col int, src []float32, srcRow, srcCol, c int, inside uint64)
	end  func(v float64, c int) float64
}

func polyphaseTransformCases() []transformCase {
	plain := func(v float64, _ int) float64 { return v }
	flip := make([][]float64, 5)
	for i, row := range polyphaseG {
		flip[i] = []float64{row[1], row[0]}
	}
	whole := func(f func(dst []float32, dstRow, dstCol int, src []float32, srcRow, srcCol, c int)) func([]float32, int, int, []float32, int, int, int, uint64) {
		return func(dst []float32, row, col int, src []float32, srcRow, srcCol, c int, _ uint64) {
			f(dst, row, col, src, srcRow, srcCol, c)
		}
	}
	// What is read begins with the first pixel inside: there is nothing before it.
	cut := func(p phasePatch) func([]float32, int, int, []float32, int, int, int, uint64) {
		return func(dst []float32, row, col int, src []float32, srcRow, srcCol, c int, inside uint64) {
			first := bits.TrailingZeros64(inside) % 64 % (p.in * p.in)
			first = first/p.in*srcRow + first%p.in*srcCol
			p.tile(dst, row, col, src[first:], srcRow, srcCol, c, -first, inside)
		}
	}
	cases := []transformCase{
		{"input", true, polyphaseB, cut(polyphaseInput), plain}, {"weights", false, polyphaseG, whole(polyphaseWeights.tile), plain},
		{"weights flipped", false, flip, whole(polyphaseWeights.flipped), plain},
		{"gradient", true, transposed(polyphaseA), cut(polyphaseGradientOf), plain},
		{"weights' gradient", false, transposed(polyphaseG), whole(polyphaseWeightsGradient.tile), plain},
		{"output without bias", false, polyphaseA, func(dst []float32, row, col int, src []float32, srcRow, srcCol, c int, _ uint64) {
			polyphaseOutput(dst, row, col, src, srcRow, srcCol, c, nil, engine.ActNone)
		}, plain},
	}
	bias := make([]float32, 70)
	for i := range bias {
		bias[i] = float32(i%7) - 3
	}
	for act := range engine.Act(5) {
		cases = append(cases, transformCase{fmt.Sprint("output with activation ", act), false, polyphaseA,
			func(dst []float32, row, col int, src []float32, srcRow, srcCol, c int, _ uint64) {
				polyphaseOutput(dst, row, col, src, srcRow, srcCol, c, bias, act)
			}, func(v float64, c int) float64 { return activate(act, v+float64(bias[c])) }})
	}
	return cases
}

// compare runs a transformation of c channels, one of which may hold an Inf or NaN: the others must not notice, and nothing
// be written beside them.
func (o transformCase) compare(rng *rand.Rand, c int) error {
	out, in := len(o.m), len(o.m[0])
	col, srcCol := c+rng.IntN(3), c+rng.IntN(3)
	row, srcRow := out*col+rng.IntN(3), in*srcCol+rng.IntN(3)
	src, _ := sparse(rng, (in-1)*(srcRow+srcCol)+c, false)
	odd := rng.IntN(c + 1)
	if odd < c {
		src[rng.IntN(in)*srcRow+rng.IntN(in)*srcCol+odd] = oddValues[2+rng.IntN(3)]
	}
	size, lead := (out-1)*(row+col)+c, 1+rng.IntN(15)
	whole := make([]float32, lead+size+16)
	for i := range whole {
		whole[i] = canary
	}
	inside := uint64(1)<<(in*in) - 1
	if o.cut {
		switch rng.IntN(4) {
		case 0:
			inside &= rng.Uint64()
		case 1:
			inside &= 1 << rng.IntN(in*in)
		}
	}
	o.run(whole[lead:lead+size], row, col, src, srcRow, srcCol, c, inside)
	for at := range out * out * c {
		i, j, k := at/(out*c), at/c%out, at%c
		got := &whole[lead+i*row+j*col+k]
		sum, size := 0.0, 1.0
		for p := range in * in {
			if inside>>p&1 == 0 {
				continue
			}
			v := o.m[i][p/in] * o.m[j][p%in] * float64(src[p/in*srcRow+p%in*srcCol+k])
			sum += v
			size += math.Abs(v)
		}
		if want := o.end(sum, k); k != odd && !(math.Abs(float64(*got)-want) <= 16*0x1p-24*size) {
			return fmt.Errorf("element (%d, %d) of channel %d is %g, want %g", i, j, k, *got, want)
		}
		*got = canary
	}
	for i, v := range whole {
		if v != canary {
			return fmt.Errorf("wrote beside the tile, at %d", i-lead)
		}
	}
	return nil
}

func TestPolyphaseTransforms(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	eachVectors(t, func(t *testing.T, _ func(func())) {
		for _, o := range polyphaseTransformCases() {
			for c := 1; c < 70; c++ {
				if err := o.compare(rng, c); err != nil {
					t.Errorf("%s of %d channels: %v", o.name, c, err)
					break
				}
			}
		}
	})
}

// TestPolyphaseTransformsGoRed plants mistakes: a wrong matrix, a tile too far, and no bias.
func TestPolyphaseTransformsGoRed(t *testing.T) {
	if !hasAVX2 {
		t.Skip("the CPU has no AVX2")
	}
	wrong := polyphaseTransformCases()
	wrong[0].m = append([][]float64{{-25. / 32, -25. / 16, 1. / 2, 1, 1e-3}}, polyphaseB[1:]...)
	wrong[1].run = func(dst []float32, row, col int, src []float32, srcRow, srcCol, c int, _ uint64) {
		polyphaseWeights.tile(dst, row, col, src, srcRow, srcCol, c)
		dst[4*row+3*col+c] = 0
	}
	wrong[7].end = func(v float64, _ int) float64 { return activate(engine.ActReLU, v) }
	for _, i := range []int{0, 1, 7} {
		rng := rand.New(rand.NewPCG(3, 5))
		if wrong[i].compare(rng, 20) == nil {
			t.Errorf("a mistake in %s is not seen", wrong[i].name)
		}
	}
}
