package train

import (
	"math"

	"github.com/braidml/braid/tensor"
)

// lossName is the scalar that is the epoch's Loss.
const lossName = "loss"

// sums adds up what the steps of an epoch log. The totals live in parameters, so that a step adds to them on the device
// and never waits; the weights are known on the host.
type sums struct {
	list   []*sum
	good   *tensor.Tensor // []: how many times the total of the loss was finite when one was added
	losses int            // how many times one was added
	step   []*sum         // what the running step logs
}

// sum is Σ value·samples of one scalar, and Σ samples.
type sum struct {
	name   string
	total  *tensor.Tensor // []
	weight float64
}

func newTotal() *tensor.Tensor { return tensor.NewParam([]float32{0}).Freeze() }

func (s *sums) find(name string) *sum {
	for _, x := range s.list {
		if x.name == name {
			return x
		}
	}
	x := &sum{name: name, total: newTotal()}
	s.list = append(s.list, x)
	return x
}

// add records the additions of a step with n samples. When the step was computed, count follows.
func (s *sums) add(p *tensor.Pass, n int) {
	s.step = s.step[:0]
	for name, v := range p.Logged() {
		if v.DType() == tensor.Int32 {
			v = v.Float()
		}
		if v.Rank() != 0 {
			v = v.Reshape()
		}
		x := s.find(name)
		total := x.total.Add(v.Scale(float32(n)))
		x.total.Assign(total)
		s.step = append(s.step, x)
		if name == lossName {
			if s.good == nil {
				s.good = newTotal()
			}
			// total - total is 0, or NaN, which does not equal itself. A total that is broken stays so.
			zero := total.Sub(total)
			s.good.Assign(s.good.Add(zero.Equal(zero)))
		}
	}
}

func (s *sums) count(n int) {
	for _, x := range s.step {
		x.weight += float64(n)
		if x.name == lossName {
			s.losses++
		}
	}
	s.step = s.step[:0]
}

// loss is the mean of the loss, NaN if none was logged, and how many of the losses kept it finite. It waits.
func (s *sums) loss() (mean float64, good int) {
	if s.good == nil {
		return math.NaN(), 0
	}
	x := s.find(lossName)
	return value(x.total) / x.weight, int(value(s.good))
}

// means are the means of everything else.
func (s *sums) means() map[string]float64 {
	means := map[string]float64{}
	for _, x := range s.list {
		if x.name != lossName && x.weight > 0 {
			means[x.name] = value(x.total) / x.weight
		}
	}
	return means
}

func value(t *tensor.Tensor) float64 { return t.Array().Float64s()[0] }

// savedSums is sums on the host.
type savedSums struct {
	List   []savedSum `json:"list"`
	Good   int        `json:"good"`
	Losses int        `json:"losses"`
}

type savedSum struct {
	Name   string `json:"name"`
	Total  number `json:"total"`
	Weight number `json:"weight"`
}

func (s *sums) snapshot() savedSums {
	saved := savedSums{Losses: s.losses}
	for _, x := range s.list {
		saved.List = append(saved.List, savedSum{x.name, number(value(x.total)), number(x.weight)})
	}
	if s.good != nil {
		saved.Good = int(value(s.good))
	}
	return saved
}

// restore sets everything to saved. The parameters stay the same, so that the steps that use them are replayed.
func (s *sums) restore(saved savedSums) error {
	for _, x := range s.list {
		x.weight = 0
		if err := set(x.total, 0); err != nil {
			return err
		}
	}
	for _, v := range saved.List {
		x := s.find(v.Name)
		x.weight = float64(v.Weight)
		if err := set(x.total, float64(v.Total)); err != nil {
			return err
		}
	}
	s.losses = saved.Losses
	if s.good == nil {
		s.good = newTotal()
	}
	return set(s.good, float64(saved.Good))
}

// set keeps all bits of v: Set rounds to the device's type, and an unplaced parameter holds float64.
func set(t *tensor.Tensor, v float64) error { return t.Set(tensor.ArrayOf([]float64{v})) }
