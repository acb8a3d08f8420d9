package results

import (
	"bytes"
	"flag"
	"image"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/braidml/braid/bench/stats"
)

var update = flag.Bool("update", false, "write the golden files anew")

// run is a run with a row of every kind: winning, losing, equal, noisy, and all that have no time.
func run() *File {
	f := &File{Schema: Schema, Environment: Environment{
		Date: "2026-11-22T10:00:00Z", CPU: "A CPU", CPUs: 2, Clock: "2600 MHz", Caches: "L1 48K", Memory: 25e9, System: "linux/amd64",
		Go: "go1.26.8", Commit: "0123456789abcdef", Dirty: true, Device: "cpu", Threads: 2, Precision: "fp32", Command: "go run ./bench", Load: "0.1 to 2.0",
	}, Ceilings: []Ceiling{{"fma avx2", 130e9, 0}, {"copy", 20e9, 512 << 20}},
		Peers: []Peer{{Name: "braid", Version: "go1.26.8"}, {Name: "other", Version: "1.2"}, {Name: "gone", Missing: "No module named 'gone'"}}}
	times := func(median float64) (s []float64) {
		for i := range 11 {
			s = append(s, median*(1+0.002*float64((i*7)%11-5)))
		}
		return s
	}
	ours := map[string][]float64{}
	add := func(name, peer string, median float64, change func(*Row)) {
		r := Row{Case: name, Peer: peer, Precision: "fp32", Status: OK, Flops: 2e6, Bytes: 1e6, Samples: times(median), Repeats: 10}
		r.Time = stats.Summarise(r.Samples, 0.95)
		if peer == Reference {
			ours[name] = r.Samples
		} else {
			r.Factor = stats.Summarise(stats.Ratios(r.Samples, ours[name]), 0.95)
			r.P = stats.UTest(r.Samples, ours[name])
		}
		if change != nil {
			change(&r)
		}
		f.Rows = append(f.Rows, r)
	}
	fails := func(s Status, reason string) func(*Row) {
		return func(r *Row) { *r = Row{Case: r.Case, Peer: r.Peer, Precision: "fp32", Status: s, Reason: reason} }
	}
	add("gemm 8", "braid", 100e-6, func(r *Row) { r.Ceiling, r.Share = "fma avx2", 0.87 })
	add("gemm 8", "other", 250e-6, func(r *Row) { r.Ceiling, r.Share, r.Way = "fma avx2", 0.35, "NCHW" })
	add("gemm 8", "gone", 1, fails(Missing, "No module named 'gone'"))
	add("add", "braid", 2e-3, func(r *Row) { r.Flops, r.Noisy, r.Ceiling, r.Share = 0, true, "copy 512 MB", 0.5 })
	add("add", "other", 1e-3, func(r *Row) { r.Flops, r.Half, r.Tail, r.Items = 0, 9e-4, 5e-3, 64 })
	add("add", "same", 2.001e-3, func(r *Row) { r.Flops, r.Bytes, r.Faults = 0, 0, 4321 })
	add("step", "braid", 1.5, func(r *Row) { r.Peak, r.Value = 1500e6, 0.9951 })
	add("step", "other", 3, fails(Invalid, "differs from braid: a | b"))
	add("step", "wild", 3, fails(Failed, "at run it has ended"))
	add("step", "poor", 3, fails(Without, "no step"))
	add("step", "slow", 90, func(r *Row) { r.Samples = r.Samples[:3]; r.Time = stats.Summarise(r.Samples, 0.95) })
	add("step", "poorer", 3, fails(Without, "no step"))
	add("step", "slow to start", 1.4, func(r *Row) { r.First, r.Peak = 33, 4.2e9 })
	return f
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is now (go test ./bench/results -update writes it anew):\n%s", path, got)
	}
}

