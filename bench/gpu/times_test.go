//go:build linux && cgo && !cpu

package gpu

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/braidml/braid/internal/gputime"
	"github.com/braidml/braid/tensor"
)

// TestTimes measures, prints a table, and writes the rows to -times.
func TestTimes(t *testing.T) {
	open(t, tensor.Options{}) // or skip
	cases := gputime.Tiny
	if *full {
		cases = gputime.Full
	}
	var rows []gputime.Row
	add := func(r gputime.Row, err error) {
		if err != nil {
			t.Error(err)
			return
		}
		t.Logf("%s, %s: %.4f ms", r.Name, r.Precision, 1e3*r.Seconds) // at once: the rest may run out of time
		rows = append(rows, r)
	}
	for p := range gputime.Precisions {
		if err := gputime.Measure(cases, p, effort(), add); err != nil {
			t.Fatal(err)
		}
	}
	for p := range gputime.Precisions {
		add(timeStep(t, p))
	}
	for _, r := range rows {
		if !(r.Seconds > 0) {
			t.Errorf("%s, %s: took %v seconds", r.Name, r.Precision, r.Seconds)
		}
	}
	var others peers
	if *peersFile != "" {
		text, err := os.ReadFile(*peersFile)
		if err == nil {
			err = json.Unmarshal(text, &others)
		}
		if err != nil {
			t.Error(err)
		}
	}
	t.Logf("\n%s", table(rows, others))
	if *timesFile != "" {
		text, err := json.MarshalIndent(rows, "", " ")
		if err == nil {
			err = os.WriteFile(*timesFile, append(text, '\n'), 0o644)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// timeStep measures training steps of the Keras listing as a program sees them: recording included, data on the device,
// each step waited for.
func timeStep(t *testing.T, precision int) (gputime.Row, error) {
	side, text, batch := 10, 20, 2
	if *full {
		side, text, batch = 224, 1000, 32
	}
	dev := open(t, tensor.Options{Precision: tensor.Precision(precision)})
	defer dev.Close()
	m := listing(rand.New(rand.NewPCG(1, 2)), side, text, batch)
	row := gputime.Row{Name: "fusion step", Precision: gputime.Precisions[precision], Flops: listingFlops(side, text, batch)}
	var medians [2]float64
	for i := range medians {
		var all []float64
		for start := time.Now(); len(all) < 5 || time.Since(start) < 2*effort().Series; {
			begin := time.Now()
			if _, err := m.step(dev); err != nil {
				return row, err
			}
			all = append(all, time.Since(begin).Seconds())
		}
		all = all[3:] // the first is computed operation by operation, the second captured
		slices.Sort(all)
		medians[i] = all[len(all)/2]
	}
	row.Seconds = (medians[0] + medians[1]) / 2
	row.Spread = max(medians[0], medians[1])/min(medians[0], medians[1]) - 1
	return row, nil
}

// listingFlops are the multiplications and additions of one step: three products for each layer, two for those that
// read the input.
func listingFlops(side, text, batch int) float64 {
	a, b := side-2, side-4
	conv1, conv2 := a*a*64*27, b*b*128*64*9
	head := (b/2*(b/2)*128 + 128) * 10
	text1, text2 := text*256, 256*128
	return 2 * float64(batch) * float64(2*conv1+3*conv2+3*head+2*text1+3*text2)
}
