package results

import (
	"fmt"
	"io"
	"strings"
)

// String is the environment in two lines.
func (e Environment) String() string {
	commit := e.Commit[:min(12, len(e.Commit))]
	if e.Dirty {
		commit += " with changes"
	}
	where := []string{e.CPU}
	for _, s := range []string{e.Clock, e.Caches, e.GPU, e.System} {
		if s != "" {
			where = append(where, s)
		}
	}
	if e.ISA != "" {
		where = append(where, "none wider than "+e.ISA)
	}
	return fmt.Sprintf("%s; %d cores, %s\nbraid %s, %s; %s, %d threads, %s; load %s", strings.Join(where, ", "), e.CPUs, bytesOf(e.Memory),
		commit, e.Go, e.Device, e.Threads, e.Precision, e.Load)
}

// Other says what differs between two environments so that their times cannot stand in one table, "" if nothing does.
func (e Environment) Other(f Environment) string {
	switch {
	case e.CPU != f.CPU || e.CPUs != f.CPUs || gpu(e.GPU) != gpu(f.GPU):
		return "machine"
	case e.Commit != f.Commit || e.Dirty != f.Dirty:
		return "commit"
	case e.Device != f.Device:
		return "device"
	case e.Threads != f.Threads:
		return "number of threads"
	case e.ISA != f.ISA:
		return "set of instructions"
	}
	return ""
}

// gpu is the card's name and driver, without its clocks.
func gpu(s string) string {
	parts := strings.Split(s, ", ")
	return strings.Join(parts[:min(2, len(parts))], ", ")
}

// Ceilings writes the ceilings in one line.
func Ceilings(w io.Writer, all []Ceiling) error {
	var parts []string
	for _, c := range all {
		if c.Size == 0 {
			parts = append(parts, fmt.Sprintf("%s %s GFLOP/s", c.Name, digits(c.Rate/1e9)))
		} else {
			parts = append(parts, fmt.Sprintf("%s %s: %s GB/s", c.Name, Size(c.Size), digits(c.Rate/1e9)))
		}
	}
	_, err := fmt.Fprintf(w, "at best: %s\n\n", strings.Join(parts, ", "))
	return err
}

// Size writes bytes as caches are counted, in powers of 1024.
func Size(bytes int) string {
	switch {
	case bytes >= 1<<30:
		return fmt.Sprintf("%d GB", bytes>>30)
	case bytes >= 1<<20:
		return fmt.Sprintf("%d MB", bytes>>20)
	}
	return fmt.Sprintf("%d kB", bytes>>10)
}
