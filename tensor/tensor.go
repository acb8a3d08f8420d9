package tensor

// A Tensor is an n-dimensional array on a device: a parameter, or a value of a [Pass].
// Operations return new tensors and never change their operands. Images are [n, h, w, c].
type Tensor struct{}

// NewParam makes a parameter from its first values: a tensor that belongs to no pass, is trained by optimizers,
// and is saved and loaded. It needs no device yet.
func NewParam(data []float32, shape ...int) *Tensor { panic("stub") }

// Freeze makes a parameter untrained (and still saved): a running mean, a table of word vectors.
// It returns t. Keras: trainable = False; PyTorch: a buffer, or requires_grad_(False).
func (t *Tensor) Freeze() *Tensor   { panic("stub") }
func (t *Tensor) Unfreeze() *Tensor { panic("stub") }
func (t *Tensor) Frozen() bool      { panic("stub") }

// Assign replaces a parameter's value by x of the same shape, in the order of the pass (training passes only).
func (t *Tensor) Assign(x *Tensor) { panic("stub") }

// Set replaces a parameter's value from the host.
func (t *Tensor) Set(a Array) error { panic("stub") }

func (t *Tensor) Shape() []int   { panic("stub") }
func (t *Tensor) Dim(i int) int  { panic("stub") } // i < 0 counts from the end
func (t *Tensor) Rank() int      { panic("stub") }
func (t *Tensor) Len() int       { panic("stub") }
func (t *Tensor) DType() DType   { panic("stub") }
func (t *Tensor) Pass() *Pass    { panic("stub") } // nil for a parameter
func (t *Tensor) String() string { panic("stub") } // shape and values, shortened; computes

// Item returns the value of a one-element tensor. It waits for the device: not for every step of a loop.
func (t *Tensor) Item() float32 { panic("stub") }

// Float32s and Array copy the values to the host. They wait for the device.
func (t *Tensor) Float32s() []float32 { panic("stub") }
func (t *Tensor) Array() Array        { panic("stub") }

// Detach is t cut off from gradients (PyTorch's word; stop_gradient in Keras).
func (t *Tensor) Detach() *Tensor { panic("stub") }

// SetName names a parameter in messages ("image.0.weight"); layers.Params does it. Name is "" if nobody did.
func (t *Tensor) SetName(name string) { panic("stub") }
func (t *Tensor) Name() string        { panic("stub") }
