package cpu

import (
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// normGrain is about how many elements one piece of a normalisation takes: what fits into L2 with its gradients.
const normGrain = 1 << 15

// normRows is how many rows of c columns are one piece. Never few: each piece also keeps two sums for every column.
func normRows(c int) int { return max(16, normGrain/max(1, c)) }

// realType is the type of the real buffers that are present, float32 where there is none. It is not ok when they
// differ, or are of a type that is not computed with.
func realType(buffers ...engine.Buffer) (t engine.DType, ok bool) {
	found := false
	for _, b := range buffers {
		switch {
		case b.Absent():
			continue
		case b.DType != engine.F32 && b.DType != engine.F64, found && b.DType != t:
			return t, false
		}
		t, found = b.DType, true
	}
	return t, true
}

// normWork is a workspace of sums float64 and columns T.
func normWork[T float](s *Stream, sums, columns int) ([]float64, []T) {
	work := grow[float64](s, sums+columns+1) // T is never larger than float64
	return work[:sums], unsafe.Slice((*T)(unsafe.Pointer(&work[sums])), columns)
}

// normTile is how many elements are worked on at once: a run in L1 that covers whole rows or a part of one.
const normTile = 2048

// normStrips cuts rows from … to of c columns into strips: f gets the place of a strip's first element, its first
// column, and how many columns and elements it has. The elements of a strip follow each other in memory. If none
// is gone over twice, by f or by a kernel, all rows are one.
func normStrips(from, to, c int, twice bool, f func(at, column, width, n int)) {
	if !twice && oneSweep(c) {
		f(from*c, 0, c, (to-from)*c)
		return
	}
	if c <= normTile {
		for rows := normTile / c; from < to; from += rows {
			f(from*c, 0, c, min(rows, to-from)*c)
		}
		return
	}
	for ; from < to; from++ {
		for column := 0; column < c; column += normTile {
			width := min(normTile, c-column)
			f(from*c+column, column, width, width)
		}
	}
}

// orConstant is p, or where that is absent space filled with v.
func orConstant[T float](p, space []T, v T) []T {
	if p != nil {
		return p
	}
	for i := range space {
		space[i] = v
	}
	return space
}
