// Kernels with one bug each, for the tests of the emulator. A comment BUG names the line that a report must name.
#include "exchange.cuh"

KERNEL good(float* y, const float* x, u64 n) {
    SHARED(float, part, 64);
    part[threadIdx.x] = threadIdx.x < n ? x[threadIdx.x] : 0.f;
    __syncthreads();
    if (threadIdx.x < n) y[threadIdx.x] = part[63 - threadIdx.x] + warp_sum(1.f);
}

KERNEL no_barrier(float* y, const float* x, u64 n) {
    SHARED(float, part, 64);
    part[threadIdx.x] = x[threadIdx.x];
    y[threadIdx.x] = part[63 - threadIdx.x];  // BUG no_barrier
}

KERNEL overwritten(float* y, const float* x, u64 n) {
    SHARED(float, part, 64);
    for (int i = 0; i < 2; i++) {
        part[threadIdx.x] = x[threadIdx.x];  // BUG overwritten
        __syncthreads();
        y[threadIdx.x] += part[63 - threadIdx.x];
    }
}

KERNEL no_wait(float* y, const float* x, u64 n) {
    SHARED(float, tile, 256);
    ptx::cp_async16(tile + 4 * threadIdx.x, x);
    ptx::cp_async_commit();
    y[threadIdx.x] = tile[4 * threadIdx.x];  // BUG no_wait
    ptx::cp_async_wait<0>();
}

KERNEL left_in_flight(float* y, const float* x, u64 n) {
    SHARED(float, tile, 256);
    ptx::cp_async16(tile + 4 * threadIdx.x, x);
    ptx::cp_async_commit();
}

KERNEL past_end(float* y, const float* x, u64 n) {
    if (threadIdx.x <= n) y[threadIdx.x] = 1.f;  // BUG past_end
}

KERNEL past_shared(float* y, const float* x, u64 n) {
    SHARED(float, part, 32);
    part[threadIdx.x] = 1.f;  // BUG past_shared
}

KERNEL never_written(float* y, const float* x, u64 n) {
    SHARED(float, part, 64);
    if (threadIdx.x < 63) part[threadIdx.x] = 1.f;
    __syncthreads();
    y[threadIdx.x] = part[threadIdx.x];  // BUG never_written
}

KERNEL divergent(float* y, const float* x, u64 n) {
    if (threadIdx.x < 20) __syncthreads();
    else y[threadIdx.x] = 1.f;
    __syncthreads();  // BUG divergent
}

KERNEL skipped_lane(float* y, const float* x, u64 n) {
    if (threadIdx.x != 40) y[threadIdx.x] = __shfl_xor_sync(~0u, 1.f, 1);  // BUG skipped_lane
}

KERNEL not_in_mask(float* y, const float* x, u64 n) {
    y[threadIdx.x] = __shfl_sync(0xffffu, 1.f, 0);  // BUG not_in_mask
}

KERNEL misaligned(float* y, const float* x, u64 n) {
    if (threadIdx.x == 0) *(float2*)(y + 1) = {1.f, 2.f};  // BUG misaligned
}

KERNEL other_block(float* y, const float* x, u64 n) {
    if (threadIdx.x == 0) y[0] = blockIdx.x;  // BUG other_block
}

KERNEL spins(float* y, const float* x, u64 n) {
    while (ptx::load_acquire((u32*)y) != 7) {}  // BUG spins
}

KERNEL grid_sum(float* y, const float* x, u64 n) {
    const u32 blocks = gridDim.x;
    if (threadIdx.x == 0) y[blockIdx.x] = x[blockIdx.x];
    ptx::grid_barrier((u32*)y + blocks);  // BUG grid_sum
    float sum = 0;
    for (u32 b = 0; b < blocks; b++) sum += y[b];
    ptx::grid_barrier((u32*)y + blocks);
    if (threadIdx.x == 0) y[blockIdx.x] = sum;
}

// Blocks that hand words to their neighbours. The words are cleared by a launch before.
KERNEL owe(float* y, const float* x, u64 n) { y[threadIdx.x] = __uint_as_float(ptx::unset); }

DEVICE float awaited(const float* p) {
    float v;
    do v = ptx::peek(p);
    while (is_unset(v));
    return v;
}

KERNEL handed(float* y, const float* x, u64 n) {
    float v = x[threadIdx.x];
    if (blockIdx.x > 0) v += awaited(y + (blockIdx.x - 1) * blockDim.x + (blockDim.x - 1 - threadIdx.x));
    ptx::publish(y + grid_index(), v);
}

KERNEL unawaited(float* y, const float* x, u64 n) {
    float v = x[threadIdx.x];
    if (blockIdx.x > 0) v += awaited(y + (blockIdx.x - 1) * blockDim.x);
    const float before = blockIdx.x > 0 ? y[(blockIdx.x - 1) * blockDim.x] : 0.f;  // BUG unawaited
    ptx::publish(y + grid_index(), v + before);
}

KERNEL not_handed(float* y, const float* x, u64 n) {
    for (u64 i = grid_index() + 1; i < n && is_unset(ptx::peek(y + i));) {}  // BUG not_handed
}

KERNEL handed_twice(float* y, const float* x, u64 n) {
    for (int i = 0; i < 2; i++) ptx::publish(y + grid_index(), x[threadIdx.x]);  // BUG handed_twice
}
