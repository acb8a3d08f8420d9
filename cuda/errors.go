//go:build linux && cgo && !cpu

package cuda

import (
	"errors"
	"fmt"
	"reflect"

	"gorgonia.org/cu"
)

// What can be missing. [Open]'s errors wrap one of them.
var (
	ErrNoDevice  = errors.New("cuda: no usable GPU")
	ErrNoDriver  = fmt.Errorf("%w: no NVIDIA driver", ErrNoDevice)
	ErrOldDriver = errors.New("cuda: the NVIDIA driver is too old")
	ErrNoImage   = errors.New("cuda: no kernel image for this GPU")
)

// instead says how to go on without a GPU.
const instead = `to compute on the CPU ask for engine "cpu", or build with -tags cpu`

// A result is an error code of the driver.
type result int

const (
	resultOutOfMemory    result = 2
	resultNoDevice       result = 100
	resultNoBinary       result = 209
	resultUnsupportedPTX result = 222
	resultInvalidated    result = 901 // a capture
	resultOldDriver      result = 803 // of user and kernel part the one does not know the other
)

// Error is "an illegal memory access was encountered (CUDA_ERROR_ILLEGAL_ADDRESS)", in the driver's words.
func (r result) Error() string { return describe(r) }

// code is err's number, if err comes from the driver. gorgonia.org/cu does not export the type of its errors.
func code(err error) (result, bool) {
	if r, ok := err.(result); ok {
		return r, true
	}
	if v := reflect.ValueOf(err); v.Kind() == reflect.Int && v.Type().PkgPath() == reflect.TypeFor[cu.Device]().PkgPath() {
		return result(v.Int()), true
	}
	return 0, false
}

// late reports whether r is the fault of a kernel that ran earlier: every call returns it from then on.
func (r result) late() bool {
	switch r {
	case 700, 702, 710, 714, 715, 716, 717, 718, 719: // addresses, time, assertions, instructions, hardware
		return true
	}
	return false
}

// failed is err with what was tried, or nil.
func failed(what string, err error) error {
	if err == nil {
		return nil
	}
	if r, ok := code(err); ok {
		err = r
	}
	return fmt.Errorf("cuda: %s: %w", what, err)
}
