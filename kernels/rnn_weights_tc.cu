// images: sm_80 sm_90 compute_80
// The gradient of an RNN's recurrent weights on tensor cores: operands rounded to nearest, to TF32 or to bfloat16.
#include "rnn_weights.cuh"

WEIGHTS(rnn_weights_tc, SmallTC)
WEIGHTS(rnn_weights_large_tc, LargeTC)
