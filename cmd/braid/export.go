package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/braidml/braid/internal/atomicfile"
	"github.com/braidml/braid/internal/safetensors"
	"github.com/braidml/braid/interop/onnx"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

type exportCommand struct {
	Model string `required:"" type:"path" placeholder:"DIR" help:"Folder of a run, or a model file."`
	ONNX  string `required:"" name:"onnx" type:"path" placeholder:"FILE" help:"File to write: the graph that computes what the model does, its weights in it."`
	Bytes bool   `help:"The graph reads pictures as bytes, 0 to 255, instead of numbers from 0 to 1."`
}

// Run exports.
func (c *exportCommand) Run(w *world) error {
	m, err := openAny(c.Model)
	if err != nil {
		return err
	}
	o := onnx.Options{}
	if c.Bytes {
		o.Pixels = tensor.Uint8
	}
	if err := atomicfile.Write(c.ONNX, 0o666, func(w io.Writer) error { return onnx.Export(w, m, o) }); err != nil {
		return err
	}
	info, err := os.Stat(c.ONNX)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.out, "%s: %s, %d kB\n", c.ONNX, kindName(m), (info.Size()+999)/1000)
	return nil
}

// openAny opens a model file of any kind, or that of a run.
func openAny(path string) (any, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, modelFile)
	}
	f, err := safetensors.ReadFile(path)
	if err != nil {
		return nil, err
	}
	format := f.Meta["format"]
	if err := f.Close(); err != nil {
		return nil, err
	}
	switch format {
	case "braid.gan.1":
		return models.OpenGAN(path)
	case "braid.autoencoder.1":
		return models.OpenAutoencoder(path)
	case "braid.joint.1":
		return models.OpenJointAutoencoder(path)
	}
	return models.OpenFusion(path) // whose error says what the file is, if it is no model
}

// kindName is what a model is called in messages.
func kindName(m any) string {
	switch m.(type) {
	case *models.GAN:
		return "generator of a GAN"
	case *models.Autoencoder:
		return "autoencoder"
	case *models.JointAutoencoder:
		return "joint autoencoder"
	}
	return "fusion"
}
