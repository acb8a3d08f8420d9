package cpu

import "github.com/braidml/braid/internal/engine"

// tile is how many outputs a broadcasting loop makes at a time. Operands that are not laid out as the output is are
// first gathered into a tile, so that each function needs one loop only, over slices of equal length. A tile of
// float64 is 4 KiB: three of them stay in the first-level cache.
const tile = 512

type shape = [engine.Rank]int

// layout is the output of a broadcasting operation after its dims were joined.
type layout struct {
	dims        shape
	rank, total int
	block       int // outputs made at a time: a multiple of every period
}

// newLayout joins dims that all operands walk as one, changing strides in place, and chooses the blocks.
func newLayout(dims shape, strides ...*shape) layout {
	l := layout{dims: dims, total: 1, block: 1}
	for _, d := range dims {
		l.total *= d
	}
	if l.total == 0 {
		return l
	}
	l.join(strides)
	dense, step := true, 1
	for _, s := range strides {
		p := l.period(s)
		dense = dense && p == 0
		step = max(step, p) // periods are trailing products of dims: the largest is a multiple of the others
	}
	l.block = tile / step * step
	if dense {
		l.block = lightGrain
	}
	return l
}

func (l *layout) join(strides []*shape) {
	for d, size := range l.dims {
		if size == 1 {
			continue
		}
		joined := l.rank > 0
		for _, s := range strides {
			joined = joined && s[l.rank-1] == s[d]*size
		}
		if joined {
			l.rank--
			size *= l.dims[l.rank]
		}
		l.dims[l.rank] = size
		for _, s := range strides {
			s[l.rank] = s[d]
		}
		l.rank++
	}
}

// period is after how many outputs an operand repeats itself, where a tile holds that; 0 if it lies as the output
// does, and -1 otherwise.
func (l *layout) period(stride *shape) int {
	lead := 0
	for lead < l.rank && stride[lead] == 0 {
		lead++
	}
	n, dense := 1, lead == 0
	for d := l.rank - 1; d >= lead; d-- {
		dense = dense && stride[d] == n
		n *= l.dims[d]
	}
	switch {
	case dense && l.rank > 0:
		return 0
	case n <= tile:
		return n
	}
	return -1
}

// operand reads one input in the order of the output.
type operand[T any] struct {
	x      []T
	stride shape
	period int
}

func newOperand[T any](l *layout, x []T, stride shape) operand[T] {
	return operand[T]{x, stride, l.period(&stride)}
}

// at is the operand's values for outputs from … to, in x itself or gathered into buf. What repeats is gathered once
// for a piece: first says that this is its first block, the longest one.
func (o *operand[T]) at(l *layout, buf *[tile]T, from, to int, first bool) []T {
	if o.period == 0 {
		return o.x[from:to]
	}
	if first || o.period < 0 {
		gather(buf[:to-from], o.x, l, &o.stride, from)
	}
	return buf[:to-from]
}

// gather copies the elements that outputs from pos on read.
func gather[T any](dst, x []T, l *layout, stride *shape, pos int) {
	if l.rank == 0 {
		dst[0] = x[0]
		return
	}
	var at shape
	off, last := 0, l.rank-1
	for d := last; d >= 0; d-- {
		at[d] = pos % l.dims[d]
		pos /= l.dims[d]
		off += at[d] * stride[d]
	}
	for len(dst) > 0 {
		n := min(len(dst), l.dims[last]-at[last])
		gatherRun(dst[:n], x, off, stride[last])
		dst = dst[n:]
		at[last] += n
		off += n * stride[last]
		for d := last; d > 0 && at[d] == l.dims[d]; d-- {
			off += stride[d-1] - at[d]*stride[d]
			at[d] = 0
			at[d-1]++
		}
	}
}

func gatherRun[T any](dst, x []T, off, stride int) {
	switch stride {
	case 0:
		repeat(dst, x[off])
	case 1:
		copy(dst, x[off:off+len(dst)])
	default:
		for i := range dst {
			dst[i] = x[off]
			off += stride
		}
	}
}
