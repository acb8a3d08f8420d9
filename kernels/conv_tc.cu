// images: sm_80 sm_86 sm_89 sm_90 compute_80
// Convolutions on tensor cores: the kernels of conv.cu with operands rounded to nearest, to TF32 or to bfloat16, on the
// way from shared memory to the registers. Memory holds float32 throughout, sums are float32.
#include "conv_kernel.cuh"

#define CONV(name, pass, core) \
    KERNEL __launch_bounds__(core::threads, core::residents) name(CONV_ARGUMENTS) { pass<core>(CONV_PASS); }

CONV(conv2d_fwd_tc, conv_forward, SmallTC)
CONV(conv2d_fwd_large_tc, conv_forward, LargeTC)
CONV(conv2d_bwd_data_tc, conv_transposed, SmallTC)
CONV(conv2d_bwd_data_large_tc, conv_transposed, LargeTC)
CONV(conv2d_bwd_weights_tc, conv_weights, SmallTC)
CONV(conv2d_bwd_weights_large_tc, conv_weights, LargeTC)
