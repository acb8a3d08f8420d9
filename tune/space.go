package tune

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Space is what is searched: settings by name, each with the values it may have.
type Space []Dimension

// Dimension is one setting.
type Dimension struct {
	Name   string `json:"name"`
	Values Values `json:"values"`
}

// Values are those that a setting may have: a range, or a list.
type Values struct {
	Low   float64  `json:"low"` // of a range, both ends included; unused with Of
	High  float64  `json:"high"`
	Whole bool     `json:"whole,omitempty"` // the range has whole numbers only
	Log   bool     `json:"log,omitempty"`   // draw evenly in the logarithm, as for a learning rate
	Of    []string `json:"of,omitempty"`
}

// String is "0.001..0.1" or "add,multiply".
func (v Values) String() string {
	if len(v.Of) > 0 {
		return strings.Join(v.Of, ",")
	}
	return fmt.Sprintf("%v..%v", v.Low, v.High)
}

// Has reports whether a text is one of the values.
func (v Values) Has(text string) bool {
	if len(v.Of) > 0 {
		return slices.Contains(v.Of, text)
	}
	x, err := strconv.ParseFloat(text, 64)
	return err == nil && x >= v.Low && x <= v.High && (!v.Whole || x == math.Trunc(x))
}

// Uniform is the reals from low to high.
func Uniform(low, high float64) Values { return Values{Low: low, High: high} }

// LogUniform is the reals from low to high, evenly in their logarithm.
func LogUniform(low, high float64) Values { return Values{Low: low, High: high, Log: true} }

// Integers is the whole numbers from low to high.
func Integers(low, high int) Values {
	return Values{Low: float64(low), High: float64(high), Whole: true}
}

// Choice is one of values, each as likely.
func Choice(values ...string) Values { return Values{Of: values} }

// check panics on values that cannot be drawn.
func (s Space) check(op string) {
	names := map[string]bool{}
	for _, d := range s {
		v := d.Values
		finite := !math.IsNaN(v.Low) && !math.IsInf(v.Low, 0) && !math.IsNaN(v.High) && !math.IsInf(v.High, 0)
		switch {
		case d.Name == "" || names[d.Name]:
			misuse(op, "two settings are named %q, or one has no name: each its own is expected", d.Name)
		case len(v.Of) == 0 && !(finite && v.Low <= v.High):
			misuse(op, "%s lies between %v and %v: two finite numbers, the lower first, are expected", d.Name, v.Low, v.High)
		case len(v.Of) == 0 && v.Log && !(v.Low > 0):
			misuse(op, "%s begins at %v: more than 0 is expected of a logarithmic range", d.Name, v.Low)
		}
		names[d.Name] = true
	}
}

// Settings are the values of a trial by name, as texts: what flags and configurations are read from.
type Settings map[string]string

// Float is a setting as a number; it panics if there is no such setting, or it is none.
func (s Settings) Float(name string) float64 {
	v, err := strconv.ParseFloat(s.text("Float", name), 64)
	if err != nil {
		misuse("Float", "%s is %q: a number is expected", name, s[name])
	}
	return v
}

// Int is a setting as a whole number; it panics if there is no such setting, or it is none.
func (s Settings) Int(name string) int {
	v, err := strconv.Atoi(s.text("Int", name))
	if err != nil {
		misuse("Int", "%s is %q: a whole number is expected", name, s[name])
	}
	return v
}

// Text is a setting; it panics if there is no such setting.
func (s Settings) Text(name string) string { return s.text("Text", name) }

func (s Settings) text(op, name string) string {
	v, ok := s[name]
	if !ok {
		misuse(op, "there is no setting %q", name)
	}
	return v
}

// draw draws the settings of the trial behind those before it, by a generator of its own: the same ones for the same seed,
// and others than theirs unless those are hard to find.
func (s Space) draw(seed uint64, before Trials) Settings {
	rng := rand.New(rand.NewPCG(seed, uint64(len(before))))
	settings := Settings{}
	for range 1000 {
		for _, d := range s {
			settings[d.Name] = d.Values.draw(rng)
		}
		if !slices.ContainsFunc(before, func(t *Trial) bool { return maps.Equal(t.Settings, settings) }) {
			break
		}
	}
	return settings
}

// size is how many different settings there are; infinite with a range of reals.
func (s Space) size() float64 {
	n := 1.0
	for _, d := range s {
		switch v := d.Values; {
		case len(v.Of) > 0:
			n *= float64(len(v.Of))
		case v.Whole:
			n *= v.High - v.Low + 1
		case v.Low < v.High:
			return math.Inf(1)
		}
	}
	return n
}

func (v Values) draw(rng *rand.Rand) string {
	if len(v.Of) > 0 {
		return v.Of[rng.IntN(len(v.Of))]
	}
	low, high := v.Low, v.High
	if v.Whole { // each number has the room between its neighbours' halves
		low, high = low-0.5, high+0.5
	}
	if v.Log {
		low, high = math.Log(max(low, v.Low/2)), math.Log(high)
	}
	x := low + rng.Float64()*(high-low)
	if v.Log {
		x = math.Exp(x)
	}
	if v.Whole {
		return strconv.Itoa(int(min(max(math.Round(x), v.Low), v.High)))
	}
	return short(x, v.Low, v.High)
}

// short is x in three digits, which say all that matters and can be typed: what is tried is what is printed. A number
// that rounding takes out of the range is its end.
func short(x, low, high float64) string {
	text := strconv.FormatFloat(x, 'g', 3, 64)
	switch v, _ := strconv.ParseFloat(text, 64); {
	case v < low:
		x = low
	case v > high:
		x = high
	default:
		return text
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// String is "lr=0.003 merge=gated", in the order of the space.
func (s Space) String(settings Settings) string {
	var parts []string
	for _, d := range s {
		parts = append(parts, fmt.Sprintf("%s=%s", d.Name, settings[d.Name]))
	}
	return strings.Join(parts, " ")
}
