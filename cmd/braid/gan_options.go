package main

import "github.com/braidml/braid/models"

// ganOptions describe a run of train gan.
type ganOptions struct {
	pictureOptions
	Latent      int     `json:"latent" default:"64" help:"Numbers of noise behind a picture."`
	Loss        string  `json:"loss" default:"auto" enum:"auto,non-saturating,least-squares,hinge" help:"non-saturating, least-squares, hinge. auto: non-saturating; where texts are read, hinge with --spectral and a rate of 0.0005."`
	Smooth      float32 `json:"smooth" default:"0" help:"One-sided label smoothing: real pictures have the label 1-smooth."`
	Match       float32 `json:"match" default:"0.3" help:"Where texts are read: weight of the loss that wants each picture's text to be found among others; 0: none."`
	Spectral    bool    `json:"spectral" help:"Spectral normalisation in the discriminator instead of batch normalisation."`
	Average     float32 `json:"average" default:"0.999" help:"Decay of the generator's running average, which draws; 0: none."`
	TextEncoder string  `json:"text_encoder" default:"auto" enum:"auto,rnn,bag,none" help:"What reads the texts that pictures are drawn for: a tanh RNN, a bag of words, or none. auto: a bag where there are texts; of IDX files with labels the classes' names serve as texts, if asked for."`
}

func (o *ganOptions) kind() string { return ganKind }

func (o *ganOptions) check() error {
	var wrong complaints
	o.complain(&wrong)
	wrong.expect(o.Latent >= 1 && o.Latent <= 65536, "--latent is %d, want 1 to 65536", o.Latent)
	wrong.expect(o.Smooth >= 0 && o.Smooth < 0.5, "--smooth is %g, want 0 <= smooth < 0.5", o.Smooth)
	wrong.expect(o.Smooth == 0 || o.Loss != models.Hinge.String(), "--smooth is set, but the hinge loss has no labels")
	wrong.expect(o.Match >= 0 && o.Match <= 1000, "--match is %g, want 0 to 1000", o.Match)
	wrong.expect(o.Average >= 0 && o.Average < 1, "--average is %g, want 0 <= average < 1", o.Average)
	return wrong.err()
}
