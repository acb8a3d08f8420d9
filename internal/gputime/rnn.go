//go:build linux && cgo && !cpu

package gputime

import (
	"math"

	"github.com/braidml/braid/internal/engine"
)

// recurrence is the buffers of one tanh RNN layer as wide as its input, forward and backward.
type recurrence struct {
	n, time, hidden              int
	x, wih, whh, b, z, h, dh, dz engine.Buffer
	dwih, dwhh, db, dx           engine.Buffer
}

// rnn is h[t] = tanh(x[t]·wihᵀ + h[t-1]·whhᵀ + b) over whole sequences and all its gradients: torch.nn.RNN.
func rnn(time, n, hidden int) Case {
	states, square := n*time*hidden, hidden*hidden
	const sets = 3
	return Case{Name: "rnn forward and backward",
		Flops: 3 * 2 * float64(states) * float64(2*hidden),
		Bytes: 4 * float64(6*states+4*square), // x and h twice, dh, dx; weights and their gradients
		prepare: func(t *tensors) job {
			var all [sets]recurrence
			for i := range all {
				bound := 1 / math.Sqrt(float64(hidden)) // as torch draws them; the states stay in the middle of tanh
				all[i] = recurrence{n: n, time: time, hidden: hidden, x: t.random(states, 1), wih: t.random(square, bound), whh: t.random(square, bound),
					b: t.random(hidden, bound), z: t.output(states), h: t.output(states), dh: t.random(states, 1), dz: t.output(states),
					dwih: t.output(square), dwhh: t.output(square), db: t.output(hidden), dx: t.output(states)}
			}
			return job{sets, func(s engine.Stream, set int) error { return all[set].run(s) }, all[0].verify}
		}}
}

func (c *recurrence) run(s engine.Stream) error {
	rows, wide := c.n*c.time, c.hidden
	if err := s.MatMul(engine.MatMul{C: c.z, A: c.x, B: c.wih, Bias: c.b, Batch: 1, M: rows, N: wide, K: wide}); err != nil {
		return err
	}
	if err := s.RNN(engine.RNN{H: c.h, Z: c.z, Whh: c.whh, N: c.n, T: c.time, Hidden: wide}); err != nil {
		return err
	}
	back := engine.RNNBwd{DZ: c.dz, DWhh: c.dwhh, DH: c.dh, H: c.h, Whh: c.whh, N: c.n, T: c.time, Hidden: wide}
	if err := s.RNNBwd(back); err != nil {
		return err
	}
	if err := s.MatMul(engine.MatMul{C: c.dx, A: c.dz, B: c.wih, TransB: true, Batch: 1, M: rows, N: wide, K: wide}); err != nil {
		return err
	}
	if err := s.MatMul(engine.MatMul{C: c.dwih, A: c.dz, B: c.x, TransA: true, TransB: true, Batch: 1, M: wide, N: wide, K: rows}); err != nil {
		return err
	}
	return s.Reduce(engine.Reduction{Op: engine.Sum, Y: c.db, X: c.dz, Outer: 1, N: rows, Inner: wide})
}

// verify compares every result with the sums it is made of, which are read from the device too: a step of the
// recurrence from the state before it. So errors do not add up over time, and a wrong step is told from a wrong sum.
func (c *recurrence) verify(t *tensors) {
	x, wih, whh, b := t.whole("x", c.x), t.whole("wih", c.wih), t.whole("whh", c.whh), t.whole("b", c.b)
	z, h, dh, dz := t.whole("z", c.z), t.whole("h", c.h), t.whole("dh", c.dh), t.whole("dz", c.dz)
	wide := c.hidden
	t.sample("input product", z, func(at int, s *sum) {
		s.add(b[at%wide], 1)
		for k := range wide {
			s.add(x[at/wide*wide+k], wih[at%wide*wide+k])
		}
	})
	if t.err != nil {
		return
	}
	before, after := make([]float32, len(h)), make([]float32, len(h)) // the arguments of tanh, and dz/(1 - h²)
	for i := range h {
		before[i] = float32(math.Atanh(float64(h[i])))
		after[i] = dz[i] / (1 - h[i]*h[i])
	}
	t.sample("recurrence", before, func(at int, s *sum) {
		s.add(z[at], 1)
		if at/wide%c.time > 0 {
			for k := range wide {
				s.add(h[at/wide*wide-wide+k], whh[at%wide*wide+k])
			}
		}
	})
	t.sample("backpropagation", after, func(at int, s *sum) {
		s.add(dh[at], 1)
		if at/wide%c.time < c.time-1 {
			for k := range wide {
				s.add(dz[at/wide*wide+wide+k], whh[k*wide+at%wide])
			}
		}
	})
	t.sample("input gradient", t.whole("dx", c.dx), func(at int, s *sum) {
		for k := range wide {
			s.add(dz[at/wide*wide+k], wih[k*wide+at%wide])
		}
	})
	t.sample("gradient of wih", t.whole("dwih", c.dwih), func(at int, s *sum) {
		for row := range c.n * c.time {
			s.add(dz[row*wide+at/wide], x[row*wide+at%wide])
		}
	})
	t.sample("gradient of whh", t.whole("dwhh", c.dwhh), func(at int, s *sum) {
		for row := range c.n * c.time {
			if row%c.time > 0 {
				s.add(dz[row*wide+at/wide], h[(row-1)*wide+at%wide])
			}
		}
	})
	t.sample("gradient of b", t.whole("db", c.db), func(at int, s *sum) {
		for row := range c.n * c.time {
			s.add(dz[row*wide+at], 1)
		}
	})
}
