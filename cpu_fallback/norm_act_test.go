package cpu

import (
	"math"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// TestActivateRow: the row forms give what the single functions give, special values too: bit for bit, but for tanh and
// sigmoid, whose vectors round a number in a hundred the other way. Only ReLU may lose the sign of a zero.
func TestActivateRow(t *testing.T) {
	inf := float32(math.Inf(1))
	x := []float32{0, float32(math.Copysign(0, -1)), 1, -1, 1e-30, -1e-30, 1e-45, 20, -20, 100, -100, inf, -inf, float32(math.NaN())}
	for i := range 200 {
		x = append(x, float32(i-100)/17)
	}
	for act := engine.ActNone; act <= engine.ActSigmoid; act++ {
		y := append([]float32(nil), x...)
		activateRow(act, y)
		dz := actGradRow(act, make([]float32, len(x)), x, y)
		for i, v := range x {
			want := activate(act, v)
			if near := act >= engine.ActTanh && ulpsOff(y[i], float64(want)) <= 1; !near && !sameFloat(y[i], want) {
				t.Errorf("activation %d of %v is %v, want %v", act, v, y[i], want)
			}
			if want := actGrad(act, v, y[i]); !sameFloat(dz[i], want) {
				t.Errorf("gradient of activation %d at %v is %v, want %v", act, y[i], dz[i], want)
			}
		}
	}
	if sameFloat(1, 1+0x1p-23) || sameFloat(1, float32(math.NaN())) {
		t.Error("the comparison cannot fail")
	}
}

func sameFloat(a, b float32) bool { return a == b || a != a && b != b }

func BenchmarkTanhRow(b *testing.B) {
	x, y := make([]float32, 4096), make([]float32, 4096)
	for i := range x {
		x[i] = float32(i%64-32) / 16
	}
	b.SetBytes(4 * 4096)
	for b.Loop() {
		copy(y, x)
		activateRow(engine.ActTanh, y)
	}
}
