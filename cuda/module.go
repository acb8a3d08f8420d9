//go:build linux && cgo && !cpu

package cuda

import (
	"fmt"
	"sync/atomic"

	"github.com/braidml/braid/kernels"
	"gorgonia.org/cu"
)

// entry is a kernel in a loaded module.
type entry struct {
	cu.Function
	shared atomic.Int64 // bytes of dynamic shared memory it may be launched with
}

// plainShared is what every kernel may have; above it the driver wants to be told.
const plainShared = 48 << 10

// entry finds a kernel, and loads its family's image at the first use of the family.
func (d *Device) entry(family, name string) (*entry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.entries[name]; e != nil {
		return e, nil
	}
	m, ok := d.modules[family]
	if !ok {
		var err error
		if m, err = d.load(family); err != nil {
			return nil, err
		}
		d.modules[family] = m
	}
	f, err := m.Function(name)
	if err != nil {
		return nil, fmt.Errorf("cuda: the image of %s has no kernel %s: %w", family, name, failed("cuModuleGetFunction", err))
	}
	e := &entry{Function: f}
	e.shared.Store(plainShared)
	d.entries[name] = e
	return e, nil
}

func (d *Device) load(family string) (cu.Module, error) {
	image, err := kernels.Lookup(family, d.arch/10, d.arch%10)
	if err != nil {
		return cu.Module{}, fmt.Errorf("%w: %w", ErrNoImage, err)
	}
	name := image.Name
	m, err := cu.LoadData(string(image.Data))
	if err == nil {
		return m, nil
	}
	r, _ := code(err)
	switch r {
	case resultUnsupportedPTX:
		return m, fmt.Errorf("%w: %s needs a newer one on sm_%d (driver API %d): %w", ErrOldDriver, name, d.arch, cu.Version(), r)
	case resultNoBinary:
		return m, fmt.Errorf("%w: the driver refuses %s on sm_%d: %w", ErrNoImage, name, d.arch, r)
	}
	return m, fmt.Errorf("cuda: loading %s on sm_%d: %w", name, d.arch, failed("cuModuleLoadData", err))
}

// allow raises the dynamic shared memory of e to bytes.
func (e *entry) allow(bytes int) error {
	if int64(bytes) <= e.shared.Load() {
		return nil
	}
	if err := allowShared(e.Function, bytes); err != nil {
		return failed("cuFuncSetAttribute", err)
	}
	e.shared.Store(int64(bytes))
	return nil
}
