package data

import "math/rand/v2"

// scene is what a picture shows.
type scene struct {
	things []thing
	near   float64 // two middles closer than this (in x or in y) are neither left nor right of, above nor below each other
}

// newScene draws what a picture of a level shows. Lengths go with its size.
func newScene(rng *rand.Rand, level, size int) scene {
	unit := float64(size) / 32
	s := scene{near: float64(4 * unit)}
	if level == 1 {
		s.things = []thing{newThing(rng, size, float64((6+float64(5*rng.Float64()))*unit))}
		s.things[0].figure, s.things[0].ink = rng.IntN(len(figures)), rng.IntN(len(inks))
		return s
	}
	// Two to four figures and colours a picture: often enough things of the same kind come together, so that counting
	// and pointing at one of them have to look at both.
	someFigures, someInks := rng.Perm(len(figures))[:2+rng.IntN(3)], rng.Perm(len(inks))[:2+rng.IntN(3)]
	for n := 2 + rng.IntN(3); len(s.things) < n; {
		t, ok := s.place(rng, size, float64((4.6+float64(1.2*rng.Float64()))*unit))
		if !ok {
			s.things = s.things[:0] // the first ones stand in the way: begin again
			continue
		}
		t.figure, t.ink = someFigures[rng.IntN(len(someFigures))], someInks[rng.IntN(len(someInks))]
		s.things = append(s.things, t)
	}
	return s
}

// newThing is somewhere within the picture.
func newThing(rng *rand.Rand, size int, r float64) thing {
	room := float64(size) - 2*r
	return thing{
		x: r + float64(room*rng.Float64()), y: r + float64(room*rng.Float64()), r: r,
		turn:  float64(0.24*rng.Float64()) - 0.12, // up to 13.7 degrees either way: a square is not yet a diamond
		light: rng.IntN(31) - 15,
	}
}

// place is a thing that touches no other, if some tries find one.
func (s *scene) place(rng *rand.Rand, size int, r float64) (thing, bool) {
	for range 30 {
		t := newThing(rng, size, r)
		free := true
		for _, o := range s.things {
			dx, dy, apart := t.x-o.x, t.y-o.y, 1.1*(t.r+o.r)
			free = free && float64(dx*dx)+float64(dy*dy) > float64(apart*apart)
		}
		if free {
			return t, true
		}
	}
	return thing{}, false
}

// paint draws the scene into rgb.
func (s *scene) paint(rng *rand.Rand, size int, rgb []uint8) {
	c := canvas{size, rgb}
	var from, to [3]int
	for k := range 3 {
		from[k], to[k] = 205+rng.IntN(50), 205+rng.IntN(50)
	}
	c.fill(from, to)
	for _, t := range s.things {
		c.draw(t)
	}
}
