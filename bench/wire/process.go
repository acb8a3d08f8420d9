package wire

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"time"
)

// Command is how to start a peer.
type Command struct {
	Path string
	Args []string
	Env  []string // added to the harness's environment
	Dir  string
	CPUs int // it may use so many, where the system can keep it to them; 0: all
}

// Process is a running peer. It serves one goroutine.
type Process struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	lines   chan string
	failed  error // set before lines is closed
	said    *tail // the end of its standard error
	id      int
	stopped bool
	ended   chan struct{}
}

// ErrPeer is wrapped by errors that mean the process can no longer be used: it died, hung, or answered nonsense.
var ErrPeer = errors.New("the peer is unusable")

const longestLine = 16 << 20

// Start starts a peer.
func Start(c Command) (*Process, error) {
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Env, cmd.Dir = append(os.Environ(), c.Env...), c.Dir
	p := &Process{cmd: cmd, lines: make(chan string, 1), said: &tail{}, ended: make(chan struct{})}
	cmd.Stderr = p.said
	cmd.WaitDelay = time.Second
	ownGroup(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in = in
	if err := onCPUs(c.CPUs, cmd.Start); err != nil {
		return nil, err
	}
	go p.read(out)
	return p, nil
}

func (p *Process) read(out io.Reader) {
	s := bufio.NewScanner(out)
	s.Buffer(nil, longestLine)
	for s.Scan() {
		p.lines <- s.Text()
	}
	p.failed = s.Err()
	close(p.lines)
	_ = p.cmd.Wait() // its exit status is read from ProcessState
	close(p.ended)
}

// Do sends a request and waits for its answer, for so long. An error of the peer's own, about this case, is in the
// Reply; an error that is returned wraps ErrPeer, and the process is at its end.
func (p *Process) Do(r Request, limit time.Duration) (Reply, error) {
	p.id++
	r.ID = p.id
	text, err := json.Marshal(r)
	if err != nil {
		return Reply{}, err
	}
	begin := time.Now()
	if _, err := p.in.Write(append(text, '\n')); err != nil {
		return Reply{}, p.fail(r, "has ended")
	}
	wall := 0.0
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var line string
	select {
	case l, ok := <-p.lines:
		if !ok {
			return Reply{}, p.fail(r, "has ended")
		}
		line, wall = l, time.Since(begin).Seconds()
	case <-timer.C:
		return Reply{}, p.fail(r, fmt.Sprintf("gave no answer for %v", limit))
	}
	var a Reply
	if err := json.Unmarshal([]byte(line), &a); err != nil {
		return a, p.fail(r, fmt.Sprintf("answered %q, which is no reply", shorten(line)))
	}
	if a.ID != r.ID {
		return a, p.fail(r, fmt.Sprintf("answered request %d", a.ID))
	}
	a.Wall = wall
	if a.Error == "" && r.Do == "run" {
		if what := implausible(a, r.N, wall); what != "" {
			return a, p.fail(r, what)
		}
	}
	return a, nil
}

// Both clocks measure the same work. The harness's sees the way through the pipes too, which takes long where a machine
// is busy: what a peer keeps silent about is judged by many samples, and by one only if it is much.
const much = 2 // seconds

// implausible says why a peer's time for n cannot be right when the harness waited for so long.
func implausible(a Reply, n int, wall float64) string {
	switch {
	case a.N != n:
		return fmt.Sprintf("computed %d times where %d were asked for", a.N, n)
	case !(a.Seconds > 0) || math.IsInf(a.Seconds, 0):
		return fmt.Sprintf("says that %d took %v s", n, a.Seconds)
	case a.Seconds > wall*1.001+0.001:
		return fmt.Sprintf("says that %d took %.4g s, after %.4g s", n, a.Seconds, wall)
	case a.Seconds < (wall-much)/2:
		return fmt.Sprintf("says that %d took %.4g s, but let us wait for %.4g s", n, a.Seconds, wall)
	}
	for _, e := range a.Each {
		if !(e > 0 && e <= wall) {
			return fmt.Sprintf("says that one of %d took %.4g s, after %.4g s", n, e, wall)
		}
	}
	return ""
}

// fail ends the process and says what was wrong, with the end of what it wrote.
func (p *Process) fail(r Request, what string) error {
	p.kill()
	said := p.said.String()
	if s := p.cmd.ProcessState; s != nil && what == "has ended" {
		what += " (" + s.String() + ")"
	}
	if said != "" {
		said = ": " + said
	}
	return fmt.Errorf("%w: at %s it %s%s", ErrPeer, r.Do, what, said)
}

func (p *Process) kill() {
	killGroup(p.cmd)
	for range p.lines { // until the reader has seen the end, so that nothing is left behind
	}
	<-p.ended
}

// Quit asks the process to end, and makes it.
func (p *Process) Quit() {
	p.Continue()
	text, _ := json.Marshal(Request{Do: "quit"})
	_, _ = p.in.Write(append(text, '\n')) // one that is gone needs no request
	p.in.Close()
	select {
	case <-p.ended:
	case _, open := <-p.lines:
		if open {
			p.kill()
		}
	case <-time.After(3 * time.Second):
		p.kill()
	}
}

// Pause stops the process as it is, so that threads which wait in a loop take nothing from the one that is measured.
func (p *Process) Pause() {
	if !p.stopped {
		p.stopped = pauseGroup(p.cmd)
	}
}

// Continue ends a Pause.
func (p *Process) Continue() {
	if p.stopped {
		continueGroup(p.cmd)
		p.stopped = false
	}
}

// Usage is what the process took from the system so far.
func (p *Process) Usage() Usage { return usage(p.cmd.Process.Pid) }

// Usage is what a process took from the system.
type Usage struct {
	Peak   int64 // bytes of memory at the most; 0: unknown
	Faults int64 // pages that it touched for the first time
}
