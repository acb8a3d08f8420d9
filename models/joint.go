package models

import (
	"math/rand/v2"

	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/optim"
	"github.com/braidml/braid/tensor"
)

// JointAutoencoder turns image and text into one code, and the code back into both (Ngiam et al. 2011). Either may be
// missing: the code of an image alone gives a text, that of a text alone an image.
type JointAutoencoder struct {
	Image, Text  layers.Layer      // encoders: [n, h, w, c] and [n, time] -> [n, features]
	Merge        layers.Merge      // of both features
	Code         layers.Layer      // -> [n, code]
	ImageDecoder layers.Layer      // [n, code] -> logits of the pixels, [n, h, w, c]
	TextDecoder  layers.Layer      // [n, code] -> logits of the words, [n, vocabulary] or [n, length, vocabulary]
	Absent       [2]*tensor.Tensor // [features]: what stands for a missing image or text, learned; nil in a variational one
	Flow         *Flow             // how the codes of a text are distributed, of a variational one; or nil
	Critic       *Discriminator    // judges rebuilt images, where Config.Adversary is set; else nil
	Config       JointConfig       `param:"-"`

	Opt, OptD *optim.Optimizer `param:"-"` // of Step, where there is a critic: of all but the critic, and its own; saved by Trainer
}

// NewJointAutoencoder makes the model that c describes, with weights drawn from rng. It panics if c is impossible.
func NewJointAutoencoder(rng *rand.Rand, c JointConfig) *JointAutoencoder {
	c, wrong := c.complete()
	expect(wrong == "", "NewJointAutoencoder", "%s", wrong)
	y := pyramid{rng: rng, image: c.Image, act: layers.ReLU}
	encoder, width := y.down()
	features := c.featureWidth()
	j := &JointAutoencoder{
		Image: append(encoder, newHead(rng, width, c.Deep, 0, features)...),
		Text:  newText(rng, c.Text, features),
	}
	if c.Variational {
		j.Merge = Experts{}
		j.Code = layers.Func(func(x *tensor.Tensor) *tensor.Tensor { return x.Slice(1, 0, c.Code) })
	} else {
		merge, merged := c.Merge.layer(rng, features, jointRank)
		j.Merge, j.Code = merge, layers.NewDense(rng, merged, c.Code)
		for i := range j.Absent {
			w := make([]float32, features)
			layers.Normal(0.1)(rng, w, features, features)
			j.Absent[i] = tensor.NewParam(w, features)
		}
	}
	j.ImageDecoder = y.upFrom(c.Code, c.Deep)
	words := newHead(rng, c.Code, c.Hidden, 0, c.Text.Vocab*max(c.Length, 1))
	if c.Length > 0 {
		words = append(words, layers.Reshape{Shape: []int{c.Length, c.Text.Vocab}})
	}
	j.TextDecoder = words
	if c.Flow > 0 {
		j.Flow = newFlow(rng, c)
	}
	if c.Adversary > 0 {
		j.addCritic(rng, c)
	}
	c.Text.Vectors = nil // they are in the embedding now
	j.Config = c
	return j
}

// Encode returns the codes [n, code] of images, bytes or reals in [0, 1], with their texts; either may be nil. Those of a
// variational model are the mean ones.
func (j *JointAutoencoder) Encode(image, text *tensor.Tensor) *tensor.Tensor {
	return j.EncodeHas(image, text, nil)
}

// EncodeHas is Encode where has [n, 2], 0 or 1, says which of image and text each row has; nil means both. What a row
// lacks may hold anything of the right shape.
func (j *JointAutoencoder) EncodeHas(image, text, has *tensor.Tensor) *tensor.Tensor {
	return j.Code.Forward(j.merged(j.features(image, text, has), has))
}

// Decode returns the images [n, h, w, c] of codes, in [0, 1], and the probabilities of words: of each to be in the text,
// [n, vocabulary], or of each at every place, [n, length, vocabulary].
func (j *JointAutoencoder) Decode(code *tensor.Tensor) (image, words *tensor.Tensor) {
	return j.image(code), j.words(code)
}

func (j *JointAutoencoder) image(code *tensor.Tensor) *tensor.Tensor {
	expect(code.Rank() == 2 && code.Dim(1) == j.Config.Code, "JointAutoencoder", "the codes are %v: [n %d] is expected", code.Shape(), j.Config.Code)
	return j.ImageDecoder.Forward(code).Sigmoid()
}

func (j *JointAutoencoder) words(code *tensor.Tensor) *tensor.Tensor {
	y := j.TextDecoder.Forward(code)
	if j.Config.Length > 0 {
		return y.Softmax(-1)
	}
	return y.Sigmoid()
}

// Forward rebuilds both from what is given, either of which may be nil: logits of pixels and of words. In a training pass
// the codes of a variational model are drawn.
func (j *JointAutoencoder) Forward(image, text *tensor.Tensor) (imageOut, textOut *tensor.Tensor) {
	code := j.draw(j.merged(j.features(image, text, nil), nil))
	return j.ImageDecoder.Forward(code), j.TextDecoder.Forward(code)
}

// draw is the code of what merged gave, drawn in a training pass if there is a distribution of it.
func (j *JointAutoencoder) draw(merged *tensor.Tensor) *tensor.Tensor {
	if !j.Config.Variational {
		return j.Code.Forward(merged)
	}
	return drawn(split(merged, j.Config.Code))
}

// Classifier is a Fusion on top of the codes: the same encoders and merge, so that what they learned without labels is
// where it starts, and a new head. It shares their parameters with j; layers.Freeze keeps those as they are.
func (j *JointAutoencoder) Classifier(rng *rand.Rand, hidden []int, outputs int) *Fusion {
	head := newHead(rng, j.Config.Code, hidden, 0, outputs)
	return &Fusion{Image: j.Image, Text: j.Text, Merge: j.Merge, Head: append(layers.Sequential{j.Code}, head...), Absent: j.Absent}
}

// jointFormat marks the files of JointAutoencoder, in their metadata.
const jointFormat = "braid.joint.1"

// Save writes parameters and configuration to one safetensors file, replacing it in one step.
func (j *JointAutoencoder) Save(path string) error {
	return saveModel(path, "JointAutoencoder.Save", jointFormat, j.Config, j)
}

// OpenJointAutoencoder reads a model that Save wrote. A file that is damaged, or of something else, is an error.
func OpenJointAutoencoder(path string) (*JointAutoencoder, error) {
	return openModel[JointConfig, *JointAutoencoder](path, "OpenJointAutoencoder", jointFormat)
}
