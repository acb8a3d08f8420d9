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
	// Products have many small tiles: what need not be written is not, above all no pointer.
	switch {
	case !m.first:
		m.from, m.rowFrom = m.c, m.rowC
	case p.from != nil:
		m.from, m.rowFrom = p.from[i0*p.ldFrom+j0:], p.ldFrom
	case m.from != nil:
		m.from = nil
	}
	if m.bias != nil { // of another tile, and perhaps of another product
		m.bias = nil
	}
	if m.y != nil {
		m.y = nil
	}
	if m.act = int(engine.ActNone); !m.last {
		m.run()
		return
	}
	if p.bias != nil {
		m.bias = p.bias[j0:j1]
	}
	var t T
	_, single := any(t).(float32)
	if single && kernel.fuses(p.act, p.y != nil) {
		if m.act = int(p.act); p.y != nil && p.act != engine.ActNone {
			m.y, m.rowY = p.y[i0*p.ldy+j0:], p.ldy
		}
		m.run()
		return
	}
	m.run()
	if p.y != nil {
		undo(p.act, m.c, m.rowC, p.y[i0*p.ldy+j0:], p.ldy, m.rows, m.cols)
		return
	}
	for i := range m.rows {
		activateRow(p.act, m.c[i*m.rowC:][:m.cols])
	}
}

// undo is dy = dy·act'(y), as unaryBwdLight has it, for rows x cols elements whose rows lie ldd and ldy apart. Rows of a
// tile are so short that a call for each would cost as much as the arithmetic.
func undo[T float](act engine.Act, dy []T, ldd int, y []T, ldy, rows, cols int) {
	slopes := [2]T{engine.LeakySlope, 1}
	for i := range rows {
		d := dy[i*ldd:][:cols]
		v := y[i*ldy:][:len(d)]
		switch act {
		case engine.ActReLU:
			unaryBwdLight(engine.ReLU, d, d, v, 0, 0)
		case engine.ActLeakyReLU:
			for j, v := range v {
				d[j] *= slopes[one(v > 0)&1]
			}
		case engine.ActTanh:
			for j, v := range v {
				d[j] *= 1 - v*v
			}
		case engine.ActSigmoid:
			for j, v := range v {
				d[j] *= v * (1 - v)
			}
		}
	}
}
