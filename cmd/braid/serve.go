package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/braidml/braid/serve"
)

type serveCommand struct {
	deviceFlag
	Model       string        `required:"" type:"path" placeholder:"DIR" help:"Folder of a run of train fusion, or a model file."`
	Addr        string        `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; port 0 takes a free one, :8080 listens to the network."`
	Name        string        `help:"The model's name in addresses; that of the folder or file if left out."`
	BatchDelay  time.Duration `default:"2ms" help:"How long a request waits for others to be computed with; 0 computes each by itself."`
	MaxBatch    int           `default:"64" help:"Rows that are computed together, and the most of a request."`
	MaxBody     int           `default:"8" placeholder:"MIB" help:"Size of a request, in MiB."`
	MaxPixels   int           `default:"32" placeholder:"MEGA" help:"Pixels of a request's pictures, in megapixels."`
	MaxInFlight int           `default:"128" help:"Requests that are worked on at a time; others get 503."`
	Timeout     time.Duration `default:"30s" help:"For a request to come in, for its answer, and for requests to finish when the server stops."`
}

// Run serves until it is interrupted; what was asked by then is answered.
func (c *serveCommand) Run(w *world) error {
	if c.MaxBatch < 1 || c.MaxBody < 1 || c.MaxPixels < 1 || c.MaxInFlight < 1 || c.BatchDelay < 0 || c.Timeout <= 0 {
		return errors.New("--max-batch, --max-body, --max-pixels and --max-in-flight are at least 1, --batch-delay is at least 0, and --timeout above it")
	}
	model, err := openModel(c.Model)
	if err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	h, err := serve.New(model, serve.Options{
		Device: dev, Name: c.name(),
		BatchDelay: c.BatchDelay, MaxBatch: c.MaxBatch,
		MaxBody: int64(c.MaxBody) << 20, MaxPixels: c.MaxPixels << 20, MaxInFlight: c.MaxInFlight, Timeout: c.Timeout,
		Log: slog.New(slog.NewTextHandler(w.err, nil)),
	})
	if err != nil {
		return err
	}
	defer h.Close()
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.out, "serving %q on %v; try it at http://%s/\n", c.name(), dev, listener.Addr())
	return serveUntil(w.ctx, listener, c.server(h))
}

// name is the model's: of a run's folder, or of the file without its ending.
func (c *serveCommand) name() string {
	if c.Name != "" {
		return c.Name
	}
	base := filepath.Base(filepath.Clean(c.Model))
	if base == modelFile {
		base = filepath.Base(filepath.Dir(c.Model))
	}
	return strings.TrimSuffix(base, ".safetensors")
}

// server has a time for everything, so that a client that stops in the middle holds its connection no longer.
func (c *serveCommand) server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: min(c.Timeout, 10*time.Second),
		ReadTimeout:       c.Timeout,
		WriteTimeout:      3 * c.Timeout, // the body, the answer, and the way back
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // of what clients do wrong on a connection
	}
}

// serveUntil serves until ctx ends, and then lets the requests that it has finish, for as long as a request may take.
func serveUntil(ctx context.Context, listener net.Listener, server *http.Server) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), server.ReadTimeout)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return fmt.Errorf("requests were cut off that took longer than %v: %w", server.ReadTimeout, errors.Join(err, server.Close()))
	}
	return nil
}
