// The matrix product of the seam, batched, with operands in either order of memory: C = act(A·Bᵀ + bias + residual), or with
// y C = (A·Bᵀ + bias + residual)·act'(y).
#pragma once
#include "gemm_store.cuh"

// What every product kernel takes. With parts > 1 a CTA adds up `part` steps of k (a multiple of 16) and C is the
// workspace [parts, batch, m, n]; split_sum_f32 does the rest.
#define GEMM_ARGUMENTS                                                                                                  \
    float *c, const float *a, const float *b, const float *bias, const float *residual, const float *y, u64 stride_a,   \
        u64 stride_b, u32 batch, u32 m, u32 n, u32 k, u32 parts, u32 part, u32 act, u32 mode
#define GEMM_PASS c, a, b, bias, residual, y, stride_a, stride_b, batch, m, n, k, parts, part, act, mode

template <bool K_FASTEST, int N, bool DEAL> struct TileOf {
    typedef KTile<N, DEAL> type;
};
template <int N, bool DEAL> struct TileOf<false, N, DEAL> {
    typedef LineTile<N> type;
};

template <bool K_FASTEST> DEVICE auto dense(const float* base, u32 rows, u32 ks, bool wide) {
    if constexpr (K_FASTEST)
        return RowSource{base, rows, ks, wide, 0, 0};
    else
        return LineSource{base, rows, ks, wide, 0, 0};
}

// A_ROWS: A is [m, k], else [k, m]. B_ROWS: B is [n, k], else [k, n].
template <class Core, bool A_ROWS, bool B_ROWS> DEVICE void gemm(GEMM_ARGUMENTS) {
    SHARED_DYNAMIC(float, ring);
    const Place at = place(blockIdx.x, (m + Core::M - 1) / Core::M, (n + Core::N - 1) / Core::N, parts);
    const u32 m0 = at.m * Core::M, n0 = at.n * Core::N;
    const u32 from = at.part * part, to = parts == 1 || k - from < part ? k : from + part;
    auto source_a = dense<A_ROWS>(a + at.batch * stride_a, m, k, (mode & wide_a) != 0);
    auto source_b = dense<B_ROWS>(b + at.batch * stride_b, n, k, (mode & wide_b) != 0);
    typedef typename TileOf<A_ROWS, Core::M, Core::deal>::type A;
    typedef typename TileOf<B_ROWS, Core::N, Core::deal>::type B;
    Core core(mode);
    accumulate<A, B>(core, ring, source_a, source_b, from, to, m0, n0);

    const Epilogue e = {bias, act, n, c, residual, y};
    float* out = c + ((u64)at.part * batch + at.batch) * m * n;
    store_tile(core, ring, e, n0, [&](u32 row) { return m0 + row < m ? out + (u64)(m0 + row) * n : nullptr; });
}
