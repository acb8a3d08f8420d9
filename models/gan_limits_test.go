package models

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestGANLimits(t *testing.T) {
	epoch := func(accuracy, variety float64) map[string]float64 {
		return map[string]float64{"discriminator": 0.5, "generator": 2, "accuracy": accuracy, "variety": variety}
	}
	diverged := epoch(0.7, 0.9)
	diverged["generator"] = math.Inf(1)
	deaf := epoch(0.8, 0.9)
	deaf["variety of a text"] = 0.002
	good, sure, alike, lost := epoch(0.8, 0.9), epoch(1, 0.9), epoch(0.8, 0.001), epoch(0.8, math.NaN())
	type epochs = []map[string]float64
	for name, c := range map[string]struct {
		epochs epochs
		limits GANLimits
		is     error
		text   string
	}{
		"nothing yet":              {nil, GANLimits{}, nil, ""},
		"learns":                   {epochs{good, good, good, good}, GANLimits{}, nil, ""},
		"was sure":                 {epochs{sure, sure, good, sure}, GANLimits{}, nil, ""},
		"not yet three epochs":     {epochs{sure, sure}, GANLimits{Steps: 1}, nil, ""},
		"recovered":                {epochs{sure, sure, sure, good}, GANLimits{}, nil, ""},
		"is sure":                  {epochs{good, sure, sure, sure}, GANLimits{}, ErrCollapsed, "right on 1 of all images for 3 epochs"},
		"is sure, not for long":    {epochs{sure, sure, sure}, GANLimits{Steps: 3001}, nil, ""},
		"is sure for long":         {epochs{sure, sure, sure, sure}, GANLimits{Steps: 3001}, ErrCollapsed, "for 4 epochs"},
		"is sure of less":          {epochs{good, good, good}, GANLimits{Accuracy: 0.75}, ErrCollapsed, "more than 0.75"},
		"draws one image":          {epochs{alike, alike, alike}, GANLimits{}, ErrCollapsed, "0.001 of the real images' variance for 3 epochs"},
		"draws one for each text":  {epochs{good, deaf, deaf, deaf}, GANLimits{}, ErrCollapsed, "0.002 of the variance of what it draws for 3 epochs, less than 0.01"},
		"draws enough for a text":  {epochs{deaf, deaf, deaf}, GANLimits{OfText: 0.001}, nil, ""},
		"draws nobody knows what":  {epochs{lost, lost, lost}, GANLimits{}, ErrCollapsed, "NaN"},
		"diverged":                 {epochs{good, diverged, good}, GANLimits{}, ErrDiverged, "the loss of the generator is +Inf in epoch 2"},
		"other values are unknown": {epochs{{}, {}, {}}, GANLimits{}, nil, ""},
	} {
		err := c.limits.Check(c.epochs, 1000)
		if !errors.Is(err, c.is) || err != nil && !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: the error is %v, want %v with %q", name, err, c.is, c.text)
		}
	}
}
