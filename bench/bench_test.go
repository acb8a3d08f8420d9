package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/results"
	"github.com/braidml/braid/bench/stats"
)

// TestMain lets the test's program be braid's peer, as the harness's is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "serve" {
		os.Exit(run(&world{}, os.Args[1:]))
	}
	os.Exit(m.Run())
}

func bench(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(&world{ctx: t.Context(), out: &o, err: &e}, args)
	return code, o.String(), e.String()
}

// A run of braid alone: the files are written, and a second one goes on from the first.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	args := []string{"--quick", "--device", "cpu", "--peers", "none", "--cases", "gemm 251", "--json", file("a.json"), "--markdown", file("a.md"),
		"--plot", file("a.png"), "--gobench", file("a.txt")}
	code, out, errs := bench(t, args...)
	if code != 0 || !strings.Contains(out, "gemm 251x509x127") || !strings.Contains(out, "GFLOP/s") {
		t.Fatalf("%d\n%s\n%s", code, out, errs)
	}
	if n := strings.Count(out+errs, "gemm 251x509x127"); n != 1 {
		t.Errorf("the case is named %d times:\n%s%s", n, out, errs)
	}
	for _, name := range []string{"a.md", "a.png", "a.txt"} {
		if info, err := os.Stat(file(name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	f, err := results.Read(file("a.json"))
	if err != nil {
		t.Fatal(err)
	}
	r := f.Row("gemm 251x509x127", results.Reference)
	if r == nil || r.Status != results.OK || r.Time.N < 10 || !(r.Share > 0) || f.Environment.Commit == "" || len(f.Ceilings) < 4 {
		t.Errorf("%+v\n%+v", r, f.Environment)
	}
	if code, _, errs := bench(t, args...); code != 0 || !strings.Contains(errs, "1 cases, 0 are left") {
		t.Errorf("%d: %s", code, errs)
	}
	if code, out, _ := bench(t, "show", file("a.json")); code != 0 || !strings.Contains(out, "gemm 251x509x127") {
		t.Errorf("show: %d\n%s", code, out)
	}
	if code, out, _ := bench(t, "diff", file("a.json"), file("a.json")); code != 0 || !strings.Contains(out, "0 of braid's cases became worse") {
		t.Errorf("diff: %d\n%s", code, out)
	}
	for i := range r.Samples {
		r.Samples[i] *= 2
	}
	r.Time = stats.Summarise(r.Samples, 0.95)
	if err := f.Write(file("b.json")); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := bench(t, "diff", file("a.json"), file("b.json")); code != 1 || !strings.Contains(out, "SLOWER") {
		t.Errorf("a slower run: %d\n%s", code, out)
	}
}

// A terminal shows the case while it is measured, and no trace of that later; a file never does.
func TestProgress(t *testing.T) {
	for terminal, want := range map[bool]string{true: "\rgemm\x1b[K\r\x1b[K", false: ""} {
		var e bytes.Buffer
		w := &world{err: &e, terminal: terminal}
		w.say("gemm")
		if w.say(""); e.String() != want {
			t.Errorf("terminal %v: %q, want %q", terminal, e.String(), want)
		}
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--cases", "nothing"}, 1, "no case is called so"},
		{[]string{"--cases", "[", "--peers", "none"}, 1, "syntax error"},
		{[]string{"--peers", "nobody"}, 1, `--peers "nobody": expected some of braid, torch`},
		{[]string{"--samples", "3", "--peers", "none"}, 1, "at least 10"},
		{[]string{"--precision", "fp8"}, 2, "fp8"},
		{[]string{"diff", "a"}, 2, ""},
	} {
		if code, _, errs := bench(t, c.args...); code != c.code || !strings.Contains(errs, c.want) {
			t.Errorf("%v: %d, %q, want %d, %q", c.args, code, errs, c.code, c.want)
		}
	}
}

func TestRequirements(t *testing.T) {
	needs, err := requirements(filepath.Join("peers", "python", "requirements.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range needs {
		for _, p := range n.packages {
			if !strings.Contains(p, "==") {
				t.Errorf("%s is not pinned", p)
			}
		}
	}
	// Each library has its versions, and its file.
	for _, l := range libraries {
		if !slices.ContainsFunc(needs, func(n need) bool { return n.peer == l.module }) {
			t.Errorf("nothing is required for %s", l.name)
		}
		if _, err := os.Stat(filepath.Join("peers", "python", "peer_"+l.module+".py")); err != nil {
			t.Error(err)
		}
	}
	for _, p := range goPeers {
		if _, err := os.Stat(filepath.Join("peers", p.module, "go.mod")); err != nil {
			t.Error(err)
		}
	}
	s := setupCommand{Peers: []string{"torch-stock", "tensor*"}}
	for peer, want := range map[string]bool{"torch": true, "tensorflow": true, "jax": false} {
		if s.wanted(peer) != want {
			t.Errorf("%s: %v", peer, !want)
		}
	}
}

// All names differ, and braid's peer knows all kinds that are listed.
func TestCases(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range cases.Precisions {
		for _, c := range cases.All(p) {
			if seen[c.Name] || strings.Contains(c.Name, ",") {
				t.Errorf("%q: twice, or with a comma, at which --cases is cut", c.Name)
			}
			seen[c.Name] = true
		}
	}
	quick, err := cases.Select(cases.All("fp32"), nil, true)
	if err != nil || len(quick) < 2 || len(quick) > 5 {
		t.Errorf("%d quick cases, %v", len(quick), err)
	}
}
