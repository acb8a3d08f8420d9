package gorgonia

import (
	"testing"

	"github.com/braidml/braid/tensor"
	g "gorgonia.org/tensor"
)

// TestDefaultDevice runs every operation on the build's own device, which is a GPU or the emulated one where there is one.
func TestDefaultDevice(t *testing.T) {
	dev, err := tensor.Default()
	if err != nil {
		t.Skip(err)
	}
	e := Engine{Device: dev}
	for _, o := range operations() {
		a, b := on(columnMajor(t, m, n, g.Float32), e), plain(t, m, n, g.Float32)
		r, err := o.call(a, b)
		if err != nil {
			t.Fatal(err)
		}
		o.roundings *= 2 // CUDA's division and powf
		if err := o.check(g.Float32, values(t, r), values(t, a), values(t, b), nil); err != nil {
			t.Errorf("%s on %v: %v", o.name, dev, err)
		}
	}
	a, b, c := plain(t, m, k, g.Float32), columnMajor(t, k, n, g.Float32), plain(t, m, n, g.Float32)
	if err := e.MatMul(a, b, c); err != nil {
		t.Fatal(err)
	}
	if err := checkProduct(t, a, b, c); err != nil {
		t.Errorf("MatMul on %v: %v", dev, err)
	}
}
