// A program for the tests: opens the emulator as the driver and runs a script from its standard input, a call a line.
// A line that fails prints "line N: NAME: text"; print gives the floats of a buffer. All buffers are floats;
// with MOD element i is VALUE + 5i² modulo MOD.
//
//	load FILE            alloc NAME COUNT VALUE [MOD]   free NAME      print NAME COUNT    sync      reset SEED
//	launch KERNEL GRID BLOCK A B N                  cooperative (the same)  capture [MODE] | end | replay
//	elsewhere CALL...    does the call on another thread
#include <dlfcn.h>
#include <stdio.h>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

static void* lib;
template <class... A> int call(const char* name, A... a) {
    auto f = (int (*)(A...))dlsym(lib, name);
    if (!f) {
        printf("no %s\n", name);
        exit(2);
    }
    return f(a...);
}

int main(int, char** argv) {
    lib = dlopen(argv[1], RTLD_NOW);
    if (!lib) return printf("%s\n", dlerror()), 2;
    void *module = 0, *stream = 0, *graph = 0, *exec = 0;
    std::map<std::string, unsigned long long> buffers;
    call("cuInit", 0u);
    call("cuStreamCreate", &stream, 1u);
    std::string text;
    auto act = [&](int number, std::string verb, std::istringstream& line) {
        std::string name;
        int r = 0;
        if (verb == "load") {
            line >> name;
            std::ifstream file(name, std::ios::binary);
            const std::string image((std::istreambuf_iterator<char>(file)), {});
            r = call("cuModuleLoadData", &module, image.c_str());
        } else if (verb == "alloc") {
            size_t n;
            float value;
            line >> name >> n >> value;
            std::vector<float> v(n, value);
            if (int mod; line >> mod)  // small whole numbers from VALUE on
                for (size_t i = 0; i < n; i++) v[i] += float(i * i * 5 % mod);
            r = call("cuMemAlloc_v2", &buffers[name], 4 * n);
            if (!r) r = call("cuMemcpyHtoDAsync_v2", buffers[name], v.data(), 4 * n, stream);
        } else if (verb == "free") {
            line >> name;
            r = call("cuMemFree_v2", buffers[name]);
        } else if (verb == "print") {
            size_t n;
            line >> name >> n;
            std::vector<float> v(n);
            r = call("cuMemcpyDtoHAsync_v2", (void*)v.data(), buffers[name], 4 * n, stream);
            for (float f : v) printf("%g ", f);
            printf("\n");
        } else if (verb == "launch" || verb == "cooperative") {
            std::string a, b;
            unsigned grid, block;
            unsigned long long n;
            line >> name >> grid >> block >> a >> b >> n;
            void* f;
            r = call("cuModuleGetFunction", &f, module, name.c_str());
            unsigned long long pa = buffers.count(a) ? buffers[a] : strtoull(a.c_str(), 0, 0), pb = buffers[b];
            void* params[] = {&pa, &pb, &n};
            if (!r && verb == "launch") r = call("cuLaunchKernel", f, grid, 1u, 1u, block, 1u, 1u, 0u, stream, params, (void**)0);
            else if (!r) r = call("cuLaunchCooperativeKernel", f, grid, 1u, 1u, block, 1u, 1u, 0u, stream, params);
        } else if (verb == "capture") {
            int mode = 1;  // of the thread only
            line >> mode;
            r = call("cuStreamBeginCapture_v2", stream, line ? mode : 1);
        } else if (verb == "end") {
            r = call("cuStreamEndCapture", stream, &graph);
            if (!r) r = call("cuGraphInstantiateWithFlags", &exec, graph, 0ull);
        } else if (verb == "replay") {
            r = call("cuGraphLaunch", exec, stream);
        } else if (verb == "sync") {
            r = call("cuStreamSynchronize", stream);
        } else if (verb == "reset") {
            unsigned long long seed;
            line >> seed;
            r = call("emuReset", seed);
        }
        if (r) {
            const char *error = "?", *what = "?";
            call("cuGetErrorName", r, &error);
            call("cuGetErrorString", r, &what);
            printf("line %d: %s: %s\n", number, error, what);
        }
    };
    for (int number = 1; std::getline(std::cin, text); number++) {
        std::istringstream line(text);
        std::string verb;
        line >> verb;
        if (verb != "elsewhere") {
            act(number, verb, line);
        } else {
            line >> verb;
            std::thread([&] { act(number, verb, line); }).join();
        }
    }
}
