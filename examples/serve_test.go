package examples

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
)

// TestServing runs every command of docs/serve.md in one shell, on a small model and a free port; and its Python, if
// BRAID_TRITON names one with tritonclient[http].
func TestServing(t *testing.T) {
	if tensorcheck.Emulated() || testing.Short() {
		t.Skip("it trains a model")
	}
	b, err := os.ReadFile("../docs/serve.md")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(b), "127.0.0.1:8080", l.Addr().String())
	l.Close()
	text = strings.ReplaceAll(text, "train fusion --out", "train fusion --pictures 100 --epochs 1 --size 16 --out")

	dir := t.TempDir()
	m := image.NewRGBA(image.Rect(0, 0, 40, 40))
	for i := range 400 {
		m.Set(10+i%20, 10+i/20, color.RGBA{200, 20, 30, 255})
	}
	f, err := os.Create(filepath.Join(dir, "picture.png"))
	if err == nil {
		err = png.Encode(f, m)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	commands, programs := blocks(text, "sh"), blocks(text, "python")
	if len(commands) != 5 || len(programs) != 1 {
		t.Fatalf("the page has %d blocks of commands and %d programs", len(commands), len(programs))
	}
	if python := os.Getenv("BRAID_TRITON"); python != "" {
		last := len(commands) - 1
		commands = append(commands[:last:last], fmt.Sprintf("%s - <<'PYTHON'\n%sPYTHON\n", python, programs[0]), commands[last])
	}
	out, err := bash(t.Context(), dir, "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"+strings.Join(commands, "\n")+"echo the end\n")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		`serving "shapes" on `, `{"ready":true}`, `"extensions":["binary_tensor_data"]`, `"platform":"braid_fusion"`,
		`{"model_name":"shapes","model_version":"1","outputs":[{"name":"probabilities","datatype":"FP32","shape":[1,13],"data":[`,
		"braid_requests_total{endpoint=\"explain\",status=\"200\"} 1\n", "\nthe end\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	why, err := os.ReadFile(filepath.Join(dir, "why.json"))
	if err != nil || !strings.Contains(string(why), `"overlay":"data:image/png;base64,`) {
		t.Errorf("why.json: %.200s (%v)", why, err)
	}
}
