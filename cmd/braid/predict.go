package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

type predictCommand struct {
	deviceFlag
	Model string `required:"" type:"path" placeholder:"DIR" help:"Folder of a run, or a model file."`
	Image string `required:"" type:"existingfile" placeholder:"FILE" help:"PNG, JPEG or GIF."`
	Text  string `required:"" help:"The question."`
	Top   int    `default:"5" help:"How many classes to show."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// answer is a class with its probability.
type answer struct {
	Class       string  `json:"class"`
	Probability float32 `json:"probability"`
}

// Run predicts.
func (c *predictCommand) Run(w *world) error {
	if c.Top < 1 {
		return fmt.Errorf("--top is %d, want at least 1", c.Top)
	}
	model, err := openModel(c.Model)
	if err != nil {
		return err
	}
	image, err := readImage(c.Image, model.Config.Image)
	if err != nil {
		return err
	}
	vocab := &data.Vocab{Words: model.Config.Words}
	if len(vocab.Unknown([]string{c.Text})) > 0 {
		return fmt.Errorf("the model knows no word of %q; it knows: %s", c.Text, strings.Join(vocab.Words[2:], " "))
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	probs, err := model.Predict(dev, image, vocab.EncodeAll([]string{c.Text}, 0))
	if err != nil {
		return err
	}
	answers := rank(model.Config.Classes, probs.Floats())
	answers = answers[:min(c.Top, len(answers))]
	if c.JSON {
		return json.NewEncoder(w.out).Encode(answers)
	}
	width := 0
	for _, a := range answers {
		width = max(width, len(a.Class))
	}
	for _, a := range answers {
		fmt.Fprintf(w.out, "%-*s %6.2f %%\n", width, a.Class, 100*a.Probability)
	}
	return nil
}

// rank is the classes, the most probable first.
func rank(classes []string, probs []float32) []answer {
	answers := make([]answer, len(probs))
	for i, p := range probs {
		answers[i] = answer{fmt.Sprint(i), p}
		if i < len(classes) {
			answers[i].Class = classes[i]
		}
	}
	slices.SortStableFunc(answers, func(a, b answer) int {
		if a.Probability > b.Probability {
			return -1
		}
		return 1
	})
	return answers
}

// openModel opens a model file, or that of a run.
func openModel(path string) (*models.Fusion, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, modelFile)
	}
	return models.OpenFusion(path)
}

func readImage(path string, c models.ImageConfig) (tensor.Array, error) {
	image, err := readPicture(path, c.Height, c.Width)
	if err != nil {
		return tensor.Array{}, err
	}
	return image.Reshape(1, c.Height, c.Width, 3), nil
}

// firstText is the tokens of the first test sample: an example for people.
func firstText(d *dataset) []int32 {
	return tensor.Values[int32](d.test.Texts.Slice(0, 1))
}

// stopwatch starts; what it returns gives the seconds since.
func stopwatch() func() float64 {
	start := time.Now()
	return func() float64 { return time.Since(start).Seconds() }
}
