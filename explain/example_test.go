package explain_test

import (
	"fmt"
	"log"
	"math/rand/v2"
	"slices"

	"github.com/braidml/braid/explain"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// Which words of a question count, and where the model looks. A model that was trained says more than this one.
func Example() {
	model := models.NewFusion(rand.New(rand.NewPCG(1, 2)), models.FusionConfig{
		Image: models.ImageConfig{Height: 16, Width: 16, Widths: []int{8, 8}}, Text: models.TextConfig{Vocab: 10}, Outputs: 3,
	})
	image := tensor.ArrayOf(slices.Repeat([]uint8{200, 30, 30}, 16*16), 1, 16, 16, 3)
	question := tensor.ArrayOf([]int32{4, 7, 2}, 1, 3)
	e, err := explain.Explain(tensor.CPU(), model, image, question, explain.Options{Classes: []int{2}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("maps of", e.Layer, e.CAM.Shape(), "for the picture", explain.Upsample(e.CAM, 16, 16).Shape())
	fmt.Println("weights of words", e.Words.Shape())
	// Output:
	// maps of image.6 [1 8 8] for the picture [1 16 16]
	// weights of words [1 3]
}
