package optable

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/tensor"
)

// batch is the size for tests that need only one: large enough for every row and not a multiple of anything.
const batch = 3

// sizes are those at which kernels go wrong: nothing, one, one less and one more than a vector.
var sizes = []int{0, 1, 2, 31, 33}

func open(t *testing.T, o tensor.Options) *tensor.Device {
	t.Helper()
	o.Exact = true // the rows' tolerances are those of plain sums
	return tensorcheck.Open(t, o)
}

// rng is a row's own stream of random numbers, so that a new row does not change what the others draw.
func rng(name string, which uint64) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(h.Sum64(), which))
}

func run(t *testing.T, i *Instance, dev *tensor.Device, xs []tensor.Array) Result {
	t.Helper()
	r, err := i.Run(dev, xs)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sizesOf are the batch sizes that r is tested at.
func sizesOf(r Row) []int {
	if !r.Batched() {
		return []int{batch}
	}
	var ns []int
	for _, n := range append([]int{batch}, sizes...) {
		if n >= r.MinBatch {
			ns = append(ns, n)
		}
	}
	return ns
}

func TestFloat32AgreesWithFloat64(t *testing.T) {
	single, double := open(t, tensor.Options{}), open(t, tensor.Options{Float: tensor.Float64})
	for _, row := range Rows {
		t.Run(row.Name, func(t *testing.T) {
			a, b := row.New(), row.New()
			for _, n := range sizesOf(row) {
				xs := row.Draw(rng(row.Name, uint64(n)), n)
				if m := row.Diff(run(t, a, single, xs), run(t, b, double, xs), n); m != "" {
					t.Errorf("batch of %d: %s", n, m)
				}
			}
		})
	}
}

func TestGradients(t *testing.T) {
	fused, unfused := open(t, tensor.Options{Float: tensor.Float64}), open(t, tensor.Options{Float: tensor.Float64, NoFusion: true})
	for _, row := range Rows {
		if row.Inference || len(row.Differentiable()) == 0 {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			for what, dev := range map[string]*tensor.Device{"fused": fused, "unfused": unfused} {
				i := row.New()
				tensorcheck.GradCheckOn(t, what, dev, row.Differentiable(), func(p *tensor.Pass, xs []*tensor.Tensor) *tensor.Tensor {
					return row.Forward(p, append(xs[:len(xs):len(xs)], i.state...))
				}, row.Draw(rng(row.Name, 0), batch)...)
			}
		})
	}
}

// Fusion, eager computing and replay change when things are computed, never what comes out.
func TestModesAgree(t *testing.T) {
	recorded, unfused, eager := open(t, tensor.Options{}), open(t, tensor.Options{NoFusion: true}), open(t, tensor.Options{Eager: true})
	for _, row := range Rows {
		t.Run(row.Name, func(t *testing.T) {
			xs := row.Draw(rng(row.Name, 0), batch)
			want := run(t, row.New(), recorded, xs)
			plain := run(t, row.New(), unfused, xs)
			m := SameBits(want, plain)
			if row.Fused {
				m = row.Diff(want, plain, batch)
				if len(want.Ops) >= len(plain.Ops) {
					t.Errorf("nothing was fused:\n%s", strings.Join(want.Ops, "\n"))
				}
			}
			if m != "" {
				t.Errorf("fused against unfused: %s", m)
			}
			if m := SameBits(run(t, row.New(), eager, xs), plain); m != "" {
				t.Errorf("eager against unfused: %s", m)
			}
		})
	}
}

// The gradient of one input is the same whoever else asks for one.
func TestGradientsAlone(t *testing.T) {
	dev := open(t, tensor.Options{})
	for _, row := range Rows {
		places := row.Differentiable()
		if len(places) < 2 || row.Inference {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			xs := row.Draw(rng(row.Name, 0), batch)
			all := run(t, row.New(), dev, xs)
			for j, place := range places {
				alone := row
				alone.Args = slices.Clone(row.Args)
				for i := range alone.Args {
					alone.Args[i].Fixed = i != place
				}
				got := run(t, alone.New(), dev, xs)
				if m := SameBits(got, Result{Y: all.Y, Grads: all.Grads[j : j+1], State: all.State}); m != "" {
					t.Errorf("input %d alone: %s", place, m)
				}
			}
		})
	}
}

func TestReplay(t *testing.T) {
	dev, fresh := open(t, tensor.Options{}), open(t, tensor.Options{})
	for _, row := range Rows {
		t.Run(row.Name, func(t *testing.T) {
			i := row.New()
			a, b := row.Draw(rng(row.Name, 1), batch), row.Draw(rng(row.Name, 2), batch)
			first := run(t, i, dev, a)
			before := dev.Stats().Replays
			other := run(t, i, dev, b)
			if dev.Stats().Replays == before {
				t.Error("the second run was not replayed")
			}
			if m := SameBits(run(t, i, dev, a), first); m != "" {
				t.Errorf("third run against the first: %s", m)
			}
			if m := SameBits(other, run(t, row.New(), fresh, b)); m != "" {
				t.Errorf("replayed against recorded: %s", m)
			}
		})
	}
}
