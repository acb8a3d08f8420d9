// images: sm_80 sm_86 sm_89 sm_90 compute_80
// Matrix products on tensor cores: the kernels of gemm.cu with operands rounded to nearest, to TF32 or to bfloat16, on
// the way from shared memory to the registers. Memory holds float32 throughout, sums are float32.
#include "gemm_kernel.cuh"

#define GEMM(name, core, a_rows, b_rows) \
    KERNEL __launch_bounds__(core::threads, core::residents) name(GEMM_ARGUMENTS) { gemm<core, a_rows, b_rows>(GEMM_PASS); }

GEMM(gemm_nt_tc, SmallTC, true, true)
GEMM(gemm_nn_tc, SmallTC, true, false)
GEMM(gemm_tn_tc, SmallTC, false, false)
GEMM(gemm_tt_tc, SmallTC, false, true)
GEMM(gemm_nt_large_tc, LargeTC, true, true)
GEMM(gemm_nn_large_tc, LargeTC, true, false)
GEMM(gemm_tn_large_tc, LargeTC, false, false)
