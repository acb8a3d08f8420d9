package cases

import (
	"fmt"
	"math/rand/v2"

	"github.com/braidml/braid/bench/wire"
	"github.com/braidml/braid/tensor"
)

// trainings are whole training steps: forward, all gradients, Adam. What is compared: the loss of the first step, all
// gradients of it (by Adam's first moment), and the losses of the two steps after it.
func trainings(precision string) (all []Case) {
	add := func(name, op string, batch int, flops float64, memory int64, data func(rng *rand.Rand) Tensors) {
		all = append(all, Case{
			Case:  wire.Case{Name: fmt.Sprintf("step of %s batch %d", name, batch), Kind: "step", Op: op, Sizes: map[string]int{"batch": batch}},
			Flops: flops * float64(batch), Items: batch, Tolerance: stepTolerance(precision), Memory: memory, Fresh: true, Quick: op == "fusion",
			Inputs: func(rng *rand.Rand) (Tensors, error) {
				t := data(rng)
				t.parameters("p.", NewModel(op, rng))
				return t, nil
			},
		})
	}
	for _, batch := range []int{32, 8} {
		add("the Keras listing 224x224", "listing", batch, listingFlops(), int64(batch)*200e6+1e9, func(rng *rand.Rand) Tensors {
			return Tensors{"image": shifted(Reals(rng, batch, 224, 224, 3)), "text": Reals(rng, batch, ListingText), "label": Below(rng, ListingClasses, batch)}
		})
	}
	add("the fusion model 32x32", "fusion", 64, fusionFlops(), 1.2e9, func(rng *rand.Rand) Tensors {
		return Tensors{"image": shifted(Reals(rng, 64, 32, 32, 3)), "text": questions(rng, 64), "label": Below(rng, FusionClasses, 64)}
	})
	add("DCGAN 32x32", "dcgan", 128, dcganFlops(), 1.5e9, func(rng *rand.Rand) Tensors {
		return Tensors{"image": shifted(Reals(rng, 128, 32, 32, 3)), "z": Reals(rng, 128, 64)}
	})
	add("the autoencoder 28x28", "autoencoder", 128, autoencoderFlops(), 1.2e9, func(rng *rand.Rand) Tensors {
		return Tensors{"image": shifted(Reals(rng, 128, 28, 28, 1))}
	})
	return all
}

// stepTolerance: gradients come through a dozen layers, some of them normalised by statistics of thousands of numbers, so
// that rounding errors are some hundreds of units in the last place. Adam makes a step of full length out of a gradient
// near zero, whatever its sign: later losses are looser.
func stepTolerance(precision string) Tolerance {
	if precision != "fp32" {
		return Tolerance{"loss": {Relative: 2e-2}, "later": {Relative: 0.1}, "grad": {Relative: 0.2, Whole: true}}
	}
	return Tolerance{"loss": {Relative: 1e-4}, "later": {Relative: 2e-2}, "grad": {Relative: 1e-2, Whole: true}}
}

// questions are n texts of three to all of FusionTime words, then padding.
func questions(rng *rand.Rand, n int) tensor.Array {
	v := make([]int32, n*FusionTime)
	for row := range n {
		for i := range 3 + rng.IntN(FusionTime-2) {
			v[row*FusionTime+i] = 1 + rng.Int32N(FusionWords-1)
		}
	}
	return tensor.ArrayOf(v, n, FusionTime)
}

// product counts the operations of a layer's product in training: forward, gradient of the weights, and gradient of the
// input where a layer is before it.
func product(multiplications int, passes int) float64 {
	return 2 * float64(multiplications) * float64(passes)
}

func listingFlops() float64 {
	return product(222*222*64*27, 2) + product(220*220*128*64*9, 3) + product((110*110*128+128)*10, 3) +
		product(ListingText*256, 2) + product(256*128, 3)
}

func fusionFlops() float64 {
	return product(32*32*16*27, 2) + product(16*16*32*16*9, 3) + product(8*8*64*32*9, 3) +
		product(FusionTime*64*(32+64), 3) + product(3*64*64+64*128+128*13, 3)
}

// dcganFlops are those of an iteration: the generator once forwards and once backwards; the discriminator forwards on real,
// drawn and drawn images, backwards with gradients of the weights on the first two and of the input on the last.
func dcganFlops() float64 {
	g := 64*4096 + 8*8*128*256*4 + 16*16*64*128*4 + 32*32*3*64*4
	first, d := 16*16*64*48, 8*8*128*64*16+4*4*256*128*16+4096
	return product(g, 3) + product(first, 3+2+1) + product(d, 3+4+1)
}

func autoencoderFlops() float64 {
	return product(14*14*32*16, 2) + product(7*7*64*32*16, 3) + product(2*3136*64, 3) + product(14*14*64*32*4, 3) + product(28*28*32*4, 3)
}
