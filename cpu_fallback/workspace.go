package cpu

import (
	"sync"
	"unsafe"
)

// idle keeps workspaces for packed operands between operations. Pieces borrow them, so they cannot belong to a stream;
// and a sync.Pool would drop megabytes at every garbage collection, to be cleared and faulted in again.
var idle struct {
	sync.Mutex
	list [][]byte
}

const idleMost = 64 // workspaces kept; the smallest is dropped

// borrow is a workspace of n elements, not zeroed, that starts at a cache line. T holds no pointers. Give it back with
// giveBack.
func borrow[T any](n int) []T {
	var t T
	need := n * int(unsafe.Sizeof(t))
	idle.Lock()
	best := -1
	for i, b := range idle.list {
		if len(b) >= need && (best < 0 || len(b) < len(idle.list[best])) {
			best = i
		}
	}
	var raw []byte
	if best >= 0 {
		last := len(idle.list) - 1
		raw = idle.list[best]
		idle.list[best], idle.list[last] = idle.list[last], nil
		idle.list = idle.list[:last]
	}
	idle.Unlock()
	if raw == nil {
		m, err := (*Device)(nil).Alloc((need + 4095) &^ 4095)
		if err != nil {
			panic(err)
		}
		raw = m.Host
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(raw))), len(raw)/int(unsafe.Sizeof(t)))[:n]
}

// giveBack returns what borrow gave. It must be the same slice, from its start.
func giveBack[T any](s []T) {
	var t T
	s = s[:cap(s)]
	raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(t)))
	idle.Lock()
	defer idle.Unlock()
	if len(idle.list) < idleMost {
		idle.list = append(idle.list, raw)
		return
	}
	least := 0
	for i, b := range idle.list {
		if len(b) < len(idle.list[least]) {
			least = i
		}
	}
	if len(raw) > len(idle.list[least]) {
		idle.list[least] = raw
	}
}
