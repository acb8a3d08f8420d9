//go:build cudadev && linux && !cpu

package cuda

import "github.com/braidml/braid/internal/engine"

// unsupported answers for the operations that have no kernels yet.
type unsupported struct{}

func (unsupported) MatMul(engine.MatMul) error                    { return engine.ErrUnsupported }
func (unsupported) Conv2D(engine.Conv2D) error                    { return engine.ErrUnsupported }
func (unsupported) Conv2DBwdData(engine.Conv2DBwd) error          { return engine.ErrUnsupported }
func (unsupported) Conv2DBwdWeights(engine.Conv2DBwd) error       { return engine.ErrUnsupported }
func (unsupported) Conv2DBwdEpilogue(engine.Conv2DEpilogue) error { return engine.ErrUnsupported }
func (unsupported) ConvTranspose2D(engine.Conv2D) error           { return engine.ErrUnsupported }
func (unsupported) MaxPool2D(engine.Pool2D) error                 { return engine.ErrUnsupported }
func (unsupported) MaxPool2DBwd(engine.Pool2D) error              { return engine.ErrUnsupported }
func (unsupported) AvgPool2D(engine.Pool2D) error                 { return engine.ErrUnsupported }
func (unsupported) AvgPool2DBwd(engine.Pool2D) error              { return engine.ErrUnsupported }
func (unsupported) RNN(engine.RNN) error                          { return engine.ErrUnsupported }
func (unsupported) RNNBwd(engine.RNNBwd) error                    { return engine.ErrUnsupported }
func (unsupported) Reduce(engine.Reduction) error                 { return engine.ErrUnsupported }
func (unsupported) Softmax(engine.Softmax) error                  { return engine.ErrUnsupported }
func (unsupported) SoftmaxBwd(engine.SoftmaxBwd) error            { return engine.ErrUnsupported }
func (unsupported) CrossEntropy(engine.CrossEntropy) error        { return engine.ErrUnsupported }
func (unsupported) BCEWithLogits(engine.BCE) error                { return engine.ErrUnsupported }
func (unsupported) BatchNorm(engine.Norm) error                   { return engine.ErrUnsupported }
func (unsupported) BatchNormBwd(engine.NormBwd) error             { return engine.ErrUnsupported }
func (unsupported) LayerNorm(engine.Norm) error                   { return engine.ErrUnsupported }
func (unsupported) LayerNormBwd(engine.NormBwd) error             { return engine.ErrUnsupported }
func (unsupported) Gather(engine.Gather) error                    { return engine.ErrUnsupported }
func (unsupported) ScatterAdd(engine.Gather) error                { return engine.ErrUnsupported }
func (unsupported) TakeAlong(engine.TakeAlong) error              { return engine.ErrUnsupported }
func (unsupported) PutAlong(engine.TakeAlong) error               { return engine.ErrUnsupported }
func (unsupported) Slab(engine.Slab) error                        { return engine.ErrUnsupported }
func (unsupported) Normal(engine.Noise) error                     { return engine.ErrUnsupported }
func (unsupported) Uniform(engine.Noise) error                    { return engine.ErrUnsupported }
func (unsupported) Dropout(engine.Dropout) error                  { return engine.ErrUnsupported }
func (unsupported) SGD(engine.Update) error                       { return engine.ErrUnsupported }
func (unsupported) Adam(engine.Update) error                      { return engine.ErrUnsupported }
func (unsupported) RMSProp(engine.Update) error                   { return engine.ErrUnsupported }
