package cpu

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// rnnCase is a sequence and which optional operands it has.
type rnnCase struct {
	n, t, hidden                    int
	h0, lens, last, dh, dlast, dwhh bool
}

// rnnData is operands and results, in float64; absent ones are nil.
type rnnData struct {
	z, whh, h0, dh, dlast  []float64
	lens                   []int32
	h, last, dz, dwhh, dh0 []float64
}

func (c rnnCase) data(seed uint64) *rnnData {
	rng := rand.New(rand.NewPCG(seed, 4))
	d := &rnnData{z: float32Values(rng, c.n*c.t*c.hidden, 0.7, 0),
		whh: float32Values(rng, c.hidden*c.hidden, 1/math.Sqrt(float64(max(1, c.hidden))), 0)}
	if c.h0 {
		d.h0 = float32Values(rng, c.n*c.hidden, 0.5, 0)
	}
	if c.dh {
		d.dh = float32Values(rng, c.n*c.t*c.hidden, 1, 0)
	}
	if c.dlast {
		d.dlast = float32Values(rng, c.n*c.hidden, 1, 0)
	}
	if c.lens {
		d.lens = make([]int32, c.n)
		for i := range d.lens {
			d.lens[i] = int32([]int{-1, 0, 1, c.t, c.t + 3, rng.IntN(c.t + 1)}[rng.IntN(6)])
		}
	}
	return d
}

func runRNN[T float](c rnnCase, seed uint64) (*rnnData, error) {
	d, s := c.data(seed), &Stream{}
	var g guards
	op := engine.RNN{H: alloc[T](&g, len(d.z)), Z: realBuffer[T](&g, d.z), Whh: realBuffer[T](&g, d.whh),
		H0: realBuffer[T](&g, d.h0), N: c.n, T: c.t, Hidden: c.hidden}
	if c.lens {
		op.Len = alloc[int32](&g, c.n)
		copy(view[int32](op.Len), d.lens)
	}
	if c.last {
		op.Last = alloc[T](&g, c.n*c.hidden)
	}
	bwd := engine.RNNBwd{DZ: alloc[T](&g, len(d.z)), DH: realBuffer[T](&g, d.dh), DLast: realBuffer[T](&g, d.dlast), H: op.H,
		Whh: op.Whh, H0: op.H0, Len: op.Len, N: c.n, T: c.t, Hidden: c.hidden}
	if c.h0 {
		bwd.DH0 = alloc[T](&g, c.n*c.hidden)
	}
	if c.dwhh {
		bwd.DWhh = alloc[T](&g, c.hidden*c.hidden)
	}
	if err := s.RNN(op); err != nil {
		return nil, err
	}
	if err := s.RNNBwd(bwd); err != nil {
		return nil, err
	}
	d.h, d.last = realValues(op.H), realValues(op.Last)
	d.dz, d.dwhh, d.dh0 = realValues(bwd.DZ), realValues(bwd.DWhh), realValues(bwd.DH0)
	return d, g.check()
}

// naive is h and the last states by the definition.
func (c rnnCase) naive(d *rnnData) (h, last []float64) {
	h, last = make([]float64, c.n*c.t*c.hidden), make([]float64, c.n*c.hidden)
	copy(last, d.h0)
	for n := range c.n {
		state := last[n*c.hidden:][:c.hidden]
		for t := range c.t {
			if d.lens == nil || t < int(d.lens[n]) {
				next := make([]float64, c.hidden)
				for j := range next {
					next[j] = math.Tanh(d.z[(n*c.t+t)*c.hidden+j] + dot(d.whh[j*c.hidden:(j+1)*c.hidden], state))
				}
				copy(state, next)
			}
			copy(h[(n*c.t+t)*c.hidden:], state)
		}
	}
	return h, last
}

func (c rnnCase) loss(d *rnnData) func() float64 {
	return func() float64 {
		h, last := c.naive(d)
		return dot(d.dh, h[:len(d.dh)]) + dot(d.dlast, last[:len(d.dlast)])
	}
}

