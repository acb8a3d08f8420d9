package tensor

import (
	"unsafe"

	"github.com/braidml/braid/internal/engine"
)

// View calls f with what [Tensor.Array] gives of a parameter, without a copy where the values lie in host memory. f must
// not change or keep them, nor use the parameter otherwise.
func (t *Tensor) View(f func(values Array) error) error {
	q := t.owned("View")
	r := q.root()
	r.mu.RLock()
	defer r.mu.RUnlock()
	a, ok := q.inPlace()
	if !ok {
		var err error
		if a, err = r.dev.download(q.window(), q.shape); err != nil {
			return err
		}
	}
	if a.DType() == Float64 && q.dtype() == Float32 {
		a = ArrayOf(a.Floats(), q.shape...)
	}
	return f(a)
}

// SetFunc lets f set all of a parameter's values, a Float32 or Float64 array of its shape. Where they lie in host memory
// the array is that memory, without a copy: what f wrote before it failed then stays. What the array holds before is not
// specified. f must not keep it, nor use the parameter otherwise.
func (t *Tensor) SetFunc(f func(values Array) error) error {
	q := t.owned("SetFunc")
	r := q.root()
	r.mu.Lock()
	defer r.mu.Unlock()
	if a, ok := q.inPlace(); ok {
		return f(a)
	}
	a, _ := host(r.dev.real, q.shape)
	if err := f(a); err != nil {
		return err
	}
	return r.dev.upload(q.window(), a)
}

func (t *Tensor) owned(op string) *param {
	if t.param == nil {
		fail(op, "not a parameter", t.Shape())
	}
	return t.param
}

// inPlace is q's own memory as an array; ok is false where the host cannot reach it.
func (q *param) inPlace() (a Array, ok bool) {
	r, n := q.root(), size(q.shape)
	if r.dev == nil {
		return r.host.Slice(q.off, q.off+n).Reshape(q.shape...), true
	}
	w := q.window()
	if n > 0 && w.Mem.Host == nil {
		return Array{}, false
	}
	b := w.Mem.Host[w.Off : w.Off+w.Bytes()]
	if w.DType == engine.F64 {
		return ArrayOf(unsafe.Slice((*float64)(unsafe.Pointer(unsafe.SliceData(b))), n), q.shape...), true
	}
	return ArrayOf(unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), n), q.shape...), true
}
