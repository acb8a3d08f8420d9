package serve

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
)

// Handler serves a model. It is safe for use by any number of connections.
type Handler struct {
	model *models.Fusion
	vocab *data.Vocab // nil: the model has no words
	o     Options

	mux       *http.ServeMux
	page      []byte
	security  string // Content-Security-Policy of the page
	inFlight  chan struct{}
	decoding  chan struct{}
	computing chan struct{}
	queue     chan *job
	closing   chan struct{}
	stopped   chan struct{} // closed when batches has ended
	close     sync.Once
	stats     stats
}

// New makes the handler of a model that was made by models.NewFusion or read by models.OpenFusion. The error says that
// the options cannot be, that the model lacks its configuration, or that there is no device. Close ends it.
func New(model *models.Fusion, o Options) (*Handler, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	c := model.Config
	if c.Outputs == 0 {
		return nil, fmt.Errorf("serve: New: the model has no configuration: one that models.NewFusion made or OpenFusion read is expected")
	}
	h := &Handler{
		model: model, o: o,
		inFlight:  make(chan struct{}, o.MaxInFlight),
		decoding:  make(chan struct{}, workers()),
		computing: make(chan struct{}, workers()),
		queue:     make(chan *job, o.MaxInFlight),
		closing:   make(chan struct{}),
		stopped:   make(chan struct{}),
	}
	if len(c.Words) > 0 {
		h.vocab = &data.Vocab{Words: c.Words}
	}
	if err := h.makePage(); err != nil {
		return nil, err
	}
	h.routes()
	if o.BatchDelay > 0 {
		go h.batches()
	} else {
		close(h.stopped)
	}
	return h, nil
}

// Close lets what is being computed finish, and ends the handler: from then on it answers 503. Call it after
// http.Server.Shutdown, so that no request is turned away.
func (h *Handler) Close() {
	h.close.Do(func() { close(h.closing) })
	<-h.stopped
}

func (h *Handler) isClosing() bool {
	select {
	case <-h.closing:
		return true
	default:
		return false
	}
}

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// An endpoint answers a request; the error is told to the client.
type endpoint func(w http.ResponseWriter, r *http.Request) error

func (h *Handler) routes() {
	h.mux = http.NewServeMux()
	route := func(method, path, label string, f endpoint) {
		h.mux.Handle(path, h.instrumented(label, allowed(method, f)))
	}
	route("GET", "/{$}", "page", h.showPage)
	route("GET", "/metrics", "metrics", h.showMetrics)
	route("GET", "/v2", "server", h.server)
	route("GET", "/v2/health/live", "live", h.live)
	route("GET", "/v2/health/ready", "ready", h.ready)
	for _, base := range []string{"/v2/models/{model}", "/v2/models/{model}/versions/{version}"} {
		route("GET", base, "metadata", h.known(h.metadata))
		route("GET", base+"/ready", "ready", h.known(h.modelReady))
		route("POST", base+"/infer", "infer", h.known(h.limited(h.infer)))
		route("POST", base+"/explain", "explain", h.known(h.limited(h.explain)))
	}
	h.mux.Handle("/", h.instrumented("other", func(_ http.ResponseWriter, r *http.Request) error {
		return fault(http.StatusNotFound, "there is nothing at %q", r.URL.Path)
	}))
}

// allowed refuses other methods; where GET is one, HEAD is too.
func allowed(method string, f endpoint) endpoint {
	allow := method
	if method == http.MethodGet {
		allow += ", " + http.MethodHead
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Method != method && !(r.Method == http.MethodHead && strings.HasSuffix(allow, http.MethodHead)) {
			w.Header().Set("Allow", allow)
			return fault(http.StatusMethodNotAllowed, "the method is %s: %s is expected", r.Method, allow)
		}
		return f(w, r)
	}
}

// known refuses models and versions that are not there.
func (h *Handler) known(f endpoint) endpoint {
	return func(w http.ResponseWriter, r *http.Request) error {
		if name := r.PathValue("model"); name != h.o.Name {
			return fault(http.StatusNotFound, "there is no model %q here: it is called %q", name, h.o.Name)
		}
		if v := r.PathValue("version"); v != "" && v != h.o.Version {
			return fault(http.StatusNotFound, "there is no version %q of the model: it is %q", v, h.o.Version)
		}
		return f(w, r)
	}
}
