package onnx

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/braidml/braid/tensor"
)

// runner computes, with the real ONNX Runtime, what a job file asks for: models with inputs in one file of numbers.
const runner = `
import json, sys
import numpy as np, onnxruntime as ort
dir = sys.argv[1]
data = open(dir + "/in", "rb").read()
sessions, out, answers = {}, open(dir + "/out", "wb"), []
options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.log_severity_level = 3
for job in json.load(open(dir + "/jobs.json")):
    s = sessions.setdefault(job["model"], None) or ort.InferenceSession(dir + "/" + job["model"], options, providers=["CPUExecutionProvider"])
    sessions[job["model"]] = s
    feed = {i["name"]: np.frombuffer(data, i["type"], i["n"], i["at"]).reshape(i["shape"] or []) for i in job["inputs"]}
    answer = []
    for o, y in zip(s.get_outputs(), s.run(None, feed)):
        answer.append({"name": o.name, "shape": list(y.shape), "at": out.tell(), "declared": [str(d) for d in o.shape]})
        out.write(np.ascontiguousarray(y, "float64").tobytes())
    answers.append(answer)
json.dump(answers, open(dir + "/answers.json", "w"))
`

type operand struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Shape []int  `json:"shape"`
	At    int    `json:"at"`
	N     int    `json:"n"`
}

type job struct {
	Model  string    `json:"model"`
	Inputs []operand `json:"inputs"`
}

// peer collects what ONNX Runtime is to compute, so that Python starts once.
type peer struct {
	t      *testing.T
	python string
	dir    string
	data   bytes.Buffer
	jobs   []job
}

// newPeer needs BRAID_ONNXRUNTIME, the path of a Python that has the package onnxruntime.
func newPeer(t *testing.T) *peer {
	python := os.Getenv("BRAID_ONNXRUNTIME")
	if python == "" {
		t.Skip("BRAID_ONNXRUNTIME names no Python with onnxruntime")
	}
	return &peer{t: t, python: python, dir: t.TempDir()}
}

// model keeps a graph under a name.
func (p *peer) model(name string, graph []byte) {
	if err := os.WriteFile(filepath.Join(p.dir, name), graph, 0o666); err != nil {
		p.t.Fatal(err)
	}
}

// run asks for the outputs of a model; run i is answer i.
func (p *peer) run(model string, inputs map[string]tensor.Array, wide bool) {
	j := job{Model: model}
	for name, a := range inputs {
		o := operand{Name: name, Shape: a.Shape(), At: p.data.Len(), N: a.Len()}
		var values any = a.Any()
		switch a.DType() {
		case tensor.Int32:
			o.Type = "int32"
			if wide {
				o.Type = "int64"
				v := make([]int64, a.Len())
				for i, x := range tensor.Values[int32](a) {
					v[i] = int64(x)
				}
				values = v
			}
		case tensor.Uint8:
			o.Type = "uint8"
		default:
			o.Type = a.DType().String()
		}
		if err := binary.Write(&p.data, binary.LittleEndian, values); err != nil {
			p.t.Fatal(err)
		}
		for p.data.Len()%8 != 0 {
			p.data.WriteByte(0)
		}
		j.Inputs = append(j.Inputs, o)
	}
	p.jobs = append(p.jobs, j)
}
