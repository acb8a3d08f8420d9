package gorgonia

import (
	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

var (
	_ g.MatVecMuler = Engine{}
	_ g.OuterProder = Engine{}
	_ g.InnerProder = Engine{}
	_ g.Dotter      = Engine{}
)

// MatVecMul is prealloc = a·b, of a matrix [m k] and a vector of k elements.
func (e Engine) MatVecMul(a, b, prealloc g.Tensor) error {
	x, left, ok := taken(a)
	y, right, also := taken(b)
	z, _, room := taken(prealloc)
	if e.FasterOnly || !ok || !also || !room || x.Dims() != 2 || x.Dtype() != y.Dtype() || x.Dtype() != z.Dtype() ||
		right.Len() != x.Shape()[1] || z.Shape().TotalSize() != x.Shape()[0] {
		return e.StdEng.MatVecMul(a, b, prealloc)
	}
	byColumn := func(x []*tensor.Tensor) *tensor.Tensor { return x[0].MatMul(x[1].Unsqueeze(1)).Squeeze(1) }
	return e.product(z, byColumn, e.StdEng.MatVecMul, left, right.Reshape(right.Len()))
}

// Outer is prealloc = a·bᵀ, of vectors of m and n elements, into [m n].
func (e Engine) Outer(a, b, prealloc g.Tensor) error {
	x, left, ok := taken(a)
	y, right, also := taken(b)
	z, _, room := taken(prealloc)
	if e.FasterOnly || !ok || !also || !room || x.Dtype() != y.Dtype() || x.Dtype() != z.Dtype() ||
		!z.Shape().Eq(g.Shape{left.Len(), right.Len()}) {
		return e.StdEng.Outer(a, b, prealloc)
	}
	mul := func(x []*tensor.Tensor) *tensor.Tensor { return x[0].Unsqueeze(1).Mul(x[1]) }
	return e.product(z, mul, e.StdEng.Outer, left.Reshape(left.Len()), right.Reshape(right.Len()))
}

// Inner is the sum of a·b, a float32 or a float64.
func (e Engine) Inner(a, b g.Tensor) (any, error) {
	x, left, ok := taken(a)
	y, right, also := taken(b)
	if e.FasterOnly || !ok || !also || x.Dtype() != y.Dtype() || left.Len() != right.Len() {
		return e.StdEng.Inner(a, b)
	}
	left, right = left.Reshape(left.Len()), right.Reshape(right.Len())
	dot := func(x []*tensor.Tensor) *tensor.Tensor { return x[0].Unsqueeze(0).MatMul(x[1].Unsqueeze(1)) }
	product, done, err := e.run(dot, left, right)
	switch {
	case err != nil:
		return nil, err
	case !done:
		return e.StdEng.Inner(Dense(left), Dense(right))
	case x.Dtype() == g.Float64:
		return product.Float64s()[0], nil
	}
	return product.Floats()[0], nil
}

// Dot is what g.Dot computes, whose other cases ask the array's engine by themselves.
func (e Engine) Dot(a, b g.Tensor, opts ...g.FuncOpt) (g.Tensor, error) {
	x, _, ok := taken(a)
	y, _, also := taken(b)
	if e.FasterOnly || !ok || !also || !x.IsVector() || !y.IsVector() || x.Size() != y.Size() {
		return e.StdEng.Dot(a, b, opts...)
	}
	product, err := e.Inner(a, b)
	if err != nil {
		return nil, err
	}
	return g.New(g.FromScalar(product), g.WithEngine(e)), nil
}

// product is z = f of a and b. Where the device leaves that to the standard engine, std gets whole arrays: of a slice of
// columns it would take what lies between them too.
func (e Engine) product(z *g.Dense, f func([]*tensor.Tensor) *tensor.Tensor, std func(a, b, prealloc g.Tensor) error, a, b tensor.Array) error {
	out, done, err := e.run(f, a, b)
	if err != nil {
		return err
	}
	if !done {
		whole := g.New(g.WithShape(z.Shape().Clone()...), g.Of(z.Dtype()))
		if err := std(Dense(a), Dense(b), whole); err != nil {
			return err
		}
		if out, err = Array(whole); err != nil {
			return err
		}
	}
	return scatter(z, out)
}

func matMul(x []*tensor.Tensor) *tensor.Tensor { return x[0].MatMul(x[1]) }
