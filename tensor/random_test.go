package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// program is a random training step: images through convolutions, products, activations, pools, residuals and prints, with
// weights that two optimizers update in the middle. The same seed draws the same program.
type program struct {
	seed    uint64
	weights []*Tensor
	flats   []*Flat
	stats   [2]*Tensor // running mean and variance
}

func newProgram(seed uint64) *program {
	rng := rand.New(rand.NewPCG(seed, 1))
	g := &program{seed: seed}
	draw := func(shape ...int) *Tensor {
		v := make([]float32, size(shape))
		for i := range v {
			v[i] = float32(rng.IntN(9)-4) / 8
		}
		return NewParam(v, shape...)
	}
	g.weights = []*Tensor{draw(2, 3, 3, 2), draw(2), draw(2, 1, 1, 2), draw(2), draw(2), draw(2), draw(2, 2), draw(2)}
	g.stats = [2]*Tensor{draw(2).Freeze(), NewParam([]float32{1, 2}, 2).Freeze()}
	g.flats = []*Flat{NewFlat(g.weights[:2], 1), NewFlat(g.weights[2:], 2)}
	return g
}

// step runs the program once on a batch of n and returns every value it looked at. stepNo changes numbers only.
func (g *program) step(p *Pass, n, stepNo int) (vals []Array) {
	rng := rand.New(rand.NewPCG(g.seed, 2))
	v := make([]float32, n*4*4*2)
	for i := range v {
		v[i] = float32((i*7+stepNo*3+int(g.seed))%17-8) / 4
	}
	in := From(p, v, n, 4, 4, 2)
	ts := []*Tensor{in}
	for range 4 + rng.IntN(12) {
		u := ts[len(ts)-1]
		if rng.IntN(3) == 0 {
			u = ts[rng.IntN(len(ts))]
		}
		switch rng.IntN(17) {
		case 0, 1:
			u = Conv2D(u, g.weights[0], g.weights[1], Conv2DOptions{Pad: [2]int{1, 1}})
		case 2:
			u = Conv2D(u, g.weights[2], g.weights[3], Conv2DOptions{})
		case 3, 4:
			u = u.ReLU()
		case 5:
			u = u.Tanh()
		case 6:
			if u.Dim(1) >= 2 {
				u = u.MaxPool2D(2, 0, 0)
			}
		case 7:
			for _, w := range ts {
				if slices.Equal(w.Shape(), u.Shape()) {
					u = u.Add(w)
					break
				}
			}
		case 8:
			vals = append(vals, u.Array())
		case 9:
			u = BatchNorm(u, g.weights[4], g.weights[5], g.stats[0], g.stats[1], .1, 1e-3)
		case 10:
			k := rng.IntN(2)
			loss := Conv2D(in, g.weights[0], g.weights[1], Conv2DOptions{}).ReLU().Square().Mean().Add(p.Use(g.weights[2]).Square().Sum())
			for _, w := range g.weights[3:] {
				loss = loss.Add(p.Use(w).Sum())
			}
			Gradients(loss, false, false, g.flats[k])
			rate := p.Scalar(.01 / float32(stepNo+1))
			if k == 0 {
				g.flats[0].SGD(rate, .5, 0, false, Clip{})
			} else {
				g.flats[1].Adam(rate, .9, .99, 1e-6, 0, false, Clip{Norm: GradNorm(p, g.flats[1]), MaxNorm: 1})
			}
		case 11:
			u = u.Scale(.5).Dropout(.25)
		case 12, 13:
			u = u.Linear(g.weights[6], g.weights[7])
		case 14:
			u = u.MatMul(p.Use(g.weights[6]))
		case 15:
			u = u.Add(p.Use(g.weights[7]))
		case 16:
			hidden := ts[rng.IntN(len(ts))]
			for _, d := range p.Gradients(u.Square().Mean(), in, hidden) {
				if d != nil {
					vals = append(vals, d.Array())
				}
			}
		}
		ts = append(ts, u)
	}
	y := ts[len(ts)-1]
	vals = append(vals, y.Array())
	for _, u := range ts { // everything stays readable
		vals = append(vals, u.Array())
	}
	return vals
}

// run does three steps of g on d, the last two of them with another batch in between, and returns what was seen.
func (g *program) run(d *Device, forget bool) (vals []Array, fault string) {
	for i, n := range []int{2, 1, 2, 2} {
		err := d.Run(Training, func(p *Pass) error {
			if forget { // the reference meets every step for the first time
				p.forget()
				p.rewind()
			}
			p.Seed(7, uint64(i))
			vals = append(vals, g.step(p, n, i)...)
			return nil
		})
		if err != nil {
			return vals, err.Error()
		}
	}
	for _, f := range g.flats {
		vals = append(vals, f.Value.Array(), f.Steps.Array())
	}
	return append(vals, g.stats[0].Array(), g.stats[1].Array()), ""
}

func programs() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("BRAID_PROGRAMS"), 10, 64); err == nil {
		return n
	}
	if testing.Short() {
		return 500
	}
	return 3000
}

// TestRandomPrograms: fused and unfused, recorded and eager, replayed and fresh give the same numbers.
func TestRandomPrograms(t *testing.T) {
	open := func(o Options) *Device {
		o.Engine, o.Float = "cpu", Float64
		d, err := Open(&o)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	complete, groups, replays := 0, 0, int64(0)
	for seed := range programs() {
		plain, eager, fused := open(Options{NoFusion: true}), open(Options{Eager: true}), open(Options{})
		want, fault := newProgram(seed).run(plain, true)
		for name, d := range map[string]*Device{"eager": eager, "fused": fused} {
			got, f := newProgram(seed).run(d, false)
			// A gradient of a value whose weights were updated since is a mistake in all; where the value was fused away,
			// reading it is one too.
			if fault != "" && f == "" || f != "" && !strings.Contains(f, "was updated") {
				t.Fatalf("program %d: %s: %q, unfused %q", seed, name, f, fault)
			}
			if f == "" && name == "fused" {
				complete++
			}
			if f == "" && len(got) != len(want) {
				t.Fatalf("program %d: %s: %d values, unfused %d", seed, name, len(got), len(want))
			}
			for i := range min(len(got), len(want)) {
				if err := near(got[i], want[i]); err != nil {
					t.Fatalf("program %d: value %d: %s against unfused: %v", seed, i, name, err)
				}
			}
		}
		replays += fused.Stats().Replays
		_ = fused.Run(Training, func(p *Pass) error {
			p.Seed(7, 0)
			g := newProgram(seed)
			for _, name := range func() []string { g.step(p, 2, 0); return p.Ops() }() {
				if strings.Contains(name, "+") {
					groups++
				}
			}
			return nil
		})
		for _, d := range []*Device{plain, eager, fused} {
			d.Close()
		}
	}
	t.Logf("%d of %d programs complete, %d fused calls, %d replays", complete, programs(), groups, replays)
	if n := int(programs()); complete < n/2 || groups < n/4 || replays < int64(n) {
		t.Error("the programs test too little")
	}
}

// near compares in float64: sums of a few hundred terms in another order.
func near(got, want Array) error {
	g, w := got.Float64s(), want.Float64s()
	if !slices.Equal(got.Shape(), want.Shape()) {
		return fmt.Errorf("shape %v, want %v", got.Shape(), want.Shape())
	}
	for i := range w {
		if !(math.Abs(g[i]-w[i]) <= 1e-9+1e-9*math.Abs(w[i])) {
			return fmt.Errorf("element %d is %v, want %v", i, g[i], w[i])
		}
	}
	return nil
}
