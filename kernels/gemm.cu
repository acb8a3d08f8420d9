// Matrix products in float32 on CUDA cores: C[m,n] = act(Σ_k A[m,k]·B[n,k] + bias[n] + residual[m,n]), or that sum times
// act'(y[m,n]), batched, row-major.
//
// The letters name A and B: n is [rows, k] for A and [k, columns] for B, t the other order; so nt has k fastest in both.
// A CTA moves 16·(M + N) floats for 32·M·N operations of a step: 32 operations for a byte from L2 at 128x128. Sums run over
// k in order; where k is long and C small, parts of k go to different CTAs and split_sum_f32 adds them in order.
#include "gemm_kernel.cuh"

#define GEMM(name, core, a_rows, b_rows) \
    KERNEL __launch_bounds__(core::threads, core::residents) name(GEMM_ARGUMENTS) { gemm<core, a_rows, b_rows>(GEMM_PASS); }

GEMM(gemm_nt_f32, SmallF32, true, true)
GEMM(gemm_nn_f32, SmallF32, true, false)
GEMM(gemm_tn_f32, SmallF32, false, false)
GEMM(gemm_tt_f32, SmallF32, false, true)
GEMM(gemm_nt_large_f32, LargeF32, true, true)
GEMM(gemm_nn_large_f32, LargeF32, true, false)
GEMM(gemm_tn_large_f32, LargeF32, false, false)

// The epilogue of a product in parts: c = act(s + bias + residual), or (s + bias + residual)·act'(y), where s is the sum of the
// parts, [parts, total], in their order. `columns` is the length of bias. Reads 4·parts bytes for each 4 written.
KERNEL __launch_bounds__(256) split_sum_f32(float* c, const float* part, const float* bias, const float* residual, const float* y,
                                            u64 total, u32 columns, u32 parts, u32 act) {
    for (u64 i = grid_index(); i < total; i += grid_size()) {
        float sum = 0.f;
#pragma unroll 8
        for (u32 p = 0; p < parts; p++) sum += part[p * total + i];
        if (bias) sum += bias[i % columns];
        if (residual) sum += residual[i];
        c[i] = y ? activate_gradient(act, sum, y[i]) : activate(act, sum);
    }
}
