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
const size_t StackSize = 64 << 10, Fibers = 64 << 10;  // 64 CTAs of 1024 threads
const uint64_t Canary = 0x5bd1e995b10c0de5;
char* stacks;
}  // namespace

char* stack_of(unsigned fiber) {
    if (!stacks)
        stacks = (char*)mmap(0, Fibers * StackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return stacks + (fiber + 1) * StackSize;
}

bool on_stack(const void* p) { return (size_t)((char*)p - stacks) < Fibers * StackSize; }

// The lowest word of a stack holds a canary: a guard page each would be too many mappings.
void prepare(Fiber* f, char* top, void (*entry)()) {
    memcpy(top - StackSize, &Canary, sizeof Canary);
    void** s = (void**)top;
    *--s = 0;
    *--s = (void*)entry;
    for (int i = 0; i < 6; i++) *--s = 0;  // the registers that the switch restores
    f->sp = s;
}

void check_stack(unsigned fiber) {
    uint64_t word;
    memcpy(&word, stack_of(fiber) - StackSize, sizeof word);
    if (word != Canary) fail("stack overflow: local arrays of a thread have more than 64 KB");
}
}  // namespace emu
