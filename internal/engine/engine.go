// Package engine is the seam between tensors and the code that computes.
//
// An engine sees buffers and checked integers. Every shape rule and every message about shapes lives in package
// tensor, so it is written once and not once per engine.
//
// Each operation is one plain struct and one method of [Stream]. A struct is built once, when a plan is made, and run
// many times; on the CUDA engine as one graph. So an operation holds no number that changes from step to step: a
// learning rate or a random offset lives in device memory, named by its Buffer, and Upload changes it before the list
// runs.
//
// Everything is row-major. "Real" is F32, or F64 on engines that have it: all real buffers of one operation have the
// same type. Output buffers do not overlap inputs unless an operation's comment allows it.
package engine

import "errors"

// ErrUnsupported is returned by an engine for a data type, a size or a fused form it has no kernel for,
// before it touches memory.
var ErrUnsupported = errors.New("engine: not supported")

// ErrOutOfMemory is wrapped by Alloc's error.
var ErrOutOfMemory = errors.New("engine: out of memory")

// DType is the element type of a buffer.
type DType uint8

const (
	F32  DType = iota // computation and parameters
	F64               // CPU only: gradient checks
	I32               // labels, token ids, lengths, positions
	U8                // images on their way in, masks, winners of pooling windows
	BF16              // storage only: activations, later
)

// Size is the number of bytes of one element.
func (d DType) Size() int {
	switch d {
	case F64:
		return 8
	case U8:
		return 1
	case BF16:
		return 2
	}
	return 4
}

// Real reports whether d is a floating-point type.
func (d DType) Real() bool { return d == F32 || d == F64 || d == BF16 }

// String is the type's name, "float32".
func (d DType) String() string {
	switch d {
	case F32:
		return "float32"
	case F64:
		return "float64"
	case I32:
		return "int32"
	case U8:
		return "uint8"
	}
	return "bfloat16"
}

// Memory is one allocation. Exactly one of its fields is set.
type Memory struct {
	Host []byte  // CPU engine; starts at a multiple of 64
	Addr uintptr // CUDA engine
	Size int     // bytes asked for
}

// Buffer is a typed window of a Memory. The zero Buffer means "absent" (no bias, no mask).
// It is a value and comparable: two buffers are equal when they are the same bytes read the same way.
type Buffer struct {
	Mem   *Memory
	Off   int // bytes from the start
	Len   int // elements
	DType DType
}

// Absent reports whether b is the zero Buffer.
func (b Buffer) Absent() bool { return b.Mem == nil }

// Bytes is the size of the window.
func (b Buffer) Bytes() int { return b.Len * b.DType.Size() }

// Window is n elements of b from element i on.
func (b Buffer) Window(i, n int) Buffer {
	return Buffer{b.Mem, b.Off + i*b.DType.Size(), n, b.DType}
}

// Device owns memory and makes streams. It is safe for use by several goroutines.
type Device interface {
	Name() string
	Has(DType) bool
	// Alloc returns zeroed memory, or an error that wraps ErrOutOfMemory. Zero bytes are allowed.
	Alloc(bytes int) (*Memory, error)
	Free(*Memory)
	NewStream() (Stream, error)
	// Do calls f where the device's calls must be made: the CUDA engine pins the goroutine to its thread and makes the
	// device current, the CPU engine just calls.
	// Package tensor calls it once for a whole list of operations.
	Do(f func() error) error
	Close() error
}

// Stream runs operations in order. Methods may return before the work is done; a fault in queued work is
// returned by the next Sync, or by the operation itself when the device was opened with Eager.
// A stream belongs to one goroutine at a time; streams of one device may run at once.
//
// Sizes may be zero; an operation on nothing does nothing, and a mean over nothing is NaN.
// An operation that cannot be done returns ErrUnsupported before it touches memory.
type Stream interface {
	Transfer
	Linear
	Conv
	Pool
	Recurrent
	Elementwise
	Reduce
	Loss
	Normalise
	Index
	Random
	Optimise
	Close() error
}

// Transfer moves bytes. Upload may be called with a new src each step: it is not part of what is replayed.
type Transfer interface {
	Upload(dst Buffer, src []byte) error // src, in the machine's byte order, may be reused when it returns
	Download(dst []byte, src Buffer) error
	Copy(Copy) error
	Fill(Fill) error
	Sync() error
}

// Replayer is implemented by a stream that can turn a run of operations into one unit. The CUDA stream does
// (capture, instantiate, launch); the CPU stream does not, and package tensor then just runs the list.
type Replayer interface {
	BeginCapture() error
	EndCapture() (Graph, error)
}

// Graph is a captured run of operations. Launch queues it on the stream that captured it.
type Graph interface {
	Launch() error
	Close() error
}

type (
	// Copy is Y = X, Len elements, with a change of DType where they differ: any of F32, F64, I32, U8 to any other.
	// Reals become integers by truncation towards zero, saturating; NaN becomes 0.
	// Unit divides by 255 (U8 to real: pixels in [0, 1]).
	Copy struct {
		Y, X Buffer
		Unit bool
	}
	// Fill sets every element of Y, of any DType, to Value.
	Fill struct {
		Y     Buffer
		Value float64
	}
)
