package results

import (
	"fmt"
	"io"
	"strings"
)

// Brief writes a table of one line a case as Markdown: braid, and the fastest of the others that are not its own.
func (f *File) Brief(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d threads, %s, %s\n\n", f.Environment.CPU, f.Environment.Threads, f.Environment.Precision, f.Environment.Date[:min(10, len(f.Environment.Date))])
	b.WriteString("| | braid | fastest other | | its time / braid's |\n|---|---|---|---|---|\n")
	for _, name := range f.Cases() {
		ours := f.Row(name, Reference)
		if ours == nil || ours.Status != OK {
			continue
		}
		best := f.fastest(name)
		if best == nil {
			fmt.Fprintf(&b, "| %s | %s | | | |\n", name, seconds(ours.Time.Median))
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", name, seconds(ours.Time.Median), seconds(best.Time.Median), best.Peer, best.factor())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fastest is the row of the fastest other library, those left out that multiply by braid.
func (f *File) fastest(name string) (best *Row) {
	for i := range f.Rows {
		r := &f.Rows[i]
		if r.Case != name || r.Status != OK || r.Peer == Reference || strings.HasSuffix(r.Peer, "-"+Reference) {
			continue
		}
		if best == nil || r.Time.Median < best.Time.Median {
			best = r
		}
	}
	return best
}
