package cpu

import "github.com/braidml/braid/internal/engine"

// Convolution maps are NHWC and weights [K, R, S, C]. The direct forms (conv_direct.go) are loops over the definition:
// they are the float64 engine, and what the float32 forms are tested against.

// Conv2D is Y = pool(act(conv(X, W) + Bias)).
func (s *Stream) Conv2D(op engine.Conv2D) error {
	switch op.Y.DType {
	case engine.F32:
		if s.exact || !winogradForward(op) && !polyphaseForward(op) {
			convForward(op)
		}
	case engine.F64:
		convDirect[float64](op)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

// Conv2DBwdData is DX, the gradient of the map.
func (s *Stream) Conv2DBwdData(op engine.Conv2DBwd) error {
	t := engine.Conv2D{Y: op.DX, X: op.DY, W: op.W, ConvDims: op.ConvDims}
	return s.ConvTranspose2D(t)
}

// ConvTranspose2D is Y = act(convᵀ(X, W) + Bias); with neither bias nor activation it is the gradient of a map.
func (s *Stream) ConvTranspose2D(op engine.Conv2D) error {
	switch op.Y.DType {
	case engine.F32:
		if s.exact || !winogradTranspose(op) && !polyphaseTranspose(op) {
			convTranspose(op)
		}
	case engine.F64:
		convTransposeDirect[float64](op)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

// Conv2DBwdWeights is DW, the gradient of the weights.
func (s *Stream) Conv2DBwdWeights(op engine.Conv2DBwd) error {
	switch op.DW.DType {
	case engine.F32:
		if s.exact || !winogradBwdWeights(op) && !winogradRowBwdWeights(op) && !polyphaseBwdWeights(op) {
			convWeights(op)
		}
	case engine.F64:
		convWeightsDirect[float64](op)
	default:
		return engine.ErrUnsupported
	}
	return nil
}

// Conv2DBwdEpilogue is DZ and DBias, back through pooling, activation and bias.
func (s *Stream) Conv2DBwdEpilogue(op engine.Conv2DEpilogue) error {
	switch op.DZ.DType {
	case engine.F32:
		convEpilogueBwd[float32](s, op)
	case engine.F64:
		convEpilogueBwd[float64](s, op)
	default:
		return engine.ErrUnsupported
	}
	return nil
}
