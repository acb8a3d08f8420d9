package kernels

// MaxParams is the largest number of parameters of a kernel.
const MaxParams = 32

// Slots is an argument block: each argument has 8 bytes, whatever its size.
type Slots [MaxParams]uint64

// Kernel is a kernel with its arguments: a generated struct with a field for each parameter.
type Kernel interface {
	Name() string    // in the image
	Family() string  // the image that has it
	MaxThreads() int // the launch bound on threads per block; 0 if there is none
	Pack(*Slots) int // writes the arguments and returns how many there are
}
