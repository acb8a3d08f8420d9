package tensor

// Flat lays parameters out in one vector, so that an update is one operation and an all-reduce one call.
// Optimizers are built on it; a rule of one's own is a few lines:
//
//	tensor.Gradients(loss, false, false, f)
//	f.Value.Assign(f.Value.Sub(f.Grad.Mul(lr)))
type Flat struct {
	Value, Grad *Tensor   // [n]; the parameters are windows of Value
	Slots       []*Tensor // [n] each: the rule's state
	Steps       *Tensor   // [1]: updates so far, counted on the device; saved and restored with the slots
}

// NewFlat moves params into one vector, with zeroed slots beside it. Parameters of two or more dimensions come first:
// weight decay applies to them alone. A parameter lives in one Flat at a time; the last NewFlat wins.
func NewFlat(params []*Tensor, slots int) *Flat { panic("stub") }

// Params are the parameters, in the order of the vector.
func (f *Flat) Params() []*Tensor { panic("stub") }

// Gradients sets the Grad of each Flat to dloss/dValue by one backward pass, or adds to it. It panics with the names of
// parameters that loss does not reach, unless unused is set.
func Gradients(loss *Tensor, add, unused bool, flats ...*Flat) { panic("stub") }

// GradNorm is the norm of all gradients of flats together, [].
func GradNorm(flats ...*Flat) *Tensor { panic("stub") }

// Clip limits the gradients within the next update: scaled so that Norm, if not nil, would be at most MaxNorm, then
// cut to ±MaxValue if that is not 0.
type Clip struct {
	Norm              *Tensor // [], from GradNorm
	MaxNorm, MaxValue float64
}

// SGD, Adam and RMSProp are the fused updates, by the formulas of PyTorch. rate is a [] tensor ([Pass.Scalar]).
// Each counts its steps in Steps.
func (f *Flat) SGD(rate *Tensor, momentum, decay float64, nesterov bool, c Clip) { panic("stub") }
func (f *Flat) Adam(rate *Tensor, beta1, beta2, eps, decay float64, decoupled bool, c Clip) {
	panic("stub")
}
func (f *Flat) RMSProp(rate *Tensor, alpha, eps, momentum, decay float64, c Clip) { panic("stub") }
