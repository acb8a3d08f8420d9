package serve

import (
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"time"

	"github.com/braidml/braid/tensor"
)

// Options say how a model is served. What is left zero gets the default that stands beside it.
type Options struct {
	Device  *tensor.Device // where to compute: tensor.Default()
	Name    string         // of the model, in addresses: "model"
	Version string         // of the model: "1"

	// BatchDelay is how long a request waits at most for others that are on their way, to be computed together with them;
	// 0: each is computed by itself. Together they are answered faster where many ask at a time. The answers are the same
	// but for rounding.
	BatchDelay time.Duration
	MaxBatch   int // rows that are computed together, and the most that a request may have: 64

	MaxBody     int64         // bytes of a request: 8 MiB
	MaxPixels   int           // of the encoded pictures of a request together: 32 megapixels (2^25), and at most 2^26 each
	MaxTokens   int           // words of a text, unless the model cuts texts: 512
	MaxInFlight int           // requests that are worked on at a time; others are told to come again (503): 128
	Timeout     time.Duration // for the body of a request to come in, and then for the answer to be computed: 30 s

	Log *slog.Logger // what went wrong inside; nil: nothing is logged
}

func (o Options) withDefaults() (Options, error) {
	if o.Name == "" {
		o.Name = "model"
	}
	if o.Version == "" {
		o.Version = "1"
	}
	if o.MaxBatch == 0 {
		o.MaxBatch = 64
	}
	if o.MaxBody == 0 {
		o.MaxBody = 8 << 20
	}
	if o.MaxPixels == 0 {
		o.MaxPixels = 1 << 25
	}
	if o.MaxTokens == 0 {
		o.MaxTokens = 512
	}
	if o.MaxInFlight == 0 {
		o.MaxInFlight = 128
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	for _, name := range []string{o.Name, o.Version} {
		if strings.Contains(name, "/") || name == "." || name == ".." {
			return o, fmt.Errorf("serve: New: %q cannot be part of an address: a name without / is expected", name)
		}
	}
	if o.BatchDelay < 0 || o.MaxBatch < 0 || o.MaxBody < 0 || o.MaxPixels < 0 || o.MaxTokens < 0 || o.MaxInFlight < 0 || o.Timeout < 0 {
		return o, fmt.Errorf("serve: New: the options have a number below 0: at least 0 is expected")
	}
	if o.Device == nil {
		d, err := tensor.Default()
		if err != nil {
			return o, fmt.Errorf("serve: New: %w", err)
		}
		o.Device = d
	}
	return o, nil
}

// workers is how many pictures are decoded, and how many answers computed, at a time: more would only wait for each
// other, each with memory of its own.
func workers() int { return runtime.GOMAXPROCS(0) }
