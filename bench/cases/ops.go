package cases

import (
	"fmt"
	"math/rand/v2"

	"github.com/braidml/braid/bench/wire"
	"github.com/braidml/braid/tensor"
)

// coldBytes is what sets of buffers that take turns hold together: more than the caches of any machine here.
const coldBytes = 256e6

// operations are those that memory bounds, and Adam's, whose share of a step is the same.
func operations() (all []Case) {
	const rounding = 1e-5 // elementwise: a few units in the last place, and the approximations of exp and tanh
	exact := each(1e-7)
	warmAndCold := func(c Case) {
		all = append(all, c)
		if c.Bytes > 256<<10 && c.Bytes < coldBytes/4 { // smaller ones nobody calls cold, larger ones are so anyhow
			c.Name += " cold"
			c.Sets = int(coldBytes/c.Bytes) + 1
			c.Memory = 2 * coldBytes
			c.Quick = false
			all = append(all, c)
		}
	}
	add := func(name, kind, op string, sizes map[string]int, bytes float64, t Tolerance, inputs func(rng *rand.Rand) Tensors) {
		warmAndCold(Case{Case: wire.Case{Name: name, Kind: kind, Op: op, Sizes: sizes}, Bytes: bytes, Tolerance: t,
			Inputs: func(rng *rand.Rand) (Tensors, error) { return inputs(rng), nil }})
	}

	n, h, c := 8, 64, 64
	in, out := n*h*h*c, n*h*h*c/4
	add(fmt.Sprintf("max-pool 2x2 %dx%dx%dx%d forward and backward", n, h, h, c), "maxpool", "", map[string]int{"n": n, "h": h, "c": c},
		8*float64(in+out), exact, func(rng *rand.Rand) Tensors {
			return Tensors{"x": Reals(rng, n, h, h, c), "dy": Reals(rng, n, h/2, h/2, c)}
		})

	rows, channels := 64*32*32, 32
	add("batch-norm 64x32x32x32 forward and backward", "batchnorm", "", map[string]int{"rows": rows, "c": channels},
		20*float64(rows*channels), Rounding("fp32", rows), func(rng *rand.Rand) Tensors {
			return Tensors{"x": Reals(rng, rows, channels), "gamma": Reals(rng, channels), "beta": Reals(rng, channels), "dy": Reals(rng, rows, channels)}
		})

	add("softmax-cross-entropy 4096x1000 forward and backward", "crossentropy", "", map[string]int{"rows": 4096, "n": 1000},
		8*4096*1000, Tolerance{"": {Relative: 1e-4}, "loss": {Relative: 1e-5}}, func(rng *rand.Rand) Tensors {
			return Tensors{"x": Reals(rng, 4096, 1000), "label": Below(rng, 1000, 4096)}
		})

	for _, op := range []string{"tanh", "sigmoid", "exp"} {
		for _, n := range []int{64 << 10, 4 << 20} {
			add(fmt.Sprintf("%s %s", op, short(n)), "unary", op, map[string]int{"n": n}, 8*float64(n), each(rounding),
				func(rng *rand.Rand) Tensors { return Tensors{"x": times(Reals(rng, n), 8)} })
		}
	}

	for _, s := range []struct {
		name            string
		outer, n, inner int
	}{{"sum of 4M", 1, 4 << 20, 1}, {"sum of rows 4096x1024", 4096, 1024, 1}, {"sum of columns 65536x64", 1, 65536, 64}} {
		add(s.name, "sum", "", map[string]int{"outer": s.outer, "n": s.n, "inner": s.inner}, 4*float64(s.outer*s.n*s.inner), Rounding("fp32", s.n),
			func(rng *rand.Rand) Tensors { return Tensors{"x": shifted(Reals(rng, s.outer, s.n, s.inner))} })
	}

	for _, s := range [][3]int{{32, 32, 576}, {50000, 256, 4096}} {
		rows, dim, n := s[0], s[1], s[2]
		add(fmt.Sprintf("embedding %d of %dx%d forward and backward", n, rows, dim), "embedding", "",
			map[string]int{"rows": rows, "dim": dim, "n": n}, 4*float64(3*n*dim+rows*dim), Rounding("fp32", n/rows+1), func(rng *rand.Rand) Tensors {
				return Tensors{"table": Reals(rng, rows, dim), "ids": Below(rng, rows, n), "dy": Reals(rng, n, dim)}
			})
	}

	for _, n := range []int{128 << 10, 16 << 20} {
		add("Adam "+short(n), "adam", "", map[string]int{"n": n}, 28*float64(n), each(rounding), func(rng *rand.Rand) Tensors {
			return Tensors{"p": Reals(rng, n), "g": Reals(rng, n), "m": Reals(rng, n), "v": shifted(Reals(rng, n))}
		})
	}

	add("dropout 4M forward and backward", "dropout", "", map[string]int{"n": 4 << 20}, 16*(4<<20), Tolerance{"": {Relative: rounding}, "dropped": {Relative: 0.01}},
		func(rng *rand.Rand) Tensors {
			return Tensors{"x": shifted(Reals(rng, 4<<20)), "dy": shifted(Reals(rng, 4<<20))}
		})
	return all
}

// times is a with each number times factor.
func times(a tensor.Array, factor float32) tensor.Array {
	for i := range a.Floats() {
		a.Floats()[i] *= factor
	}
	return a
}

// shifted is a with numbers from 0.05 to 1, so that sums do not cancel and no number is zero.
func shifted(a tensor.Array) tensor.Array {
	for i, v := range a.Floats() {
		a.Floats()[i] = 0.525 + 0.475*v
	}
	return a
}

// short is a number of elements, "64k", "4M".
func short(n int) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%dM", n>>20)
	}
	return fmt.Sprintf("%dk", n>>10)
}
