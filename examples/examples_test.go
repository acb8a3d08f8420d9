package examples

import (
	"bufio"
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/braidml/braid/internal/tensorcheck"
)

// programs is the folder of the built examples, and of braid: with the tags that this test has.
var programs string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	var err error
	if programs, err = os.MkdirTemp("", "examples"); err != nil {
		panic(err)
	}
	defer os.RemoveAll(programs)
	tags := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-tags" {
				tags = s.Value
			}
		}
	}
	build := exec.Command("go", "build", "-tags", tags, "-o", programs+string(filepath.Separator), "./...", "../cmd/braid")
	if out, err := build.CombinedOutput(); err != nil {
		panic(string(out))
	}
	return m.Run()
}

// run runs a program in a folder of its own, away from data sets, and gives what it printed.
func run(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), filepath.Join(programs, program), args...)
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestPrograms(t *testing.T) {
	const number = `[0-9]+(\.[0-9]+)?`
	pictures, custom := "50", "custom -epochs 4 -pictures 400"
	step := `step 100: loss ` + number + `\n`
	if tensorcheck.Emulated() {
		pictures, custom, step = "10", "custom -epochs 1 -pictures 20", ""
	}
	for _, c := range []struct{ command, want string }{
		{"fusion -epochs 2 -pictures " + pictures, `^epoch 1: loss ` + number + `, valid ` + number + `, accuracy ` + number + `, f1_macro .*\nepoch 2: .*\nsaving runs/example/model\.safetensors\n$`},
		{"listing -size 12 -steps 2", `^step 1: loss ` + number + `, ` + number + ` images/s\nstep 2: loss ` + number + `, ` + number + ` images/s\n$`},
		{custom, `^` + step + `test accuracy 0\.[0-9]+\n$`},
		{"eager", `(?s)^convolved: \[1 6 6 8\] .*\nloss: ` + number + `\n.*conv2d.*\nmistake: tensor: MatMul: \[1 8 8 3\] x \[1 3 3 8\]: .*eager/main\.go:[0-9]+`},
	} {
		words := strings.Fields(c.command)
		t.Run(words[0], func(t *testing.T) {
			if got := run(t, t.TempDir(), words[0], words[1:]...); !regexp.MustCompile(c.want).MatchString(got) {
				t.Errorf("it printed\n%s\nwant %s", got, c.want)
			}
		})
	}
}

// Flags that cannot be end a program with one line.
func TestImpossibleFlags(t *testing.T) {
	for command, want := range map[string]string{
		"fusion -epochs 0":     "OneCycle: steps is 0",
		"fusion -pictures -1":  "Shapes: Train is -1",
		"fusion nowhere":       "nowhere",
		"listing -size 4":      "kernel does not fit",
		"server -model nofile": "nofile",
	} {
		words := strings.Fields(command)
		c := exec.Command(filepath.Join(programs, words[0]), words[1:]...)
		c.Dir = t.TempDir()
		out, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) || strings.Count(string(out), "\n") != 1 {
			t.Errorf("%s: %v, printed %q; want a failure and one line that says %q", command, err, out, want)
		}
	}
}

// The server answers with a model that braid trained, and with one of examples/fusion.
func TestServer(t *testing.T) {
	dir := t.TempDir()
	pictures := "100"
	if tensorcheck.Emulated() {
		pictures = "20"
	}
	run(t, dir, "braid", "train", "fusion", "--pictures", pictures, "--epochs", "1", "--out", "braid")
	run(t, dir, "fusion", "-pictures", pictures, "-epochs", "1", "-out", "fusion")
	for _, from := range []string{"braid", "fusion"} {
		t.Run(from, func(t *testing.T) {
			url := serve(t, filepath.Join(dir, from, "model.safetensors"))
			status, body := post(t, url, picture(t), "what color is the shape?")
			var reply struct {
				Answer        string
				Probabilities map[string]float64
			}
			if err := json.Unmarshal(body, &reply); status != http.StatusOK || err != nil {
				t.Fatalf("%d %s, %v", status, body, err)
			}
			sum := 0.0
			for class, p := range reply.Probabilities {
				sum += p
				if !(p <= reply.Probabilities[reply.Answer]) {
					t.Errorf("the answer is %q, but %q has %v", reply.Answer, class, p)
				}
			}
			// 13 float32 numbers, each within an ulp or two.
			if len(reply.Probabilities) != 13 || !(math.Abs(sum-1) <= 13*2*0x1p-23) {
				t.Errorf("%d classes with a sum of %v", len(reply.Probabilities), sum)
			}
			refuses(t, url)
		})
	}
}

// refuses asks what cannot be answered.
func refuses(t *testing.T, url string) {
	t.Helper()
	for _, c := range []struct {
		image    []byte
		question string
		want     string
	}{
		{picture(t), "", "no word"},
		{picture(t), "zyzzyva", "no word"},
		{[]byte("GIF89a"), "what color?", "data: DecodeImage"},
		{make([]byte, 8<<20), "what color?", "too large"},
	} {
		status, body := post(t, url, c.image, c.question)
		if status != http.StatusBadRequest || !bytes.Contains(body, []byte(c.want)) {
			t.Errorf("%d bytes and %q: %d %q, want 400 and %q", len(c.image), c.question, status, body, c.want)
		}
	}
}

// serve starts the server on a free port until the test ends.
func serve(t *testing.T, model string) (url string) {
	t.Helper()
	c := exec.Command(filepath.Join(programs, "server"), "-model", model, "-addr", "127.0.0.1:0")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = c.Wait() // it was killed
	})
	line, err := bufio.NewReader(stderr).ReadString('\n')
	_, address, found := strings.Cut(strings.TrimSpace(line), "listening on ")
	if err != nil || !found {
		t.Fatalf("the server said %q, %v", line, err)
	}
	return address + "/ask"
}

func post(t *testing.T, url string, picture []byte, question string) (status int, body []byte) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("image", "picture.png")
	if err == nil {
		_, err = part.Write(picture)
	}
	if err == nil {
		err = w.WriteField("question", question)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Timeout: 20 * time.Second}
	r, err := client.Post(url, w.FormDataContentType(), &form)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if body, err = io.ReadAll(r.Body); err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, body
}

// picture is a red square on white.
func picture(t *testing.T) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 40, 40))
	for y := range 40 {
		for x := range 40 {
			c := color.RGBA{255, 255, 255, 255}
			if x > 10 && x < 30 && y > 10 && y < 30 {
				c = color.RGBA{220, 20, 20, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
