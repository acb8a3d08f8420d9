// stream.cpp: streams and events. Work is done when somebody asks for its end, so a missing wait shows as old data.
#include <time.h>
#include <algorithm>
#include <set>
#include "driver.h"

namespace emu {
namespace {
std::set<Stream*> streams;
Stream null_stream;

double now() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

void run_one(Stream* s) {
    Item i = std::move(s->queue.front());
    s->queue.pop_front();
    s->done++;
    if (i.wait && i.wait->stream && i.wait->stream != s) run_until(i.wait->stream, i.wait_for);
    if (i.record) i.record->ms = now();
    if (i.work && !sticky) i.work();
}

Stream* real(Stream* s) { return s ? s : &null_stream; }
}  // namespace

Result run_until(Stream* s, uint64_t item) {
    while (s->done < item && !s->queue.empty()) run_one(s);
    return sticky;
}

Result finish(Stream* s) { return run_until(real(s), real(s)->queued); }

Result finish_all() {
    for (Stream* s : streams) finish(s);
    return finish(nullptr);
}

Result push(Stream* s, Item i) {
    s->queue.push_back(std::move(i));
    s->queued++;
    return Success;
}

Result submit(Stream* s, Work w) {
    if (sticky) return sticky;
    if (s && s->capturing) {
        s->captured.push_back(std::move(w));
        return Success;
    }
    if (s) {
        if (s->blocking) finish(nullptr);
        return push(s, {std::move(w)});
    }
    // The null stream comes after all blocking streams, and they after it.
    for (Stream* other : streams) {
        if (other->blocking && other->capturing) {
            other->broken = true;
            return CaptureImplicit;
        }
        if (other->blocking) finish(other);
    }
    push(&null_stream, {std::move(w)});
    return finish(nullptr);
}

Result unsafe() {
    for (Stream* s : streams)
        if (s->capturing && (s->mode == capture_global || (s->mode == capture_thread_local && s->captor == std::this_thread::get_id()))) {
            s->broken = true;
            return error(CaptureUnsupported, "allocation, release or synchronisation while a stream is captured");
        }
    return sticky;
}

void forget_streams() {
    for (Stream* s : streams) {
        s->queue.clear();
        s->captured.clear();
        s->done = s->queued;
        s->capturing = s->broken = false;
    }
    null_stream.queue.clear();
    null_stream.done = null_stream.queued;
}
}  // namespace emu
using namespace emu;

API cuStreamCreate(Stream** s, unsigned flags) {
    LOCK;
    *s = new Stream;
    (*s)->blocking = !(flags & 1);
    streams.insert(*s);
    return Success;
}
API cuStreamCreateWithPriority(Stream** s, unsigned flags, int) { return cuStreamCreate(s, flags); }
API cuStreamDestroy_v2(Stream* s) {
    LOCK;
    if (!streams.count(s)) return InvalidHandle;
    finish(s);
    streams.erase(s);
    delete s;
    return Success;
}
API cuStreamSynchronize(Stream* s) {
    LOCK;
    if (s && s->capturing) {
        s->broken = true;
        return CaptureUnsupported;
    }
    if (!s)
        for (Stream* other : streams)
            if (other->blocking) finish(other);
    return finish(s);
}
// A poll lets one piece of work be done, so a loop of polls ends.
API cuStreamQuery(Stream* s) {
    LOCK;
    s = real(s);
    if (s->capturing) return CaptureUnsupported;
    if (!s->queue.empty()) run_one(s);
    return sticky ? sticky : s->queue.empty() ? Success : NotReady;
}
API cuCtxSynchronize() {
    LOCK;
    if (auto e = unsafe()) return e;
    return finish_all();
}

API cuEventCreate(Event** e, unsigned flags) {
    LOCK;
    *e = new Event;
    (*e)->timed = !(flags & 2);
    return Success;
}
// A queue may still name the event, so it is kept.
API cuEventDestroy_v2(Event*) { return Success; }
API cuEventRecord(Event* e, Stream* s) {
    LOCK;
    if (s && s->capturing) return CaptureUnsupported;
    if (sticky) return sticky;
    Item i;
    i.record = e;
    e->stream = real(s);
    push(e->stream, i);
    e->at = e->stream->queued;
    return Success;
}
API cuEventSynchronize(Event* e) {
    LOCK;
    return e->stream ? run_until(e->stream, e->at) : Success;
}
API cuEventQuery(Event* e) {
    LOCK;
    if (!e->stream) return Success;
    if (e->stream->done < e->at && !e->stream->queue.empty()) run_one(e->stream);
    return sticky ? sticky : e->stream->done < e->at ? NotReady : Success;
}
API cuStreamWaitEvent(Stream* s, Event* e, unsigned) {
    LOCK;
    s = real(s);
    if (s->capturing) return CaptureIsolation;
    if (!e->stream) return Success;
    Item i;
    i.wait = e;
    i.wait_for = e->at;
    return push(s, i);
}
API cuEventElapsedTime(float* ms, Event* a, Event* b) {
    LOCK;
    if (!a->timed || !b->timed || !a->stream || !b->stream) return InvalidHandle;
    if (a->stream->done < a->at || b->stream->done < b->at) return NotReady;
    *ms = float(b->ms - a->ms);
    return Success;
}
