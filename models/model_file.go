package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/layers"
)

// blueprint is a configuration C that makes a model M.
type blueprint[C, M any] interface {
	complete() (C, string) // with defaults, and what is impossible about it or ""
	size() float64         // values in the parameters of the model
	build(rng *rand.Rand) M
}

// saveModel writes the parameters of m and its configuration to one safetensors file, replacing it in one step.
func saveModel(path, op, format string, config, m any) error {
	text, err := json.Marshal(config)
	if err != nil {
		return fmt.Errorf("models: %s: %w", op, err)
	}
	meta := map[string]string{"format": format, "config": string(text)}
	if err := safetensors.WriteParams(path, meta, layers.Params(m)); err != nil {
		return fmt.Errorf("models: %s: %w", op, err)
	}
	return nil
}

// openModel reads what saveModel wrote. A file that is damaged, or of something else, is an error.
func openModel[C blueprint[C, M], M any](path, op, format string) (m M, err error) {
	file, err := safetensors.ReadFile(path)
	if err != nil {
		return m, fmt.Errorf("models: %s: %w", op, err)
	}
	defer file.Close()
	if m, err = modelOf[C, M](file, format); err != nil {
		return m, fmt.Errorf("models: %s: %s: %w", op, path, err)
	}
	return m, nil
}

func modelOf[C blueprint[C, M], M any](file *safetensors.File, format string) (m M, err error) {
	if got := file.Meta["format"]; got != format {
		kind := strings.TrimPrefix(fmt.Sprintf("%T", m), "*models.")
		return m, fmt.Errorf("the metadata's format is %q: %q is expected, a model written by %s.Save", got, format, kind)
	}
	config, err := parseConfig[C, M](file.Meta["config"])
	if err != nil {
		return m, err
	}
	values := 0
	for _, name := range file.Names {
		n := 1
		for _, d := range file.Shape(name) {
			n *= d
		}
		values += n
	}
	// Before the model is made: a configuration of other sizes could ask for any amount of memory.
	if want := config.size(); want != float64(values) {
		return m, fmt.Errorf("the file has %d values, its configuration needs %.0f", values, want)
	}
	m = config.build(rand.New(rand.NewPCG(0, 0)))
	return m, file.Fill(layers.Params(m))
}

// parseConfig reads the JSON of a configuration strictly: a field that is not known here changes what the model does.
func parseConfig[C blueprint[C, M], M any](text string) (c C, err error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("the configuration in the metadata is not readable: %w", err)
	}
	if d.More() {
		return c, errors.New("the configuration in the metadata has something after it")
	}
	c, wrong := c.complete()
	if wrong != "" {
		return c, fmt.Errorf("the configuration in the metadata is impossible: %s", wrong)
	}
	return c, nil
}
