package cpu

import "github.com/braidml/braid/internal/engine"

// argReduce is ArgMax, and ArgMin as the ArgMax of -X. Y is 0 over nothing.
func argReduce[T float](o engine.Reduction) {
	y, x := view[int32](o.Y), view[T](o.X)
	sign := T(1)
	if o.Op == engine.ArgMin {
		sign = -1
	}
	slab, wide := o.N*o.Inner, min(reduceColumns, max(1, o.Inner))
	nCol := pieces(o.Inner, wide)
	grain := max(1, lightGrain/max(1, o.N*wide)) // outers of one block of columns
	nOut := pieces(o.Outer, grain)
	parallel(nOut*nCol, func(i int) {
		from, to := piece(i/nCol, o.Outer, grain)
		first, last := piece(i%nCol, o.Inner, wide)
		for k := from; k < to; k++ {
			argColumns(y[k*o.Inner:][first:last], x[k*slab:(k+1)*slab], first, o.N, o.Inner, sign)
		}
	})
}

// argColumns finds the first of the largest sign·x in each column from c on, taking a NaN for larger than any number.
func argColumns[T float](y []int32, x []T, c, n, inner int, sign T) {
	if inner == 1 {
		y[0] = argRow(x[:n], sign)
		return
	}
	var best [reduceColumns]T
	clear(y)
	for i := range min(n, 1) * len(y) {
		best[i] = sign * x[c+i]
	}
	for r := 1; r < n; r++ {
		for i, v := range x[r*inner+c:][:len(y)] {
			if v *= sign; v > best[i] || v != v && best[i] == best[i] {
				best[i], y[i] = v, int32(r)
			}
		}
	}
}

func argRow[T float](x []T, sign T) int32 {
	if len(x) == 0 {
		return 0
	}
	at, best := 0, sign*x[0]
	for i, v := range x {
		if v *= sign; v > best || v != v && best == best {
			at, best = i, v
		}
	}
	return int32(at)
}
