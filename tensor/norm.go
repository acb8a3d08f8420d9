package tensor

import (
	"fmt"
	"slices"

	"github.com/braidml/braid/internal/engine"
)

// norm is batch or layer normalisation: in is x, gamma, beta, and for batches the running mean and variance.
type norm struct {
	batch, training bool
	eps, momentum   number
	epilogue
}

func (o norm) name() string {
	if o.batch {
		return "batchnorm" + o.suffix()
	}
	return "layernorm" + o.suffix()
}

func (o norm) infer(_ *Pass, in []*entry) (shape, string) {
	x := in[0].shape
	if !in[0].dtype.Real() {
		return shape{}, fmt.Sprintf("the elements are %v: use Float", in[0].dtype)
	}
	if len(x) < 2 {
		return shape{}, "want at least two dimensions, the last one being normalised or the channels"
	}
	for _, e := range in[1:] {
		if !slices.Equal(e.shape, x[len(x)-1:]) {
			return shape{}, fmt.Sprintf("the parameters must be [%d]", x[len(x)-1])
		}
	}
	for _, e := range in[min(3, len(in)):] {
		if _, ok := e.op.(leaf); !ok && o.training {
			return shape{}, "the running mean and variance must be parameters: training moves them"
		}
	}
	return like(in[0]), ""
}

// ignores: in training the running values are written, not read.
func (o norm) ignores(i int) bool { return i >= 3 && o.training }

func (o norm) blocks(i int) bool { return i >= 3 }

func (o norm) writes() bool { return o.batch && o.training }

func (o norm) absorb(next op) (op, bool) {
	if !o.batch {
		return o, false
	}
	act, ok := o.absorbs(next)
	o.act = act
	return o, ok
}

func (o norm) sizes(n *node) (rows, c int) {
	s := n.out.shape
	return size(s[:len(s)-1]), s[len(s)-1]
}

func (o norm) forward(b *builder, n *node) {
	rows, width := o.sizes(n)
	kept := rows
	if o.batch {
		kept = width
	}
	c := engine.Norm{X: b.value(n.in[0]), Y: b.result(n), Gamma: b.value(n.in[1]), Beta: b.value(n.in[2]),
		Mean: b.alloc(kept, n.out.dtype), InvStd: b.alloc(kept, n.out.dtype),
		Rows: rows, C: width, Eps: o.eps.float(), Momentum: o.momentum.float(), Training: o.training, Act: o.act}
	n.aux = []engine.Buffer{c.Mean, c.InvStd}
	if !o.batch {
		b.add(o.name(), func(s engine.Stream) error { return s.LayerNorm(c) })
		return
	}
	if !o.training || !n.again {
		c.RunMean, c.RunVar = b.value(n.in[3]), b.value(n.in[4])
	}
	b.add(o.name(), func(s engine.Stream) error { return s.BatchNorm(c) })
	if o.training && !n.again {
		for _, e := range n.in[3:] {
			b.wrote(e.op.(leaf).q)
		}
	}
}

func (o norm) backward(b *builder, n *node, dy engine.Buffer) {
	rows, width := o.sizes(n)
	c := engine.NormBwd{DY: dy, X: b.value(n.in[0]), Gamma: b.value(n.in[1]), Mean: n.aux[0], InvStd: n.aux[1],
		Rows: rows, C: width, Training: o.training, Act: b.remains(n, o.act)}
	if c.Act != engine.ActNone {
		c.Y = n.y
	}
	then := func() {
		b.add(o.name(), func(s engine.Stream) error {
			if o.batch {
				return s.BatchNormBwd(c)
			}
			return s.LayerNormBwd(c)
		})
	}
	for i, dst := range []*engine.Buffer{&c.DX, &c.DGamma, &c.DBeta} {
		if inner := then; b.wants(n, i) {
			then = func() { b.grad(n.in[i], func(g engine.Buffer) { *dst = g; inner() }) }
		}
	}
	then()
}

// BatchNorm normalises each channel (the last dimension) of x, then scales by gamma and shifts by beta, all [c].
// In a training pass mean and variance are the batch's, and the running ones move towards them by momentum; otherwise
// the running ones are used. torch.nn.functional.batch_norm; Ioffe & Szegedy 2015.
func BatchNorm(x, gamma, beta, mean, variance *Tensor, momentum, eps float32) *Tensor {
	p := x.pass("batchnorm")
	o := norm{batch: true, training: p.Training(), eps: numberOf(float64(eps)), momentum: numberOf(float64(momentum))}
	return record(p, o, x, gamma, beta, mean, variance)
}

// LayerNorm normalises the last dimension of x, then scales by gamma and shifts by beta. Ba et al. 2016.
func LayerNorm(x, gamma, beta *Tensor, eps float32) *Tensor {
	return record(x.pass("layernorm"), norm{eps: numberOf(float64(eps))}, x, gamma, beta)
}
