//go:build linux && cgo && !cpu

package cuda

import (
	"errors"

	"github.com/braidml/braid/internal/engine"
)

// BeginCapture records the operations that follow, on this thread, instead of running them. So it and EndCapture are
// called within one [Device.Do]. Nothing may be uploaded, downloaded, allocated or waited for in between; an operation
// that needs it, or its kernel loaded, must have run before.
func (s *Stream) BeginCapture() error {
	if err := s.settle(); err != nil {
		return err
	}
	if err := beginCapture(s.queue); err != nil {
		return s.failed("cuStreamBeginCapture", err)
	}
	s.capturing = true
	return nil
}

// EndCapture makes a graph of what was recorded. Its launches repeat it with the same buffers.
func (s *Stream) EndCapture() (engine.Graph, error) {
	if !s.capturing {
		return nil, errors.New("cuda: EndCapture without BeginCapture")
	}
	s.capturing = false
	exec, err := endCapture(s.queue)
	if err != nil {
		return nil, failed("cuStreamEndCapture", err)
	}
	return &graph{stream: s, dev: s.dev, exec: exec}, nil
}

type graph struct {
	stream *Stream
	dev    *Device
	exec   graphExec
	closed bool
}

// Launch queues the graph.
func (g *graph) Launch() error {
	s := g.stream
	if g.closed || s.dev == nil {
		return errors.New("cuda: the graph or its stream is closed")
	}
	if err := s.settle(); err != nil {
		return err
	}
	if err := launchGraph(g.exec, s.queue); err != nil {
		return s.failed("cuGraphLaunch", err)
	}
	return s.queued(launched{name: "a graph"})
}

// Close frees the graph; a run of it that is still queued is finished.
func (g *graph) Close() error {
	if g.closed {
		return nil
	}
	g.closed = true
	return g.dev.Do(func() error { return failed("cuGraphExecDestroy", destroyGraph(g.exec)) })
}
