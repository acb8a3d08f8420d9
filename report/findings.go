package report

import (
	"fmt"
	"math"
)

// finding is a sentence about the figures.
type finding struct {
	Text string
	Bad  bool // something is to be looked at
}

// findings says in words what the figures say, for people who do not read tables.
func (r *Report) findings() (all []finding) {
	say := func(bad bool, format string, args ...any) {
		all = append(all, finding{fmt.Sprintf(format, args...), bad})
	}
	if r.Task == Classification {
		say(false, "%d of %d test rows are right, %d wrong.", r.Tested-r.Wrong, r.Tested, r.Wrong)
	}
	if len(r.Ablations) == 0 {
		return all
	}
	whole := r.Ablations[0].Measures[0]
	for _, a := range r.Ablations {
		if !a.Baseline {
			continue
		}
		m := a.Measures[0]
		better := whole.Value-m.Value > r.noise(whole.Value)
		if better {
			say(false, "Without looking (%s), %s would be %s; the model reaches %s.", a.Note, m.Name, figure(m.Value), figure(whole.Value))
		} else {
			say(true, "The model is no better than saying the same without looking (%s): %s is %s and %s.", a.Note, m.Name, figure(whole.Value), figure(m.Value))
		}
	}
	r.inputFindings(say, whole)
	if c := r.confusions(1); len(c) > 0 {
		say(false, "The most frequent confusion: “%s” is taken for “%s”, %d times (%s of that class).", c[0].True, c[0].Said, c[0].Count, percent(c[0].Share))
	}
	if r.Task == Classification && r.ECE > .05 {
		sure, n := 0.0, 0.0
		for _, b := range r.Bins {
			if b.Count > 0 {
				sure += b.Confidence * float64(b.Count)
				n += float64(b.Count)
			}
		}
		if sure /= n; sure > whole.Value {
			say(true, "The model is too sure of itself: its mean confidence is %s, its accuracy %s.", percent(sure), percent(whole.Value))
		} else {
			say(true, "The model is not sure enough: its mean confidence is %s, its accuracy %s.", percent(sure), percent(whole.Value))
		}
	}
	return all
}

// inputFindings says which inputs are used.
func (r *Report) inputFindings(say func(bad bool, format string, args ...any), whole Measure) {
	lost := map[string]float64{}
	for _, a := range r.Ablations {
		lost[a.Name] = whole.Value - a.Measures[0].Value
	}
	image, hasImage := lost[imageShuffled]
	text, hasText := lost[textShuffled]
	if !hasImage || !hasText {
		return
	}
	few := r.noise(whole.Value)
	switch {
	case image > few && text > few:
		say(false, "It uses both inputs: with the image of another row %s falls by %s, with the text of another row by %s.", whole.Name, figure(image), figure(text))
	case image > few:
		say(true, "The text hardly matters: with that of another row %s is %s instead of %s.", whole.Name, figure(whole.Value-text), figure(whole.Value))
	case text > few:
		say(true, "The image hardly matters: with that of another row %s is %s instead of %s.", whole.Name, figure(whole.Value-image), figure(whole.Value))
	default:
		say(true, "Neither image nor text matters: with those of other rows %s hardly changes.", whole.Name)
	}
}

// noise is what a measure differs by without meaning anything: two standard errors of a share, or a hundredth.
func (r *Report) noise(v float64) float64 {
	if r.Task != Classification || r.Tested == 0 {
		return .01
	}
	return max(2*math.Sqrt(v*(1-v)/float64(r.Tested)), 1/float64(r.Tested))
}