func TestTables(t *testing.T) {
	f := run()
	var text, markdown, lines, brief bytes.Buffer
	if err := Head(&text); err != nil {
		t.Fatal(err)
	}
	for _, name := range f.Cases() {
		var rows []Row
		for _, r := range f.Rows {
			if r.Case == name {
				rows = append(rows, r)
			}
		}
		if err := Text(&text, rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Markdown(&markdown); err != nil {
		t.Fatal(err)
	}
	if err := f.Gobench(&lines); err != nil {
		t.Fatal(err)
	}
	if err := f.Brief(&brief); err != nil {
		t.Fatal(err)
	}
	golden(t, "brief.md", brief.String())
	golden(t, "table.txt", text.String())
	golden(t, "table.md", markdown.String())
	golden(t, "bench.txt", lines.String())
}

// JSON comes back as it was.
func TestJSON(t *testing.T) {
	f, path := run(), filepath.Join(t.TempDir(), "run.json")
	if err := f.Write(path); err != nil {
		t.Fatal(err)
	}
	back, err := Read(path)
	if err != nil || !reflect.DeepEqual(f, back) {
		t.Fatalf("%v: %+v", err, back)
	}
	f.Schema++
	if err := f.Write(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "has schema") {
		t.Errorf("another schema: %v", err)
	}
}

// A picture has the colours of all libraries that have times, and a line for each case of braid's.
func TestPlot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.png")
	if err := run().Plot(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture, _, err := image.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[[3]uint32]int{}
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			r, g, b, _ := picture.At(x, y).RGBA()
			seen[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	ch, names := run().chart()
	if len(ch.peers) < 2 || len(names) != 3 {
		t.Errorf("libraries %v in %d lines", ch.peers, len(names))
	}
	for i, peer := range ch.peers {
		c := colours[i]
		if n := seen[[3]uint32{uint32(c.R), uint32(c.G), uint32(c.B)}]; n < 40 {
			t.Errorf("%d pixels of %s", n, peer)
		}
	}
}

func TestDiff(t *testing.T) {
	old, now := run(), run()
	scale := func(f *File, name, peer string, by float64) {
		r := f.Row(name, peer)
		for i := range r.Samples {
			r.Samples[i] *= by
		}
		r.Time = stats.Summarise(r.Samples, 0.95)
	}
	var out bytes.Buffer
	if worse, err := Diff(&out, old, now); worse != 0 || err != nil {
		t.Errorf("a run beside itself: %d, %v\n%s", worse, err, &out)
	}
	scale(now, "gemm 8", "braid", 1.08)
	scale(now, "gemm 8", "other", 3) // nobody's fault here
	scale(now, "add", "braid", 1.03) // significant, and small
	now.Row("step", "braid").Status = Failed
	now.Row("step", "braid").Reason = "it has ended"
	out.Reset()
	worse, err := Diff(&out, old, now)
	if worse != 2 || err != nil {
		t.Errorf("%d became worse, %v\n%s", worse, err, &out)
	}
	golden(t, "diff.txt", out.String())
	// A change that the noise could have made is none.
	noisy := now.Row("gemm 8", "braid")
	for i := range noisy.Samples {
		noisy.Samples[i] *= []float64{1.5, 0.5}[i%2]
	}
	now.Row("step", "braid").Status = OK
	if worse, _ := Diff(&out, old, now); worse != 0 {
		t.Errorf("noise became %d slowdowns", worse)
	}
}

func TestUnits(t *testing.T) {
	for s, want := range map[float64]string{1.234: "1.23 s", 0.9996: "1.00 s", 0.0123: "12.3 ms", 123e-6: "123 µs", 1234e-9: "1.23 µs", 5e-9: "5.00 ns", 90: "90.0 s"} {
		if got := seconds(s); got != want {
			t.Errorf("%v s is %q, want %q", s, got, want)
		}
	}
	for n, want := range map[int64]string{1.5e9: "1.50 GB", 20e6: "20.0 MB"} {
		if got := bytesOf(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	if got := digits(math.Pi * 1000); got != "3142" {
		t.Error(got)
	}
}
