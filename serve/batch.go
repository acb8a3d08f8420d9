package serve

import (
	"context"
	"time"

	"github.com/braidml/braid/tensor"
)

// job is a sample that waits for its answer.
type job struct {
	*sample
	ctx  context.Context
	out  tensor.Array // [rows, outputs]
	err  error
	done chan struct{}
}

// predict computes the answers for a sample, [rows, outputs], by itself or together with others.
func (h *Handler) predict(ctx context.Context, s *sample) (tensor.Array, error) {
	j := &job{sample: s, ctx: ctx}
	if h.o.BatchDelay == 0 {
		if err := enter(ctx, h.computing); err != nil {
			return tensor.Array{}, err
		}
		defer func() { <-h.computing }()
		h.compute([]*job{j})
		return j.out, j.err
	}
	j.done = make(chan struct{})
	select {
	case h.queue <- j:
	case <-h.closing:
		return tensor.Array{}, errBusy("the server is stopping")
	case <-ctx.Done():
		return tensor.Array{}, ctx.Err()
	}
	select {
	case <-j.done:
		return j.out, j.err
	case <-h.stopped: // it may have been the last one
		select {
		case <-j.done:
			return j.out, j.err
		default:
			return tensor.Array{}, errBusy("the server is stopping")
		}
	case <-ctx.Done():
		return tensor.Array{}, ctx.Err()
	}
}

// batches collects jobs and computes them, until the handler is closed.
func (h *Handler) batches() {
	defer close(h.stopped)
	var next *job
	for {
		if next == nil {
			select {
			case next = <-h.queue:
			case <-h.closing:
				return
			}
		}
		var batch []*job
		batch, next = h.collect(next)
		h.flush(batch)
	}
}

// collect waits Options.BatchDelay for more jobs than the first, but not where all requests in flight are here already.
// The next one is that which came and found no place.
func (h *Handler) collect(first *job) (batch []*job, next *job) {
	batch, rows := []*job{first}, first.rows
	end := time.NewTimer(h.o.BatchDelay)
	defer end.Stop()
	for rows < h.o.MaxBatch && len(batch) < len(h.inFlight) {
		select {
		case j := <-h.queue:
			if rows+j.rows > h.o.MaxBatch {
				return batch, j
			}
			batch, rows = append(batch, j), rows+j.rows
		case <-end.C:
			return batch, nil
		case <-h.closing: // whoever is in the queue by now is still answered
			if len(h.queue) == 0 {
				return batch, nil
			}
		}
	}
	return batch, nil
}

// flush computes a batch: jobs of the same kinds of inputs together, without those that nobody waits for any more.
func (h *Handler) flush(batch []*job) {
	groups := map[kinds][]*job{}
	for _, j := range batch {
		if j.err = j.ctx.Err(); j.err == nil {
			groups[j.kinds()] = append(groups[j.kinds()], j)
		}
	}
	h.computing <- struct{}{}
	for _, jobs := range groups {
		h.compute(jobs)
	}
	<-h.computing
	for _, j := range batch {
		close(j.done)
	}
}

// kinds is what must be equal in samples that are computed together.
type kinds struct {
	hasImage, hasText bool
	image, text       tensor.DType
}

func (s *sample) kinds() kinds {
	return kinds{!s.image.Absent(), !s.text.Absent(), s.image.DType(), s.text.DType()}
}
