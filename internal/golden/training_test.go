package golden

import (
	"testing"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// one is a model of one dense layer.
type one struct{ Dense *layers.Dense }

func TestLosses(t *testing.T) {
	by := func(loss func(out, target *tensor.Tensor) *tensor.Tensor) func(tensorcheck.Case) network {
		return func(c tensorcheck.Case) network {
			m := &one{dense(c, "dense")}
			return network{model: m, terms: 8 * 5, depth: 3, loss: loss,
				forward: func(_ *tensor.Pass, x in) *tensor.Tensor { return m.Dense.Forward(x["x"]) }}
		}
	}
	weight := []float32{1, 2, 0.5, 3}
	all(t, "loss", map[string]func(tensorcheck.Case) network{
		"cross_entropy":           by(tensor.CrossEntropy),
		"cross_entropy_weight":    by(tensor.WeightedCrossEntropy(weight, 0)),
		"cross_entropy_smoothing": by(tensor.WeightedCrossEntropy(nil, 0.1)),
		"cross_entropy_both":      by(tensor.WeightedCrossEntropy(weight, 0.2)),
		"bce":                     by(tensor.BCEWithLogits),
		"mse":                     by(tensor.MSE),
		"mae":                     by(tensor.MAE),
		"huber":                   by(tensor.Huber(0.5)),
	})
	all(t, "focal", map[string]func(tensorcheck.Case) network{
		"classes":       by(tensor.FocalCrossEntropy(2, nil, 0)),
		"classes_both":  by(tensor.FocalCrossEntropy(1.5, weight, 0.2)),
		"labels_weight": by(tensor.WeightedBCE(weight, 0)),
		"labels":        by(tensor.FocalBCE(2, nil, 0)),
		"labels_both":   by(tensor.FocalBCE(1.5, weight, 0.1)),
	})
}

func TestOptimisers(t *testing.T) {
	by := func(r optim.Rule, norm, value float64) func(tensorcheck.Case) network {
		return func(c tensorcheck.Case) network {
			m := &one{dense(c, "dense")}
			return network{model: m, terms: 6 * 5, depth: 3,
				forward: func(_ *tensor.Pass, x in) *tensor.Tensor { return m.Dense.Forward(x["x"]).Tanh() },
				optimizer: func(model any) *optim.Optimizer {
					o := optim.New(layers.Params(model), r)
					o.ClipNorm, o.ClipValue = norm, value
					return o
				}}
		}
	}
	momentum := optim.SGD{LR: rate, Momentum: 0.9}
	all(t, "optim", map[string]func(tensorcheck.Case) network{
		"sgd":              by(optim.SGD{LR: rate}, 0, 0),
		"sgd_momentum":     by(momentum, 0, 0),
		"sgd_nesterov":     by(optim.SGD{LR: rate, Momentum: 0.9, Nesterov: true, WeightDecay: 0.05}, 0, 0),
		"sgd_decay":        by(optim.SGD{LR: rate, WeightDecay: 0.1}, 0, 0),
		"adam":             by(optim.Adam{LR: rate}, 0, 0),
		"adam_l2":          by(optim.Adam{LR: rate, Beta1: 0.8, Beta2: 0.99, Eps: 1e-6, WeightDecay: 0.1, L2: true}, 0, 0),
		"adamw":            by(optim.Adam{LR: rate, WeightDecay: 0.1}, 0, 0),
		"rmsprop":          by(optim.RMSProp{LR: rate}, 0, 0),
		"rmsprop_momentum": by(optim.RMSProp{LR: rate, Alpha: 0.9, Eps: 1e-6, Momentum: 0.5, WeightDecay: 0.1}, 0, 0),
		"clip_norm":        by(momentum, 0.5, 0),
		"clip_norm_idle":   by(momentum, 1e4, 0),
		"clip_value":       by(optim.Adam{LR: rate, WeightDecay: 0.1}, 0, 0.2),
		"clip_both":        by(optim.RMSProp{LR: rate}, 0.5, 0.1),
	})
}
