// images: sm_75 sm_80 sm_90 compute_75
// Batch normalisation, over the rows of x [rows, c]: y = act((x - mean)·invstd·gamma + beta) with mean and variance of each
// column. (norm_layer.cu normalises each row.) dz is the gradient before the activation.
//
//	forward   stats: partial moments of chunks of rows; settle: merged, and made into factors; apply
//	backward  sums: of dz and dz·xhat over chunks of rows; settle; apply: dx = dz·gain + (x - mean)·slope + bias
//
// Partial results have the same shape whatever the GPU, and are merged in the same order: results repeat bit for bit.
// Forward reads x twice and writes y, backward reads x, dy (and y with an activation) twice and writes dx.
//
// A block of 256 threads is blockDim.x columns wide, a power of two up to 32, and takes blockDim.y rows, or chunks, at once.
#include "act.cuh"

// Number, mean and sum of squared deviations of some values.
struct Moments {
    float n, mean, m2;
};

// Those of both together (Chan, Golub & LeVeque 1979).
DEVICE Moments merge(const Moments& a, const Moments& b) {
    const float n = a.n + b.n;
    if (n == 0.f) return a;
    const float d = b.mean - a.mean, share = b.n / n;
    return {n, a.mean + d * share, a.m2 + b.m2 + d * d * a.n * share};
}

DEVICE float plus(float a, float b) { return a + b; }

// Folds the values v of the threads of a column; those with threadIdx.y = 0 get the result. blockDim.y is a power of two.
template <class T, class F> DEVICE T fold_column(T* space, T v, F f) {
    T* mine = space + threadIdx.y * blockDim.x + threadIdx.x;
    *mine = v;
    for (u32 half = blockDim.y / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.y < half) *mine = f(*mine, mine[half * blockDim.x]);
    }
    __syncthreads();
    return space[threadIdx.x];
}

// part[chunk] = mean and m2 of x - x[0] of the rows of the chunk, [2, c]. x[0] is one of the values, so that it is as near to
// the mean, in standard deviations, as a precise sum needs; each 32 rows have a pivot of their own for the squares.
KERNEL __launch_bounds__(256) batchnorm_stats_f32(float* part, const float* x, u64 rows, u32 c, u32 chunk) {
    SHARED(Moments, space, 256);
    const u32 column = blockIdx.y * blockDim.x + threadIdx.x;
    const u64 from = blockIdx.x * (u64)chunk, end = from + chunk < rows ? from + chunk : rows;
    Moments all = {0.f, 0.f, 0.f};
    if (column < c) {
        const float pivot = x[column];
        for (u64 r = from + threadIdx.y; r < end;) {
            const float base = x[r * c + column] - pivot;
            float n = 0.f, sum = 0.f, squares = 0.f;
#pragma unroll 4
            for (int k = 0; k < 32 && r < end; k++, r += blockDim.y) {
                const float d = x[r * c + column] - pivot - base;
                sum += d;
                squares += d * d;
                n += 1.f;
            }
            const float m2 = squares - sum * sum / n;
            all = merge(all, {n, base + sum / n, m2 < 0.f ? 0.f : m2});
        }
    }
    all = fold_column(space, all, merge);
    if (threadIdx.y == 0 && column < c) {
        float* out = part + blockIdx.x * 2ull * c + column;
        out[0] = all.mean;
        out[c] = all.m2;
    }
}

// Takes mean and variance of every column, from the chunks or the running ones; keeps them, moves the running ones, and
// makes the factors [3, c] of y = (x - center)·gain + bias. Every pointer but factors may be null.
KERNEL __launch_bounds__(256) batchnorm_settle_f32(float* factors, float* mean, float* invstd, float* run_mean, float* run_var,
                                                   const float* part, const float* x, const float* gamma, const float* beta,
                                                   u64 rows, u32 c, u32 chunk, u32 chunks, float eps, float momentum,
                                                   u32 training) {
    SHARED(Moments, space, 256);
    const u32 column = blockIdx.x * blockDim.x + threadIdx.x;
    Moments all = {0.f, 0.f, 0.f};
    if (training && column < c)
        for (u32 i = threadIdx.y; i < chunks; i += blockDim.y) {
            const u64 left = rows - (u64)i * chunk;
            const float* from = part + i * 2ull * c + column;
            all = merge(all, {(float)(left < chunk ? left : chunk), from[0], from[c]});
        }
    all = fold_column(space, all, merge);
    if (threadIdx.y != 0 || column >= c) return;
    float center, rest = 0.f, variance;
    if (training) {
        // center + rest is the mean: what a float drops from a large mean is far more than the error of x - mean.
        const float pivot = rows > 0 ? x[column] : 0.f;
        variance = all.m2 / all.n;  // NaN of no rows
        center = rows > 0 ? pivot + all.mean : variance;
        const float moved = center - pivot;
        rest = (pivot - (center - moved)) + (all.mean - moved);
        if (run_mean && rows > 0) run_mean[column] += momentum * (center - run_mean[column]);
        if (run_var && rows > 0) {
            const float unbiased = all.m2 / (rows > 1 ? all.n - 1.f : 1.f);  // one row has no variance: 0
            run_var[column] += momentum * (unbiased - run_var[column]);
        }
    } else {
        center = run_mean[column];
        variance = run_var[column];
    }
    const float scale = 1.f / sqrtf(variance + eps);
    if (mean) mean[column] = center;
    if (invstd) invstd[column] = scale;
    const float gain = gamma ? scale * gamma[column] : scale;
    factors[column] = center;
    factors[c + column] = gain;
    factors[2ull * c + column] = (beta ? beta[column] : 0.f) - rest * gain;
}

