// images: sm_75 sm_80 sm_90 compute_75
// Softmax cross-entropy, binary cross-entropy on logits and mean squared error, each with its gradient from the same kernel.
//
// Blocks leave the sums of their rows' losses in part (one a block, the number of blocks following from the sizes alone),
// which one block then adds in order. Where classes are weighted, a kernel of its own finds the sum of the labels'
// weights first, since every gradient is divided by it.
// Bytes moved: cross-entropy 4 an element read (a second time from the cache) and 4 written, BCE and MSE 8 read
// and 4 written.
#include "fold.cuh"

// sum_parts adds count sums in order and gives every thread the result. shared is warps long.
DEVICE Wide sum_parts(const Wide* part, u32 count, Wide* shared) {
    Wide a = {0, 0};
    for (u32 i = threadIdx.x; i < count; i += block_size) a.merge(part[i]);
    return fold_block(a, shared);
}

// loss = Σ part / divisor. The divisor is the sum of `weighs` sums at weigh, if that is given.
KERNEL __launch_bounds__(256) loss_mean_f32(float* loss, const Wide* part, u32 count, const Wide* weigh, u32 weighs, float divisor) {
    SHARED(Wide, shared, warps);
    const float sum = sum_parts(part, count, shared).value();
    if (weigh) divisor = sum_parts(weigh, weighs, shared).value();
    if (threadIdx.x == 0) *loss = sum / divisor;
}

// Sums of weight[label] over rows, one a block; the last block sums all of weight instead. A label that is no class
// makes its sum NaN.
KERNEL __launch_bounds__(256) crossentropy_weigh_f32(Wide* weigh, const float* weight, const int* label, u64 rows, u64 n) {
    SHARED(Wide, shared, warps);
    Wide a = {0, 0};
    if (blockIdx.x + 1 == gridDim.x) {
        for (u64 c = threadIdx.x; c < n; c += block_size) a.add(weight[c]);
    } else {
        for (u64 r = blockIdx.x * (u64)block_size + threadIdx.x; r < rows; r += (gridDim.x - 1) * (u64)block_size)
            a.add((u64)label[r] < n ? weight[label[r]] : NAN);
    }
    a = fold_block(a, shared);
    if (threadIdx.x == 0) weigh[blockIdx.x] = a;
}

// The target of a row is hard at its label plus smooth·weight[c] at each class c, where hard = (1-smoothing)·weight[label]
// and smooth = smoothing/n. With p the softmax and T the sum of the target,
//
//   loss = Σ target·(log Σe^(x-m) - (x-m)),   dx = (p·T - target) / total.
//
// At the label p·T - target is found as p·(T-hard) - hard·(1-p) - smooth·weight, with 1-p from the other exponentials: near
// certainty p rounds to 1, and the difference would be lost. dx, and weight with weigh, may be null.
KERNEL __launch_bounds__(256) crossentropy_rows_f32(Wide* part, float* dx, const float* x, const int* label, const float* weight, const Wide* weigh, u32 weighs, u64 rows, u64 n, u32 lanes, float keep, float smoothing) {
    SHARED(Exponentials, shared, warps);
    SHARED(Wide, sums, warps);
    const u32 height = block_size / lanes, lane = threadIdx.x % lanes;
    const float total = weigh ? sum_parts(weigh, weighs, sums).value() : (float)rows;
    const float smooth = smoothing / n, blurred = weigh ? smooth * weigh[weighs].value() : smoothing;
    Wide loss = {0, 0};
    for (u64 r0 = blockIdx.x * (u64)height; r0 < rows; r0 += gridDim.x * (u64)height) {
        const u64 r = r0 + threadIdx.x / lanes, live = r < rows ? n : 0;
        const float* row = x + r * n;
        Exponentials a = Exponentials::none();
        for (u64 j = lane; j < live; j += lanes) a.take(row[j]);
        a = fold_group(a, lanes, shared);
        if (r >= rows) continue;  // its whole group leaves, and no fold follows in this turn
        a.finish();
        const u64 l = (u64)label[r];  // a negative label becomes a large one
        const bool known = l < n;
        const float m = a.largest, log_sum = log1pf(a.rest), sum = 1 + a.rest;
        const float at = known ? row[l] - m : NAN, e = expf(at);
        const float hard = known && weight ? keep * weight[l] : keep;
        if (lane == 0) loss.add(hard * (log_sum - at));
        if (smoothing != 0)
            for (u64 j = lane; j < n; j += lanes) loss.add(smooth * (weight ? weight[j] : 1) * (log_sum - (row[j] - m)));
        if (!dx) continue;
        const float scale = known ? (hard + blurred) / sum / total : NAN;
        for (u64 j = lane; j < n; j += lanes) {
            const float target = smooth * (weight ? weight[j] : 1);
            float d = expf(row[j] - m) * scale - target / total;
            if (j == l) d = (e / sum * blurred - hard * ((a.rest + (1 - e)) / sum) - target) / total;
            dx[r * n + j] = d;
        }
    }
    loss = fold_block(loss, sums);
    if (threadIdx.x == 0) part[blockIdx.x] = loss;
}

// loss = max(x,0) - x·t + log(1+e^-|x|) and dx = (sigmoid(x) - t)/n, both written so that they do not cancel where the
// prediction is right: with q = 1 - sigmoid(|x|), the wrongness w = 1-t for x >= 0 and t below gives |x|·w and ±(w - q).
KERNEL __launch_bounds__(256) bce_rows_f32(Wide* part, float* dx, const float* x, const float* target, u64 n) {
    SHARED(Wide, sums, warps);
    Wide loss = {0, 0};
    for (u64 i = blockIdx.x * (u64)block_size + threadIdx.x; i < n; i += gridDim.x * (u64)block_size) {
        const float v = x[i], t = target[i], wrong = v >= 0 ? 1 - t : t, e = expf(-fabsf(v));
        loss.add((v == INFINITY ? NAN : fabsf(v)) * wrong + log1pf(e));  // ∞ - ∞·t is NaN in the formula
        const float d = wrong - e / (1 + e);
        if (dx) dx[i] = (v >= 0 ? d : -d) / n;
    }
    loss = fold_block(loss, sums);
    if (threadIdx.x == 0) part[blockIdx.x] = loss;
}

// loss = (x-t)² and dx = 2(x-t)/n; scale is 2/n.
KERNEL __launch_bounds__(256) mse_rows_f32(Wide* part, float* dx, const float* x, const float* target, u64 n, float scale) {
    SHARED(Wide, sums, warps);
    Wide loss = {0, 0};
    for (u64 i = blockIdx.x * (u64)block_size + threadIdx.x; i < n; i += gridDim.x * (u64)block_size) {
        const float d = x[i] - target[i];
        loss.add(__fmul_rn(d, d));
        if (dx) dx[i] = scale * d;
    }
    loss = fold_block(loss, sums);
    if (threadIdx.x == 0) part[blockIdx.x] = loss;
}
