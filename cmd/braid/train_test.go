package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTrain looks at everything that a run prints and leaves.
func TestTrain(t *testing.T) {
	dir, other := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "r.json")
	events := filepath.Join(t.TempDir(), "events")
	out := must(t, with("train", "fusion", "--out", dir, "--json", other, "--tensorboard", events)...)
	if name := list(t, events); !strings.HasPrefix(name, "events.out.tfevents.") || !strings.Contains(read(t, filepath.Join(events, name)), "loss/validation") {
		t.Errorf("events are in %q", name)
	}
	number := `\d+(\.\d+)?`
	want := regexp.MustCompile(`^builtin, 49373 parameters, rnn text, multiply merge, on (cpu|cuda:0) \(.*\)
475 samples to train on, 25 to validate, 100 to test, 13 classes, 36 words
epoch 1: loss ` + number + `, valid ` + number + `, accuracy ` + number + ` \(` + number + ` s, \d+ samples/s\)
test: accuracy 0\.\d{4}, macro F1 0\.\d{4}, loss \d\.\d{4} \(100 samples\)
trained ` + number + ` s, \d+ samples/s; saved in ` + regexp.QuoteMeta(dir) + `
try: braid predict --model ` + regexp.QuoteMeta(dir) + ` --image PICTURE --text "[a-z ?]+"
$`)
	if !want.MatchString(out) {
		t.Errorf("the output is\n%s\nwant it to match\n%s", out, want)
	}
	if names := list(t, dir); names != "best history.csv history.json last model.safetensors result.json run.json" {
		t.Errorf("the folder has %s", names)
	}
	if read(t, other) != read(t, filepath.Join(dir, resultFile)) {
		t.Error("--json has another result than the folder")
	}
	checkResult(t, other, 1, "steps")
	for name, wants := range map[string]string{historyCSV: "epoch,loss,valid_loss,best,seconds,samples,accuracy\n1,", historyJSON: `"epoch": 1`} {
		if text := read(t, filepath.Join(dir, name)); !strings.Contains(text, wants) {
			t.Errorf("%s is %q, want %q in it", name, text, wants)
		}
	}
}

// checkResult looks for the keys that programs rely on.
func checkResult(t *testing.T, path string, epochs int, more ...string) {
	t.Helper()
	var keys map[string]any
	if err := json.Unmarshal([]byte(read(t, path)), &keys); err != nil {
		t.Fatal(err)
	}
	test, _ := keys["test"].(map[string]any)
	for _, name := range []string{"accuracy", "f1_macro", "loss"} {
		if v, is := test[name].(float64); !is || !(v >= 0 && v < 10) {
			t.Errorf("%s: test.%s is %v, want a number", path, name, test[name])
		}
	}
	for _, name := range append([]string{"samples_per_second", "seconds", "parameters", "epochs"}, more...) {
		if v, is := keys[name].(float64); !is || !(v > 0) {
			t.Errorf("%s: %s is %v, want a number", path, name, keys[name])
		}
	}
	if keys["epochs"] != float64(epochs) || keys["parameters"] != 49373.0 {
		t.Errorf("%s: %v epochs and %v parameters, want %d and 49373", path, keys["epochs"], keys["parameters"], epochs)
	}
}

func list(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// TestFolders: without --out each run gets a folder of its own.
func TestFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	must(t, with("train", "fusion")...)
	must(t, with("train", "fusion", "--seed", "2")...)
	if names := list(t, "runs"); names != "fusion fusion-2" {
		t.Errorf("runs has %s, want fusion fusion-2", names)
	}
	if read(t, "runs/fusion/model.safetensors") == read(t, "runs/fusion-2/model.safetensors") {
		t.Error("two seeds give one model")
	}
	if read(t, "runs/fusion/model.safetensors") != read(t, filepath.Join(trained(), modelFile)) {
		t.Error("one seed gives two models")
	}
}

// TestVariants trains with what else can be chosen.
func TestVariants(t *testing.T) {
	for _, flags := range []string{
		"--text-encoder bag --merge concat --level 2", "--merge add --batch 500 --dropout 0.3", "--merge gated --only image",
		"--merge bilinear --only text --decay 0 --lr 0.01",
	} {
		dir := filepath.Join(t.TempDir(), "run")
		must(t, append(with("train", "fusion", "--out", dir), strings.Fields(flags)...)...)
		must(t, "eval", "--model", dir)
		must(t, "summary", "--model", dir)
	}
}

// TestDiverges: a rate that breaks the numbers ends the run with the step that broke them.
func TestDiverges(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	refuse(t, 1, with("train", "fusion", "--lr", "1e30", "--out", dir), "the loss is not finite", "epoch 1, step 2:", "lower the learning rate")
	if names := list(t, dir); names != optionsFile {
		t.Errorf("the folder has %s, want no broken checkpoint", names)
	}
}
