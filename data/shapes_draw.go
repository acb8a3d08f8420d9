package data

import "math"

// A figure of the generated pictures. Inside tells whether a point is in it, in coordinates where the figure fills about
// the circle of radius 1 around the origin, x to the right and y down.
//
// All arithmetic that decides about pixels is written with explicit conversions, which forbid fused multiply-add: the
// pictures are the same bytes on every processor.
var figures = []struct {
	name   string
	inside func(x, y float64) bool
}{
	{"circle", func(x, y float64) bool { return float64(x*x)+float64(y*y) <= 0.92*0.92 }},
	{"square", func(x, y float64) bool { return max(math.Abs(x), math.Abs(y)) <= 0.8 }},
	{"triangle", func(x, y float64) bool { return inPolygon(triangle, x, y) }},
	{"star", func(x, y float64) bool { return inPolygon(star, x, y) }},
	{"cross", func(x, y float64) bool {
		x, y = math.Abs(x), math.Abs(y)
		return max(x, y) <= 0.95 && min(x, y) <= 0.32
	}},
}

// inks are the colours of figures: far apart, and none near the pale backgrounds.
var inks = []struct {
	name string
	rgb  [3]uint8
}{
	{"red", [3]uint8{218, 38, 38}},
	{"green", [3]uint8{36, 156, 60}},
	{"blue", [3]uint8{38, 84, 222}},
	{"yellow", [3]uint8{246, 200, 12}},
	{"purple", [3]uint8{140, 46, 168}},
	{"black", [3]uint8{28, 28, 34}},
}

type point struct{ x, y float64 }

var triangle = []point{{0, -1}, {0.96, 0.72}, {-0.96, 0.72}}

// star has its five points on the circle of radius 1.05 and the corners between them on that of 0.46: fatter than a
// pentagram, so that it can be told from a cross in a few pixels.
var star = []point{
	{0, -1.05}, {0.2704, -0.3721}, {0.9986, -0.3245}, {0.4375, 0.1421}, {0.6172, 0.8495},
	{0, 0.46}, {-0.6172, 0.8495}, {-0.4375, 0.1421}, {-0.9986, -0.3245}, {-0.2704, -0.3721},
}

// inPolygon counts the edges to the right of the point.
func inPolygon(corners []point, x, y float64) bool {
	inside := false
	a := corners[len(corners)-1]
	for _, b := range corners {
		if (a.y > y) != (b.y > y) && x-a.x < float64(b.x-a.x)*float64(y-a.y)/float64(b.y-a.y) {
			inside = !inside
		}
		a = b
	}
	return inside
}

// thing is a figure in a picture; lengths are in pixels.
type thing struct {
	figure, ink int
	x, y, r     float64 // middle and radius
	turn        float64 // tangent of half the angle that it is turned by
	light       int     // brightness added to the ink
}

// canvas is a square picture of size*size*3 bytes.
type canvas struct {
	size int
	rgb  []uint8
}

// fill paints a pale background that changes from one corner to the other.
func (c canvas) fill(from, to [3]int) {
	span := 2 * (c.size - 1)
	for y := range c.size {
		for x := range c.size {
			for k := range 3 {
				c.rgb[(y*c.size+x)*3+k] = uint8(from[k] + (to[k]-from[k])*(x+y)/span)
			}
		}
	}
}

// samples is the number of points a side that tell how much of a pixel a figure covers.
const samples = 4

// draw paints t with smooth edges.
func (c canvas) draw(t thing) {
	// Cosine and sine of the angle from the tangent of its half: exact operations only.
	half := float64(t.turn * t.turn)
	cos, sin := (1-half)/(1+half), 2*t.turn/(1+half)
	inside := figures[t.figure].inside
	reach := 1.1 * t.r
	for y := max(int(t.y-reach), 0); y <= min(int(t.y+reach), c.size-1); y++ {
		for x := max(int(t.x-reach), 0); x <= min(int(t.x+reach), c.size-1); x++ {
			covered := 0
			for s := range samples * samples {
				dx := (float64(x) + (float64(s%samples)+0.5)/samples - t.x) / t.r
				dy := (float64(y) + (float64(s/samples)+0.5)/samples - t.y) / t.r
				if inside(float64(cos*dx)+float64(sin*dy), float64(cos*dy)-float64(sin*dx)) {
					covered++
				}
			}
			pixel := c.rgb[(y*c.size+x)*3:]
			for k := range 3 {
				ink := min(max(int(inks[t.ink].rgb[k])+t.light, 0), 255)
				pixel[k] = uint8((int(pixel[k])*(samples*samples-covered) + ink*covered) / (samples * samples))
			}
		}
	}
}
