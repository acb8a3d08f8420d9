package models

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// criticised are models with a critic.
func criticised() map[string]JointConfig {
	v := map[string]JointConfig{}
	for _, name := range []string{"concat", "bag, squared", "flow"} {
		c := joints()[name]
		c.Adversary = 0.1
		v[name] = c
	}
	return v
}

func keptCriticised(rng *rand.Rand) kept {
	j := NewJointAutoencoder(rng, criticised()["flow"])
	return kept{j, func(p *tensor.Pass, b data.Pair) error {
		j.Step(p.Input(b.Image), p.Input(b.Text), nil)
		return nil
	}, map[string]*optim.Optimizer{"": j.Opt, "D": j.OptD}, nil}
}

func stepJoint(t *testing.T, dev *tensor.Device, j *JointAutoencoder, image, text, has tensor.Array) (logged map[string]float32) {
	t.Helper()
	logged = map[string]float32{}
	err := dev.Run(tensor.Training, func(p *tensor.Pass) error {
		p.Seed(3, 3)
		j.Step(p.Input(image), p.Input(text), p.Input(has))
		for name, v := range p.Logged() {
			logged[name] = v.Item()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return logged
}

// A model with a critic trains every parameter, has the size that it is checked against, and survives a file.
func TestCritic(t *testing.T) {
	for name, c := range criticised() {
		t.Run(name, func(t *testing.T) {
			dev := open(t)
			j := NewJointAutoencoder(newRand(), c)
			values := 0
			for _, p := range layers.Params(j) {
				values += p.Len()
			}
			if got := j.Config.size(); got != float64(values) {
				t.Errorf("size is %v, the model has %d values", got, values)
			}
			before := layers.State(j)
			image, text := jointInputs(c, 6)
			var logged map[string]float32
			for range 2 {
				logged = stepJoint(t, dev, j, image, text, tensor.Array{})
			}
			for _, name := range []string{"loss", "critic", "judged", "matching", "image", "text"} {
				if _, ok := logged[name]; !ok {
					t.Errorf("%s is not logged: %v", name, logged)
				}
			}
			for name, v := range layers.State(j) {
				if name == "critic.head.u" || strings.HasSuffix(name, "head.layer.bias") {
					continue // always ±1; no gradient while no logit is beyond ±1
				}
				if slices.Equal(before[name].Floats(), v.Floats()) {
					t.Errorf("%s did not change in two steps", name)
				}
			}
			path := filepath.Join(t.TempDir(), "m")
			if err := j.Save(path); err != nil {
				t.Fatal(err)
			}
			k, err := OpenJointAutoencoder(path)
			if err != nil {
				t.Fatal(err)
			}
			sameParams(t, k, j)
		})
	}
}

// While one side learns, nothing of the other's changes.
func TestCriticFrozen(t *testing.T) {
	for _, still := range []string{"critic.", ""} {
		dev := open(t)
		j := NewJointAutoencoder(newRand(), criticised()["flow"])
		if still == "" {
			j.Opt.SetLR(0)
		} else {
			j.OptD.SetLR(0)
		}
		before := layers.State(j)
		image, text := jointInputs(j.Config, 6)
		stepJoint(t, dev, j, image, text, tensor.Array{})
		changed := false
		for name, p := range layers.Params(j) {
			same := slices.Equal(before[name].Floats(), p.Array().Floats())
			if p.Frozen() {
				continue
			}
			if strings.HasPrefix(name, "critic.") == (still != "") {
				if !same {
					t.Errorf("%s changed while the other side learned", name)
				}
			} else {
				changed = changed || !same
			}
		}
		if !changed {
			t.Errorf("nothing learned beside %q", still)
		}
	}
}

// What a row lacks is judged no more than it is rebuilt.
func TestCriticHas(t *testing.T) {
	dev := open(t)
	c := criticised()["concat"]
	c.Image.NoBatchNorm = true
	image, text := jointInputs(c, 6)
	has := tensor.ArrayOf(hasRows, 6, 2)
	pixels, ids := slices.Clone(tensor.Values[uint8](image)), slices.Clone(tensor.Values[int32](text))
	for i := range 5 { // rows 1, 4 and 5 have no text
		for _, row := range []int{1, 4, 5} {
			ids[5*row+i] = int32(1 + (i+row)%6)
		}
	}
	for i := range 96 { // rows 2 and 5 have no image
		pixels[2*96+i] ^= 255
		pixels[5*96+i] ^= 255
	}
	first := stepJoint(t, dev, NewJointAutoencoder(newRand(), c), image, text, has)
	second := stepJoint(t, dev, NewJointAutoencoder(newRand(), c), tensor.ArrayOf(pixels, 6, 8, 4, 3), tensor.ArrayOf(ids, 6, 5), has)
	for name, v := range first {
		if second[name] != v {
			t.Errorf("%s is %v, and %v with other inputs where there are none", name, v, second[name])
		}
	}
}

func TestCriticMistakes(t *testing.T) {
	dev := open(t)
	plain, judged := NewJointAutoencoder(newRand(), smallJoint()), NewJointAutoencoder(newRand(), criticised()["concat"])
	image, text := jointInputs(smallJoint(), 4)
	for want, f := range map[string]func(p *tensor.Pass){
		"the model has no critic":            func(p *tensor.Pass) { plain.Step(p.Input(image), p.Input(text), nil) },
		"image or text is nil: a critic nee": func(p *tensor.Pass) { judged.Step(p.Input(image), nil, nil) },
	} {
		err := dev.Run(tensor.Training, func(p *tensor.Pass) error { f(p); return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the mistake is %v, want %q in it", err, want)
		}
	}
}
