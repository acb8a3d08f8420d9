package cpu

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// Device is the CPU. The zero Device is ready for use, and all Devices share one pool of workers.
type Device struct {
	Exact bool // no convolutions in Winograd's form, whose rounding errors are twice as large
}

// New returns the CPU device.
func New() *Device { return &Device{} }

// Name is "cpu (amd64, avx512 kernels, 2 threads)".
func (*Device) Name() string {
	return fmt.Sprintf("cpu (%s, %s kernels, %d threads)", runtime.GOARCH, kernel.name, runtime.GOMAXPROCS(0))
}

// Has reports whether buffers of type t can be computed with.
func (*Device) Has(t engine.DType) bool { return t != engine.BF16 }

// align is where allocations start: a cache line, and an AVX-512 register.
const align = 64

// Alloc returns zeroed memory that Go's garbage collector owns.
func (*Device) Alloc(bytes int) (m *engine.Memory, err error) {
	defer func() {
		if r := recover(); r != nil { // make panics where the size is impossible
			err = fmt.Errorf("cpu: %d bytes: %w", bytes, engine.ErrOutOfMemory)
		}
	}()
	raw := make([]byte, bytes+align)
	preferHuge(raw)
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(raw)))) & (align - 1)
	return &engine.Memory{Host: raw[skip : skip+bytes : skip+bytes], Size: bytes}, nil
}

// Free drops m's bytes; buffers of it must no longer be used.
func (*Device) Free(m *engine.Memory) { m.Host = nil }

var _ engine.Stream = (*Stream)(nil)

// NewStream makes a stream. Its operations are done when they return.
func (d *Device) NewStream() (engine.Stream, error) {
	if badISA != nil {
		return nil, badISA
	}
	return &Stream{exact: d.Exact}, nil
}

// Do calls f right here.
func (*Device) Do(f func() error) error { return f() }

// Close does nothing.
func (*Device) Close() error { return nil }

// Stream computes on the caller's goroutine and the shared workers. It belongs to one goroutine at a time.
type Stream struct {
	scratch []byte // see grow
	exact   bool   // see Device
}

// Sync does nothing: operations are done when they return.
func (*Stream) Sync() error { return nil }

// Close drops the workspace.
func (s *Stream) Close() error {
	s.scratch = nil
	return nil
}

// float is the two precisions that kernels are written for.
type float interface{ float32 | float64 }

type number interface {
	float32 | float64 | int32 | uint8
}

// view is b's elements. Its type must be b.DType's; an absent buffer gives nil.
func view[T number](b engine.Buffer) []T {
	if b.Mem == nil || b.Len == 0 {
		return nil
	}
	bytes := b.Mem.Host[b.Off : b.Off+b.Bytes()]
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(bytes))), b.Len)
}

// grow is a workspace of n elements, not zeroed, valid until the stream's next operation asks for one.
func grow[T number](s *Stream, n int) []T {
	var t T
	if need := n * int(unsafe.Sizeof(t)); need > len(s.scratch) {
		m, err := (*Device)(nil).Alloc(need)
		if err != nil {
			panic(err)
		}
		s.scratch = m.Host
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(s.scratch))), n)
}
