// Operands of convolutions as matrices that are never made: sources (see gemm_tile.cuh) that find elements of maps and
// weights, clipped at the borders. Maps are NHWC, weights [filter, r, s, channel].
#pragma once
#include "gemm_tile.cuh"

// A row of a product that stands for a pixel: where its window starts, (h, w) there, and the offset of that in the map.
// Offsets may lie outside; then (h, w) say so.
struct Pixel {
    i64 at;
    int h, w;
};
constexpr int nowhere = -(1 << 30);  // an h that no tap brings into a map

// Element (pixel, (r, s, channel)) is map[pixel's window at (r·step_h, s·step_w), channel]. The steps of a forward
// convolution are its dilations; those of a data gradient are negative.
struct WindowSource {
    const float* map;
    const Pixel* pixels;  // of the tile, shared
    int height, width, channels, taps_h, taps_w, step_h, step_w;
    bool wide;
    int c, r, s, offset;

    DEVICE void begin(u32 k, u32 row) {
        pixels += row;
        c = k % channels;
        s = k / channels % taps_w;
        r = k / channels / taps_w;
        stand();
    }
    DEVICE void next() {
        for (c += depth; c >= channels; c -= channels)
            if (++s == taps_w) s = 0, r++;
        stand();
    }
    DEVICE void stand() {
        offset = (r * step_h * width + s * step_w) * channels + c;
    }
    DEVICE bool find(u32 down, const float*& from) const {
        const Pixel p = pixels[down];
        from = map + (p.at + offset);
        return r < taps_h && (u32)(p.h + r * step_h) < (u32)height && (u32)(p.w + s * step_w) < (u32)width;
    }
};

// The same elements with pixels as lines, for a filter gradient: a row is one (r, s, channel) for good, and lines walk
// over the pixels of the output.
struct PixelLineSource {
    const float* map;
    int height, width, channels, kernel_h, kernel_w, out_h, out_w;
    int stride_h, stride_w, pad_h, pad_w, step_h, step_w;
    u32 pixels;
    bool wide;
    u32 pixel;
    i64 at;  // of the image and the channel
    int h, w, down, right;
    bool in;

    DEVICE void begin(u32 k, u32 row) {
        const int tap = row / channels;
        in = tap < kernel_h * kernel_w;
        down = tap / kernel_w * step_h - pad_h;
        right = tap % kernel_w * step_w - pad_w;
        pixel = k;
        w = k % out_w;
        h = k / out_w % out_h;
        at = (i64)(k / out_w / out_h) * height * width * channels + row % channels;
    }
    DEVICE void skip(int lines) {
        pixel += lines;
        for (w += lines; w >= out_w; w -= out_w)
            if (++h == out_h) {
                h = 0;
                at += (i64)height * width * channels;
            }
    }
    DEVICE bool find(const float*& from) const {
        const int y = h * stride_h + down, x = w * stride_w + right;
        from = map + at + (i64)(y * width + x) * channels;
        return in && pixel < pixels && (u32)y < (u32)height && (u32)x < (u32)width;
    }
};

// The taps of one direction that reach output pixels of one rest when divided by the stride: first, first + hop, …
// Pixel rest + i·stride meets tap number t at i + at + t·step of the other map, with step = -dilation/g, hop = stride/g,
// g = gcd(stride, dilation). So a strided data gradient is one stride-1 gather for each pair of rests, and no zero is
// ever multiplied.
struct Taps {
    int first, count, at;
};
DEVICE Taps taps(int rest, int size, int stride, int pad, int step, int hop) {
    const int dilation = -step * (stride / hop);
    int first = 0;
    while (first < size && (rest + pad - first * dilation) % stride) first++;
    return {first, (size - first + hop - 1) / hop, (rest + pad - first * dilation) / stride};
}

// The weights of a data gradient: line (r, s, filter) of the taps in question, row channel.
struct TapLineSource {
    const float* weight;  // of the first tap
    int channels, filters, kernel_h, kernel_w, taps_h, taps_w, hop_h, hop_w;
    bool wide;
    int filter, r, s, channel;

    DEVICE void begin(u32 k, u32 row) {
        channel = row;
        filter = k % filters;
        s = taps_w ? k / filters % taps_w : 0;
        r = taps_w ? k / filters / taps_w : taps_h;
    }
    DEVICE void skip(int lines) {
        for (filter += lines; filter >= filters && r < taps_h; filter -= filters)
            if (++s == taps_w) s = 0, r++;
    }
    DEVICE bool find(const float*& from) const {
        const int tap = r * hop_h * kernel_w + s * hop_w;
        from = weight + (((i64)filter * (kernel_h * kernel_w) + tap) * channels + channel);
        return channel < channels && r < taps_h;
    }
};
