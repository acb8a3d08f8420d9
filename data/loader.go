package data

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/braidml/braid/tensor"
)

// Loader makes batches of a Source, ahead of time and in parallel. It has no state: what it yields depends only on its
// fields and the Cursor, so to resume is to start at a cursor. One loader may serve several loops at once.
type Loader[B any] struct {
	Source    Source[B]
	BatchSize int // rows of a batch, over all ranks; 0: 32
	Shuffle   bool
	Seed      uint64
	DropLast  bool    // leave out the last, smaller batch
	Sampler   Sampler // nil: every row once
	Workers   int     // goroutines that read; 0: GOMAXPROCS-1, at least 1
	Rank, Of  int     // share Rank of Of of every batch, for data parallelism (of a small last one it may be empty); Of 0: 1
}

// Cursor is a place in the sequence of batches.
type Cursor struct{ Epoch, Batch int }

// slot is a batch in the making. Slots are used again in turn, so an epoch needs no more memory than there are slots.
type slot[B any] struct {
	batch  B
	rows   []int
	err    error
	thrown any
	ready  chan struct{}
}

// Batches yields the batches of epoch from.Epoch, starting with number from.Batch. A batch belongs to the loader and is
// valid until the next one is asked for. A loop of one's own over epochs passes Cursor{Epoch: epoch}: the order of an
// epoch depends on its number. Leaving the loop, or ctx, stops the workers; they have ended when the loop has.
//
// The first error of Source ends the sequence, in its place: all batches before it are yielded. So do an end of ctx,
// a source without rows and a cursor outside the epoch (one just behind it is an empty sequence).
// A panic in Read arrives at the loop.
func (l *Loader[B]) Batches(ctx context.Context, from Cursor) iter.Seq2[B, error] {
	l.validate()
	return func(yield func(B, error) bool) {
		var none B
		rows, first, last, err := l.plan(ctx, from)
		if err != nil {
			yield(none, err)
			return
		}
		r := l.start(ctx, from.Epoch, last-first)
		defer r.stop()
		for i := first; i < min(first+len(r.slots), last); i++ {
			r.ask(i, l.share(rows, i))
		}
		for i := first; i < last; i++ {
			s, err := r.take(i)
			if err != nil {
				yield(none, err)
				return
			}
			if !yield(s.batch, nil) {
				return
			}
			if next := i + len(r.slots); next < last {
				r.ask(next, l.share(rows, next))
			}
		}
	}
}

// plan is the epoch's rows and the range of batches to make.
func (l *Loader[B]) plan(ctx context.Context, from Cursor) (rows []int, first, last int, err error) {
	if err = ctx.Err(); err != nil {
		return nil, 0, 0, err
	}
	if err = check(l.Source); err != nil {
		return nil, 0, 0, err
	}
	if rows, err = l.order(from.Epoch); err != nil {
		return nil, 0, 0, err
	}
	last = l.batches(len(rows))
	if from.Epoch < 0 || from.Batch < 0 || from.Batch > last {
		err = fmt.Errorf("data: Loader: the cursor is at epoch %d, batch %d, expected a batch from 0 to %d", from.Epoch, from.Batch, last)
	}
	return rows, from.Batch, last, err
}

// reader is a running Batches.
type reader[B any] struct {
	ctx   context.Context
	end   context.CancelFunc
	slots []slot[B]
	jobs  chan *slot[B] // holds all slots, so that asking never waits
	wg    sync.WaitGroup
}

func (l *Loader[B]) start(ctx context.Context, epoch, batches int) *reader[B] {
	workers := l.Workers
	if workers == 0 {
		workers = max(runtime.GOMAXPROCS(0)-1, 1)
	}
	workers = min(workers, batches)
	// One batch is with the caller, one waits, and each worker makes one.
	r := &reader[B]{slots: make([]slot[B], min(workers+2, max(batches, 1)))}
	r.ctx, r.end = context.WithCancel(ctx)
	r.jobs = make(chan *slot[B], len(r.slots))
	for i := range r.slots {
		r.slots[i].ready = make(chan struct{}, 1)
	}
	for range workers {
		r.wg.Go(func() {
			rng := NewRowRand(l.Seed, epoch)
			for s := range r.jobs {
				s.read(r.ctx, l.Source, rng)
			}
		})
	}
	return r
}

// ask gives batch i to the workers.
func (r *reader[B]) ask(i int, rows []int) {
	s := &r.slots[i%len(r.slots)]
	s.rows = rows
	r.jobs <- s
}

// take waits for batch i.
func (r *reader[B]) take(i int) (*slot[B], error) {
	s := &r.slots[i%len(r.slots)]
	select {
	case <-s.ready:
	case <-r.ctx.Done():
	}
	// Said before anything else, so that the end of ctx is seen at the same place whatever is ready.
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	if s.thrown != nil {
		panic(s.thrown)
	}
	return s, s.err
}

// stop ends the workers and waits for them.
func (r *reader[B]) stop() {
	r.end()
	close(r.jobs)
	r.wg.Wait()
}

var errUnfinished = errors.New("data: Loader: Read ended its goroutine")

// read fills the batch. What Read throws is kept for the loop's goroutine, where someone may catch it.
func (s *slot[B]) read(ctx context.Context, source Source[B], rng *RowRand) {
	s.err = errUnfinished
	defer func() {
		if r := recover(); r != nil {
			s.thrown = r
			if _, ok := r.(*tensor.Error); !ok { // our own errors say enough, others need their trace
				s.thrown = fmt.Sprintf("data: Loader: Read panicked: %v\n%s", r, debug.Stack())
			}
		}
		s.ready <- struct{}{}
	}()
	err := ctx.Err()
	if err == nil {
		err = source.Read(&s.batch, s.rows, rng)
	}
	s.err = err
}
