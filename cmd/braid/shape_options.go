package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/braidml/braid/models"
)

// shapeOptions say how wide a fusion model is. What is 0 or left out gets the library's width.
type shapeOptions struct {
	Widths    widthList `json:"widths,omitempty" placeholder:"N,N,…" help:"Channels after each convolution, which halves the picture: 16,32,64 if left out, and more for large pictures."`
	Embed     int       `json:"embed,omitempty" placeholder:"N" help:"Width of the words' embedding: 32, or that of --vectors."`
	RNNWidth  int       `json:"rnn_width,omitempty" name:"rnn-width" default:"64" help:"Width of the RNN over the words."`
	Features  int       `json:"features,omitempty" default:"64" help:"Width of the features of picture and text, which are merged."`
	HeadWidth int       `json:"head_width,omitempty" default:"128" help:"Width of the layer behind the merge."`
}

const widest = 1 << 14

func (o *shapeOptions) complain(vectors string, wrong *complaints) {
	for _, width := range []struct {
		flag  string
		value int
	}{{"--embed", o.Embed}, {"--rnn-width", o.RNNWidth}, {"--features", o.Features}, {"--head-width", o.HeadWidth}} {
		wrong.expect(width.value >= 0 && width.value <= widest, "%s is %d, want 1 to %d", width.flag, width.value, widest)
	}
	wrong.expect(o.Embed == 0 || vectors == "", "--embed is %d, but --vectors have their own width: leave one of them out", o.Embed)
}

// set puts what was chosen into c.
func (o *shapeOptions) set(c *models.FusionConfig) {
	if o.Widths != "" {
		c.Image.Widths = o.Widths.list()
	}
	c.Text.Embed, c.Features = o.Embed, o.Features
	if o.RNNWidth > 0 && !c.Text.Bag {
		c.Text.Hidden = []int{o.RNNWidth}
	}
	if o.HeadWidth > 0 {
		c.Hidden = []int{o.HeadWidth}
	}
}

// widthList is numbers with commas between, as they were written.
type widthList string

// UnmarshalText checks that they are numbers.
func (l *widthList) UnmarshalText(text []byte) error {
	for _, n := range strings.Split(string(text), ",") {
		if v, err := strconv.Atoi(n); err != nil || v < 1 || v > widest {
			return fmt.Errorf("%q are no widths: numbers from 1 to %d with commas between were expected", text, widest)
		}
	}
	*l = widthList(text)
	return nil
}

func (l widthList) list() (widths []int) {
	for _, n := range strings.Split(string(l), ",") {
		v, err := strconv.Atoi(n)
		if err != nil { // UnmarshalText has read it
			panic(err)
		}
		widths = append(widths, v)
	}
	return widths
}
