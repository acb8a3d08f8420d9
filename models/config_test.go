package models

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

func TestMergeNames(t *testing.T) {
	for _, m := range []Merge{Concat, Add, Multiply, Gated, Bilinear} {
		b, err := json.Marshal(m)
		var back Merge = 99
		if err != nil || json.Unmarshal(b, &back) != nil || back != m {
			t.Errorf("%v becomes %s and %v", m, b, back)
		}
	}
	var m Merge
	if err := m.UnmarshalText([]byte("sum")); err == nil || !strings.Contains(err.Error(), "concat, add, multiply, gated, bilinear") {
		t.Errorf("error %v, want one that lists the merges", err)
	}
}

// The defaults are those of the documentation.
func TestDefaults(t *testing.T) {
	f := NewFusion(newRand(), FusionConfig{Text: TextConfig{Vocab: 26}, Merge: Multiply, Outputs: 13})
	b, err := json.Marshal(f.Config)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Image":{"Height":32,"Width":32,"Channels":3,"Widths":[16,32,64],"NoBatchNorm":false,"Flatten":false,"Dropout":0},` +
		`"Text":{"Vocab":26,"Embed":32,"Hidden":[64],"Freeze":false,"Bag":false,"Dense":0},"Features":64,"Merge":"multiply","Rank":0,` +
		`"Hidden":[128],"Dropout":0,"Outputs":13,"Regression":false,"Drop":0,"Missing":false,"Words":null,"Classes":null}`
	if string(b) != want {
		t.Errorf("the configuration is\n%s, want\n%s", b, want)
	}
	again := f.Config.withDefaults()
	if c, _ := json.Marshal(again); string(c) != want {
		t.Errorf("defaults change a full configuration to\n%s", c)
	}
}

func TestImpossibleConfigs(t *testing.T) {
	for want, change := range map[string]func(c *FusionConfig){
		"the image is -1x6x3":                           func(c *FusionConfig) { c.Image.Height = -1 },
		"the image's widths are [4 0]":                  func(c *FusionConfig) { c.Image.Widths = []int{4, 0} },
		"an image of 8x6 cannot be halved 3 times":      func(c *FusionConfig) { c.Image.Widths = []int{1, 1, 1} },
		"both as a vector (Dense) and as tokens":        func(c *FusionConfig) { c.Text.Dense = 4 },
		"the vocabulary is 0":                           func(c *FusionConfig) { c.Text.Vocab = 0 },
		"20 values in Text.Vectors: 7 x 3 are expected": func(c *FusionConfig) { c.Text.Vectors = make([]float32, 20) },
		"the text's hidden widths are []":               func(c *FusionConfig) { c.Text.Hidden = []int{} },
		"Outputs 0: at least 1 is expected":             func(c *FusionConfig) { c.Outputs = 0 },
		"the merge is 9: one of concat":                 func(c *FusionConfig) { c.Merge = 9 },
		"Rank is -1":                                    func(c *FusionConfig) { c.Merge, c.Rank = Bilinear, -1 },
		"there are 2 names of classes for 3 outputs":    func(c *FusionConfig) { c.Classes = []string{"a", "b"} },
		"there are 1 words for a vocabulary of 7":       func(c *FusionConfig) { c.Words = []string{"a"} },
		"a dropout rate is 1: at least 0 and below 1":   func(c *FusionConfig) { c.Dropout = 1 },
		"a dropout rate is NaN":                         func(c *FusionConfig) { c.Drop = float32(math.NaN()) },
	} {
		c := small()
		change(&c)
		err := tensor.Try(func() error { NewFusion(newRand(), c); return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the mistake is %v, want %q in it", err, want)
		}
	}
}
