package models

import (
	"errors"
	"fmt"
	"math"
)

// What can become of a GAN instead of a model that draws.
var (
	ErrDiverged  = errors.New("the GAN diverged")
	ErrCollapsed = errors.New("the GAN collapsed")
)

// GANLimits tells a GAN that failed from one that learns, by what [GAN.Step] logged. Fields left zero get the default
// that stands beside them.
type GANLimits struct {
	Accuracy float64 // of the discriminator, above which the generator learns nothing any more: 0.999
	Variety  float64 // below which all drawn images are alike: 0.02
	OfText   float64 // "variety of a text" below which all drawn images of one text are alike: 0.01
	Steps    int     // of training for which either lasts, and at least 3 epochs: 2000
}

// Check looks at the epochs so far, each of so many steps (the loader's Len) and with the values that were logged by name
// (train.Epoch.Values). It returns an error that wraps [ErrDiverged] if a loss is not finite, [ErrCollapsed] if the last
// epochs are beyond the limits, and nil else. Whatever is drawn after such an error is no success.
//
// A discriminator that is always right is usual at first, batch normalisation gives drawn images away: with a DCGAN on
// MNIST it lasted 400 steps before the generator caught up.
func (l GANLimits) Check(epochs []map[string]float64, steps int) error {
	if l.Accuracy == 0 {
		l.Accuracy = 0.999
	}
	if l.Variety == 0 {
		l.Variety = 0.02
	}
	if l.OfText == 0 {
		l.OfText = 0.01
	}
	orDefault(&l.Steps, 2000)
	long := max(3, (l.Steps+steps-1)/max(1, steps))
	sure, alike, deaf := 0, 0, 0
	for i, values := range epochs {
		for _, name := range []string{"discriminator", "generator"} {
			if v, ok := values[name]; ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
				return fmt.Errorf("models: %w: the loss of the %s is %v in epoch %d", ErrDiverged, name, v, i+1)
			}
		}
		sure = streak(sure, values, "accuracy", func(v float64) bool { return v > l.Accuracy })
		alike = streak(alike, values, "variety", func(v float64) bool { return !(v >= l.Variety) })
		deaf = streak(deaf, values, "variety of a text", func(v float64) bool { return !(v >= l.OfText) })
	}
	if last := len(epochs) - 1; sure >= long {
		return fmt.Errorf("models: %w: the discriminator has been right on %.4g of all images for %d epochs, more than %v: the generator has nothing to learn from",
			ErrCollapsed, epochs[last]["accuracy"], sure, l.Accuracy)
	} else if alike >= long {
		return fmt.Errorf("models: %w: what it draws has had %.3g of the real images' variance for %d epochs, less than %v: it draws one image",
			ErrCollapsed, epochs[last]["variety"], alike, l.Variety)
	} else if deaf >= long {
		return fmt.Errorf("models: %w: the noise has made %.3g of the variance of what it draws for %d epochs, less than %v: it draws one image for each text",
			ErrCollapsed, epochs[last]["variety of a text"], deaf, l.OfText)
	}
	return nil
}

// streak counts epochs in a row in which a value is bad.
func streak(n int, values map[string]float64, name string, bad func(float64) bool) int {
	if v, ok := values[name]; ok && bad(v) {
		return n + 1
	}
	return 0
}
