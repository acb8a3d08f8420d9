package pytorch

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// python is a Python that has torch and safetensors.
func python(t *testing.T) string {
	p := os.Getenv("BRAID_TORCH")
	if p == "" {
		t.Skip("BRAID_TORCH names no Python with torch and safetensors")
	}
	return p
}

// random are n numbers around 0.
func random(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// twin is a model of ours, what it is given, and how it runs.
type twin struct {
	kind    string
	model   any
	inputs  []tensor.Array
	forward func(x []*tensor.Tensor) *tensor.Tensor
}

func twins(rng *rand.Rand) []twin {
	const n = 3
	images := func(h, w, c int) tensor.Array { return tensor.ArrayOf(random(rng, n*h*w*c), n, h, w, c) }
	tokens := make([]int32, n*6)
	for i := range tokens {
		if i%6 < 2+i/6 { // rows of 2, 3 and 4 words
			tokens[i] = 1 + rng.Int32N(19)
		}
	}
	listing := models.NewListing(rng, 14, 14, 3, 20, 5)
	fusion := models.NewFusion(rng, models.FusionConfig{Image: models.ImageConfig{Flatten: true}, Text: models.TextConfig{Vocab: 20},
		Merge: models.Multiply, Outputs: 3})
	gan := models.NewGAN(rng, models.GANConfig{})
	auto := models.NewAutoencoder(rng, models.AutoencoderConfig{Image: models.ImageConfig{Height: 28, Width: 28, Channels: 1, Widths: []int{16, 32}}, Code: 24})
	both := func(f *models.Fusion) func([]*tensor.Tensor) *tensor.Tensor {
		return func(x []*tensor.Tensor) *tensor.Tensor { return f.Forward(x[0], x[1]) }
	}
	return []twin{
		{"Listing", listing, []tensor.Array{images(14, 14, 3), tensor.ArrayOf(random(rng, n*20), n, 20)}, both(listing)},
		{"Fusion", fusion, []tensor.Array{images(32, 32, 3), tensor.ArrayOf(tokens, n, 6)}, both(fusion)},
		{"Generator", gan.Generator, []tensor.Array{tensor.ArrayOf(random(rng, n*64), n, 64)},
			func(x []*tensor.Tensor) *tensor.Tensor { return gan.Generator.Forward(x[0], nil) }},
		{"Discriminator", gan.Discriminator, []tensor.Array{images(32, 32, 3)},
			func(x []*tensor.Tensor) *tensor.Tensor { return gan.Discriminator.Forward(x[0], nil) }},
		{"Autoencoder", auto, []tensor.Array{images(28, 28, 1)}, func(x []*tensor.Tensor) *tensor.Tensor { return auto.Forward(x[0]) }},
	}
}

// stir moves all parameters away from what they begin as: a bias of zeros would hide where it is put.
func stir(t *testing.T, rng *rand.Rand, m any) {
	t.Helper()
	state := layers.State(m)
	for name, a := range state {
		x := random(rng, a.Len())
		for i := range x {
			x[i] = 0.05*x[i] + a.Floats()[i]
			if filepath.Ext(name) == ".var" {
				x[i] = float32(math.Abs(float64(x[i]))) + 0.5
			}
		}
		state[name] = tensor.ArrayOf(x, a.Shape()...)
	}
	if err := layers.Restore(m, state); err != nil {
		t.Fatal(err)
	}
}

func (w *twin) run(t *testing.T) tensor.Array {
	t.Helper()
	var y tensor.Array
	dev, err := plain()
	if err != nil {
		t.Fatal(err)
	}
	err = dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		var x []*tensor.Tensor
		for _, a := range w.inputs {
			x = append(x, p.Input(a))
		}
		y = w.forward(x).Array()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// plain is a device without Winograd's form, whose errors are larger than what is wanted here.
var plain = sync.OnceValues(func() (*tensor.Device, error) {
	return tensor.Open(&tensor.Options{Engine: "cpu", Exact: true})
})

// apart is the largest difference, relative to the largest value.
func apart(got, want tensor.Array) (float64, error) {
	if fmt.Sprint(got.Shape()) != fmt.Sprint(want.Shape()) {
		return 0, fmt.Errorf("%v, want %v", got.Shape(), want.Shape())
	}
	worst, scale := 0.0, 0.0
	for i, v := range want.Floats() {
		if d := math.Abs(float64(got.Floats()[i]) - float64(v)); !(d <= worst) {
			worst = d
		}
		scale = max(scale, math.Abs(float64(v)))
	}
	return worst / scale, nil
}

func file(t *testing.T, path string) *safetensors.File {
	t.Helper()
	f, err := safetensors.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func same(t *testing.T, what string, got tensor.Array, path string) {
	t.Helper()
	want, err := file(t, path).Tensor("y")
	if err != nil {
		t.Fatal(err)
	}
	if d, err := apart(got, want); err != nil || !(d <= 1e-5) {
		t.Errorf("%s: %.2g apart (%v)", what, d, err)
	} else {
		t.Logf("%s: %.2g apart", what, d)
	}
}

// TestTwins moves parameters to PyTorch and back, and compares what models give with them on both sides.
func TestTwins(t *testing.T) {
	python := python(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for _, w := range twins(rng) {
		t.Run(w.kind, func(t *testing.T) {
			dir := t.TempDir()
			stir(t, rng, w.model)
			ours, err := StateOf(w.model)
			if err != nil {
				t.Fatal(err)
			}
			if err := ours.Save(filepath.Join(dir, "ours.safetensors")); err != nil {
				t.Fatal(err)
			}
			var inputs []safetensors.Tensor
			for i, a := range w.inputs {
				inputs = append(inputs, safetensors.Tensor{Name: fmt.Sprint(i), Array: a})
			}
			if err := safetensors.WriteFile(filepath.Join(dir, "inputs.safetensors"), nil, inputs); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(python, "testdata/twin.py", w.kind, dir).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			same(t, "with our parameters", w.run(t), filepath.Join(dir, "outputs.safetensors"))
			theirs, err := Open(filepath.Join(dir, "theirs.safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			if err := theirs.Restore(w.model); err != nil {
				t.Fatal(err)
			}
			same(t, "with PyTorch's parameters", w.run(t), filepath.Join(dir, "outputs2.safetensors"))
		})
	}
}

// TestFusionFile opens what docs/pytorch/fusion.py saved, after it has loaded what Save wrote.
func TestFusionFile(t *testing.T) {
	python := python(t)
	const script = `
import sys
sys.path.insert(0, sys.argv[1])
import fusion
from safetensors.torch import load_file, save_file
d = sys.argv[2] + "/"
model = fusion.load(d + "ours.safetensors")
x = load_file(d + "inputs.safetensors")
save_file({"y": model(x["image"].permute(0, 3, 1, 2), x["text"]).detach()}, d + "outputs.safetensors")
fusion.save(model, d + "theirs.safetensors")
`
	flat := models.FusionConfig{Image: models.ImageConfig{Flatten: true, Dropout: 0.1}, Text: models.TextConfig{Vocab: 20, Hidden: []int{24, 16}}}
	bag := models.FusionConfig{Image: models.ImageConfig{NoBatchNorm: true, Widths: []int{8, 12}}, Text: models.TextConfig{Vocab: 20, Bag: true}}
	for merge, c := range map[models.Merge]models.FusionConfig{models.Concat: flat, models.Add: bag, models.Gated: bag, models.Bilinear: flat} {
		c.Merge, c.Outputs, c.Features = merge, 4, 20
		rng := rand.New(rand.NewPCG(3, uint64(merge)))
		m := models.NewFusion(rng, c)
		stir(t, rng, m)
		w := twin{model: m, forward: func(x []*tensor.Tensor) *tensor.Tensor { return m.Forward(x[0], x[1]) },
			inputs: []tensor.Array{tensor.ArrayOf(random(rng, 2*32*32*3), 2, 32, 32, 3), tensor.ArrayOf([]int32{3, 4, 0, 7, 9, 11}, 2, 3)}}
		dir := t.TempDir()
		path := func(name string) string { return filepath.Join(dir, name) }
		if err := m.Save(path("ours.safetensors")); err != nil {
			t.Fatal(err)
		}
		inputs := []safetensors.Tensor{{Name: "image", Array: w.inputs[0]}, {Name: "text", Array: w.inputs[1]}}
		if err := safetensors.WriteFile(path("inputs.safetensors"), nil, inputs); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(python, "-c", script, "../../docs/pytorch", dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		same(t, merge.String(), w.run(t), path("outputs.safetensors"))
		again, err := models.OpenFusion(path("theirs.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range layers.State(m) {
			if got := layers.State(again)[name]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%v: %s is not what it was before PyTorch had it", merge, name)
			}
		}
	}
}
