package cpu

import "unsafe"

// Convolutions that read their maps in place: rows of pixelTiles on windows. With few channels, for which this was made,
// copying pixels to strips costs as much as the multiplications; with many it costs something as well.

// few reports whether a correlation reads its map in place: where there is a kernel for it, and windows share columns.
func (c *correlation) few() bool { return pixelKernel() != nil && !c.dense && c.DilW == 1 }

// computeFew packs the weights in panels of as many columns as a tile has and runs all rows.
func (c *correlation) computeFew(pack func(dst []float32, w, j0, j1 int)) {
	k := pixelKernel()
	panel := k.wide * k.lanes
	panels := pieces(c.K, panel)
	wide := (panels-1)*panel + k.panel(c.K-(panels-1)*panel)
	packed := borrow[float32](wide * (c.deep + 1))
	defer giveBack(packed)
	c.weights, c.begin = packed[wide:], packed[:wide]
	clear(c.begin[copy(c.begin, c.bias):])
	parallel(panels, func(i int) {
		j0 := i * panel
		j1 := min(c.K, j0+panel)
		w := k.panel(j1 - j0)
		dst := c.weights[j0*c.deep:][:w*c.deep]
		if w > j1-j0 {
			clear(dst)
		}
		pack(dst, w, j0, j1)
	})
	unit := max(1, c.pool)
	bands := c.OutH / unit
	work := unit * c.OutW * c.deep * c.K
	grain := max(1, min(bands, max(pieceWork/work, min(4, c.N*bands/enough))))
	perImage := pieces(bands, grain)
	parallel(c.N*perImage, func(i int) {
		from, to := piece(i%perImage, bands, grain)
		c.bandFew(i/perImage, from*unit, to*unit)
	})
}

// bandFew computes output rows [from, to) of an image.
func (c *correlation) bandFew(img, from, to int) {
	k := pixelKernel()
	w := windows{c.ConvDims, c.x}
	rows := to - from
	space := w.space(rows)
	row := c.OutW * c.K
	if c.pool > 0 {
		space += rows * row
	}
	m := getPixelMill(space)
	defer m.release()
	x, apart := w.rows(m.space, img, from, rows)
	t := &m.pixelTiles
	*t = pixelTiles{rows: rows, stepX: c.StrideW * c.C, rowX: c.StrideH * apart, stepY: c.pixel, rowY: c.row,
		runs: c.R, run: c.S * c.C, skip: c.DilH*apart - c.S*c.C}
	y := c.y[min(len(c.y), img*c.image+from*c.row):]
	if c.pool > 0 {
		y = m.space[w.space(rows):]
		t.stepY, t.rowY = c.K, row
	}
	if pixelFuses(c.act) {
		t.act = int(c.act)
		t.stream = c.streams(y)
	}
	panel := k.wide * k.lanes
	for j := 0; j < c.K; j += panel {
		t.cols = min(panel, c.K-j)
		t.x, t.y, t.w, t.bias = x, y[j:], c.weights[j*c.deep:], c.begin[j:]
		t.compute(c.OutW)
	}
	if !pixelFuses(c.act) {
		for i := range rows {
			for j := range c.OutW {
				activateRow(c.act, y[i*t.rowY+j*t.stepY:][:c.K])
			}
		}
	}
	if c.pool > 0 {
		b := band{correlation: c, from: img*(c.OutH/c.pool*c.pool) + from, rows: rows, unpooled: y}
		b.maxPool()
	}
}

// streamLeast is the size in bytes from which Y is stored past the caches: whoever reads it next would not find its
// beginning there any more, and a store to a line that is not in the cache reads it first.
const streamLeast = 32 << 20

const line = align / 4 // elements of a cache line

// streams reports, as the kernel has it, whether y's stores should go past the caches.
func (c *correlation) streams(y []float32) int {
	whole := uintptr(unsafe.Pointer(unsafe.SliceData(y)))%align == 0 && c.K%line == 0 && c.pixel%line == 0 && c.row%line == 0
	if whole && c.pool == 0 && c.N*c.OutH*c.OutW*c.K*4 >= streamLeast {
		return 1
	}
	return 0
}
