package serve

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// client asks a server by Triton's client: everything in binary and in JSON, pictures as files and as numbers.
const client = `
import base64, json, sys
import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException
url, path, text = sys.argv[1:]
file = open(path, "rb").read()
c = http.InferenceServerClient(url, concurrency=8)
assert c.is_server_live() and c.is_server_ready() and c.is_model_ready("m") and c.is_model_ready("m", "1")
assert "binary_tensor_data" in c.get_server_metadata()["extensions"]
meta = c.get_model_metadata("m")
assert [i["name"] for i in meta["inputs"]] == ["image", "text"], meta

def given(name, values, datatype, binary):
    i = http.InferInput(name, list(values.shape), datatype)
    i.set_data_from_numpy(values, binary_data=binary)
    return i

def infer(image, datatype, binary, outputs=None, texts=None):
    texts = np.array([text] if texts is None else texts, dtype=object)
    r = c.infer("m", [given("image", image, datatype, binary), given("text", texts, "BYTES", binary)], outputs=outputs, request_id="q")
    assert r.get_response()["id"] == "q"
    return r

found = []
for binary in (True, False):
    content = file if binary else base64.b64encode(file).decode()
    for out in (True, False):
        wanted = [http.InferRequestedOutput(n, binary_data=out) for n in ("probabilities", "class")]
        r = infer(np.array([content], dtype=object), "BYTES", binary, wanted)
        p = r.as_numpy("probabilities")
        name = r.as_numpy("class")[0]
        assert p.dtype == np.float32 and p.shape == (1, 4)
        assert (name.decode() if isinstance(name, bytes) else name) == meta["outputs"][0]["parameters"]["names"][p[0].argmax()]
        found.append([float(v) for v in p[0]])
pixels = np.arange(2*16*16*3, dtype=np.uint8).reshape(2, 16, 16, 3)
a = infer(pixels, "UINT8", True, texts=[text, text]).as_numpy("probabilities")
b = infer(pixels, "UINT8", False, texts=[text, text]).as_numpy("probabilities")
f = infer((pixels/np.float32(255)).astype(np.float32), "FP32", True, texts=[text, text]).as_numpy("probabilities")
assert a.shape == (2, 4) and (a == b).all() and np.abs(a - f).max() <= 1e-6
tasks = [c.async_infer("m", [given("image", pixels, "UINT8", True), given("text", np.array([text, text], dtype=object), "BYTES", True)]) for _ in range(32)]
assert all(np.abs(t.get_result().as_numpy("probabilities") - a).max() <= 1e-6 for t in tasks)
try:
    infer(pixels[:, :8], "UINT8", True, texts=[text, text])
    raise SystemExit("a wrong shape is taken")
except InferenceServerException as e:
    assert "[-1 16 16 3] is expected" in e.message(), e.message()
print(json.dumps(found))
`

// TestTritonClient needs BRAID_TRITON, the path of a Python that has the package tritonclient[http].
func TestTritonClient(t *testing.T) {
	python := os.Getenv("BRAID_TRITON")
	if python == "" {
		t.Skip("BRAID_TRITON names no Python with tritonclient")
	}
	for _, o := range []Options{{}, {BatchDelay: 2e6}} {
		h, s := start(t, config(), o)
		picture, text := pngOf(3, 40), "what color is the shape ?"
		path := filepath.Join(t.TempDir(), "picture.png")
		if err := os.WriteFile(path, picture, 0o644); err != nil {
			t.Fatal(err)
		}
		c := exec.CommandContext(t.Context(), python, "-c", client, strings.TrimPrefix(s.URL, "http://"), path, text)
		c.Stderr = os.Stderr
		out, err := c.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var found [][]float64
		if err := json.Unmarshal(out, &found); err != nil || len(found) != 4 {
			t.Fatalf("%s: %v", out, err)
		}
		for _, row := range found {
			for i, want := range predicted(t, h, picture, text) {
				if !(math.Abs(row[i]-float64(want)) <= 1e-6) {
					t.Errorf("class %d: %v, want %v", i, row[i], want)
				}
			}
		}
	}
}
