package cpu

import "github.com/braidml/braid/internal/engine"

// fold sets acc to the fold over n rows of x, rows inner apart, of the columns from c on. Four rows are read at a time,
// which quarters the loads and stores of acc.
func fold[T float](op engine.ReduceOp, acc []float64, x []T, c, n, inner int) {
	if inner == 1 {
		foldRows(op, acc, x, n)
		return
	}
	clear(acc)
	if fastFold(op, acc, x[c:], n, inner) {
		return
	}
	r := 0
	for ; r+4 <= n; r += 4 {
		a, b := x[r*inner+c:][:len(acc)], x[(r+1)*inner+c:][:len(acc)]
		d, e := x[(r+2)*inner+c:][:len(acc)], x[(r+3)*inner+c:][:len(acc)]
		foldFour(op, acc, a, b, d, e)
	}
	for ; r < n; r++ {
		foldOne(op, acc, x[r*inner+c:][:len(acc)])
	}
}

func foldFour[T float](op engine.ReduceOp, acc []float64, a, b, c, d []T) {
	a, b, c, d = a[:len(acc)], b[:len(acc)], c[:len(acc)], d[:len(acc)]
	switch op {
	case engine.Sum, engine.Mean:
		for i := range acc {
			acc[i] += (float64(a[i]) + float64(b[i])) + (float64(c[i]) + float64(d[i]))
		}
	case engine.SumSquares:
		for i := range acc {
			a, b, c, d := float64(a[i]), float64(b[i]), float64(c[i]), float64(d[i])
			acc[i] += (a*a + b*b) + (c*c + d*d)
		}
	}
}

func foldOne[T float](op engine.ReduceOp, acc []float64, x []T) {
	x = x[:len(acc)]
	switch op {
	case engine.Sum, engine.Mean:
		for i, v := range x {
			acc[i] += float64(v)
		}
	case engine.SumSquares:
		for i, v := range x {
			acc[i] += float64(v) * float64(v)
		}
	}
}

// foldRows sets acc to the folds of its rows of n neighbours.
func foldRows[T float](op engine.ReduceOp, acc []float64, x []T, n int) {
	if n <= foldLeaf && fastFoldRows(op, acc, x, n) {
		return
	}
	for i := range acc {
		acc[i] = foldRow(op, x[i*n:(i+1)*n])
	}
}

// foldLeaf is how many neighbours are folded one after the other.
const foldLeaf = 4096

// foldRow folds neighbours. Long rows are halved, so that the error of a float64 sum grows with the logarithm of its
// length; short ones use independent chains.
func foldRow[T float](op engine.ReduceOp, x []T) float64 {
	if len(x) > foldLeaf {
		half := len(x) / 2 &^ 15 // whole cache lines
		return foldRow(op, x[:half]) + foldRow(op, x[half:])
	}
	var acc [4]float64
	if fastFoldRows(op, acc[:1], x, len(x)) {
		return acc[0]
	}
	foldChains(op, &acc, x)
	return (acc[0] + acc[2]) + (acc[1] + acc[3])
}

func foldChains[T float](op engine.ReduceOp, acc *[4]float64, x []T) {
	a, b, c, d := acc[0], acc[1], acc[2], acc[3]
	rest := x
	switch op {
	case engine.Sum, engine.Mean:
		for ; len(rest) >= 4; rest = rest[4:] {
			a, b, c, d = a+float64(rest[0]), b+float64(rest[1]), c+float64(rest[2]), d+float64(rest[3])
		}
	case engine.SumSquares:
		for ; len(rest) >= 4; rest = rest[4:] {
			p, q, r, s := float64(rest[0]), float64(rest[1]), float64(rest[2]), float64(rest[3])
			a, b, c, d = a+p*p, b+q*q, c+r*r, d+s*s
		}
	}
	*acc = [4]float64{a, b, c, d}
	foldOne(op, acc[:len(rest)], rest)
}
