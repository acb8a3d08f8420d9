package train

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
)

// History is all epochs. Package report draws it.
type History []Epoch

// WriteCSV writes a line an epoch under a header: epoch, loss, valid_loss, best, seconds, samples, then the Values by
// name. What is absent or NaN is empty.
func (h History) WriteCSV(w io.Writer) error {
	names := map[string]bool{}
	for _, e := range h {
		for name := range e.Values {
			names[name] = true
		}
	}
	columns := slices.Sorted(maps.Keys(names))
	c := csv.NewWriter(w)
	rows := [][]string{append([]string{"epoch", "loss", "valid_loss", "best", "seconds", "samples"}, columns...)}
	for _, e := range h {
		row := []string{
			strconv.Itoa(e.Number), cell(e.Loss), cell(e.ValidLoss), strconv.FormatBool(e.Best),
			cell(e.Time.Seconds()), strconv.Itoa(e.Samples),
		}
		for _, name := range columns {
			v, ok := e.Values[name]
			if !ok {
				v = math.NaN()
			}
			row = append(row, cell(v))
		}
		rows = append(rows, row)
	}
	if err := c.WriteAll(rows); err != nil {
		return fmt.Errorf("train: history: %w", err)
	}
	return nil
}

func cell(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// WriteJSON writes an array with an object an epoch, as Epoch.MarshalJSON has it.
func (h History) WriteJSON(w io.Writer) error {
	if h == nil {
		h = History{}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(h); err != nil {
		return fmt.Errorf("train: history: %w", err)
	}
	return nil
}

// best is the lowest score so far, infinite before there is one.
func (h History) best() float64 {
	best := math.Inf(1)
	for _, e := range h {
		if e.Best {
			best = e.score()
		}
	}
	return best
}

// sinceBest is how many epochs have passed since the best one.
func (h History) sinceBest() int {
	for i, e := range slices.Backward(h) {
		if e.Best {
			return len(h) - 1 - i
		}
	}
	return len(h)
}
