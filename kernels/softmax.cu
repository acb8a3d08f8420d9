// images: sm_75 sm_80 sm_90 compute_75
// Softmax over the last axis of X [rows, n], its logarithm, and their gradients.
//
// A group of `lanes` threads owns a row: 1 … 32 lanes of a warp for short rows, the block of 256 for long ones. It reads
// the row twice (the second time from the cache): once for the largest and the sum of exponentials together, once to
// write. Bytes moved: 8 an element forward, 12 backward, and the second reading where a row leaves the cache.
#include "fold.cuh"

// each_row calls f(row, lane) for the rows of this block. Threads without a row get row = rows, as they must meet the
// others in the folds.
template <class F> DEVICE void each_row(u64 rows, u32 lanes, F f) {
    const u32 height = block_size / lanes;
    for (u64 r0 = blockIdx.x * (u64)height; r0 < rows; r0 += gridDim.x * (u64)height)
        f(min(rows, r0 + threadIdx.x / lanes), threadIdx.x % lanes);
}

// y = e^(x-m)/Σe^(x-m), or with log x - m - log Σe^(x-m), m the largest of the row.
KERNEL __launch_bounds__(256) softmax_fwd_f32(float* y, const float* x, u64 rows, u64 n, u32 lanes, u32 log) {
    SHARED(Exponentials, part, warps);
    each_row(rows, lanes, [=](u64 r, u32 lane) {
        const u64 from = r * n, live = r < rows ? n : 0;
        Exponentials a = Exponentials::none();
        for (u64 j = lane; j < live; j += lanes) a.take(x[from + j]);
        a = fold_group(a, lanes, part);
        a.finish();
        const float m = a.largest, less = log1pf(a.rest), inverse = 1 / (1 + a.rest);
        if (log) for (u64 j = lane; j < live; j += lanes) y[from + j] = (x[from + j] - m) - less;
        else for (u64 j = lane; j < live; j += lanes) y[from + j] = expf(x[from + j] - m) * inverse;
    });
}

// dx = y·(dy - Σ dy·y); with log dx = dy - e^y·Σ dy. The sums cancel, hence their precision.
KERNEL __launch_bounds__(256) softmax_bwd_f32(float* dx, const float* dy, const float* y, u64 rows, u64 n, u32 lanes, u32 log) {
    SHARED(Wide, part, warps);
    each_row(rows, lanes, [=](u64 r, u32 lane) {
        const u64 from = r * n, live = r < rows ? n : 0;
        Wide a = {0, 0};
        if (log) for (u64 j = lane; j < live; j += lanes) a.add(dy[from + j]);
        else for (u64 j = lane; j < live; j += lanes) a.add(__fmul_rn(dy[from + j], y[from + j]));
        const float sum = fold_group(a, lanes, part).value();
        if (log) for (u64 j = lane; j < live; j += lanes) dx[from + j] = dy[from + j] - expf(y[from + j]) * sum;
        else for (u64 j = lane; j < live; j += lanes) dx[from + j] = y[from + j] * (dy[from + j] - sum);
    });
}
