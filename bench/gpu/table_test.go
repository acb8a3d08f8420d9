//go:build linux && cgo && !cpu

package gpu

import (
	"fmt"
	"strings"
	"testing"

	"github.com/braidml/braid/internal/gputime"
)

// peers are the times of another library on the same device.
type peers struct {
	Version string
	Rows    []gputime.Row
}

func (p peers) of(name, precision string) (gputime.Row, bool) {
	for _, r := range p.Rows {
		if r.Name == name && r.Precision == precision {
			return r, true
		}
	}
	return gputime.Row{}, false
}

// table prints rows beside the peers', and beside what the device was seen to do at best: the fastest copy, and the
// fastest matrix product in the same precision, of whichever library.
func table(rows []gputime.Row, others peers) string {
	memory, matrix := 0.0, map[string]float64{}
	for _, r := range append(append([]gputime.Row{}, rows...), others.Rows...) {
		if r.Name == "copy" {
			memory = max(memory, r.Bytes/r.Seconds)
		}
		if strings.HasPrefix(r.Name, "gemm") {
			matrix[r.Precision] = max(matrix[r.Precision], r.Flops/r.Seconds)
		}
	}
	var b strings.Builder
	share := func(rate, ceiling float64) string {
		if rate == 0 || ceiling == 0 {
			return "-"
		}
		return fmt.Sprintf("%.0f%%", 100*rate/ceiling)
	}
	version := others.Version
	if version == "" {
		version = "not measured"
	}
	fmt.Fprintf(&b, "copy %.0f GB/s, read and written", memory/1e9)
	for _, p := range gputime.Precisions {
		fmt.Fprintf(&b, "; %s product %.1f TFLOP/s", p, matrix[p]/1e12)
	}
	fmt.Fprintf(&b, "\npeer: %s; x peer is its time divided by ours\n\n", version)
	fmt.Fprintf(&b, "%-22s %-5s %10s %6s %9s %8s %9s %7s %10s %7s\n",
		"", "", "ms", "+-", "TFLOP/s", "product", "GB/s", "copy", "peer ms", "x peer")
	for _, r := range rows {
		flops, bytes := r.Flops/r.Seconds, r.Bytes/r.Seconds
		peer, ratio := "-", "-"
		if o, ok := others.of(r.Name, r.Precision); ok {
			peer, ratio = fmt.Sprintf("%.4f", 1e3*o.Seconds), fmt.Sprintf("%.2f", o.Seconds/r.Seconds)
		}
		fmt.Fprintf(&b, "%-22s %-5s %10.4f %5.1f%% %9.2f %8s %9.1f %7s %10s %7s\n", r.Name, r.Precision, 1e3*r.Seconds, 100*r.Spread,
			flops/1e12, share(flops, matrix[r.Precision]), bytes/1e9, share(bytes, memory), peer, ratio)
	}
	for _, o := range others.Rows {
		if strings.Contains(o.Name, ":") {
			fmt.Fprintf(&b, "peer only: %-32s %-5s %10.4f ms\n", o.Name, o.Precision, 1e3*o.Seconds)
		}
	}
	return b.String()
}

func TestTable(t *testing.T) {
	ours := []gputime.Row{{Name: "copy", Precision: "fp32", Seconds: 1e-3, Bytes: 4e9}, {Name: "gemm 8", Precision: "tf32", Seconds: 4e-3, Flops: 4e12, Bytes: 4e9}}
	got := table(ours, peers{Version: "other 1.0", Rows: []gputime.Row{
		{Name: "gemm 8", Precision: "tf32", Seconds: 2e-3, Flops: 4e12}, {Name: "step: eager", Precision: "tf32", Seconds: 1},
	}})
	for _, want := range []string{"copy 4000 GB/s", "tf32 product 2000.0 TFLOP/s", "other 1.0", "peer only: step: eager",
		"4.0000   0.0%   1000.00      50%    1000.0     25%     2.0000    0.50"} {
		if !strings.Contains(got, want) {
			t.Errorf("the table lacks %q:\n%s", want, got)
		}
	}
	if alone := table(ours, peers{}); !strings.Contains(alone, "peer: not measured") || !strings.Contains(alone, "100%") {
		t.Errorf("without a peer:\n%s", alone)
	}
}
