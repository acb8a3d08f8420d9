package tensor

// Precision selects how matrix products, convolutions and recurrences multiply on a GPU.
type Precision uint8

const (
	FP32 Precision = iota // float32 throughout
	TF32                  // 10-bit mantissa inputs, float32 sums
	BF16                  // bfloat16 inputs, float32 sums
)

// Options opens a device other than the default one.
type Options struct {
	Engine    string // "cuda" or "cpu"; "" is the build's default
	Index     int    // which GPU
	Precision Precision
	Float     DType  // Float32, or Float64 (CPU only; what gradient checks use): the type of every real tensor
	Seed      uint64 // of dropout and noise
	Eager     bool   // compute each operation before it returns; also BRAID_EAGER=1
	NoFusion  bool   // for tests and for profiling single operations
}

// A Device computes. It is safe for use by several goroutines: each pass has its own queue.
type Device struct{}

// Open opens a device; nil Options mean the first GPU, or the CPU when built with -tags cpu.
// Without a usable GPU the error says which part is missing and names the -tags cpu build.
func Open(o *Options) (*Device, error) { panic("stub") }

// CPU is the CPU device, which every build has.
func CPU() *Device { panic("stub") }

// Mode tells layers such as dropout and batch normalisation how to behave.
type Mode uint8

const (
	Inference Mode = iota // nothing is kept for gradients
	Training
)

// Run calls f with a pass, computes what f recorded and frees the pass's memory.
// It returns f's error, or what went wrong in the computation, or the caller's mistake as an [*Error].
// When f fails, what it recorded but did not compute yet is dropped, updates of parameters included.
func (d *Device) Run(m Mode, f func(*Pass) error) error { panic("stub") }

// Pass opens a pass by hand: for tests, and to look around step by step. Close it; prefer Run.
func (d *Device) Pass(m Mode) *Pass { panic("stub") }

// Place moves the values of parameters to d now. Otherwise the first pass that uses a parameter does it;
// a parameter can live on one device at a time.
func (d *Device) Place(params ...*Tensor) error { panic("stub") }

// Stats says what the device holds and did; tests read it.
type Stats struct {
	Bytes, PeakBytes int64
	Allocs           int64 // device allocations so far: constant in steady state
	Ops, Replays     int64 // operations run one by one; runs of operations replayed
}

func (d *Device) Stats() Stats   { panic("stub") }
func (d *Device) String() string { panic("stub") }
func (d *Device) Close() error   { panic("stub") }

// Shapes calls f with a pass that only infers shapes: nothing is computed, no device is needed, and reading a value is
// a mistake. It returns f's error or the caller's mistake.
func Shapes(m Mode, f func(*Pass) error) error { panic("stub") }
