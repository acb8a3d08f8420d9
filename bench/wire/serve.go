package wire

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"
	"time"
)

// Library is a peer that is written in Go.
type Library interface {
	// Describe sets device and threads, and says what the library is.
	Describe(device string, threads int) (name, version string, err error)
	// Prepare makes a case ready. ErrWithout, wrapped, says that the library has no such operation.
	Prepare(c Case, inputs string) (Job, error)
}

// Job is a case with its buffers.
type Job interface {
	// Run computes the case once. It is done when it returns.
	Run() error
	// Outputs computes the case once, from the inputs as they came, and writes the results to a file.
	Outputs(path string) (sums map[string]float64, err error)
	// Close frees the buffers.
	Close() error
}

// Timer is a Job that measures itself, because what counts is not the time of one call after the other.
type Timer interface {
	Time(n int) (seconds float64, each []float64, value float64, err error)
}

// ErrWithout says that a library has no such operation.
var ErrWithout = errors.New("the library has no such operation")

// Serve answers requests until quit or the end of in.
func Serve(in io.Reader, out io.Writer, l Library) error {
	s := server{library: l}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)
	encode := json.NewEncoder(out)
	for lines.Scan() {
		var r Request
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return err
		}
		if r.Do == "quit" {
			break
		}
		a, err := s.answer(r)
		a.ID = r.ID
		if err != nil {
			a.Error = err.Error()
		}
		if err := encode.Encode(a); err != nil {
			return err
		}
	}
	return lines.Err()
}

type server struct {
	library Library
	job     Job
}

func (s *server) answer(r Request) (a Reply, err error) {
	defer func() {
		if what := recover(); what != nil {
			debug.PrintStack()
			err = fmt.Errorf("%v", what)
		}
	}()
	if s.job == nil && (r.Do == "run" || r.Do == "checksum") {
		return a, fmt.Errorf("%s without prepare", r.Do)
	}
	switch r.Do {
	case "describe":
		a.Name, a.Version, err = s.library.Describe(r.Device, r.Threads)
	case "prepare":
		if err = s.release(); err != nil {
			return a, err
		}
		s.job, err = s.library.Prepare(*r.Case, r.Inputs)
		a.Without = errors.Is(err, ErrWithout)
	case "checksum":
		if a.Sums, err = s.job.Outputs(r.Outputs); err == nil {
			err = finite(a.Sums)
		}
	case "run":
		err = s.run(r.N, &a)
	case "release":
		err = s.release()
	default:
		err = fmt.Errorf("what is %q?", r.Do)
	}
	return a, err
}

// finite is an error where a sum is none that JSON can hold: something in that tensor is NaN or infinite.
func finite(sums map[string]float64) error {
	for name, v := range sums {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			clear(sums)
			return fmt.Errorf("%s is not finite", name)
		}
	}
	return nil
}

func (s *server) run(n int, a *Reply) error {
	a.N = n
	if t, ok := s.job.(Timer); ok {
		var err error
		a.Seconds, a.Each, a.Value, err = t.Time(n)
		return err
	}
	begin := time.Now()
	for range n {
		if err := s.job.Run(); err != nil {
			return err
		}
	}
	a.Seconds = time.Since(begin).Seconds()
	return nil
}

func (s *server) release() error {
	if s.job == nil {
		return nil
	}
	err := s.job.Close()
	s.job = nil
	debug.FreeOSMemory()
	return err
}

// Main is the main function of a peer written in Go.
func Main(l Library) {
	if err := Serve(os.Stdin, os.Stdout, l); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
