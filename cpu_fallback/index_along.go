package cpu

import "github.com/braidml/braid/internal/engine"

// TakeAlong picks elements along an axis.
func (s *Stream) TakeAlong(op engine.TakeAlong) error {
	t, ok := realType(op.Y, op.X)
	switch {
	case !ok || !indexIs(op.Ids, engine.I32):
		return engine.ErrUnsupported
	case t == engine.F32:
		return takeAlong[float32](op)
	}
	return takeAlong[float64](op)
}

// PutAlong adds elements up along an axis.
func (s *Stream) PutAlong(op engine.TakeAlong) error {
	t, ok := realType(op.Y, op.X)
	switch {
	case !ok || !indexIs(op.Ids, engine.I32):
		return engine.ErrUnsupported
	case t == engine.F32:
		return putAlong[float32](op)
	}
	return putAlong[float64](op)
}

func takeAlong[T float](op engine.TakeAlong) error {
	y, x, ids := view[T](op.Y), view[T](op.X), view[int32](op.Ids)
	if err := indexCheck("take along", ids, op.N, -1); err != nil {
		return err
	}
	inner, total := op.Inner, op.Outer*op.M
	rows := indexRows(inner)
	parallel(pieces(total, rows), func(i int) {
		from, to := piece(i, total, rows)
		for r := from; r < to; r++ {
			src := x[r/op.M*op.N*inner:]
			dst, id := y[r*inner:(r+1)*inner], ids[r*inner:(r+1)*inner]
			for k := range dst {
				dst[k] = src[int(id[k])*inner+k]
			}
		}
	})
	return nil
}

// putAlong cuts the columns, Outer·Inner of them, into pieces: a column has its sums to itself.
func putAlong[T float](op engine.TakeAlong) error {
	y, x, ids := view[T](op.Y), view[T](op.X), view[int32](op.Ids)
	if err := indexCheck("put along", ids, op.N, -1); err != nil {
		return err
	}
	inner, total := op.Inner, op.Outer*op.Inner
	grain := indexRows(op.N + op.M)
	parallel(pieces(total, grain), func(i int) {
		from, to := piece(i, total, grain)
		for from < to { // the columns k0 … k1 of one o
			o, k0 := from/inner, from%inner
			k1 := min(inner, k0+to-from)
			for n := range op.N {
				at := (o*op.N + n) * inner
				clear(x[at+k0 : at+k1])
			}
			for m := range op.M {
				at, sum := (o*op.M+m)*inner, x[o*op.N*inner:]
				for k := k0; k < k1; k++ {
					sum[int(ids[at+k])*inner+k] += y[at+k]
				}
			}
			from += k1 - k0
		}
	})
	return nil
}
