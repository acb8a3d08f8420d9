package tensor

import (
	"slices"
	"strings"
	"testing"
)

// TestFusedSums: which additions a product takes into itself.
func TestFusedSums(t *testing.T) {
	w, c := NewParam([]float32{1, -2, 3, 0, .5, 1, 2, -1, 1}, 3, 3), NewParam([]float32{1, -1, 2}, 3)
	for _, v := range []struct {
		name string
		f    func(p *Pass, x *Tensor)
		want []string
	}{
		{"residual", func(p *Pass, x *Tensor) { x.Add(x.Linear(w, c)) }, []string{"linear+add [4 3] [4 3] -> [4 3]"}},
		{"residual behind it", func(p *Pass, x *Tensor) { x.Linear(w, nil).Add(x).ReLU() }, []string{"linear+add+relu [4 3] [4 3] -> [4 3]"}},
		{"block", func(p *Pass, x *Tensor) { x.Add(x.Linear(w, c).ReLU().Linear(w, c)) },
			[]string{"linear+relu [4 3] -> [4 3]", "linear+add [4 3] [4 3] -> [4 3]"}},
		{"the later of two products", func(p *Pass, x *Tensor) {
			y := x.Linear(w, c).Tanh().Linear(w, c)
			x.Linear(w, nil).Add(y).Tanh()
		}, []string{"linear+tanh [4 3] -> [4 3]", "linear [4 3] -> [4 3]", "linear+add+tanh [4 3] [4 3] -> [4 3]"}},
		{"bias and residual", func(p *Pass, x *Tensor) { x.MatMul(p.Use(w)).Add(p.Use(c)).Add(x).Sigmoid() },
			[]string{"matmul+bias+add+sigmoid [1 4 3] [1 3 3] [4 3] -> [4 3]"}},
		{"bias of a dense layer without", func(p *Pass, x *Tensor) { x.Linear(w, nil).Add(p.Use(c)) }, []string{"linear [4 3] -> [4 3]"}},
		{"activation inside", func(p *Pass, x *Tensor) { x.Linear(w, c).ReLU().Add(x) },
			[]string{"linear+relu [4 3] -> [4 3]", "add [4 3] [4 3] -> [4 3]"}},
		{"twice the same", func(p *Pass, x *Tensor) { y := x.Linear(w, c); y.Add(y) },
			[]string{"linear [4 3] -> [4 3]", "add [4 3] [4 3] -> [4 3]"}},
		{"two consumers", func(p *Pass, x *Tensor) { y := x.Linear(w, c); y.Add(x); y.Tanh() },
			[]string{"linear [4 3] -> [4 3]", "add [4 3] [4 3] -> [4 3]", "tanh [4 3] -> [4 3]"}},
		{"broadcast", func(p *Pass, x *Tensor) { x.Linear(w, c).Add(x.Slice(1, 0, 1)) },
			[]string{"linear [4 3] -> [4 3]", "slice [4 3] -> [4 1]", "add [4 3] [4 1] -> [4 3]"}},
		{"what comes later", func(p *Pass, x *Tensor) { y := x.Linear(w, c); y.Add(x.Exp()) },
			[]string{"linear [4 3] -> [4 3]", "exp [4 3] -> [4 3]", "add [4 3] [4 3] -> [4 3]"}},
		{"a bias that is written between", func(p *Pass, x *Tensor) {
			y := x.MatMul(p.Use(w))
			c.Assign(p.Use(c).Scale(2))
			y.Add(p.Use(c))
		}, []string{"copy [3 3] -> [1 3 3]", "matmul [1 4 3] [1 3 3] -> [4 3]", "scale [3] -> [3]", "assign [3] -> []", "add [4 3] -> [4 3]"}},
	} {
		p := CPU().Pass(Training)
		x := p.Full(1, 4, 3)
		v.f(p, x)
		got := p.Ops()
		p.Close()
		got = slices.DeleteFunc(got[1:], func(s string) bool { return strings.HasPrefix(s, "copy") && !strings.HasPrefix(v.want[0], "copy") })
		if !slices.Equal(got, v.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", v.name, got, v.want)
		}
	}
}

