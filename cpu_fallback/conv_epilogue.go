package cpu

import "github.com/braidml/braid/internal/engine"

// epilogueGrain is how many elements of DZ one piece of work has, about.
const epilogueGrain = 1 << 14

// unpoolSpace is how many elements of the gradient behind the pooling are taken through the activation at a time.
const unpoolSpace = 1024

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
	var taps [256]chosenTap
	for p := range op.Pool * op.Pool {
		taps[p] = chosenTap{p, 4 * (p/op.Pool*d.OutW + p%op.Pool) * d.K}
	}
	parallel(runs, func(i int) {
		var sum []T
		if sums != nil {
			sum = sums[i*d.K:][:d.K]
			clear(sum)
		}
		from, to := piece(i, rows, grain)
		m := getMill[T](unpoolSpace)
		defer m.release()
		space, one := m.space[:unpoolSpace], factorOne[T]()
		for row := from; row < to; row++ {
			if op.Pool > 0 {
				unpoolBand(&op, &taps, space, one, sum, row/bands, row%bands, row%bands == bands-1)
			} else {
				unactRow(&op, one, sum, row)
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
func unactRow[T float](op *engine.Conv2DEpilogue, one, sum []T, row int) {
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
	addRows(sum, dz, op.K, one, 0, op.OutW)
}

// unpoolBand is the rows of DZ behind row i of image n of DY, and if last the rows that pooling dropped.
func unpoolBand[T float](op *engine.Conv2DEpilogue, taps *[256]chosenTap, space, one, sum []T, n, i int, last bool) {
	d, pool := &op.ConvDims, op.Pool
	h, w := d.OutH/pool, d.OutW/pool
	end := (i + 1) * pool
	if last {
		end = d.OutH
	}
	rowSize := d.OutW * d.K
	dz := view[T](op.DZ)[n*d.OutH*rowSize:][:d.OutH*rowSize]
	dy, y, arg := view[T](op.DY), view[T](op.Y), view[uint8](op.Arg)
	if op.Act == engine.ActNone {
		y = dy // may be absent, and is not looked at
	}
	pixels := len(space) / max(1, d.K)
	if i < h && pixels > 0 && poolsFast[T, uint8](&engine.ConvDims{R: pool, S: pool, C: d.K}) {
		used := w * pool * d.K
		for r := i * pool; r < end; r++ {
			if r < (i+1)*pool {
				clear(dz[r*rowSize+used : (r+1)*rowSize])
			} else {
				clear(dz[r*rowSize : (r+1)*rowSize])
			}
		}
		for j := 0; j < w; j += pixels {
			n0, n1 := ((n*h+i)*w+j)*d.K, ((n*h+i)*w+min(w, j+pixels))*d.K
			g := actGradRow(op.Act, space, dy[n0:n1], y[n0:n1])
			fastUnpool(dz[(i*pool*d.OutW+j*pool)*d.K:], g, arg[n0:n1], taps[:pool*pool], d.K, pool*d.K)
			if sum != nil {
				addRows(sum, g, d.K, one, 0, len(g)/d.K)
			}
		}
		return
	}
	clear(dz[i*pool*rowSize : end*rowSize])
	if i >= h {
		return
	}
	for j := range w {
		for k := 0; k < d.K; k += len(space) {
			n0 := ((n*h+i)*w+j)*d.K + k
			n1 := n0 + min(len(space), d.K-k)
			pixel := dz[(i*pool*d.OutW+j*pool)*d.K+k:]
			won := arg[n0:n1]
			for c, g := range actGradRow(op.Act, space, dy[n0:n1], y[n0:n1]) {
				pixel[taps[won[c]].off/4+c] = g
				if sum != nil {
					sum[k+c] += g
				}
			}
		}
	}
}
