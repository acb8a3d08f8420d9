package runner

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/results"
	"github.com/braidml/braid/bench/wire"
)

func options(t *testing.T) Options {
	return Options{Device: "cpu", Threads: 1, Samples: 10, Sample: time.Millisecond, Warm: 20 * time.Millisecond,
		Limit: 500 * time.Millisecond, Folder: t.TempDir(), Say: func(string) {}}
}

// named is a peer of that manner; braid is an honest one.
func named(how string) Peer {
	p := Peer{Name: how, Begin: 10 * time.Second}
	if how == results.Reference {
		how = "honest"
	}
	p.Command = wire.Command{Path: os.Args[0], Env: []string{manner + "=" + how}}
	return p
}

func double(name string) cases.Case {
	return cases.Case{Case: wire.Case{Name: name, Kind: "double", Sets: 1, Precision: "fp32"}, Flops: 1000, Tolerance: cases.Tolerance{"": {Relative: 1e-6}},
		Inputs: func(rng *rand.Rand) (cases.Tensors, error) { return cases.Tensors{"x": cases.Reals(rng, 100)}, nil }}
}

func measure(t *testing.T, o Options, peers []Peer, names ...string) (map[string]map[string]results.Row, []results.Peer) {
	t.Helper()
	var all []cases.Case
	for _, n := range names {
		all = append(all, double(n))
	}
	rows := map[string]map[string]results.Row{}
	described, err := Run(t.Context(), o, peers, all, func(of []results.Row) error {
		for _, r := range of {
			if rows[r.Case] == nil {
				rows[r.Case] = map[string]results.Row{}
			}
			if _, twice := rows[r.Case][r.Peer]; twice {
				t.Errorf("%s, %s: a second row", r.Case, r.Peer)
			}
			rows[r.Case][r.Peer] = r
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, described
}

// Whatever a peer does in one case is said in its row of that case. The next case has it again, and nobody else loses
// anything.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		how    string
		status results.Status
		reason string
	}{
		{"honest", results.OK, ""},
		{"wrong", results.Invalid, "differs from braid: y[3]"},
		{"not finite", results.Failed, "y is not finite"},
		{"claims", results.Invalid, "says that y sums to"},
		{"no file", results.Failed, "results cannot be read"},
		{"spoilt by running", results.Invalid, "after being timed it says that y sums to"},
		{"crashes at prepare", results.Failed, "at prepare it has ended (exit status 3): segmentation fault, or so"},
		{"crashes at run", results.Failed, "at run it has ended (exit status 4)"},
		{"fails at run", results.Failed, "out of something"},
		{"panics", results.Failed, "not to my liking"},
		{"without", results.Without, "no such operation: really"},
		{"hangs", results.Failed, "gave no answer for"},
		{"garbage", results.Failed, `answered "<html>`},
		{"chatty", results.Failed, `answered "warming up …", which is no reply`},
		{"wrong id", results.Failed, "answered request"},
		{"lies", results.Invalid, "but let us wait for"},
		{"lazy", results.Failed, "says that"},
		{"counts", results.Failed, "were asked for"},
	} {
		t.Run(c.how, func(t *testing.T) {
			t.Parallel()
			rows, _ := measure(t, options(t), []Peer{named(results.Reference), named(c.how)}, "good", "bad", "good again")
			for _, name := range []string{"good", "good again"} {
				for _, peer := range []string{results.Reference, c.how} {
					if r := rows[name][peer]; r.Status != results.OK || len(r.Samples) != 10 || !(r.Time.Median > 1e-4) {
						t.Errorf("%s, %s: %+v", name, peer, r)
					}
				}
			}
			if r := rows["good"][c.how]; r.Factor.N != 10 || !(r.P > 0) {
				t.Errorf("no factor: %+v", r)
			}
			if r := rows["bad"][results.Reference]; r.Status != results.OK {
				t.Errorf("braid suffers: %+v", r)
			}
			r := rows["bad"][c.how]
			if r.Status != c.status || !strings.Contains(r.Reason, c.reason) {
				t.Errorf("%s: %q, want %s: %q", r.Status, r.Reason, c.status, c.reason)
			}
			if r.Status != results.OK && (len(r.Samples) > 0 || r.Time.N > 0) {
				t.Errorf("a row that is %s has times", r.Status)
			}
		})
	}
}

func TestAbsent(t *testing.T) {
	absent := Peer{Name: "absent", Missing: "nobody installed it"}
	nowhere := Peer{Name: "nowhere", Command: wire.Command{Path: "/nowhere"}}
	rows, described := measure(t, options(t), []Peer{named(results.Reference), absent, nowhere, named("no device")}, "one", "two")
	for _, name := range []string{"one", "two"} {
		for peer, want := range map[string]results.Status{"braid": results.OK, "absent": results.Missing, "nowhere": results.Missing, "no device": results.Failed} {
			if r := rows[name][peer]; r.Status != want {
				t.Errorf("%s, %s: %+v", name, peer, r)
			}
		}
	}
	if len(described) != 4 || described[0].Version != "1.0" || described[1].Missing == "" {
		t.Errorf("peers: %+v", described)
	}
}

// A peer that ends again and again is given up.
func TestGivenUp(t *testing.T) {
	names := make([]string, mostDeaths+2)
	var all []cases.Case
	for range names {
		all = append(all, double("bad"))
	}
	var reasons []string
	_, err := Run(t.Context(), options(t), []Peer{named("crashes at prepare")}, all, func(rows []results.Row) error {
		reasons = append(reasons, rows[0].Reason)
		return nil
	})
	if err != nil || strings.Contains(reasons[mostDeaths-1], "given up") || !strings.Contains(reasons[mostDeaths], "given up") {
		t.Errorf("%v, %q", err, reasons)
	}
}

// Where memory does not hold all, peers come in groups, each beside the reference.
func TestGroups(t *testing.T) {
	o := options(t)
	o.Memory = 300
	s := &session{Options: o}
	for _, name := range []string{"a", results.Reference, "b", "c"} {
		s.peers = append(s.peers, &peer{Peer: Peer{Name: name}})
	}
	show := func(memory int64) string {
		var all []string
		for _, g := range s.groups(cases.Case{Memory: memory}) {
			var names []string
			for _, p := range g {
				names = append(names, p.Name)
			}
			all = append(all, strings.Join(names, " "))
		}
		return strings.Join(all, "; ")
	}
	for memory, want := range map[int64]string{0: "braid a b c", 50: "braid a b c", 100: "braid a b; braid c", 1000: "braid a; braid b; braid c"} {
		if got := show(memory); got != want {
			t.Errorf("%d bytes each: %q, want %q", memory, got, want)
		}
	}
}

// A later group of peers that lack the case costs no time.
func TestGroupsWithout(t *testing.T) {
	for again, want := range map[bool]int{false: 10, true: 0} {
		s := &session{Options: options(t)}
		for _, name := range []string{results.Reference, "without"} {
			s.peers = append(s.peers, &peer{Peer: named(name)})
		}
		c := double("bad")
		if err := c.Write(s.inputs()); err != nil {
			t.Fatal(err)
		}
		rows, err := s.group(t.Context(), c, s.peers, again)
		s.quit()
		if err != nil || len(rows) != 2 || len(rows[0].Samples) != want || rows[1].Status != results.Without {
			t.Errorf("again %t: %v, %v", again, rows, err)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := 0
	_, err := Run(ctx, options(t), []Peer{named(results.Reference)}, []cases.Case{double("one"), double("two")}, func([]results.Row) error {
		done++
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || done != 1 {
		t.Errorf("%v after %d cases", err, done)
	}
}
