// Compiles one kernel source with NVRTC, NVIDIA's run-time compiler:
//
//	nvrtc LIBRARY                           prints the version
//	nvrtc LIBRARY NAME OPTION…  <source     writes PTX, or a cubin for --gpu-architecture=sm_*, to its standard output
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void *program;
static void *library;

static void *symbol(const char *name) {
    void *p = dlsym(library, name);
    if (p) return p;
    fprintf(stderr, "NVRTC has no %s\n", name);
    exit(2);
}
#define CALL(name, types, ...) ((int(*) types)symbol(#name))(__VA_ARGS__)

static char *source(void) {
    size_t n = 0, room = 1 << 20;
    char *s = malloc(room);
    for (size_t got; (got = fread(s + n, 1, room - n - 1, stdin)) > 0; n += got)
        if (n + got + 1 >= room) s = realloc(s, room *= 2);
    s[n] = 0;
    return s;
}

static int is_cubin(int argc, char **argv) {
    for (int i = 3; i < argc; i++)
        if (!strncmp(argv[i], "--gpu-architecture=sm_", 22)) return 1;
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 2 || !(library = dlopen(argv[1], RTLD_NOW))) {
        fprintf(stderr, "%s\n", argc < 2 ? "usage: nvrtc LIBRARY [NAME OPTION...]" : dlerror());
        return 2;
    }
    if (argc == 2) {
        int major, minor;
        CALL(nvrtcVersion, (int *, int *), &major, &minor);
        printf("%d.%d", major, minor);
        return 0;
    }
    program p;
    if (CALL(nvrtcCreateProgram, (program *, const char *, const char *, int, void *, void *), &p, source(), argv[2], 0, NULL, NULL)) return 2;
    const int failed = CALL(nvrtcCompileProgram, (program, int, char **), p, argc - 3, argv + 3);
    size_t n;
    if (failed) {
        CALL(nvrtcGetProgramLogSize, (program, size_t *), p, &n);
        char *log = calloc(1, n + 1);
        CALL(nvrtcGetProgramLog, (program, char *), p, log);
        fputs(log, stderr);
        return 1;
    }
    char *image;
    if (is_cubin(argc, argv)) {
        CALL(nvrtcGetCUBINSize, (program, size_t *), p, &n);
        CALL(nvrtcGetCUBIN, (program, char *), p, image = malloc(n));
    } else {
        CALL(nvrtcGetPTXSize, (program, size_t *), p, &n);
        CALL(nvrtcGetPTX, (program, char *), p, image = malloc(n));
        n--;  // the final zero byte
    }
    return fwrite(image, 1, n, stdout) != n;
}
