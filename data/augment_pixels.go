package data

// picture is [h, w, c].
type picture[T uint8 | float32] struct {
	pixels  []T
	h, w, c int
}

// shift moves and mirrors by whole pixels, which leaves their values as they are.
func (p picture[T]) shift(before []T, d *augmentation) {
	if !d.flip && d.dx == 0 && d.dy == 0 {
		return
	}
	for y := range p.h {
		row := before[clamp(y-d.dy, p.h)*p.w*p.c:]
		for x := range p.w {
			from := x - d.dx
			if d.flip {
				from = p.w - 1 - from
			}
			from = clamp(from, p.w) * p.c
			copy(p.pixels[(y*p.w+x)*p.c:][:p.c], row[from:from+p.c])
		}
	}
}

// warp looks for each pixel where it comes from: back from its place by the shift, the angle, the scale and the mirror.
// Between pixels it interpolates in both directions.
func (p picture[T]) warp(before []T, d *augmentation) {
	centreX, centreY := float64(p.w-1)/2, float64(p.h-1)/2
	sine, cosine := d.sine/d.scale, d.cosine/d.scale
	mirror := 1.
	if d.flip {
		mirror = -1
	}
	for y := range p.h {
		v := float64(y-d.dy) - centreY
		for x := range p.w {
			u := float64(x-d.dx) - centreX
			fromX := mirror*(cosine*u+sine*v) + centreX
			fromY := cosine*v - sine*u + centreY
			p.sample(before, p.pixels[(y*p.w+x)*p.c:][:p.c], fromX, fromY)
		}
	}
}

// sample is the value at a place between four pixels.
func (p picture[T]) sample(before, out []T, x, y float64) {
	// Beyond the edge everything is the edge, so a place far outside may come nearer first.
	x, y = min(max(x, 0), float64(p.w-1)), min(max(y, 0), float64(p.h-1))
	x0, y0 := int(x), int(y)
	right, below := float32(x-float64(x0)), float32(y-float64(y0))
	x1, y1 := min(x0+1, p.w-1), min(y0+1, p.h-1)
	a, b := before[(y0*p.w+x0)*p.c:], before[(y0*p.w+x1)*p.c:]
	c, d := before[(y1*p.w+x0)*p.c:], before[(y1*p.w+x1)*p.c:]
	for i := range out {
		top := float32(a[i]) + right*(float32(b[i])-float32(a[i]))
		bottom := float32(c[i]) + right*(float32(d[i])-float32(c[i]))
		out[i] = fit[T](top + below*(bottom-top))
	}
}

// tone changes brightness, then contrast about the mean.
func (p picture[T]) tone(d *augmentation) {
	if d.brightness == 1 && d.contrast == 1 {
		return
	}
	sum := 0.
	for _, v := range p.pixels {
		sum += float64(v)
	}
	// (v*brightness - mean)*contrast + mean, where the mean is that of the brightened picture.
	factor := float32(d.brightness * d.contrast)
	offset := float32(sum / float64(len(p.pixels)) * d.brightness * (1 - d.contrast))
	for i, v := range p.pixels {
		p.pixels[i] = fit[T](float32(v)*factor + offset)
	}
}

// erase fills the rectangle with the mean colour of the picture.
func (p picture[T]) erase(d *augmentation) {
	if d.top == d.bottom || d.left == d.right {
		return
	}
	for channel := range p.c {
		sum := 0.
		for i := channel; i < len(p.pixels); i += p.c {
			sum += float64(p.pixels[i])
		}
		mean := fit[T](float32(sum / float64(p.h*p.w)))
		for y := d.top; y < d.bottom; y++ {
			for x := d.left; x < d.right; x++ {
				p.pixels[(y*p.w+x)*p.c+channel] = mean
			}
		}
	}
}

func clamp(i, n int) int { return min(max(i, 0), n-1) }

// fit is v as T holds it: a byte is rounded and cut off.
func fit[T uint8 | float32](v float32) T {
	var zero T
	if _, byte := any(zero).(uint8); byte {
		return T(min(max(v, 0), 255) + .5)
	}
	return T(v)
}
