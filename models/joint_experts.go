package models

import "github.com/braidml/braid/tensor"

// Experts multiplies normal distributions with each other and with the standard one, the prior, and normalises: each is a
// mean and a log variance, [n, 2·code], and so is the result. A missing one is left out, which is what the product of
// experts (Hinton 2002; Wu and Goodman 2018) has over other merges.
type Experts struct{}

// Forward multiplies xs: with the precisions T = e^-logVar, the mean is Σ T·mean/(1 + ΣT) and the variance 1/(1 + ΣT).
func (Experts) Forward(xs ...*tensor.Tensor) *tensor.Tensor {
	expect(len(xs) > 0, "Experts", "there is nothing to merge: at least one distribution is expected")
	var sum, precision *tensor.Tensor
	for _, x := range xs {
		mean, logVar := split(x, x.Dim(1)/2)
		t := logVar.Neg().Exp()
		weighted := mean.Mul(t)
		if sum == nil {
			sum, precision = weighted, t.Shift(1)
		} else {
			sum, precision = sum.Add(weighted), precision.Add(t)
		}
	}
	return tensor.Concat(1, sum.Div(precision), precision.Log().Neg())
}

// divergenceFrom is KL(a ‖ b) of each row, [n], for distributions [n, 2·code]:
// ½·Σ(logVarB - logVarA + (e^logVarA + (meanA - meanB)²)/e^logVarB - 1).
func divergenceFrom(a, b *tensor.Tensor) *tensor.Tensor {
	meanA, logA := split(a, a.Dim(1)/2)
	meanB, logB := split(b, b.Dim(1)/2)
	scaled := logA.Exp().Add(meanA.Sub(meanB).Square()).Mul(logB.Neg().Exp())
	return logB.Sub(logA).Add(scaled).Shift(-1).Sum(1).Scale(0.5)
}
