package cpu

import "github.com/braidml/braid/internal/engine"

// RNN runs a tanh RNN over whole sequences.
func (s *Stream) RNN(op engine.RNN) error {
	t, ok := realType(op.H, op.Last, op.Z, op.Whh, op.H0)
	switch {
	case !ok || !indexIs(op.Len, engine.I32):
		return engine.ErrUnsupported
	case t == engine.F32:
		rnnForward[float32](s, op)
	default:
		rnnForward[float64](s, op)
	}
	return nil
}

// rnn is the views of one call, either pass; those that are absent are nil. A piece takes as many rows of the batch as a
// tile of the micro-kernel through the whole sequence: rows do not depend on each other, so no piece waits for another.
type rnn[T float] struct {
	n, t, hidden       int
	h, h0              []T
	lens               []int32
	last, z            []T // of the forward pass
	dz, dh0, dh, dlast []T // of the backward pass
	weights            []T // panels of the recurrent weights, see pack
}

func rnnForward[T float](s *Stream, op engine.RNN) {
	if op.N == 0 || op.Hidden == 0 {
		return
	}
	r := &rnn[T]{n: op.N, t: op.T, hidden: op.Hidden, h: view[T](op.H), last: view[T](op.Last), z: view[T](op.Z),
		h0: view[T](op.H0), lens: view[int32](op.Len)}
	r.pack(s, packTall(view[T](op.Whh), r.hidden)) // H·Whhᵀ
	parallel(pieces(r.n, mr()), r.forward)
}

// length is how many steps row n takes.
func (r *rnn[T]) length(n int) int {
	if r.lens == nil {
		return r.t
	}
	return max(0, min(int(r.lens[n]), r.t))
}

// longest is the most steps that one of the rows from … to takes.
func (r *rnn[T]) longest(from, to int) int {
	most := 0
	for n := from; n < to; n++ {
		most = max(most, r.length(n))
	}
	return most
}

// row is step t of row n of m, which is [n, t, hidden].
func (r *rnn[T]) row(m []T, n, t int) []T {
	return m[(n*r.t+t)*r.hidden:][:r.hidden]
}

// state is what row n has before step t, nil for zeros.
func (r *rnn[T]) state(n, t int) []T {
	switch {
	case t > 0:
		return r.row(r.h, n, t-1)
	case r.h0 == nil:
		return nil
	}
	return r.h0[n*r.hidden:][:r.hidden]
}

func (r *rnn[T]) forward(i int) {
	from, to := piece(i, r.n, mr())
	longest := r.longest(from, to)
	m := getMill[T](0)
	defer m.release()
	for t := range r.t {
		if t < longest {
			r.products(m, from, to, t)
		}
		for n := from; n < to; n++ {
			if h := r.row(r.h, n, t); t < r.length(n) {
				activateRow(engine.ActTanh, h)
			} else {
				copyOrClear(h, r.state(n, t)) // also over what the product left
			}
		}
	}
	if r.last != nil {
		for n := from; n < to; n++ {
			copyOrClear(r.last[n*r.hidden:][:r.hidden], r.state(n, r.t))
		}
	}
}

// products sets H[n,t] = Z[n,t] + Whh·H[n,t-1] for the rows from … to.
func (r *rnn[T]) products(m *mill[T], from, to, t int) {
	stride := r.t * r.hidden
	z, h := r.z[from*stride+t*r.hidden:], r.h[from*stride+t*r.hidden:]
	switch {
	case t > 0:
		r.step(m, r.h[from*stride+(t-1)*r.hidden:], stride, z, h, stride, to-from)
	case r.h0 != nil:
		r.step(m, r.h0[from*r.hidden:], r.hidden, z, h, stride, to-from)
	default:
		for n := range to - from {
			copy(h[n*stride:][:r.hidden], z[n*stride:])
		}
	}
}

// pack fills panels of nr() columns with the recurrent weights. Every step of every piece then reads them.
func (r *rnn[T]) pack(s *Stream, packB func(dst []T, j0, j1, k0, k1 int)) {
	panel, n := nr()*r.hidden, pieces(r.hidden, nr())
	r.weights = grow[T](s, n*panel)
	parallel(n, func(i int) {
		j0, j1 := piece(i, r.hidden, nr())
		packB(r.weights[i*panel:(i+1)*panel], j0, j1, 0, r.hidden)
	})
}

// step is c = z + a·weights, or without z c = a·weights, for up to mr() rows: of a rowA apart, of z and c rowC.
func (r *rnn[T]) step(m *mill[T], a []T, rowA int, z, c []T, rowC, rows int) {
	m.a, m.rowA, m.stepA = a, rowA, 1
	m.stepB, m.rowC, m.rowFrom, m.k, m.rows = nr(), rowC, rowC, r.hidden, rows
	panel := nr() * r.hidden
	for i := range pieces(r.hidden, nr()) {
		j0, j1 := piece(i, r.hidden, nr())
		m.b, m.c, m.cols = r.weights[i*panel:(i+1)*panel], c[j0:], j1-j0
		if z != nil {
			m.from = z[j0:]
		}
		m.run()
	}
}

// copyOrClear copies src, whose absence stands for zeros.
func copyOrClear[T float](dst, src []T) {
	if src == nil {
		clear(dst)
	}
	copy(dst, src)
}
