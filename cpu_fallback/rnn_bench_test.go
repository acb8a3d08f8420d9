package cpu

import (
	"fmt"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

func BenchmarkRNN(b *testing.B) {
	for _, c := range []rnnCase{{n: 64, t: 20, hidden: 64}, {n: 64, t: 128, hidden: 512}} {
		d, s := c.data(1), &Stream{}
		var g guards
		op := engine.RNN{H: alloc[float32](&g, len(d.z)), Z: realBuffer[float32](&g, d.z), Whh: realBuffer[float32](&g, d.whh),
			N: c.n, T: c.t, Hidden: c.hidden}
		bwd := engine.RNNBwd{DZ: alloc[float32](&g, len(d.z)), DWhh: alloc[float32](&g, len(d.whh)), DH: op.Z, H: op.H,
			Whh: op.Whh, N: c.n, T: c.t, Hidden: c.hidden}
		flops := 2 * float64(c.n*c.t) * float64(c.hidden*c.hidden)
		b.Run(fmt.Sprintf("forward/N%dT%dH%d", c.n, c.t, c.hidden), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.RNN(op); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
		b.Run(fmt.Sprintf("backward/N%dT%dH%d", c.n, c.t, c.hidden), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := s.RNNBwd(bwd); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(2*flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
