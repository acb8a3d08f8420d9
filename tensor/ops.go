package tensor

// In the module these live in one file per family: linear.go, conv.go, pool.go, rnn.go, elementwise.go, …

// MatMul is the matrix product; leading dimensions are batches and broadcast. torch.matmul.
func (t *Tensor) MatMul(u *Tensor) *Tensor { panic("stub") }

// Linear is t·wᵀ + b, with w [out, in] and b [out] or nil. torch.nn.functional.linear.
func (t *Tensor) Linear(w, b *Tensor) *Tensor { panic("stub") }

func (t *Tensor) Add(u *Tensor) *Tensor        { panic("stub") }
func (t *Tensor) Sub(u *Tensor) *Tensor        { panic("stub") }
func (t *Tensor) Mul(u *Tensor) *Tensor        { panic("stub") }
func (t *Tensor) Div(u *Tensor) *Tensor        { panic("stub") }
func (t *Tensor) Scale(a float32) *Tensor      { panic("stub") }
func (t *Tensor) Shift(a float32) *Tensor      { panic("stub") }
func (t *Tensor) Neg() *Tensor                 { panic("stub") }
func (t *Tensor) Square() *Tensor              { panic("stub") }
func (t *Tensor) Sqrt() *Tensor                { panic("stub") }
func (t *Tensor) Exp() *Tensor                 { panic("stub") }
func (t *Tensor) Log() *Tensor                 { panic("stub") }
func (t *Tensor) ReLU() *Tensor                { panic("stub") }
func (t *Tensor) LeakyReLU() *Tensor           { panic("stub") }
func (t *Tensor) Tanh() *Tensor                { panic("stub") }
func (t *Tensor) Sigmoid() *Tensor             { panic("stub") }
func (t *Tensor) Softmax(dim int) *Tensor      { panic("stub") }
func (t *Tensor) LogSoftmax(dim int) *Tensor   { panic("stub") }
func (t *Tensor) Abs() *Tensor                 { panic("stub") }
func (t *Tensor) Sign() *Tensor                { panic("stub") }
func (t *Tensor) Reciprocal() *Tensor          { panic("stub") }
func (t *Tensor) Sin() *Tensor                 { panic("stub") }
func (t *Tensor) Cos() *Tensor                 { panic("stub") }
func (t *Tensor) Floor() *Tensor               { panic("stub") }
func (t *Tensor) Ceil() *Tensor                { panic("stub") }
func (t *Tensor) Round() *Tensor               { panic("stub") }
func (t *Tensor) Softplus() *Tensor            { panic("stub") }
func (t *Tensor) GELU() *Tensor                { panic("stub") }
func (t *Tensor) SiLU() *Tensor                { panic("stub") }
func (t *Tensor) ELU(a float32) *Tensor        { panic("stub") }
func (t *Tensor) Pow(a float32) *Tensor        { panic("stub") }
func (t *Tensor) Clamp(lo, hi float32) *Tensor { panic("stub") }
func (t *Tensor) Maximum(u *Tensor) *Tensor    { panic("stub") }
func (t *Tensor) Minimum(u *Tensor) *Tensor    { panic("stub") }
func (t *Tensor) Power(u *Tensor) *Tensor      { panic("stub") } // t^u, elementwise
func (t *Tensor) Dropout(rate float32) *Tensor { panic("stub") } // t itself in an inference pass

func (t *Tensor) Sum(dims ...int) *Tensor        { panic("stub") }
func (t *Tensor) Mean(dims ...int) *Tensor       { panic("stub") }
func (t *Tensor) Max(dim int) *Tensor            { panic("stub") }
func (t *Tensor) Min(dim int) *Tensor            { panic("stub") }
func (t *Tensor) Prod(dim int) *Tensor           { panic("stub") }
func (t *Tensor) Var(dims ...int) *Tensor        { panic("stub") } // unbiased, as torch.var
func (t *Tensor) ArgMin(dim int) *Tensor         { panic("stub") }
func (t *Tensor) ArgMax(dim int) *Tensor         { panic("stub") }
func (t *Tensor) NotEqual(v float32) *Tensor     { panic("stub") } // 0 or 1
func (t *Tensor) Equal(u *Tensor) *Tensor        { panic("stub") }
func (t *Tensor) Less(u *Tensor) *Tensor         { panic("stub") }
func (t *Tensor) LessEqual(u *Tensor) *Tensor    { panic("stub") }
func (t *Tensor) Greater(u *Tensor) *Tensor      { panic("stub") }
func (t *Tensor) GreaterEqual(u *Tensor) *Tensor { panic("stub") }

