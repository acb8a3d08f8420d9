package models

import (
	"errors"
	"math/rand/v2"
)

// format marks the files of Fusion, in their metadata.
const format = "braid.fusion.1"

// Save writes parameters and configuration to one safetensors file, replacing it in one step; OpenFusion makes the
// model again from it. A model that was put together by hand has no configuration: layers.Save keeps its parameters.
func (f *Fusion) Save(path string) error {
	if f.Config.Outputs == 0 {
		return errors.New("models: Save: this Fusion was put together by hand and has no configuration: use layers.Save")
	}
	return saveModel(path, "Save", format, f.Config, f)
}

// OpenFusion reads a model that Save wrote. A file that is damaged, or of something else, is an error.
func OpenFusion(path string) (*Fusion, error) {
	return openModel[FusionConfig, *Fusion](path, "OpenFusion", format)
}

func (c FusionConfig) complete() (FusionConfig, string) {
	c = c.withDefaults()
	return c, c.check()
}

func (c FusionConfig) build(rng *rand.Rand) *Fusion { return NewFusion(rng, c) }
