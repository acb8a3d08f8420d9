package cpu

// parallel calls f(0) … f(n-1), on all cores, and returns when all are done. Pieces must not depend on each other's
// order, and n must follow from the problem's size alone, never from the number of cores.
func parallel(n int, f func(i int)) {
	for i := range n {
		f(i)
	}
}

// pieces is into how many pieces of about grain elements n elements are cut, and piece is the bounds of the i-th.
func pieces(n, grain int) int { return (n + grain - 1) / grain }

func piece(i, n, grain int) (from, to int) { return i * grain, min(n, (i+1)*grain) }
