package serve

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
)

var (
	words   = []string{"", "?", "what", "color", "is", "the", "shape", "red", "circle"}
	classes = []string{"red", "green", "blue", "circle"}
)

// config is of a small model, with weights as they are drawn.
func config() models.FusionConfig {
	return models.FusionConfig{
		Image:   models.ImageConfig{Height: 16, Width: 16, Widths: []int{4, 8}},
		Text:    models.TextConfig{Vocab: len(words), Embed: 8, Hidden: []int{16}},
		Outputs: len(classes), Words: words, Classes: classes,
	}
}

func rng() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// start serves a model on a port of its own.
func start(t testing.TB, c models.FusionConfig, o Options) (*Handler, *httptest.Server) {
	t.Helper()
	o.Name = "m"
	h, err := New(models.NewFusion(rng(), c), o)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(func() { s.Close(); h.Close() })
	return h, s
}

// pngOf is a picture of its own for each number, as a file.
func pngOf(number, side int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		m.Set(i%side, i/side, color.RGBA{uint8(i * number), uint8(i / side * 7), uint8(40 * number), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// object is a JSON object.
type object = map[string]any

func input(name, datatype string, data any, shape ...int) object {
	return object{"name": name, "datatype": datatype, "shape": shape, "data": data}
}

// asked is a request about a picture with a text.
func asked(picture []byte, text string) object {
	return object{"inputs": []object{
		input("image", "BYTES", []string{base64.StdEncoding.EncodeToString(picture)}, 1),
		input("text", "BYTES", []string{text}, 1),
	}}
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// call sends a request, and returns the status and the body.
func call(t testing.TB, method, url, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, string(text)
}

// probabilities are the values of a reply's first output.
func probabilities(t testing.TB, status int, body string) []float32 {
	t.Helper()
	var a struct {
		Outputs []struct {
			Name string
			Data json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil || status != http.StatusOK || len(a.Outputs) == 0 {
		t.Fatalf("status %d, %s (%v)", status, body, err)
	}
	var values []float32
	if err := json.Unmarshal(a.Outputs[0].Data, &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// predicted is what the model answers by itself.
func predicted(t testing.TB, h *Handler, picture []byte, text string) []float32 {
	t.Helper()
	c := h.model.Config
	image, err := data.DecodeImage(bytes.NewReader(picture), c.Image.Height, c.Image.Width)
	if err != nil {
		t.Fatal(err)
	}
	vocab := &data.Vocab{Words: c.Words}
	out, err := h.model.Predict(h.o.Device, image.Reshape(1, c.Image.Height, c.Image.Width, 3), vocab.EncodeAll([]string{text}, 0))
	if err != nil {
		t.Fatal(err)
	}
	return out.Floats()
}
