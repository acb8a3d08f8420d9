package train

import (
	stdbytes "bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/braidml/braid/internal/atomicfile"
)

// version changes when a checkpoint of before can no longer be read.
const version = 2

// state is the host's part of a checkpoint.
type state struct {
	Version int    `json:"version"`
	Setup   setup  `json:"setup"`
	Model   string `json:"model"` // CRC-32C of model.safetensors
	Optim   string `json:"optim"` // and of optim.safetensors

	Epoch   int       `json:"epoch"`   // epochs that have ended
	Batch   int       `json:"batch"`   // steps of the running one
	Trained bool      `json:"trained"` // all its steps are done, the validation is not
	Step    int       `json:"step"`    // steps in all: what random numbers are drawn by
	Samples int       `json:"samples"` // in the running epoch
	Seconds float64   `json:"seconds"` // likewise
	Sums    savedSums `json:"sums"`
	History History   `json:"history"`
}

func (s state) elapsed() time.Duration { return seconds(s.Seconds) }

// setup is what must not change when a run goes on, or its batches and random numbers would be others.
type setup struct {
	Seed       uint64 `json:"seed"`
	LoaderSeed uint64 `json:"loader_seed"`
	Shuffle    bool   `json:"shuffle"`
	DropLast   bool   `json:"drop_last"`
	BatchSize  int    `json:"batch_size"`
	Rows       int    `json:"rows"`
}

// envelope is state.json: the state, and the SHA-256 of its bytes.
type envelope struct {
	Sum   string          `json:"sha256"`
	State json.RawMessage `json:"state"`
}

func digest(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func writeState(path string, s state) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	whole, err := json.Marshal(envelope{digest(body), body})
	if err != nil {
		return err
	}
	return atomicfile.Write(path, 0o644, func(w io.Writer) error {
		_, err := w.Write(append(whole, '\n'))
		return err
	})
}

func readState(path string) (state, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return state{}, err
	}
	s, err := parseState(b)
	if err != nil {
		return state{}, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func parseState(b []byte) (s state, err error) {
	var e envelope
	if err := strict(b, &e); err != nil {
		return s, fmt.Errorf("a checkpoint's state was expected: %w", err)
	}
	if digest(e.State) != e.Sum {
		return s, errors.New("the state does not have the checksum written beside it: the file is damaged")
	}
	// The version first: a state of another one may have other fields.
	var v struct{ Version int }
	if err := json.Unmarshal(e.State, &v); err != nil {
		return s, fmt.Errorf("a checkpoint's state was expected: %w", err)
	}
	if v.Version != version {
		return s, fmt.Errorf("the checkpoint has version %d, this program reads version %d", v.Version, version)
	}
	if err := strict(e.State, &s); err != nil {
		return s, fmt.Errorf("a checkpoint's state was expected: %w", err)
	}
	return s, s.check()
}

// strict decodes one JSON value without unknown fields and without anything behind it.
func strict(b []byte, v any) error {
	d := json.NewDecoder(stdbytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON value")
	}
	return nil
}

// check refuses states that no run can be in, which only a program that is not this one writes.
func (s *state) check() error {
	for _, n := range []int{s.Epoch, s.Batch, s.Step, s.Samples, s.Sums.Good, s.Sums.Losses} {
		if n < 0 {
			return fmt.Errorf("a count is %d, at least 0 was expected", n)
		}
	}
	if s.Epoch != len(s.History) {
		return fmt.Errorf("%d epochs have ended, the history has %d", s.Epoch, len(s.History))
	}
	if !(s.Seconds >= 0 && s.Seconds < 1e9) {
		return fmt.Errorf("the epoch took %v seconds, 0 or more were expected", s.Seconds)
	}
	return nil
}
