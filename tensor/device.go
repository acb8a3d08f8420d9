package tensor

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	cpu "github.com/braidml/braid/cpu_fallback"
	"github.com/braidml/braid/internal/engine"
)

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
	Exact     bool   // CPU: no convolution in Winograd's form, which is 1.4 to 3 times as fast but has twice the rounding errors, and spreads Inf and NaN over a tile
}

// A Device computes. It is safe for use by several goroutines: each pass has its own queue.
type Device struct {
	eng  engine.Device
	opt  Options
	real engine.DType

	mu     sync.Mutex
	idle   map[Mode][]*Pass
	side   engine.Stream // moves parameters outside of passes; guarded by mu
	closed bool
	shared bool // with everybody in the process

	moves atomic.Uint64 // raised when a parameter got another address: plans made before are dropped
	steps atomic.Uint64 // passes opened so far: the random step of a pass that no one seeded

	bytes, peak, allocs, ops, replays atomic.Int64
}

// Open opens a device; nil Options mean [Default]. Parameters live on one device at a time, so a program seldom needs
// two. Without a usable GPU the error says which part is missing and names the -tags cpu build.
func Open(o *Options) (*Device, error) {
	if o == nil {
		return Default()
	}
	return open(*o)
}

func open(o Options) (*Device, error) {
	var eng engine.Device
	var err error
	if o.Engine == "" {
		o.Engine = defaultEngine
	}
	if o.Engine == "cpu" {
		eng = &cpu.Device{Exact: o.Exact}
	} else {
		eng, err = openNamed(&o)
	}
	if err != nil {
		return nil, err
	}
	return newDevice(eng, o)
}

func newDevice(eng engine.Device, o Options) (*Device, error) {
	if o.Float != Float32 && o.Float != Float64 {
		return nil, fmt.Errorf("tensor: Open: Options.Float is %v, want Float32 or Float64", o.Float)
	}
	if !eng.Has(o.Float.engine()) {
		return nil, fmt.Errorf("tensor: Open: %s has no %v", eng.Name(), o.Float)
	}
	if os.Getenv("BRAID_EAGER") == "1" {
		o.Eager = true
	}
	side, err := eng.NewStream()
	if err != nil {
		return nil, err
	}
	return &Device{eng: eng, opt: o, real: o.Float.engine(), side: side, idle: map[Mode][]*Pass{}}, nil
}

var theCPU = sync.OnceValue(func() *Device {
	d, err := newDevice(cpu.New(), Options{Engine: "cpu"})
	if err != nil {
		panic(&Error{Op: "CPU", Err: err}) // it has streams and float32, but a limit of instructions may be misspelt
	}
	d.shared = true
	return d
})

// CPU is the CPU device, which every build has. All callers share it, so Close does nothing to it.
func CPU() *Device { return theCPU() }

// Default is the first GPU, or [CPU] in a build with -tags cpu. All callers share it, so Close does nothing to it.
func Default() (*Device, error) {
	if defaultEngine == "cpu" {
		return theCPU(), nil
	}
	theDefault.Lock()
	defer theDefault.Unlock()
	if theDefault.dev == nil {
		d, err := open(Options{})
		if err != nil {
			return nil, err // next time it may be there
		}
		d.shared = true
		theDefault.dev = d
	}
	return theDefault.dev, nil
}

var theDefault struct {
	sync.Mutex
	dev *Device
}

// Mode tells layers such as dropout and batch normalisation how to behave.
type Mode uint8

const (
	Inference Mode = iota // parameters are read only
	Training
)

// Run calls f with a pass, computes what f recorded and frees the pass's memory.
// It returns f's error, or what went wrong in the computation, or the caller's mistake as an [*Error].
// When f fails, what it recorded but did not compute yet is dropped, updates of parameters included.
func (d *Device) Run(m Mode, f func(*Pass) error) error {
	p, err := d.take(m)
	if err != nil {
		return err
	}
	done := false
	defer func() { // another panic than a mistake, or Goexit, must not leave a half-used pass in the pool
		if !done {
			p.drop()
		}
	}()
	err = Try(func() error {
		if err := f(p); err != nil {
			return err
		}
		return p.Sync()
	})
	done = true
	if err != nil {
		p.drop()
	}
	d.give(p)
	return err
}

// Pass opens a pass by hand: for tests, and to look around step by step. Close it; prefer Run.
// It panics with an [*Error] if the device is closed or has no memory left for a pass.
func (d *Device) Pass(m Mode) *Pass {
	p, err := d.take(m)
	if err != nil {
		panic(&Error{Op: "Pass", Err: err})
	}
	return p
}

// take gives the pass of mode m that was used last: it knows the tape that most likely comes again.
func (d *Device) take(m Mode) (*Pass, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, fmt.Errorf("tensor: %s is closed", d.eng.Name())
	}
	var p *Pass
	if n := len(d.idle[m]); n > 0 {
		p = d.idle[m][n-1]
		d.idle[m] = d.idle[m][:n-1]
	} else {
		s, err := d.eng.NewStream()
		if err != nil {
			return nil, err
		}
		p = newPass(d, m, s)
	}
	p.begin()
	return p, nil
}

func (d *Device) give(p *Pass) {
	p.open = false
	p.gen++ // tensors of this step are stale from here on
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		p.free()
		return
	}
	d.idle[p.mode] = append(d.idle[p.mode], p)
}

// alloc asks the engine, and once more after freeing what idle passes hold.
func (d *Device) alloc(bytes int) (*engine.Memory, error) {
	m, err := d.eng.Alloc(bytes)
	if err != nil {
		d.mu.Lock()
		for mode, ps := range d.idle {
			for _, p := range ps {
				p.free()
			}
			delete(d.idle, mode)
		}
		d.mu.Unlock()
		if m, err = d.eng.Alloc(bytes); err != nil {
			return nil, err
		}
	}
	d.allocs.Add(1)
	held := d.bytes.Add(int64(bytes))
	for peak := d.peak.Load(); held > peak && !d.peak.CompareAndSwap(peak, held); peak = d.peak.Load() {
	}
	return m, nil
}

func (d *Device) release(m *engine.Memory) {
	d.bytes.Add(-int64(m.Size))
	d.eng.Free(m)
}

// Stats says what the device holds and did; tests read it.
type Stats struct {
	Bytes, PeakBytes int64
	Allocs           int64 // device allocations so far: constant in steady state
	Ops, Replays     int64 // engine operations of plans run for the first time; runs of known plans
}

// Stats reads the counters.
func (d *Device) Stats() Stats {
	return Stats{d.bytes.Load(), d.peak.Load(), d.allocs.Load(), d.ops.Load(), d.replays.Load()}
}

// String is the engine's name for the device.
func (d *Device) String() string {
	if d == nil {
		return "no device"
	}
	return d.eng.Name()
}

// Close frees the device. Parameters that live on it keep their values only if they were read or placed elsewhere before.
func (d *Device) Close() error {
	if d.shared {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	for _, ps := range d.idle {
		for _, p := range ps {
			p.free()
		}
	}
	d.idle = nil
	if err := d.side.Close(); err != nil {
		return err
	}
	return d.eng.Close()
}
