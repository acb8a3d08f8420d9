package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"

	"golang.org/x/sys/cpu"

	"github.com/braidml/braid/tensor"
)

type doctorCommand struct {
	deviceFlag
	Parity bool `help:"Also run every operation against float64, and print the largest difference of each."`
}

func rng(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// Run reports and checks.
func (c *doctorCommand) Run(w *world) error {
	fmt.Fprintf(w.out, "go        %s, %s/%s, GOMAXPROCS %d\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	printDiagnosis(w)
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	fmt.Fprintf(w.out, "device    %v\n", dev)
	if isCPU(dev) {
		which := kernels(dev.String(), runtime.GOARCH == "amd64", cpu.X86.HasAVX2 && cpu.X86.HasFMA)
		if most := os.Getenv("BRAID_CPU"); most != "" && runtime.GOARCH == "amd64" {
			which = "none wider than " + most + ", for BRAID_CPU says so"
		}
		fmt.Fprintf(w.out, "kernels   %s\n", which)
	}
	if c.Parity {
		return parity(w, dev)
	}
	worst, err := compare(dev)
	if err != nil {
		return err
	}
	verdict := "ok"
	if !(worst <= 1e-4) {
		verdict = "WRONG"
	}
	fmt.Fprintf(w.out, "numbers   %s: gradients of a convolution, a product and a softmax differ from float64 by at most %.1e\n", verdict, worst)
	if err := speed(w, dev); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("doctor: %v computes wrong numbers", dev)
	}
	return nil
}

// compare runs a small network on dev and in float64, and gives the largest difference of a gradient, relative to the
// largest gradient. Float32 sums of a few hundred terms should agree to about 1e-6.
func compare(dev *tensor.Device) (float64, error) {
	exact, err := tensor.Open(&tensor.Options{Engine: "cpu", Float: tensor.Float64})
	if err != nil {
		return 0, err
	}
	defer exact.Close()
	gradients := func(d *tensor.Device) (all []float64, err error) {
		r := rng(1)
		draw := func(p *tensor.Pass, shape ...int) *tensor.Tensor {
			n := 1
			for _, s := range shape {
				n *= s
			}
			v := make([]float32, n)
			for i := range v {
				v[i] = r.Float32() - .5
			}
			return tensor.From(p, v, shape...)
		}
		err = d.Run(tensor.Training, func(p *tensor.Pass) error {
			x, w := draw(p, 4, 16, 16, 3), draw(p, 16, 3, 3, 3)
			u := draw(p, 10, 7*7*16)
			logits := tensor.Conv2D(x, w, nil, tensor.Conv2DOptions{}).ReLU().MaxPool2D(2, 0, 0).Flatten().Linear(u, nil)
			loss := tensor.CrossEntropy(logits, tensor.From(p, []int32{1, 2, 3, 4}, 4))
			for _, g := range p.Gradients(loss, x, w, u) {
				all = append(all, g.Array().Float64s()...)
			}
			return nil
		})
		return all, err
	}
	want, err := gradients(exact)
	if err != nil {
		return 0, err
	}
	got, err := gradients(dev)
	if err != nil {
		return 0, err
	}
	worst, scale := 0.0, 0.0
	for i := range want {
		d := math.Abs(got[i] - want[i])
		if math.IsNaN(d) {
			return math.NaN(), nil
		}
		worst, scale = max(worst, d), max(scale, math.Abs(want[i]))
	}
	return worst / scale, nil
}
