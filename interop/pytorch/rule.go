package pytorch

import (
	"fmt"
	"reflect"
	"strconv"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/models"
)

// rule is how one parameter is called and laid out in PyTorch.
type rule struct {
	name   string
	conv   bool   // [a, r, s, b] here, [a, b, r, s] there
	second string // of an RNN's bias: the name of the other one
	rows   mixed  // order of a matrix's rows
	cols   mixed  // and of its columns
}

// mixed is the beginning of a dimension whose numbers are those of a map: pixel by pixel here, channel by channel there.
// The zero value is none.
type mixed struct{ pixels, channels int }

// place is where PyTorch has our element i.
func (m mixed) place(i int) int {
	if i >= m.pixels*m.channels {
		return i
	}
	return i%m.channels*m.pixels + i/m.channels
}

// rules finds the parameters of m that PyTorch has otherwise.
func rules(m any) (map[string]rule, error) {
	all := map[string]rule{}
	flat := map[*layers.Dense]mixed{} // Dense layers whose input is a map, flattened
	for path, node := range layers.Walk(m) {
		switch l := node.(type) {
		case *layers.Conv2D, *layers.ConvTranspose2D:
			all[join(path, "weight")] = rule{name: join(path, "weight"), conv: true}
		case *layers.BatchNorm:
			all[join(path, "mean")] = rule{name: join(path, "running_mean")}
			all[join(path, "var")] = rule{name: join(path, "running_var")}
		case *layers.RNN:
			all[join(path, "weight_ih")] = rule{name: join(path, "weight_ih_l0")}
			all[join(path, "weight_hh")] = rule{name: join(path, "weight_hh_l0")}
			all[join(path, "bias")] = rule{name: join(path, "bias_ih_l0"), second: join(path, "bias_hh_l0")}
		case *layers.Spectral:
			return nil, fmt.Errorf("pytorch: %s is normalised by its spectral norm, whose state has no counterpart: take the layer within", path)
		case layers.Sequential:
			sequence(path, l, flat, all)
		case *models.Fusion:
			d, ok := firstDense(l.Head)
			_, concat := l.Merge.(layers.Concat)
			if c := flattened(l.Image); ok && concat && c > 1 {
				text := widthOf(l.Text)
				if text == 0 {
					return nil, fmt.Errorf("pytorch: %s: how many features the text encoder %T gives is not known, so neither which columns of the head are pixels", join(path, "head"), l.Text)
				}
				flat[d] = mixed{pixels: (d.Weight.Shape()[1] - text) / c, channels: c}
			}
		case *models.Discriminator:
			c := flattened(l.Body)
			for _, head := range []layers.Layer{l.Head, l.Match} {
				if d, ok := firstDense(head); ok && c > 1 {
					flat[d] = mixed{pixels: d.Weight.Shape()[1] / c, channels: c}
				}
			}
		}
	}
	for path, node := range layers.Walk(m) {
		d, _ := node.(*layers.Dense)
		if order, ok := flat[d]; ok {
			r := all[join(path, "weight")]
			r.name, r.cols = join(path, "weight"), order
			all[r.name] = r
		}
	}
	return all, nil
}

// sequence looks for maps that become vectors, and the other way round.
func sequence(path string, s layers.Sequential, flat map[*layers.Dense]mixed, all map[string]rule) {
	channels, vector := 0, false
	for i, l := range s {
		if c := channelsOf(l); c > 0 {
			channels, vector = c, false
		}
		switch l := l.(type) {
		case layers.Func:
			vector = vector || isFlatten(l)
		case *layers.Dense:
			if vector && channels > 1 {
				flat[l] = mixed{pixels: l.Weight.Shape()[1] / channels, channels: channels}
			}
			channels, vector = 0, false
			if i+1 < len(s) {
				if r, ok := s[i+1].(layers.Reshape); ok && len(r.Shape) == 3 {
					order := mixed{pixels: r.Shape[0] * r.Shape[1], channels: r.Shape[2]}
					for _, name := range []string{"weight", "bias"} {
						name = join(path, strconv.Itoa(i)+"."+name)
						all[name] = rule{name: name, rows: order}
					}
				}
			}
		}
	}
}

// channelsOf is how many channels l's output has, 0 if l leaves them as they are.
func channelsOf(l layers.Layer) int {
	switch l := l.(type) {
	case *layers.Conv2D:
		return l.Weight.Shape()[0]
	case *layers.ConvTranspose2D:
		return l.Weight.Shape()[3]
	case *layers.BatchNorm:
		return l.Weight.Len()
	case layers.Residual:
		return channelsOf(l.Body)
	case layers.Reshape:
		if len(l.Shape) == 3 {
			return l.Shape[2]
		}
	case layers.Sequential:
		for i := len(l) - 1; i >= 0; i-- {
			if c := channelsOf(l[i]); c > 0 {
				return c
			}
		}
	}
	return 0
}

// flattened is the channels of the map that l ends by flattening, 0 if it does not.
func flattened(l layers.Layer) int {
	s, ok := l.(layers.Sequential)
	if !ok || len(s) == 0 {
		return 0
	}
	f, ok := s[len(s)-1].(layers.Func)
	if !ok || !isFlatten(f) {
		return 0
	}
	return channelsOf(s[:len(s)-1])
}

// widthOf is how many numbers l gives a sample, by its last Dense layer; 0 if that is not known.
func widthOf(l layers.Layer) int {
	switch l := l.(type) {
	case *layers.Dense:
		return l.Weight.Shape()[0]
	case *models.TextRNN:
		return widthOf(l.Out)
	case *models.TextBag:
		return widthOf(l.Out)
	case layers.Sequential:
		for i := len(l) - 1; i >= 0; i-- {
			if n := widthOf(l[i]); n > 0 {
				return n
			}
		}
	}
	return 0
}

func isFlatten(f layers.Func) bool {
	return reflect.ValueOf(f).Pointer() == reflect.ValueOf(layers.Flatten).Pointer()
}

func firstDense(l layers.Layer) (*layers.Dense, bool) {
	switch l := l.(type) {
	case *layers.Dense:
		return l, true
	case layers.Sequential:
		if len(l) > 0 {
			return firstDense(l[0])
		}
	}
	return nil, false
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
