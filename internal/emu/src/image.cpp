// image.cpp: what a module image says of its kernels. The code in it is not run: the kernels of the same names, compiled
// from the same sources for this processor, are. So names and parameters are compared.
#include <elf.h>
#include <stdlib.h>
#include <algorithm>
#include "driver.h"

namespace emu {
namespace {
std::string list(const std::vector<size_t>& sizes) {
    std::string s;
    for (size_t n : sizes) s += (s.empty() ? "" : ",") + std::to_string(n);
    return s;
}

std::string wrong_target(int sm) {
    return "the image is for sm_" + std::to_string(sm) + ", this device is sm_" + std::to_string(arch());
}

Result add(Module* m, const std::string& name, const std::vector<size_t>& sizes, Function f) {
    auto k = registry().find(name);
    if (k == registry().end()) {
        return error(InvalidImage, "stale image: it has kernel " + name + ", the emulator was built without");
    }
    std::vector<size_t> ours;
    for (auto& p : k->second.params) ours.push_back(p.size);
    if (ours != sizes)
        return error(InvalidImage, "stale image: the parameters of " + name + " have " + list(sizes) + " bytes in the image and " +
                                       list(ours) + " in the source");
    f.kernel = &k->second;
    f.device = m->device;
    m->functions[name] = f;
    return Success;
}

// ---- PTX

size_t number_at(const char* s) {
    while (*s && !(*s >= '0' && *s <= '9')) s++;
    return strtoull(s, nullptr, 10);
}

Result load_ptx(const char* s, Module* m) {
    const char* target = strstr(s, ".target sm_");
    if (!target) return InvalidPtx;
    const int sm = atoi(target + 11);
    const char suffix = target[11 + std::to_string(sm).size()];
    const bool exact = suffix == 'a' || suffix == 'f';
    if (exact ? sm != arch() : sm > arch()) return error(InvalidPtx, wrong_target(sm));
    for (const char* e = s; (e = strstr(e, ".entry "));) {
        e += 7;
        const std::string name(e, strcspn(e, "( \n"));
        const char* body = strchr(e, '{');
        if (!body) return InvalidPtx;
        std::vector<size_t> sizes;
        for (const char* p = e; (p = strstr(p, ".param .")) && p < body;) {
            p += 8;
            sizes.push_back(*p == 'a' ? number_at(strchr(p, '[')) : number_at(p) / 8);  // .align N .b8 x[bytes], or .u64
        }
        Function f;
        const char* bound = strstr(e, ".maxntid ");
        if (bound && bound < body) f.max_threads = number_at(bound);
        if (Result r = add(m, name, sizes, f)) return r;
    }
    return Success;
}

// ---- cubins

const unsigned char ParameterInfo = 0x17, MaxThreads = 0x05, Word = 4;  // attributes of .nv.info.<kernel>

// One attribute is: format, number, and either a 16-bit value or the length of what follows.
void read_info(const char* p, const char* end, std::vector<size_t>* sizes, Function* f) {
    while (p + 4 <= end) {
        const unsigned char format = p[0], attribute = p[1];
        uint16_t length;
        memcpy(&length, p + 2, 2);
        p += 4;
        if (format != Word) continue;
        if (attribute == ParameterInfo) {  // index, ordinal and offset, flags with the size from bit 18 on
            uint16_t ordinal;
            uint32_t flags;
            memcpy(&ordinal, p + 4, 2);
            memcpy(&flags, p + 8, 4);
            if (sizes->size() <= ordinal) sizes->resize(ordinal + 1);
            (*sizes)[ordinal] = flags >> 18;
        }
        if (attribute == MaxThreads) {
            uint32_t n[3];
            memcpy(n, p, 12);
            f->max_threads = n[0] * n[1] * n[2];
        }
        p += length;
    }
}

Result load_cubin(const char* s, Module* m) {
    auto* h = (const Elf64_Ehdr*)s;
    const int sm = h->e_flags & 0xff, cuda = 190;
    if (h->e_machine != cuda || sm / 10 != arch() / 10 || sm > arch()) return error(NoBinaryForGpu, wrong_target(sm));
    auto* sections = (const Elf64_Shdr*)(s + h->e_shoff);
    const char* names = s + sections[h->e_shstrndx].sh_offset;
    std::map<std::string, const Elf64_Shdr*> by_name;
    for (int i = 0; i < h->e_shnum; i++) by_name[names + sections[i].sh_name] = &sections[i];
    for (auto& entry : by_name) {
        if (entry.first.compare(0, 6, ".text.")) continue;
        const std::string name = entry.first.substr(6);
        Function f;
        f.registers = entry.second->sh_info >> 24;
        std::vector<size_t> sizes;
        if (auto* info = by_name[".nv.info." + name]) read_info(s + info->sh_offset, s + info->sh_offset + info->sh_size, &sizes, &f);
        if (auto* shared = by_name[".nv.shared." + name]) f.shared = shared->sh_size;
        if (Result r = add(m, name, sizes, f)) return r;
    }
    return Success;
}
}  // namespace

Result load_image(const void* image, Module* m) {
    const char* s = (const char*)image;
    return memcmp(s, ELFMAG, SELFMAG) ? load_ptx(s, m) : load_cubin(s, m);
}
}  // namespace emu
