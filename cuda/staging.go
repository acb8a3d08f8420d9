//go:build linux && cgo && !cpu

package cuda

import "gorgonia.org/cu"

// staging is a ring of page-locked host memory. The GPU copies to and from it while the host goes on, so what is
// uploaded may be reused at once. A piece is taken again when the event behind its copy has passed.
type staging struct {
	ring []byte
	head int        // where the next piece begins
	busy []piece    // oldest first
	idle []cu.Event // to be used again
}

type piece struct {
	from, to int
	done     cu.Event
}

const (
	smallRing = 1 << 18
	largeRing = 1 << 25
	shares    = 4   // a piece is at most this part of the ring, so that the host fills one while others are copied
	mostBusy  = 256 // pieces
)

// take is a piece for at most n bytes; larger copies are made in several. Call mark when its copy is queued.
func (g *staging) take(n int) ([]byte, error) {
	if want := min(max(n*shares, smallRing), largeRing); want > len(g.ring) {
		if err := g.grow(want); err != nil {
			return nil, err
		}
	}
	n = min(n, len(g.ring)/shares)
	if g.head+n > len(g.ring) {
		g.head = 0
	}
	for len(g.busy) > 0 && (len(g.busy) >= mostBusy || g.overlaps(g.head, g.head+n)) {
		if err := g.busy[0].done.Synchronize(); err != nil {
			return nil, err
		}
		g.idle = append(g.idle, g.busy[0].done)
		g.busy = append(g.busy[:0], g.busy[1:]...)
	}
	return g.ring[g.head : g.head+n], nil
}

func (g *staging) overlaps(from, to int) bool {
	for _, p := range g.busy {
		if p.from < to && from < p.to {
			return true
		}
	}
	return false
}

// mark says that a copy of the last piece's first n bytes was queued on s.
func (g *staging) mark(n int, s cu.Stream) error {
	var e cu.Event
	if last := len(g.idle) - 1; last >= 0 {
		e, g.idle = g.idle[last], g.idle[:last]
	} else {
		var err error
		if e, err = cu.MakeEvent(cu.DisableTiming); err != nil {
			return err
		}
	}
	if err := e.Record(s); err != nil {
		g.idle = append(g.idle, e)
		return err
	}
	const line = 64
	end := min((g.head+n+line-1)&^(line-1), len(g.ring))
	g.busy = append(g.busy, piece{g.head, end, e})
	g.head = end
	return nil
}

// grow takes a larger ring once the old one is idle.
func (g *staging) grow(n int) error {
	for _, p := range g.busy {
		if err := p.done.Synchronize(); err != nil {
			return err
		}
	}
	g.rest()
	ring, err := pinned(n)
	if err != nil {
		return failed("cuMemHostAlloc", err)
	}
	old := g.ring
	g.ring, g.head = ring, 0
	if old == nil {
		return nil
	}
	return failed("cuMemFreeHost", freePinned(old))
}

// rest is called when all copies are known to be done.
func (g *staging) rest() {
	for _, p := range g.busy {
		g.idle = append(g.idle, p.done)
	}
	g.busy = g.busy[:0]
}

func (g *staging) free() error {
	g.rest()
	for i := range g.idle {
		if err := cu.DestroyEvent(&g.idle[i]); err != nil {
			return failed("cuEventDestroy", err)
		}
	}
	g.idle = nil
	if g.ring == nil {
		return nil
	}
	err := freePinned(g.ring)
	g.ring = nil
	return failed("cuMemFreeHost", err)
}
