//go:build (amd64 || arm64) && !purego

package cpu

import (
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// poolTaps is the largest window that the vectors pool.
const poolTaps = 64

// fastMaxPool pools outputs [from, to) of a row, whose windows lie on the map but for rows before r0 and from r1 on.
func fastMaxPool[T float, P place](op *engine.Pool2D, row, r0, r1, from, to int) bool {
	d := &op.ConvDims
	if from == to || r0 == r1 || !poolsFast[T, P](d) {
		return false
	}
	if d.R*d.S <= fewTaps {
		var off [fewTaps]int
		return poolRow(op, off[:0], row, r0, r1, from, to)
	}
	var off [poolTaps]int
	return poolRow(op, off[:0], row, r0, r1, from, to)
}

func poolRow(op *engine.Pool2D, off []int, row, r0, r1, from, to int) bool {
	d := &op.ConvDims
	for r := r0; r < r1; r++ {
		for q := range d.S {
			off = append(off, 4*((r-r0)*d.DilH*d.W+q*d.DilW)*d.C)
		}
	}
	h, v := row%d.OutH*d.StrideH-d.PadH+r0*d.DilH, from*d.StrideW-d.PadW
	at, step, pixels := (row*d.OutW+from)*d.C, d.StrideW*d.C, to-from
	x := view[float32](op.X)[(row/d.OutH*d.H+h)*d.W*d.C+v*d.C:]
	y := view[float32](op.Y)[at:][:pixels*d.C]
	_ = x[(pixels-1)*step+off[len(off)-1]/4+d.C-1]
	var arg *uint8
	if !op.Arg.Absent() {
		arg = &view[uint8](op.Arg)[at:][:pixels*d.C][0]
	}
	poolPixels(&y[0], arg, &x[0], &off[0], uint32(r0*d.S), len(off), d.C, step, pixels)
	return true
}

// fastMaxPoolBwd adds outputs [first, end) of row i of image n of DY, whose windows lie within the map's columns, to
// rows [from, to) of DX, or puts them there.
func fastMaxPoolBwd[T float, P place](op *engine.Pool2D, taps []tapPlace, n, i, from, to, first, end int, add bool) bool {
	if first == end || !poolsFast[T, P](&op.ConvDims) {
		return false
	}
	if len(taps) <= fewTaps { // clearing a longer list would take longer than a row
		var space [fewTaps]chosenTap
		return poolBwdRow(op, taps, space[:0], n, i, from, to, first, end, add)
	}
	var space [poolTaps]chosenTap
	return poolBwdRow(op, taps, space[:0], n, i, from, to, first, end, add)
}

// fewTaps are those of the usual windows.
const fewTaps = 9

func poolBwdRow(op *engine.Pool2D, taps []tapPlace, in []chosenTap, n, i, from, to, first, end int, add bool) bool {
	d := &op.ConvDims
	h, v := i*d.StrideH-d.PadH, first*d.StrideW-d.PadW
	lowest := 0
	for id, tap := range taps {
		if uint(h+tap.row-from) >= uint(to-from) {
			continue
		}
		if len(in) == 0 {
			lowest = tap.row
		}
		in = append(in, chosenTap{id, 4 * (tap.offset - lowest*d.W*d.C)})
	}
	if len(in) == 0 {
		return true
	}
	at, step, pixels := ((n*d.OutH+i)*d.OutW+first)*d.C, d.StrideW*d.C, end-first
	dx := view[float32](op.X)[(n*d.H+h+lowest)*d.W*d.C+v*d.C:]
	dy, arg := view[float32](op.Y)[at:][:pixels*d.C], view[uint8](op.Arg)[at:][:pixels*d.C]
	_ = dx[(pixels-1)*step+in[len(in)-1].off/4+d.C-1]
	list := (*byte)(unsafe.Pointer(&in[0]))
	poolPixelsBwd(&dx[0], &dy[0], &arg[0], list, len(in), d.C, step, pixels, add)
	return true
}

// fastUnpool puts each element of dy, pixels of c channels, to the pixel of dx that its tap chose, and zeros to those of
// the other taps. Windows lie step elements apart. It asks for poolsFast.
func fastUnpool[T float](dx, dy []T, arg []uint8, taps []chosenTap, c, step int) {
	u, _ := float32s(dx)
	g, _ := float32s(dy)
	pixels := len(g) / c
	_, _ = u[(pixels-1)*step+taps[len(taps)-1].off/4+c-1], arg[len(g)-1]
	poolPixelsBwd(&u[0], &g[0], &arg[0], (*byte)(unsafe.Pointer(&taps[0])), len(taps), c, step, pixels, false)
}