func (t *Tensor) Reshape(shape ...int) *Tensor                  { panic("stub") } // one -1 is inferred
func (t *Tensor) Flatten() *Tensor                              { panic("stub") } // [n, …] -> [n, m]
func (t *Tensor) Transpose(dims ...int) *Tensor                 { panic("stub") }
func (t *Tensor) Slice(dim, from, to int) *Tensor               { panic("stub") }
func (t *Tensor) Unsqueeze(dim int) *Tensor                     { panic("stub") }
func (t *Tensor) Squeeze(dim int) *Tensor                       { panic("stub") }
func (t *Tensor) Expand(shape ...int) *Tensor                   { panic("stub") }
func (t *Tensor) Flip(dims ...int) *Tensor                      { panic("stub") }
func (t *Tensor) Pad(dim, before, after int, v float32) *Tensor { panic("stub") }
func (t *Tensor) Split(dim int, sizes ...int) []*Tensor         { panic("stub") }
func (t *Tensor) Gather(dim int, ids *Tensor) *Tensor           { panic("stub") } // torch.gather
func (t *Tensor) OneHot(n int) *Tensor                          { panic("stub") }
func (t *Tensor) Int() *Tensor                                  { panic("stub") } // to Int32, towards zero
func (t *Tensor) Rows(ids *Tensor) *Tensor                      { panic("stub") } // embedding lookup
func (t *Tensor) Float() *Tensor                                { panic("stub") } // Uint8 pixels to [0, 1]; integers to reals

// Concat joins along dim. Where takes a where cond is not 0.
func Concat(dim int, ts ...*Tensor) *Tensor { panic("stub") }
func Stack(dim int, ts ...*Tensor) *Tensor  { panic("stub") }
func Where(cond, a, b *Tensor) *Tensor      { panic("stub") }

// Conv2DOptions are strides and zero padding; the zero value is stride 1 without padding ("valid").
type Conv2DOptions struct {
	Stride, Pad, Dilation [2]int // height, width; stride and dilation 0 mean 1
	OutPad                [2]int // transposed only
}

// Conv2D convolves x [n,h,w,c] with w [out,kh,kw,c], b [out] or nil. torch.nn.functional.conv2d.
func Conv2D(x, w, b *Tensor, o Conv2DOptions) *Tensor          { panic("stub") }
func ConvTranspose2D(x, w, b *Tensor, o Conv2DOptions) *Tensor { panic("stub") }

func (t *Tensor) MaxPool2D(size, stride, pad int) *Tensor { panic("stub") }
func (t *Tensor) AvgPool2D(size, stride, pad int) *Tensor { panic("stub") }
func (t *Tensor) Upsample2D(factor int) *Tensor           { panic("stub") } // nearest

// RNN runs h[t] = tanh(x[t]·wihᵀ + h[t-1]·whhᵀ + b) over x [n,time,in] in one call and returns all states
// [n,time,hidden] and the last [n,hidden]. h0 nil is zeros; lengths [n] (Int32) nil means all of time.
func RNN(x, wih, whh, b, h0, lengths *Tensor) (states, last *Tensor) { panic("stub") }

func BatchNorm(x, gamma, beta, mean, variance *Tensor, momentum, eps float32) *Tensor { panic("stub") }
func LayerNorm(x, gamma, beta *Tensor, eps float32) *Tensor                           { panic("stub") }

// Losses average over the batch. Labels are [n] Int32.
func CrossEntropy(logits, label *Tensor) *Tensor   { panic("stub") }
func BCEWithLogits(logits, target *Tensor) *Tensor { panic("stub") }
func MSE(output, target *Tensor) *Tensor           { panic("stub") }
func MAE(output, target *Tensor) *Tensor           { panic("stub") }

// Huber is quadratic up to delta and linear beyond.
func Huber(delta float32) func(output, target *Tensor) *Tensor { panic("stub") }

// WeightedCrossEntropy is CrossEntropy with a weight per class and label smoothing.
func WeightedCrossEntropy(weight []float32, smoothing float32) func(logits, label *Tensor) *Tensor {
	panic("stub")
}
