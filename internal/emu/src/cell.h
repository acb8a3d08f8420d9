// cell.h: what is known of four bytes of memory.
#pragma once
#include <stdint.h>

namespace emu {
// Of shared memory: the last writer and the last reader, with the barriers of their CTA and warp that had passed.
struct Cell {
    const void *writer_pc, *reader_pc;
    uint32_t writer_epoch, reader_epoch, writer_warp, reader_warp;
    uint16_t writer, reader;            // thread + 1; 0 is nobody
    uint8_t written;                    // a bit for each byte
    uint8_t writer_bytes, reader_bytes;
    uint8_t pending : 1, several : 1, atomic : 1;  // cp.async in flight; read by more than one warp; last write atomic
};

// Of device memory: the last writer, in the launch (phase) that wrote.
struct GlobalCell {
    const void* pc;
    uint32_t phase, cta, epoch;
    uint16_t thread;
    uint8_t warp_epoch;  // its low bits
    uint8_t bytes : 4, atomic : 1;
};
}  // namespace emu
