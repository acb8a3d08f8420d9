package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/tensor"
)

// format marks the files of Fusion, in their metadata.
const format = "braid.fusion.1"

// Save writes parameters and configuration to one safetensors file, replacing it in one step; OpenFusion makes the
// model again from it. A model that was put together by hand has no configuration: layers.Save keeps its parameters.
func (f *Fusion) Save(path string) error {
	if f.Config.Outputs == 0 {
		return errors.New("models: Save: this Fusion was put together by hand and has no configuration: use layers.Save")
	}
	config, err := json.Marshal(f.Config)
	if err != nil {
		return fmt.Errorf("models: Save: %w", err)
	}
	var list []safetensors.Tensor
	for name, p := range layers.Params(f) {
		list = append(list, safetensors.Tensor{Name: name, Array: p.Array()})
	}
	if err := safetensors.WriteFile(path, map[string]string{"format": format, "config": string(config)}, list); err != nil {
		return fmt.Errorf("models: Save: %w", err)
	}
	return nil
}

// OpenFusion reads a model that Save wrote. A file that is damaged, or of something else, is an error.
func OpenFusion(path string) (*Fusion, error) {
	file, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("models: OpenFusion: %w", err)
	}
	defer file.Close()
	f, err := fusionOf(file)
	if err != nil {
		return nil, fmt.Errorf("models: OpenFusion: %s: %w", path, err)
	}
	return f, nil
}

func fusionOf(file *safetensors.File) (*Fusion, error) {
	if got := file.Meta["format"]; got != format {
		return nil, fmt.Errorf("the metadata's format is %q: %q is expected, a model written by Fusion.Save", got, format)
	}
	config, err := readConfig(file.Meta["config"])
	if err != nil {
		return nil, err
	}
	state := map[string]tensor.Array{}
	values := 0
	for _, name := range file.Names {
		if state[name], err = file.Tensor(name); err != nil {
			return nil, err
		}
		values += state[name].Len()
	}
	// Before the model is made: a configuration of other sizes could ask for any amount of memory.
	if want := config.size(); want != float64(values) {
		return nil, fmt.Errorf("the file has %d values, its configuration needs %.0f", values, want)
	}
	f := NewFusion(rand.New(rand.NewPCG(0, 0)), config)
	return f, layers.Restore(f, state)
}

// readConfig reads the JSON of a configuration strictly: a field that is not known here changes what the model does.
func readConfig(text string) (FusionConfig, error) {
	var c FusionConfig
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, fmt.Errorf("the configuration in the metadata is not readable: %w", err)
	}
	if d.More() {
		return c, errors.New("the configuration in the metadata has something after it")
	}
	c = c.withDefaults()
	if wrong := c.check(); wrong != "" {
		return c, fmt.Errorf("the configuration in the metadata is impossible: %s", wrong)
	}
	return c, nil
}
