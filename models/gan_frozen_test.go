package models

import (
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// weightGradients are the operations that compute gradients of convolutions' weights.
func weightGradients(ops []string) (list []string) {
	for _, op := range ops {
		if strings.Contains(op, "weights bwd") {
			list = append(list, op)
		}
	}
	return list
}

// While one half learns, nothing of the other's is differentiated: its optimizer's rate is zero here, so that any change
// of it would be the other one's doing, and there is no operation that computes a gradient of its weights.
func TestGANFrozen(t *testing.T) {
	for name, c := range gans() {
		t.Run(name, func(t *testing.T) {
			image, text := ganInputs(c, 4)
			for _, half := range []string{"generator", "discriminator"} {
				dev := open(t)
				g := NewGAN(newRand(), c)
				still := optim.SGD{LR: 0.1}
				g.OptG, g.OptD = optim.New(layers.Params(g.Generator), still), optim.New(layers.Params(g.Discriminator), still)
				if half == "generator" {
					g.OptD.SetLR(0)
				} else {
					g.OptG.SetLR(0)
				}
				before := layers.State(g)
				stepGAN(t, dev, g, image, text, 0)
				after := layers.State(g)
				changed := false
				for name, p := range layers.Params(g) {
					same := slices.Equal(before[name].Floats(), after[name].Floats())
					if p.Frozen() {
						continue
					}
					if strings.HasPrefix(name, half) {
						changed = changed || !same
					} else if !same {
						t.Errorf("%s changed while the %s learned", name, half)
					}
				}
				if !changed {
					t.Errorf("the %s did not learn", half)
				}
			}
		})
	}
}

// The operations of a whole step: each convolution of a half has one gradient of its weights for every image batch that
// the half learns from, and none for the batches that it only passes on.
func TestGANOps(t *testing.T) {
	dev := open(t)
	c := smallGAN()
	g := NewGAN(newRand(), c)
	image, _ := ganInputs(c, 4)
	var ops []string
	err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
		g.Step(p.Input(image), nil)
		if err := p.Sync(); err != nil {
			return err
		}
		ops = p.Ops()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	updates := 0
	var inD, inG []string
	for _, op := range ops {
		if strings.HasPrefix(op, "adam") {
			updates++
			continue
		}
		if updates == 0 {
			inD = append(inD, op)
		} else {
			inG = append(inG, op)
		}
	}
	if updates != 2 {
		t.Fatalf("%d updates, want 2:\n%s", updates, strings.Join(ops, "\n"))
	}
	count := func(ops []string, prefix string) (n int) {
		for _, op := range weightGradients(ops) {
			if strings.HasPrefix(op, prefix) {
				n++
			}
		}
		return n
	}
	// The discriminator learns from the real and the drawn batch, by two convolutions each; the generator from one.
	for _, x := range []struct {
		what, prefix string
		ops          []string
		want         int
	}{
		{"the discriminator's loss, discriminator", "conv2d", inD, 4}, {"the discriminator's loss, generator", "convtranspose2d", inD, 0},
		{"the generator's loss, discriminator", "conv2d", inG, 0}, {"the generator's loss, generator", "convtranspose2d", inG, 2},
	} {
		if got := count(x.ops, x.prefix); got != x.want {
			t.Errorf("%s: %d gradients of convolutions' weights, want %d", x.what, got, x.want)
		}
	}
	// What is frozen hands the gradient of its input on, and that is all: by two convolutions and the Dense head, through the
	// activation below it.
	data, head := 0, 0
	for _, op := range inG {
		if strings.HasPrefix(op, "conv2d data bwd") {
			data++
		} else if strings.HasPrefix(op, "linear+leakyrelu' bwd") && strings.HasSuffix(op, "-> [4 1]") {
			head++
		}
	}
	if data != 2 || head != 1 {
		t.Errorf("%d and %d gradients of the discriminator's layers, want 2 and 1:\n%s", data, head, strings.Join(inG, "\n"))
	}
}
