package cpu

import (
	"sync"

	"github.com/braidml/braid/internal/engine"
)

// pixelTiles is one call of the kernel of convolutions whose pixels have few channels: rows of tiles of high output
// pixels by up to pixelKernel.wide output channels. What a pixel reads is runs of run elements, the same number for all
// pixels; it is read in place, run for run, and so no strip or matrix is ever made.
//
// The assembly kernels know the offsets of the fields; a test compares.
type pixelTiles struct {
	x    []float32 // from the first pixel's first run on
	w    []float32 // element (k, j) at k·panel + j: k counts the elements of a pixel's runs
	y    []float32
	bias []float32 // panel of them; the sums start with it

	rows, tiles              int
	stepX, stepY, rowX, rowY int // elements from one pixel to the next, and from one row to the next
	runs, run, skip          int // skip: elements from a run's end to the next run's beginning
	cols                     int
	act                      int // an engine.Act of pixelFuses
	stream                   int // not 0: y goes past the caches. y's pixels then begin at cache lines, and cols fills them
	left, atX, atY           int // the kernel's own, no pointers for the collector of garbage
	ahead                    int // elements from a tile's first pixel to what the cache should fetch meanwhile: high·run of each run
	high, panel              int // panel: elements of a row of w, k.panel(cols)
}

// pixelMill is the kernels' arguments and space for maps. Mills are pooled, so that a convolution allocates nothing.
type pixelMill struct {
	pixelTiles
	pixelFold
	tapSums
	space []float32
	off   []int // of pixelFold
}

var pixelMills sync.Pool

// getPixelMill is a mill with space for n elements.
func getPixelMill(n int) *pixelMill {
	m, ok := pixelMills.Get().(*pixelMill)
	if !ok {
		m = new(pixelMill)
	}
	m.space = borrow[float32](n)
	return m
}

func (m *pixelMill) release() {
	giveBack(m.space)
	*m = pixelMill{off: m.off[:0]}
	pixelMills.Put(m)
}

// pixelKernels are the kernel and its limits: tiles of up to sums vectors of lanes elements, wide of them at most side
// by side.
type pixelKernels struct {
	sums, lanes, wide int
	run               func(*pixelTiles)
	fold              func(f *pixelFold, c int)
	taps              int // accumulators of a tile of tapSums, which is up to two vectors wide
	tap               func(*tapSums)
	spots             int // sums of the kernel of rowGradient, which is a vector wide
	spot              func(t *tapSums, channels, half int)
}

// pixelFuses reports whether the kernel applies a itself.
func pixelFuses(a engine.Act) bool {
	return a == engine.ActNone || a == engine.ActReLU || a == engine.ActLeakyReLU
}

// width is how many vectors hold cols columns.
func (k *pixelKernels) width(cols int) int { return pieces(cols, k.lanes) }

// panel is how many elements a row of a packed panel of cols columns has.
func (k *pixelKernels) panel(cols int) int { return k.width(cols) * k.lanes }

// high is how many pixels a tile of cols columns may have.
func (k *pixelKernels) high(cols int) int { return k.sums / k.width(cols) }

// callWork is how many multiply-adds a call of the kernel may have: the garbage collector waits for its end. A test makes it
// small.
var callWork = 1 << 22

// compute runs rows of pixels pixels, in calls that are not too long.
func (t *pixelTiles) compute(pixels int) {
	k := pixelKernel()
	t.panel = k.panel(t.cols)
	work := t.runs * t.run * t.panel
	wide := max(k.high(t.cols), callWork/work)
	all, high := *t, max(1, wide/pixels)
	for i := 0; i < all.rows; i += high {
		for j := 0; j < pixels; j += wide {
			t.x, t.y = all.x[i*t.rowX+j*t.stepX:], all.y[i*t.rowY+j*t.stepY:]
			t.rows = min(high, all.rows-i)
			t.tile(k, min(wide, pixels-j))
		}
	}
	*t = all
}

// tile shares pixels out evenly to tiles: a last tile of one pixel would be slow.
func (t *pixelTiles) tile(k *pixelKernels, pixels int) {
	tiles := pieces(pixels, k.high(t.cols))
	high, higher, rows := pixels/tiles, pixels%tiles, t.rows // the kernel counts rows down
	if higher > 0 {
		t.high, t.tiles = high+1, higher
		k.run(t)
		t.x, t.y = t.x[higher*t.high*t.stepX:], t.y[higher*t.high*t.stepY:]
	}
	t.high, t.tiles, t.rows = high, tiles-higher, rows
	k.run(t)
}
