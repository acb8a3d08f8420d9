package main

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/braidml/braid/train"
)

// shown is the figure of that name at the top of a page.
func shown(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`<span>` + regexp.QuoteMeta(name) + `</span><b>([^<]*)</b>`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page does not show %s", name)
	}
	return m[1]
}

// TestReport: a run with --report and the report of a finished run show what the run measured.
func TestReport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	out := must(t, with("train", "fusion", "--report", "--out", dir)...)
	if want := "\nreport: " + filepath.Join(dir, "curves.png"); !strings.Contains(out, want) {
		t.Errorf("the output is\n%s\nwant %q in it", out, want)
	}
	if names := list(t, dir); names != "best confusion.png curves.png history.csv history.json last model.safetensors report.html result.json roc.png run.json" {
		t.Errorf("the folder has %s", names)
	}
	own := read(t, filepath.Join(dir, "report.html"))
	before, other := files(t, trained()), filepath.Join(t.TempDir(), "new", "report")
	must(t, "report", "--model", trained(), "--out", other, "--mistakes", "3")
	unchanged(t, trained(), before)
	page := read(t, filepath.Join(other, "report.html"))
	want := readResult(t, filepath.Join(trained(), resultFile))
	for name, key := range map[string]string{"accuracy": "accuracy", "macro F1": "f1_macro", "loss": "loss"} {
		if got, want := shown(t, page, name), fmt.Sprintf("%.4f", want.Test[key]); got != want || shown(t, own, name) != want {
			t.Errorf("%s is %s, and %s at the end of the run, want %s", name, got, shown(t, own, name), want)
		}
	}
	if n := strings.Count(page, "<img src=\"data:image/png"); n != 3 {
		t.Errorf("%d mistakes are shown, want 3", n)
	}
	for _, text := range []string{"<pre class=\"wrapped\">braid train fusion --pictures 100 --image-size 16 --epochs 1</pre>", "49,373 trained", ">--seed<", "time of training"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %s", text)
		}
	}
}

// TestReportOfOwnData: labels and numbers of a table, with a hostile text.
func TestReportOfOwnData(t *testing.T) {
	picture, folder := []byte(read(t, drawing(t, 16))), t.TempDir()
	const evil = "<script>alert(1)</script> is no Word"
	table := "file_name,text,tags,size\n"
	for i := range 60 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.png", i)), picture, 0o644); err != nil {
			t.Fatal(err)
		}
		table += fmt.Sprintf("%d.png,%s %d,%s,%g\n", i, evil, i%3, []string{"a", "b|a", "c"}[i%3], float64(i%3)+.5)
	}
	if err := os.WriteFile(filepath.Join(folder, "metadata.csv"), []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	for label, figures := range map[string][]string{"tags": {"mean average precision", "micro F1"}, "size": {"R²", "root mean squared error"}} {
		dir := filepath.Join(t.TempDir(), "run")
		must(t, "train", "fusion", "--report", "--data", folder, "--label", label, "--text", "text", "--image-size", "16", "--epochs", "1", "--out", dir)
		page := read(t, filepath.Join(dir, "report.html"))
		for _, name := range figures {
			shown(t, page, name)
		}
		if n := strings.Count(page, "<script"); n != 1 {
			t.Errorf("%s: %d scripts on the page", label, n)
		}
		if !strings.Contains(html.UnescapeString(page), "<q>"+evil) {
			t.Errorf("%s: the page does not show the text as it was read", label)
		}
	}
}

// TestReportRefuses says what is expected where there is nothing to report.
func TestReportRefuses(t *testing.T) {
	empty := t.TempDir()
	refuse(t, 1, []string{"report", "--model", empty}, "is not the folder of a run: it has no run.json")
	refuse(t, 1, []string{"report", "--model", trained(), "--mistakes", "0"}, "--mistakes is 0, want at least 1")
	refuse(t, 1, []string{"report", "--model", trained(), "--data", "nowhere"}, "nowhere")
	if err := os.WriteFile(filepath.Join(empty, optionsFile), []byte(read(t, filepath.Join(trained(), optionsFile))), 0o644); err != nil {
		t.Fatal(err)
	}
	refuse(t, 1, []string{"report", "--model", empty}, "a report is of a run that has ended")
	if err := os.WriteFile(filepath.Join(empty, historyJSON), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readHistory(empty); err == nil || !strings.Contains(err.Error(), historyJSON) {
		t.Errorf("a broken history gives %v", err)
	}
}

// TestCommandLine: only flags that are not at their defaults, quoted for a shell.
func TestCommandLine(t *testing.T) {
	o := &options{Data: "it's here"}
	o.Level, o.Pictures, o.Size, o.Seed = 1, 50, dims{48, 64}, 7
	o.Epochs, o.Batch, o.LR, o.Decay, o.TextEncoder, o.Only = 8, 64, .003, 1e-4, "bag", both
	o.Merge, o.Balanced, o.Gamma, o.Valid, o.Test = 2, true, 2, .1, .1
	o.RNNWidth, o.Features, o.HeadWidth = 64, 64, 128
	if got, want := commandLine("braid train fusion", o), `braid train fusion --data 'it'\''s here' --pictures 50 --image-size 48x64 --seed 7 --text-encoder bag --balanced`; got != want {
		t.Errorf("the line is\n%s\nwant\n%s", got, want)
	}
	all := facts(o, train.History{{Number: 1, Time: 2e9, Samples: 100}})
	if last := all[len(all)-1]; last.Value != "2.0 s, 50 samples/s" {
		t.Errorf("the last fact is %v", last)
	}
}
