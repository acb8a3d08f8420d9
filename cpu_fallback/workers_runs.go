package cpu

import (
	"runtime"
	"sync/atomic"
)

// counter is the next piece of a run, on a cache line of its own.
type counter struct {
	next atomic.Int64
	_    [56]byte
}

// parallelRuns is parallel for pieces that follow each other in memory. Each worker begins with a run of neighbours:
// the processor's prefetching follows it from piece to piece, where pieces in turn would make it begin anew with each.
// Who is done with his own run helps with the others'.
func parallelRuns(n int, f func(i int)) { inRuns(n, false, f) }

// parallelRunsBack is parallelRuns from the end of each run to its start: a second pass finds in the caches what the first
// one touched last.
func parallelRunsBack(n int, f func(i int)) { inRuns(n, true, f) }

func inRuns(n int, back bool, f func(i int)) {
	workers := runtime.GOMAXPROCS(0)
	if workers == 1 || n < 2*workers {
		parallel(n, f)
		return
	}
	runs := borrow[counter](workers)
	for r := range runs {
		runs[r].next.Store(int64(r * n / workers))
	}
	parallel(workers, func(own int) {
		for r := range runs {
			r = (own + r) % workers
			run, first, end := &runs[r].next, r*n/workers, (r+1)*n/workers
			for i := int(run.Add(1) - 1); i < end; i = int(run.Add(1) - 1) {
				if back {
					f(first + end - 1 - i)
				} else {
					f(i)
				}
			}
		}
	})
	giveBack(runs)
}
