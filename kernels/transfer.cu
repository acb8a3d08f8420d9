// images: sm_75 sm_80 sm_90 compute_75
// Copies that change the type. Reals become integers by truncation towards zero, saturating; NaN becomes 0. Whole
// numbers that do not fit saturate as well. An element moves the bytes of its two types.
#include "elementwise.cuh"

DEVICE int to_i32(float x) {
    if (x != x) return 0;
    return x >= 2147483648.f ? 2147483647 : x <= -2147483648.f ? -2147483647 - 1 : (int)x;
}
DEVICE u8 to_u8(float x) { return x >= 255.f ? 255 : x > 0.f ? (u8)x : 0; }  // 0 for NaN
DEVICE u8 to_u8(int x) { return x >= 255 ? 255 : x > 0 ? (u8)x : 0; }

KERNEL __launch_bounds__(256) copy_f32_i32(int* y, const float* x, u64 n) {
    map(y, x, n, [](float v) { return to_i32(v); });
}
KERNEL __launch_bounds__(256) copy_f32_u8(u8* y, const float* x, u64 n) {
    map(y, x, n, [](float v) { return to_u8(v); });
}
KERNEL __launch_bounds__(256) copy_i32_f32(float* y, const int* x, u64 n) {
    map(y, x, n, [](int v) { return (float)v; });
}
KERNEL __launch_bounds__(256) copy_i32_u8(u8* y, const int* x, u64 n) {
    map(y, x, n, [](int v) { return to_u8(v); });
}
KERNEL __launch_bounds__(256) copy_u8_f32(float* y, const u8* x, u64 n) {
    map(y, x, n, [](u8 v) { return (float)v; });
}
KERNEL __launch_bounds__(256) copy_u8_i32(int* y, const u8* x, u64 n) {
    map(y, x, n, [](u8 v) { return (int)v; });
}
// Pixels 0 … 255 to [0, 1]. The division is exact in the sense of IEEE: the product with 1/255 would not be.
KERNEL __launch_bounds__(256) copy_unit_u8_f32(float* y, const u8* x, u64 n) {
    map(y, x, n, [](u8 v) { return (float)v / 255.f; });
}
