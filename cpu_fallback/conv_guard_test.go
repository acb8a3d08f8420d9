package cpu

import (
	"fmt"
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// guards are the buffers of a test. Before and after each lie bytes that nobody may write; read as real numbers they
// are NaN, so that reading them shows too.
type guards []engine.Buffer

const guardBytes, guardValue = 128, 0xFF

// alloc is a guarded buffer of n elements. They are NaN too: an operation must set all of its output.
func alloc[T number](g *guards, n int) engine.Buffer {
	var t T
	b := engine.Buffer{Off: guardBytes, Len: n}
	switch any(t).(type) {
	case float32:
		b.DType = engine.F32
	case float64:
		b.DType = engine.F64
	case int32:
		b.DType = engine.I32
	case uint8:
		b.DType = engine.U8
	}
	var err error
	if b.Mem, err = New().Alloc(n*int(unsafe.Sizeof(t)) + 2*guardBytes); err != nil {
		panic(err)
	}
	setAll(b.Mem.Host, guardValue)
	*g = append(*g, b)
	return b
}

// check finds out whether a guard was written over.
func (g guards) check() error {
	for i, b := range g {
		for at, v := range b.Mem.Host {
			if inside := at >= b.Off && at < b.Off+b.Bytes(); !inside && v != guardValue {
				return fmt.Errorf("buffer %d (%d x %s): byte %d from its start was written", i, b.Len, b.DType, at-b.Off)
			}
		}
	}
	return nil
}
