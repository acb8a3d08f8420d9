package data

import (
	"fmt"
	"math/rand/v2"
)

// question is a text about a scene, with its answer.
type question struct{ text, answer string }

// Questions of level 1, with a place for what they are about. Both spellings of colour occur.
var (
	askInk = []string{
		"what colour is the %s?", "what color is the %s?", "which colour does the %s have?",
		"the %s is painted in which color?",
	}
	askFigure = []string{
		"what shape is %s?", "which shape does %s have?", "%s has what shape?", "what is the shape of %s?",
	}
	askThere = []string{
		"is there a %s?", "does the picture show a %s?", "can you see a %s?", "is a %s in the picture?",
	}
	askCount = []string{
		"how many %s are there?", "how many %s can you see?", "count the %s.", "what is the number of %s?",
	}
)

// ask draws a question about s; ok is false if s does not allow the kind that came up, and another try may help.
func (s *scene) ask(rng *rand.Rand, level int) (q question, ok bool) {
	kind := s.askWhich
	switch share := rng.Float64(); {
	case level == 1 && share < 0.3:
		kind = s.askInkOf
	case level == 1 && share < 0.6:
		kind = s.askFigureOf
	case level == 1:
		kind = s.askAttribute
	case share < 0.3:
		kind = s.askCountOf
	case share < 0.55:
		kind = s.askWhether
	case share < 0.65:
		kind = s.askInkOf
	case share < 0.75:
		kind = s.askFigureOf
	}
	// Some kinds seldom fit a scene; without more than one try, counting would crowd them out.
	for range 10 {
		if q, ok = kind(rng); ok {
			break
		}
	}
	return q, ok
}

func pick[T any](rng *rand.Rand, of []T) T { return of[rng.IntN(len(of))] }

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// names are the shortest ways to speak of thing i that fit no other: "circle", "red shape"; else "red circle"; else none.
func (s *scene) names(i int) []string {
	t := s.things[i]
	ink, figure := inks[t.ink].name, figures[t.figure].name
	var names []string
	if s.count(-1, t.figure) == 1 {
		names = append(names, figure)
	}
	if s.count(t.ink, -1) == 1 {
		names = append(names, ink+" shape")
	}
	if names == nil && s.count(t.ink, t.figure) == 1 {
		names = append(names, ink+" "+figure)
	}
	return names
}

// askInkOf asks for the colour of a thing that a name without colour tells from the others.
func (s *scene) askInkOf(rng *rand.Rand) (question, bool) {
	i := rng.IntN(len(s.things))
	t := s.things[i]
	noun := figures[t.figure].name
	if len(s.things) == 1 {
		noun = pick(rng, []string{noun, "shape", "thing"})
	} else if s.count(-1, t.figure) != 1 {
		return question{}, false
	}
	return question{fmt.Sprintf(pick(rng, askInk), noun), inks[t.ink].name}, true
}

// askFigureOf asks for the shape of a thing that its colour tells from the others.
func (s *scene) askFigureOf(rng *rand.Rand) (question, bool) {
	i := rng.IntN(len(s.things))
	t := s.things[i]
	noun := "the " + inks[t.ink].name + " thing"
	if len(s.things) == 1 {
		noun = pick(rng, []string{noun, "it", "the thing"})
	} else if s.count(t.ink, -1) != 1 {
		return question{}, false
	}
	return question{fmt.Sprintf(pick(rng, askFigure), noun), figures[t.figure].name}, true
}

// askAttribute asks whether the only thing is of some kind: yes and no equally often for every text.
func (s *scene) askAttribute(rng *rand.Rand) (question, bool) {
	t := s.things[0]
	truth := rng.IntN(2) == 0
	ink, figure := t.ink, t.figure
	switch kind := rng.IntN(4); kind {
	case 0: // any other of the inks, or of the figures, by a step round the list
		if !truth {
			ink = (ink + 1 + rng.IntN(len(inks)-1)) % len(inks)
		}
		noun := pick(rng, []string{figures[figure].name, "shape", "thing"})
		return question{fmt.Sprintf("is the %s %s?", noun, inks[ink].name), yes(truth)}, true
	case 1:
		if !truth {
			figure = (figure + 1 + rng.IntN(len(figures)-1)) % len(figures)
		}
		noun := pick(rng, []string{"it", "the " + inks[ink].name + " thing", "the thing"})
		return question{fmt.Sprintf("is %s a %s?", noun, figures[figure].name), yes(truth)}, true
	default:
		if !truth { // any other pair, by a step round the table of pairs
			pair := ink*len(figures) + figure
			pair = (pair + 1 + rng.IntN(len(inks)*len(figures)-1)) % (len(inks) * len(figures))
			ink, figure = pair/len(figures), pair%len(figures)
		}
		return question{fmt.Sprintf(pick(rng, askThere), inks[ink].name+" "+figures[figure].name), yes(truth)}, true
	}
}
