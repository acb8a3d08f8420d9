package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/braidml/braid/tune"
)

// searching are the flags of a search that takes a second. A rate of a million breaks a trial.
var searching = []string{"tune", "--pictures", "100", "--epochs", "4", "--image-size", "16", "--trials", "6", "--factor", "2",
	"--search", "lr=0.001,0.003,0.01,0.03,1e30 merge=concat,multiply widths=8|8,12 head-width=16..48", "--seed", "3"}

// readTuned is result.json of a search, without times.
func readTuned(t *testing.T, dir string) tuned {
	t.Helper()
	var r tuned
	if err := json.Unmarshal([]byte(read(t, filepath.Join(dir, resultFile))), &r); err != nil {
		t.Fatal(err)
	}
	for _, trial := range append(r.Trials, r.Best) {
		trial.Seconds = 0
	}
	return r
}

// TestTune looks at all that a search leaves, and types the command that it recommends: the run is that of the best trial.
func TestTune(t *testing.T) {
	dir, again := filepath.Join(t.TempDir(), "search"), filepath.Join(t.TempDir(), "again")
	out := must(t, append(searching, "--out", dir)...)
	r := readTuned(t, dir)
	if r.Metric != "accuracy" || len(r.Trials) != 6 || r.Best.State != tune.Done || len(r.Best.Scores) != 4 || r.Folder != r.Best.Folder() && r.Folder == "" {
		t.Errorf("the result is %+v", r)
	}
	failed := slices.ContainsFunc(r.Trials, func(trial *tune.Trial) bool {
		return trial.State == tune.Failed && strings.Contains(trial.Error, "not finite")
	})
	if !failed {
		t.Errorf("no trial failed, and a rate of 1e30 was drawn:\n%s", out)
	}
	for _, want := range []string{"6 trials, of 1, then 2, then 4 epochs; best is the highest accuracy on 25 samples", "rank  trial  state ",
		"failed: train: the loss is not finite", "the best is trial ", "the best again:\n" + r.Command + "\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output is\n%s\nwant %q in it", out, want)
		}
	}
	for _, name := range []string{trialsCSV, trialsPlot, "trials.json", optionsFile} {
		if read(t, filepath.Join(dir, name)) == "" {
			t.Errorf("%s is empty", name)
		}
	}

	args := strings.Fields(strings.TrimPrefix(r.Command, "braid "))
	must(t, append(args, "--out", again)...)
	seconds := regexp.MustCompile(`"(seconds|samples_per_second)": [^,\n]+`)
	for _, name := range []string{optionsFile, historyJSON, resultFile, modelFile} {
		want, got := read(t, filepath.Join(r.Folder, name)), read(t, filepath.Join(again, name))
		if seconds.ReplaceAllString(want, "") != seconds.ReplaceAllString(got, "") {
			t.Errorf("%s of the recommended command has other bytes than that of the best trial:\n%.300s\n%.300s", name, got, want)
		}
	}
	must(t, "eval", "--model", r.Folder) // the best trial is a run
}

// TestTuneResume interrupts searches and kills them; in the end they are as one that lived.
func TestTuneResume(t *testing.T) {
	whole, dir := filepath.Join(t.TempDir(), "whole"), filepath.Join(t.TempDir(), "search")
	start := time.Now()
	must(t, append(searching, "--out", whole)...)
	took := time.Since(start)
	want := readTuned(t, whole)
	resume := []string{"tune", "--resume", "--out", dir}
	for i, at := range []string{", epoch 1 of 4", ", epoch 1 of 4", ", epoch 2 of 4"} {
		args := resume
		if i == 0 {
			args = append(searching, "--out", dir)
		}
		code, _, err := interrupted(at, "", args...)
		if message := "\nstopped and saved; go on with: braid tune --resume --out " + dir + "\n"; code != 130 || err != message {
			t.Fatalf("interruption %d: exit %d, %q", i, code, err)
		}
	}
	must(t, resume...)
	compareTuned(t, readTuned(t, dir), want)

	dir = filepath.Join(t.TempDir(), "killed")
	next, ended := append(searching, "--out", dir), false
	for i := 0; i < 3 && !ended; i++ {
		ended = killed(t, took/4, next...)
		if _, err := os.Stat(filepath.Join(dir, optionsFile)); err == nil {
			next = []string{"tune", "--resume", "--out", dir}
		}
	}
	if !ended {
		killed(t, time.Hour, next...)
	}
	compareTuned(t, readTuned(t, dir), want)
}

// compareTuned compares searches in different folders.
func compareTuned(t *testing.T, got, want tuned) {
	t.Helper()
	a, b := read(t, filepath.Join(got.Folder, modelFile)), read(t, filepath.Join(want.Folder, modelFile))
	got.Folder, want.Folder = "", ""
	x, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	y, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if string(x) != string(y) || a != b {
		t.Errorf("the search that was stopped has\n%s\nwant\n%s\nthe models are equal: %v", x, y, a == b)
	}
}

