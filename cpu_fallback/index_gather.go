package cpu

import (
	"fmt"

	"github.com/braidml/braid/internal/engine"
)

// indexGrain is about how many elements one piece of a lookup or a copy moves.
const indexGrain = 16384

// indexRows is how many rows of n elements are one piece.
func indexRows(n int) int { return max(1, indexGrain/max(1, n)) }

// Gather looks rows of a table up.
func (s *Stream) Gather(op engine.Gather) error {
	t, ok := realType(op.Y, op.Table)
	switch {
	case !ok || !indexIs(op.Ids, engine.I32):
		return engine.ErrUnsupported
	case t == engine.F32:
		return gatherRows[float32](op)
	}
	return gatherRows[float64](op)
}

// ScatterAdd adds rows up by id.
func (s *Stream) ScatterAdd(op engine.Gather) error {
	t, ok := realType(op.Y, op.Table)
	switch {
	case !ok || !indexIs(op.Ids, engine.I32):
		return engine.ErrUnsupported
	case t == engine.F32:
		return scatterRows[float32](s, op)
	}
	return scatterRows[float64](s, op)
}

func indexIs(b engine.Buffer, t engine.DType) bool { return b.Absent() || b.DType == t }

// indexCheck finds the first id outside 0 … n-1, other than pad.
func indexCheck(name string, ids []int32, n, pad int) error {
	for i, id := range ids {
		if uint(id) >= uint(n) && (pad < 0 || int(id) != pad) { // a negative id is a huge uint
			return fmt.Errorf("cpu: %s: id %d at %d is not in 0..%d", name, id, i, n-1)
		}
	}
	return nil
}

func gatherRows[T float](op engine.Gather) error {
	y, table, ids, dim := view[T](op.Y), view[T](op.Table), view[int32](op.Ids), op.Dim
	if err := indexCheck("gather", ids, op.Rows, op.Pad); err != nil {
		return err
	}
	rows := indexRows(dim)
	parallel(pieces(op.N, rows), func(i int) {
		from, to := piece(i, op.N, rows)
		for r := from; r < to; r++ {
			dst, id := y[r*dim:(r+1)*dim], int(ids[r])
			if op.Pad >= 0 && id == op.Pad {
				clear(dst)
			} else {
				copy(dst, table[id*dim:(id+1)*dim])
			}
		}
	})
	return nil
}

// scatterRows sorts the rows of y by id first, stably, so that each row of the table has one writer, who adds in the
// order of i.
func scatterRows[T float](s *Stream, op engine.Gather) error {
	y, table, ids, dim := view[T](op.Y), view[T](op.Table), view[int32](op.Ids), op.Dim
	if err := indexCheck("scatter add", ids, op.Rows, op.Pad); err != nil {
		return err
	}
	work := grow[int32](s, op.Rows+1+op.N)
	order := work[op.Rows+1:]
	ends := indexSort(order, work[:op.Rows+1], ids, op.Pad)
	rows := indexRows(dim)
	parallel(pieces(op.Rows, rows), func(i int) {
		from, to := piece(i, op.Rows, rows)
		clear(table[from*dim : to*dim])
		at := int32(0)
		if from > 0 {
			at = ends[from-1]
		}
		for r := from; r < to; r++ {
			dst := table[r*dim : (r+1)*dim]
			for ; at < ends[r]; at++ {
				indexAdd(dst, y[int(order[at])*dim:][:dim])
			}
		}
	})
	return nil
}

// indexSort is a counting sort: order gets the places of ids, by id and then by place, without those of pad.
// The places of id r end before ends[r], in the space of count, which has one element more than there are ids.
func indexSort(order, count, ids []int32, pad int) (ends []int32) {
	clear(count)
	for _, id := range ids {
		if pad < 0 || int(id) != pad {
			count[id+1]++
		}
	}
	for r := 1; r < len(count); r++ {
		count[r] += count[r-1]
	}
	for i, id := range ids {
		if pad < 0 || int(id) != pad {
			order[count[id]] = int32(i)
			count[id]++
		}
	}
	return count[:len(count)-1]
}

// indexAdd is y += x.
func indexAdd[T number](y, x []T) {
	x = x[:len(y)]
	for i := range y {
		y[i] += x[i]
	}
}
