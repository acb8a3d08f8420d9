// memory.cpp: device and pinned memory. Device memory starts as NaN, ends at a page that faults, and is never used
// again, so that a stale address is an error.
#include "driver.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <algorithm>
#include <set>

namespace emu {
namespace {
const size_t Page = 4096, Region = 256ull << 30, Alignment = 256;
char* region;
const int MaxDevices = 16;
size_t used, live_bytes[MaxDevices], peak_bytes, calls;
int32_t* page_owner;  // number of the allocation + 1
std::vector<Block> blocks;
std::vector<bool> alive;
std::map<char*, size_t> pins;

void reserve() {
    region = (char*)mmap(0, Region, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    page_owner = (int32_t*)mmap(0, Region / Page * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

void release_block(size_t i) {
    const Block& b = blocks[i];
    alive[i] = false;
    live_bytes[b.device] -= b.size;
    char* page = (char*)((uintptr_t)b.base / Page * Page);
    const size_t n = (b.base + b.size - page + Page - 1) / Page * Page;
    mmap(page, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
}
}  // namespace

size_t total_memory() {
    const char* mb = getenv("BRAID_EMU_MEMORY");
    return mb ? strtoull(mb, nullptr, 10) << 20 : 8ull << 30;
}

size_t global_words() { return Region / 4; }
uint64_t global_index(const void* p) { return (size_t)((char*)p - region) / 4; }

const Block* find(const void* p) {
    const size_t off = (char*)p - region;
    if (!region || off >= used) return nullptr;
    const int i = page_owner[off / Page] - 1;
    if (i < 0 || !alive[i]) return nullptr;
    const Block& b = blocks[i];
    return (char*)p >= b.base && (char*)p < b.base + b.size ? &b : nullptr;
}

const Block* near(const void* p) {
    const size_t off = (char*)p - region;
    if (!region || off >= used) return nullptr;
    int i = page_owner[off / Page];
    if (!i && off >= Page) i = page_owner[off / Page - 1];  // in the guard page
    return i ? &blocks[i - 1] : nullptr;
}

const Block* live(Address p, size_t n) {
    const Block* b = find((void*)p);
    return b && (char*)p + n <= b->base + b->size ? b : nullptr;
}

bool pinned(const void* p) {
    auto i = pins.upper_bound((char*)p);
    return i != pins.begin() && (--i, (char*)p < i->first + i->second);
}

void free_all(int device) {
    for (size_t i = 0; i < blocks.size(); i++)
        if (alive[i] && blocks[i].device == device) release_block(i);
}
}  // namespace emu
using namespace emu;

API cuMemAlloc_v2(Address* out, size_t n) {
    LOCK;
    if (auto e = unsafe()) return e;
    if (!n) return InvalidValue;
    if (!region) reserve();
    const size_t size = (n + Page - 1) / Page * Page;
    size_t& bytes = live_bytes[current_device()];
    if (bytes + n > total_memory() || used + size + Page > Region) return OutOfMemory;
    char* page = region + used;
    if (mprotect(page, size, PROT_READ | PROT_WRITE)) return OutOfMemory;
    char* base = page + size - (n + Alignment - 1) / Alignment * Alignment;
    memset(base, 0xff, n);
    blocks.push_back({base, n, current_device()});
    alive.push_back(true);
    for (size_t i = 0; i < size / Page; i++) page_owner[used / Page + i] = (int32_t)blocks.size();
    used += size + Page;
    calls++;
    bytes += n;
    peak_bytes = std::max(peak_bytes, bytes);
    *out = (Address)base;
    return Success;
}
API cuMemFree_v2(Address p) {
    LOCK;
    if (auto e = unsafe()) return e;
    if (!p) return Success;
    const Block* b = find((void*)p);
    if (!b || (Address)b->base != p) return InvalidValue;
    finish_all();
    release_block(b - &blocks[0]);
    return sticky;
}
API cuMemGetInfo_v2(size_t* free, size_t* total) {
    LOCK;
    *total = total_memory();
    *free = *total - std::min(*total, live_bytes[current_device()]);
    return Success;
}
API cuMemGetAddressRange_v2(Address* base, size_t* size, Address p) {
    LOCK;
    const Block* b = find((void*)p);
    if (!b) return NotFound;
    if (base) *base = (Address)b->base;
    if (size) *size = b->size;
    return Success;
}

API cuMemHostAlloc(void** p, size_t n, unsigned) {
    LOCK;
    if (auto e = unsafe()) return e;
    *p = aligned_alloc(Page, (n + Page - 1) / Page * Page);
    if (!*p) return OutOfMemory;
    memset(*p, 0xff, n);
    pins[(char*)*p] = n;
    return Success;
}
API cuMemAllocHost_v2(void** p, size_t n) { return cuMemHostAlloc(p, n, 0); }
API cuMemFreeHost(void* p) {
    LOCK;
    if (auto e = unsafe()) return e;
    if (!pins.erase((char*)p)) return InvalidValue;
    finish_all();
    free(p);
    return Success;
}

// ---- copies. Pinned memory is read and written when the stream gets there; other memory of the host when the call is made.

API cuMemcpyHtoDAsync_v2(Address d, const void* s, size_t n, Stream* st) {
    LOCK;
    if (!n) return Success;
    if (!live(d, n)) return InvalidValue;
    if (pinned(s) || (st && st->capturing)) return submit(st, [=] { return memcpy((void*)d, s, n), Success; });
    std::string staged((const char*)s, n);
    return submit(st, [=] { return memcpy((void*)d, staged.data(), n), Success; });
}
API cuMemcpyDtoHAsync_v2(void* d, Address s, size_t n, Stream* st) {
    LOCK;
    if (!n) return Success;
    if (!live(s, n)) return InvalidValue;
    if (auto e = submit(st, [=] { return memcpy(d, (void*)s, n), Success; })) return e;
    return pinned(d) || (st && st->capturing) ? Success : finish(st);
}
API cuMemcpyDtoDAsync_v2(Address d, Address s, size_t n, Stream* st) {
    LOCK;
    if (!n) return Success;
    if (!live(s, n) || !live(d, n)) return InvalidValue;
    return submit(st, [=] { return memmove((void*)d, (void*)s, n), Success; });
}
API cuMemcpyAsync(Address d, Address s, size_t n, Stream* st) {
    LOCK;
    const bool to = find((void*)d), from = find((void*)s);
    if (to && from) return cuMemcpyDtoDAsync_v2(d, s, n, st);
    return to ? cuMemcpyHtoDAsync_v2(d, (void*)s, n, st) : cuMemcpyDtoHAsync_v2((void*)d, s, n, st);
}
API cuMemcpyHtoD_v2(Address d, const void* s, size_t n) {
    LOCK;
    if (auto e = unsafe()) return e;
    return cuMemcpyHtoDAsync_v2(d, s, n, nullptr);
}
API cuMemcpyDtoH_v2(void* d, Address s, size_t n) {
    LOCK;
    if (auto e = unsafe()) return e;
    return cuMemcpyDtoHAsync_v2(d, s, n, nullptr);
}
API cuMemcpyDtoD_v2(Address d, Address s, size_t n) {
    LOCK;
    if (auto e = unsafe()) return e;
    return cuMemcpyDtoDAsync_v2(d, s, n, nullptr);
}
API cuMemcpy(Address d, Address s, size_t n) {
    LOCK;
    if (auto e = unsafe()) return e;
    return cuMemcpyAsync(d, s, n, nullptr);
}

template <class T> static int fill(Address d, T v, size_t n, Stream* st) {
    LOCK;
    if (!n) return Success;
    if (d % sizeof(T) || !live(d, n * sizeof(T))) return InvalidValue;
    return submit(st, [=] { return std::fill_n((T*)d, n, v), Success; });
}
API cuMemsetD8Async(Address d, unsigned char v, size_t n, Stream* st) { return fill(d, v, n, st); }
API cuMemsetD16Async(Address d, unsigned short v, size_t n, Stream* st) { return fill(d, v, n, st); }
API cuMemsetD32Async(Address d, unsigned v, size_t n, Stream* st) { return fill(d, v, n, st); }
API cuMemsetD8_v2(Address d, unsigned char v, size_t n) { return fill(d, v, n, nullptr); }
API cuMemsetD16_v2(Address d, unsigned short v, size_t n) { return fill(d, v, n, nullptr); }
API cuMemsetD32_v2(Address d, unsigned v, size_t n) { return fill(d, v, n, nullptr); }

// For tests: allocations so far; bytes now on this device, and at most on any.
API emuMemory(size_t* allocations, size_t* now, size_t* peak) {
    LOCK;
    *allocations = calls;
    *now = live_bytes[current_device()];
    *peak = peak_bytes;
    return Success;
}
