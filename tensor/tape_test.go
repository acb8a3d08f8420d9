package tensor

import (
	"fmt"
	"slices"
	"testing"
)

// The tape says what was recorded, each after what it reads, with its settings.
func TestTape(t *testing.T) {
	w := NewParam(make([]float32, 12), 4, 3)
	err := Shapes(Inference, func(p *Pass) error {
		x := From(p, []float32{1, 2, 3, 4, 5, 6}, 2, 3)
		y := x.Linear(w, nil).LeakyReLU()
		z := y.Transpose(1, 0).Slice(0, 1, 3).Flip(1).Sum(0)
		ops, at := p.Tape(z, x, w)
		var got []string
		for _, o := range ops {
			keys := []string{}
			for k, v := range o.Number {
				keys = append(keys, fmt.Sprint(k, v))
			}
			slices.Sort(keys)
			got = append(got, fmt.Sprint(o.Op, o.In, o.Shape, keys))
		}
		want := []string{"input[] [2 3] []", "parameter[] [4 3] []", "linear[0 1] [2 4] []", "leakyrelu[2] [2 4] [a[0.2] b[0]]",
			"transpose[3] [4 2] [order[1 0]]", "slice[4] [2 2] [dim[0] from[1]]", "flip[5] [2 2] [dims[1]]", "sum[6] [2] [dims[0]]"}
		if !slices.Equal(got, want) {
			t.Errorf("the tape is\n%q, want\n%q", got, want)
		}
		if !slices.Equal(at, []int{7, 0, 1}) || ops[1].Param.Len() != 12 || ops[0].Value.Floats()[5] != 6 {
			t.Errorf("the values stand at %v, %v", at, ops[0].Value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
