// images: sm_75 sm_80 sm_90 compute_75
// Back through the epilogue of a convolution: dz = unpool(dy · act'(y)), and the gradient of the bias.
//
// A CTA has 32 filters (neighbours in memory, one to a lane) and a run of lines of the map; its 8 warps share the windows
// of a line. Reads 9 bytes for each window and writes 4 for each element of dz. The sums of a run go to a workspace
// [runs, filters], and bias_sum_f32 adds those in order: the result does not depend on the launch.
#include "act.cuh"

// Sum of the 8 warps' values for this lane's filter, in the order of the warps; valid in warp 0.
DEVICE float sum_warps(float v) {
    SHARED(float, each, 256);
    each[threadIdx.x] = v;
    __syncthreads();
    float sum = 0.f;
    if (threadIdx.x < 32)
        for (u32 i = threadIdx.x; i < 256; i += 32) sum += each[i];
    return sum;
}

// dz and y's map before pooling are [images, out_h, out_w, filters]; pool is at least 1. dy, y and arg (null: no pooling)
// have the size after it. lines = images·out_h are cut into runs of `run`. sums may be null.
KERNEL __launch_bounds__(256) conv2d_bwd_epilogue_f32(float* dz, float* sums, const float* dy, const float* y, const u8* arg,
                                                      u32 lines, u32 out_h, u32 out_w, u32 filters, u32 pool, u32 run,
                                                      u32 act) {
    const u32 across = (filters + 31) / 32, part = blockIdx.x / across;
    const u32 k = blockIdx.x % across * 32 + threadIdx.x % 32;
    const u32 h = out_h / pool, w = out_w / pool;
    const u32 end = lines - part * run < run ? lines : (part + 1) * run;
    float sum = 0.f;
    for (u32 line = part * run; line < end && k < filters; line++) {
        const u32 image = line / out_h, i = line % out_h, in = i % pool;
        const bool pooled = i / pool < h;
        const u64 from = ((u64)image * h + i / pool) * w, to = (u64)line * out_w;
        for (u32 j = threadIdx.x / 32; j * pool < out_w; j += 8) {  // the last window may be a rest, and get nothing
            float grad = 0.f;
            u32 winner = 0;
            if (pooled && j < w) {
                const u64 at = (from + j) * filters + k;
                grad = act ? activate_gradient(act, dy[at], y[at]) : dy[at];
                if (arg) winner = arg[at];
            }
            for (u32 p = 0; p < pool && j * pool + p < out_w; p++) {
                const float v = winner == in * pool + p ? grad : 0.f;
                dz[(to + j * pool + p) * filters + k] = v;
                sum += v;
            }
        }
    }
    if (!sums) return;
    sum = sum_warps(sum);
    if (threadIdx.x < 32 && k < filters) sums[(u64)part * filters + k] = sum;
}

// dbias = Σ of the runs: each warp adds every eighth, and then the warps' sums are added.
KERNEL __launch_bounds__(256) bias_sum_f32(float* dbias, const float* sums, u32 runs, u32 filters) {
    const u32 k = blockIdx.x * 32 + threadIdx.x % 32;
    float sum = 0.f;
    if (k < filters)
        for (u32 i = threadIdx.x / 32; i < runs; i += 8) sum += sums[(u64)i * filters + k];
    sum = sum_warps(sum);
    if (threadIdx.x < 32 && k < filters) dbias[k] = sum;
}
