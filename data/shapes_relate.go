package data

import (
	"fmt"
	"math/rand/v2"
)

// numbers are the answers to counting questions.
var numbers = []string{"zero", "one", "two", "three", "four"}

// count is how many things have the ink and the figure; -1 is any.
func (s *scene) count(ink, figure int) int {
	n := 0
	for _, t := range s.things {
		if (ink < 0 || t.ink == ink) && (figure < 0 || t.figure == figure) {
			n++
		}
	}
	return n
}

// plural of the things that count(ink, figure) counts.
func plural(ink, figure int) string {
	noun := "shapes"
	if figure >= 0 {
		noun = figures[figure].name + "s"
		if figures[figure].name == "cross" {
			noun = "crosses"
		}
	}
	if ink >= 0 {
		noun = inks[ink].name + " " + noun
	}
	return noun
}

// askCountOf asks for a number. It draws the number first, among those that some question about the scene has, so that
// zero and one do not drown the others.
func (s *scene) askCountOf(rng *rand.Rand) (question, bool) {
	var nouns [5][]string
	for ink := -1; ink < len(inks); ink++ {
		for figure := -1; figure < len(figures); figure++ {
			n := s.count(ink, figure)
			nouns[n] = append(nouns[n], plural(ink, figure))
		}
	}
	for {
		if n := rng.IntN(len(nouns)); len(nouns[n]) > 0 {
			return question{fmt.Sprintf(pick(rng, askCount), pick(rng, nouns[n])), numbers[n]}, true
		}
	}
}

// relations say where one thing is from another: along is the signed distance, positive where the word holds.
var relations = []struct {
	words string
	along func(a, b thing) float64
}{
	{"left of", func(a, b thing) float64 { return b.x - a.x }},
	{"right of", func(a, b thing) float64 { return a.x - b.x }},
	{"above", func(a, b thing) float64 { return b.y - a.y }},
	{"below", func(a, b thing) float64 { return a.y - b.y }},
}

// askWhether asks whether one thing is on some side of another. The answer is drawn first.
func (s *scene) askWhether(rng *rand.Rand) (question, bool) {
	order := rng.Perm(len(s.things))
	a, b := s.names(order[0]), s.names(order[1])
	relation := relations[rng.IntN(len(relations))]
	along := relation.along(s.things[order[0]], s.things[order[1]])
	if len(a) == 0 || len(b) == 0 || max(along, -along) < s.near {
		return question{}, false
	}
	first, second, truth := pick(rng, a), pick(rng, b), along > 0
	if wanted := rng.IntN(2) == 0; truth != wanted {
		first, second, truth = second, first, wanted
	}
	return question{fmt.Sprintf("is the %s %s the %s?", first, relation.words, second), yes(truth)}, true
}

// askWhich asks for shape or colour of the only thing on some side of another.
func (s *scene) askWhich(rng *rand.Rand) (question, bool) {
	base := rng.IntN(len(s.things))
	names := s.names(base)
	relation := relations[rng.IntN(len(relations))]
	found := -1
	for i, t := range s.things {
		along := relation.along(t, s.things[base])
		switch {
		case i == base || along <= -s.near:
		case along < s.near || found >= 0: // hard to tell, or the second one
			return question{}, false
		default:
			found = i
		}
	}
	if len(names) == 0 || found < 0 {
		return question{}, false
	}
	where := relation.words + " the " + pick(rng, names)
	t := s.things[found]
	if rng.IntN(2) == 0 {
		return question{"what shape is " + where + "?", figures[t.figure].name}, true
	}
	word := pick(rng, []string{"colour", "color"})
	return question{"what " + word + " is the shape " + where + "?", inks[t.ink].name}, true
}
