package cases

import (
	"fmt"
	"math/rand/v2"

	"github.com/braidml/braid/bench/wire"
)

// gemms are products of row-major matrices, c = a·b: squares, the skinny ones of dense layers, those that convolutions
// turn into, batches, and sides that fit no tile.
func gemms(precision string) (all []Case) {
	for _, s := range [][4]int{
		{1, 256, 256, 256}, {1, 512, 512, 512}, {1, 1024, 1024, 1024}, {1, 2048, 2048, 2048},
		{1, 32, 256, 1000}, {1, 64, 512, 512}, {1, 1, 1024, 1024}, {1, 1024, 1, 1024},
		{1, 48400, 128, 576}, {1, 49284, 64, 27},
		{64, 64, 64, 64}, {16, 128, 128, 64},
		{1, 251, 509, 127}, {1, 1021, 1021, 1021},
	} {
		batch, m, n, k := s[0], s[1], s[2], s[3]
		name := fmt.Sprintf("gemm %dx%dx%d", m, n, k)
		if batch > 1 {
			name = fmt.Sprintf("gemm %d of %dx%dx%d", batch, m, n, k)
		}
		all = append(all, Case{
			Case:      wire.Case{Name: name, Kind: "gemm", Sizes: map[string]int{"batch": batch, "m": m, "n": n, "k": k}},
			Flops:     2 * float64(batch) * float64(m) * float64(n) * float64(k),
			Bytes:     4 * float64(batch) * float64(m*k+k*n+m*n),
			Tolerance: Rounding(precision, k),
			Quick:     name == "gemm 512x512x512",
			Inputs: func(rng *rand.Rand) (Tensors, error) {
				return Tensors{"a": Reals(rng, batch, m, k), "b": Reals(rng, batch, k, n)}, nil
			},
		})
	}
	return all
}
