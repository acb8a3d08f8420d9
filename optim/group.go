package optim

import (
	"path"

	"github.com/braidml/braid/tensor"
)

// Group treats some parameters differently: a pretrained encoder with a tenth of the rate, embeddings without decay.
type Group struct {
	Match string  // a pattern of parameter names, "text.*"; * is any text, dots included, ? and [] as in path.Match
	Rate  float64 // factor on the learning rate; 0 is 1 (to stop a part altogether, freeze it before New)
	Rule  Rule    // nil: the optimizer's. Its own learning rate plays no part
}

// group is a Group with its defaults filled in.
type group struct {
	factor float64
	rule   Rule
}

func (g Group) resolve(r Rule) group {
	expect(g.Rate >= 0, "New", "the group %q has rate %v: at least 0 is expected", g.Match, g.Rate)
	if g.Rule != nil {
		checkHyper(g.Rule)
		r = g.Rule
	}
	return group{factor: or(g.Rate, 1), rule: r}
}

// find is the first group whose pattern name matches, or len(groups).
func find(groups []Group, name string) int {
	for i, g := range groups {
		ok, err := path.Match(g.Match, name)
		expect(err == nil, "New", "the group %q is no pattern: %v", g.Match, err)
		if ok {
			return i
		}
	}
	return len(groups)
}

// checkHyper lets our rules check their numbers.
func checkHyper(r Rule) {
	if c, ok := r.(interface{ check() }); ok {
		c.check()
	}
}

// part is a parameter's window of a vector.
type part struct {
	param  *tensor.Tensor
	offset int
}

// parts are the windows of f's parameters: each begins at a multiple of 16 elements.
func parts(f *tensor.Flat) []part {
	var list []part
	n := 0
	for _, p := range f.Params() {
		list = append(list, part{p, n})
		n += (p.Len() + 15) &^ 15
	}
	return list
}
