// images: sm_75 sm_80 sm_90 compute_75
// y = f(x) and dx = dy·f'(x): a line for each unary function, with both formulas. 8 bytes an element move forward, 12
// backward (8 where the derivative is a constant). The cubin of sm_80 serves 86 and 89: memory bounds all of this.
//
// In a forward formula x is the input, a and b the constants. In a backward one d is dy, and v is the input or the
// output, whichever engine.UnaryOp.NeedsX names. UNARY_FLAT is for derivatives that read neither; then `in` may be null.
#include "elementwise.cuh"

constexpr float sqrt_half = 0.70710678118654752440f, inv_sqrt_2pi = 0.39894228040143267794f;

DEVICE float sign(float x) { return (float)((x > 0.f) - (x < 0.f)); }      // 0 for NaN
DEVICE float normal_cdf(float x) { return 0.5f * erfcf(-x * sqrt_half); }  // does not cancel for negative x
DEVICE float sigmoid(float x) {
    const float e = expf(-fabsf(x));  // at most 1, so nothing overflows
    return (x < 0.f ? e : 1.f) / (1.f + e);
}
DEVICE float softplus(float x) { return (x <= 0.f ? 0.f : x) + log1pf(expf(-fabsf(x))); }
DEVICE float clamp(float x, float a, float b) { return x != x ? x : fminf(fmaxf(x, a), b); }  // fminf drops NaN
DEVICE float gelu_slope(float x) { return normal_cdf(x) + x * inv_sqrt_2pi * expf(-0.5f * x * x); }

#define UNARY_FWD(name, forward)                                                                       \
    KERNEL __launch_bounds__(256) name##_fwd_f32(float* y, const float* x, float a, float b, u64 n) { \
        map(y, x, n, [=](float x) -> float { return forward; });                                      \
    }
#define UNARY_BWD(name, backward, operand)                                                                                  \
    KERNEL __launch_bounds__(256) name##_bwd_f32(float* dx, const float* dy, const float* in, float a, float b, u64 n) { \
        map operand;                                                                                                        \
    }
#define UNARY(name, forward, backward) \
    UNARY_FWD(name, forward)           \
    UNARY_BWD(name, backward, (dx, dy, in, n, [=](float d, float v) -> float { return backward; }))
#define UNARY_FLAT(name, forward, backward) \
    UNARY_FWD(name, forward)                \
    UNARY_BWD(name, backward, (dx, dy, n, [=](float d) -> float { return backward; }))

UNARY(relu, x <= 0.f ? 0.f : x, v <= 0.f ? 0.f : d)  // NaN stays
UNARY(leaky_relu, x > 0.f ? x : a * x, v > 0.f ? d : a * d)
UNARY(tanh, tanhf(x), d * (1.f - v * v))
UNARY(sigmoid, sigmoid(x), d * (v * (1.f - v)))
UNARY(exp, expf(x), d * v)
UNARY(log, logf(x), d / v)
UNARY(sqrt, sqrtf(x), d / (2.f * v))
UNARY(square, x * x, d * (2.f * v))
UNARY_FLAT(neg, -x, -d)
UNARY_FLAT(scale, a * x, a * d)
UNARY_FLAT(shift, x + a, d)
UNARY(abs, fabsf(x), d * sign(v))
UNARY_FLAT(sign, sign(x), 0.f)
UNARY(reciprocal, 1.f / x, -d * (v * v))
UNARY(pow, powf(x, a), a == 0.f ? 0.f : d * (a * powf(v, a - 1.f)))  // 0 also where v^-1 is Inf
UNARY(clamp, clamp(x, a, b), v >= a && v <= b ? d : 0.f)
UNARY(sin, sinf(x), d * cosf(v))
UNARY(cos, cosf(x), d * -sinf(v))
UNARY(softplus, softplus(x), d * sigmoid(v))
UNARY(gelu, x * normal_cdf(x), d * gelu_slope(v))
UNARY(elu, x > 0.f ? x : a * expm1f(x), v > 0.f ? d : d * (a * expf(v)))
UNARY_FLAT(floor, floorf(x), 0.f)
UNARY_FLAT(ceil, ceilf(x), 0.f)
UNARY_FLAT(round, rintf(x), 0.f)  // half to even
