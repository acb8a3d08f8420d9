package pytorch

import "github.com/braidml/braid/tensor"

// theirs is the shape in PyTorch of what is shape here.
func (r rule) theirs(shape []int) []int {
	if r.conv {
		return []int{shape[0], shape[3], shape[1], shape[2]}
	}
	return shape
}

// convert turns an array from PyTorch's layout to ours, or back.
func (r rule) convert(a tensor.Array, ours bool) tensor.Array {
	switch shape := a.Shape(); {
	case r.conv && ours: // [a, b, r, s] -> [a, r, s, b]
		return move(a, []int{shape[0], shape[2], shape[3], shape[1]}, func(i int) int {
			b, tap, n := i%shape[1], i/shape[1]%(shape[2]*shape[3]), i/(shape[1]*shape[2]*shape[3])
			return (n*shape[1]+b)*shape[2]*shape[3] + tap
		})
	case r.conv: // [a, r, s, b] -> [a, b, r, s]
		taps := shape[1] * shape[2]
		return move(a, r.theirs(shape), func(i int) int {
			tap, b, n := i%taps, i/taps%shape[3], i/(taps*shape[3])
			return (n*taps+tap)*shape[3] + b
		})
	case r.rows == mixed{} && r.cols == mixed{}:
		return a
	default:
		width := a.Len() / max(1, shape[0])
		from := make([]int, a.Len())
		for i := range from {
			j := r.rows.place(i/width)*width + r.cols.place(i%width)
			if ours {
				from[i] = j
			} else {
				from[j] = i
			}
		}
		return move(a, shape, func(i int) int { return from[i] })
	}
}

// move is an array whose element i is element from(i) of a.
func move(a tensor.Array, shape []int, from func(i int) int) tensor.Array {
	if a.DType() == tensor.Float64 {
		return tensor.ArrayOf(moved(a.Float64s(), from), shape...)
	}
	return tensor.ArrayOf(moved(a.Floats(), from), shape...)
}

func moved[T any](x []T, from func(i int) int) []T {
	y := make([]T, len(x))
	for i := range y {
		y[i] = x[from(i)]
	}
	return y
}
