package layers

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/braidml/braid/tensor"
)

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// mistake is the message of the *tensor.Error that f panics with.
func mistake(t *testing.T, f func()) string {
	t.Helper()
	err := tensor.Try(func() error { f(); return nil })
	if err == nil {
		t.Fatal("no panic")
	}
	return err.Error()
}

func wantMistake(t *testing.T, want string, f func()) {
	t.Helper()
	if got := mistake(t, f); !strings.Contains(got, want) {
		t.Errorf("the message is %q, want %q in it", got, want)
	}
}

func namesOf(m any) []string {
	var names []string
	for name := range Params(m) {
		names = append(names, name)
	}
	return names
}

func param() *tensor.Tensor { return tensor.NewParam([]float32{1, 2}, 2) }

type inner struct{ Weight *tensor.Tensor }

type holder struct{ W, b *tensor.Tensor }

func TestParamsNames(t *testing.T) {
	shared := param()
	type embedded struct{ Bias *tensor.Tensor }
	type model struct {
		ImageDecoder Layer
		RNNOut       *inner
		W2           *tensor.Tensor `param:"second"`
		Skipped      *inner         `param:"-"`
		Alias, Again *tensor.Tensor
		Nothing      *inner
		Parts        map[string]any
		ByNumber     map[int]*inner
		Pair         [2]*tensor.Tensor
		embedded
		Vectors []float32
		Name    string
		mu      sync.Mutex
		act     Layer
	}
	m := &model{
		ImageDecoder: Sequential{NewDense(newRand(), 2, 2), ReLU, Residual{Body: NewDense(newRand(), 2, 2)}},
		RNNOut:       &inner{param()},
		W2:           param(),
		Skipped:      &inner{param()},
		Alias:        shared, Again: shared,
		Parts:    map[string]any{"b": &inner{param()}, "a": inner{param()}, "c": 3},
		ByNumber: map[int]*inner{10: {param()}, 9: {param()}},
		Pair:     [2]*tensor.Tensor{nil, param()},
		embedded: embedded{param()},
		act:      ReLU,
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	want := []string{
		"image_decoder.0.weight", "image_decoder.0.bias", "image_decoder.2.body.weight", "image_decoder.2.body.bias",
		"rnn_out.weight", "second", "alias", "parts.a.weight", "parts.b.weight", "by_number.9.weight", "by_number.10.weight",
		"pair.1", "bias",
	}
	if got := namesOf(m); !slices.Equal(got, want) {
		t.Errorf("names\n%q, want\n%q", got, want)
	}
	if got := shared.Name(); got != "alias" {
		t.Errorf("the shared tensor is named %q, want its first name", got)
	}
	for name := range Params(m) { // a break ends the walk
		if name == "second" {
			break
		}
	}
}

func TestParamsCycle(t *testing.T) {
	type node struct {
		W    *tensor.Tensor
		Next *node
	}
	a := &node{W: param()}
	a.Next = &node{W: param(), Next: a}
	if got, want := namesOf(a), []string{"w", "next.w"}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	loop := Sequential{nil, NewDense(newRand(), 1, 1)}
	loop[0] = loop
	if got, want := namesOf(loop), []string{"1.weight", "1.bias"}; !slices.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
}

func TestParamsHidden(t *testing.T) {
	type inSlice struct{ layers []Layer }
	type deep struct{ Inner struct{ secret any } }
	type tagged struct {
		W *tensor.Tensor
		b *tensor.Tensor `param:"-"`
	}
	type alias struct {
		first *Dense
		All   []*Dense
	}
	wantMistake(t, "field layers.holder.b is unexported", func() { namesOf(&holder{param(), param()}) })
	wantMistake(t, "inSlice.layers is unexported", func() { namesOf(inSlice{[]Layer{NewDense(newRand(), 1, 1)}}) })
	wantMistake(t, "secret is unexported", func() {
		var d deep
		d.Inner.secret = map[string]*holder{"x": {W: param()}}
		namesOf(d)
	})
	if got := namesOf(&holder{W: param()}); len(got) != 1 {
		t.Errorf("a nil tensor in an unexported field: names %q, want w", got)
	}
	if got := namesOf(tagged{param(), param()}); !slices.Equal(got, []string{"w"}) {
		t.Errorf("a tagged field: names %q, want w", got)
	}
	d := NewDense(newRand(), 1, 1)
	if got := namesOf(alias{d, []*Dense{d}}); len(got) != 2 {
		t.Errorf("an unexported alias of an exported layer: names %q, want two", got)
	}
}

func TestParamsDuplicates(t *testing.T) {
	type model struct {
		A *tensor.Tensor `param:"w"`
		W *tensor.Tensor
	}
	wantMistake(t, `two parameters of layers.model are named "w"`, func() { namesOf(model{param(), param()}) })
}

func TestParamsNothing(t *testing.T) {
	for _, m := range []any{nil, 3, "x", (*Dense)(nil), struct{}{}, ReLU, Sequential{}} {
		if got := namesOf(m); len(got) != 0 {
			t.Errorf("%T has parameters %q", m, got)
		}
	}
}

func TestSnake(t *testing.T) {
	for in, want := range map[string]string{
		"Weight": "weight", "ImageDecoder": "image_decoder", "RNNOut": "rnn_out", "Conv1": "conv1", "OptG": "opt_g", "A": "a",
		"WIH": "wih", "Text_Encoder": "text_encoder",
	} {
		if got := snake(in); got != want {
			t.Errorf("snake(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestCountAndFreeze(t *testing.T) {
	m := Sequential{NewDense(newRand(), 3, 4), NewBatchNorm(4)}
	if got := Count(m); got != 3*4+4+2*4 {
		t.Errorf("Count = %d, want 24: running means are not trained", got)
	}
	Freeze(m)
	if got := Count(m); got != 0 {
		t.Errorf("Count = %d after Freeze, want 0", got)
	}
	Unfreeze(m)
	if got := Count(m); got != 24 {
		t.Errorf("Count = %d after Unfreeze, want 24", got)
	}
	Unfreeze(Residual{Body: m})
	if b := m[1].(*BatchNorm); !b.Mean.Frozen() || !b.Var.Frozen() {
		t.Error("Unfreeze made running statistics trainable")
	}
}

// The order is the same in every run: optimizers and files rely on it.
func TestParamsOrder(t *testing.T) {
	m := map[string]*inner{}
	for i := range 50 {
		m[fmt.Sprintf("%02d", i)] = &inner{param()}
	}
	first := namesOf(m)
	if !slices.IsSorted(first) || len(first) != 50 {
		t.Fatalf("names of a map: %q", first)
	}
	for range 5 {
		if !slices.Equal(namesOf(m), first) {
			t.Fatal("another order")
		}
	}
}
