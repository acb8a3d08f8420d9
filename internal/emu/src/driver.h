// driver.h: between the parts of the emulator that answer cu* calls. Numbers and types are those of the driver API.
#pragma once
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include "emu.h"

enum Result {
    Success = 0,
    InvalidValue = 1,
    OutOfMemory = 2,
    InvalidDevice = 101,
    InvalidImage = 200,
    NoBinaryForGpu = 209,
    InvalidPtx = 218,
    InvalidHandle = 400,
    IllegalState = 401,
    NotFound = 500,
    NotReady = 600,
    LaunchFailed = 719,
    CooperativeLaunchTooLarge = 720,
    NotSupported = 801,
    CaptureUnsupported = 900,
    CaptureInvalidated = 901,
    CaptureIsolation = 905,
    CaptureImplicit = 906,
    CaptureWrongThread = 908,
};
enum CaptureMode { capture_global, capture_thread_local, capture_relaxed };
typedef unsigned long long Address;

namespace emu {
extern std::recursive_mutex mutex;
extern Result sticky;             // a fault of a kernel stays until emuReset or the reset of the primary context
extern std::string last_report;   // what emuReport returns
Result error(Result, const std::string& report);  // returns its first argument, which cuGetErrorString then explains

int arch();            // 80: BRAID_EMU_ARCH
int devices();         // 1: BRAID_EMU_DEVICES
int current_device();  // of this thread's context
int multiprocessors(); // 4: BRAID_EMU_SMS
size_t total_memory(); // of each: BRAID_EMU_MEMORY MiB, or 8 GiB
const Block* live(Address, size_t bytes);
bool pinned(const void*);
void free_all(int device);

struct Function {
    const Kernel* kernel;
    int device = 0;
    unsigned max_threads = 1024;
    int registers = 32;
    size_t shared = 0;  // static
    size_t max_dynamic = 48 << 10;
};
struct Module {
    int device;
    std::map<std::string, Function> functions;
};
// Reads the names, the targets and the parameters of an image's kernels; compares them with the compiled sources.
Result load_image(const void* image, Module*);
int blocks_per_multiprocessor(const Function*, unsigned threads, size_t dynamic);

// Work waits in its stream until somebody asks for its end: as late as is legal.
typedef std::function<Result()> Work;
struct Event;
struct Item {
    Work work;
    Event* record = nullptr;
    Event* wait = nullptr;
    uint64_t wait_for = 0;
};
struct Stream {
    std::deque<Item> queue;
    uint64_t queued = 0, done = 0;  // items
    bool blocking = true;           // takes turns with the null stream
    bool capturing = false, broken = false;
    int mode = 0;                   // of the capture
    std::thread::id captor;         // the thread that began it
    std::vector<Work> captured;
};
struct Event {
    Stream* stream = nullptr;
    uint64_t at = 0;  // its item in the stream
    double ms = 0;
    bool timed = false;
};
Result submit(Stream*, Work);      // null: the legacy default stream
Result run_until(Stream*, uint64_t item);
Result finish(Stream*);
Result finish_all();
Result unsafe();                   // for calls that a capture forbids to its thread, or a global one to every thread: they break it
void forget_streams();
}  // namespace emu

#define LOCK std::lock_guard<std::recursive_mutex> lock(emu::mutex)
#define API extern "C" __attribute__((visibility("default"))) int
