package runner

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/results"
	"github.com/braidml/braid/bench/stats"
	"github.com/braidml/braid/bench/wire"
)

// turn is a peer's part of a case.
type turn struct {
	*peer
	c        cases.Case
	row      results.Row
	once     float64 // seconds of one computation, as far as is known
	runs     int     // computations so far, in samples
	faults   int64   // before the first of them
	sums     map[string]float64
	sizes    map[string]float64 // sums of the absolute values
	each     []float64
	walls    []float64 // what the harness's clock says of each sample
	prepared bool
}

// end is the row's status. A row that ended is not measured further.
func (t *turn) end(status results.Status, reason string) {
	t.row.Status, t.row.Reason = status, reason
	t.row.Samples = nil
	t.release(time.Minute)
}

func (t *turn) ended() bool { return t.row.Status != "" }

func (t *turn) release(limit time.Duration) {
	if !t.prepared || t.process == nil {
		return
	}
	t.prepared = false
	if a, err := t.do(wire.Request{Do: "release"}, limit); err == nil && a.Error != "" {
		t.quit()
	}
	if t.c.Fresh {
		t.quit()
	}
}

// limit is how long n computations may take.
func (t *turn) limit(s *session, n int) time.Duration {
	return s.Limit + time.Duration(20*float64(n)*t.once*float64(time.Second))
}

// ask sends a request, and ends the row where the answer is an error.
func (t *turn) ask(r wire.Request, limit time.Duration) (a wire.Reply, ok bool) {
	a, err := t.do(r, limit)
	switch {
	case err != nil:
		t.end(results.Failed, err.Error())
	case a.Without:
		t.end(results.Without, a.Error)
	case a.Error != "":
		t.end(results.Failed, a.Error)
	default:
		return a, true
	}
	return a, false
}

// prepare makes the case ready and computes it once, and returns the results; nil where the row ended.
func (t *turn) prepare(s *session) (cases.Tensors, error) {
	if t.c.Fresh {
		t.quit()
	}
	if status, reason := t.start(s); status != "" {
		t.end(status, reason)
		return nil, nil
	}
	t.prepared = true
	a, ok := t.ask(wire.Request{Do: "prepare", Case: &t.c.Case, Inputs: s.inputs()}, 10*s.Limit)
	if !ok {
		return nil, nil
	}
	t.row.Way = a.Way
	path := filepath.Join(s.Folder, "results.safetensors")
	defer os.Remove(path)
	begin := time.Now()
	a, ok = t.ask(wire.Request{Do: "checksum", Outputs: path}, 10*s.Limit)
	if !ok {
		return nil, nil
	}
	t.row.First = time.Since(begin).Seconds()
	out, err := cases.ReadFile(path)
	if err != nil {
		t.end(results.Failed, fmt.Sprintf("its results cannot be read: %v", err))
		return nil, nil
	}
	t.sums, t.sizes = out.Sums(), sizes(out)
	if what := t.sumsDiffer(a.Sums, func(string) float64 { return 1e-6 }); what != "" {
		t.end(results.Invalid, what+" by its file")
		return nil, nil
	}
	return out, nil
}

// sizes are the sums of the absolute values of each tensor: what an error of a sum is held to.
func sizes(out cases.Tensors) map[string]float64 {
	all := map[string]float64{}
	for name, a := range out {
		for _, v := range a.Float64s() {
			all[name] += math.Abs(v)
		}
	}
	return all
}

// sumsDiffer says which of the sums that a peer claims is not that of the results that were compared.
func (t *turn) sumsDiffer(claimed map[string]float64, within func(name string) float64) string {
	for name, want := range t.sums {
		if got, ok := claimed[name]; !ok || !(math.Abs(got-want) <= within(name)*t.sizes[name]) {
			return fmt.Sprintf("says that %s sums to %v, and it is %v", name, got, want)
		}
	}
	return ""
}

// steady is how much the last three times may differ.
const steady = 0.05

// warmUp computes until the times are steady, and learns how many computations make a sample.
func (t *turn) warmUp(s *session) {
	if t.ended() {
		return
	}
	if t.c.Start || t.c.Once {
		t.row.Repeats = 1
		return
	}
	n := 1
	var last []float64
	for begin := time.Now(); ; {
		a, ok := t.ask(wire.Request{Do: "run", N: n}, t.limit(s, n)+9*s.Limit)
		if !ok {
			return
		}
		t.once = a.Seconds / float64(n)
		last = append(last, t.once)
		if enough := int(math.Ceil(s.Sample.Seconds() / t.once)); t.c.Samples == 0 && n < enough {
			n = min(enough, 10*n)
			last = last[:0]
			continue
		}
		tail := last[max(0, len(last)-3):]
		if len(tail) == 3 && slices.Max(tail) <= (1+steady)*slices.Min(tail) || time.Since(begin) > s.Warm {
			break
		}
	}
	t.row.Repeats = n
	t.process.Continue()
	t.faults = t.process.Usage().Faults
	t.process.Pause()
}

