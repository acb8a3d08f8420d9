// Package results is what a run of the harness found: one schema, written as JSON, and shown as a table in the terminal,
// as Markdown, as lines of Go's benchmark format, and as a picture.
package results

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/braidml/braid/bench/stats"
	"github.com/braidml/braid/internal/atomicfile"
)

// Schema is the version of the JSON. Whoever changes the meaning of a field counts it up.
const Schema = 1

// Reference is the peer that others are compared with.
const Reference = "braid"

// File is a run. docs/bench.md explains the fields for whoever reads the JSON.
type File struct {
	Schema      int         `json:"schema"`
	Environment Environment `json:"environment"`
	Ceilings    []Ceiling   `json:"ceilings"`
	Peers       []Peer      `json:"peers"`
	Rows        []Row       `json:"rows"`
}

// Environment is where and how it was measured.
type Environment struct {
	Date      string `json:"date"` // RFC 3339
	CPU       string `json:"cpu"`
	CPUs      int    `json:"cpus"`
	Clock     string `json:"clock,omitempty"` // as the system gives it, MHz
	Caches    string `json:"caches,omitempty"`
	Memory    int64  `json:"memory"` // bytes
	System    string `json:"system"`
	Go        string `json:"go"`
	GPU       string `json:"gpu,omitempty"` // name, clocks and driver
	Commit    string `json:"commit"`
	Dirty     bool   `json:"dirty"` // files differ from the commit
	Device    string `json:"device"`
	Threads   int    `json:"threads"`
	Precision string `json:"precision"`
	ISA       string `json:"isa,omitempty"` // the widest instructions that all were told to use
	Command   string `json:"command"`
	Load      string `json:"load,omitempty"` // of the machine before and after
}

// Ceiling is what this machine can do at best.
type Ceiling struct {
	Name string  `json:"name"` // "fma avx512", "read", "copy"
	Rate float64 `json:"rate"` // operations or bytes a second
	Size int     `json:"size"` // bytes that were moved over and over; 0 of arithmetic
}

// Peer is a library that was asked for.
type Peer struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Missing string `json:"missing,omitempty"` // why it is not there
}

// Status is how a row ended.
type Status string

// The states of a row.
const (
	OK      Status = "ok"
	Invalid Status = "invalid"       // it computes something else, and was not timed
	Without Status = "not offered"   // the library has no such operation
	Missing Status = "not installed" //
	Failed  Status = "failed"        // it crashed, hung, or answered nonsense
)

// Row is one case of one peer.
type Row struct {
	Case      string  `json:"case"`
	Peer      string  `json:"peer"`
	Precision string  `json:"precision"`
	Status    Status  `json:"status"`
	Reason    string  `json:"reason,omitempty"` // of any status but ok
	Way       string  `json:"way,omitempty"`    // what the peer chose: the layout
	Flops     float64 `json:"flops,omitempty"`
	Bytes     float64 `json:"bytes,omitempty"`
	Items     int     `json:"items,omitempty"` // samples of data in one computation

	Samples []float64     `json:"samples,omitempty"` // seconds of one computation, in the order of the rounds
	Repeats int           `json:"repeats,omitempty"` // computations in a sample
	Time    stats.Summary `json:"time,omitzero"`
	Noisy   bool          `json:"noisy,omitempty"` // half the interval is more than 5 % of the median
	First   float64       `json:"first,omitempty"` // seconds of the first computation: compilation is in it

	Factor stats.Summary `json:"factor,omitzero"` // its time / braid's, by rounds: above 1 braid is faster
	P      float64       `json:"p,omitempty"`     // of the U-test against braid

	Ceiling string  `json:"ceiling,omitempty"` // that binds it
	Share   float64 `json:"share,omitempty"`   // of the ceiling

	Peak   int64   `json:"peak,omitempty"`   // bytes of memory at most, of cases with a process of their own
	Faults float64 `json:"faults,omitempty"` // pages touched for the first time, a computation

	Half  float64 `json:"half,omitempty"`  // the median of single times, where they were taken
	Tail  float64 `json:"tail,omitempty"`  // their 99th percentile
	Value float64 `json:"value,omitempty"` // what came out: an accuracy
}

// Noisiest is the spread above which a row is noisy.
const Noisiest = 0.05

// Write writes the run as JSON, in one step.
func (f *File) Write(path string) error {
	text, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return err
	}
	return writeFile(path, append(text, '\n'))
}

func writeFile(path string, text []byte) error {
	return atomicfile.Write(path, 0o644, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// Read reads what Write wrote.
func Read(path string) (*File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var f File
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, fmt.Errorf("bench: %s: %w", path, err)
	}
	if f.Schema != Schema {
		return nil, fmt.Errorf("bench: %s has schema %d, want %d", path, f.Schema, Schema)
	}
	return &f, nil
}

// ReadAll reads runs of one machine, commit and device as one: the environment and the peers are the first's.
func ReadAll(paths []string) (*File, error) {
	var all *File
	for _, path := range paths {
		f, err := Read(path)
		switch {
		case err != nil:
			return nil, err
		case all == nil:
			all = f
			continue
		}
		if what := all.Environment.Other(f.Environment); what != "" {
			return nil, fmt.Errorf("bench: %s is of another %s than %s", path, what, paths[0])
		}
		for _, r := range f.Rows {
			if all.Row(r.Case, r.Peer) == nil {
				all.Rows = append(all.Rows, r)
			}
		}
	}
	return all, nil
}

// Row is the row of a case and a peer, nil if there is none.
func (f *File) Row(name, peer string) *Row {
	for i := range f.Rows {
		if r := &f.Rows[i]; r.Case == name && r.Peer == peer {
			return r
		}
	}
	return nil
}

// Cases are the names of cases, in their order.
func (f *File) Cases() (names []string) {
	seen := map[string]bool{}
	for _, r := range f.Rows {
		if !seen[r.Case] {
			seen[r.Case] = true
			names = append(names, r.Case)
		}
	}
	return names
}