// TestTuneLimits: a search that a limit cuts off says so, and goes on with a higher one.
func TestTuneLimits(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "search")
	out := must(t, append(searching, "--out", dir, "--total-epochs", "9", "--metric", "loss")...)
	if r := readTuned(t, dir); !strings.Contains(out, "best is the lowest loss") || !strings.Contains(out, "the limit ended the search early") || len(r.Trials) == 6 {
		t.Errorf("%d trials:\n%s", len(r.Trials), out)
	}
	out = must(t, "tune", "--resume", "--out", dir)
	if r := readTuned(t, dir); strings.Contains(out, "the limit ended") || len(r.Trials) != 6 || r.Best.State != tune.Done || r.Metric != "loss" {
		t.Errorf("%d trials:\n%s", len(r.Trials), out)
	}
	refuse(t, 1, []string{"tune", "--resume", "--out", dir, "--trials", "7"}, "began with --trials 6")
	refuse(t, 1, []string{"eval", "--model", dir}, `of the kind "tune"`)
}

func TestTuneErrors(t *testing.T) {
	t.Chdir(t.TempDir())
	for want, args := range map[string]string{
		"--trials is 0": "--trials 0",
		"--factor is 0": "--factor 0",
		"--first-epochs is 9, want 1 to --epochs":        "--first-epochs 9",
		"--minutes is -1":                                "--minutes=-1",
		"--metric is f1, want loss, or one of: accuracy": "--metric f1 --pictures 20 --search lr=0.1,0.2",
		"--lr is 0, want more than 0":                    "--search lr=0..0.1",
		"want two numbers, the lower first":              "--search lr=1..0.1",
		"a range is of numbers":                          "--search merge=1..2",
		"--dropout is 1, want 0":                         "--search dropout=0..1",
		`"foo": one of concat`:                           "--search merge=add,foo",
		"--search has depth":                             "--search depth=1,2",
		"--search has epochs":                            "--search epochs=1,2",
		"--search has lr twice":                          "--search=lr=0.1,0.2 lr=0.3,0.4",
		`--search has "lr", want a flag with its`:        "--search lr",
		`--search is " ", want settings`:                 "--search= ",
		`"8,x" are no widths`:                            "--search widths=8,x|9",
		"--embed is 8, but --vectors have":               "--embed 8 --vectors /dev/null",
		"--lr is 0, want more than 0; ":                  "--lr 0 --epochs 0",
	} {
		line := []string{"tune"}
		if flag, value, ok := strings.Cut(args, "--search="); ok && flag == "" {
			line = append(line, "--search", value)
		} else {
			line = append(line, strings.Fields(args)...)
		}
		refuse(t, 1, line, strings.Split(want, "; ")[0])
	}
	if names := list(t, "."); names != "" {
		t.Errorf("the commands left %s", names)
	}
}

// TestFlagsOf: the flags of options make them again, whatever was chosen.
func TestFlagsOf(t *testing.T) {
	for _, line := range []string{
		"", "--lr=0.0123 --merge=gated --dropout=0.3 --seed=7 --image-size=48 --widths=8,16 --only=text",
		"--data=/a/b --class-weights --augment=standard,flip=no --label-smoothing=0.1 --vectors-freeze --vectors=/dev/null --text-encoder=bag",
	} {
		o, err := parseOptions(strings.Fields(line))
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseOptions(flagsOf(o))
		if err != nil || *again != *o {
			t.Errorf("%q became %q, and %+v, %v; want %+v", line, flagsOf(o), again, err, o)
		}
	}
	args := []string{"--data=/my pictures/it's", "--widths=8,16", "--balanced=true"}
	if got := shellLine("braid", args); got != `braid --data '/my pictures/it'\''s' --widths 8,16 --balanced` {
		t.Errorf("the line is %s", got)
	}
}

// TestLRRange: the curve is drawn, and a rate suggested that can be typed.
func TestLRRange(t *testing.T) {
	dir := t.TempDir()
	png, path := filepath.Join(dir, "rates.png"), filepath.Join(dir, "rates.json")
	out := must(t, "lr-range", "--pictures", "200", "--image-size", "16", "--batch", "16", "--out", png, "--json", path, "--merge", "concat")
	var r measuredRates
	if err := json.Unmarshal([]byte(read(t, path)), &r); err != nil {
		t.Fatal(err)
	}
	if !(r.Suggested > 1e-5 && r.Suggested < r.Lowest && r.Lowest < 1) || len(r.Rate) != len(r.Smoothed) || read(t, png) == "" {
		t.Errorf("suggested %v, lowest %v, %d rates", r.Suggested, r.Lowest, len(r.Rate))
	}
	if !regexp.MustCompile(`\ntry: braid train fusion --pictures 200 --image-size 16 --merge concat --batch 16 --lr [0-9.e-]+\n$`).MatchString(out) {
		t.Errorf("the output is %s", out)
	}
	refuse(t, 1, []string{"lr-range", "--out", png, "--low", "1", "--high", "0.1"}, "0 < Low < High")
	refuse(t, 1, []string{"lr-range", "--out", filepath.Join(dir, "no", "x.png")}, "--out")
}
