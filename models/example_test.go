package models_test

import (
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// A model is made, saved, opened again and asked about a picture. Here it has learned nothing yet.
func Example() {
	model := models.NewFusion(rand.New(rand.NewPCG(1, 2)), models.FusionConfig{
		Image:   models.ImageConfig{Height: 32, Width: 32, Channels: 3},
		Text:    models.TextConfig{Vocab: 26},
		Merge:   models.Multiply,
		Outputs: 2,
		Classes: []string{"yes", "no"},
	})
	dir, err := os.MkdirTemp("", "fusion")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "fusion.safetensors")
	if err := model.Save(path); err != nil {
		log.Fatal(err)
	}

	server, err := models.OpenFusion(path)
	if err != nil {
		log.Fatal(err)
	}
	image := tensor.ArrayOf(make([]uint8, 32*32*3), 1, 32, 32, 3)
	question := tensor.ArrayOf([]int32{2, 5, 7, 0}, 1, 4)
	p, err := server.Predict(tensor.CPU(), image, question)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Shape(), server.Config.Classes)
	// Output: [1 2] [yes no]
}
