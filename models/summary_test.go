package models

import (
	"strings"
	"testing"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

const fusionSummary = `layer                       output shape  parameters
----------------------------------------------------
image.0 (Conv2D)            [n 32 32 16]         432
image.1 (BatchNorm)         [n 32 32 16]          64
image.2 (ReLU)              [n 32 32 16]           0
image.3 (MaxPool2D)         [n 16 16 16]           0
image.4 (Conv2D)            [n 16 16 32]       4,608
image.5 (BatchNorm)         [n 16 16 32]         128
image.6 (ReLU)              [n 16 16 32]           0
image.7 (MaxPool2D)         [n 8 8 32]             0
image.8 (Conv2D)            [n 8 8 64]        18,432
image.9 (BatchNorm)         [n 8 8 64]           256
image.10 (ReLU)             [n 8 8 64]             0
image.11 (MaxPool2D)        [n 4 4 64]             0
image.12 (GlobalAvgPool2D)  [n 64]                 0
image.13 (Dense)            [n 64]             4,160
text.embedding (Embedding)  [n 12 32]            832
text.rnn.0 (RNN)            [n 64]             6,208
text.out (Dense)            [n 64]             4,160
merge.a (Dense)             [n 256]           16,640
merge.b (Dense)             [n 256]           16,640
merge (Bilinear)            [n 64]                 0
head.0 (Dense)              [n 128]            8,320
head.1 (ReLU)               [n 128]                0
head.2 (Dense)              [n 13]             1,677
absent (parameters)         -                    128
----------------------------------------------------
82,685 parameters: 82,461 trained, 224 not trained
`

// Every layer of the default model has its line, the parts that no Sequential runs too.
func TestSummary(t *testing.T) {
	f := NewFusion(newRand(), FusionConfig{
		Text: TextConfig{Vocab: 26}, Merge: Bilinear, Outputs: 13, Missing: true,
	})
	var b strings.Builder
	err := layers.Summary(&b, f, func(p *tensor.Pass) {
		f.Forward(p.Full(0, 1, 32, 32, 3), p.Input(tensor.ArrayOf(make([]int32, 12), 1, 12)))
	})
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != fusionSummary {
		t.Errorf("got\n%s\nwant\n%s", b.String(), fusionSummary)
	}
}
