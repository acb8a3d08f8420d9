package cpu

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// withProcs sets GOMAXPROCS for one test.
func withProcs(t *testing.T, n int) {
	old := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(old) })
}

// everyOnce checks that each piece is called once, and that all are done when share returns.
func everyOnce(share func(n int, f func(i int)), n int) error {
	calls := make([]int32, n)
	share(n, func(i int) { calls[i]++ })
	for i, c := range calls {
		if c != 1 {
			return fmt.Errorf("piece %d of %d was called %d times", i, n, c)
		}
	}
	return nil
}

func TestParallelCallsEachPieceOnce(t *testing.T) {
	for _, procs := range []int{1, 2, 5} {
		withProcs(t, procs)
		for _, n := range []int{0, 1, 2, 3, 17, 1000} {
			if err := errors.Join(everyOnce(parallel, n), everyOnce(parallelRuns, n), everyOnce(parallelRunsBack, n)); err != nil {
				t.Errorf("%d procs: %v", procs, err)
			}
		}
	}
}

func TestParallelNestedAndConcurrent(t *testing.T) {
	withProcs(t, 4)
	var callers sync.WaitGroup
	for range 2 * jobSlots { // more callers than slots: some work alone
		callers.Go(func() {
			for range 20 {
				var sum atomic.Int64
				parallel(5, func(i int) {
					parallel(7, func(j int) { sum.Add(int64(10*i + j)) })
				})
				if got := sum.Load(); got != 7*100+5*21 {
					t.Errorf("nested sum %d", got)
				}
			}
		})
	}
	callers.Wait()
}

// meet runs two pieces that wait for each other, which needs two cores at work.
func meet() error {
	var here sync.WaitGroup
	here.Add(2)
	var late atomic.Bool
	parallel(2, func(int) {
		here.Done()
		met := make(chan struct{})
		go func() { here.Wait(); close(met) }()
		select {
		case <-met:
		case <-time.After(20 * time.Second):
			late.Store(true)
			here.Done() // lets the goroutine go
		}
	})
	if late.Load() {
		return fmt.Errorf("the second piece did not start while the first one ran")
	}
	return nil
}

// TestParallelLateWorkers: a worker that a tiny job has woken must join the long one that follows.
func TestParallelLateWorkers(t *testing.T) {
	withProcs(t, 2)
	for range 20 {
		time.Sleep(2 * time.Millisecond) // workers park
		parallel(2, func(int) {})
		if err := meet(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParallelPanicSurfaces(t *testing.T) {
	withProcs(t, 3)
	for bad := range 8 {
		func() {
			defer func() {
				if v := recover(); v != any("piece failed") {
					t.Errorf("recovered %v", v)
				}
			}()
			parallel(8, func(i int) {
				if i == bad {
					panic("piece failed")
				}
			})
			t.Error("no panic")
		}()
		if err := everyOnce(parallel, 50); err != nil {
			t.Fatalf("after a panic: %v", err)
		}
	}
	if taken.Load() != 0 || open.Load() != 0 {
		t.Errorf("slots left behind: taken %b, open %b", taken.Load(), open.Load())
	}
}

func TestParallelKeepsItsWorkers(t *testing.T) {
	withProcs(t, 4)
	parallel(100, func(int) { time.Sleep(time.Microsecond) })
	time.Sleep(time.Millisecond)
	before := runtime.NumGoroutine()
	for range 200 {
		parallel(10, func(int) {})
	}
	time.Sleep(time.Millisecond)
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines became %d", before, after)
	}
}

// TestParallelInBubble: in a synctest bubble time stands still and goroutines must end; the pool's do not belong to it.
func TestParallelInBubble(t *testing.T) {
	withProcs(t, int(hired.Load())+3) // hires workers inside
	synctest.Test(t, func(t *testing.T) {
		for range 50 {
			if err := everyOnce(parallel, 20); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestParallelAllocates(t *testing.T) {
	withProcs(t, 2)
	var total atomic.Int64
	f := func(i int) { total.Add(int64(i)) }
	if n := testing.AllocsPerRun(100, func() { parallel(10, f) }); n > 0.5 {
		t.Errorf("%v allocations a call", n)
	}
}

// BenchmarkParallel hands over two pieces of about 20 µs. The speed-up of two cores over one is a metric, not a test.
func BenchmarkParallel(b *testing.B) {
	work := func(int) {
		x := uint64(1)
		for range 15000 {
			x = x*x + 3
		}
		runtime.KeepAlive(x)
	}
	alone := time.Duration(1 << 62)
	for range 20 {
		start := time.Now()
		work(0)
		work(1)
		alone = min(alone, time.Since(start))
	}
	for b.Loop() {
		parallel(2, work)
	}
	b.ReportMetric(float64(alone)*float64(b.N)/float64(b.Elapsed()), "speed-up")
}
