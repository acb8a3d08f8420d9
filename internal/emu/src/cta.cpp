// cta.cpp: blocks of threads, their barriers and their shared memory.
#include "emu.h"
#include "device_host.h"
#include <sys/mman.h>
#include <algorithm>
#include <memory>

namespace emu {
const size_t shared_max = 227 << 10;
unsigned phase;

namespace {
const unsigned MaxTogether = 64;  // CTAs that run at once in a cooperative launch
const size_t Arena = (shared_max + (64 << 10)) / 4096 * 4096;  // with the gaps between arrays
char* shared_base;
std::vector<std::unique_ptr<Cta>> ctas;
std::vector<Fiber> fibers(MaxTogether * 1024);
std::vector<Fiber*> at_grid_barrier;
const Launch* now;
void** args;
size_t live;  // threads of the cooperative grid that have not exited

void open_barrier(Cta* c) {
    c->epoch++;
    c->barrier = Site();
    c->result = c->votes;
    c->votes = 0;
    release(c->waiting);
}

// What a stack runs: one thread after the other, as long as the next one is new.
void entry() {
    for (;;) {
        now->kernel->call(args);
        Cta* c = self->cta;
        if (in_flight(self)) fail("a thread exits with cp.async in flight");
        check_stack(self);
        c->exited++;
        live--;
        if (!c->waiting.empty() && c->waiting.size() == c->threads - c->exited) open_barrier(c);
        if (!at_grid_barrier.empty() && at_grid_barrier.size() == live) release(at_grid_barrier);
        leave();
    }
}

// Sets up CTA `number` of the grid as the place-th of those that run together.
void start(unsigned place, unsigned number) {
    if (place >= ctas.size()) {
        ctas.emplace_back(new Cta());
        ctas.back()->shared = shared_base + place * Arena;
    }
    Cta* c = ctas[place].get();
    c->number = number;
    c->index[0] = number % now->grid[0];
    c->index[1] = number / now->grid[0] % now->grid[1];
    c->index[2] = number / now->grid[0] / now->grid[1];
    c->threads = now->block[0] * now->block[1] * now->block[2];
    c->exited = c->votes = 0;
    c->waiting.clear();
    c->barrier = Site();
    for (unsigned w = 0; w < (c->threads + 31) / 32; w++)
        for (auto& m : c->meeting[w]) {
            m.arrived = 0;
            m.waiting.clear();
        }
    memset(c->shared, 0xff, c->shared_used);  // NaN until written
    reset_cells(c);
    c->shared_used = 0;
    c->arrays.clear();
    for (unsigned t = 0; t < c->threads; t++) {
        Fiber& f = fibers[place * 1024 + t];
        f.stack = -1;
        f.cta = c;
        f.thread = t;
        f.index[0] = t % now->block[0];
        f.index[1] = t / now->block[0] % now->block[1];
        f.index[2] = t / now->block[0] / now->block[1];
        f.done = false;
        f.site = Site();
        f.copies.clear();
        c->waiting.push_back(&f);
    }
    live += c->threads;
}
}  // namespace

std::string run(const Launch& l, void** params) {
    if (!shared_base) {
        shared_base = (char*)mmap(0, MaxTogether * Arena, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        memset(shared_base, 0xff, Arena);
    }
    now = &l;
    args = params;
    phase++;
    begin(l, seed, entry);
    at_grid_barrier.clear();
    live = 0;
    const size_t blocks = (size_t)l.grid[0] * l.grid[1] * l.grid[2];
    if (!l.cooperative) {
        for (size_t b = 0; b < blocks; b++) {
            start(0, seed & 1 ? blocks - 1 - b : b);
            release(ctas[0]->waiting);
            std::string report = schedule();
            if (!report.empty()) return report;
        }
        return "";
    }
    std::vector<Fiber*> all;
    for (size_t b = 0; b < blocks; b++) {
        start(b, b);
        all.insert(all.end(), ctas[b]->waiting.begin(), ctas[b]->waiting.end());
        ctas[b]->waiting.clear();
    }
    release(all);
    return schedule();
}

void barrier(Site site) {
    Cta* c = self->cta;
    if (!c->waiting.empty() && !(c->barrier == site))
        fail("divergent __syncthreads: some threads at " + text(c->barrier) + ", this one at " + text(site));
    c->barrier = site;
    c->waiting.push_back(self);
    if (c->waiting.size() == c->threads - c->exited) open_barrier(c);  // this fiber queues up as well
    stop(site);
}

unsigned barrier_count(bool yes, Site site) {
    self->cta->votes += yes;
    barrier(site);
    return self->cta->result;
}

void grid_barrier(u32* state, Site site) {
    if (!now->cooperative) fail("grid barrier at " + text(site) + " in a launch that is not cooperative");
    if (!find(state)) fail("the grid barrier at " + text(site) + " has no state in device memory");
    at_grid_barrier.push_back(self);
    if (at_grid_barrier.size() == live) {
        phase++;
        for (auto& c : ctas) c->epoch++;
        release(at_grid_barrier);
    }
    stop(site);
}

void together(Site site) {
    if (!now->cooperative) fail("a word is awaited at " + text(site) + " in a launch that is not cooperative");
}

void order_ctas() { phase++; }

void spin(Site site) { yield(site); }

void* shared(const void* key, const char* name, size_t bytes) {
    Cta* c = self->cta;
    for (auto& a : c->arrays)
        if (a.key == key) return a.base;
    char* p = c->shared + c->shared_used;
    c->shared_used += (bytes + 127) / 128 * 128 + 128;  // a gap after each array
    size_t sum = bytes;
    for (auto& a : c->arrays) sum += a.size;
    if (sum > shared_max || c->shared_used > Arena) fail(std::string("shared memory exhausted by ") + name);
    c->arrays.push_back({name, p, bytes, key});
    return p;
}

void* shared_dynamic() { return shared(&now, "dynamic", now->dynamic); }

bool in_shared(const void* p) { return (size_t)((char*)p - shared_base) < MaxTogether * Arena; }

std::map<std::string, Kernel>& registry() {
    static std::map<std::string, Kernel> r;
    return r;
}
}  // namespace emu
