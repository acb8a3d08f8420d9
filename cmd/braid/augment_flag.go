package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/braidml/braid/data"
)

// augmentation is --augment: what is done to the pictures, and how it was written. The zero value does nothing.
type augmentation struct{ text string }

// presets suit pictures of things that may be mirrored. Lengths of crop are shares of the picture's side.
var presets = map[string]struct {
	data.Augment
	crop float64
}{
	"light":    {data.Augment{Brightness: .1, Contrast: .1}, 1. / 16},
	"standard": {data.Augment{Flip: true, Rotate: 10, Scale: .1, Brightness: .2, Contrast: .2}, 1. / 8},
	"strong":   {data.Augment{Flip: true, Rotate: 20, Scale: .25, Brightness: .4, Contrast: .4, Erase: .25}, 1. / 6},
}

// String is how it was written.
func (a augmentation) String() string { return a.text }

// IsZero reports whether nothing is done.
func (a augmentation) IsZero() bool { return a.text == "" }

// MarshalText is how it was written.
func (a augmentation) MarshalText() ([]byte, error) { return []byte(a.text), nil }

// UnmarshalText reads a preset and settings.
func (a *augmentation) UnmarshalText(text []byte) error {
	a.text = string(text)
	if a.text == none {
		a.text = ""
	}
	_, err := a.of(dims{64, 64})
	return err
}

// of is what is done to pictures of a size, or nil.
func (a augmentation) of(size dims) (*data.Augment, error) {
	if a.text == "" {
		return nil, nil
	}
	out := &data.Augment{}
	for i, part := range strings.Split(a.text, ",") {
		name, value, given := strings.Cut(strings.TrimSpace(part), "=")
		if p, ok := presets[name]; ok && i == 0 && !given {
			*out = p.Augment
			out.Crop = max(1, int(p.crop*float64(min(size.Height, size.Width))))
			continue
		}
		if err := setAugment(out, name, value, given); err != nil {
			return nil, err
		}
	}
	if err := out.Check(); err != nil {
		return nil, err
	}
	return out, nil
}

var augmentNames = []string{"flip", "crop", "rotate", "scale", "brightness", "contrast", "erase"}

func setAugment(a *data.Augment, name, value string, given bool) error {
	if name == "flip" {
		switch {
		case !given || value == "yes":
			a.Flip = true
		case value == "no":
			a.Flip = false
		default:
			return fmt.Errorf("flip is %q: yes or no was expected", value)
		}
		return nil
	}
	if !slices.Contains(augmentNames, name) {
		return fmt.Errorf("%q is neither a preset (light, standard, strong), which stands first, nor a setting (%s)", name, strings.Join(augmentNames, ", "))
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return fmt.Errorf("%s is %q: a number was expected, as in %s=4", name, value, name)
	}
	if name == "crop" {
		if a.Crop = int(v); float64(a.Crop) != v {
			return fmt.Errorf("crop is %s: a whole number of pixels was expected", value)
		}
		return nil
	}
	*map[string]*float64{"rotate": &a.Rotate, "scale": &a.Scale, "brightness": &a.Brightness, "contrast": &a.Contrast, "erase": &a.Erase}[name] = v
	return nil
}
