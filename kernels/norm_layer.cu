// images: sm_75 sm_80 sm_90 compute_75
// Layer normalisation, over each row of x [rows, c]: y = act((x - mean)·invstd·gamma + beta). The gradients of gamma and
// beta are sums over rows: norm.cu.
//
// A team has a row: a warp where rows are short, else a block of 256. Sums are those of the team's threads, each over
// every team'th element, in the order of a butterfly. Forward reads x once from memory and twice again from L1 or L2,
// and writes y; backward reads x, dy (and y with an activation) likewise and writes dx.
#include "act.cuh"

constexpr int block_threads = 256;

// Sum over the team, for all its threads.
template <int team> DEVICE float team_sum(float* space, float v) {
    v = warp_sum(v);
    if (team == 32) return v;
    __syncthreads();  // space may still be read for the sum before
    if (threadIdx.x % 32 == 0) space[threadIdx.x / 32] = v;
    __syncthreads();
    float sum = 0.f;
    for (int w = 0; w < team / 32; w++) sum += space[w];
    return sum;
}

template <int team> DEVICE u64 team_row() { return (u64)blockIdx.x * (block_threads / team) + threadIdx.x / team; }
template <int team> DEVICE u64 team_stride() { return (u64)gridDim.x * (block_threads / team); }

template <int team>
DEVICE void forward(float* space, float* y, const float* x, const float* gamma, const float* beta, float* mean, float* invstd,
                    u64 rows, u32 c, float eps, u32 act) {
    const u32 first = threadIdx.x % team;
    for (u64 row = team_row<team>(); row < rows; row += team_stride<team>()) {
        const float* in = x + row * c;
        const float pivot = c > 0 ? in[0] : 0.f;
        float v = 0.f;
        for (u32 k = first; k < c; k += team) v += in[k] - pivot;
        const float away = team_sum<team>(space, v) / (float)c;  // NaN of no columns
        // center + rest is the mean: what a float drops from a large mean is far more than the error of x - mean.
        const float center = pivot + away, moved = center - pivot;
        const float rest = (pivot - (center - moved)) + (away - moved);
        v = 0.f;
        for (u32 k = first; k < c; k += team) {
            const float d = in[k] - center - rest;
            v += d * d;
        }
        const float scale = 1.f / sqrtf(team_sum<team>(space, v) / (float)c + eps);
        if (first == 0) {
            if (mean) mean[row] = center;
            if (invstd) invstd[row] = scale;
        }
        for (u32 k = first; k < c; k += team) {
            float z = (in[k] - center) * scale - rest * scale;
            if (gamma) z *= gamma[k];
            if (beta) z += beta[k];
            y[row * c + k] = activate(act, z);
        }
    }
}

// dx = invstd·(g - mean(g) - xhat·mean(g·xhat)) with g = dz·gamma, dz the gradient before the activation.
template <int team>
DEVICE void backward(float* space, float* dx, const float* dy, const float* x, const float* y, const float* gamma,
                     const float* mean, const float* invstd, u64 rows, u32 c, u32 act) {
    const u32 first = threadIdx.x % team;
    for (u64 row = team_row<team>(); row < rows; row += team_stride<team>()) {
        const float center = mean[row], scale = invstd[row];
        const auto gradient = [=](u32 k) {
            const u64 at = row * c + k;
            const float dz = act == act_none ? dy[at] : activate_gradient(act, dy[at], y[at]);
            return gamma ? dz * gamma[k] : dz;
        };
        float sum = 0.f, dot = 0.f;
        for (u32 k = first; k < c; k += team) {
            const float g = gradient(k);
            sum += g;
            dot += g * (x[row * c + k] - center);
        }
        const float bias = -scale * (team_sum<team>(space, sum) / (float)c);
        const float slope = -scale * (scale * (scale * (team_sum<team>(space, dot) / (float)c)));
        for (u32 k = first; k < c; k += team)
            dx[row * c + k] = gradient(k) * scale + ((x[row * c + k] - center) * slope + bias);
    }
}

// Warps: for c up to 1024.
KERNEL __launch_bounds__(256) layernorm_warp_fwd_f32(float* y, const float* x, const float* gamma, const float* beta,
                                                     float* mean, float* invstd, u64 rows, u32 c, float eps, u32 act) {
    forward<32>(nullptr, y, x, gamma, beta, mean, invstd, rows, c, eps, act);
}
KERNEL __launch_bounds__(256) layernorm_block_fwd_f32(float* y, const float* x, const float* gamma, const float* beta,
                                                      float* mean, float* invstd, u64 rows, u32 c, float eps, u32 act) {
    SHARED(float, space, 8);
    forward<256>(space, y, x, gamma, beta, mean, invstd, rows, c, eps, act);
}
KERNEL __launch_bounds__(256) layernorm_warp_bwd_f32(float* dx, const float* dy, const float* x, const float* y,
                                                     const float* gamma, const float* mean, const float* invstd, u64 rows,
                                                     u32 c, u32 act) {
    backward<32>(nullptr, dx, dy, x, y, gamma, mean, invstd, rows, c, act);
}
KERNEL __launch_bounds__(256) layernorm_block_bwd_f32(float* dx, const float* dy, const float* x, const float* y,
                                                      const float* gamma, const float* mean, const float* invstd, u64 rows,
                                                      u32 c, u32 act) {
    SHARED(float, space, 8);
    backward<256>(space, dx, dy, x, y, gamma, mean, invstd, rows, c, act);
}
