// shadow.cpp: rules for one access. Two accesses of a byte by two threads, one of them a write, need an order between
// them: a barrier of the CTA, an operation of their warp, or, between CTAs, another launch or a grid barrier.
#include "cell.h"
#include "emu.h"
#include <sys/mman.h>

namespace emu {
namespace {
unsigned mask_of(const char* p, size_t n, size_t word) {  // the bytes of the word that the access touches
    unsigned m = 0;
    for (size_t b = 0; b < 4; b++) {
        const char* at = (const char*)(word * 4 + b);
        if (at >= p && at < p + n) m |= 1u << b;
    }
    return m;
}

struct Order {  // of this thread against another one of its CTA
    unsigned self, warp, epoch, warp_epoch;
    explicit Order(const Fiber* f) : self(f->thread + 1), warp(f->thread / 32), epoch(f->cta->epoch), warp_epoch(f->cta->warp_epoch[warp]) {}
    bool after(unsigned who, unsigned their_epoch, unsigned their_warp_epoch) const {
        return who == 0 || who == self || their_epoch != epoch || ((who - 1) / 32 == warp && their_warp_epoch != warp_epoch);
    }
};

void write_cell(Cell& c, const Order& o, unsigned bytes, bool atomic, const void* pc) {
    c.writer_pc = pc;
    c.writer = o.self;
    c.writer_epoch = o.epoch;
    c.writer_warp = o.warp_epoch;
    c.writer_bytes = bytes;
    c.written |= bytes;
    c.atomic = atomic;
    c.several = 0;
    c.reader = 0;
}

void read_cell(Cell& c, const Order& o, unsigned bytes, const void* pc) {
    if (c.reader_epoch != o.epoch || c.reader_bytes != bytes) c.several = 0;
    else if (c.reader && c.reader != o.self && (c.reader - 1u) / 32 != o.warp) c.several = 1;
    c.reader = o.self;
    c.reader_pc = pc;
    c.reader_epoch = o.epoch;
    c.reader_warp = o.warp_epoch;
    c.reader_bytes = bytes;
}

std::string thread(unsigned plus_one, const void* pc) { return "thread " + std::to_string(plus_one - 1) + " at " + source_line(pc); }
}  // namespace

void shared_access(char* p, size_t n, Access kind, const void* pc) {
    Cta* cta = self->cta;
    const SharedArray* in = nullptr;
    for (auto& a : cta->arrays)
        if (p >= a.base && p + n <= a.base + a.size) in = &a;
    if (!in) {
        std::string where = "in no array";
        for (auto& a : cta->arrays)
            if (p >= a.base) where = "byte " + std::to_string(p - a.base) + " of " + a.name + ", which has " + std::to_string(a.size);
        bad("shared memory out of bounds, " + where, n, kind, pc);
    }
    const Order o(self);
    const size_t base = (size_t)cta->shared / 4;
    for (size_t w = (size_t)p / 4; w <= ((size_t)p + n - 1) / 4; w++) {
        Cell& c = cta->cells[w - base];
        const unsigned bytes = mask_of(p, n, w);
        auto name = [&] { return in->name + "[byte " + std::to_string((char*)(w * 4) - in->base) + "]"; };
        if (c.pending) bad("shared memory used while cp.async is in flight: " + name(), n, kind, pc);
        if (kind != Write && (c.written & bytes) != bytes) bad("uninitialised shared memory " + name(), n, kind, pc);
        if (c.writer_bytes & bytes && !(kind >= Atomic && c.atomic) && !o.after(c.writer, c.writer_epoch, c.writer_warp))
            bad("race with a write by " + thread(c.writer, c.writer_pc) + " on " + name(), n, kind, pc);
        if (kind == Read || kind == Peek) {
            read_cell(c, o, bytes, pc);
            continue;
        }
        if (c.reader_bytes & bytes && (!o.after(c.reader, c.reader_epoch, c.reader_warp) || (c.several && c.reader_epoch == o.epoch)))
            bad("race with a read by " + thread(c.reader, c.reader_pc) + " on " + name(), n, kind, pc);
        write_cell(c, o, bytes, kind == Atomic, pc);
    }
}

void reset_cells(Cta* c) {
    if (!checked) return;
    if (!c->cells)
        c->cells = (Cell*)mmap(0, shared_max * 2 / 4 * sizeof(Cell), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    memset(c->cells, 0, sizeof(Cell) * ((c->shared_used + 3) / 4));
}

// A copy counts as a write at its issue, so that it must not overtake readers, and again at its wait.
void check_async(void* p, size_t n, bool pending, const void* pc) {
    if (!checked) return;
    if (pending) shared_access((char*)p, n, Write, pc);
    const Order o(self);
    for (size_t w = (size_t)p / 4; w < ((size_t)p + n) / 4; w++) {
        Cell& c = self->cta->cells[w - (size_t)self->cta->shared / 4];
        if (pending) write_cell(c, o, 15, false, pc);
        else write_cell(c, o, 15, false, c.writer_pc);
        c.pending = pending;
    }
}

void global_access(char* p, size_t n, Access kind, const void* pc) {
    static GlobalCell* cells;
    if (!cells)
        cells = (GlobalCell*)mmap(0, global_words() * sizeof(GlobalCell), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    const Order o(self);
    for (size_t w = (size_t)p / 4; w <= ((size_t)p + n - 1) / 4; w++) {
        GlobalCell& c = cells[global_index((void*)(w * 4))];
        const unsigned bytes = mask_of(p, n, w);
        if (c.phase == phase && c.bytes & bytes && !(kind >= Atomic && c.atomic)) {
            if (c.cta != self->cta->number)
                bad("race with a write by another block (" + std::to_string(c.cta) + ") at " + source_line(c.pc), n, kind, pc);
            const unsigned warp_epoch = c.warp_epoch == (o.warp_epoch & 0xff) ? o.warp_epoch : o.warp_epoch - 1;
            if (!o.after(c.thread, c.epoch, warp_epoch)) bad("race in device memory with a write by " + thread(c.thread, c.pc), n, kind, pc);
        }
        if (kind == Write || kind == Atomic)
            c = {pc, phase, self->cta->number, o.epoch, (uint16_t)o.self, (uint8_t)o.warp_epoch, (uint8_t)(bytes & 15), kind == Atomic};
    }
}
}  // namespace emu
