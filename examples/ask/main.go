// Ask asks a trained model about a picture.
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

func main() {
	if len(os.Args) != 4 {
		log.Fatal("usage: ask MODEL PICTURE QUESTION")
	}
	answer, probability, err := ask(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s (%.0f %%)\n", answer, 100*probability)
}

func ask(path, picture, question string) (answer string, probability float32, err error) {
	model, err := models.OpenFusion(path)
	if err != nil {
		return "", 0, err
	}
	dev, err := tensor.Open(nil)
	if err != nil {
		return "", 0, err
	}
	defer dev.Close()
	file, err := os.Open(picture)
	if err != nil {
		return "", 0, err
	}
	defer file.Close()
	c := model.Config
	image, err := data.DecodeImage(file, c.Image.Height, c.Image.Width)
	if err != nil {
		return "", 0, err
	}
	image = image.Reshape(append([]int{1}, image.Shape()...)...) // a batch of one
	vocab := &data.Vocab{Words: c.Words}
	probabilities, err := model.Predict(dev, image, vocab.EncodeAll([]string{question}, 0))
	if err != nil {
		return "", 0, err
	}
	for i, p := range probabilities.Floats() {
		if p > probability {
			answer, probability = c.Classes[i], p
		}
	}
	return answer, probability, nil
}
