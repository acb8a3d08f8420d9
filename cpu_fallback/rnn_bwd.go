package cpu

import "github.com/braidml/braid/internal/engine"

// RNNBwd is backpropagation through time.
func (s *Stream) RNNBwd(op engine.RNNBwd) error {
	t, ok := realType(op.DZ, op.DWhh, op.DH0, op.DH, op.DLast, op.H, op.Whh, op.H0)
	switch {
	case !ok || !indexIs(op.Len, engine.I32):
		return engine.ErrUnsupported
	case t == engine.F32:
		rnnBackward[float32](s, op)
	default:
		rnnBackward[float64](s, op)
	}
	return nil
}

func rnnBackward[T float](s *Stream, op engine.RNNBwd) {
	if op.Hidden == 0 {
		return
	}
	r := &rnn[T]{n: op.N, t: op.T, hidden: op.Hidden, h: view[T](op.H), h0: view[T](op.H0), lens: view[int32](op.Len),
		dz: view[T](op.DZ), dh0: view[T](op.DH0), dh: view[T](op.DH), dlast: view[T](op.DLast)}
	r.pack(s, packWide(view[T](op.Whh), r.hidden)) // DZ·Whh
	parallel(pieces(r.n, mr()), r.backward)
	if !op.DWhh.Absent() {
		// Σ DZ[n,t]ᵀ·H[n,t-1]: one product over all steps of all rows, whose right factor packs itself shifted.
		gemm(product[T]{c: view[T](op.DWhh), ldc: r.hidden, m: r.hidden, n: r.hidden, k: r.n * r.t,
			packA: packCols(r.dz, r.hidden), packB: r.packStates})
	}
}

// backward takes the rows of piece i from the last step to the first. Between steps grads holds the gradients of the
// states that step t leaves; from a row's length on it is handed through unchanged.
func (r *rnn[T]) backward(i int) {
	from, to := piece(i, r.n, mr())
	size := (to - from) * r.hidden
	m := getMill[T](2 * size)
	defer m.release()
	grads, product := m.space[:size], m.space[size:2*size]
	clear(grads)
	if r.dlast != nil {
		copy(grads, r.dlast[from*r.hidden:])
	}
	longest := r.longest(from, to)
	for t := r.t - 1; t >= 0; t-- {
		for n := from; n < to; n++ {
			grad, dz := grads[(n-from)*r.hidden:][:r.hidden], r.row(r.dz, n, t)
			if r.dh != nil {
				indexAdd(grad, r.row(r.dh, n, t))
			}
			if t < r.length(n) {
				actGradRow(engine.ActTanh, dz, grad, r.row(r.h, n, t))
			} else {
				clear(dz)
			}
		}
		if t >= longest || t == 0 && r.dh0 == nil {
			continue
		}
		r.step(m, r.dz[(from*r.t+t)*r.hidden:], r.t*r.hidden, nil, product, r.hidden, to-from)
		for n := from; n < to; n++ {
			if at := (n - from) * r.hidden; t < r.length(n) {
				copy(grads[at:at+r.hidden], product[at:])
			}
		}
	}
	if r.dh0 != nil {
		copy(r.dh0[from*r.hidden:], grads)
	}
}

// packStates packs the states before the steps: row k = n·T + t of the right factor of DWhh is H[n,t-1]. Steps that a
// row does not take are zeros, as their DZ is, so that nothing in them counts.
func (r *rnn[T]) packStates(dst []T, j0, j1, k0, k1 int) {
	w := nr()
	n, t := k0/r.t, k0%r.t
	for ; k0 < k1; k0++ {
		filled := 0
		if t < r.length(n) {
			if h := r.state(n, t); h != nil {
				filled = copy(dst[:w], h[j0:j1])
			}
		}
		clear(dst[filled:w])
		dst = dst[w:]
		if t++; t == r.t {
			n, t = n+1, 0
		}
	}
}
