package cpu

import (
	"github.com/braidml/braid/internal/engine"
)

// reduceColumns is how many columns one piece of a reduction folds at a time: a row of float64 accumulators, 4 KiB.
const reduceColumns = 512

// reduceGrain is how many elements one piece of a reduction reads: some 5 µs, as the vectors read 64 KiB in less than one.
const reduceGrain = 1 << 16

// Reduce folds X over N. Everything is accumulated in float64, which for float32 leaves the rounding of the result
// alone. A long axis is cut into pieces, whose results are folded in order.
func (s *Stream) Reduce(o engine.Reduction) error {
	index := o.Op == engine.ArgMax || o.Op == engine.ArgMin
	if o.Op >= engine.ReduceOps || index != (o.Y.DType == engine.I32) || !index && o.Y.DType != o.X.DType {
		return engine.ErrUnsupported
	}
	switch {
	case o.X.DType == engine.F32 && index:
		argReduce[float32](o)
	case o.X.DType == engine.F64 && index:
		argReduce[float64](o)
	case o.X.DType == engine.F32:
		reduce[float32](s, o)
	case o.X.DType == engine.F64:
		reduce[float64](s, o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

func reduce[T float](s *Stream, o engine.Reduction) {
	if o.N*o.Inner <= reduceGrain {
		reduceSlabs[T](o)
	} else {
		reduceCut[T](s, o)
	}
}

// reduceSlabs gives each piece as many whole [N, Inner] slabs as make up a grain.
func reduceSlabs[T float](o engine.Reduction) {
	y, x := view[T](o.Y), view[T](o.X)
	slab := o.N * o.Inner
	grain := max(1, reduceGrain/max(1, slab))
	parallelRuns(pieces(o.Outer, grain), func(i int) {
		from, to := piece(i, o.Outer, grain)
		var acc [reduceColumns]float64
		if o.Inner == 1 {
			for ; from < to; from += reduceColumns {
				acc := acc[:min(reduceColumns, to-from)]
				foldRows(o.Op, acc, x[from*slab:], slab)
				finish(o.Op, y[from:][:len(acc)], acc, o.N)
			}
			return
		}
		for k := from; k < to; k++ {
			for c := 0; c < o.Inner; c += reduceColumns {
				acc := acc[:min(reduceColumns, o.Inner-c)]
				fold(o.Op, acc, x[k*slab:(k+1)*slab], c, o.N, o.Inner)
				finish(o.Op, y[k*o.Inner+c:][:len(acc)], acc, o.N)
			}
		}
	})
}

// reduceCut cuts one large slab after another into blocks of rows and columns.
func reduceCut[T float](s *Stream, o engine.Reduction) {
	y, x := view[T](o.Y), view[T](o.X)
	slab := o.N * o.Inner
	rows := max(1, reduceGrain/min(reduceColumns, o.Inner)) // a block
	nRow, nCol := pieces(o.N, rows), pieces(o.Inner, reduceColumns)
	parts := grow[float64](s, nRow*o.Outer*o.Inner) // [Outer, nRow, Inner]
	parallelRuns(o.Outer*nRow*nCol, func(i int) {
		k, r, c := i/nCol/nRow, i/nCol%nRow, i%nCol*reduceColumns
		from, to := piece(r, o.N, rows)
		acc := parts[(k*nRow+r)*o.Inner+c:][:min(reduceColumns, o.Inner-c)]
		fold(o.Op, acc, x[k*slab+from*o.Inner:][:(to-from)*o.Inner], c, to-from, o.Inner)
	})
	parallel(o.Outer*nCol, func(i int) {
		k, c := i/nCol, i%nCol*reduceColumns
		acc := parts[k*nRow*o.Inner+c:][:min(reduceColumns, o.Inner-c)]
		for r := 1; r < nRow; r++ {
			merge(acc, parts[(k*nRow+r)*o.Inner+c:][:len(acc)])
		}
		finish(o.Op, y[k*o.Inner+c:][:len(acc)], acc, o.N)
	})
}

// merge adds the result of a later block to acc: all that is folded is a sum.
func merge(acc, later []float64) {
	later = later[:len(acc)]
	for i, v := range later {
		acc[i] += v
	}
}

func finish[T float](op engine.ReduceOp, y []T, acc []float64, n int) {
	acc = acc[:len(y)]
	if op == engine.Mean {
		for i, v := range acc {
			y[i] = T(v / float64(n))
		}
		return
	}
	for i, v := range acc {
		y[i] = T(v)
	}
}
