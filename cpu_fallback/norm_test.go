package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// normCase is a normalisation; layer says of which kind.
type normCase struct {
	rows, c               int
	layer, training       bool
	gamma, beta, run, all bool // parameters present; all: every gradient is asked for
	act                   engine.Act
	offset                float64
}

func (n normCase) String() string {
	type plain normCase
	return fmt.Sprintf("%+v", plain(n))
}

const normEps, normMomentum = 1e-3, 0.1

// normData is operands and results, in float64; absent ones are nil.
type normData struct {
	x, gamma, beta, runMean, runVar, dy []float64
	y, mean, invstd, dx, dgamma, dbeta  []float64
	movedMean, movedVar                 []float64
	stats                               int // how many means
}

func (n normCase) data(seed uint64) *normData {
	rng := rand.New(rand.NewPCG(seed, 3))
	d := &normData{x: float32Values(rng, n.rows*n.c, 1, n.offset), dy: float32Values(rng, n.rows*n.c, 1, 0.5), stats: n.c}
	if n.layer {
		d.stats = n.rows
	}
	if n.gamma {
		d.gamma = float32Values(rng, n.c, 0.5, 1)
	}
	if n.beta {
		d.beta = float32Values(rng, n.c, 1, 0)
	}
	if !n.layer && (n.run || !n.training) {
		d.runMean, d.runVar = float32Values(rng, n.c, 1, n.offset), float32Values(rng, n.c, 0.1, 2)
	}
	return d
}

// run computes the case with the engine.
func runNorm[T float](n normCase, seed uint64) (*normData, error) {
	d := n.data(seed)
	s := &Stream{}
	var g guards
	op := engine.Norm{Y: alloc[T](&g, len(d.x)), X: realBuffer[T](&g, d.x), Gamma: realBuffer[T](&g, d.gamma),
		Beta: realBuffer[T](&g, d.beta), Mean: alloc[T](&g, d.stats), InvStd: alloc[T](&g, d.stats),
		RunMean: realBuffer[T](&g, d.runMean), RunVar: realBuffer[T](&g, d.runVar),
		Rows: n.rows, C: n.c, Eps: normEps, Momentum: normMomentum, Training: n.training, Act: n.act}
	bwd := engine.NormBwd{DX: alloc[T](&g, len(d.x)), DY: realBuffer[T](&g, d.dy), X: op.X, Gamma: op.Gamma, Mean: op.Mean,
		InvStd: op.InvStd, Rows: n.rows, C: n.c, Training: n.training, Act: n.act}
	if n.act != engine.ActNone {
		bwd.Y = op.Y
	}
	if n.all {
		bwd.DGamma, bwd.DBeta = alloc[T](&g, n.c), alloc[T](&g, n.c)
	}
	forward, backward := s.BatchNorm, s.BatchNormBwd
	if n.layer {
		forward, backward = s.LayerNorm, s.LayerNormBwd
	}
	if err := forward(op); err != nil {
		return nil, err
	}
	if err := backward(bwd); err != nil {
		return nil, err
	}
	d.y, d.mean, d.invstd = realValues(op.Y), realValues(op.Mean), realValues(op.InvStd)
	d.movedMean, d.movedVar = realValues(op.RunMean), realValues(op.RunVar)
	d.dx, d.dgamma, d.dbeta = realValues(bwd.DX), realValues(bwd.DGamma), realValues(bwd.DBeta)
	return d, g.check()
}

// naive is the same by the definition, without gradients.
func (n normCase) naive(d *normData) *normData {
	r := &normData{y: make([]float64, len(d.x)), mean: make([]float64, d.stats), invstd: make([]float64, d.stats),
		movedMean: slices.Clone(d.runMean), movedVar: slices.Clone(d.runVar)}
	count, across, along := n.rows, 1, n.c // a column: elements, from one to the next column, to the next element
	if n.layer {
		count, across, along = n.c, n.c, 1
	}
	for k := range d.stats {
		m, v := 0.0, 0.0
		for i := range count {
			m += d.x[k*across+i*along]
		}
		m /= float64(count)
		for i := range count {
			v += (d.x[k*across+i*along] - m) * (d.x[k*across+i*along] - m)
		}
		v /= float64(count)
		switch {
		case n.layer:
		case !n.training:
			m, v = d.runMean[k], d.runVar[k]
		case n.run && count > 0:
			r.movedMean[k] += normMomentum * (m - d.runMean[k])
			r.movedVar[k] += normMomentum * (v*float64(count)/max(1, float64(count-1)) - d.runVar[k])
		}
		r.mean[k], r.invstd[k] = m, 1/math.Sqrt(v+normEps)
		for i := range count {
			at := k*across + i*along
			z := (d.x[at] - m) * r.invstd[k]
			if d.gamma != nil {
				z *= d.gamma[at%n.c]
			}
			if d.beta != nil {
				z += d.beta[at%n.c]
			}
			switch n.act {
			case engine.ActReLU:
				z = max(z, 0)
			case engine.ActLeakyReLU:
				z = max(z, engine.LeakySlope*z)
			case engine.ActTanh:
				z = math.Tanh(z)
			case engine.ActSigmoid:
				z = 1 / (1 + math.Exp(-z))
			}
			r.y[at] = z
		}
	}
	return r
}

