package results

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/braidml/braid/bench/stats"
)

// Slower is the part by which a case may become slower.
const Slower = 0.05

// Diff writes how the reference's rows changed from old to new, and returns how many became worse: slower by more than
// Slower where the U-test sees a difference (p < 0.05), or no longer measured although they were. What the others'
// times did meanwhile, which nobody changed, is in the last line.
func Diff(w io.Writer, old, new *File) (worse int, err error) {
	if what := new.Environment.Other(old.Environment); what != "" && what != "commit" {
		fmt.Fprintf(w, "measured with another %s: the differences may be its\n", what)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "case\told\tnew\tnew / old\tp\t")
	var drift []float64
	for _, before := range old.Rows {
		after := new.Row(before.Case, before.Peer)
		if after == nil || before.Status != OK {
			continue
		}
		if before.Peer != Reference {
			if after.Status == OK {
				drift = append(drift, after.Time.Median/before.Time.Median)
			}
			continue
		}
		if after.Status != OK {
			worse++
			fmt.Fprintf(t, "%s\t%s\t%s\t\t\t%s\n", before.Case, seconds(before.Time.Median), after.Status, after.Reason)
			continue
		}
		ratio, p := after.Time.Median/before.Time.Median, stats.UTest(after.Samples, before.Samples)
		verdict := ""
		switch {
		case p >= 0.05:
		case ratio > 1+Slower:
			verdict = "SLOWER"
			worse++
		case ratio < 1-Slower:
			verdict = "faster"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%.3f\t%.3f\t%s\n", before.Case, seconds(before.Time.Median), seconds(after.Time.Median), ratio, p, verdict)
	}
	if err := t.Flush(); err != nil {
		return worse, err
	}
	if len(drift) > 0 {
		fmt.Fprintf(w, "the other libraries: new / old %.3f (median of %d rows)\n", stats.Median(drift), len(drift))
	}
	_, err = fmt.Fprintf(w, "%d of braid's cases became worse\n", worse)
	return worse, err
}
