// images: sm_75 sm_80 sm_90 compute_75
// Noise and dropout from Philox4x32-10: draw i is word i%4 of philox(seed, counter (i/4, site, step)), so any thread can
// make any draw, and a mask is never stored. state is seed low, seed high, step low, step high, read when the kernel runs.
//
// A thread makes the four draws of one counter and so owns four neighbouring elements. Bytes moved: 4 an element for
// noise, 8 for dropout.
#include "device.cuh"

struct alignas(16) Quad {
    float v[4];
};

DEVICE Words words_at(const u32* state, u32 site, u64 quad) {
    return philox(state[0], state[1], (u32)quad, site, state[2], state[3]);
}

DEVICE bool aligned(const void* p) { return (u64)p % sizeof(Quad) == 0; }

// Calls f(quad, first, count) for the fours of n elements; the last may have fewer.
template <class F> DEVICE void each_quad(u64 n, F f) {
    for (u64 q = grid_index(); q * 4 < n; q += grid_size()) f(q, q * 4, (u32)min(n - q * 4, (u64)4));
}

// The 24 upper bits as a number in [0, 1), exactly.
DEVICE float unit(u32 w) { return (w >> 8) * 0x1p-24f; }

// Sine and cosine of 2πv for v = q/2^24. The nearest quarter turn comes off exactly, as an integer. What is left is
// at most π/4, where the series below stop with an error of 2e-9 relative.
DEVICE void sincos_turn(u32 q, float* sine, float* cosine) {
    const u32 quarter = (q + (1u << 21)) >> 22;
    const float a = (float)((int)q - (int)(quarter << 22)) * 3.74507028e-7f;  // 2π/2^24
    const float z = a * a;
    const float s = a + a * z * (-1.f / 6 + z * (1.f / 120 + z * (-1.f / 5040 + z * (1.f / 362880))));
    const float c = 1 + z * (-1.f / 2 + z * (1.f / 24 + z * (-1.f / 720 + z * (1.f / 40320 + z * (-1.f / 3628800)))));
    *sine = quarter & 1 ? c : s;
    *cosine = quarter & 1 ? s : c;
    if (quarter & 2) *sine = -*sine;
    if ((quarter + 1) & 2) *cosine = -*cosine;
}

// Box and Muller: two words give two normal draws.
DEVICE void normal_pair(u32 w0, u32 w1, float* first, float* second) {
    const float r = sqrtf(-2 * logf(((w0 >> 8) + 1) * 0x1p-24f));
    float s, c;
    sincos_turn(w1 >> 8, &s, &c);
    *first = r * c;
    *second = r * s;
}

// y = a + b·draw. __fmul_rn keeps the product from being fused with the sum: the CPU engine rounds both.
DEVICE void store(float* y, Quad d, float a, float b, u64 first, u32 count) {
    for (int k = 0; k < 4; k++) d.v[k] = a + __fmul_rn(b, d.v[k]);
    if (count == 4 && aligned(y)) *(Quad*)(y + first) = d;
    else
        for (u32 k = 0; k < count; k++) y[first + k] = d.v[k];
}

KERNEL __launch_bounds__(256) uniform_fwd_f32(float* y, const u32* state, u32 site, float a, float b, u64 n) {
    each_quad(n, [=](u64 q, u64 first, u32 count) {
        const Words w = words_at(state, site, q);
        store(y, {{unit(w.w[0]), unit(w.w[1]), unit(w.w[2]), unit(w.w[3])}}, a, b, first, count);
    });
}

KERNEL __launch_bounds__(256) normal_fwd_f32(float* y, const u32* state, u32 site, float a, float b, u64 n) {
    each_quad(n, [=](u64 q, u64 first, u32 count) {
        const Words w = words_at(state, site, q);
        Quad d;
        normal_pair(w.w[0], w.w[1], &d.v[0], &d.v[1]);
        normal_pair(w.w[2], w.w[3], &d.v[2], &d.v[3]);
        store(y, d, a, b, first, count);
    });
}

// y = draw >= rate ? x/keep : 0 with keep = 1-rate. least is rate·2^24 rounded up: integers compare exactly. With the
// same state and site this is its own gradient.
KERNEL __launch_bounds__(256) dropout_fwd_f32(float* y, const float* x, const u32* state, u32 site, u32 least, float keep, u64 n) {
    each_quad(n, [=](u64 q, u64 first, u32 count) {
        const Words w = words_at(state, site, q);
        Quad d = {};
        if (count == 4 && aligned(x)) d = *(const Quad*)(x + first);
        else
            for (u32 k = 0; k < count; k++) d.v[k] = x[first + k];
        for (int k = 0; k < 4; k++) d.v[k] = w.w[k] >> 8 >= least ? d.v[k] / keep : 0;
        if (count == 4 && aligned(y)) *(Quad*)(y + first) = d;
        else
            for (u32 k = 0; k < count; k++) y[first + k] = d.v[k];
    });
}
