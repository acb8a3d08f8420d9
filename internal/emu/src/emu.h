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
inline bool operator==(Site a, Site b) { return a.line == b.line && !strcmp(a.file, b.file); }
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
};
struct Cta;
struct Fiber {
    void* sp;
    Cta* cta;
    unsigned thread;
    bool done;
    Site site;  // where it waits
    std::vector<std::vector<Copy>> groups;
    std::vector<Copy> open;
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
    Slot in[32], out[32];
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

void prepare(Fiber*, char* stack_top, void (*entry)());
extern "C" void emu_switch(void** save, void* to);
char* stack_of(unsigned fiber);          // its top
bool on_stack(const void*);
void check_stack(unsigned fiber);        // fails when it overflowed

void begin(const Launch&, uint64_t seed);
void release(std::vector<Fiber*>& who);  // makes fibers ready, in the seed's order
void stop(Site);                         // leaves this fiber until it is released
void yield(Site);                        // lets the others go first
std::string schedule();                  // runs all ready fibers; a report, or ""
[[noreturn]] void leave();               // ends this fiber
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
