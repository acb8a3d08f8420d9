// Convolutions in float32 on CUDA cores, as implicit matrix products: for each step of 16 in the sum a CTA gathers
// 16·(M + N) floats from L2 and does 32·M·N operations. Maps are NHWC, weights [filter, r, s, channel]; see
// conv_kernel.cuh for the three products.
#include "conv_kernel.cuh"

#define CONV(name, pass, core) \
    KERNEL __launch_bounds__(core::threads, core::residents) name(CONV_ARGUMENTS) { pass<core>(CONV_PASS); }

CONV(conv2d_fwd_f32, conv_forward, SmallF32)
CONV(conv2d_fwd_large_f32, conv_forward, LargeF32)
CONV(conv2d_bwd_data_f32, conv_transposed, SmallF32)
CONV(conv2d_bwd_data_large_f32, conv_transposed, LargeF32)
CONV(conv2d_bwd_weights_f32, conv_weights, SmallF32)
CONV(conv2d_bwd_weights_large_f32, conv_weights, LargeF32)