// loss is Σ dy·y as a function of d's operands. Parameters that are absent become 1 and 0, where their gradients are.
func (n normCase) loss(d *normData) func() float64 {
	if d.gamma == nil {
		d.gamma = slices.Repeat([]float64{1}, n.c)
	}
	if d.beta == nil {
		d.beta = make([]float64, n.c)
	}
	return func() float64 { return dot(n.naive(d).y, d.dy) }
}

// gradients adds those by central differences to r, which then is complete.
func (n normCase) gradients(d, r *normData) {
	loss := n.loss(d)
	r.dx = slopes(d.x, loss)
	if n.all {
		r.dgamma, r.dbeta = slopes(d.gamma, loss), slopes(d.beta, loss)
	}
}

// alongDirections compares d's gradients with the derivatives along one direction each.
func (n normCase) alongDirections(d *normData, rng *rand.Rand) error {
	loss := n.loss(d)
	for _, v := range []struct {
		name        string
		x, gradient []float64
	}{{"DX", d.x, d.dx}, {"DGamma", d.gamma, d.dgamma}, {"DBeta", d.beta, d.dbeta}} {
		if v.gradient == nil {
			continue
		}
		direction, want := slope(v.x, rng, loss)
		// The loss sums 10⁵ terms, so it is good to 1e-9 or so; divided by the step, and with a kink passed now and then.
		if err := apart(v.name, []float64{dot(v.gradient, direction)}, []float64{want}, 1e-3); err != nil {
			return err
		}
	}
	return nil
}

// differs compares all results.
func (r *normData) differs(want *normData, forward, backward float64) error {
	for _, v := range []struct {
		name      string
		got, want []float64
		tol       float64
	}{
		{"Y", r.y, want.y, forward}, {"Mean", r.mean, want.mean, forward}, {"InvStd", r.invstd, want.invstd, forward},
		{"RunMean", r.movedMean, want.movedMean, forward}, {"RunVar", r.movedVar, want.movedVar, forward},
		{"DX", r.dx, want.dx, backward}, {"DGamma", r.dgamma, want.dgamma, backward}, {"DBeta", r.dbeta, want.dbeta, backward},
	} {
		if err := apart(v.name, v.got, v.want, v.tol); err != nil {
			return err
		}
	}
	return nil
}

func randomNorm(rng *rand.Rand, sizes ...int) normCase {
	yes := func() bool { return rng.IntN(2) == 0 }
	n := normCase{rows: sizes[rng.IntN(len(sizes))], c: sizes[rng.IntN(len(sizes))], layer: yes(), training: yes(),
		gamma: yes(), beta: yes(), run: yes(), all: yes(), act: engine.Act(rng.IntN(5))}
	if n.kinked() && (n.rows == 1 || n.c == 1) {
		n.act = engine.ActTanh // one value is its own mean: all outputs lie on the kink
	}
	return n
}

func (n normCase) kinked() bool { return n.act == engine.ActReLU || n.act == engine.ActLeakyReLU }

func TestNormGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 150 {
		n := randomNorm(rng, 0, 1, 2, 3, 4, 5, 9, 12)
		got, err := runNorm[float64](n, uint64(i))
		if err != nil {
			t.Fatal(n, err)
		}
		want := n.naive(got)
		n.gradients(got, want)
		// Differences of step h miss by h²·f'''/6, and f''' grows with 1/sqrt(Eps)³ where a column is almost constant.
		if err := got.differs(want, 1e-11, 3e-5); err != nil {
			t.Error(n, err)
		}
	}
}

