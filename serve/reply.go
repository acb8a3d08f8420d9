package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"
)

// statusGone is what the metrics count a client as that did not wait for its answer.
const statusGone = 499

// refusal is an error with the status that it has in HTTP.
type refusal struct {
	status int
	reason string
}

func (r *refusal) Error() string { return r.reason }

func fault(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

// bad is what is wrong with a request.
func bad(format string, args ...any) error { return fault(http.StatusBadRequest, format, args...) }

// errBusy tells a client to come again.
func errBusy(format string, args ...any) error {
	return fault(http.StatusServiceUnavailable, format, args...)
}

// instrumented runs an endpoint, tells its error to the client, and counts. A panic in it is an answer of 500.
func (h *Handler) instrumented(label string, f endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w}
		err := h.guarded(f, rec, r)
		if err != nil {
			h.tell(rec, r, err)
		}
		h.stats.request(label, rec.status, time.Since(start))
	}
}

func (h *Handler) guarded(f endpoint, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			err = h.bug(p)
		}
	}()
	return f(w, r)
}

// bug is a panic as an error. The client is not told more than that.
func (h *Handler) bug(p any) error {
	h.o.Log.Error("panic", "value", fmt.Sprint(p), "stack", string(debug.Stack()))
	return errors.New("an internal error")
}

// tell writes an error in the protocol's form.
func (h *Handler) tell(w *recorder, r *http.Request, err error) {
	var known *refusal
	switch {
	case errors.As(err, &known):
	case r.Context().Err() != nil || errors.Is(err, context.Canceled): // nobody reads the answer
		known = &refusal{statusGone, "the client is gone"}
	default:
		h.o.Log.Error("request failed", "path", r.URL.Path, "error", err)
		known = &refusal{http.StatusInternalServerError, err.Error()}
	}
	if w.status != 0 { // an answer has begun already
		return
	}
	if known.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	if known.status == statusGone {
		w.status = statusGone
		return
	}
	body, _ := json.Marshal(map[string]string{"error": known.reason}) // strings can always be written
	send(w, known.status, "application/json", body)
}

// sendJSON answers with v. A NaN in it is an error.
func sendJSON(w http.ResponseWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	send(w, http.StatusOK, "application/json", body)
	return nil
}

func send(w http.ResponseWriter, status int, kind string, body []byte) {
	head := w.Header()
	head.Set("Content-Type", kind)
	head.Set("Content-Length", fmt.Sprint(len(body)))
	head.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone cannot be told
}

// recorder remembers the status.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
