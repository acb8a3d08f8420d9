package optim

import "github.com/braidml/braid/tensor"

// Rule is an update rule: a plain struct of hyperparameters whose zero fields are PyTorch's defaults.
//
// A rule of one's own computes f.Value from f.Grad and f.Slots by operations of the pass. It limits the gradients by c
// itself; c is zero where the optimizer clips nothing.
type Rule interface {
	Rate() float64 // the learning rate where there is no Schedule
	Slots() int    // state vectors, each as long as the parameters
	Update(f *tensor.Flat, rate *tensor.Tensor, c tensor.Clip)
}

// Weight decay applies to parameters of two or more dimensions, not to biases and norms.
type (
	// SGD is gradient descent with optional momentum (torch.optim.SGD): v = Momentum·v + g, p -= LR·v, and with Nesterov
	// p -= LR·(g + Momentum·v). WeightDecay adds to g.
	SGD struct {
		LR                    float64 // 1e-3
		Momentum, WeightDecay float64
		Nesterov              bool
	}
	// Adam is the rule of Kingma and Ba (2015). WeightDecay is decoupled, p -= LR·WeightDecay·p (AdamW, Loshchilov and
	// Hutter 2019; torch.optim.AdamW), or with L2 added to the gradient as torch.optim.Adam does.
	Adam struct {
		LR           float64 // 1e-3
		Beta1, Beta2 float64 // 0.9, 0.999
		Eps          float64 // 1e-8
		WeightDecay  float64
		L2           bool
	}
	// RMSProp divides by a running root mean square of the gradient (torch.optim.RMSprop). WeightDecay adds to g.
	RMSProp struct {
		LR                    float64 // 1e-2
		Alpha                 float64 // 0.99
		Eps                   float64 // 1e-8
		Momentum, WeightDecay float64
	}
)

// or is v, or the default where v was left zero.
func or(v, d float64) float64 {
	if v == 0 {
		return d
	}
	return v
}

// Rate is LR or its default.
func (r SGD) Rate() float64 { return or(r.LR, 1e-3) }

// Slots is 1 with momentum.
func (r SGD) Slots() int {
	if r.Momentum == 0 {
		return 0
	}
	return 1
}

// Update is one step.
func (r SGD) Update(f *tensor.Flat, rate *tensor.Tensor, c tensor.Clip) {
	f.SGD(rate, r.Momentum, r.WeightDecay, r.Nesterov, c)
}

func (r SGD) check() {
	checkRule("SGD", r.LR, r.WeightDecay)
	checkShare("SGD", "Momentum", r.Momentum)
	expect(!r.Nesterov || r.Momentum > 0, "SGD", "Nesterov needs a Momentum above 0")
}

// Rate is LR or its default.
func (r Adam) Rate() float64 { return or(r.LR, 1e-3) }

// Slots is 2, the moments.
func (r Adam) Slots() int { return 2 }

// Update is one step.
func (r Adam) Update(f *tensor.Flat, rate *tensor.Tensor, c tensor.Clip) {
	f.Adam(rate, or(r.Beta1, 0.9), or(r.Beta2, 0.999), or(r.Eps, 1e-8), r.WeightDecay, !r.L2, c)
}

func (r Adam) check() {
	checkRule("Adam", r.LR, r.WeightDecay)
	checkShare("Adam", "Beta1", r.Beta1)
	checkShare("Adam", "Beta2", r.Beta2)
	expect(r.Eps >= 0, "Adam", "Eps is %v: at least 0 is expected", r.Eps)
}

// Rate is LR or its default.
func (r RMSProp) Rate() float64 { return or(r.LR, 1e-2) }

// Slots is 2 with momentum, else 1.
func (r RMSProp) Slots() int {
	if r.Momentum == 0 {
		return 1
	}
	return 2
}

// Update is one step.
func (r RMSProp) Update(f *tensor.Flat, rate *tensor.Tensor, c tensor.Clip) {
	f.RMSProp(rate, or(r.Alpha, 0.99), or(r.Eps, 1e-8), r.Momentum, r.WeightDecay, c)
}

func (r RMSProp) check() {
	checkRule("RMSProp", r.LR, r.WeightDecay)
	checkShare("RMSProp", "Alpha", r.Alpha)
	checkShare("RMSProp", "Momentum", r.Momentum)
	expect(r.Eps >= 0, "RMSProp", "Eps is %v: at least 0 is expected", r.Eps)
}

// The conditions are written so that NaN fails them.
func checkRule(op string, lr, decay float64) {
	expect(lr >= 0, op, "LR is %v: at least 0 is expected", lr)
	expect(decay >= 0, op, "WeightDecay is %v: at least 0 is expected", decay)
}

func checkShare(op, name string, v float64) {
	expect(v >= 0 && v < 1, op, "%s is %v: at least 0 and below 1 is expected", name, v)
}
