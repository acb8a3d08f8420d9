//go:build linux && cgo && !cpu

package gputime

import (
	"fmt"

	"github.com/braidml/braid/internal/engine"
)

// Full are the cases at their real sizes; Tiny are the same at sizes for the emulated driver.
var (
	Full = list(1<<28, []int{4096, 8192}, [3]int{32, 222, 222}, [2]int{64, 128}, [3]int{128, 64, 512})
	Tiny = list(1<<10, []int{33}, [3]int{2, 9, 8}, [2]int{8, 16}, [3]int{5, 3, 20})
)

// list lists the cases: elements of a copy, sides of matrices, images of a convolution [n, h, w] and its channels,
// a recurrence [time, n, hidden].
func list(elements int, sides []int, images [3]int, channels [2]int, recurrence [3]int) []Case {
	all := []Case{launches(), copies(elements), sums(elements / 2)}
	for _, n := range sides {
		all = append(all, product(n))
	}
	all = append(all, convolutions(images, channels)...)
	return append(all, rnn(recurrence[0], recurrence[1], recurrence[2]))
}

// launches is the time of launching and waiting: the share of the host in every other time, divided by the operations
// in a graph.
func launches() Case {
	return Case{Name: "launch and wait", Single: true, prepare: func(t *tensors) job {
		x, y := t.random(4, 1), t.output(4)
		return job{1, func(s engine.Stream, _ int) error { return s.Copy(engine.Copy{Y: y, X: x}) },
			func(t *tensors) { t.whole("y", y) }}
	}}
}

// copies is the driver's copy: the ceiling of memory.
func copies(n int) Case {
	return Case{Name: "copy", Bytes: 8 * float64(n), Single: true, prepare: func(t *tensors) job {
		x, y := t.random(n, 1), t.output(n)
		return job{1, func(s engine.Stream, _ int) error { return s.Copy(engine.Copy{Y: y, X: x}) }, func(t *tensors) {
			of := t.whole("x", x)
			t.sample("copy", t.whole("y", y), func(i int, s *sum) { s.add(of[i], 1) })
		}}
	}}
}

// sums is y = a + b, a kernel that only moves memory.
func sums(n int) Case {
	return Case{Name: "add", Bytes: 12 * float64(n), Single: true, prepare: func(t *tensors) job {
		a, b, y := t.random(n, 1), t.random(n, 1), t.output(n)
		o := engine.Binary{Op: engine.Add, Y: y, A: a, B: b, Dims: [engine.Rank]int{1, 1, 1, 1, 1, n}}
		o.StrideA[engine.Rank-1], o.StrideB[engine.Rank-1] = 1, 1
		return job{1, func(s engine.Stream, _ int) error { return s.Binary(o) }, func(t *tensors) {
			va, vb := t.whole("a", a), t.whole("b", b)
			t.sample("add", t.whole("y", y), func(i int, s *sum) {
				s.add(va[i], 1)
				s.add(vb[i], 1)
			})
		}}
	}}
}

// product is y = x·wᵀ of square matrices, what a layer does: torch.nn.functional.linear.
func product(n int) Case {
	const sets = 3
	return Case{Name: fmt.Sprintf("gemm %d", n), Flops: 2 * float64(n) * float64(n) * float64(n), Bytes: 12 * float64(n) * float64(n),
		prepare: func(t *tensors) job {
			var ops [sets]engine.MatMul
			for i := range ops {
				ops[i] = engine.MatMul{C: t.output(n * n), A: t.random(n*n, 1), B: t.random(n*n, 1), Batch: 1, M: n, N: n, K: n}
			}
			return job{sets, func(s engine.Stream, set int) error { return s.MatMul(ops[set]) }, func(t *tensors) {
				a, b := t.whole("x", ops[0].A), t.whole("w", ops[0].B)
				t.sample("gemm", t.whole("y", ops[0].C), func(at int, s *sum) {
					for k := range n {
						s.add(a[at/n*n+k], b[at%n*n+k])
					}
				})
			}}
		}}
}
