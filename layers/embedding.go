package layers

import (
	"math/rand/v2"

	"github.com/braidml/braid/tensor"
)

// Embedding looks up token ids, [n, time] Int32 -> [n, time, dim]. Token 0 is padding: zeros, no gradient.
// torch.nn.Embedding(padding_idx=0). Freeze its Weight to keep given vectors as they are.
type Embedding struct {
	Weight *tensor.Tensor // [vocab, dim]
}

// NewEmbedding draws vectors from the standard normal distribution, as PyTorch does; the padding's is zero.
func NewEmbedding(rng *rand.Rand, vocab, dim int) *Embedding {
	checkEmbedding("NewEmbedding", vocab, dim)
	w := make([]float32, vocab*dim)
	Normal(1)(rng, w[dim:], dim, vocab)
	return &Embedding{Weight: tensor.NewParam(w, vocab, dim)}
}

// EmbeddingOf is an embedding of given vectors [vocab, dim], one a row.
func EmbeddingOf(vectors []float32, vocab, dim int) *Embedding {
	checkEmbedding("EmbeddingOf", vocab, dim)
	expect(len(vectors) == vocab*dim, "EmbeddingOf", "%d values are given: %d x %d are expected", len(vectors), vocab, dim)
	w := append([]float32(nil), vectors...)
	clear(w[:dim])
	return &Embedding{Weight: tensor.NewParam(w, vocab, dim)}
}

func checkEmbedding(op string, vocab, dim int) {
	expect(vocab >= 1 && dim >= 1, op, "vocab is %d and dim is %d: at least 1 is expected", vocab, dim)
}

// Forward looks ids up.
func (e *Embedding) Forward(ids *tensor.Tensor) *tensor.Tensor {
	return saw(e, e.Weight.Embedding(ids))
}
