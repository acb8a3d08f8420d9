package serve

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

func TestShapesOfTheProtocol(t *testing.T) {
	_, s := start(t, config(), Options{})
	const meta = `{"inputs":[{"name":"image","datatype":"BYTES","shape":[-1],"parameters":{"also":["UINT8 [-1 16 16 3]","FP32 [-1 16 16 3] from 0 to 1"],"content":"PNG, JPEG, GIF or WebP files; base64 in JSON","optional":false}},` +
		`{"name":"text","datatype":"BYTES","shape":[-1],"parameters":{"also":["INT32 [-1 -1]","INT64 [-1 -1]"],"content":"UTF-8","optional":false}}],"name":"m",` +
		`"outputs":[{"name":"probabilities","datatype":"FP32","shape":[-1,4],"parameters":{"names":["red","green","blue","circle"]}},{"name":"class","datatype":"BYTES","shape":[-1]}],"platform":"braid_fusion","versions":["1"]}`
	for path, want := range map[string]string{
		"/v2":                            `{"extensions":["binary_tensor_data"],"name":"braid","version":"devel"}`,
		"/v2/health/live":                `{"live":true}`,
		"/v2/health/ready":               `{"ready":true}`,
		"/v2/models/m":                   meta,
		"/v2/models/m/versions/1":        meta,
		"/v2/models/m/ready":             `{"name":"m","ready":true}`,
		"/v2/models/m/versions/1/ready":  `{"name":"m","ready":true}`,
		"/v2/models/m/versions/2/ready":  `{"error":"there is no version \"2\" of the model: it is \"1\""}`,
		"/v2/models/other":               `{"error":"there is no model \"other\" here: it is called \"m\""}`,
		"/v1/models/m:predict":           `{"error":"there is nothing at \"/v1/models/m:predict\""}`,
		"/v2/models/m/versions/1/infer?": `{"error":"the method is GET: POST is expected"}`,
	} {
		if _, got := call(t, "GET", s.URL+path, ""); got != want {
			t.Errorf("%s answers\n%s\nwant\n%s", path, got, want)
		}
	}
}

