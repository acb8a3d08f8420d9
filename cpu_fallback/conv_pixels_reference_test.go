package cpu

import "github.com/braidml/braid/internal/engine"

// pixelsGo is the reference: the definition in loops.
func pixelsGo(t *pixelTiles) {
	for row := range t.rows {
		for pixel := range t.tiles * t.high {
			var sums [64]float32
			sum := sums[:t.panel]
			copy(sum, t.bias)
			w := t.w
			for run := range t.runs {
				x := t.x[row*t.rowX+pixel*t.stepX+run*(t.run+t.skip):][:t.run]
				for _, v := range x {
					addScaled(sum, v, w)
					w = w[t.panel:]
				}
			}
			activateRow(engine.Act(t.act), sum[:t.cols])
			copy(t.y[row*t.rowY+pixel*t.stepY:], sum[:t.cols])
		}
	}
}

// foldGo is the reference: the definition in loops.
func foldGo(f *pixelFold, c int) {
	for v := range f.pixels {
		out := f.y[v*f.stepY:][:c]
		copy(out, f.bias)
		for _, off := range f.off {
			for t := range f.taps {
				addScaled(out, 1, f.p[off+v*f.stepP+t*f.stepTap:])
			}
		}
	}
}

// tapsGo is the reference: the definition in loops.
func tapsGo(t *tapSums) {
	for row := range t.rows {
		for pixel := range t.pixels {
			dy := t.dy[row*t.rowDY+pixel*t.stepDY:][:t.cols]
			for at := range t.filterRows * t.run {
				r, i := at/t.run, at%t.run
				addScaled(t.sums[at*t.rowSums:][:t.cols], t.x[row*t.rowX+pixel*t.stepX+r*t.apart+i], dy)
			}
		}
	}
}
