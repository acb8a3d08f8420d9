// Package braid trains and runs models that read an image and a text together.
//
// The module's packages are what programs import; this one only describes them. A model that answers questions about
// pictures, trained on pictures that braid draws itself:
//
//	training, test, vocab := data.Shapes(data.ShapesConfig{})
//	model := models.NewFusion(rand.New(rand.NewPCG(1, 2)), models.FusionConfig{
//		Text:    models.TextConfig{Vocab: vocab.Len()},
//		Merge:   models.Multiply,
//		Outputs: len(training.Classes),
//	})
//	trainer := &train.Trainer[data.Pair]{
//		Model: model,
//		Forward: func(p *tensor.Pass, b data.Pair) (output, target *tensor.Tensor) {
//			return model.Forward(p.Input(b.Image), p.Input(b.Text)), p.Input(b.Label)
//		},
//		Loss:      tensor.CrossEntropy,
//		Optimizer: optim.New(layers.Params(model), optim.Adam{LR: 3e-3}),
//		Train:     &data.Loader[data.Pair]{Source: training, BatchSize: 64, Shuffle: true},
//		Valid:     &data.Loader[data.Pair]{Source: test, BatchSize: 256},
//		Metrics:   []metrics.Metric{metrics.Accuracy()},
//	}
//	for epoch, err := range trainer.Epochs(ctx, 8) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(epoch)
//	}
//
// The same as a command: go run -tags cpu ./cmd/braid train fusion.
//
// # Where things are
//
//	tensor    devices, tensors, their operations, gradients
//	layers    the parts of models, their parameters, saving and loading
//	models    whole models: Fusion, the Keras listing, GAN, autoencoders
//	optim     SGD, Adam, RMSProp, schedules of the learning rate
//	data      data sets, batches, pictures, words
//	metrics   accuracy, F1, confusion, ROC, errors of a regression
//	train     the training loop, with checkpoints
//	blas      the CPU's matrix product for gonum and Gorgonia
//	interop   other libraries' tensors, in and out
//	examples  programs to begin from
//	cmd/braid the command
//
// Images are [n, height, width, channels], texts [n, time] token ids in which 0 is padding, or vectors [n, d].
//
// # The two builds
//
// The tag cpu selects the build for machines without a GPU: pure Go with assembly on amd64, no cgo, nothing to
// install. The build without the tag is, on Linux with cgo, the one for NVIDIA GPUs: it embeds our kernels and needs some
// cuda.h to compile (braid setup) and a driver to run. A program is the same in both, and
// [github.com/braidml/braid/tensor.Open] opens the device of the build; nothing falls back to another one silently.
package braid
