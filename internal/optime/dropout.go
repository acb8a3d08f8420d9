package optime

import (
	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/tensor"
)

// dropout drops half of x [n], and the same half of its gradient dy. What is dropped is chance: results are compared by
// its share, by the factor of the rest, and by whether the gradient lost the same elements.
func dropout(j *Job, o Operation, in map[string]tensor.Array) call {
	n := o.Sizes["n"]
	state := j.input(map[string]tensor.Array{"": tensor.ArrayOf([]int32{1, 2, 3, 4}, 4)}, "")
	f := engine.Dropout{Y: j.real(n), X: j.input(in, "x"), State: state, Rate: 0.5}
	b := engine.Dropout{Y: j.real(n), X: j.input(in, "dy"), State: state, Rate: 0.5}
	return call{
		run:     steps(func(s engine.Stream) error { return s.Dropout(f) }, func(s engine.Stream) error { return s.Dropout(b) }),
		outputs: map[string]result{"y": {f.Y, []int{n}}, "dx": {b.Y, []int{n}}},
		show: func(out map[string]tensor.Array) map[string]tensor.Array {
			y, dx, x, dy := out["y"].Floats(), out["dx"].Floats(), in["x"].Floats(), in["dy"].Floats()
			dropped, same, factor := 0, 0, 0.0
			for i := range y {
				if y[i] == 0 {
					dropped++
				} else {
					factor += float64(y[i] / x[i])
				}
				if (y[i] == 0) == (dx[i] == 0) && (dx[i] == 0 || dx[i] == 2*dy[i]) {
					same++
				}
			}
			share := func(v float64) tensor.Array { return tensor.ArrayOf([]float32{float32(v / float64(n))}, 1) }
			return map[string]tensor.Array{
				"dropped": share(float64(dropped)), "same": share(float64(same)),
				"factor": tensor.ArrayOf([]float32{float32(factor / float64(n-dropped))}, 1),
			}
		},
	}
}
