package tensor

import (
	"fmt"
	"math"
	"slices"
)

// FocalCrossEntropy is [WeightedCrossEntropy] where every class counts (1-p)^gamma, p its probability: what is sure already
// weighs little (Lin et al. 2017). Of logits […, classes] and labels […] Int32 it is
//
//	Σ q·w·(1-p)^gamma·(-log p) / Σ w[label]
//
// over rows and classes, q the label's one-hot with smoothing, w the weights (nil: 1). gamma 0 is the cross-entropy; 2 is
// usual.
func FocalCrossEntropy(gamma float32, weight []float32, smoothing float32) func(logits, label *Tensor) *Tensor {
	checkFocal("focalcrossentropy", gamma, smoothing)
	plain := WeightedCrossEntropy(weight, smoothing)
	if gamma == 0 {
		return plain
	}
	return func(logits, label *Tensor) *Tensor {
		const op = "focalcrossentropy"
		p := logits.pass(op, label)
		p.check(op, logits)
		p.check(op, label)
		in := []*entry{logits.e, label.e}
		if _, rule := (crossEntropy{}).infer(p, in); rule != "" {
			fail(op, rule, logits.Shape(), label.Shape())
		}
		k := logits.Shape()[logits.Rank()-1]
		if weight != nil && len(weight) != k {
			fail(op, fmt.Sprintf("the weights must be [%d]", k), logits.Shape(), []int{len(weight)})
		}
		logP := logits.LogSoftmax(-1)
		// The power's slope is infinite at 0 for a gamma below 1, where the loss is as flat as can be.
		far := p.Full(1, logP.Shape()...).Sub(logP.Exp()).Clamp(1e-7, 1).Pow(gamma)
		w := weight
		if w == nil {
			w = slices.Repeat([]float32{1}, k)
		}
		q := towards(label.OneHot(k), 1/float32(k), smoothing)
		total := p.Input(ArrayOf(w, k, 1)).Rows(label).Sum() // which also refuses labels that are no classes
		if weight != nil {
			q = q.Mul(p.Input(ArrayOf(w, k)))
		}
		return q.Mul(far).Mul(logP).Sum().Neg().Div(total)
	}
}

// WeightedBCE is [BCEWithLogits] of logits [… labels], where samples that have a label count positive[label] times (nil:
// once) and targets are y·(1-smoothing) + smoothing/2.
// torch.nn.functional.binary_cross_entropy_with_logits with pos_weight.
func WeightedBCE(positive []float32, smoothing float32) func(logits, target *Tensor) *Tensor {
	return binaryLoss("weightedbce", 0, positive, smoothing)
}

// FocalBCE is [WeightedBCE] where every label counts (1-p)^gamma, p the probability of what is right about it (Lin et al.
// 2017, torchvision.ops.sigmoid_focal_loss with its mean).
func FocalBCE(gamma float32, positive []float32, smoothing float32) func(logits, target *Tensor) *Tensor {
	return binaryLoss("focalbce", gamma, positive, smoothing)
}

// towards is y + smoothing·(middle - y).
func towards(y *Tensor, middle, smoothing float32) *Tensor {
	if smoothing == 0 {
		return y
	}
	return y.Add(y.Neg().Shift(middle).Scale(smoothing))
}

func checkFocal(op string, gamma, smoothing float32) {
	if !(gamma >= 0 && gamma <= math.MaxFloat32) {
		fail(op, fmt.Sprintf("gamma is %g, want at least 0", gamma))
	}
	if !(smoothing >= 0 && smoothing < 1) {
		fail(op, fmt.Sprintf("the smoothing is %g, want 0 <= smoothing < 1", smoothing))
	}
}

func binaryLoss(op string, gamma float32, positive []float32, smoothing float32) func(logits, target *Tensor) *Tensor {
	checkFocal(op, gamma, smoothing)
	return func(logits, target *Tensor) *Tensor {
		p := logits.pass(op, target)
		p.check(op, logits)
		p.check(op, target)
		if target.DType() == Int32 {
			target = target.Float()
		}
		shape := logits.Shape()
		if rule := pairRule(shape, target.Shape(), logits.DType().engine(), target.DType().engine()); rule != "" {
			fail(op, rule, shape, target.Shape())
		}
		if positive != nil && (len(shape) == 0 || shape[len(shape)-1] != len(positive)) {
			fail(op, fmt.Sprintf("there are %d weights, want one for each of the labels", len(positive)), slices.Clone(shape), []int{len(positive)})
		}
		// -log of the probability of the label, and of its absence.
		is, not := logits.Neg().Softplus(), logits.Softplus()
		y := towards(target, 0.5, smoothing)
		n := y.Neg().Shift(1)
		if positive != nil {
			y = y.Mul(p.Input(ArrayOf(positive, len(positive))))
		}
		hit, miss := y.Mul(is), n.Mul(not)
		if gamma > 0 { // 1-p is σ(-x) = e^-softplus(x), and the other way round
			hit, miss = hit.Mul(not.Scale(-gamma).Exp()), miss.Mul(is.Scale(-gamma).Exp())
		}
		return hit.Add(miss).Mean()
	}
}
