package results

import (
	"fmt"
	"io"
	"strings"
)

// Gobench writes each sample as a line of Go's benchmark format, so that benchstat -col /lib compares the libraries.
func (f *File) Gobench(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "cpu: %s\ncommit: %s\nthreads: %d\n", f.Environment.CPU, f.Environment.Commit, f.Environment.Threads)
	plain := strings.NewReplacer(" ", "_", "/", ":", ",", "")
	for _, r := range f.Rows {
		for _, s := range r.Samples {
			fmt.Fprintf(&b, "BenchmarkCase/case=%s/lib=%s %d %.6g ns/op", plain.Replace(r.Case), r.Peer, max(1, r.Repeats), s*1e9)
			if r.Flops > 0 {
				fmt.Fprintf(&b, " %.6g GFLOP/s", r.Flops/s/1e9)
			}
			b.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
