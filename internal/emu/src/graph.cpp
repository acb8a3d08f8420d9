// graph.cpp: capture of a stream, and replay. A captured stream runs nothing; a launch queues all that was recorded.
#include "driver.h"
using namespace emu;

struct Graph {
    std::vector<Work> work;
};

API cuStreamBeginCapture_v2(Stream* s, int mode) {
    LOCK;
    if (sticky) return sticky;
    if (!s) return CaptureUnsupported;
    if (s->capturing) return IllegalState;
    s->capturing = true;
    s->broken = false;
    s->mode = mode;
    s->captor = std::this_thread::get_id();
    s->captured.clear();
    return Success;
}
API cuStreamEndCapture(Stream* s, Graph** g) {
    LOCK;
    *g = nullptr;
    if (!s || !s->capturing) return IllegalState;
    if (s->mode != capture_relaxed && s->captor != std::this_thread::get_id()) return CaptureWrongThread;
    s->capturing = false;
    std::vector<Work> work = std::move(s->captured);
    s->captured.clear();
    if (s->broken) return CaptureInvalidated;
    *g = new Graph{std::move(work)};
    return Success;
}
API cuStreamIsCapturing(Stream* s, int* status) {
    LOCK;
    *status = !s || !s->capturing ? 0 : s->broken ? 2 : 1;
    return Success;
}
// Only counts: nodes have no handles here.
API cuGraphGetNodes(Graph* g, void** nodes, size_t* n) {
    LOCK;
    if (nodes) return NotSupported;
    *n = g->work.size();
    return Success;
}
API cuGraphInstantiateWithFlags(Graph** exec, Graph* g, unsigned long long) {
    LOCK;
    *exec = new Graph(*g);
    return Success;
}
API cuGraphInstantiate_v2(Graph** exec, Graph* g, void*, char*, size_t) { return cuGraphInstantiateWithFlags(exec, g, 0); }
API cuGraphUpload(Graph*, Stream*) { return Success; }
API cuGraphLaunch(Graph* exec, Stream* s) {
    LOCK;
    if (s && s->capturing) return CaptureUnsupported;
    for (auto& w : exec->work)
        if (auto e = submit(s, w)) return e;
    return Success;
}
API cuGraphExecDestroy(Graph* exec) {
    LOCK;
    delete exec;
    return Success;
}
API cuGraphDestroy(Graph* g) {
    LOCK;
    delete g;
    return Success;
}
