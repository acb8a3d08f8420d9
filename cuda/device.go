//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/braidml/braid/internal/engine"
	"gorgonia.org/cu"
)

// Precision is how matrix products, convolutions and recurrences multiply. Sums are float32 always.
type Precision uint8

const (
	FP32 Precision = iota // float32 throughout
	TF32                  // operands rounded to 10 bits of mantissa, on tensor cores
	BF16                  // operands rounded to bfloat16, on tensor cores
)

// Options opens a device.
type Options struct {
	Index     int // which GPU, in the driver's order
	Precision Precision
	Eager     bool // wait for each kernel, so that a fault names the one that caused it
}

// Device is one GPU, by its primary context. Several Devices may be open at once, also of the same GPU.
type Device struct {
	gpu       cu.Device
	ctx       cu.CUContext
	opt       Options
	name      string
	arch      int // compute capability, 90 for 9.0
	units     int // streaming multiprocessors
	maxShared int // bytes of shared memory that one block may have
	rnn       rnnLimits

	clearing cu.Stream // zeroes new memory, and is waited for
	closed   atomic.Bool

	mu      sync.Mutex
	modules map[string]cu.Module // by family
	entries map[string]*entry    // by kernel
}

var _ engine.Device = (*Device)(nil)

// Open opens a GPU. Its errors wrap [ErrNoDriver], [ErrNoDevice] or [ErrOldDriver].
func Open(o Options) (*Device, error) {
	if err := loadDefault(); err != nil {
		return nil, err
	}
	if err := newEnough(cu.Version()); err != nil {
		return nil, err
	}
	n, err := cu.NumDevices()
	if err != nil {
		return nil, failed("cuDeviceGetCount", err)
	}
	if o.Index < 0 || o.Index >= n {
		return nil, fmt.Errorf("%w: there are %d, want number %d", ErrNoDevice, n, o.Index)
	}
	d := &Device{opt: o, modules: map[string]cu.Module{}, entries: map[string]*entry{}}
	if d.gpu, err = cu.GetDevice(o.Index); err != nil {
		return nil, failed("cuDeviceGet", err)
	}
	if err := d.examine(); err != nil {
		return nil, err
	}
	if d.ctx, err = d.gpu.RetainPrimaryCtx(); err != nil {
		return nil, failed("opening "+d.name, err)
	}
	err = d.Do(func() (err error) {
		d.clearing, err = cu.MakeStream(cu.NonBlocking)
		return failed("cuStreamCreate", err)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// oldest is the CUDA version whose drivers, from 525 on, load the kernel images.
const oldest = 12000

func newEnough(version int) error {
	if version >= oldest {
		return nil
	}
	return fmt.Errorf("%w: it has CUDA %d.%d, want %d.0 or later (driver 525)", ErrOldDriver, version/1000, version%1000/10, oldest/1000)
}

// examine reads what does not change.
func (d *Device) examine() error {
	model, err := d.gpu.Name()
	if err != nil {
		return failed("cuDeviceGetName", err)
	}
	var major, minor, cooperative int
	for _, a := range []struct {
		which cu.DeviceAttribute
		value *int
	}{
		{cu.ComputeCapabilityMajor, &major},
		{cu.ComputeCapabilityMinor, &minor},
		{cu.MultiprocessorCount, &d.units},
		{attributeMaxShared, &d.maxShared},
		{attributeCooperative, &cooperative},
	} {
		if *a.value, err = d.gpu.Attribute(a.which); err != nil {
			return failed("cuDeviceGetAttribute", err)
		}
	}
	d.arch = 10*major + minor
	d.maxShared = max(d.maxShared, plainShared)
	precision := d.opt.Precision
	if d.arch < 80 {
		precision = FP32 // no tensor cores for the others
	}
	d.rnn = limitsOfRNN(cooperative != 0, precision)
	d.name = fmt.Sprintf("cuda:%d (%s, sm_%d)", d.opt.Index, model, d.arch)
	return nil
}

// Attributes that gorgonia.org/cu does not name.
const (
	attributeMaxShared   cu.DeviceAttribute = 97 // shared memory of a block that asks for it
	attributeCooperative cu.DeviceAttribute = 95 // whether all blocks of a launch can be told to run at once
)

// Name is "cuda:0 (NVIDIA H200, sm_90)".
func (d *Device) Name() string { return d.name }

// Has reports whether buffers of type t can be computed with.
func (d *Device) Has(t engine.DType) bool {
	return t == engine.F32 || t == engine.I32 || t == engine.U8
}

// Do calls f on this goroutine, which keeps its thread meanwhile, with the device's context current there. Streams of
// several goroutines so queue work at the same time, and one that waits does not hold up the others. Do may be nested.
func (d *Device) Do(f func() error) error {
	if d.closed.Load() {
		return fmt.Errorf("cuda: %s is closed", d.name)
	}
	return d.do(f)
}

func (d *Device) do(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cu.PushCurrentCtx(d.ctx); err != nil {
		return failed("cuCtxPushCurrent", err)
	}
	defer cu.PopCurrentCtx() // fails only if f left another context there
	return f()
}

// Alloc returns zeroed device memory.
func (d *Device) Alloc(bytes int) (*engine.Memory, error) {
	if bytes == 0 {
		return &engine.Memory{}, nil
	}
	m := &engine.Memory{Size: bytes}
	err := d.Do(func() error {
		p, err := d.reserve(bytes)
		if err != nil {
			return err
		}
		if err = cu.MemsetD8Async(p, 0, int64(bytes), d.clearing); err == nil {
			err = d.clearing.Synchronize()
		}
		if err != nil {
			cu.MemFree(p) // the first error is the one to tell
			return failed(fmt.Sprintf("%s: clearing %d bytes", d.name, bytes), err)
		}
		m.Addr = uintptr(p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// reserve is device memory as it comes.
func (d *Device) reserve(bytes int) (cu.DevicePtr, error) {
	p, err := cu.MemAlloc(int64(bytes))
	if err == nil {
		return p, nil
	}
	if r, ok := code(err); ok && r == resultOutOfMemory {
		free, total, err := cu.MemInfo()
		if err != nil {
			return 0, failed("cuMemGetInfo", err)
		}
		return 0, fmt.Errorf("cuda: %s: %w: want %d bytes, %d of %d are free", d.name, engine.ErrOutOfMemory, bytes, free, total)
	}
	return 0, failed(fmt.Sprintf("%s: cuMemAlloc of %d bytes", d.name, bytes), err)
}

// Free gives m back after the work that is queued on it.
func (d *Device) Free(m *engine.Memory) {
	if m.Addr != 0 {
		d.Do(func() error { return cu.MemFree(cu.DevicePtr(m.Addr)) }) // after a fault it fails, and all memory is lost anyway
	}
	m.Addr = 0
}

// Close releases the device. Its streams must be closed before; memory that is still allocated goes with the context
// when the last Device of this GPU is closed.
func (d *Device) Close() error {
	if d.closed.Swap(true) {
		return nil
	}
	err := d.do(func() error {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, m := range d.modules {
			if err := m.Unload(); err != nil {
				return failed("cuModuleUnload", err)
			}
		}
		return failed("cuStreamDestroy", d.clearing.Destroy())
	})
	if e := d.gpu.ReleasePrimaryCtx(); err == nil {
		err = failed("cuDevicePrimaryCtxRelease", e)
	}
	return err
}
