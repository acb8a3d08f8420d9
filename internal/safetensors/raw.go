package safetensors

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/braidml/braid/tensor"
)

// bigEndian machines turn the bytes of each element; a test plays one.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// raw is the bytes of v, in the machine's order.
func raw[T tensor.Elem](v []T) []byte {
	var x T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(x)))
}

// swap turns elements of size bytes between the file's order and the machine's.
func swap(b []byte, size int) {
	if !bigEndian {
		return
	}
	for ; len(b) > 0; b = b[size:] {
		slices.Reverse(b[:size])
	}
}
