package tensor

import (
	"os"

	"github.com/braidml/braid/internal/engine"
)

// An arena hands out device memory for one pass. Chunks never move and are kept from step to step; a mark is a place in
// them. A value's address follows from the mark its plan began with, so the same tape meets the same addresses again.
type arena struct {
	d      *Device
	chunks []*engine.Memory
}

type mark struct{ chunk, off int }

const (
	alignment  = 64      // a cache line; also what vector loads and tensor cores ask for
	firstChunk = 1 << 20 // bytes; each further chunk is twice as large, up to lastChunk
	lastChunk  = 1 << 28
)

// each gives every value its own allocation: an emulated device then sees what runs over a value's end.
var each = os.Getenv("BRAID_ALLOC") == "each"

// aligned is how many bytes a value takes.
func aligned(bytes int) int {
	if each {
		return bytes
	}
	return (bytes + alignment - 1) &^ (alignment - 1)
}

// alloc takes n elements at m and moves m behind them.
func (a *arena) alloc(m *mark, n int, t engine.DType) (engine.Buffer, error) {
	bytes := aligned(n * t.Size())
	if each {
		*m = mark{len(a.chunks), 0}
	}
	for m.chunk < len(a.chunks) && m.off+bytes > a.chunks[m.chunk].Size {
		*m = mark{m.chunk + 1, 0}
	}
	if m.chunk == len(a.chunks) {
		size := bytes
		if !each {
			size = max(bytes, min(firstChunk<<min(m.chunk, 16), lastChunk))
		}
		mem, err := a.d.alloc(size)
		if err != nil {
			return engine.Buffer{}, err
		}
		a.chunks = append(a.chunks, mem)
	}
	b := engine.Buffer{Mem: a.chunks[m.chunk], Off: m.off, Len: n, DType: t}
	m.off += bytes
	return b, nil
}

func (a *arena) free() {
	for _, m := range a.chunks {
		a.d.release(m)
	}
	a.chunks = nil
}
