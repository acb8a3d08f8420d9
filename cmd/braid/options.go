package main

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/braidml/braid/models"
)

// options say what is trained on what. They are kept with the run, as run.json: a resumed run has those it began with.
type options struct {
	Data        string       `json:"data" default:"builtin" placeholder:"builtin|DIR" help:"builtin: generated pictures of shapes with questions; DIR: easy-VQA's files."`
	Level       int          `json:"level" default:"1" help:"Of the generated data: 1 one shape, 2 several, with position and counting words."`
	Pictures    int          `json:"pictures" default:"3000" help:"Of the generated data: pictures to train on; a fifth as many to test."`
	Size        int          `json:"size" default:"32" help:"Side of the pictures in pixels."`
	Merge       models.Merge `json:"merge" default:"multiply" help:"How the features of image and text are joined: concat, add, multiply, gated, bilinear."`
	TextEncoder string       `json:"text_encoder" default:"rnn" enum:"rnn,bag" help:"rnn: tanh RNN over the words; bag: mean of the words."`
	Only        string       `json:"only" default:"both" enum:"both,image,text" help:"Leave the other input out, to see what it is worth."`
	Epochs      int          `json:"epochs" default:"8" help:"Passes over the training data."`
	Batch       int          `json:"batch" default:"64" help:"Samples a step."`
	LR          float64      `json:"lr" name:"lr" default:"0.003" help:"Peak of the one-cycle learning rate."`
	Decay       float64      `json:"decay" default:"0.0001" help:"Weight decay (AdamW)."`
	Dropout     float32      `json:"dropout" default:"0" help:"In the head."`
	Seed        uint64       `json:"seed" default:"1" help:"Of data, weights, order and dropout: the same seed gives the same bits."`
}

// most is beyond what anybody means, and keeps products of flags from overflowing.
const most = 1_000_000

func (o *options) kind() string  { return fusionKind }
func (o *options) data() *string { return &o.Data }

// complaints are what is wrong with flags.
type complaints []string

func (c *complaints) expect(ok bool, format string, args ...any) {
	if !ok {
		*c = append(*c, fmt.Sprintf(format, args...))
	}
}

// err is all of them, or nil.
func (c complaints) err() error {
	if c == nil {
		return nil
	}
	return errors.New(strings.Join(c, "; "))
}

func (o *options) check() error {
	var wrong complaints
	expect := wrong.expect
	expect(o.Data != "", "--data is empty, want builtin or a folder")
	expect(o.Level == 1 || o.Level == 2, "--level is %d, want 1 or 2", o.Level)
	expect(o.Pictures >= 20 && o.Pictures <= most, "--pictures is %d, want 20 to %d", o.Pictures, most)
	expect(o.Size >= 16 && o.Size <= 256, "--size is %d, want 16 to 256", o.Size)
	if bytes := float64(o.Pictures) * float64(o.Size) * float64(o.Size) * 3.6; o.Data == builtin {
		expect(bytes <= 16e9, "--pictures %d of --size %d take %.0f GB of memory, want at most 16", o.Pictures, o.Size, bytes/1e9)
	}
	expect(o.Epochs >= 1 && o.Epochs <= most, "--epochs is %d, want 1 to %d", o.Epochs, most)
	expect(o.Batch >= 1, "--batch is %d, want at least 1", o.Batch)
	expect(o.LR > 0 && !math.IsInf(o.LR, 0), "--lr is %g, want more than 0", o.LR)
	expect(o.Decay >= 0 && !math.IsInf(o.Decay, 0), "--decay is %g, want at least 0", o.Decay)
	expect(o.Dropout >= 0 && o.Dropout < 1, "--dropout is %g, want 0 <= dropout < 1", o.Dropout)
	return wrong.err()
}
