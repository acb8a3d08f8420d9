package data

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braidml/braid/tensor"
)

// synctest.Test fails if a goroutine is left when its function returns, so each of these is a test for leaks too.

func TestLeavingTheLoopEndsTheWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &Loader[counted]{Source: counter{n: 1000}, BatchSize: 4, Workers: 5}
		n := 0
		for range l.Batches(t.Context(), Cursor{}) {
			if n++; n == 3 {
				break
			}
		}
		for range l.Batches(t.Context(), Cursor{Batch: 250}) {
			t.Error("a batch after the last")
		}
	})
}

func TestNoGoroutineOutlivesTheLoop(t *testing.T) {
	before := runtime.NumGoroutine()
	l := &Loader[counted]{Source: counter{n: 100}, BatchSize: 4, Workers: 8}
	for range 50 {
		for range l.Batches(t.Context(), Cursor{}) {
			break
		}
	}
	// A goroutine that has said it is done still takes a moment to go.
	deadline := time.Now().Add(2 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines after the loops, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestEndOfContextEndsTheSequence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func([]int) error { time.Sleep(time.Second); return nil }
		ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
		defer cancel()
		l := &Loader[counted]{Source: counter{1000, slow}, BatchSize: 4, Workers: 1}
		good, start := 0, time.Now()
		var last error
		for _, err := range l.Batches(ctx, Cursor{}) {
			if last != nil {
				t.Fatal("something came after the error")
			}
			if last = err; err == nil {
				good++
			}
		}
		if good != 3 || !errors.Is(last, context.DeadlineExceeded) {
			t.Errorf("%d batches and %v, expected 3 and the context's error", good, last)
		}
		// The read that was under way is waited for, no other begins.
		if took := time.Since(start); took != 4*time.Second {
			t.Errorf("the loop took %v, expected 4s", took)
		}
		for _, err := range l.Batches(ctx, Cursor{}) {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v with a context that has ended", err)
			}
		}
	})
}

// Four workers that need a second a batch feed a loop that needs a quarter of one without letting it wait.
func TestWorkersReadAheadInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func([]int) error { time.Sleep(time.Second); return nil }
		l := &Loader[counted]{Source: counter{400, slow}, BatchSize: 10, Workers: 4}
		start := time.Now()
		for range l.Batches(t.Context(), Cursor{}) {
			time.Sleep(time.Second / 4)
		}
		// 40 batches by 4 workers are 10 s, and the last one is used for a quarter.
		if took := time.Since(start); took > 11*time.Second {
			t.Errorf("40 batches took %v, expected about 10s", took)
		}
	})
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	n := 64 * 200
	p := &Pairs{
		Images: tensor.ArrayOf(make([]uint8, 100*8*8*3), 100, 8, 8, 3), Rows: make([]int32, n),
		Texts: tensor.ArrayOf(make([]int32, n*9), n, 9), Labels: tensor.ArrayOf(make([]int32, n), n),
	}
	l := &Loader[Pair]{Source: p, BatchSize: 64, Workers: 3}
	mallocs := func(from int) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, err := range l.Batches(t.Context(), Cursor{Batch: from}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs
	}
	mallocs(0)
	short, long := mallocs(150), mallocs(0)
	// 150 batches more; the margin is for what the runtime does meanwhile.
	if long > short+40 {
		t.Errorf("50 batches allocate %d objects, 200 batches %d", short, long)
	}
}
