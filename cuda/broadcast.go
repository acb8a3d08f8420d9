//go:build linux && cgo && !cpu

package cuda

import "github.com/braidml/braid/internal/engine"

// broadcast is a broadcast output and how its operands are read, with as few dims as possible: fewer divisions in the kernel.
type broadcast struct {
	total  int
	first  int // dims before are 1
	dims   [engine.Rank]uint32
	stride [3][engine.Rank]uint64 // of each operand
	ok     bool                   // every dim fits a kernel's parameter
}

// newBroadcast drops dims of 1 and joins neighbours that all operands walk through in one stride.
func newBroadcast(dims [engine.Rank]int, strides ...[engine.Rank]int) broadcast {
	b := broadcast{total: 1, ok: true}
	var d [engine.Rank]int
	var st [3][engine.Rank]int
	at := engine.Rank // the dim that was filled last
	for k := engine.Rank - 1; k >= 0; k-- {
		b.total *= dims[k]
		if dims[k] == 1 {
			continue
		}
		joins := at < engine.Rank
		for i := range strides {
			joins = joins && strides[i][k] == st[i][at]*d[at]
		}
		if joins && d[at]*dims[k] < 1<<32 {
			d[at] *= dims[k]
			continue
		}
		at--
		d[at] = dims[k]
		for i := range strides {
			st[i][at] = strides[i][k]
		}
	}
	b.first = at
	for k := range d {
		b.dims[k] = uint32(max(d[k], 1))
		b.ok = b.ok && d[k] < 1<<32
		for i := range strides {
			b.stride[i][k] = uint64(st[i][k])
		}
	}
	return b
}

// flat reports whether the first n operands are read element by element, none broadcast.
func (b *broadcast) flat(n int) bool {
	const last = engine.Rank - 1
	for i := range n {
		if b.first < last || b.first == last && b.stride[i][last] != 1 {
			return false
		}
	}
	return true
}
