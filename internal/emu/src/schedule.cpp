// schedule.cpp: which fiber runs next, and what happens when none can.
#include "emu.h"
#include "device_host.h"
#include <algorithm>
#include <deque>

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace emu {
uint64_t seed;
Fiber* self;

namespace {
std::deque<Fiber*> ready;
std::vector<Fiber*> stopped;  // all fibers of the launch, for the report of a deadlock
void* main_sp;
std::string report, kernel_name;
uint64_t rng;
size_t idle;  // yields since anything else happened
const size_t Patience = 1 << 22;

uint64_t random() {
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return rng;
}

std::string triple(const unsigned v[3]) {
    return "(" + std::to_string(v[0]) + "," + std::to_string(v[1]) + "," + std::to_string(v[2]) + ")";
}

void resume(Fiber* f, void** save) {
    self = f;
    const unsigned t = f->thread;
    threadIdx = {t % blockDim.x, t / blockDim.x % blockDim.y, t / blockDim.x / blockDim.y};
    blockIdx = {f->cta->index[0], f->cta->index[1], f->cta->index[2]};
    emu_switch(save, f->sp);
}

// Leaves the current context for the next ready fiber, or for the main stack.
void next(void** save) {
    void* dropped;
    if (!save) save = &dropped;
    if (ready.empty()) {
        self = nullptr;
        emu_switch(save, main_sp);
        return;
    }
    Fiber* f = seed & 1 ? ready.back() : ready.front();
    if (seed & 1) ready.pop_back();
    else ready.pop_front();
    if (f != self) resume(f, save);
}
}  // namespace

std::string text(Site s) {
    const char* base = strrchr(s.file, '/');
    return std::string(base ? base + 1 : s.file) + (s.line ? ":" + std::to_string(s.line) : "");
}

void begin(const Launch& l, uint64_t start) {
    ready.clear();
    stopped.clear();
    report.clear();
    kernel_name = l.kernel->name;
    rng = start * 0x9E3779B97F4A7C15ull + 1;
    idle = 0;
    gridDim = {l.grid[0], l.grid[1], l.grid[2]};
    blockDim = {l.block[0], l.block[1], l.block[2]};
}

void release(std::vector<Fiber*>& who) {
    idle = 0;
    if (seed)
        for (size_t i = who.size(); i > 1; i--) std::swap(who[i - 1], who[random() % i]);
    ready.insert(ready.end(), who.begin(), who.end());
    who.clear();
}

void stop(Site site) {
    self->site = site;
    next(&self->sp);
}

void yield(Site site) {
    self->site = site;
    if (++idle > Patience) fail("no progress: every thread that can run spins, this one at " + text(site));
    if (seed & 1) ready.push_front(self);
    else ready.push_back(self);
    next(&self->sp);
}

void leave() {
    self->done = true;
    idle = 0;
    next(nullptr);
    __builtin_unreachable();
}

void fail(const std::string& what) {
    const unsigned thread[3] = {threadIdx.x, threadIdx.y, threadIdx.z};
    report = what + "\n  in " + kernel_name + " block " + triple(self->cta->index) + " thread " + triple(thread) + " seed " +
             std::to_string(seed);
    self = nullptr;
    void* dropped;
    emu_switch(&dropped, main_sp);
    __builtin_unreachable();
}

std::string schedule() {
    std::vector<Fiber*> all(ready.begin(), ready.end());
    next(&main_sp);
    if (!report.empty()) return report;
    int shown = 0;
    for (Fiber* f : all)
        if (!f->done && ++shown <= 8) {
            if (shown == 1) report = "deadlock in " + kernel_name + ":";
            report += "\n  block " + triple(f->cta->index) + " thread " + std::to_string(f->thread) + " waits at " + text(f->site);
        }
    return report;
}
}  // namespace emu
