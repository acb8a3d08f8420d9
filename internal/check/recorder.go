package check

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// Recorder is a testing.TB that notes failures instead of failing, so that a checker can be seen going red.
type Recorder struct {
	testing.TB
	Notes []string
}

// Helper does nothing.
func (r *Recorder) Helper() {}

// Errorf notes a failure.
func (r *Recorder) Errorf(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Fatal notes a failure and ends the goroutine.
func (r *Recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }

// Fatalf notes a failure and ends the goroutine.
func (r *Recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// Fatal is what f reports before it ends its goroutine, as a failing test does.
func Fatal(f func(testing.TB)) string {
	r, done := &Recorder{}, make(chan bool)
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return strings.Join(r.Notes, "\n")
}