// TestFusedGradients: what the products of a backward pass take into themselves, and that the numbers are those of a
// device that fuses nothing.
func TestFusedGradients(t *testing.T) {
	var w, c, kernel *Tensor // of the device
	open := func(o Options) *Device {
		o.Engine, o.Float = "cpu", Float64
		d, err := Open(&o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.Close() })
		return d
	}
	fused, plain := open(Options{}), open(Options{NoFusion: true})
	told := []string{"linear", "matmul", "relu", "tanh", "sigmoid", "leakyrelu", "exp", "gelu", "epilogue"}
	dense := func(x *Tensor) *Tensor { return x.Linear(w, c) }
	for _, v := range []struct {
		name string
		f    func(p *Pass, x *Tensor) (y *Tensor, of []*Tensor)
		want string // the products of the backward pass and what else undoes activations, without shapes
	}{
		{"two layers", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) { return dense(dense(x).ReLU()), []*Tensor{x} },
			"linear+relu' linear"},
		{"weights", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) { return dense(dense(x).ReLU()), []*Tensor{x, p.Use(w)} },
			"linear linear+relu' linear+add linear"},
		{"other activations", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			return dense(dense(dense(x).Tanh()).Sigmoid()), []*Tensor{x}
		}, "linear+sigmoid' linear+tanh' linear"},
		{"leaky", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) { return dense(x.LeakyReLU()), []*Tensor{x} }, "linear+leakyrelu'"},
		{"no derivative of the output", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) { return dense(x.GELU()), []*Tensor{x} }, "linear gelu"},
		{"asked for", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			h := dense(x).ReLU()
			return dense(h), []*Tensor{x, h}
		}, "linear relu linear"},
		{"two consumers", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			h := x.ReLU()
			return dense(h).Tanh().Add(h.Exp()), []*Tensor{x}
		}, "exp tanh linear+add+relu'"},
		{"a later consumer", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			h := x.ReLU()
			return h.Exp().Add(dense(h).Tanh()), []*Tensor{x}
		}, "tanh linear exp relu"},
		{"residual block", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			h := dense(x).ReLU()
			return h.Add(dense(dense(h).ReLU())).ReLU(), []*Tensor{x, p.Use(w)}
		}, "relu linear linear+relu' linear+add linear+add+relu' linear+add linear"},
		{"a gradient that another has too", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			u, h := x.Scale(2), x.Tanh()
			s := h.Add(u)
			return u.Exp().Add(dense(h).Exp()).Add(s), []*Tensor{x}
		}, "exp linear+add+tanh' exp"},
		{"a layer and its own input", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			h := x.Tanh()
			return dense(h).Add(h), []*Tensor{x}
		}, "linear+add+tanh'"},
		{"a product with itself", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			h := x.Slice(0, 0, 3).ReLU()
			return h.Linear(h, nil), []*Tensor{x}
		}, "linear linear+add+relu'"},
		{"through a reshape", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			return x.ReLU().Reshape(2, 2, 3).MatMul(p.Use(w)), []*Tensor{x}
		}, "matmul+relu'"},
		{"reshaped twice", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			h := x.ReLU()
			return h.Reshape(2, 2, 3).MatMul(p.Use(w)).Sum().Add(h.Reshape(12).Exp().Sum()), []*Tensor{x}
		}, "exp matmul relu"},
		{"convolution and pooling", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			h := Conv2D(x.Reshape(1, 4, 3, 1), kernel, nil, Conv2DOptions{}).ReLU().MaxPool2D(2, 2, 0)
			return dense(h.Reshape(2, 3)), []*Tensor{x, p.Use(kernel)}
		}, "linear+relu' epilogue"},
		{"batches", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			h := x.Reshape(2, 2, 3).Tanh()
			return h.MatMul(x.Reshape(2, 3, 2).ReLU()), []*Tensor{x}
		}, "matmul+relu' matmul+tanh'"},
		{"batches that repeat", func(p *Pass, x *Tensor) (*Tensor, []*Tensor) {
			return x.Slice(0, 0, 3).ReLU().MatMul(x.Reshape(2, 3, 2)), []*Tensor{x}
		}, "matmul matmul relu"},
	} {
		run := func(d *Device) (calls []string, g []Array) {
			w, c = NewParam([]float32{1, -2, 3, 0, .5, 1, 2, -1, 1}, 3, 3), NewParam([]float32{1, -1, 2}, 3)
			kernel = NewParam([]float32{1, -.5, .25}, 3, 1, 1, 1)
			err := d.Run(Training, func(p *Pass) error {
				x := From(p, []float32{1, -1, .5, 2, -.25, 0, -3, 1, 1, .75, -.5, 2}, 4, 3)
				y, of := v.f(p, x)
				grads := p.Gradients(y.Square().Sum(), of...)
				for _, op := range p.Ops() {
					name, rest, _ := strings.Cut(op, " ")
					op, _, _ := strings.Cut(name, "+")
					if strings.HasPrefix(rest, "bwd") && slices.Contains(told, op) {
						calls = append(calls, name)
					}
				}
				for _, t := range grads {
					g = append(g, t.Array())
				}
				return nil
			})
			if err != nil {
				t.Fatalf("%s: %v", v.name, err)
			}
			return calls, g
		}
		calls, got := run(fused)
		if s := strings.Join(calls, " "); s != v.want {
			t.Errorf("%s: %q, want %q", v.name, s, v.want)
		}
		_, want := run(plain)
		for i := range want {
			if err := near(got[i], want[i]); err != nil {
				t.Errorf("%s: gradient %d: %v", v.name, i, err)
			}
		}
	}
}
