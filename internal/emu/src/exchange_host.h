// exchange_host.h: the second bodies of kernels/exchange.cuh. A peek orders nothing: only the word itself has arrived.
#pragma once

namespace emu {
void together(Site);  // fails in a launch whose blocks do not run at once

EMU_PLAIN inline u32 peek(const u32* p, const void* pc) {
    check_access((void*)p, 4, Peek, pc);
    return *p;
}
EMU_PLAIN inline void publish(u32* p, u32 v, Site site, const void* pc) {
    check_access(p, 4, Atomic, pc);
    if (*p != ptx::unset) fail("a word is published at " + text(site) + " that was so already, or was not cleared before");
    *p = v;
}
}  // namespace emu

namespace ptx {
// A thread that finds nothing lets the others run.
EMU_PTX float peek(const float* p, EMU_AT) {
    emu::together({file, line});
    const u32 v = emu::peek((const u32*)p, emu::here());
    if (v == unset) emu::spin({file, line});
    return __uint_as_float(v);
}
EMU_PTX void publish(float* p, float v, EMU_AT) { emu::publish((u32*)p, __float_as_uint(settled(v)), {file, line}, emu::here()); }
}  // namespace ptx