// TestInferEqualsPredict: bit for bit, whatever form the inputs have.
func TestInferEqualsPredict(t *testing.T) {
	h, s := start(t, config(), Options{})
	picture, text := pngOf(3, 40), "what color is the shape"
	want := predicted(t, h, picture, text)
	pixels, err := data.DecodeImage(bytes.NewReader(picture), 16, 16)
	if err != nil {
		t.Fatal(err)
	}
	var flat []int // JSON has []uint8 as base64
	var reals []float32
	for _, v := range tensor.Values[uint8](pixels) {
		flat, reals = append(flat, int(v)), append(reals, float32(v)/255)
	}
	nested := make([][][][]int, 1)
	for y := range 16 {
		nested[0] = append(nested[0], nil)
		for x := range 16 {
			nested[0][y] = append(nested[0][y], flat[(y*16+x)*3:][:3])
		}
	}
	tokens := [][]int32{(&data.Vocab{Words: words}).Encode(text)}
	file := asked(picture, text)["inputs"].([]object)
	for name, inputs := range map[string][]object{
		"files":         file,
		"text first":    {file[1], file[0]},
		"column":        {input("image", "BYTES", [][]string{{file[0]["data"].([]string)[0]}}, 1, 1), file[1]},
		"data address":  {input("image", "BYTES", []string{"data:image/png;base64," + file[0]["data"].([]string)[0]}, 1), file[1]},
		"flat bytes":    {input("image", "UINT8", flat, 1, 16, 16, 3), file[1]},
		"nested bytes":  {input("image", "UINT8", nested, 1, 16, 16, 3), file[1]},
		"reals":         {input("image", "FP32", reals, 1, 16, 16, 3), file[1]},
		"tokens":        {file[0], input("text", "INT32", tokens, 1, len(tokens[0]))},
		"long tokens":   {file[0], input("text", "INT64", tokens, 1, len(tokens[0]))},
		"padded tokens": {file[0], input("text", "INT32", append(slices.Clone(tokens[0]), 0, 0, 0), 1, len(tokens[0])+3)},
	} {
		status, body := call(t, "POST", s.URL+"/v2/models/m/infer", asJSON(object{"id": "7", "inputs": inputs}))
		if got := probabilities(t, status, body); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	status, body := call(t, "POST", s.URL+"/v2/models/m/infer", asJSON(object{"id": "7", "inputs": file, "outputs": []object{{"name": "class"}}}))
	best := classes[slices.Index(want, slices.Max(want))]
	if w := fmt.Sprintf(`{"model_name":"m","model_version":"1","id":"7","outputs":[{"name":"class","datatype":"BYTES","shape":[1],"data":[%q]}]}`, best); body != w {
		t.Errorf("class: %d %s, want %s", status, body, w)
	}
}

// TestBinaryTensors is the extension by which clients send tensors behind the JSON.
func TestBinaryTensors(t *testing.T) {
	h, s := start(t, config(), Options{})
	pictures, texts := [][]byte{pngOf(3, 40), pngOf(5, 20)}, []string{"what color", "is the shape red"}
	var images, sentences []byte
	for i := range pictures {
		images = append(binary.LittleEndian.AppendUint32(images, uint32(len(pictures[i]))), pictures[i]...)
		sentences = append(binary.LittleEndian.AppendUint32(sentences, uint32(len(texts[i]))), texts[i]...)
	}
	head := asJSON(object{
		"inputs": []object{
			{"name": "image", "datatype": "BYTES", "shape": []int{2}, "parameters": object{"binary_data_size": len(images)}},
			{"name": "text", "datatype": "BYTES", "shape": []int{2}, "parameters": object{"binary_data_size": len(sentences)}},
		},
		"outputs": []object{{"name": "class", "parameters": object{"binary_data": false}}, {"name": "probabilities", "parameters": object{"binary_data": true}}},
	})
	r, err := http.NewRequest("POST", s.URL+"/v2/models/m/infer", strings.NewReader(head+string(images)+string(sentences)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(headerLength, fmt.Sprint(len(head)))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, string(body), err)
	}
	var n int
	if _, err := fmt.Sscan(answer.Header.Get(headerLength), &n); err != nil {
		t.Fatal(err)
	}
	var a reply
	if err := json.Unmarshal(body[:n], &a); err != nil {
		t.Fatal(err)
	}
	var got []float32
	for rest := body[n:]; len(rest) > 0; rest = rest[4:] {
		got = append(got, math.Float32frombits(binary.LittleEndian.Uint32(rest)))
	}
	want := append(predicted(t, h, pictures[0], texts[0]), predicted(t, h, pictures[1], texts[1])...)
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if !reflect.DeepEqual(a.Outputs[1].Shape, []int{2, 4}) || a.Outputs[1].Parameters["binary_data_size"] != 32.0 || len(a.Outputs[0].Data.([]any)) != 2 {
		t.Errorf("the head is %s", body[:n])
	}
}

// TestOtherModels: those without texts, with missing inputs, of numbers, of labels, of grey pictures, of vectors.
func TestOtherModels(t *testing.T) {
	picture := asked(pngOf(1, 20), "red")["inputs"].([]object)
	for name, tt := range map[string]struct {
		change func(*models.FusionConfig)
		inputs []object
		output string
	}{
		"missing text":    {func(c *models.FusionConfig) { c.Missing = true }, picture[:1], "probabilities"},
		"missing picture": {func(c *models.FusionConfig) { c.Missing = true }, picture[1:], "probabilities"},
		"numbers":         {func(c *models.FusionConfig) { c.Regression = true }, picture, "values"},
		"labels":          {func(c *models.FusionConfig) { c.MultiLabel = true }, picture, "probabilities"},
		"grey":            {func(c *models.FusionConfig) { c.Image.Channels = 1 }, picture, "probabilities"},
		"bag":             {func(c *models.FusionConfig) { c.Text.Bag, c.Text.Hidden = true, nil }, picture, "probabilities"},
		"without names":   {func(c *models.FusionConfig) { c.Classes = nil }, picture, "probabilities"},
		"vectors": {func(c *models.FusionConfig) { c.Text, c.Words = models.TextConfig{Dense: 3}, nil },
			[]object{picture[0], input("text", "FP32", []float32{1, 2, 3}, 1, 3)}, "probabilities"},
		"tokens alone": {func(c *models.FusionConfig) { c.Words = nil },
			[]object{picture[0], input("text", "INT32", []int{1, 2, 3}, 1, 3)}, "probabilities"},
	} {
		c := config()
		tt.change(&c)
		_, s := start(t, c, Options{})
		status, body := call(t, "POST", s.URL+"/v2/models/m/infer", asJSON(object{"inputs": tt.inputs, "outputs": []object{{"name": tt.output}}}))
		if got := probabilities(t, status, body); len(got) != len(classes) {
			t.Errorf("%s: %v", name, got)
		}
		status, body = call(t, "POST", s.URL+"/v2/models/m/explain", asJSON(object{"inputs": tt.inputs}))
		var e Explanation
		if err := json.Unmarshal([]byte(body), &e); err != nil || status != http.StatusOK || len(e.Answers) != len(classes) || e.Explained == "" {
			t.Errorf("%s: explain answers %d %s", name, status, body)
		}
		if status, body = call(t, "GET", s.URL+"/", ""); status != http.StatusOK {
			t.Errorf("%s: the page: %d %s", name, status, body)
		}
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for want, o := range map[string]Options{
		"a name without / is expected": {Name: "a/b"},
		"at least 0 is expected":       {MaxBody: -1},
	} {
		if _, err := New(&models.Fusion{Config: config()}, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", o, err, want)
		}
	}
	if _, err := New(&models.Fusion{}, Options{}); err == nil || !strings.Contains(err.Error(), "no configuration") {
		t.Error(err)
	}
}
