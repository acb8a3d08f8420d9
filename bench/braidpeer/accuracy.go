package braidpeer

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/wire"
	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
	"github.com/braidml/braid/train"
)

// accuracyJob trains from the first weights of one seed after the other.
type accuracyJob struct {
	dev         *tensor.Device
	in          cases.Tensors
	train, test *data.Pairs
	words       int
	seed        int
}

func (p *Peer) accuracy(pr tensor.Precision, in cases.Tensors) (wire.Job, error) {
	dev, err := p.open(pr)
	if err != nil {
		return nil, err
	}
	j := &accuracyJob{dev: dev, in: in, words: in["p0.text.embedding.weight"].Shape()[0]}
	for part, to := range map[string]**data.Pairs{"train.": &j.train, "test.": &j.test} {
		*to = &data.Pairs{Images: in[part+"images"], Rows: tensor.Values[int32](in[part+"rows"]), Texts: in[part+"text"],
			Labels: in[part+"label"], Classes: make([]string, cases.FusionClasses)}
	}
	return j, nil
}

func (j *accuracyJob) model(seed int) (*models.Fusion, error) {
	m := cases.NewFusion(rand.New(rand.NewPCG(1, 2)), j.words)
	return m, layers.Restore(m, j.in.State(fmt.Sprintf("p%d.", seed)))
}

func (j *accuracyJob) Run() error { return errors.New("an accuracy is timed by Time") }

// Time trains n times.
func (j *accuracyJob) Time(n int) (seconds float64, _ []float64, value float64, err error) {
	for range n {
		s, v, err := j.fit(j.seed % cases.Seeds)
		if err != nil {
			return 0, nil, 0, err
		}
		j.seed++
		seconds, value = seconds+s, v
	}
	return seconds, nil, value, nil
}

// fit returns the seconds of training until the goal, and the accuracy then.
func (j *accuracyJob) fit(seed int) (seconds, accuracy float64, err error) {
	m, err := j.model(seed)
	if err != nil {
		return 0, 0, err
	}
	loader := &data.Loader[data.Pair]{Source: j.train, BatchSize: cases.Batch, Shuffle: true, DropLast: true, Seed: uint64(seed)}
	opt := optim.New(layers.Params(m), optim.Adam{WeightDecay: cases.Decay})
	opt.Schedule = optim.OneCycle(cases.Peak, cases.Epochs*loader.Len())
	t := &train.Trainer[data.Pair]{
		Device: j.dev, Model: m, Optimizer: opt, Loss: tensor.CrossEntropy, Train: loader, Seed: uint64(seed),
		Valid:   &data.Loader[data.Pair]{Source: j.test, BatchSize: 256},
		Metrics: []metrics.Metric{metrics.Accuracy()},
		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
			return m.Forward(p.Input(b.Image), p.Input(b.Text)), p.Input(b.Label)
		},
	}
	for e, err := range t.Epochs(context.Background(), cases.Epochs) {
		if err != nil {
			return 0, 0, err
		}
		seconds += e.Time.Seconds()
		if accuracy = e.Values["accuracy"]; accuracy >= cases.Goal {
			return seconds, accuracy, nil
		}
	}
	return 0, 0, fmt.Errorf("seed %d: accuracy %.4f after %d epochs", seed, accuracy, cases.Epochs)
}

// Outputs are the answers of the first weights to the first test questions.
func (j *accuracyJob) Outputs(path string) (map[string]float64, error) {
	m, err := j.model(0)
	if err != nil {
		return nil, err
	}
	rows := make([]int, 64)
	for i := range rows {
		rows[i] = i
	}
	var b data.Pair
	if err := j.test.Read(&b, rows, nil); err != nil {
		return nil, err
	}
	var logits tensor.Array
	err = j.dev.Run(tensor.Inference, func(p *tensor.Pass) error {
		logits = m.Forward(p.Input(b.Image), p.Input(b.Text)).Array()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return save(path, cases.Tensors{"logits": logits})
}

func (j *accuracyJob) Close() error { return j.dev.Close() }
