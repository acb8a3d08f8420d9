//go:build !purego

package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Rows of the transformations of F(3, 4), by the definition in winograd_amd64.go's generator.
var (
	rowInputs = [rowSpots][6]float64{{1, 0, -5. / 2, 0, 1, 0}, {0, -math.Sqrt2, -2, math.Sqrt2 / 2, 1, 0}, {0, math.Sqrt2, -2, -math.Sqrt2 / 2, 1, 0},
		{0, -math.Sqrt2 / 2, -1. / 2, math.Sqrt2, 1, 0}, {0, math.Sqrt2 / 2, -1. / 2, -math.Sqrt2, 1, 0}, {0, 1, 0, -5. / 2, 0, 1}}
	rowGradients = [rowSpots][4]float64{{1, 0, 0, 0}, {2, math.Sqrt2, 1, math.Sqrt2 / 2}, {2, -math.Sqrt2, 1, -math.Sqrt2 / 2},
		{1. / 2, math.Sqrt2 / 2, 1, math.Sqrt2}, {1. / 2, -math.Sqrt2 / 2, 1, -math.Sqrt2}, {0, 0, 0, 1}}
)

// bounded is sums with what rounding errors are bounded by: so much times the sum of the summands' sizes.
type bounded struct{ sum, size []float64 }

func newBounded(whole []float32) bounded {
	b := bounded{make([]float64, len(whole)), make([]float64, len(whole))}
	for i, v := range whole {
		b.sum[i] = float64(v)
	}
	return b
}

func (b bounded) add(i int, v float64) { b.sum[i], b.size[i] = b.sum[i]+v, b.size[i]+math.Abs(v) }

func (b bounded) compare(got []float32, terms int) error {
	for i, w := range b.sum {
		if d := math.Abs(float64(got[i]) - w); !(d <= 0x1p-24*float64(terms)*b.size[i]) {
			return fmt.Errorf("element %d is %v, want %v", i-fewGuard, got[i], w)
		}
	}
	return nil
}

// compareSpots runs a call of the kernel of half the spots, and compares all that it writes with the definition.
func compareSpots(t *tapSums, channels, half int, run func(t *tapSums, channels, half int)) error {
	got, sums := guarded(t.filterRows * rowSpots * channels * t.rowSums)
	defer giveBack(got)
	acc := func(r, p, c, j int) int { return ((rowSpots*r+p)*channels+c)*t.rowSums + j }
	for at := range t.filterRows * 3 * channels * t.cols {
		j, c, p, r := at%t.cols, at/t.cols%channels, at/t.cols/channels%3, at/t.cols/channels/3
		sums[acc(r, p, c, j)] = float32(j - c)
	}
	want := newBounded(got)
	for at := range t.filterRows * 3 * channels * t.cols {
		j, c, p, r := at%t.cols, at/t.cols%channels, at/t.cols/channels%3, at/t.cols/channels/3
		to := fewGuard + acc(r, p, c, j)
		want.size[to] = math.Abs(want.sum[to])
		for step := range t.rows * t.pixels {
			row, tile := step/t.pixels, step%t.pixels
			x := float64(t.x[row*t.rowX+tile*t.stepX+r*t.apart+p*channels+c])
			for i, f := range rowGradients[3*half+p] {
				want.add(to, f*x*float64(t.dy[row*t.rowDY+(4*tile+i)*t.stepDY+j]))
			}
		}
	}
	t.sums = sums
	run(t, channels, half)
	return want.compare(got, t.rows*t.pixels+8)
}

func newSpotCase(rng *rand.Rand, filterRows, channels, cols int) *tapSums {
	t := &tapSums{rows: 1 + rng.IntN(3), pixels: 1 + rng.IntN(4), stepX: 1 + rng.IntN(40), stepDY: cols + rng.IntN(9), rowX: rng.IntN(50),
		rowSums: cols + rng.IntN(9), cols: cols, apart: rng.IntN(90), filterRows: filterRows, fetch: new(float32)}
	t.rowDY = 4*t.pixels*t.stepDY + rng.IntN(9)
	t.x = integers(rng, (t.rows-1)*t.rowX+(t.pixels-1)*t.stepX+(filterRows-1)*t.apart+3*channels)
	t.dy = integers(rng, t.rows*t.rowDY)
	return t
}

func TestWinogradRowSpots(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 18))
	eachKernel(func(name string) {
		k := pixelKernel()
		if k == nil {
			return
		}
		for cols := 1; cols <= k.lanes; cols++ {
			for channels := rowChannels; 3*channels <= k.spots; channels++ {
				for rows := 1; 3*rows*channels <= k.spots; rows++ {
					for half := range 2 {
						c := newSpotCase(rng, rows, channels, cols)
						if err := compareSpots(c, channels, half, k.spot); err != nil {
							t.Fatalf("%s kernel, half %d, %d rows of %d channels, %d columns: %v", name, half, rows, channels, cols, err)
						}
					}
				}
			}
		}
	})
}

func TestWinogradRowSpotsGoesRed(t *testing.T) {
	k := pixelKernel()
	if k == nil {
		t.Skip("the CPU has no such kernel")
	}
	for name, spoil := range map[string]func(t *tapSums, channels, half int){
		"wrong sum":         func(t *tapSums, c, half int) { k.spot(t, c, half); t.sums[0]++ },
		"NaN":               func(t *tapSums, c, half int) { k.spot(t, c, half); t.sums[0] = float32(math.NaN()) },
		"write after a row": func(t *tapSums, c, half int) { k.spot(t, c, half); t.sums[t.cols] = 0 },
		"the other half":    func(t *tapSums, c, half int) { k.spot(t, c, 1-half) },
		"a row left out":    func(t *tapSums, c, half int) { t.rows--; k.spot(t, c, half) },
	} {
		c := newSpotCase(rand.New(rand.NewPCG(19, 20)), 1, 3, 5)
		c.rows, c.rowX, c.rowDY, c.rowSums = 2, 0, 0, 6
		if compareSpots(c, 3, 0, spoil) == nil {
			t.Errorf("%s passed", name)
		}
	}
}

func TestWinogradRowInput(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	eachVectors(t, func(t *testing.T, _ func(func())) {
		f := winogradRowInputAVX2
		if useAVX512 {
			f = winogradRowInputAVX512
		}
		for c := 1; c < 40; c++ {
			tiles, pixel := 1+rng.IntN(5), c+rng.IntN(5)
			apart := c + rng.IntN(5)
			tile := rowSpots*apart + rng.IntN(5)
			x := integers(rng, (4*tiles+1)*pixel+c)
			got, dst := guarded(tiles * tile)
			want := newBounded(got)
			for at := range tiles * rowSpots * c {
				to := fewGuard + at/c/rowSpots*tile + at/c%rowSpots*apart + at%c
				want.sum[to] = 0
				for i, b := range rowInputs[at/c%rowSpots] {
					want.add(to, b*float64(x[(4*(at/c/rowSpots)+i)*pixel+at%c]))
				}
			}
			f(&dst[0], apart, tile, &x[0], pixel, tiles, c)
			if err := want.compare(got, 8); err != nil {
				t.Fatalf("%d tiles of %d channels: %v", tiles, c, err)
			}
			giveBack(got)
		}
	})
}
