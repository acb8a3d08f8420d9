// tensor.cpp: what the tensor cores compute. Products are exact and summed in double with one rounding at the end; the
// hardware rounds more often, so tests need tolerances or small whole numbers.
#include "emu.h"
#include "device_host.h"

namespace emu {
namespace {
float from_bits(u32 b) {
    float f;
    memcpy(&f, &b, 4);
    return f;
}
u32 word(const Slot s, int i) {
    u32 w;
    memcpy(&w, s + 4 * i, 4);
    return w;
}

// d += a·b over depth K. A slot is a[4] b[2] d[4]; each lane gets its d back in place.
template <int K> void multiply(Slot* s, const float (&a)[16][K], const float (&b)[K][8]) {
    for (int l = 0; l < 32; l++)
        for (int r = 0; r < 4; r++) {
            const int row = l / 4 + r / 2 * 8, column = l % 4 * 2 + r % 2;
            double sum = from_bits(word(s[l], 6 + r));
            for (int k = 0; k < K; k++) sum += (double)a[row][k] * b[k][column];
            const float d = (float)sum;
            memcpy(s[l] + 24 + 4 * r, &d, 4);
        }
}

// The unit ignores the 13 low bits, so an operand that was not rounded is cut off, as on the GPU.
float tf32(u32 bits) { return from_bits(bits & ~0x1fffu); }
float bf16(u32 pair, int high) { return from_bits(high ? pair & 0xffff0000u : pair << 16); }
}  // namespace

void mma_tf32(Slot* s, u32) {
    float a[16][8], b[8][8];
    for (int l = 0; l < 32; l++) {
        const int g = l / 4, q = l % 4;
        for (int r = 0; r < 4; r++) a[g + r % 2 * 8][q + r / 2 * 4] = tf32(word(s[l], r));
        for (int r = 0; r < 2; r++) b[q + r * 4][g] = tf32(word(s[l], 4 + r));
    }
    multiply(s, a, b);
}

void mma_bf16(Slot* s, u32) {
    float a[16][16], b[16][8];
    for (int l = 0; l < 32; l++) {
        const int g = l / 4, q = l % 4;
        for (int h = 0; h < 2; h++) {
            for (int r = 0; r < 4; r++) a[g + r % 2 * 8][2 * q + r / 2 * 8 + h] = bf16(word(s[l], r), h);
            for (int r = 0; r < 2; r++) b[2 * q + r * 8 + h][g] = bf16(word(s[l], 4 + r), h);
        }
    }
    multiply(s, a, b);
}

namespace {
// A slot is the 16 bytes of the row that the lane gave; r[i] of a lane comes from tile i, rows 8i … 8i+7.
void tiles(Slot* s, bool transposed) {
    uint16_t e[32][8];
    for (int l = 0; l < 32; l++) memcpy(e[l], s[l], 16);
    for (int l = 0; l < 32; l++)
        for (int i = 0; i < 4; i++)
            for (int h = 0; h < 2; h++) {
                const int row = l / 4, column = l % 4 * 2 + h;
                const uint16_t v = transposed ? e[8 * i + column][row] : e[8 * i + row][column];
                memcpy(s[l] + 4 * i + 2 * h, &v, 2);
            }
}
}  // namespace

// The rows are read here, by the lanes that gave them: those past the last tile are not.
void ldmatrix(u32* r, int count, const void* row, bool transposed, Site site, const void* pc) {
    char bytes[16] = {};
    if ((int)lane() < 8 * count) {
        if ((uintptr_t)row % 16) fail("misaligned row of ldmatrix at " + text(site));
        if (!in_shared(row)) fail("ldmatrix at " + text(site) + " reads outside of shared memory");
        if (checked) shared_access((char*)row, 16, Read, pc);
        memcpy(bytes, row, 16);
    }
    Combine f = transposed ? (Combine)[](Slot * s, u32) { tiles(s, true); } : (Combine)[](Slot * s, u32) { tiles(s, false); };
    meet(~0u, bytes, 16, lane(), r, 4 * count, 0, f, site);
}
}  // namespace emu
