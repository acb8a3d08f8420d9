package tensor

import (
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// raw is the bytes of s, in the machine's order.
func raw[T Elem](s []T) []byte {
	var v T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(v)))
}

// bytesAs is a's elements as bytes of type t; reals are converted, into *scratch if that has room.
func bytesAs(a Array, t engine.DType, scratch *[]byte) []byte {
	switch d := a.data.(type) {
	case []int32:
		return raw(d)
	case []uint8:
		return d
	case []float32:
		if t == engine.F32 {
			return raw(d)
		}
	case []float64:
		if t == engine.F64 {
			return raw(d)
		}
	}
	need := a.Len() * t.Size()
	if cap(*scratch) < need {
		*scratch = raw(make([]float64, (need+7)/8)) // aligned for any element
	}
	b := (*scratch)[:need]
	if need == 0 {
		return b
	}
	if t == engine.F64 {
		for i, v := range a.data.([]float32) {
			unsafe.Slice((*float64)(unsafe.Pointer(&b[0])), a.Len())[i] = float64(v)
		}
	} else {
		for i, v := range a.data.([]float64) {
			unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), a.Len())[i] = float32(v)
		}
	}
	return b
}

// host makes an array of the given type and shape, and the bytes it lies in.
func host(t engine.DType, shape []int) (Array, []byte) {
	n := size(shape)
	switch t {
	case engine.F64:
		v := make([]float64, n)
		return ArrayOf(v, shape...), raw(v)
	case engine.I32:
		v := make([]int32, n)
		return ArrayOf(v, shape...), raw(v)
	case engine.U8:
		v := make([]uint8, n)
		return ArrayOf(v, shape...), v
	}
	v := make([]float32, n)
	return ArrayOf(v, shape...), raw(v)
}

// upload and download move values outside of passes.
func (d *Device) upload(b engine.Buffer, a Array) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var scratch []byte
	src := bytesAs(a, b.DType, &scratch)
	return d.eng.Do(func() error {
		if err := d.side.Upload(b, src); err != nil {
			return err
		}
		return d.side.Sync()
	})
}

func (d *Device) download(b engine.Buffer, shape []int) (Array, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, dst := host(b.DType, shape)
	err := d.eng.Do(func() error {
		if err := d.side.Download(dst, b); err != nil {
			return err
		}
		return d.side.Sync()
	})
	return a, err
}
