// images: sm_75 sm_80 sm_90 compute_75
// y = c != 0 ? a : b, broadcast: each operand is read at Σ digit·stride, 4·4 bytes an element at most. Elements are only
// moved, so one kernel serves all types of a size. A null a or b reads as zeros. NaN counts as not zero.
#include "elementwise.cuh"

// y is contiguous, of n elements; dims first … 5 are in use.
#define WHERE(name, T, C)                                                                                              \
    KERNEL __launch_bounds__(256)                                                                                      \
        name(T* y, const C* c, const T* a, const T* b, u64 n, int first, BOX, STRIDES(stride_c),                     \
             STRIDES(stride_a), STRIDES(stride_b)) {                                                                  \
        const Digits dim = BOX_VALUE;                                                                                  \
        const Strides sc = STRIDES_VALUE(stride_c), sa = STRIDES_VALUE(stride_a), sb = STRIDES_VALUE(stride_b);        \
        walk(n, dim, first, [=](u64 i, const Digits& at) {                                                             \
            const bool chosen = c[offset(at, sc, first)] != 0;                                                         \
            const T* from = chosen ? a : b;                                                                            \
            y[i] = from ? from[chosen ? offset(at, sa, first) : offset(at, sb, first)] : 0;                            \
        });                                                                                                            \
    }
WHERE(where_f32_b32, u32, float)
WHERE(where_i32_b32, u32, int)
WHERE(where_u8_b32, u32, u8)
WHERE(where_f32_b8, u8, float)
WHERE(where_i32_b8, u8, int)
WHERE(where_u8_b8, u8, u8)