// reference completes naive with gradients by central differences.
func (c rnnCase) reference(d *rnnData) *rnnData {
	w := &rnnData{}
	w.h, w.last = c.naive(d)
	if !c.last {
		w.last = nil
	}
	loss := c.loss(d)
	w.dz = slopes(d.z, loss)
	if c.h0 {
		w.dh0 = slopes(d.h0, loss)
	}
	if c.dwhh {
		w.dwhh = slopes(d.whh, loss)
	}
	return w
}

func (d *rnnData) differs(want *rnnData, forward, backward float64) error {
	for _, v := range []struct {
		name      string
		got, want []float64
		tol       float64
	}{
		{"H", d.h, want.h, forward}, {"Last", d.last, want.last, forward},
		{"DZ", d.dz, want.dz, backward}, {"DWhh", d.dwhh, want.dwhh, backward}, {"DH0", d.dh0, want.dh0, backward},
	} {
		if err := apart(v.name, v.got, v.want, v.tol); err != nil {
			return err
		}
	}
	return nil
}

func randomRNN(rng *rand.Rand, n, t, hidden int) rnnCase {
	yes := func() bool { return rng.IntN(2) == 0 }
	return rnnCase{n: rng.IntN(n), t: rng.IntN(t), hidden: rng.IntN(hidden), h0: yes(), lens: yes(), last: yes(), dh: yes(),
		dlast: yes(), dwhh: yes()}
}

func TestRNNGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for i := range 150 {
		c := randomRNN(rng, 6, 6, 6)
		got, err := runRNN[float64](c, uint64(i))
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		if err := got.differs(c.reference(got), 1e-13, 1e-8); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestRNNFloat32 compares the precisions at sizes of several pieces and panels, ragged and not.
func TestRNNFloat32(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for i := range 40 {
		c := randomRNN(rng, 40, 12, 70)
		if i == 0 {
			c = rnnCase{n: 33, t: 300, hidden: 40, dh: true, dwhh: true, lens: true} // DWhh over more steps than one block
		}
		got, err := runRNN[float32](c, uint64(i))
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		want, err := runRNN[float64](c, uint64(i))
		if err != nil {
			t.Fatalf("%+v: %v", c, err)
		}
		h, _ := c.naive(want)
		if err := apart("H", want.h, h, 1e-12); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		for _, v := range []struct {
			name        string
			x, gradient []float64
		}{{"DZ", want.z, want.dz}, {"DWhh", want.whh, want.dwhh}, {"DH0", want.h0, want.dh0}} {
			if v.gradient == nil {
				continue
			}
			direction, derivative := slope(v.x, rng, c.loss(want))
			if err := apart(v.name, []float64{dot(v.gradient, direction)}, []float64{derivative}, 1e-7); err != nil {
				t.Errorf("%+v: %v", c, err)
			}
		}
		// A state's error is that of a sum of Hidden terms, handed on with a gain near one; a weight's gradient sums N·T.
		eps := 8 * 0x1p-23 * math.Sqrt(float64(max(1, c.hidden)))
		if err := got.differs(want, eps, eps*math.Sqrt(float64(max(1, c.n*c.t)))); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestRNNLengths shows what lengths mean on a sequence of ones: the states count 1, 2 ... and stand still.
func TestRNNLengths(t *testing.T) {
	const steps = 4
	lens := []int32{-3, 0, 1, steps, steps + 5}
	c := rnnCase{n: len(lens), t: steps, hidden: 1, last: true, dh: true}
	d, s := c.data(1), &Stream{}
	var g guards
	op := engine.RNN{H: alloc[float64](&g, c.n*c.t), Last: alloc[float64](&g, c.n), Z: realBuffer[float64](&g, d.z),
		Whh: realBuffer[float64](&g, []float64{0}), H0: realBuffer[float64](&g, []float64{9, 8, 7, 6, 5}),
		Len: alloc[int32](&g, c.n), N: c.n, T: c.t, Hidden: 1}
	copy(view[int32](op.Len), lens)
	if err := s.RNN(op); err != nil {
		t.Fatal(err)
	}
	h, last := realValues(op.H), realValues(op.Last)
	for n, want := range []float64{9, 8, math.Tanh(d.z[8]), math.Tanh(d.z[15]), math.Tanh(d.z[19])} {
		if h[n*steps+steps-1] != want || last[n] != want {
			t.Errorf("length %d ends with %v and %v, want %v", lens[n], h[n*steps+steps-1], last[n], want)
		}
	}
	if h[2*steps] != h[2*steps+1] || h[0] != 9 {
		t.Errorf("states after the end: %v", h)
	}
}

// TestRNNDeadRows: nothing in the steps that a row does not take reaches the gradients, not even NaN.
func TestRNNDeadRows(t *testing.T) {
	nan := math.NaN()
	var g guards
	s := &Stream{}
	op := engine.RNN{H: alloc[float32](&g, 4), Z: realBuffer[float32](&g, []float64{0.5, 1, nan, nan}),
		Whh: realBuffer[float32](&g, []float64{0.5}), H0: realBuffer[float32](&g, []float64{0.25, nan}),
		Len: intBuffer(&g, []int32{2, 0}), N: 2, T: 2, Hidden: 1}
	bwd := engine.RNNBwd{DZ: alloc[float32](&g, 4), DWhh: alloc[float32](&g, 1), DLast: realBuffer[float32](&g, []float64{1, 3}),
		DH0: alloc[float32](&g, 2), H: op.H, Whh: op.Whh, H0: op.H0, Len: op.Len, N: 2, T: 2, Hidden: 1}
	if err := s.RNN(op); err != nil {
		t.Fatal(err)
	}
	if err := s.RNNBwd(bwd); err != nil {
		t.Fatal(err)
	}
	dz, dh0, dwhh := realValues(bwd.DZ), realValues(bwd.DH0), realValues(bwd.DWhh)[0]
	if dz[2] != 0 || dz[3] != 0 || dh0[1] != 3 {
		t.Errorf("DZ %v, DH0 %v: want zeros, and the gradient of Last", dz[2:], dh0[1:])
	}
	h := realValues(op.H)
	if want := dz[0]*0.25 + dz[1]*h[0]; !(math.Abs(dwhh-want) < 1e-6) {
		t.Errorf("DWhh %v, want %v", dwhh, want)
	}
}

// TestRNNGoesRed plants a wrong length and a wrong weight.
func TestRNNGoesRed(t *testing.T) {
	c := rnnCase{n: 3, t: 4, hidden: 5, dh: true, dwhh: true}
	for _, spoil := range []func(d *rnnData){
		func(d *rnnData) { d.lens = []int32{4, 3, 2} },
		func(d *rnnData) { d.whh[7] += 1e-3 },
		func(d *rnnData) { d.dh[0] += 1e-3 },
	} {
		got, err := runRNN[float64](c, 1)
		if err != nil {
			t.Fatal(err)
		}
		spoil(got)
		if got.differs(c.reference(got), 1e-13, 1e-8) == nil {
			t.Error("a spoilt operand passes")
		}
	}
}

func TestRNNProcs(t *testing.T) {
	c := rnnCase{n: 37, t: 30, hidden: 33, h0: true, lens: true, last: true, dh: true, dwhh: true}
	sameBits(t, func() [][]float64 {
		d, err := runRNN[float32](c, 5)
		if err != nil {
			t.Fatal(err)
		}
		return [][]float64{d.h, d.last, d.dz, d.dwhh, d.dh0}
	})
}

func TestRNNRefusesTypes(t *testing.T) {
	s := &Stream{}
	var g guards
	f32, f64, i32 := alloc[float32](&g, 1), alloc[float64](&g, 1), alloc[int32](&g, 1)
	for _, op := range []engine.RNN{{H: f32, Z: f64, Whh: f32}, {H: i32, Z: i32, Whh: i32}, {H: f32, Z: f32, Whh: f32, Len: f32}} {
		op.N, op.T, op.Hidden = 1, 1, 1
		if s.RNN(op) != engine.ErrUnsupported {
			t.Errorf("%+v is not refused", op)
		}
		if s.RNNBwd(engine.RNNBwd{DZ: op.Z, H: op.H, Whh: op.Whh, Len: op.Len, N: 1, T: 1, Hidden: 1}) != engine.ErrUnsupported {
			t.Errorf("the gradient of %+v is not refused", op)
		}
	}
}
