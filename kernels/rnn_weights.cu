// images: sm_75 sm_80 sm_90 compute_75 compute_80
// The gradient of an RNN's recurrent weights on CUDA cores, with small tiles and with large ones.
#include "rnn_weights.cuh"

WEIGHTS(rnn_weights_f32, SmallF32)
WEIGHTS(rnn_weights_large_f32, LargeF32)
