// Package pytorch moves weights between models of this library and PyTorch's, as a state_dict in a safetensors file.
//
// A model and its twin in PyTorch have the same parameters under the same paths where modules are named alike; what
// differs is taken care of:
//
//   - convolutions: [out, r, s, in] here, [out, in, r, s] there; transposed ones [in, r, s, out] and [in, out, r, s];
//   - maps are [n, h, w, c] here and [n, c, h, w] there, so a Dense layer behind a Flatten, or before a Reshape to a map,
//     has its columns, or rows, in another order;
//   - BatchNorm: mean and var here, running_mean and running_var there; num_batches_tracked is passed over;
//   - RNN: one bias here, two there, which are added up when read; the second one is written as zeros.
//
// Everything else, Dense, Embedding and LayerNorm among it, is equal.
package pytorch
