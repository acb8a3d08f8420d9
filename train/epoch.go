package train

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Epoch is what one epoch gave.
type Epoch struct {
	Number    int                // from 1
	Loss      float64            // mean over training samples, of Loss or of what Step logged as "loss"; NaN if neither
	ValidLoss float64            // NaN without Valid
	Values    map[string]float64 // metrics by name, and the means of what Pass.Log recorded in training
	Best      bool               // the lowest ValidLoss so far, or Loss where there is none
	Time      time.Duration      // of training, without validation and saving
	Samples   int                // trained on
}

// String is one line: "epoch 3: loss 0.412, valid 0.398, accuracy 0.871 (4.2 s, 9184 samples/s)".
func (e Epoch) String() string {
	var b strings.Builder
	if e.Number > 0 {
		fmt.Fprintf(&b, "epoch %d: ", e.Number)
	}
	var parts []string
	add := func(name string, v float64) {
		if v == v {
			parts = append(parts, fmt.Sprintf("%s %.3g", name, v))
		}
	}
	add("loss", e.Loss)
	if e.Number > 0 {
		add("valid", e.ValidLoss)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Values)) {
		add(name, e.Values[name])
	}
	b.WriteString(strings.Join(parts, ", "))
	fmt.Fprintf(&b, " (%.1f s", e.Time.Seconds())
	if s := e.Time.Seconds(); s > 0 {
		fmt.Fprintf(&b, ", %.0f samples/s", float64(e.Samples)/s)
	}
	b.WriteByte(')')
	return b.String()
}

// score is what Best goes by.
func (e Epoch) score() float64 {
	if math.IsNaN(e.ValidLoss) {
		return e.Loss
	}
	return e.ValidLoss
}

// epochJSON is an Epoch in JSON, which has no NaN.
type epochJSON struct {
	Number    int               `json:"epoch"`
	Loss      number            `json:"loss"`
	ValidLoss number            `json:"valid_loss"`
	Values    map[string]number `json:"values"`
	Best      bool              `json:"best"`
	Seconds   float64           `json:"seconds"`
	Samples   int               `json:"samples"`
}

// MarshalJSON writes {"epoch", "loss", "valid_loss", "values", "best", "seconds", "samples"}; NaN is null.
func (e Epoch) MarshalJSON() ([]byte, error) {
	j := epochJSON{e.Number, number(e.Loss), number(e.ValidLoss), map[string]number{}, e.Best, e.Time.Seconds(), e.Samples}
	for k, v := range e.Values {
		j.Values[k] = number(v)
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Epoch) UnmarshalJSON(b []byte) error {
	j := epochJSON{Loss: nan, ValidLoss: nan}
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*e = Epoch{j.Number, float64(j.Loss), float64(j.ValidLoss), map[string]float64{}, j.Best, seconds(j.Seconds), j.Samples}
	for k, v := range j.Values {
		e.Values[k] = float64(v)
	}
	return nil
}

func seconds(s float64) time.Duration { return time.Duration(math.Round(s * 1e9)) }
