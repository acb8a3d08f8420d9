package main

import (
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func explainOf(dir, out string, args ...string) []string {
	return append([]string{"explain", "--model", dir, "--out", out}, args...)
}

// TestExplain: every method draws a picture, and says the same as predict.
func TestExplain(t *testing.T) {
	picture, out := drawing(t, 50), filepath.Join(t.TempDir(), "why.png")
	ask := []string{"--image", picture, "--text", "What colour is the flurb?"}
	var answers []answer
	if err := json.Unmarshal([]byte(must(t, append([]string{"predict", "--model", trained(), "--json", "--top", "99"}, ask...)...)), &answers); err != nil {
		t.Fatal(err)
	}
	for method, side := range map[string]int{"gradcam": 4, "saliency": 16, "integrated": 16} {
		e := explained{Answers: &[]answer{}}
		text := must(t, append(explainOf(trained(), out, "--method", method, "--json"), ask...)...)
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		if len(e.Map) != side || len(e.Map[0]) != side || (e.Layer != "") != (method == "gradcam") {
			t.Errorf("%s: the map has %d rows, of layer %q", method, len(e.Map), e.Layer)
		}
		words := []string{}
		weight := float32(0)
		for _, word := range e.Words {
			words = append(words, word.Word)
			weight += word.Weight * word.Weight
			if word.Known != (word.Word != "flurb") {
				t.Errorf("%s is known: %v", word.Word, word.Known)
			}
		}
		if got := strings.Join(words, " "); got != "what colour is the flurb ?" || !(weight > 0) {
			t.Errorf("%s: the words are %q, of weight %v", method, got, weight)
		}
		if got := *e.Answers.(*[]answer); e.Class != answers[0].Class || !slices.Equal(got, answers) {
			t.Errorf("%s: the answer is %s of %v, predict says %v", method, e.Class, got, answers)
		}
		f, err := os.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(f)
		f.Close()
		if err != nil || m.Bounds().Dx() != 1200 {
			t.Errorf("%s: %v, %v", method, m, err)
		}
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
	}
	text := must(t, append(explainOf(trained(), out, "--class", "star", "--layer", "image.0"), ask...)...)
	if !strings.Contains(text, "; explained: star ") || !strings.Contains(text, "  flurb  (not known)\n") || !strings.HasSuffix(text, "drawn in "+out+"\n") {
		t.Errorf("the output is %s", text)
	}
}

// TestExplainHalf: a model that was trained on one input explains that one alone.
func TestExplainHalf(t *testing.T) {
	for only, args := range map[string][]string{"image": {"--image", drawing(t, 20)}, "text": {"--text", "what shape is it ?"}} {
		dir := filepath.Join(t.TempDir(), only)
		must(t, with("train", "fusion", "--only", only, "--out", dir)...)
		var e explained
		text := must(t, append(explainOf(dir, filepath.Join(dir, "why.png"), "--json"), args...)...)
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		if (len(e.Map) > 0) != (only == "image") || (len(e.Words) > 0) != (only == "text") {
			t.Errorf("%s: %d rows and %d words", only, len(e.Map), len(e.Words))
		}
	}
}

// TestExplainOwn: models of labels and of numbers, and pictures without a text.
func TestExplainOwn(t *testing.T) {
	for label, want := range map[string]string{
		"tags": `(?s)^\w+ \d+\.\d %\n.*  warm\n`, "size,extra": `(?s)^size [-0-9.e+]+\n.*  warm\n`, "animal": `^(cat|dog) \d+\.\d %\ndrawn in`,
	} {
		dir, run := ownData(t, "file_name,text,"+label, nil), filepath.Join(t.TempDir(), "run")
		args := []string{"--image", filepath.Join(dir, "p0/000.png")}
		if label == "animal" {
			must(t, quick(dir, run, "--label", label, "--text", "none")...)
		} else {
			must(t, quick(dir, run, "--label", label)...)
			args = append(args, "--text", "a warm picture")
		}
		if out := must(t, append(explainOf(run, filepath.Join(run, "why.png")), args...)...); !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("%s: the output is\n%s\nwant %s", label, out, want)
		}
		e := explained{}
		text := must(t, append(explainOf(run, filepath.Join(run, "why.png"), "--json", "--method", "integrated"), args...)...)
		if err := json.Unmarshal([]byte(text), &e); err != nil || e.Class == "" || len(e.Map) != 16 {
			t.Errorf("%s: %+v, %v", label, e, err)
		}
		if label == "size,extra" {
			if out := must(t, append(explainOf(run, filepath.Join(run, "why.png"), "--class", "extra"), args...)...); !strings.HasPrefix(out, "extra ") {
				t.Errorf("the other number: %s", out)
			}
		}
	}
}

func TestExplainErrors(t *testing.T) {
	dir := t.TempDir()
	picture, out := drawing(t, 20), filepath.Join(dir, "why.png")
	ask := []string{"--image", picture, "--text", "what shape is it ?"}
	broken := filepath.Join(dir, "broken.png")
	if err := os.WriteFile(broken, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{append(ask, "--class", "elephant"), `--class is "elephant", want one of: `},
		{append(ask, "--layer", "image.77"), `no layer "image.77" ran; those with maps are: image.0 [16 16 16]`},
		{append(ask, "--layer", "head.0"), "maps [n h w c] are expected"},
		{append(ask, "--layer", "image.0", "--method", "saliency"), "--layer is of Grad-CAM"},
		{nil, "neither --image nor --text"},
		{ask[:2], "--text is missing"},
		{ask[2:], "--image is missing"},
		{[]string{"--image", picture, "--text", "elephants"}, `the model knows no word of "elephants"`},
		{[]string{"--image", broken, "--text", "what shape"}, "broken.png"},
		{append(ask, "--font", broken), "the font cannot be read"},
	} {
		refuse(t, 1, explainOf(trained(), out, c.args...), c.want)
	}
	refuse(t, 1, explainOf(trained(), filepath.Join(dir, "nowhere", "why.png"), ask...), "--out", "nowhere")
	refuse(t, 2, explainOf(trained(), out, slices.Concat(ask, []string{"--method", "lime"})...), `must be one of "gradcam","saliency","integrated"`)
	if names := list(t, dir); names != "broken.png" {
		t.Errorf("the commands left %s", names)
	}
}
