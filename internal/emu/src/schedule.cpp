// schedule.cpp: which fiber runs next, and what happens when none can.
#include "emu.h"
#include "device_host.h"
#include <algorithm>

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace emu {
uint64_t seed;
Fiber* self;

namespace {
const unsigned Most = 64 << 10;  // fibers of a launch, each at most once in the queue
Fiber* queue[Most];
unsigned front, back;  // places from front to before back, modulo Most, are ready
void (*thread_entry)();
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

void push(Fiber* f) { queue[back++ % Most] = f; }

// The fiber whose turn it is, or null.
Fiber* pop() {
    if (front == back) return nullptr;
    return queue[(seed & 1 ? --back : front++) % Most];
}

void become(Fiber* f) {
    self = f;
    if (!f) return;
    threadIdx = {f->index[0], f->index[1], f->index[2]};
    blockIdx = {f->cta->index[0], f->cta->index[1], f->cta->index[2]};
}

// Leaves the current context for a fiber, or for the main stack.
void go(Fiber* f, void** save) {
    if (f && f == self) return;
    become(f);
    if (f && f->stack < 0) take_stack(f, thread_entry);
    emu_switch(save, f ? f->sp : main_sp);
}
}  // namespace

std::string text(Site s) {
    const char* base = strrchr(s.file, '/');
    return std::string(base ? base + 1 : s.file) + (s.line ? ":" + std::to_string(s.line) : "");
}

void begin(const Launch& l, uint64_t start, void (*entry)()) {
    front = back = 0;
    free_stacks();
    thread_entry = entry;
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
    for (Fiber* f : who) push(f);
    who.clear();
}

void stop(Site site) {
    self->site = site;
    go(pop(), &self->sp);
}

void yield(Site site) {
    self->site = site;
    if (++idle > Patience) fail("no progress: every thread that can run spins, this one at " + text(site));
    if (seed & 1) queue[--front % Most] = self;
    else push(self);
    go(pop(), &self->sp);
}

void leave() {
    self->done = true;
    idle = 0;
    Fiber* f = pop();
    if (f && f->stack < 0) {
        f->stack = self->stack;
        return become(f);
    }
    give_stack(self);
    void* dropped;
    go(f, &dropped);
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
    static std::vector<Fiber*> all;
    all.clear();
    for (unsigned i = front; i != back; i++) all.push_back(queue[i % Most]);
    go(pop(), &main_sp);
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