// TestNormFloat32 compares the two precisions, at sizes of several pieces and strips.
func TestNormFloat32(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	passed := 0
	for i := range 60 {
		n := randomNorm(rng, 0, 1, 3, 16, 33, 200)
		switch i % 10 {
		case 0:
			n.rows, n.c = 5000, 7
		case 1:
			n.rows, n.c = 37, 2500
		}
		got, err := runNorm[float32](n, uint64(i))
		if err != nil {
			t.Fatal(n, err)
		}
		want, err := runNorm[float64](n, uint64(i))
		if err != nil {
			t.Fatal(n, err)
		}
		if err := want.differs(n.naive(want).with(want), 1e-10, 0); err != nil {
			t.Error(n, err)
		}
		eps := 16 * 0x1p-23 // that many roundings a term
		backward := eps * math.Sqrt(float64(max(n.rows, n.c, 1)))
		if n.kinked() && !slices.EqualFunc(got.y, want.y, func(a, b float64) bool { return (a > 0) == (b > 0) }) {
			backward = math.Inf(1) // a float32 next to the kink fell on its other side
			passed--
		}
		passed++
		if err := got.differs(want, eps, backward); err != nil {
			t.Error(n, err)
		}
		if err := n.alongDirections(want, rng); err != nil {
			t.Error(n, err)
		}
	}
	if passed < 55 {
		t.Errorf("only %d of 60 cases had gradients to compare", passed)
	}
}

// with takes the gradients from d.
func (r *normData) with(d *normData) *normData {
	r.dx, r.dgamma, r.dbeta = d.dx, d.dgamma, d.dbeta
	return r
}

// TestNormLargeMean: values that lie 10⁴ standard deviations from 0 lose no digits but those that their float32 lacks.
func TestNormLargeMean(t *testing.T) {
	for _, n := range []normCase{{rows: 3000, c: 5, training: true, offset: 1e4, gamma: true}, {rows: 5, c: 3000, layer: true, offset: 1e4}} {
		got, err := runNorm[float32](n, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := apart("Y", got.y, n.naive(got).y, 8*0x1p-23); err != nil {
			t.Error(n, err)
		}
	}
	n := normCase{rows: 100000, c: 2, training: true, offset: 1e8} // float64
	got, err := runNorm[float64](n, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := apart("InvStd", got.invstd, n.naive(got).invstd, 1e-9); err != nil {
		t.Error(err)
	}
}

func TestNormConstantColumn(t *testing.T) {
	s, x := &Stream{}, slices.Repeat([]float64{0.1, 1e6, -3e-5}, 1000)
	var g guards
	op := engine.Norm{Y: alloc[float32](&g, len(x)), X: realBuffer[float32](&g, x), Mean: alloc[float32](&g, 3),
		InvStd: alloc[float32](&g, 3), Rows: 1000, C: 3, Eps: 1e-12, Training: true}
	if err := s.BatchNorm(op); err != nil {
		t.Fatal(err)
	}
	if err := apart("Y", realValues(op.Y), make([]float64, len(x)), 1e-9); err != nil {
		t.Error(err)
	}
}

func TestNormProcs(t *testing.T) {
	for _, n := range []normCase{{rows: 9000, c: 16, training: true, gamma: true, run: true, all: true, act: engine.ActReLU},
		{rows: 3000, c: 40, layer: true, beta: true, all: true}} {
		sameBits(t, func() [][]float64 {
			d, err := runNorm[float32](n, 7)
			if err != nil {
				t.Fatal(err)
			}
			return [][]float64{d.y, d.mean, d.invstd, d.movedMean, d.movedVar, d.dx, d.dgamma, d.dbeta}
		})
	}
}

func TestNormRefusesTypes(t *testing.T) {
	s := &Stream{}
	var g guards
	f32, f64, i32 := alloc[float32](&g, 4), alloc[float64](&g, 4), alloc[int32](&g, 4)
	for _, op := range []engine.Norm{{Y: f32, X: f64, Rows: 2, C: 2}, {Y: i32, X: i32, Rows: 2, C: 2}} {
		if s.BatchNorm(op) != engine.ErrUnsupported || s.LayerNorm(op) != engine.ErrUnsupported {
			t.Errorf("%s into %s is not refused", op.X.DType, op.Y.DType)
		}
	}
	for _, op := range []engine.NormBwd{{DX: f32, DY: f64, X: f64, Rows: 2, C: 2}, {DX: i32, DY: i32, X: i32, Rows: 2, C: 2}} {
		if s.BatchNormBwd(op) != engine.ErrUnsupported || s.LayerNormBwd(op) != engine.ErrUnsupported {
			t.Errorf("%s into %s is not refused", op.X.DType, op.DX.DType)
		}
	}
}
