// images: sm_75 sm_80 sm_90 compute_75
// One time step of the tanh RNN, for states whose weights rnn_spread.cu cannot keep on the multiprocessors.
//
// A step is [n, hidden] x [hidden, hidden]. A block has 16 rows of the batch and 32 columns, and eight warps that share the
// sum: lane j of a warp adds its eighth of k for all 16 rows, weights from L2 (a line for each k), states broadcast from
// shared memory. weights is [k][j]: whh backward, its transpose forward.
#include "device.cuh"

constexpr int tile_rows = 16, tile_pitch = 20;  // a pitch of whole float4

// The parts of the product, [8 warps][16][32], left in part. live(r) says whether row r of the tile is wanted, source(r) is
// where its state lies.
template <class Live, class Source>
DEVICE void step_product(float* part, float* tile, const float* weights, u32 hidden, Live live, Source source) {
    const u32 lane = threadIdx.x % 32, warp = threadIdx.x / 32, j = blockIdx.x * 32 + lane;
    const u32 share = (hidden + 7) / 8, from = warp * share, end = min(from + share, hidden);
    float* mine = tile + warp * 32 * tile_pitch;
    float sum[tile_rows] = {};
    for (u32 k0 = from; k0 < end; k0 += 32) {
        float w[32];  // asked for at once: what limits a step is the way to L2
#pragma unroll
        for (u32 k = 0; k < 32; k++) w[k] = j < hidden && k0 + k < end ? weights[(u64)(k0 + k) * hidden + j] : 0.f;
#pragma unroll
        for (int r = 0; r < tile_rows; r++)
            mine[lane * tile_pitch + r] = k0 + lane < end && live(r) ? source(r)[k0 + lane] : 0.f;
        __syncwarp();
#pragma unroll
        for (u32 k = 0; k < 32; k++) {
            const float4* v = (const float4*)(mine + k * tile_pitch);
#pragma unroll
            for (int r = 0; r < tile_rows; r += 4) {
                const float4 s = v[r / 4];
                sum[r] += w[k] * s.x;
                sum[r + 1] += w[k] * s.y;
                sum[r + 2] += w[k] * s.z;
                sum[r + 3] += w[k] * s.w;
            }
        }
        __syncwarp();
    }
    for (int r = 0; r < tile_rows; r++) part[(warp * tile_rows + r) * 32 + lane] = sum[r];
    __syncthreads();
}

// Calls f(row of the batch, row of the tile, column, sum of the parts) for the elements of the block.
template <class F> DEVICE void each_sum(const float* part, u32 n, u32 hidden, F f) {
    for (u32 i = threadIdx.x; i < tile_rows * 32; i += 256) {
        const u32 row = blockIdx.y * tile_rows + i / 32, j = blockIdx.x * 32 + i % 32;
        if (row >= n || j >= hidden) continue;
        float sum = 0.f;
        for (int w = 0; w < 8; w++) sum += part[w * tile_rows * 32 + i];
        f(row, j, sum);
    }
}

DEVICE int steps_of(const int* lengths, u32 row, u32 steps) {
    return lengths ? max(0, min(lengths[row], (int)steps)) : (int)steps;
}

// h[n,t] from h[n,t-1], or from h0 [n, hidden] (null for zeros) where t is 0. whh_turned is [from][to]. last gets the states
// of the last step.
KERNEL __launch_bounds__(256, 2) rnn_step_fwd_f32(float* h, float* last, const float* z, const float* whh_turned,
                                                  const float* h0, const int* lengths, u32 n, u32 steps, u32 hidden, u32 t) {
    SHARED(float, tile, 8 * 32 * tile_pitch);
    SHARED(float, part, 8 * tile_rows * 32);
    const float* states = t > 0 ? h + (u64)(t - 1) * hidden : h0;
    const u64 pitch = t > 0 ? (u64)steps * hidden : hidden;
    const u32 first = blockIdx.y * tile_rows;
    step_product(
        part, tile, whh_turned, hidden,
        [=](int r) { return states && first + r < n && (int)t < steps_of(lengths, first + r, steps); },
        [=](int r) { return states + (first + r) * pitch; });
    each_sum(part, n, hidden, [=](u32 row, u32 j, float sum) {
        const u64 at = ((u64)row * steps + t) * hidden + j;
        float v = states ? states[row * pitch + j] : 0.f;
        if ((int)t < steps_of(lengths, row, steps)) v = tanhf(z[at] + sum);
        h[at] = v;
        if (last && t + 1 == steps) last[(u64)row * hidden + j] = v;
    });
}

// dz[n,t] from dz[n,t+1]; t runs from steps-1 down to -1, which only finishes dh0. What a row that has ended hands through
// lies in its dz until the next step, which makes it zero.
KERNEL __launch_bounds__(256, 2) rnn_step_bwd_f32(float* dz, float* dh0, const float* dh, const float* dlast, const float* h,
                                                  const float* whh, const int* lengths, u32 n, u32 steps, u32 hidden, int t) {
    SHARED(float, tile, 8 * 32 * tile_pitch);
    SHARED(float, part, 8 * tile_rows * 32);
    const u32 first = blockIdx.y * tile_rows;
    float* const later = dz + (i64)(t + 1) * hidden;
    const u64 pitch = (u64)steps * hidden;
    step_product(
        part, tile, whh, hidden, [=](int r) { return first + r < n && t + 1 < steps_of(lengths, first + r, steps); },
        [=](int r) { return later + (first + r) * pitch; });
    each_sum(part, n, hidden, [=](u32 row, u32 j, float sum) {
        const int length = steps_of(lengths, row, steps);
        float grad = sum;
        if (t + 1 == (int)steps) {
            grad = dlast ? dlast[(u64)row * hidden + j] : 0.f;
        } else if (t + 1 >= length) {
            grad = later[row * pitch + j];
            later[row * pitch + j] = 0.f;
        }
        if (t < 0) {
            if (dh0) dh0[(u64)row * hidden + j] = grad;
            return;
        }
        const u64 at = row * pitch + (u64)t * hidden + j;
        if (dh) grad += dh[at];
        dz[at] = t < length ? grad * (1.f - h[at] * h[at]) : grad;
    });
}
