// emu.h: between the parts of the emulator. A CUDA thread is a fiber; a kernel runs on the OS thread that asked for its
// end. A fiber stops only at barriers, warp operations, spin waits and its exit, so a run repeats exactly; the seed
// chooses the order.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

typedef unsigned int u32;
typedef unsigned long long u64;

namespace emu {

// A place in a kernel's source.
struct Site {
    const char* file = "start";
    int line = 0;
};
inline bool operator==(Site a, Site b) { return a.line == b.line && (a.file == b.file || !strcmp(a.file, b.file)); }
std::string text(Site);

// ---- kernels, registered by the objects compiled from kernels/*.cu

typedef void (*Thunk)(void** params);
struct Parameter {
    size_t size;
    bool pointer;
};
struct Kernel {
    std::string name;
    Thunk call;
    std::vector<Parameter> params;
};
std::map<std::string, Kernel>& registry();

// The argument block is host memory: these must not be instrumented, and noipa keeps their loads out of the caller.
#define EMU_PLAIN __attribute__((no_sanitize("thread"), noipa))
template <class... A, size_t... I> EMU_PLAIN void apply(void (*f)(A...), void** p, std::index_sequence<I...>) {
    f(*(A*)p[I]...);
}
template <class... A> EMU_PLAIN void apply(void (*f)(A...), void** p) { apply(f, p, std::index_sequence_for<A...>{}); }
template <class A> Parameter parameter(A*) { return {sizeof(A), false}; }
template <class A> Parameter parameter(A**) { return {sizeof(A*), true}; }
template <class... A> std::vector<Parameter> parameters(void (*)(A...)) { return {parameter((A*)nullptr)...}; }
struct Register {
    Register(const char* n, Thunk t, std::vector<Parameter> p) { registry()[n] = {n, t, p}; }
};
#define EMU_KERNEL(k) \
    static emu::Register register_##k(#k, [](void** p) { emu::apply(&k, p); }, emu::parameters(&k));

// ---- running

struct Launch {
    const Kernel* kernel;
    unsigned grid[3], block[3];
    size_t dynamic;  // bytes of dynamic shared memory
    bool cooperative;
};
// Runs a grid to its end; "" or a report of what went wrong.
std::string run(const Launch&, void** params);

// Ends the launch that runs now with a report; control returns to run().
[[noreturn]] void fail(const std::string& what);

extern uint64_t seed;  // 0: first come, first served; even: shuffled; odd: one warp as far ahead as it can

struct Copy {  // one cp.async in flight
    void* dst;
    const void* src;
    unsigned size, live;
    Copy(void* d, const void* s, unsigned n, unsigned l) : dst(d), src(s), size(n), live(l) {}
};
struct Copies {  // of one thread, in the order of their issue
    std::vector<Copy> issued;
    std::vector<size_t> groups;     // how many were issued at each commit
    size_t waited = 0, copied = 0;  // groups, and copies, that are done
    void clear() {
        issued.clear();
        groups.clear();
        waited = copied = 0;
    }
};
struct Cta;
struct Fiber {
    void* sp;   // while it waits
    int stack;  // -1 until it starts
    Cta* cta;
    unsigned thread, index[3];
    bool done;
    Site site;  // where it waits
    Copies copies;
};
struct Cell;
struct SharedArray {
    std::string name;
    char* base;
    size_t size;
    const void* key;
};
typedef char Slot[64];  // what a lane brings to a warp operation
struct Meeting {
    unsigned mask, arrived;
    Site site;
    int turn;           // lanes bring to slots[turn], and take from the other half what the last meeting left
    Slot slots[2][32];
    std::vector<Fiber*> waiting;
};
struct Cta {
    unsigned number, threads, exited;
    unsigned index[3];
    std::vector<Fiber*> waiting;  // at the barrier
    Site barrier;
    unsigned votes;   // of __syncthreads_or and its like
    unsigned result;  // of the last one
    unsigned epoch, warp_epoch[32];
    std::deque<Meeting> meeting[32];  // addresses stay
    char* shared;
    size_t shared_used;
    std::vector<SharedArray> arrays;
    Cell* cells;
};
extern Fiber* self;  // the fiber that runs, or null outside of kernels
extern unsigned phase;  // grows at each launch and each ordering between CTAs

extern "C" void emu_switch(void** save, void* to);
void free_stacks();                      // all of them
void take_stack(Fiber*, void (*entry)());
void give_stack(Fiber*);
void check_stack(const Fiber*);          // fails when it overflowed
bool on_stack(const void*);

void begin(const Launch&, uint64_t seed, void (*entry)());
void release(std::vector<Fiber*>& who);  // makes fibers ready, in the seed's order
void stop(Site);                         // leaves this fiber until it is released
void yield(Site);                        // lets the others go first
std::string schedule();                  // runs all ready fibers; a report, or ""
void leave();                            // ends this fiber; returns as another one, which starts on the same stack
bool in_flight(const Fiber*);            // has cp.async that nobody waited for

// ---- device memory

struct Block {
    char* base;
    size_t size;
    int device;
};
const Block* find(const void* p);  // the live allocation that holds p
const Block* near(const void* p);  // the one it belonged to, or just missed
uint64_t global_index(const void* p);
size_t global_words();

// ---- memory checks (no-ops in the fast build, except where a copy reads out of bounds)

enum Access { Read, Write, Atomic, Peek };  // Peek is an atomic load
extern bool checked;
extern const size_t shared_max;
void reset_cells(Cta*);
void check_access(const void* p, size_t n, Access, const void* pc);
void check_async(void* p, size_t n, bool pending, const void* pc);
bool in_shared(const void* p);
std::string source_line(const void* pc);
void shared_access(char* p, size_t n, Access, const void* pc);
void global_access(char* p, size_t n, Access, const void* pc);
[[noreturn]] void bad(const std::string& what, size_t n, Access, const void* pc);
}  // namespace emu
