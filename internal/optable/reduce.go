package optable

import "github.com/braidml/braid/tensor"

// reduction is a row that folds the given dims of [n, 3, 4]; k is how many elements one result has seen.
func reduction(name string, s Sample, roundings float64, k func(n int) int, f func(*tensor.Tensor) *tensor.Tensor) Row {
	return Row{Name: name, Args: []Arg{in(s, N, 3, 4)}, Terms: k, Roundings: roundings,
		Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return f(xs[0]) }}
}

// folds are the rows of a reduction that takes any set of dims, none meaning all.
func folds(name string, roundings float64, f func(x *tensor.Tensor, dims ...int) *tensor.Tensor) []Row {
	over := func(dims ...int) func(*tensor.Tensor) *tensor.Tensor {
		return func(x *tensor.Tensor) *tensor.Tensor { return f(x, dims...) }
	}
	return []Row{
		reduction(name, reals, roundings, termsPerRow(12), over()),
		reduction(name+"/first", reals, roundings, termsPerRow(1), over(0)),
		reduction(name+"/middle", reals, roundings, terms(3), over(1)),
		reduction(name+"/last", reals, roundings, terms(4), over(-1)),
		reduction(name+"/inner", reals, roundings, terms(12), over(1, 2)),
		reduction(name+"/outer", reals, roundings, termsPerRow(4), over(0, 2)),
		reduction(name+"/out of order", reals, roundings, termsPerRow(3), over(1, 0)),
		reduction(name+"/every", reals, roundings, termsPerRow(12), over(0, 1, 2)),
	}
}

// along are the rows of a reduction of one dim. A maximum over no rows does not exist, hence the smallest batch of 1.
func along(name string, s Sample, constant bool, roundings float64, f func(x *tensor.Tensor, dim int) *tensor.Tensor) []Row {
	over := func(dim int) func(*tensor.Tensor) *tensor.Tensor {
		return func(x *tensor.Tensor) *tensor.Tensor { return f(x, dim) }
	}
	rows := []Row{
		reduction(name, s, roundings, terms(4), over(-1)),
		reduction(name+"/middle", s, roundings, terms(3), over(1)),
		reduction(name+"/first", s, roundings, termsPerRow(1), over(0)),
	}
	for i := range rows {
		rows[i].Args[0].Fixed = constant
	}
	rows[2].MinBatch = 1
	return rows
}

var reductions = func() (rows []Row) {
	rows = append(rows, folds("Sum", 2, (*tensor.Tensor).Sum)...)
	rows = append(rows, folds("Mean", 2, (*tensor.Tensor).Mean)...)
	rows = append(rows, along("Max", distinct(0), false, exact, (*tensor.Tensor).Max)...)
	rows = append(rows, along("Min", distinct(0), false, exact, (*tensor.Tensor).Min)...)
	rows = append(rows, along("Prod", between(0.7, 1.3), false, 2, (*tensor.Tensor).Prod)...)
	rows = append(rows, along("ArgMax", distinct(0), true, exact, (*tensor.Tensor).ArgMax)...)
	rows = append(rows, along("ArgMin", distinct(0), true, exact, (*tensor.Tensor).ArgMin)...)
	// Ties: the first wins on every engine.
	rows = append(rows, along("ArgMax/ties", few, true, exact, (*tensor.Tensor).ArgMax)...)
	rows = append(rows, along("ArgMin/ties", few, true, exact, (*tensor.Tensor).ArgMin)...)
	rows = append(rows,
		reduction("Prod/with zeros", withZeros, 2, terms(4), func(x *tensor.Tensor) *tensor.Tensor { return x.Prod(-1) }),
		reduction("Var/last", reals, 8, terms(4), func(x *tensor.Tensor) *tensor.Tensor { return x.Var(-1) }),
		reduction("Var/inner", reals, 8, terms(12), func(x *tensor.Tensor) *tensor.Tensor { return x.Var(1, 2) }),
		// With one row there is no unbiased variance, and with none no mean: both are NaN, as in torch.
		reduction("Var/first", reals, 8, termsPerRow(1), func(x *tensor.Tensor) *tensor.Tensor { return x.Var(0) }),
		reduction("Var", reals, 8, termsPerRow(12), func(x *tensor.Tensor) *tensor.Tensor { return x.Var() }),
		// A mean far from zero: a sum of squares less the square of the sum would lose every digit.
		Row{Name: "Var/far from zero", Args: []Arg{in(reals, N, 16)}, Terms: terms(16), Roundings: 1024 * 8,
			Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Shift(1024).Var(1) }},
		Row{Name: "Max/ties", Args: []Arg{fixed(few, N, 5)},
			Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Max(1) }},
		Row{Name: "Sum/over nothing", Args: []Arg{in(reals, N, 0, 2)},
			Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Sum(1) }},
		Row{Name: "Prod/over nothing", Args: []Arg{fixed(reals, N, 0, 2)},
			Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Prod(1) }},
		Row{Name: "Sum/long", Args: []Arg{in(reals, N, 1500)}, Terms: terms(1500), Roundings: 2,
			Forward: func(_ *tensor.Pass, xs xs) *tensor.Tensor { return xs[0].Sum(1) }})
	return rows
}()

var softmaxes = func() (rows []Row) {
	for _, op := range []struct {
		name string
		f    func(x *tensor.Tensor, dim int) *tensor.Tensor
	}{{"Softmax", (*tensor.Tensor).Softmax}, {"LogSoftmax", (*tensor.Tensor).LogSoftmax}} {
		over := func(dim int) func(*tensor.Tensor) *tensor.Tensor {
			return func(x *tensor.Tensor) *tensor.Tensor { return op.f(x, dim) }
		}
		first := reduction(op.name+"/first", reals, transcendental, termsPerRow(1), over(0))
		first.MinBatch = 1
		rows = append(rows,
			reduction(op.name, reals, transcendental, terms(4), over(-1)),
			reduction(op.name+"/middle", reals, transcendental, terms(3), over(1)),
			// Logits of ±300 overflow the exponential of float32 unless the largest is taken off first. A difference of
			// them has ε·600 of its own.
			reduction(op.name+"/large", between(-300, 300), 600*transcendental, terms(4), over(2)),
			first)
	}
	return rows
}()