// fewest is how many samples a peer gets however slow it is.
const fewest = 3

// sample takes one.
func (t *turn) sample(s *session) {
	taken := float64(len(t.row.Samples))
	if t.ended() || s.Row > 0 && !t.c.Once && taken >= fewest && (taken+1)*t.once*float64(t.row.Repeats) > s.Row.Seconds() {
		return
	}
	if t.c.Start {
		t.begin(s)
		return
	}
	limit := t.limit(s, t.row.Repeats)
	if t.c.Once {
		limit = longest
	}
	a, ok := t.ask(wire.Request{Do: "run", N: t.row.Repeats}, limit)
	if !ok {
		return
	}
	t.runs += t.row.Repeats
	t.row.Samples = append(t.row.Samples, a.Seconds/float64(t.row.Repeats))
	t.walls = append(t.walls, a.Wall)
	t.each = append(t.each, a.Each...)
	t.row.Value = a.Value
}

// longest is how long a training may take.
const longest = time.Hour

// begin takes the time from the start of a process to the end of its first computation, by the harness's clock.
func (t *turn) begin(s *session) {
	t.quit()
	begin := time.Now()
	if status, reason := t.start(s); status != "" {
		t.end(status, reason)
		return
	}
	for _, r := range []wire.Request{{Do: "prepare", Case: &t.c.Case, Inputs: s.inputs()}, {Do: "run", N: 1}} {
		if _, ok := t.ask(r, 10*s.Limit); !ok {
			return
		}
	}
	t.row.Samples = append(t.row.Samples, time.Since(begin).Seconds())
}

// What a peer's clock may leave out: the way of request and answer, a tenth of a millisecond where the machine does
// nothing else.
const (
	pipes  = 2e-3 // seconds
	hidden = 0.3  // of the time that it claims
)

// silent says whether the peer's clock leaves out a part of the work. A busy machine delays answers, but not all of them.
func (t *turn) silent() string {
	left, claimed := math.Inf(1), stats.Median(t.row.Samples)*float64(t.row.Repeats)
	for i, wall := range t.walls {
		left = min(left, wall-t.row.Samples[i]*float64(t.row.Repeats))
	}
	if left > pipes+hidden*claimed {
		return fmt.Sprintf("says that %d took %.4g s, but let us wait for %.4g s more", t.row.Repeats, claimed, left)
	}
	return ""
}

// finish computes once more, so that a peer whose timed computations spoilt its results is found, and frees the case.
func (t *turn) finish(s *session) {
	if t.ended() {
		return
	}
	if t.c.Start {
		t.deaths = 0
		t.row.Status = results.OK
		t.release(s.Limit)
		return
	}
	if what := t.silent(); what != "" {
		t.end(results.Invalid, what)
		return
	}
	u := t.process.Usage()
	if !t.c.Once {
		t.row.Faults = float64(u.Faults-t.faults) / float64(t.runs)
	}
	if t.c.Fresh {
		t.row.Peak = u.Peak
	}
	path := filepath.Join(s.Folder, "results.safetensors")
	defer os.Remove(path)
	a, ok := t.ask(wire.Request{Do: "checksum", Outputs: path}, 10*s.Limit)
	if !ok {
		return
	}
	again := func(name string) float64 { return t.c.Tolerance.Of(name).Relative }
	if what := t.sumsDiffer(a.Sums, again); what != "" {
		t.end(results.Invalid, "after being timed it "+what)
		return
	}
	t.deaths = 0
	t.row.Status = results.OK
	t.release(s.Limit)
}

// conclude gives the rows, with their statistics.
func conclude(turns []*turn) (rows []results.Row) {
	var reference *turn
	for _, t := range turns {
		if t.Name == results.Reference && t.row.Status == results.OK {
			reference = t
		}
	}
	for _, t := range turns {
		if r := &t.row; r.Status == results.OK {
			r.Time = stats.Summarise(r.Samples, 0.95)
			r.Noisy = r.Time.Spread() > results.Noisiest
			if len(t.each) > 0 {
				r.Half, r.Tail = stats.Median(t.each), stats.Quantile(t.each, 0.99)
			}
			if reference != nil && t != reference {
				r.Factor = stats.Summarise(stats.Ratios(r.Samples, reference.row.Samples), 0.95)
				r.P = stats.UTest(r.Samples, reference.row.Samples)
			}
		}
		rows = append(rows, t.row)
	}
	return rows
}
