package cpu

import (
	"syscall"
	"unsafe"
)

// hugePage is the size of x86's and arm64's large pages.
const hugePage = 2 << 20

// preferHuge asks the system to back memory by large pages, of which the processor remembers more at a time. It is a
// wish: systems without them go on as before.
func preferHuge(b []byte) {
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))) & (hugePage - 1)
	if size := (len(b) - skip) &^ (hugePage - 1); size > 0 {
		_ = syscall.Madvise(b[skip:skip+size], syscall.MADV_HUGEPAGE)
	}
}
