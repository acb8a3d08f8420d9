//go:build !purego

package cpu

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

func winogradCases() (cases []convCase) {
	for i, v := range [][6]int{ // n, h, w, c, k, pad
		{2, 8, 8, 16, 16, 1}, {1, 6, 6, 16, 17, 0}, {3, 9, 7, 17, 33, 1}, {1, 12, 13, 64, 48, 0}, {2, 4, 4, 30, 16, 1},
		{1, 5, 21, 16, 20, 2}, {4, 16, 16, 24, 32, 1}, {1, 7, 6, 300, 40, 1}, {2, 11, 10, 20, 270, 0}, {1, 4, 4, 16, 16, 2},
	} {
		for pool := range 2 {
			c := convCase{act: engine.Act(i % 5), pool: 2 * pool, bias: i%3 != 0, winograd: true}
			c.ConvDims = engine.ConvDims{N: v[0], H: v[1], W: v[2], C: v[3], K: v[4], R: 3, S: 3, StrideH: 1, StrideW: 1,
				PadH: v[5], PadW: v[5], DilH: 1, DilW: 1}
			c.outputs()
			cases = append(cases, c)
		}
	}
	rng := rand.New(rand.NewPCG(8, 8))
	for range 60 {
		c := convCase{act: engine.Act(rng.IntN(5)), pool: 2 * rng.IntN(2), bias: rng.IntN(2) == 0, winograd: true}
		c.ConvDims = engine.ConvDims{N: rng.IntN(4), H: 4 + rng.IntN(14), W: 4 + rng.IntN(14), C: 16 + rng.IntN(40), K: 16 + rng.IntN(40),
			R: 3, S: 3, StrideH: 1, StrideW: 1, PadH: rng.IntN(3), PadW: rng.IntN(3), DilH: 1, DilW: 1}
		c.outputs()
		cases = append(cases, c)
	}
	return cases
}

func TestWinograd(t *testing.T) {
	eachVectors(t, func(t *testing.T, _ func(func())) {
		eachKernel(func(kernel string) {
			for i, c := range winogradCases() {
				if err := compareConv(c, c, uint64(i)); err != nil {
					t.Fatalf("%s kernel: %s: %v", kernel, c, err)
				}
			}
		})
	})
}

// What the mistakes of TestConvCheckGoesRed are to the direct forms, these are to Winograd's.
func TestWinogradCheckGoesRed(t *testing.T) {
	if !hasAVX2 {
		t.Skip("the CPU has no AVX2")
	}
	c := winogradCases()[0]
	for name, plant := range map[string]func(*convCase){
		"rows":       func(c *convCase) { c.PadH, c.PadW = 0, 2 },
		"bias":       func(c *convCase) { c.bias = !c.bias },
		"activation": func(c *convCase) { c.act = engine.ActTanh },
	} {
		wrong := c
		plant(&wrong)
		if compareConv(c, wrong, 1) == nil {
			t.Errorf("a wrong %s is not seen", name)
		}
	}
}

// The sums of squares of the transformations' rows give the loss: see winogradLoss.
func TestWinogradLoss(t *testing.T) {
	b := []float64{33. / 4, 30. / 4, 30. / 4, 15. / 4, 15. / 4, 33. / 4} // of Bᵀ
	g := []float64{1, 7. / 36, 7. / 36, 7. / 9, 7. / 9, 1}
	a := []float64{1, 30. / 4, 30. / 4, 15. / 4, 15. / 4, 1}
	most := func(rows [][]float64, other []float64) (most float64) {
		for _, row := range rows {
			sum := 0.0
			for i, x := range row {
				sum += x * x * b[i] * other[i]
			}
			most = max(most, sum)
		}
		return most
	}
	// Noise grows as the square of a dimension's; 9 and 16 products are what the direct forms sum for a pixel and for a tap.
	const near, far = math.Sqrt2 / 2, math.Sqrt2
	forward := most([][]float64{{1, 2, 2, 1. / 2, 1. / 2, 0}, {0, far, -far, near, -near, 0}, {0, 1, 1, 1, 1, 0}, {0, near, -near, far, -far, 1}}, g) / 3
	weights := most([][]float64{{1, -1. / 3, -1. / 3, 1. / 3, 1. / 3, 0}, {0, -near / 3, near / 3, far / 3, -far / 3, 0},
		{0, -1. / 6, -1. / 6, 2. / 3, 2. / 3, 1}}, a) / 4
	if worst := max(forward, weights); worst > winogradLoss || worst < winogradLoss-1 {
		t.Errorf("the worst pixel loses %.2f (forward) or %.2f (weights) times as much, want about %d", forward, weights, winogradLoss)
	}
	if row := math.Sqrt(weights); row > winogradRowLoss || row < winogradRowLoss-1 {
		t.Errorf("the worst tap of a row loses %.2f times as much, want about %d", row, winogradRowLoss)
	}
}

// TestWinogradError measures what the form costs, for 64 channels: the largest errors of both forms, relative to the root
// mean square of the outputs. Run it with -v.
func TestWinogradError(t *testing.T) {
	if !hasAVX2 {
		t.Skip("the CPU has no AVX2")
	}
	c := convCase{}
	c.ConvDims = engine.ConvDims{N: 2, H: 24, W: 24, C: 64, K: 64, R: 3, S: 3, StrideH: 1, StrideW: 1, PadH: 1, PadW: 1, DilH: 1, DilW: 1}
	c.outputs()
	measureLoss(t, c, winogradLoss)
}

// measureLoss compares the largest errors of both forms of c in each pass.
func measureLoss(t *testing.T, c convCase, loss float64) {
	t.Helper()
	want := newConvData[float64](c, 1)
	if err := errors.Join(want.forward(c), want.backward(c)); err != nil {
		t.Fatal(err)
	}
	var worst [2][3]float64
	for i := range worst {
		c.winograd = i == 1
		got := newConvData[float32](c, 1)
		if err := errors.Join(got.forward(c), got.backward(c)); err != nil {
			t.Fatal(err)
		}
		for j, pair := range [][2]engine.Buffer{{got.y, want.y}, {got.dx, want.dx}, {got.dw, want.dw}} {
			g, w := view[float32](pair[0]), view[float64](pair[1])
			squares := 0.0
			for k, v := range w {
				squares += v * v
				if d := math.Abs(float64(g[k]) - v); !(d <= worst[i][j]) {
					worst[i][j] = d
				}
			}
			worst[i][j] /= math.Sqrt(squares / float64(len(w)))
		}
	}
	for j, name := range []string{"forward", "data", "weights"} {
		direct, winograd := worst[0][j], worst[1][j]
		t.Logf("%s: direct %.1e, Winograd %.1e, %.1f times", name, direct, winograd, winograd/direct)
		if ratio := winograd / direct; !(ratio > 1 && ratio <= loss) {
			t.Errorf("%s: Winograd's error is %.2g times the direct form's, want 1 to %g times", name, ratio, loss)
		}
	}
}
