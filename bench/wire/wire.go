// Package wire is how the bench harness talks with a library that it measures: JSON lines on standard input and output.
//
// A peer is a process. It answers each request with one line, and never speaks on its own; what a library prints goes
// to standard error. The requests, in the order in which they come:
//
//	describe   who are you? name, version, kinds of cases
//	prepare    make a case ready: inputs and parameters are in a safetensors file
//	checksum   compute the case once from those inputs and write the results to a safetensors file
//	run        compute it n times; how long did that take?
//	release    forget the case
//	quit       end
//
// prepare … release come again for each case. The harness believes nothing that it can see for itself: it holds the
// peer's clock against its own, reads results from the file, and memory from the operating system.
package wire

// Case is something to measure.
type Case struct {
	Name      string         `json:"name"`           // "gemm 512x512x512", what tables and JSON have
	Kind      string         `json:"kind"`           // "gemm": what a peer's code is chosen by
	Op        string         `json:"op,omitempty"`   // which function, of kinds that have several: "tanh"
	Pass      string         `json:"pass,omitempty"` // "forward", "data", "filter", of kinds that have several
	Sizes     map[string]int `json:"sizes"`
	Sets      int            `json:"sets"` // sets of buffers that take turns, so that no cache holds them; 1: the same each time
	Precision string         `json:"precision"`
}

// Request is one line to a peer.
type Request struct {
	ID      int    `json:"id"`
	Do      string `json:"do"`
	Case    *Case  `json:"case,omitempty"`    // prepare
	Inputs  string `json:"inputs,omitempty"`  // prepare: a safetensors file
	Outputs string `json:"outputs,omitempty"` // checksum: the file to write
	N       int    `json:"n,omitempty"`       // run
	Device  string `json:"device,omitempty"`  // describe: "cpu", "cuda"
	Threads int    `json:"threads,omitempty"` // describe
}

// Reply is one line from a peer, with the request's ID.
type Reply struct {
	ID int `json:"id"`

	Error   string `json:"error,omitempty"`
	Missing bool   `json:"missing,omitempty"` // with Error, to describe: the library is not there
	Without bool   `json:"without,omitempty"` // with Error, to prepare: the library has no such operation

	Name    string `json:"name,omitempty"`    // describe
	Version string `json:"version,omitempty"` // describe: of the library and of what it computes with

	Way string `json:"way,omitempty"` // prepare: what the peer chose, the layout for instance

	N       int       `json:"n,omitempty"`       // run: as asked
	Seconds float64   `json:"seconds,omitempty"` // run: for all n
	Each    []float64 `json:"each,omitempty"`    // run: of each, where single times matter (latencies)
	Value   float64   `json:"value,omitempty"`   // run: what came out, where that matters (an accuracy)

	Sums map[string]float64 `json:"sums,omitempty"` // checksum: the sum of each tensor of the file, in float64

	Wall float64 `json:"-"` // seconds that the harness waited
}
