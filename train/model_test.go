package train

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// The data of these tests are points in a plane, in two classes beside a curve.
type points struct {
	n     int
	pause time.Duration // of each batch: makes a run long enough to be interrupted
	fail  int           // row that cannot be read, if not 0
	nan   int           // row with a NaN, if not 0
}

type batch struct{ X, Y tensor.Array }

var errRow = errors.New("row 77 of points.tsv cannot be read")

func (s points) Len() int { return s.n }

func (s points) Read(b *batch, rows []int, _ *data.RowRand) error {
	time.Sleep(s.pause)
	x, y := make([]float32, 0, 2*len(rows)), make([]int32, 0, len(rows))
	for _, row := range rows {
		rng := rand.New(rand.NewPCG(7, uint64(row)))
		u, v := rng.Float32()*2-1, rng.Float32()*2-1
		class := int32(0)
		if v > u*u-0.4 {
			class = 1
		}
		if s.fail != 0 && row == s.fail {
			return errRow
		}
		if s.nan != 0 && row == s.nan {
			u = float32(math.NaN())
		}
		x, y = append(x, u, v), append(y, class)
	}
	b.X, b.Y = tensor.ArrayOf(x, len(rows), 2), tensor.ArrayOf(y, len(rows))
	return nil
}

// net has what can go wrong in a resume: dropout, running means, two kinds of parameters.
type net struct {
	Hidden *layers.Dense
	Norm   *layers.BatchNorm
	Out    *layers.Dense
}

func newNet(width int) *net {
	rng := rand.New(rand.NewPCG(1, 2))
	return &net{layers.NewDense(rng, 2, width), layers.NewBatchNorm(width), layers.NewDense(rng, width, 2)}
}

func (m *net) forward(p *tensor.Pass, b batch) (output, target *tensor.Tensor) {
	h := m.Norm.Forward(m.Hidden.Forward(p.Input(b.X))).Tanh().Dropout(0.2)
	p.Log("activation", h.Square().Mean())
	return m.Out.Forward(h), p.Input(b.Y)
}

// newTrainer trains 10 steps an epoch, the last of them with a smaller batch.
func newTrainer(dir string, width int) *Trainer[batch] {
	m := newNet(width)
	opt := optim.New(layers.Params(m), optim.Adam{WeightDecay: 1e-3})
	opt.Schedule = optim.Cosine(0.02, 5, 60)
	return &Trainer[batch]{
		Model: m, Forward: m.forward, Loss: tensor.CrossEntropy, Optimizer: opt,
		Train:   &data.Loader[batch]{Source: points{n: 157}, BatchSize: 16, Shuffle: true, Seed: 3},
		Valid:   &data.Loader[batch]{Source: points{n: 60}, BatchSize: 32},
		Metrics: []metrics.Metric{metrics.Accuracy()},
		Seed:    11, Checkpoint: dir, Every: -1,
	}
}

func fit(t *testing.T, tr *Trainer[batch], epochs int) History {
	t.Helper()
	h, err := tr.Fit(context.Background(), epochs, 0)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// bits is the content of a checkpoint's files; the state is cut down to what must be the same in each run.
func bits(t *testing.T, dir, name string) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, file := range []string{modelFile, optimFile} {
		b, err := os.ReadFile(filepath.Join(dir, name, file))
		if err != nil {
			t.Fatal(err)
		}
		got[file] = string(b)
	}
	s, err := readState(filepath.Join(dir, name, stateFile))
	if err != nil {
		t.Fatal(err)
	}
	got[stateFile] = timeless(s)
	return got
}

func timeless(s state) string {
	s.Seconds = 0
	s.History = append(History{}, s.History...)
	for i := range s.History {
		s.History[i].Time = 0
	}
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func sameRun(t *testing.T, got, want map[string]string) {
	t.Helper()
	for file, w := range want {
		if got[file] == w {
			continue
		}
		if file == stateFile {
			t.Errorf("%s is\n%s\nwant\n%s", file, got[file], w)
		} else {
			t.Errorf("%s differs from that of the uninterrupted run", file)
		}
	}
}
