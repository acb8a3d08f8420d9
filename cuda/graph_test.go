//go:build linux && cgo && !cpu

package cuda

import (
	"strings"
	"testing"

	"github.com/braidml/braid/internal/engine"
)

// step is two fills and two copies, which need no kernel.
func step(s *Stream, y, z, x engine.Buffer) error {
	n := y.Len / 2
	for _, err := range []error{
		s.Fill(engine.Fill{Y: z, Value: 3}),
		s.Copy(engine.Copy{Y: y.Window(0, n), X: x.Window(0, n)}),
		s.Copy(engine.Copy{Y: y.Window(n, n), X: z.Window(0, n)}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestCapture(t *testing.T) {
	d := testDevice(t)
	s := newStream(t, d)
	const n = 100
	x, y, z := memory(t, d, engine.F32, n), memory(t, d, engine.F32, n), memory(t, d, engine.F32, n)
	in := encode(engine.F32, gaussian(n, 1))
	eager, captured, replayed := make([]byte, 4*n), make([]byte, 4*n), make([]byte, 4*n)
	zero := make([]byte, 4*n)
	var g engine.Graph
	must(t, d.Do(func() (err error) {
		if err = s.Upload(x, in); err != nil {
			return err
		}
		if err = step(s, y, z, x); err != nil {
			return err
		}
		if err = s.Download(eager, y); err != nil {
			return err
		}
		if err = s.Upload(y, zero); err != nil {
			return err
		}
		if err = s.BeginCapture(); err != nil {
			return err
		}
		if err = step(s, y, z, x); err != nil {
			return err
		}
		if g, err = s.EndCapture(); err != nil {
			return err
		}
		return s.Download(captured, y)
	}))
	if string(captured) != string(zero) {
		t.Error("a captured operation ran")
	}
	for range 3 { // each launch does all of it again, with what is in the buffers now
		in = append(in[4:], in[:4]...)
		must(t, d.Do(func() error {
			if err := s.Upload(x, in); err != nil {
				return err
			}
			if err := g.Launch(); err != nil {
				return err
			}
			return s.Download(replayed, y)
		}))
		copy(eager[:2*n], in)
		if string(replayed) != string(eager) {
			t.Error("a replay differs from the operations one by one")
		}
	}
	must(t, g.Close())
	must(t, g.Close())
	if err := d.Do(g.Launch); err == nil {
		t.Error("a closed graph can be launched")
	}
}

// An operation that fails while a graph is captured leaves the stream usable.
func TestCaptureLeftOpen(t *testing.T) {
	d := testDevice(t)
	s := newStream(t, d)
	y := memory(t, d, engine.F32, 4)
	must(t, d.Do(func() error {
		if err := s.BeginCapture(); err != nil {
			return err
		}
		if _, err := s.workspace(1 << 20); err == nil || !strings.Contains(err.Error(), "captured") {
			t.Errorf("a workspace grew inside a capture: %v", err)
		}
		if err := s.Fill(engine.Fill{Y: y, Value: 1}); err != nil {
			return err
		}
		if err := s.Sync(); err != nil { // the plan is given up here
			return err
		}
		if _, err := s.EndCapture(); err == nil {
			t.Error("EndCapture without BeginCapture passes")
		}
		return nil
	}))
	got := make([]byte, 16)
	must(t, d.Do(func() error { return s.Download(got, y) }))
	if string(got) != string(make([]byte, 16)) {
		t.Error("an operation of a capture that was dropped ran")
	}
}

// Graphs keep the workspace they were captured with.
func TestWorkspace(t *testing.T) {
	d := testDevice(t)
	s := newStream(t, d)
	must(t, d.Do(func() error {
		a, err := s.workspace(100)
		if err != nil {
			return err
		}
		if b, err := s.workspace(50); err != nil || b != a {
			t.Errorf("a smaller workspace moved: %v", err)
		}
		b, err := s.workspace(1 << 20)
		if err != nil {
			return err
		}
		if a == b || a%256 != 0 || b%256 != 0 {
			t.Errorf("workspaces at %#x and %#x", a, b)
		}
		return s.zero(a, 100) // still there
	}))
}
