package cpu

import "github.com/braidml/braid/internal/engine"

// windows is the rows of a map as windows without dilation of columns read them: in place, or copied once with zeros
// around them where windows reach over the edge. An output pixel reads one run of S·C elements of each of R rows, and
// the next pixel's run begins StrideW pixels later.
type windows struct {
	engine.ConvDims
	x []float32
}

// across is how many pixels of a row output rows read, and down how many rows n output rows do.
func (w *windows) across() int    { return (w.OutW-1)*w.StrideW + w.S }
func (w *windows) down(n int) int { return (n-1)*w.StrideH + (w.R-1)*w.DilH + 1 }

// space is how many elements rows may need for n output rows.
func (w *windows) space(n int) int { return w.down(n) * w.across() * w.C }

// rows is what n output rows from row i of image img on read, and the elements from one row of it to the next.
func (w *windows) rows(space []float32, img, i, n int) (rows []float32, apart int) {
	h, down, width, row := i*w.StrideH-w.PadH, w.down(n), w.across()*w.C, w.W*w.C
	image := w.x[img*w.H*row:][:w.H*row]
	first := -w.PadW * w.C // padding is negative where the windows leave columns out
	if h >= 0 && h+down <= w.H && first >= 0 && first+width <= row {
		return image[h*row+first:], row
	}
	left, skip := min(width, max(0, -first)), max(0, first)
	inside := max(0, min(width-left, row-skip))
	for r := range down {
		to := space[r*width:][:width]
		if h+r < 0 || h+r >= w.H {
			clear(to)
			continue
		}
		clear(to[:left])
		copy(to[left:], image[(h+r)*row+min(row, skip):][:inside])
		clear(to[left+inside:])
	}
	return space, width
}
