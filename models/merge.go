package models

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/braidml/braid/layers"
)

// Merge is how a Fusion joins the two feature vectors. It is written and read as its name ("concat").
type Merge uint8

// The merges, in rising cost; see package layers for their formulas.
const (
	Concat Merge = iota
	Add
	Multiply
	Gated
	Bilinear
)

var mergeNames = []string{"concat", "add", "multiply", "gated", "bilinear"}

var mergeList = strings.Join(mergeNames, ", ")

// String is the merge's name.
func (m Merge) String() string {
	if int(m) < len(mergeNames) {
		return mergeNames[m]
	}
	return fmt.Sprintf("Merge(%d)", m)
}

// MarshalText is the merge's name.
func (m Merge) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a merge's name.
func (m *Merge) UnmarshalText(text []byte) error {
	i := slices.Index(mergeNames, string(text))
	if i < 0 {
		return fmt.Errorf("models: there is no merge %q: one of %s is expected", text, mergeList)
	}
	*m = Merge(i)
	return nil
}

// layer is the merge of two vectors of width d, and the width of the result.
func (m Merge) layer(rng *rand.Rand, d, rank int) (layers.Merge, int) {
	switch m {
	case Add:
		return layers.Add{}, d
	case Multiply:
		return layers.Multiply{}, d
	case Gated:
		return layers.NewGated(rng, d, d, d), d
	case Bilinear:
		return layers.NewBilinear(rng, d, d, d, rank), d
	}
	return layers.Concat{}, 2 * d
}
