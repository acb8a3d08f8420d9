package endtoend

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// raw is a source that checks nothing: what it holds reaches the device.
type raw struct{ *data.Pairs }

func (r raw) Check() error { return nil }

// TestBad goes on from a checkpoint with data, or a rate, that cannot be. The error says where; the checkpoint stays,
// byte for byte.
func TestBad(t *testing.T) {
	good, _, vocab := pictures(20, 16)
	badLabel, badWord := []string{"epoch 2", "99", "13"}, []string{"epoch 2, step 2:", "id 36 at ", "not in 0..35"}
	if dev := tensorcheck.Open(t, tensor.Options{}); strings.HasPrefix(dev.String(), "cuda") { // which reads NaN there
		badLabel = []string{"the loss is not finite", "epoch 2, step "}
		badWord = badLabel
	}
	cases := []struct {
		name  string
		spoil func(tr *train.Trainer[data.Pair])
		want  []string
		is    error
		moves bool // good steps came before the error: they are saved
	}{
		{"NaN in the data", func(tr *train.Trainer[data.Pair]) {
			tr.Train.Source = withPixel(good, 7, float32(math.NaN()))
		}, []string{"row 7 of Images", "NaN", "expected finite"}, nil, false},
		{"infinity in the data", func(tr *train.Trainer[data.Pair]) {
			tr.Train.Source = withPixel(good, 19, float32(math.Inf(1)))
		}, []string{"row 19 of Images"}, nil, false},
		{"NaN in data that nobody checks", func(tr *train.Trainer[data.Pair]) {
			tr.Train.Source = raw{withPixel(good, 7, float32(math.NaN()))}
		}, []string{"the loss is not finite", "epoch 2, step "}, train.ErrNotFinite, false},
		{"loss that overflows", func(tr *train.Trainer[data.Pair]) {
			loss, step := tr.Loss, 0
			tr.Loss = func(output, target *tensor.Tensor) *tensor.Tensor {
				l := loss(output, target)
				if step++; step == 3 {
					l = l.Scale(1e38).Scale(1e38)
				}
				return l
			}
		}, []string{"the loss is not finite", "epoch 2, step 3:", "learning rate"}, train.ErrNotFinite, false},
		{"label out of range", func(tr *train.Trainer[data.Pair]) {
			tr.Train.Source = withLabel(good, 33, 99)
		}, []string{"row 33 has label 99, expected 0 to 12"}, nil, false},
		{"negative label", func(tr *train.Trainer[data.Pair]) {
			tr.Train.Source = withLabel(good, 33, -1)
		}, []string{"row 33 has label -1, expected 0 to 12"}, nil, false},
		{"label out of range that nobody checks", func(tr *train.Trainer[data.Pair]) {
			tr.Train.Source = raw{withLabel(good, 33, 99)}
		}, badLabel, nil, false},
		{"word out of range", func(tr *train.Trainer[data.Pair]) {
			tr.Train.Source = withWord(good, int32(vocab.Len()))
		}, badWord, nil, false},
		{"validation label out of range", func(tr *train.Trainer[data.Pair]) {
			tr.Valid = &data.Loader[data.Pair]{Source: withLabel(good, 5, 13)}
		}, []string{"evaluation, batch 1", "row 5 has label 13"}, nil, true},
	}
	start := func(dir string) *train.Trainer[data.Pair] {
		tr := newTrainer(tensorcheck.Open(t, tensor.Options{}), small(1, vocab, len(good.Classes)), good, 16)
		tr.Checkpoint = dir
		return tr
	}
	whole := start(t.TempDir())
	fit(t, whole, 2)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			fit(t, start(dir), 1)
			before := files(t, dir)
			tr := start(dir)
			c.spoil(tr)
			h, err := tr.Fit(context.Background(), 3, 0)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, want %q in it", err, want)
				}
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("the error is %q, want %v", err, c.is)
			}
			if len(h) != 1 {
				t.Errorf("%d epochs in the history, want the one before", len(h))
			}
			if !c.moves && !maps.Equal(files(t, dir), before) {
				t.Error("the checkpoint of before has changed")
			}
			again := start(dir)
			fit(t, again, 2)
			if print(t, again) != print(t, whole) {
				t.Error("going on with good data gives other bits than a run that never saw bad ones")
			}
		})
	}
}

// TestEmpty trains on nothing, validates on nothing and evaluates nothing.
func TestEmpty(t *testing.T) {
	good, _, vocab := pictures(20, 16)
	none := data.Subset(good, nil)
	start := func() *train.Trainer[data.Pair] {
		return newTrainer(tensorcheck.Open(t, tensor.Options{}), small(1, vocab, len(good.Classes)), good, 16)
	}
	for name, attempt := range map[string]func() error{
		"training": func() error {
			tr := start()
			tr.Train.Source = none
			_, err := tr.Fit(context.Background(), 2, 0)
			return err
		},
		"validation": func() error {
			tr := start()
			tr.Valid = &data.Loader[data.Pair]{Source: none}
			_, err := tr.Fit(context.Background(), 2, 0)
			return err
		},
		"evaluation": func() error {
			_, err := start().Evaluate(context.Background(), &data.Loader[data.Pair]{Source: none})
			return err
		},
	} {
		if err := attempt(); err == nil || !strings.Contains(err.Error(), "the source has no rows") {
			t.Errorf("%s without data: error %v, want one that says so", name, err)
		}
	}
}

// withPixel is p with real images, the first number of image i being v.
func withPixel(p *data.Pairs, i int, v float32) *data.Pairs {
	q := *p
	pixels := p.Images.Floats()
	shape := p.Images.Shape()
	pixels[i*shape[1]*shape[2]*shape[3]] = v
	q.Images = tensor.ArrayOf(pixels, shape...)
	return &q
}

func withLabel(p *data.Pairs, row int, label int32) *data.Pairs {
	q := *p
	labels := slices.Clone(tensor.Values[int32](p.Labels))
	labels[row] = label
	q.Labels = tensor.ArrayOf(labels, len(labels))
	return &q
}

// withWord is p with texts that begin with a word.
func withWord(p *data.Pairs, word int32) *data.Pairs {
	q := *p
	words := slices.Clone(tensor.Values[int32](p.Texts))
	words[12*p.Texts.Shape()[1]] = word
	q.Texts = tensor.ArrayOf(words, p.Texts.Shape()...)
	return &q
}

// files is the content of everything below dir, by path.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
