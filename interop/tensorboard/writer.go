package tensorboard

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Writer writes one event file. It may be used by several goroutines at once. The first error stays: later calls return
// it, and Close too.
type Writer struct {
	mu   sync.Mutex
	file *os.File
	buf  *bufio.Writer
	err  error
	now  func() time.Time
}

// Create begins a new event file in folder dir, which it makes. TensorBoard takes a folder for a run, and shows all of a
// run's files as one: a run that goes on after a stop adds a file to the same folder.
func Create(dir string) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	// TensorBoard reads a run's files in the order of their names.
	f, err := os.CreateTemp(dir, fmt.Sprintf("events.out.tfevents.%010d.%s.*", time.Now().Unix(), host))
	if err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	w := &Writer{file: f, buf: bufio.NewWriter(f), now: time.Now}
	if err := errors.Join(w.write(event{version: "brain.Event:2"}), w.Flush()); err != nil {
		f.Close()
		return nil, err
	}
	return w, nil
}

// Scalar adds the point (step, v) to the curve called tag; a "/" in it makes a group.
func (w *Writer) Scalar(tag string, step int, v float64) error {
	return w.write(event{step: step, tag: tag, value: scalar(v)})
}

// Histogram adds the distribution of values. Those that are not finite are left out.
func (w *Writer) Histogram(tag string, step int, values []float32) error {
	return w.write(event{step: step, tag: tag, value: histogram(values)})
}

// Image adds a picture.
func (w *Writer) Image(tag string, step int, m image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return fmt.Errorf("tensorboard: picture %q: %w", tag, err)
	}
	return w.write(event{step: step, tag: tag, value: picture(m.Bounds(), b.Bytes())})
}

// Text adds a text, which TensorBoard shows as Markdown.
func (w *Writer) Text(tag string, step int, text string) error {
	return w.write(event{step: step, tag: tag, value: words(text)})
}

// Flush hands what was written so far to the system, so that TensorBoard sees it.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fail(w.buf.Flush())
}

// Close flushes and closes the file.
func (w *Writer) Close() error {
	err := w.Flush()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return err
	}
	err = errors.Join(err, w.file.Close())
	w.file, w.err = nil, errors.New("tensorboard: the event file is closed")
	return err
}

// Name is the file's path.
func (w *Writer) Name() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return ""
	}
	return filepath.Clean(w.file.Name())
}

func (w *Writer) write(e event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	e.wall = float64(w.now().UnixNano()) / 1e9
	_, err := w.buf.Write(record(e.encode()))
	return w.fail(err)
}

// fail keeps the first error.
func (w *Writer) fail(err error) error {
	if w.err == nil && err != nil {
		w.err = fmt.Errorf("tensorboard: %w", err)
	}
	return w.err
}

// finite reports whether v is neither NaN nor infinite.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
