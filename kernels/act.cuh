// Activations in the epilogue of another operation, numbered as engine.Act, and their derivatives as functions of the
// output. act is the same in all threads of a launch, so nothing diverges.
#pragma once
#include "device.cuh"

enum Act : u32 { act_none, act_relu, act_leaky_relu, act_tanh, act_sigmoid };
constexpr float leaky_slope = 0.2f;  // engine.LeakySlope

DEVICE float activate(u32 act, float v) {
    switch (act) {
        case act_relu: return v < 0.f ? 0.f : v;  // NaN stays
        case act_leaky_relu: return v < 0.f ? leaky_slope * v : v;
        case act_tanh: return tanhf(v);
        case act_sigmoid: {
            const float e = expf(-fabsf(v));  // at most 1
            return (v < 0.f ? e : 1.f) / (1.f + e);
        }
    }
    return v;
}

// dy·act'(y). Where ReLU is flat it is 0 for any dy: a product would make NaN of an infinite one.
DEVICE float activate_gradient(u32 act, float dy, float y) {
    switch (act) {
        case act_relu: return y <= 0.f ? 0.f : dy;
        case act_leaky_relu: return y <= 0.f ? leaky_slope * dy : dy;
        case act_tanh: return dy * (1.f - y * y);
        case act_sigmoid: return dy * y * (1.f - y);
    }
    return dy;
}
