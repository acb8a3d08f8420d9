// images: sm_75 sm_80 sm_90 compute_75
// y = a op b: a line for each binary function. Where neither operand is broadcast a kernel of its own moves 12 bytes an
// element, four elements at a time. Broadcast operands go through *_strided_*, which chooses the function by `op`, the
// number of its line, and reads each operand at Σ digit·stride: a stride of 0 repeats.
//
// Integers: a quotient is cut towards zero and is 0 for a divisor of 0; a power with a negative exponent is the real one
// cut towards zero, 0 for base 0; sums and products are modulo 2^32.
#include "elementwise.cuh"

// The larger and the smaller one; NaN if either is, which fmaxf and fminf would drop.
DEVICE float larger(float a, float b) { return a != a || b != b ? a + b : fmaxf(a, b); }
DEVICE float smaller(float a, float b) { return a != a || b != b ? a + b : fminf(a, b); }
DEVICE int larger(int a, int b) { return a > b ? a : b; }
DEVICE int smaller(int a, int b) { return a < b ? a : b; }

// Wrapping arithmetic: signed overflow is undefined in C++.
DEVICE float add(float a, float b) { return a + b; }
DEVICE float sub(float a, float b) { return a - b; }
DEVICE float mul(float a, float b) { return a * b; }
DEVICE float quotient(float a, float b) { return a / b; }
DEVICE int add(int a, int b) { return (int)((u32)a + (u32)b); }
DEVICE int sub(int a, int b) { return (int)((u32)a - (u32)b); }
DEVICE int mul(int a, int b) { return (int)((u32)a * (u32)b); }
DEVICE int quotient(int a, int b) { return b == 0 ? 0 : b == -1 ? sub(0, a) : a / b; }

DEVICE float power(float a, float b) { return powf(a, b); }
DEVICE int power(int a, int b) {
    if (b < 0) return a == 1 ? 1 : a == -1 ? 1 - 2 * (b & 1) : 0;
    int p = 1;
    for (; b > 0; b >>= 1) {
        if (b & 1) p = mul(p, a);
        a = mul(a, a);
    }
    return p;
}

// engine.BinaryOp has the same numbers.
#define ARITHMETIC(LINE) \
    LINE(0, add, add)    \
    LINE(1, sub, sub)    \
    LINE(2, mul, mul)    \
    LINE(3, div, quotient) \
    LINE(4, max, larger) \
    LINE(5, min, smaller) \
    LINE(6, pow2, power)
#define COMPARISONS(LINE) \
    LINE(7, eq, ==)       \
    LINE(8, ne, !=)       \
    LINE(9, lt, <)        \
    LINE(10, le, <=)      \
    LINE(11, gt, >)       \
    LINE(12, ge, >=)

#define ARITHMETIC_KERNELS(op, name, f)                                                              \
    KERNEL __launch_bounds__(256) name##_fwd_f32(float* y, const float* a, const float* b, u64 n) { \
        map(y, a, b, n, [](float a, float b) { return f(a, b); });                                  \
    }                                                                                                \
    KERNEL __launch_bounds__(256) name##_fwd_i32(int* y, const int* a, const int* b, u64 n) {       \
        map(y, a, b, n, [](int a, int b) { return f(a, b); });                                      \
    }
ARITHMETIC(ARITHMETIC_KERNELS)

// name_fwd_i32 gives integers, name_fwd_i32_f32 reals.
#define COMPARISON_KERNELS(op, name, sign)                                                            \
    KERNEL __launch_bounds__(256) name##_fwd_f32(float* y, const float* a, const float* b, u64 n) {  \
        map(y, a, b, n, [](float a, float b) { return a sign b ? 1.f : 0.f; });                      \
    }                                                                                                 \
    KERNEL __launch_bounds__(256) name##_fwd_i32(int* y, const int* a, const int* b, u64 n) {        \
        map(y, a, b, n, [](int a, int b) { return a sign b ? 1 : 0; });                              \
    }                                                                                                 \
    KERNEL __launch_bounds__(256) name##_fwd_i32_f32(float* y, const int* a, const int* b, u64 n) {  \
        map(y, a, b, n, [](int a, int b) { return a sign b ? 1.f : 0.f; });                          \
    }
COMPARISONS(COMPARISON_KERNELS)

template <class T> DEVICE T arithmetic(u32 op, T a, T b) {
    switch (op) {
#define CASE(number, name, f) \
    case number: return f(a, b);
        ARITHMETIC(CASE)
#undef CASE
    }
    return a;
}
template <class T> DEVICE bool compare(u32 op, T a, T b) {
    switch (op) {
#define CASE(number, name, sign) \
    case number: return a sign b;
        COMPARISONS(CASE)
#undef CASE
    }
    return false;
}

// y is contiguous, of n elements; dims first … 5 are in use.
#define STRIDED(name, Y, T, expression)                                                                                  \
    KERNEL __launch_bounds__(256)                                                                                        \
        name(Y* y, const T* a, const T* b, u64 n, u32 op, int first, BOX, STRIDES(stride_a), STRIDES(stride_b)) {       \
        const Digits dim = BOX_VALUE;                                                                                    \
        const Strides sa = STRIDES_VALUE(stride_a), sb = STRIDES_VALUE(stride_b);                                        \
        walk(n, dim, first, [=](u64 i, const Digits& at) {                                                               \
            const T p = a[offset(at, sa, first)], q = b[offset(at, sb, first)];                                          \
            y[i] = expression;                                                                                           \
        });                                                                                                              \
    }
STRIDED(arithmetic_strided_f32, float, float, arithmetic(op, p, q))
STRIDED(arithmetic_strided_i32, int, int, arithmetic(op, p, q))
STRIDED(compare_strided_f32, float, float, compare(op, p, q))
STRIDED(compare_strided_i32, int, int, compare(op, p, q))
STRIDED(compare_strided_i32_f32, float, int, compare(op, p, q))
