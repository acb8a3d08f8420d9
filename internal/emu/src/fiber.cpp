// fiber.cpp: stacks and the switch between them.
#include "emu.h"
#include <sys/mman.h>

#if defined(__x86_64__)
asm(R"(
.globl emu_switch
.hidden emu_switch
.type emu_switch,@function
emu_switch:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp,(%rdi)
    mov %rsi,%rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
)");
#else
#error "the emulator has no switch between fibers for this processor"
#endif

namespace emu {
namespace {
// An odd number of cache lines beyond 64 KB: the tops of all stacks would else share one set of each cache.
const size_t StackSize = (68 << 10) + 5 * 64, Fibers = 64 << 10;  // 64 CTAs of 1024 threads
const uint64_t Canary = 0x5bd1e995b10c0de5;
char* stacks;
std::vector<int> given_back;  // the last one is warm
int untouched;

char* bottom(int stack) { return stacks + stack * StackSize; }
}  // namespace

bool on_stack(const void* p) { return (size_t)((char*)p - stacks) < Fibers * StackSize; }

void free_stacks() {
    given_back.clear();
    untouched = 0;
}

// The lowest word of a stack holds a canary: a guard page each would be too many mappings.
void take_stack(Fiber* f, void (*entry)()) {
    if (!stacks)
        stacks = (char*)mmap(0, Fibers * StackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (given_back.empty()) {
        f->stack = untouched++;
    } else {
        f->stack = given_back.back();
        given_back.pop_back();
    }
    memcpy(bottom(f->stack), &Canary, sizeof Canary);
    void** s = (void**)bottom(f->stack + 1);
    *--s = 0;
    *--s = (void*)entry;
    for (int i = 0; i < 6; i++) *--s = 0;  // the registers that the switch restores
    f->sp = s;
}

void give_stack(Fiber* f) { given_back.push_back(f->stack); }

void check_stack(const Fiber* f) {
    uint64_t word;
    memcpy(&word, bottom(f->stack), sizeof word);
    if (word != Canary) fail("stack overflow: local arrays of a thread have more than 64 KB");
}
}  // namespace emu
