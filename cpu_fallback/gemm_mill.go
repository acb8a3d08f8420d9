package cpu

import (
	"sync"

	"github.com/braidml/braid/internal/engine"
)

// mill is what one piece of a product computes with: the tile it hands to the kernel and space for packed operands.
// Mills are pooled, so that a product allocates nothing.
type mill[T float] struct {
	microTile[T]
	first, last bool // block of k
	space       []T
}

var mills32, mills64 sync.Pool

func millPool[T float]() *sync.Pool {
	var t T
	if _, ok := any(t).(float32); ok {
		return &mills32
	}
	return &mills64
}

// getMill is a mill with space for n elements.
func getMill[T float](n int) *mill[T] {
	m, ok := millPool[T]().Get().(*mill[T])
	if !ok {
		m = new(mill[T])
	}
	m.space = borrow[T](n)
	return m
}

func (m *mill[T]) release() {
	giveBack(m.space)
	*m = mill[T]{}
	millPool[T]().Put(m)
}

// grind computes the tile of rows i0 to i1 and columns j0 to j1 of p, whose operands have been set.
func (m *mill[T]) grind(p *product[T], i0, i1, j0, j1 int) {
	m.c, m.rowC = p.c[i0*p.ldc+j0:], p.ldc
	m.rows, m.cols = i1-i0, j1-j0
	m.add, m.act, m.bias = 1, int(engine.ActNone), nil
	if m.first {
		m.add = 0
	}
	if !m.last {
		m.run()
		return
	}
	if p.bias != nil {
		m.bias = p.bias[j0:j1]
	}
	var t T
	_, single := any(t).(float32)
	fused := single && kernel.fuses(p.act)
	if fused {
		m.act = int(p.act)
	}
	m.run()
	if !fused && p.act != engine.ActNone {
		for i := range m.rows {
			activateRow(p.act, m.c[i*m.rowC:][:m.cols])
		}
	}
}
