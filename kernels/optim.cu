// images: sm_75 sm_80 sm_90 compute_75
// SGD, Adam and RMSProp over one flat vector of parameters p with gradients g, n elements, in one launch.
//
// What changes from step to step is read here: rate, step and norm are single floats. The constants come as 1-β where
// the difference matters: 1-0.999f differs from 0.001f by 1e-5. `decay` is added to the gradient times the parameter,
// `shrink` (decoupled decay) taken from the parameter times the rate; either acts on the first `decayed` elements.
// Bytes moved an element: SGD 12, 20 with momentum; Adam 28; RMSProp 20, 28 with momentum.
#include "device.cuh"

// Clip scales gradients by min(1, most/(norm+1e-6)) if most > 0, then cuts them to ±cut if cut > 0. NaN stays NaN.
struct Clip {
    float scale, cut;
};
DEVICE Clip clip(const float* norm, float most, float cut) {
    float scale = 1;
    if (most > 0) {
        const float q = most / (*norm + 1e-6f);
        if (!(q >= 1)) scale = q;
    }
    return {scale, cut};
}

// A parameter after decoupled decay and its gradient after clipping and decay.
struct Element {
    float p, g;
};
DEVICE Element prepare(float p, float g, const Clip& c, bool decays, float decay, float shrink) {
    g *= c.scale;
    if (c.cut > 0) g = g > c.cut ? c.cut : g < -c.cut ? -c.cut : g;
    return decays ? Element{p - shrink * p, g + decay * p} : Element{p, g};
}

// s1, the momentum, is null where there is none. At step 1 what it holds is not read.
KERNEL __launch_bounds__(256) sgd_update_f32(float* p, const float* g, float* s1, const float* rate, const float* step, const float* norm, u64 n, u64 decayed, float momentum, float decay, float shrink, float clip_norm, float clip_value, u32 nesterov) {
    const Clip c = clip(norm, clip_norm, clip_value);
    const float lr = *rate;
    const bool first = *step == 1;
    for (u64 i = grid_index(); i < n; i += grid_size()) {
        const Element e = prepare(p[i], g[i], c, i < decayed, decay, lr * shrink);
        float d = e.g;
        if (s1) {
            const float m = first ? d : momentum * s1[i] + d;
            s1[i] = m;
            d = nesterov ? d + momentum * m : m;
        }
        p[i] = e.p - lr * d;
    }
}

// new1 = 1-β1, log1 = ln β1, likewise 2. The corrections 1-β^step are -expm1(step·ln β), which does not cancel at the
// first steps.
KERNEL __launch_bounds__(256) adam_update_f32(float* p, const float* g, float* s1, float* s2, const float* rate, const float* step, const float* norm, u64 n, u64 decayed, float new1, float log1, float new2, float log2, float eps, float decay, float shrink, float clip_norm, float clip_value) {
    const Clip c = clip(norm, clip_norm, clip_value);
    const float lr = *rate, t = *step;
    const float corrected = lr / -expm1f(t * log1), root = 1 / sqrtf(-expm1f(t * log2));
    for (u64 i = grid_index(); i < n; i += grid_size()) {
        const Element e = prepare(p[i], g[i], c, i < decayed, decay, lr * shrink);
        const float m = s1[i] + new1 * (e.g - s1[i]), v = s2[i] + new2 * (e.g * e.g - s2[i]);
        s1[i] = m;
        s2[i] = v;
        p[i] = e.p - corrected * m / (sqrtf(v) * root + eps);
    }
}

// new2 = 1-β2. s2, the momentum of the scaled gradients, is null where there is none.
KERNEL __launch_bounds__(256) rmsprop_update_f32(float* p, const float* g, float* s1, float* s2, const float* rate, const float* norm, u64 n, u64 decayed, float new2, float eps, float momentum, float decay, float clip_norm, float clip_value) {
    const Clip c = clip(norm, clip_norm, clip_value);
    const float lr = *rate;
    for (u64 i = grid_index(); i < n; i += grid_size()) {
        const Element e = prepare(p[i], g[i], c, i < decayed, decay, 0);
        const float v = s1[i] + new2 * (e.g * e.g - s1[i]);
        s1[i] = v;
        float d = e.g / (sqrtf(v) + eps);
        if (s2) {
            d += momentum * s2[i];
            s2[i] = d;
        }
        p[i] = e.p - lr * d;
    }
}
