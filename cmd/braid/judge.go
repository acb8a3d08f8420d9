package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// judge is a small classifier of the pictures that a model learned from. Drawn and real pictures are compared in its
// features, as in those of Inception elsewhere (Heusel et al. 2017), and drawn ones by what it takes them for.
type judge struct {
	Body layers.Layer // [n, h, w, c] -> features [n, 64]
	Head layers.Layer // -> logits

	verdict judgement `param:"-"`
}

// judgement is judge.json.
type judgement struct {
	Data     string  `json:"data"`
	Size     int     `json:"size"`
	Seed     uint64  `json:"seed"`
	Pictures int     `json:"pictures"`
	Accuracy float64 `json:"accuracy"` // on the test part
}

const (
	judgeFile     = "judge.safetensors"
	judgementFile = "judge.json"
	judgeFeatures = 64
	judgeBatch    = 64
)

// newJudge is convolutions with batch normalisation, ReLU and max-pooling while more than 7 pixels a side are left, and a
// layer of features.
func newJudge(g *gallery, seed uint64) *judge {
	rng := rand.New(rand.NewPCG(seed, 1))
	var body layers.Sequential
	in, h, w := g.channels, g.height, g.width
	for width := 32; len(body) == 0 || min(h, w) > 7 && width <= 128; width *= 2 {
		body = append(body, layers.NewConv2D(rng, layers.Conv2DConfig{In: in, Out: width, Kernel: 3, Pad: 1, NoBias: true}),
			layers.NewBatchNorm(width), layers.ReLU, layers.MaxPool2D{Size: 2, Stride: 2})
		in, h, w = width, h/2, w/2
	}
	body = append(body, layers.Flatten, layers.NewDense(rng, in*h*w, judgeFeatures), layers.ReLU)
	return &judge{Body: body, Head: layers.NewDense(rng, judgeFeatures, len(g.classes))}
}

// openJudge reads the judge from the folder of a run, or trains it and leaves it there.
func openJudge(w *world, dev *tensor.Device, dir string, o *pictureOptions, g *gallery) (*judge, error) {
	seed := o.Seed
	if o.Data != builtin { // all runs on the same pictures are measured by the same judge, whatever their seed
		seed = 1
	}
	j := newJudge(g, seed)
	j.verdict = judgement{Data: o.Data, Size: g.height, Seed: seed, Pictures: g.train.Len()}
	var kept judgement
	if text, err := os.ReadFile(filepath.Join(dir, judgementFile)); err == nil && json.Unmarshal(text, &kept) == nil {
		asked := j.verdict
		asked.Accuracy = kept.Accuracy
		if kept == asked && layers.Load(filepath.Join(dir, judgeFile), j) == nil {
			j.verdict = kept
			return j, nil
		}
	}
	fmt.Fprintf(w.out, "training a classifier of %d pictures, to measure with\n", g.train.Len())
	t := j.trainer(dev, g, seed)
	if w.terminal {
		t.Progress = train.Bar(w.err)
	}
	if _, err := t.Fit(w.ctx, judgeEpochs(g), 0); err != nil {
		return nil, err
	}
	e, err := t.Evaluate(w.ctx, &data.Loader[data.Pair]{Source: g.test, BatchSize: 256})
	if err != nil {
		return nil, err
	}
	j.verdict.Accuracy = e.Values["accuracy"]
	if err := layers.Save(filepath.Join(dir, judgeFile), j); err != nil {
		return nil, err
	}
	return j, writeJSON(filepath.Join(dir, judgementFile), j.verdict)
}

// look is the features [n, 64] of pictures, bytes or reals from 0 to 1, and the probabilities of their classes.
func (j *judge) look(ctx context.Context, dev *tensor.Device, pictures tensor.Array) (features, classes tensor.Array, err error) {
	const size = 256
	n := pictures.Shape()[0]
	var f, c []float32
	for from := 0; from < n && err == nil; from += size {
		if err = ctx.Err(); err != nil {
			break
		}
		err = dev.Run(tensor.Inference, func(p *tensor.Pass) error {
			x := p.Input(pictures.Slice(from, min(from+size, n)))
			if x.DType() == tensor.Uint8 {
				x = x.Float()
			}
			y := j.Body.Forward(x)
			c = append(c, j.Head.Forward(y).Softmax(1).Float32s()...)
			f = append(f, y.Float32s()...)
			return nil
		})
	}
	if err != nil {
		return tensor.Array{}, tensor.Array{}, err
	}
	return tensor.ArrayOf(f, n, judgeFeatures), tensor.ArrayOf(c, n, len(c)/n), nil
}
