package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/braidml/braid/bench/ceiling"
	"github.com/braidml/braid/tensor"
)

func isCPU(dev *tensor.Device) bool { return strings.HasPrefix(dev.String(), "cpu ") }

// kernels says which of the CPU engine's kernels run, and why these; device is what the engine calls itself.
func kernels(device string, amd64, avx2 bool) string {
	switch {
	case strings.Contains(device, "avx512 kernels"):
		return "AVX-512, the widest there are"
	case strings.Contains(device, "avx2 kernels"):
		return "AVX2: this CPU has no AVX-512 (F, BW, DQ, VL)"
	case strings.Contains(device, "neon kernels"):
		return "NEON; exp, tanh, softmax and Winograd's form are plain Go"
	case amd64 && avx2:
		return "plain Go, for that is how this program was built (-tags purego): several times slower than AVX2, which this CPU has"
	case runtime.GOARCH == "arm64":
		return "plain Go, for that is how this program was built (-tags purego)"
	case amd64:
		return "plain Go: this CPU has no AVX2 with FMA"
	}
	return "plain Go: there are none in assembly for this kind of CPU"
}

// model is the CPU's name, where the system tells.
func model() string {
	text, _ := os.ReadFile("/proc/cpuinfo") // elsewhere there is none
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value) + ", "
		}
	}
	return ""
}

// memory is how much the doctor goes through to see how fast it is: more than most caches hold.
const memory = 384 << 20

// speed measures a product, a convolution and a sum, and on a CPU what they could reach at best: a second in all.
func speed(w *world, dev *tensor.Device) error {
	threads, onCPU := runtime.GOMAXPROCS(0), isCPU(dev)
	const try = 15 * time.Millisecond
	var flops, bytes float64 // at best; 0 where unknown
	if onCPU {
		if c, ok := ceiling.Arithmetic(threads, try); ok {
			flops = c.Rate
		}
		bytes = ceiling.Memory(threads, memory, try).Rate
	}
	product, err := rate(dev, 2*1024*1024*1024, func(p *tensor.Pass) func() {
		x := p.Uniform(1024, 1024)
		return func() { x.MatMul(x) }
	})
	if err != nil {
		return err
	}
	convolution, err := rate(dev, 2*8*30*30*128*9*64, func(p *tensor.Pass) func() {
		x, filters := p.Uniform(8, 32, 32, 64), p.Uniform(128, 3, 3, 64)
		return func() { tensor.Conv2D(x, filters, nil, tensor.Conv2DOptions{}) }
	})
	if err != nil {
		return err
	}
	const each = 64 << 20
	sum, err := rate(dev, 3*each, func(p *tensor.Pass) func() {
		x, y := p.Uniform(each/4), p.Uniform(each/4)
		return func() { x.Add(y) }
	})
	if err != nil {
		return err
	}
	if onCPU { // once more: the clock may have changed meanwhile. And what a product reaches, the machine can do
		bytes = max(bytes, sum)
		if c, ok := ceiling.Arithmetic(threads, try); ok {
			flops = max(flops, c.Rate, product)
			fmt.Fprintf(w.out, "at best   %s%d threads: %s of multiply-adds, %s through memory\n", model(), threads, gflops(flops), gbytes(bytes))
		} else {
			fmt.Fprintf(w.out, "at best   %s%d threads: %s through memory; multiply-adds are measured with AVX2 and NEON only\n", model(), threads, gbytes(bytes))
		}
	}
	printRate(w.out, "product", gflops(product), product, flops, "1024 x 1024 matrices")
	printRate(w.out, "3x3", gflops(convolution), convolution, flops, "convolution, 8 x 32 x 32 x 64 to 128 channels")
	printRate(w.out, "sum", gbytes(sum), sum, bytes, fmt.Sprintf("of two arrays of %d MB", each>>20))
	return nil
}

func gflops(v float64) string { return round(v/1e9) + " GFLOP/s" }
func gbytes(v float64) string { return round(v/1e9) + " GB/s" }

// round leaves a number the digits that a second measurement would give again.
func round(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// printRate writes a rate, its share of the best if that is known, and what was computed.
func printRate(to io.Writer, name, text string, rate, best float64, of string) {
	if best > 0 {
		text += fmt.Sprintf(", %.0f %%", 100*rate/best)
		if rate > best { // only the convolution can be
			of += " (in Winograd's form, which multiplies less than is counted)"
		}
	}
	fmt.Fprintf(to, "%-9s %s: %s\n", name, text, of)
}

// rate is the work a second of what ready returns, the best within a sixth of a second. The first run makes the plan, and
// counts only where it is so slow that there is no other.
func rate(dev *tensor.Device, work float64, ready func(*tensor.Pass) func()) (best float64, err error) {
	total := stopwatch()
	for i := 0; i == 0 || total() < 1./6; i++ {
		err := dev.Run(tensor.Inference, func(p *tensor.Pass) error {
			f := ready(p)
			if err := p.Sync(); err != nil {
				return err
			}
			clock := stopwatch()
			f()
			if err := p.Sync(); err != nil {
				return err
			}
			if v := work / clock(); i > 1 {
				best = max(best, v)
			} else {
				best = v
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return best, nil
}
