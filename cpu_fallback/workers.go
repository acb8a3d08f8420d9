package cpu

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"time"
)

// The pool hands work over in well under a microsecond, because operations of 20 µs are common and starting goroutines
// for them gains nothing. Workers spin for a moment before they park; jobs lie open in slots, and a worker that wakes
// up late joins whatever is open then. The caller works too, so nobody ever waits for a worker to wake up.

const (
	jobSlots   = 32                     // jobs open at once; a caller that finds none free works alone
	workerSpin = 100 * time.Microsecond // a training step's pause between two operations
	callerSpin = 1000                   // pauses before a caller parks; counted, because under testing/synctest time stands still
)

// job is one call of parallel. Its owner and the workers that joined it claim pieces from next.
type job struct {
	f       func(i int)
	n       int64
	next    atomic.Int64
	users   atomic.Int32 // workers inside
	waiting atomic.Bool  // the owner sleeps on done
	done    chan struct{}
	failure atomic.Pointer[failure]
	_       [64]byte // the next slot's counters are on another cache line
}

// failure is a panic on its way from a worker to the caller.
type failure struct{ value any }

var (
	jobs     [jobSlots]job
	taken    atomic.Uint32 // bit i: jobs[i] has an owner
	open     atomic.Uint32 // bit i: jobs[i] can be joined
	hired    atomic.Int32  // workers that exist or are about to
	sleeping atomic.Int32  // parked workers that nobody has promised a token of wake
	wake     = make(chan struct{}, 1<<16)
	hire     = make(chan int)
)

// init starts the goroutine that starts workers: one started by a caller would belong to the caller's synctest bubble.
func init() {
	for i := range jobs {
		jobs[i].done = make(chan struct{}, 1)
	}
	go func() {
		for n := range hire {
			for range n {
				go work()
			}
		}
	}()
}

// parallel calls f(0) … f(n-1), on all cores, and returns when all are done. Pieces must not depend on each other's
// order, and n must follow from the problem's size alone, never from the number of cores. f may call parallel.
// A panic in f surfaces here, after which some pieces may not have been called.
func parallel(n int, f func(i int)) {
	procs := 1
	if n > 1 {
		procs = runtime.GOMAXPROCS(0)
	}
	slot := -1
	if procs > 1 {
		slot = takeSlot()
	}
	if slot < 0 {
		for i := range n {
			f(i)
		}
		return
	}
	if h := hired.Load(); int(h) < procs-1 && hired.CompareAndSwap(h, int32(procs-1)) {
		hire <- procs - 1 - int(h)
	}
	j := &jobs[slot]
	j.f, j.n = f, int64(n)
	j.next.Store(0)
	open.Or(1 << slot)
	rouse(min(2, n-1, procs-1))
	defer j.finish(slot) // also when f panics here: workers may still be inside
	for i := j.next.Add(1) - 1; i < j.n; i = j.next.Add(1) - 1 {
		f(int(i))
	}
}

// takeSlot claims a job slot, -1 when all are in use.
func takeSlot() int {
	for {
		t := taken.Load()
		slot := bits.TrailingZeros32(^t)
		if slot >= jobSlots {
			return -1
		}
		if taken.CompareAndSwap(t, t|1<<slot) {
			return slot
		}
	}
}

// finish closes the job, waits for the workers inside, frees the slot and passes a worker's panic on.
func (j *job) finish(slot int) {
	j.next.Store(j.n) // after a panic: nobody begins another piece
	open.And(^uint32(1 << slot))
	for i := 0; j.users.Load() != 0; i++ {
		if i < callerSpin {
			pause()
			if i%64 == 63 {
				runtime.Gosched()
			}
			continue
		}
		j.waiting.Store(true)
		if j.users.Load() != 0 || !j.waiting.CompareAndSwap(true, false) {
			<-j.done
		}
	}
	failed := j.failure.Swap(nil)
	j.f = nil
	taken.And(^uint32(1 << slot))
	if failed != nil {
		panic(failed.value)
	}
}

// leave is the end of a worker's part of a job.
func (j *job) leave() {
	if j.users.Add(-1) == 0 && j.waiting.CompareAndSwap(true, false) {
		j.done <- struct{}{}
	}
}

// help claims pieces of j until none is left, and then closes the job. The worker has joined, so the slot is still j's.
func (j *job) help(slot int) {
	defer func() {
		if v := recover(); v != nil {
			j.next.Store(j.n)
			j.failure.CompareAndSwap(nil, &failure{v})
		}
	}()
	for i := j.next.Add(1) - 1; i < j.n; i = j.next.Add(1) - 1 {
		if i+1 < j.n {
			rouse(1) // one worker wakes the next, so that a caller does not wake sixty
		}
		j.f(int(i))
	}
	open.And(^uint32(1 << slot))
}

// join works on the open jobs and reports whether there were any.
func join() bool {
	found := false
	for set := open.Load(); set != 0; set &= set - 1 {
		slot := bits.TrailingZeros32(set)
		j := &jobs[slot]
		j.users.Add(1)
		// Open now means that the owner has not begun to wait, or will wait for this worker.
		if open.Load()&(1<<slot) != 0 {
			found = true
			j.help(slot)
		}
		j.leave()
	}
	return found
}

// work is the life of a worker.
func work() {
	for {
		idleSince := time.Now()
		for i := 1; ; i++ {
			if join() {
				idleSince, i = time.Now(), 0
				continue
			}
			pause()
			if i%64 == 0 {
				if time.Since(idleSince) > workerSpin || runtime.GOMAXPROCS(0) == 1 {
					break
				}
				runtime.Gosched() // spinning yields to whoever has work
			}
		}
		sleeping.Add(1)
		if open.Load() != 0 && unsleep() {
			continue // work came in between, and nobody has promised a token yet
		}
		<-wake
	}
}

// unsleep takes one worker off the count of sleepers, false when there is none.
func unsleep() bool {
	for {
		s := sleeping.Load()
		if s == 0 {
			return false
		}
		if sleeping.CompareAndSwap(s, s-1) {
			return true
		}
	}
}

// rouse wakes up to n parked workers.
func rouse(n int) {
	for ; n > 0 && unsleep(); n-- {
		wake <- struct{}{}
	}
}

// pieces is into how many pieces of about grain elements n elements are cut, and piece is the bounds of the i-th.
func pieces(n, grain int) int { return (n + grain - 1) / grain }

func piece(i, n, grain int) (from, to int) { return i * grain, min(n, (i+1)*grain) }
