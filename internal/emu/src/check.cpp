// check.cpp: sees every load and store of a kernel. For the checked build g++ -fsanitize=thread plants a call before each
// access; instead of the ThreadSanitizer library, the functions below answer.
#include "emu.h"
#include <dlfcn.h>
#include <stdio.h>

extern char image_begin __asm__("__ehdr_start") __attribute__((visibility("hidden")));
extern char image_end __asm__("_end") __attribute__((visibility("hidden")));

namespace emu {
bool checked;

const void* here() { return __builtin_return_address(0); }

std::string source_line(const void* pc) {
    Dl_info d;
    if (!dladdr(pc, &d)) return "?";
    char command[1024], line[512] = "?";
    snprintf(command, sizeof command, "addr2line -s -e '%s' %#lx 2>/dev/null", d.dli_fname, (long)((char*)pc - (char*)d.dli_fbase - 1));
    if (FILE* f = popen(command, "r")) {
        if (fgets(line, sizeof line, f)) line[strcspn(line, " \n")] = 0;
        pclose(f);
    }
    return line;
}

void bad(const std::string& what, size_t n, Access kind, const void* pc) {
    const char* verb = kind == Read ? "read" : kind == Write ? "write" : kind == Peek ? "peek" : "atomic";
    fail(what + ": " + verb + " of " + std::to_string(n) + " bytes at " + source_line(pc));
}

void check_access(const void* addr, size_t n, Access kind, const void* pc) {
    char* p = (char*)addr;
    if (!checked || !self || on_stack(p)) return;
    if (p >= &image_begin && p < &image_end && kind == Read) return;  // threadIdx and constants
    if ((uintptr_t)p % n) bad("misaligned", n, kind, pc);
    if (in_shared(p)) return shared_access(p, n, kind, pc);
    const Block* b = find(p);
    if (b && p + n <= b->base + b->size) return global_access(p, n, kind, pc);
    b = near(p);
    bad(b ? "device memory out of bounds, byte " + std::to_string(p - b->base) + " of a buffer of " + std::to_string(b->size)
          : p ? "address in no device buffer" : "null address",
        n, kind, pc);
}
}  // namespace emu

// A pointer whose type asks for more alignment than it has: g++ may split the access, so the type is asked. The
// description of g++ -fsanitize=alignment starts with file, line and column.
struct Misaligned {
    const char* file;
    uint32_t line, column;
};
extern "C" void __ubsan_handle_type_mismatch_v1(Misaligned* at, void*) {
    if (emu::self) emu::fail("misaligned: access at " + emu::text({at->file, (int)at->line}));
}

#define PC __builtin_return_address(0)
#define ACCESS(prefix, n)                                                           \
    void __tsan_##prefix##read##n(void* p) { emu::check_access(p, n, emu::Read, PC); } \
    void __tsan_##prefix##write##n(void* p) { emu::check_access(p, n, emu::Write, PC); }
// An access that may be unaligned, and a range, are checked in words.
static void words(char* p, size_t n, emu::Access kind, const void* pc) {
    for (size_t i = 0; i < n;) {
        const size_t step = (uintptr_t)(p + i) % 4 || n - i < 4 ? 1 : 4;
        emu::check_access(p + i, step, kind, pc);
        i += step;
    }
}
#define UNALIGNED(n)                                                                   \
    void __tsan_unaligned_read##n(char* p) { words(p, n, emu::Read, PC); }             \
    void __tsan_unaligned_write##n(char* p) { words(p, n, emu::Write, PC); }
extern "C" {
void __tsan_init() { emu::checked = true; }
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}
ACCESS(, 1) ACCESS(, 2) ACCESS(, 4) ACCESS(, 8) ACCESS(, 16)
ACCESS(volatile_, 1) ACCESS(volatile_, 2) ACCESS(volatile_, 4) ACCESS(volatile_, 8) ACCESS(volatile_, 16)
UNALIGNED(2) UNALIGNED(4) UNALIGNED(8) UNALIGNED(16)
void __tsan_read_range(char* p, size_t n) { words(p, n, emu::Read, PC); }
void __tsan_write_range(char* p, size_t n) { words(p, n, emu::Write, PC); }
}
