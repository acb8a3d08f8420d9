package cpu

import (
	"math"

	"github.com/braidml/braid/internal/engine"
)

// rule is one of the three optimisers.
type rule uint8

const (
	sgd rule = iota
	adam
	rmsProp
)

// SGD is stochastic gradient descent with momentum. With Decoupled, weight decay is p -= Rate·λ·p as in Adam.
func (*Stream) SGD(o engine.Update) error { return optimise(sgd, o) }

// Adam is Adam (Kingma and Ba, 2015) and, with Decoupled, AdamW (Loshchilov and Hutter, 2019).
func (*Stream) Adam(o engine.Update) error { return optimise(adam, o) }

// RMSProp divides by a running root mean square of the gradient (Tieleman and Hinton, 2012).
func (*Stream) RMSProp(o engine.Update) error { return optimise(rmsProp, o) }

func optimise(r rule, o engine.Update) error {
	if !allOf(o.Param.DType, o.Grad, o.S1, o.S2, o.Rate, o.Step, o.Norm) {
		return engine.ErrUnsupported
	}
	switch o.Param.DType {
	case engine.F32:
		update[float32](r, o)
	case engine.F64:
		update[float64](r, o)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

// updateGrain is how many parameters one piece of an update has.
const updateGrain = 2 * heavyGrain

func update[T float](r rule, o engine.Update) {
	p, g, s1, s2 := view[T](o.Param), view[T](o.Grad), view[T](o.S1), view[T](o.S2)
	n := min(len(p), len(g))
	k := &o
	scale := T(1)
	if o.ClipNorm > 0 {
		scale = T(min(1, o.ClipNorm/(float64(scalar[T](o.Norm))+1e-6)))
	}
	rate, step := float64(scalar[T](o.Rate)), float64(scalar[T](o.Step))
	c := corrected[T](k, rate, step)
	parallelRuns(pieces(n, updateGrain), func(i int) {
		from, end := piece(i, n, updateGrain)
		middle := max(from, min(end, k.Decayed)) // decay ends here
		for at, to := range [2]int{middle, end} {
			e := element[T]{rate: T(rate), scale: scale, cut: T(k.ClipValue)}
			if at == 0 {
				e.decay = T(k.Decay)
			}
			if k.Decoupled && r != rmsProp {
				e.shrink, e.decay = T(rate*float64(e.decay)), 0
			}
			switch r {
			case sgd:
				sgdPiece(k, e, p[from:to], g[from:to], part(s1, from, to), step == 1)
			case adam:
				adamPiece(k, e, p[from:to], g[from:to], s1[from:to], s2[from:to], c)
			case rmsProp:
				rmsPropPiece(k, e, p[from:to], g[from:to], s1[from:to], part(s2, from, to))
			}
			from = to
		}
	})
}

// scalar is the single element of b, 0 if it is absent.
func scalar[T float](b engine.Buffer) T {
	if b.Absent() {
		return 0
	}
	return view[T](b)[0]
}

// part is s[from:to] of a slot that may be absent.
func part[T float](s []T, from, to int) []T {
	if s == nil {
		return nil
	}
	return s[from:to]
}

// element is what all rules do to a gradient before they use it.
type element[T float] struct {
	rate, scale, cut T
	decay            T // added to the gradient, times the parameter
	shrink           T // taken from the parameter, times itself
}

// prepare clips the gradient and applies decay to it or to the parameter.
func (e *element[T]) prepare(p, g T) (T, T) {
	g *= e.scale
	if e.cut > 0 {
		g = min(max(g, -e.cut), e.cut)
	}
	return p - e.shrink*p, g + e.decay*p
}

func sgdPiece[T float](o *engine.Update, e element[T], p, g, s1 []T, first bool) {
	g = g[:len(p)]
	if s1 == nil || o.Momentum == 0 {
		for i := range p {
			w, d := e.prepare(p[i], g[i])
			p[i] = w - e.rate*d
		}
		return
	}
	if first {
		clear(s1)
	}
	s1 = s1[:len(p)]
	momentum := T(o.Momentum)
	for i := range p {
		w, d := e.prepare(p[i], g[i])
		s1[i] = momentum*s1[i] + d
		if o.Nesterov {
			d += momentum * s1[i]
		} else {
			d = s1[i]
		}
		p[i] = w - e.rate*d
	}
}

// correction is Adam's rate, and the factor of the root of its second moment, which take out the moments' bias.
type correction[T float] struct{ rate, root T }

// corrected is computed once a step, in float64 as PyTorch does.
func corrected[T float](o *engine.Update, rate, step float64) correction[T] {
	return correction[T]{T(rate / (1 - math.Pow(o.Beta1, step))), T(1 / math.Sqrt(1-math.Pow(o.Beta2, step)))}
}

func adamPiece[T float](o *engine.Update, e element[T], p, g, s1, s2 []T, c correction[T]) {
	g, s1, s2 = g[:len(p)], s1[:len(p)], s2[:len(p)]
	new1, beta2, new2, eps := T(1-o.Beta1), T(o.Beta2), T(1-o.Beta2), T(o.Eps)
	cut := e.cut
	if cut <= 0 {
		cut = T(math.Inf(1))
	}
	if fastAdam(p, g, s1, s2, [11]T{e.scale, -cut, cut, e.shrink, e.decay, new1, beta2, new2, c.rate, c.root, eps}) {
		return
	}
	for i := range p {
		w, d := e.prepare(p[i], g[i])
		m := s1[i] + new1*(d-s1[i])
		v := beta2*s2[i] + new2*d*d
		s1[i], s2[i] = m, v
		p[i] = w - c.rate*m/(sqrtOf(v)*c.root+eps)
	}
}

func rmsPropPiece[T float](o *engine.Update, e element[T], p, g, s1, s2 []T) {
	g, s1 = g[:len(p)], s1[:len(p)]
	beta2, new2, eps, momentum := T(o.Beta2), T(1-o.Beta2), T(o.Eps), T(o.Momentum)
	if s2 != nil {
		s2 = s2[:len(p)]
	}
	for i := range p {
		w, d := e.prepare(p[i], g[i])
		v := beta2*s1[i] + new2*d*d
		s1[i] = v
		d /= sqrtOf(v) + eps
		if o.Momentum != 0 {
			d += momentum * s2[i]
			s2[i] = d
		}
		p[i] = w - e.rate*d
	}
}
