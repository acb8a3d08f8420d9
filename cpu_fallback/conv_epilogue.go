package cpu

import "github.com/braidml/braid/internal/engine"

// epilogueGrain is how many elements of DZ one piece of work has, about.
const epilogueGrain = 1 << 14

// convEpilogueBwd undoes pooling, activation and bias. Work is cut into runs of bands: a band is the rows of DZ that
// one row of DY came from, and the last band of an image has the rest rows too. Each run sums its own bias gradient,
// and the sums are added in the order of the runs.
func convEpilogueBwd[T float](s *Stream, op engine.Conv2DEpilogue) {
	d := op.ConvDims
	bands := d.OutH / max(op.Pool, 1)
	if op.Pool > 1 {
		bands = max(bands, 1) // an image smaller than a window still has a DZ to clear
	}
	rows := d.N * bands
	grain := max(1, epilogueGrain/max(1, d.OutW*d.K*max(op.Pool, 1)))
	runs := pieces(rows, grain)
	var sums []T
	if !op.DBias.Absent() {
		sums = grow[T](s, runs*d.K)
	}
	var places [256]int // of the winners, in elements after the window's first
	for p := range op.Pool * op.Pool {
		places[p] = (p/op.Pool*d.OutW + p%op.Pool) * d.K
	}
	parallel(runs, func(i int) {
		var sum []T
		if sums != nil {
			sum = sums[i*d.K:][:d.K]
			clear(sum)
		}
		from, to := piece(i, rows, grain)
		for row := from; row < to; row++ {
			if op.Pool > 0 {
				unpoolBand(&op, &places, sum, row/bands, row%bands, row%bands == bands-1)
			} else {
				unactRow(&op, sum, row)
			}
		}
	})
	dbias := view[T](op.DBias)
	clear(dbias)
	for i := range runs {
		if sums != nil {
			addScaled(dbias, 1, sums[i*d.K:])
		}
	}
}

// unactRow is one row of DZ where there was no pooling.
func unactRow[T float](op *engine.Conv2DEpilogue, sum []T, row int) {
	size := op.OutW * op.K
	dz, dy := view[T](op.DZ)[row*size:][:size], view[T](op.DY)[row*size:][:size]
	if op.Act == engine.ActNone {
		copy(dz, dy)
	} else {
		actGradRow(op.Act, dz, dy, view[T](op.Y)[row*size:])
	}
	if sum == nil {
		return
	}
	for j := range op.OutW {
		addScaled(sum, 1, dz[j*op.K:])
	}
}

// unpoolBand is the rows of DZ behind row i of image n of DY, and if last the rows that pooling dropped.
func unpoolBand[T float](op *engine.Conv2DEpilogue, places *[256]int, sum []T, n, i int, last bool) {
	d, pool := &op.ConvDims, op.Pool
	h, w := d.OutH/pool, d.OutW/pool
	end := (i + 1) * pool
	if last {
		end = d.OutH
	}
	rowSize := d.OutW * d.K
	dz := view[T](op.DZ)[n*d.OutH*rowSize:][:d.OutH*rowSize]
	clear(dz[i*pool*rowSize : end*rowSize])
	if i >= h {
		return
	}
	dy, y, arg := view[T](op.DY), view[T](op.Y), view[uint8](op.Arg)
	if op.Act == engine.ActNone {
		y = dy // may be absent, and is not looked at
	}
	var space [256]T
	for j := range w {
		for k := 0; k < d.K; k += len(space) {
			n0 := ((n*h+i)*w+j)*d.K + k
			n1 := n0 + min(len(space), d.K-k)
			pixel := dz[(i*pool*d.OutW+j*pool)*d.K+k:]
			won := arg[n0:n1]
			for c, g := range actGradRow(op.Act, space[:], dy[n0:n1], y[n0:n1]) {
				pixel[places[won[c]]+c] = g
				if sum != nil {
					sum[k+c] += g
				}
			}
		}
	}
}
