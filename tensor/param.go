package tensor

import (
	"fmt"
	"slices"
	"sync"

	"github.com/braidml/braid/internal/engine"
)

// param is a parameter: values that belong to no pass. They lie on the host until a device first needs them. A window
// of a [Flat] has no memory of its own: base holds it.
type param struct {
	mu     sync.RWMutex // guards what follows, of the base where there is one
	shape  []int
	name   string
	frozen bool

	host Array // values before they are on a device, [n]: Float32, or Float64 once such were set
	dev  *Device
	mem  *engine.Memory

	base  *param // the Flat's vector, nil if the parameter stands alone
	off   int    // elements from its start
	flat  *Flat
	whole bool // it is a vector of flat, not a window of one
}

// NewParam makes a parameter from its first values: a tensor that belongs to no pass, is trained by optimizers,
// and is saved and loaded. It needs no device yet.
func NewParam(data []float32, shape ...int) *Tensor {
	if size(shape) != len(data) || slices.ContainsFunc(shape, func(d int) bool { return d < 0 }) {
		fail("NewParam", fmt.Sprintf("the shape holds %d elements, the data has %d", size(shape), len(data)), shape)
	}
	return &Tensor{param: &param{shape: slices.Clone(shape), host: ArrayOf(slices.Clone(data), len(data))}}
}

// Freeze makes a parameter untrained (and still saved): a running mean, a table of word vectors.
// It returns t. Keras: trainable = False; PyTorch: a buffer, or requires_grad_(False).
func (t *Tensor) Freeze() *Tensor { return t.setFrozen("Freeze", true) }

// Unfreeze makes a parameter trained again, by optimizers made from then on.
func (t *Tensor) Unfreeze() *Tensor { return t.setFrozen("Unfreeze", false) }

func (t *Tensor) setFrozen(op string, v bool) *Tensor {
	t.owned(op).frozen = v
	return t
}

// Frozen reports whether t is a parameter that is not trained.
func (t *Tensor) Frozen() bool { return t.param != nil && t.param.frozen }

// SetName names a parameter in messages ("image.0.weight"); layers.Params does it.
func (t *Tensor) SetName(name string) {
	t.owned("SetName").name = name
}

// Name is the parameter's name, "" if it has none.
func (t *Tensor) Name() string {
	if t.param == nil {
		return ""
	}
	return t.param.name
}

// Set replaces a parameter's value from the host. Shapes must agree.
func (t *Tensor) Set(a Array) error {
	q := t.owned("Set")
	if !slices.Equal(a.Shape(), q.shape) {
		return &Error{Op: "Set", Shapes: [][]int{q.shape, a.Shape()}, Rule: "the parameter " + q.String() + " has another shape"}
	}
	r := q.root()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dev != nil {
		return r.dev.upload(q.window(), a)
	}
	if a.DType() == Float64 && r.host.DType() == Float32 {
		r.host = ArrayOf(r.host.Float64s(), r.host.Len()) // with every bit
	}
	put(r.host.Slice(q.off, q.off+size(q.shape)), a)
	return nil
}

// put copies the elements of src to those of dst, which are real.
func put(dst, src Array) {
	if d, ok := dst.data.([]float32); ok {
		copy(d, src.Floats())
	} else {
		copy(dst.data.([]float64), src.Float64s())
	}
}

// Place moves the values of parameters to d now. Otherwise the first pass that uses a parameter does it;
// a parameter can live on one device at a time.
func (d *Device) Place(params ...*Tensor) error {
	for _, t := range params {
		if t.param == nil {
			fail("Place", "not a parameter", t.Shape())
		}
		if err := t.param.root().place(d); err != nil {
			return err
		}
	}
	return nil
}

func (q *param) String() string {
	if q.name != "" {
		return q.name
	}
	return fmt.Sprint(q.shape)
}

func (q *param) root() *param {
	if q.base != nil {
		return q.base
	}
	return q
}

func (q *param) dtype() DType {
	if d := q.root().dev; d != nil {
		return DType(d.real)
	}
	return Float32
}

// place puts the root q on d, taking its values from the host or from another device.
func (q *param) place(d *Device) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.dev == d {
		return nil
	}
	if err := q.fetch(); err != nil {
		return err
	}
	n := q.host.Len()
	m, err := d.alloc(n * d.real.Size())
	if err != nil {
		return err
	}
	if err := d.upload(engine.Buffer{Mem: m, Len: n, DType: d.real}, q.host); err != nil {
		d.release(m)
		return err
	}
	q.dev, q.mem, q.host = d, m, Array{}
	return nil
}

// fetch brings the root q's values back to the host and frees them on the device.
func (q *param) fetch() error {
	if q.dev == nil {
		return nil
	}
	n := size(q.shape)
	a, err := q.dev.download(engine.Buffer{Mem: q.mem, Len: n, DType: q.dev.real}, []int{n})
	if err != nil {
		return err
	}
	q.host = a
	q.dev.moves.Add(1)
	q.dev.release(q.mem)
	q.dev, q.mem = nil, nil
	return nil
}

// window is q's part of its root's memory, which is on a device.
func (q *param) window() engine.Buffer {
	r := q.root()
	return engine.Buffer{Mem: r.mem, Off: q.off * r.dev.real.Size(), Len: size(q.shape), DType: r.dev.real}
}

// on is q's buffer on d; q is placed there if it is on no device yet.
func (q *param) on(d *Device) (engine.Buffer, error) {
	r := q.root()
	r.mu.RLock()
	dev := r.dev
	r.mu.RUnlock()
	if dev == nil {
		if err := r.place(d); err != nil {
			return engine.Buffer{}, err
		}
	} else if dev != d {
		fail("Use", fmt.Sprintf("the parameter %v lives on another device (%v, the pass is on %v): Device.Place moves it", q, dev, d), q.shape)
	}
	return q.window(), nil
}

// read copies q's values to the host, as float32 while they are on no device.
func (q *param) read() (Array, error) {
	v, err := q.exact()
	if err == nil && v.DType() == Float64 && q.dtype() == Float32 {
		v = ArrayOf(v.Floats(), q.shape...)
	}
	return v, err
}

// exact is read with every bit.
func (q *param) exact() (Array, error) {
	r := q.root()
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.dev != nil {
		return r.dev.download(q.window(), q.shape)
	}
	a, _ := host(r.host.DType().engine(), q.shape)
	put(a, r.host.Slice(q.off, q.off+size(q.shape)))
	return a, nil
}
