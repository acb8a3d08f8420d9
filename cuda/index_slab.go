//go:build linux && cgo && !cpu

package cuda

import (
	"slices"

	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// Slab copies a strided box.
func (s *Stream) Slab(o engine.Slab) error {
	t := o.Y.DType
	if o.X.DType != t || !s.dev.Has(t) || o.Accumulate && t != engine.F32 || !fits31(o.Dims[:]...) {
		return engine.ErrUnsupported
	}
	b, ok := newBox(&o)
	if !ok {
		return nil
	}
	b.y += addr(o.Y)
	b.x += addr(o.X)
	return s.copyBox(b)
}

// axis is a dimension of a box: how many steps, and how far one goes in Y and in X.
type axis struct{ n, y, x int }

// box is a Slab in its simplest form. Its last axis is the one Y is written along.
type box struct {
	y, x uint64 // addresses
	size int    // bytes of an element
	axes []axis
	add  bool
}

// newBox drops dimensions of one step, turns those that run backwards in Y, orders them by their stride in Y, and joins
// neighbours that are one dimension in both. It is not ok when there is nothing to copy. Addresses are relative.
func newBox(o *engine.Slab) (b box, ok bool) {
	atY, atX := o.OffY, o.OffX
	var axes []axis
	for d, n := range o.Dims {
		a := axis{n, o.StrideY[d], o.StrideX[d]}
		switch {
		case n == 0:
			return b, false
		case n == 1:
			continue
		case a.y < 0:
			atY += (n - 1) * a.y
			atX += (n - 1) * a.x
			a.y, a.x = -a.y, -a.x
		}
		axes = append(axes, a)
	}
	slices.SortStableFunc(axes, func(a, b axis) int { return b.y - a.y })
	joined := axes[:0]
	for _, a := range axes {
		if n := len(joined); n > 0 {
			if last := &joined[n-1]; last.y == a.n*a.y && last.x == a.n*a.x && fits31(last.n*a.n) {
				*last = axis{last.n * a.n, a.y, a.x}
				continue
			}
		}
		joined = append(joined, a)
	}
	if len(joined) == 0 {
		joined = []axis{{1, 1, 1}}
	}
	size := o.Y.DType.Size()
	return box{uint64(atY * size), uint64(atX * size), size, joined, o.Accumulate}, true
}

func (s *Stream) copyBox(b box) error {
	inner := b.axes[len(b.axes)-1]
	switch dense := inner.y == 1 && inner.x == 1; {
	case dense && len(b.axes) == 1 && !b.add:
		return s.copyBytes(b.y, b.x, inner.n*b.size)
	case dense && !b.add:
		b.widen(16)
		b.widen(4)
	case b.turns():
		return s.launchTurn(b)
	}
	return s.launchBox(b)
}

// widen makes the elements of a box with dense rows as large as size bytes, where sizes, strides and addresses allow it.
func (b *box) widen(size int) {
	k := size / b.size
	last := len(b.axes) - 1
	if k <= 1 || (b.y|b.x)%uint64(size) != 0 || b.axes[last].n%k != 0 {
		return
	}
	for _, a := range b.axes[:last] {
		if a.y%k != 0 || a.x%k != 0 {
			return
		}
	}
	for i := range b.axes[:last] {
		b.axes[i].y /= k
		b.axes[i].x /= k
	}
	b.axes[last].n /= k
	b.size = size
}

// turns reports whether X is read along another axis than Y is written along, both long enough for tiles, and puts that
// axis before the last.
func (b *box) turns() bool {
	last := len(b.axes) - 1
	inner, best := b.axes[last], -1
	for i, a := range b.axes[:last] {
		if a.x != 0 && abs(a.x) < abs(inner.x) && (best < 0 || abs(a.x) < abs(b.axes[best].x)) {
			best = i
		}
	}
	const long = 16
	if best < 0 || inner.y != 1 || inner.n < long || b.axes[best].n < long || b.size > 4 {
		return false
	}
	a := b.axes[best]
	b.axes = append(slices.Delete(b.axes, best, best+1)[:last-1], a, inner)
	return true
}

func abs(n int) int { return max(n, -n) }

// arguments fills in all that the kernels of boxes have in common.
func (b *box) arguments(count int) kernels.SlabCopyB4 {
	d := [engine.Rank]axis{}
	for i := range d {
		d[i].n = 1
	}
	copy(d[engine.Rank-len(b.axes):], b.axes)
	n, y, x := func(i int) uint32 { return uint32(d[i].n) }, func(i int) uint64 { return uint64(d[i].y) },
		func(i int) uint64 { return uint64(d[i].x) }
	return kernels.SlabCopyB4{Y: b.y, X: b.x, Count: uint64(count),
		Dim0: n(0), Dim1: n(1), Dim2: n(2), Dim3: n(3), Dim4: n(4), Dim5: n(5),
		Y0: y(0), Y1: y(1), Y2: y(2), Y3: y(3), Y4: y(4), Y5: y(5),
		X0: x(0), X1: x(1), X2: x(2), X3: x(3), X4: x(4), X5: x(5)}
}

// outer is how many steps all axes but the last `inner` have.
func (b *box) outer(inner int) int {
	steps := 1
	for _, a := range b.axes[:len(b.axes)-inner] {
		steps *= a.n
	}
	return steps
}

func (s *Stream) launchBox(b box) error {
	rows := b.outer(1)
	k := b.arguments(rows)
	grid, block := s.dev.across(rows, b.axes[len(b.axes)-1].n)
	switch {
	case b.add:
		return launch(s, kernels.SlabAddF32(k), grid, block, 0)
	case b.size == 1:
		return launch(s, kernels.SlabCopyB1(k), grid, block, 0)
	case b.size == 16:
		return launch(s, kernels.SlabCopyB16(k), grid, block, 0)
	}
	return launch(s, k, grid, block, 0)
}

func (s *Stream) launchTurn(b box) error {
	const side = 32
	p, q := b.axes[len(b.axes)-2], b.axes[len(b.axes)-1]
	tiles := b.outer(2) * ceilDiv(p.n, side) * ceilDiv(q.n, side)
	k := b.arguments(tiles)
	grid, block := s.dev.spread(tiles*threads, threads), dim{x: side, y: threads / side}
	switch {
	case b.add:
		return launch(s, kernels.SlabTurnAddF32(k), grid, block, 0)
	case b.size == 1:
		return launch(s, kernels.SlabTurnB1(k), grid, block, 0)
	}
	return launch(s, kernels.SlabTurnB4(k), grid, block, 0)
}
