package serve

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// stats count what /metrics shows.
type stats struct {
	mu       sync.Mutex
	requests map[outcome]int
	seconds  map[string]*histogram // by endpoint
	rows     histogram
}

// outcome is an endpoint and how it answered.
type outcome struct {
	endpoint string
	status   int
}

// Upper bounds of the buckets.
var (
	secondBounds = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
	rowBounds    = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256}
)

func (s *stats) request(endpoint string, status int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.requests == nil {
		s.requests, s.seconds = map[outcome]int{}, map[string]*histogram{}
	}
	s.requests[outcome{endpoint, status}]++
	if endpoint == "infer" || endpoint == "explain" {
		if s.seconds[endpoint] == nil {
			s.seconds[endpoint] = &histogram{}
		}
		s.seconds[endpoint].add(secondBounds, took.Seconds())
	}
}

func (s *stats) batch(rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows.add(rowBounds, float64(rows))
}

// write is the text format of Prometheus, version 0.0.4.
func (s *stats) write(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	head := func(name, kind, help string) { fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	head("braid_requests_total", "counter", "Requests by endpoint and status; 499 is a client that did not wait.")
	for _, o := range slices.SortedFunc(maps.Keys(s.requests), func(a, b outcome) int {
		if a.endpoint != b.endpoint {
			return strings.Compare(a.endpoint, b.endpoint)
		}
		return a.status - b.status
	}) {
		fmt.Fprintf(w, "braid_requests_total{endpoint=%q,status=\"%d\"} %d\n", o.endpoint, o.status, s.requests[o])
	}
	head("braid_request_seconds", "histogram", "From the head of a request to the end of its answer.")
	for _, endpoint := range slices.Sorted(maps.Keys(s.seconds)) {
		s.seconds[endpoint].write(w, "braid_request_seconds", fmt.Sprintf("endpoint=%q", endpoint), secondBounds)
	}
	head("braid_batch_rows", "histogram", "Rows that were computed together.")
	s.rows.write(w, "braid_batch_rows", "", rowBounds)
}

// histogram counts values up to each bound.
type histogram struct {
	counts []int // the last one is of values above all bounds
	sum    float64
}

func (h *histogram) add(bounds []float64, v float64) {
	if h.counts == nil {
		h.counts = make([]int, len(bounds)+1)
	}
	at, _ := slices.BinarySearch(bounds, v)
	h.counts[at]++
	h.sum += v
}

// write lists the buckets, each with all that are below it.
func (h *histogram) write(w io.Writer, name, labels string, bounds []float64) {
	comma, braces := "", ""
	if labels != "" {
		comma, braces = ",", "{"+labels+"}"
	}
	total := 0
	for i := range len(bounds) + 1 {
		le := "+Inf"
		if i < len(bounds) {
			le = fmt.Sprint(bounds[i])
		}
		if h.counts != nil {
			total += h.counts[i]
		}
		fmt.Fprintf(w, "%s_bucket{%s%sle=%q} %d\n", name, labels, comma, le, total)
	}
	fmt.Fprintf(w, "%s_sum%s %v\n%s_count%s %d\n", name, braces, h.sum, name, braces, total)
}
