package main

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// drawing is a PNG of a red square on grey, of the given side.
func drawing(t *testing.T, side int) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		x, y := i%side, i/side
		c := color.RGBA{150, 150, 150, 255}
		if x > side/4 && x < side*3/4 && y > side/4 && y < side*3/4 {
			c = color.RGBA{200, 20, 30, 255}
		}
		img.Set(x, y, c)
	}
	path := filepath.Join(t.TempDir(), "picture.png")
	f, err := os.Create(path)
	if err == nil {
		err = png.Encode(f, img)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestEval measures the run again, from its files: the same numbers to the last bit.
func TestEval(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.json")
	out := must(t, "eval", "--model", trained(), "--json", path)
	want := readResult(t, filepath.Join(trained(), resultFile))
	if got := readResult(t, path); !maps.Equal(got.Test, want.Test) || got.Options != want.Options {
		t.Errorf("eval has %+v, the run had %+v", got, want)
	}
	checkResult(t, path, 1)
	for _, line := range []string{"precision    recall  f1-score   support", "  triangle ", "weighted avg",
		fmt.Sprintf("\ntest: accuracy %.4f, macro F1 %.4f", want.Test["accuracy"], want.Test["f1_macro"])} {
		if !strings.Contains(out, line) {
			t.Errorf("the report is\n%s\nwant %q in it", out, line)
		}
	}
}

func TestPredict(t *testing.T) {
	picture := drawing(t, 50)
	ask := []string{"predict", "--model", trained(), "--image", picture, "--text", "What colour is the shape?"}
	var answers []answer
	if err := json.Unmarshal([]byte(must(t, append(ask, "--json", "--top", "99")...)), &answers); err != nil {
		t.Fatal(err)
	}
	sum := float32(0)
	for i, a := range answers {
		if sum += a.Probability; i > 0 && a.Probability > answers[i-1].Probability {
			t.Errorf("answer %d is more probable than the one before: %v", i, answers)
		}
	}
	// Thirteen roundings of numbers that sum to one.
	if len(answers) != 13 || !(sum > 1-1e-6 && sum < 1+1e-6) {
		t.Errorf("%d answers, their probabilities sum to %v; want 13 and 1", len(answers), sum)
	}

	lines := strings.Split(strings.TrimSuffix(must(t, ask...), "\n"), "\n")
	form := regexp.MustCompile(`^[a-z]+ +\d+\.\d\d %$`)
	if len(lines) != 5 {
		t.Errorf("%d lines, want the best five:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	for i, line := range lines {
		if !form.MatchString(line) || strings.Fields(line)[0] != answers[i].Class || len(line) != len(lines[0]) {
			t.Errorf("line %d is %q, want %v", i+1, line, answers[i])
		}
	}
	file := []string{"predict", "--model", filepath.Join(trained(), modelFile), "--image", picture, "--text", "what colour is the shape ?"}
	if must(t, file...) != must(t, ask...) {
		t.Error("the model's file and its folder answer differently")
	}
}

func TestSummary(t *testing.T) {
	begins := func(out string, want ...string) {
		t.Helper()
		if !strings.HasPrefix(out, strings.Join(want, "\n")+"\n") {
			t.Errorf("the table is\n%s\nwant it to begin\n%s", out, strings.Join(want, "\n"))
		}
	}
	begins(must(t, "summary", "--pictures", "20"),
		"layer                       output shape  parameters",
		"----------------------------------------------------",
		"image.0 (Conv2D)            [n 32 32 16]         432",
		"image.1 (BatchNorm)         [n 32 32 16]          64")
	begins(must(t, "summary", "--listing"),
		"layer                output shape     parameters",
		"------------------------------------------------",
		"image.0 (Conv2D)     [n 222 222 64]        1,792",
		"image.1 (ReLU)       [n 222 222 64]            0",
		"image.2 (Conv2D)     [n 220 220 128]      73,856")
	out := must(t, "summary", "--model", trained())
	begins(out,
		"layer                       output shape  parameters",
		"----------------------------------------------------",
		"image.0 (Conv2D)            [n 16 16 16]         432")
	if !strings.HasSuffix(out, "\n49,597 parameters: 49,373 trained, 224 not trained\n") {
		t.Errorf("the table ends %q", out[max(0, len(out)-80):])
	}
}

func TestDoctor(t *testing.T) {
	out := must(t, "doctor")
	want := regexp.MustCompile(`^go +go1\..*
(gpu +.*\n)+device +(cpu|cuda:0) \(.*\)
(kernels +(AVX-512|AVX2|NEON|plain Go).*
)?numbers +ok: .* differ from float64 by at most \d\.\de-\d\d
(at best +.*\d GB/s through memory.*
)?product +[\d.]+ GFLOP/s(, \d+ %)?: 1024 x 1024 matrices
3x3 +[\d.]+ GFLOP/s(, \d+ %)?: convolution, .*
sum +[\d.]+ GB/s(, \d+ %)?: of two arrays of 64 MB
$`)
	if !want.MatchString(out) {
		t.Errorf("the output is\n%s\nwant it to match\n%s", out, want)
	}
}

func TestKernels(t *testing.T) {
	for _, c := range []struct {
		device      string
		amd64, avx2 bool
		want        string
	}{
		{"cpu (amd64, avx512 kernels, 2 threads)", true, true, "AVX-512"},
		{"cpu (amd64, avx2 kernels, 2 threads)", true, true, "no AVX-512"},
		{"cpu (amd64, generic kernels, 2 threads)", true, true, "purego"},
		{"cpu (amd64, generic kernels, 2 threads)", true, false, "no AVX2"},
		{"cpu (arm64, neon kernels, 2 threads)", false, false, "NEON"},
		{"cpu (riscv64, generic kernels, 2 threads)", false, false, "none in assembly"},
	} {
		if got := kernels(c.device, c.amd64, c.avx2); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q in it", c.device, got, c.want)
		}
	}
}
