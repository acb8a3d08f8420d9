package tensor

import (
	"slices"
	"testing"
)

// TestLossesAreOneCall: loss and gradient come from one call; only a second operand's gradient takes another.
func TestLossesAreOneCall(t *testing.T) {
	p := standard().Pass(Training)
	defer p.Close()
	x, y := p.Full(1, 4, 3), p.Full(.5, 4, 3)
	g := p.Gradients(MSE(x, y), x, y)
	want := []string{"mse [4 3] [4 3] -> []", "ones bwd [] [4 3] [4 3] -> []", "copy bwd [4 3] [4 3] -> []", "neg bwd [4 3] [4 3] -> []"}
	if got := p.Ops()[2:]; !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if a, b := g[0].Float32s()[5], g[1].Float32s()[5]; a != 1./12 || b != -1./12 {
		t.Errorf("gradients %v and %v, want ±1/12", a, b)
	}
}
