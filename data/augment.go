package data

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/braidml/braid/tensor"
)

// Augment changes pictures at random, so that a model sees each in many ways. A zero field is off. The changes of a row
// are drawn from the loader's seed, the epoch and the row, so they are the same whatever the batch and the workers; to
// switch one on does not change what the others draw.
//
// What a picture moves in from beyond its edge repeats the edge. Pictures keep their size and their type; those of
// Uint8 are rounded and cut off at 0 and 255, real ones are not cut off.
type Augment struct {
	Flip       bool    // mirror left and right, every second time
	Crop       int     // cut the picture's size at random out of the picture with so many pixels of padding around
	Rotate     float64 // turn about the centre by at most so many degrees, either way
	Scale      float64 // 0.2: up to 1.2 times larger or smaller, about the centre
	Brightness float64 // 0.2: times 0.8 to 1.2
	Contrast   float64 // 0.2: the distance of each value from the picture's mean times 0.8 to 1.2
	Erase      float64 // 0.3: a rectangle of up to 0.3 of the area becomes the mean colour (Zhong et al. 2017)
}

// Check reports a field that cannot be meant.
func (a *Augment) Check() error {
	if a == nil {
		return nil
	}
	if a.Crop < 0 || a.Crop > maxSide {
		return fmt.Errorf("data: Augment: Crop is %d, expected 0 to %d pixels", a.Crop, maxSide)
	}
	for _, f := range []struct {
		name  string
		value float64
		most  float64
	}{
		{"Rotate", a.Rotate, 180}, {"Scale", a.Scale, 10}, {"Brightness", a.Brightness, 1}, {"Contrast", a.Contrast, 1}, {"Erase", a.Erase, 1},
	} {
		if !(f.value >= 0 && f.value <= f.most) {
			return fmt.Errorf("data: Augment: %s is %v, expected 0 to %v", f.name, f.value, f.most)
		}
	}
	return nil
}

// augmentation is what is done to one picture.
type augmentation struct {
	flip                 bool
	dx, dy               int     // where the picture's centre goes
	sine, cosine         float64 // of the angle
	scale                float64
	brightness, contrast float64
	top, left, bottom    int // what is erased
	right                int
}

// draw always takes the same numbers from rng, in the same order.
func (a *Augment) draw(rng *rand.Rand, h, w int) augmentation {
	symmetric := func(most float64) float64 { return most * (2*rng.Float64() - 1) }
	d := augmentation{flip: rng.Float64() < .5 && a.Flip}
	d.dx = int(math.Floor(rng.Float64()*float64(2*a.Crop+1))) - a.Crop
	d.dy = int(math.Floor(rng.Float64()*float64(2*a.Crop+1))) - a.Crop
	d.sine, d.cosine = math.Sincos(symmetric(a.Rotate) * math.Pi / 180)
	d.scale = math.Exp(symmetric(math.Log1p(a.Scale)))
	d.brightness = 1 + symmetric(a.Brightness)
	d.contrast = 1 + symmetric(a.Contrast)
	// The sides of a rectangle of that area; it is up to 3.3 times as high as wide, or as wide as high.
	area := rng.Float64() * a.Erase * float64(h*w)
	ratio := math.Exp(symmetric(math.Log(3.3)))
	high := min(int(math.Round(math.Sqrt(area*ratio))), h)
	wide := min(int(math.Round(math.Sqrt(area/ratio))), w)
	d.top, d.left = int(rng.Float64()*float64(h-high+1)), int(rng.Float64()*float64(w-wide+1))
	d.bottom, d.right = d.top+high, d.left+wide
	return d
}

// augmentRows changes images [n, h, w, c], which are the given rows of a source. Without rng there is nothing to draw
// for, and they stay as they are.
func augmentRows(images tensor.Array, rows []int, rng *RowRand, a *Augment) {
	if a == nil || rng == nil || images.Absent() {
		return
	}
	switch v := images.Any().(type) {
	case []uint8:
		augmentPixels(v, images.Shape(), rows, rng, a)
	case []float32:
		augmentPixels(v, images.Shape(), rows, rng, a)
	}
}

func augmentPixels[T uint8 | float32](pixels []T, shape, rows []int, rng *RowRand, a *Augment) {
	h, w, c := shape[1], shape[2], shape[3]
	size := h * w * c
	before := make([]T, size)
	for i, row := range rows {
		p := picture[T]{pixels[i*size : (i+1)*size], h, w, c}
		d := a.draw(rng.Row(row), h, w)
		copy(before, p.pixels)
		if d.scale == 1 && d.sine == 0 {
			p.shift(before, &d)
		} else {
			p.warp(before, &d)
		}
		p.tone(&d)
		p.erase(&d)
	}
}
