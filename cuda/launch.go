//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"

	"github.com/braidml/braid/internal/engine"
	"github.com/braidml/braid/kernels"
)

// launch queues kernel k. A grid without blocks is skipped. Threads of a block and shared bytes are checked by the driver.
// K is a type parameter so that k is not boxed: a launch allocates nothing.
func launch[K kernels.Kernel](s *Stream, k K, grid, block dim, shared int) error {
	return queue(s, k, grid, block, shared, false)
}

// launchTogether is launch of a kernel whose blocks wait for each other: all of them run at once.
func launchTogether[K kernels.Kernel](s *Stream, k K, grid, block dim, shared int) error {
	return queue(s, k, grid, block, shared, true)
}

func queue[K kernels.Kernel](s *Stream, k K, grid, block dim, shared int, together bool) error {
	grid.y, grid.z, block.y, block.z = orOne(grid.y), orOne(grid.z), orOne(block.y), orOne(block.z)
	if grid.x <= 0 {
		return nil
	}
	name := k.Name()
	e := s.entries[name]
	if e == nil {
		var err error
		if e, err = s.dev.entry(k.Family(), name); err != nil {
			return err
		}
		s.entries[name] = e
	}
	if err := e.allow(shared); err != nil {
		return err
	}
	now := launched{name, grid, block, shared}
	if err := start(e.Function, s.queue, grid, block, shared, s.slots, k.Pack(s.slots), together); err != nil {
		return s.failed(now.String(), err)
	}
	return s.queued(now)
}

func orOne(n int) int {
	if n == 0 {
		return 1
	}
	return n
}

// launched is what a stream did last: a kernel and the shape it ran with, or something else that has only a name.
type launched struct {
	name        string
	grid, block dim
	shared      int
}

func (l launched) String() string {
	if l.grid.x == 0 {
		return l.name
	}
	return fmt.Sprintf("%s with grid %d x %d x %d, block %d x %d x %d, %d bytes shared",
		l.name, l.grid.x, l.grid.y, l.grid.z, l.block.x, l.block.y, l.block.z, l.shared)
}

// spread is a grid for a loop over n elements whose stride is the grid: as many blocks as the GPU keeps busy, not more.
func (d *Device) spread(n, threads int) dim {
	const blocksPerUnit = 2048 / 256 // threads that an SM holds, in the blocks of elementwise kernels
	return dim{x: min((n+threads-1)/threads, d.units*blocksPerUnit)}
}

// addr is where b's first element lies; 0 if b is absent.
func addr(b engine.Buffer) uint64 {
	if b.Absent() {
		return 0
	}
	return uint64(b.Mem.Addr) + uint64(b.Off)
}

// onlyF32 reports whether every buffer that is present is float32.
func onlyF32(buffers ...engine.Buffer) bool { return allOf(engine.F32, buffers...) }

func allOf(t engine.DType, buffers ...engine.Buffer) bool {
	for _, b := range buffers {
		if !b.Absent() && b.DType != t {
			return false
		}
	}
	return true
}
