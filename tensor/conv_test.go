package tensor

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// gradientsOf are those of a convolution with pooling for its image, weights and bias, and how much memory its pass holds.
func gradientsOf(t *testing.T, most int) (all [][]float32) {
	t.Helper()
	old := epilogueMost
	epilogueMost = most
	defer func() { epilogueMost = old }()
	dev, err := Open(&Options{Engine: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	rng := rand.New(rand.NewPCG(3, 4))
	random := func(shape ...int) *Tensor {
		x := make([]float32, size(shape))
		for i := range x {
			x[i] = float32(rng.IntN(9) - 4) // so small that sums are exact, in any order
		}
		return NewParam(x, shape...)
	}
	x, w, c, v := random(5, 9, 8, 3), random(4, 3, 3, 3), random(4), random(5, 3, 3, 4)
	for range 2 { // recorded and replayed
		all = nil
		err = dev.Run(Training, func(p *Pass) error {
			y := Conv2D(p.Use(x), p.Use(w), p.Use(c), Conv2DOptions{}).ReLU().MaxPool2D(2, 0, 0)
			for _, g := range p.Gradients(y.Mul(p.Use(v)).Sum(), p.Use(x), p.Use(w), p.Use(c)) {
				all = append(all, slices.Clone(g.Float32s()))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Going back some images at a time gives the same gradients.
func TestConvBackwardInParts(t *testing.T) {
	want := gradientsOf(t, 1<<30)
	one := 7 * 6 * 4 * 4 // bytes of an image's convolution
	for _, most := range []int{0, one, 2 * one, 3*one - 1, 4 * one} {
		for i, g := range gradientsOf(t, most) {
			if !slices.Equal(g, want[i]) {
				t.Errorf("%d bytes at a time: gradient %d is %v, want %v", most, i, g, want[i])
			}
		}
	}
}

// Temporaries are cut from what is free, and what is given back grows together again.
func TestTemporaries(t *testing.T) {
	if each {
		t.Skip("every value has its own memory")
	}
	p := &Pass{dev: CPU()}
	b := &builder{p: p, node: &node{op: flush{}, out: &entry{}}}
	p.values.d = p.dev
	defer p.values.free()
	whole := b.temp(1000, Float32.engine())
	b.done(whole)
	first, second, third := b.temp(100, Float32.engine()), b.temp(333, Float32.engine()), b.temp(555, Float32.engine())
	for i, x := range [][2]int{{first.Off, whole.Off}, {second.Off, first.Off + 448}, {third.Off, second.Off + 1344}} {
		if x[0] != x[1] {
			t.Errorf("temporary %d begins at %d, want %d", i, x[0], x[1])
		}
	}
	b.done(first)
	b.done(third)
	b.done(second)
	if len(b.free) != 1 || b.free[0].Len != aligned(4000) {
		t.Errorf("free is %v, want one piece of %d bytes", b.free, aligned(4000))
	}
}
