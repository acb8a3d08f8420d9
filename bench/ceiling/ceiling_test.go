package ceiling

import (
	"math"
	"testing"
	"time"

	"github.com/braidml/braid/bench/results"
	"github.com/braidml/braid/bench/stats"
)

// The loops compute what they say, so that nobody measures an empty one.
func TestLoops(t *testing.T) {
	for _, l := range loops() {
		p := make([]float32, 3*8*l.block)
		for i := range p {
			p[i] = float32(i)
		}
		l.scale(p[:2*8*l.block/8])
		for i, v := range p {
			want := float32(i)
			if i < 2*l.block {
				want /= 2
			}
			if v != want {
				t.Fatalf("%s: scale makes %v of number %d, want %v", l.name, v, i, want)
			}
		}
		l.read(p)
		l.fma(64)
	}
}

func TestMeasure(t *testing.T) {
	saved := sizes
	sizes = []int{64 << 10}
	defer func() { sizes = saved }()
	for _, c := range Measure(2, time.Millisecond) {
		if !(c.Rate > 1e6 && c.Rate < 1e15) {
			t.Errorf("%s: %v", c.Name, c.Rate)
		}
	}
}

// Each alone is about what it is among all.
func TestAlone(t *testing.T) {
	if c := Memory(3, 1<<20, time.Millisecond); !(c.Rate > 1e6 && c.Rate < 1e15) || c.Size < 1<<20-3*4*piece || c.Size > 1<<20 {
		t.Errorf("memory: %+v", c)
	}
	if c, ok := Arithmetic(2, time.Millisecond); ok && !(c.Rate > 1e6 && c.Rate < 1e15) {
		t.Errorf("arithmetic: %+v", c)
	}
}

// On a GPU the best that was seen is the ceiling, of products in each precision.
func TestSeen(t *testing.T) {
	row := func(name, precision string, flops, bytes, seconds float64) results.Row {
		return results.Row{Case: name, Precision: precision, Status: results.OK, Flops: flops, Bytes: bytes, Time: stats.Summary{Median: seconds}}
	}
	rows := []results.Row{row("gemm a", "fp32", 100, 1, 2), row("gemm a", "tf32", 100, 1, 1), row("gemm b", "fp32", 100, 1, 4),
		row("Adam", "fp32", 0, 3e9, 1), row("small", "fp32", 0, 1e6, 1e-9), {Case: "gemm c", Status: results.Failed}}
	ceilings := Seen(rows)
	for i, want := range []struct {
		name  string
		share float64
	}{{"product fp32", 1}, {"product tf32", 1}, {"product fp32", 0.5}, {"memory 256 MB", 1}} {
		Bind(&rows[i], ceilings, 3e9)
		if rows[i].Ceiling != want.name || !(math.Abs(rows[i].Share-want.share) < 1e-12) {
			t.Errorf("%s: %s %v, want %v", rows[i].Case, rows[i].Ceiling, rows[i].Share, want)
		}
	}
}

func TestBind(t *testing.T) {
	ceilings := []results.Ceiling{
		{Name: "fma slow", Rate: 50}, {Name: "fma", Rate: 100},
		{Name: "read", Rate: 1000, Size: 1 << 10}, {Name: "copy", Rate: 1200, Size: 1 << 10},
		{Name: "read", Rate: 10, Size: 1 << 20}, {Name: "copy", Rate: 8, Size: 1 << 20},
	}
	for _, c := range []struct {
		flops, bytes, working float64
		ceiling               string
		share                 float64
	}{
		{1000, 10, 1e3, "fma", 10.0 / 20},
		{10, 1000, 1e6, "read 1 MB", 100.0 / 20},
		{0, 2400, 1e3, "copy 1 kB", 2.0 / 20},
		{0, 100, 1e9, "read 1 MB", 10.0 / 20},
		{0, 0, 0, "", 0},
	} {
		r := results.Row{Status: results.OK, Flops: c.flops, Bytes: c.bytes, Time: stats.Summary{Median: 20}}
		Bind(&r, ceilings, c.working)
		if r.Ceiling != c.ceiling || !(math.Abs(r.Share-c.share) < 1e-12) {
			t.Errorf("%+v: %s %v", c, r.Ceiling, r.Share)
		}
	}
	r := results.Row{Status: results.Failed, Flops: 1}
	if Bind(&r, ceilings, 1); r.Share != 0 {
		t.Error("a row that failed has a share")
	}
}