// f(at[4], count) for the elements of column k in the rows of this thread, four rows at once: their loads overlap.
template <class F> DEVICE void each_four_rows(u64 rows, u32 c, u32 k, F f) {
    const u64 stride = (u64)gridDim.x * blockDim.y;
    for (u64 r = (u64)blockIdx.x * blockDim.y + threadIdx.y; r < rows; r += 4 * stride) {
        u64 at[4];
        int count = 0;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            at[i] = (r + i * stride) * c + k;
            count += r + i * stride < rows;
        }
        f(at, count);
    }
}

KERNEL __launch_bounds__(256) batchnorm_fwd_f32(float* y, const float* x, const float* factors, u64 rows, u32 c, u32 act) {
    for (u32 k = blockIdx.y * blockDim.x + threadIdx.x; k < c; k += gridDim.y * blockDim.x) {
        const float center = factors[k], gain = factors[c + k], bias = factors[2ull * c + k];
        each_four_rows(rows, c, k, [=](const u64 (&at)[4], int count) {
            float v[4];
#pragma unroll
            for (int i = 0; i < 4; i++) v[i] = i < count ? x[at[i]] : 0.f;
#pragma unroll
            for (int i = 0; i < 4; i++)
                if (i < count) y[at[i]] = activate(act, (v[i] - center) * gain + bias);
        });
    }
}

// part[chunk] = Σ dz and Σ dz·xhat over the rows of the chunk, [2, c]. mean and invstd are those of columns, or of rows
// (a layer normalisation). y is null where there is no activation.
KERNEL __launch_bounds__(256) norm_sums_f32(float* part, const float* dy, const float* x, const float* y, const float* mean,
                                            const float* invstd, u64 rows, u32 c, u32 chunk, u32 act, u32 of_rows) {
    SHARED(float, space, 256);
    const u32 column = blockIdx.y * blockDim.x + threadIdx.x;
    const u64 from = blockIdx.x * (u64)chunk, end = from + chunk < rows ? from + chunk : rows;
    float sum = 0.f, dot = 0.f;
    if (column < c)
        for (u64 r = from + threadIdx.y; r < end;) {
            float s = 0.f, d = 0.f;  // of 32 rows: rounding grows with the longest sum
#pragma unroll 4
            for (int k = 0; k < 32 && r < end; k++, r += blockDim.y) {
                const u64 at = r * c + column, stat = of_rows ? r : column;
                const float dz = act == act_none ? dy[at] : activate_gradient(act, dy[at], y[at]);
                s += dz;
                d += dz * ((x[at] - mean[stat]) * invstd[stat]);
            }
            sum += s;
            dot += d;
        }
    sum = fold_column(space, sum, plus);
    __syncthreads();  // before space is used again
    dot = fold_column(space, dot, plus);
    if (threadIdx.y == 0 && column < c) {
        float* out = part + blockIdx.x * 2ull * c + column;
        out[0] = sum;
        out[c] = dot;
    }
}

// Merges the sums of all chunks; makes the factors [3, c] of dx = dz·gain + (x - mean)·slope + bias. With constant
// statistics slope and bias are not used. part is null where nobody needs sums; every other pointer may be null.
KERNEL __launch_bounds__(256) norm_settle_bwd_f32(float* factors, float* dgamma, float* dbeta, const float* part,
                                                  const float* gamma, const float* invstd, u64 rows, u32 c, u32 chunks) {
    SHARED(float, space, 256);
    const u32 column = blockIdx.x * blockDim.x + threadIdx.x;
    float sum = 0.f, dot = 0.f;
    if (part && column < c)
        for (u32 i = threadIdx.y; i < chunks; i += blockDim.y) {
            const float* from = part + i * 2ull * c + column;
            sum += from[0];
            dot += from[c];
        }
    sum = fold_column(space, sum, plus);
    __syncthreads();
    dot = fold_column(space, dot, plus);
    if (threadIdx.y != 0 || column >= c) return;
    if (dgamma) dgamma[column] = dot;
    if (dbeta) dbeta[column] = sum;
    if (!factors) return;
    const float scale = invstd[column], gain = gamma ? scale * gamma[column] : scale;
    factors[column] = gain;
    factors[c + column] = -gain * (dot * scale / (float)rows);
    factors[2ull * c + column] = -gain * (sum / (float)rows);
}

KERNEL __launch_bounds__(256) batchnorm_bwd_f32(float* dx, const float* dy, const float* x, const float* y, const float* mean,
                                                const float* factors, u64 rows, u32 c, u32 act, u32 training) {
    for (u32 k = blockIdx.y * blockDim.x + threadIdx.x; k < c; k += gridDim.y * blockDim.x) {
        const float gain = factors[k], slope = factors[c + k], bias = factors[2ull * c + k], center = mean[k];
        each_four_rows(rows, c, k, [=](const u64 (&at)[4], int count) {
            float dz[4], out[4], in[4];
#pragma unroll
            for (int i = 0; i < 4; i++) {
                dz[i] = i < count ? dy[at[i]] : 0.f;
                out[i] = i < count && act != act_none ? y[at[i]] : 0.f;
                in[i] = i < count && training ? x[at[i]] : 0.f;
            }
#pragma unroll
            for (int i = 0; i < 4; i++) {
                const float g = activate_gradient(act, dz[i], out[i]) * gain;
                if (i < count) dx[at[i]] = training ? g + ((in[i] - center) * slope + bias) : g;
            }
        });
    }
}
