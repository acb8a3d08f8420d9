package serve

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"time"
)

// limited is f with at most Options.MaxInFlight requests in it at a time, each of them with a context that ends after
// Options.Timeout.
func (h *Handler) limited(f endpoint) endpoint {
	return func(w http.ResponseWriter, r *http.Request) error {
		if h.isClosing() {
			return errBusy("the server is stopping")
		}
		select {
		case h.inFlight <- struct{}{}:
		default:
			return errBusy("the server works on %d requests already: try again", cap(h.inFlight))
		}
		defer func() { <-h.inFlight }()
		body, err := h.body(w, r)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(r.Context(), h.o.Timeout)
		defer cancel()
		r = r.WithContext(context.WithValue(ctx, bodyKey{}, body))
		err = f(w, r)
		if errors.Is(err, context.DeadlineExceeded) {
			return errBusy("no answer within %v: try again", h.o.Timeout)
		}
		return err
	}
}

type bodyKey struct{}

// bodyOf is the body that limited has read.
func bodyOf(r *http.Request) []byte { return r.Context().Value(bodyKey{}).([]byte) }

// body reads a request's body, if it is not too large and comes in time.
func (h *Handler) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return nil, fault(http.StatusUnsupportedMediaType, "the body's Content-Encoding is %q: a body without compression is expected", e)
	}
	tooLarge := fault(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", h.o.MaxBody)
	if r.ContentLength > h.o.MaxBody {
		return nil, tooLarge
	}
	// The deadline is taken back, because it would cancel the request when it passes. A ResponseWriter without
	// deadlines, of a test or of other middleware, has to bound the time by itself.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(h.o.Timeout))
	var b bytes.Buffer
	b.Grow(int(min(max(r.ContentLength, 0)+bytes.MinRead, 1<<20))) // what is claimed is not what comes
	_, err := b.ReadFrom(http.MaxBytesReader(w, r.Body, h.o.MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, tooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, fault(http.StatusRequestTimeout, "the body did not come in within %v", h.o.Timeout)
	case err != nil && r.Context().Err() != nil:
		return nil, err
	case err != nil:
		return nil, bad("the body cannot be read: %v", err)
	}
	_ = control.SetReadDeadline(time.Time{})
	return b.Bytes(), nil
}

// enter waits for a place.
func enter(ctx context.Context, places chan struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
