package main

import (
	"encoding/json"
	"errors"
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
	Image string `type:"existingfile" placeholder:"FILE" help:"PNG, JPEG, GIF or WebP."`
	Text  string `help:"The question."`
	Top   int    `default:"5" help:"How many classes to show."`
	JSON  bool   `name:"json" help:"Print JSON."`

	tableFlags `group:"Many rows"`
}

// answer is a class with its probability, or a number that was predicted.
type answer struct {
	Class       string  `json:"class"`
	Probability float32 `json:"probability"`
}

// amount is a number that a regression predicts.
type amount struct {
	Name  string  `json:"name"`
	Value float32 `json:"value"`
}

// Run predicts.
func (c *predictCommand) Run(w *world) error {
	if c.Top < 1 {
		return fmt.Errorf("--top is %d, want at least 1", c.Top)
	}
	switch single := c.Image != "" || c.Text != ""; {
	case single && c.Data != "":
		return errors.New("--data predicts the rows of a table: --image and --text are for one sample without it")
	case !single && c.Data == "":
		return errors.New("--image and --text, or --data, are expected")
	}
	model, err := openModel(c.Model)
	if err != nil {
		return err
	}
	if c.Data != "" {
		return c.table(w, model)
	}
	image, text, has, err := c.inputs(model)
	if err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	out, err := model.PredictHas(dev, image, text, has)
	if err != nil {
		return err
	}
	return c.show(w, model, out.Floats())
}

// inputs reads what is asked about. What is not given is missing, if the model was trained for that.
func (c *predictCommand) inputs(m *models.Fusion) (image, text, has tensor.Array, err error) {
	words := m.Config.Words
	switch {
	case c.Text != "" && len(words) == 0:
		return image, text, has, errors.New("the model was trained without texts: leave --text out")
	case c.Text == "" && !m.Config.Missing:
		return image, text, has, errors.New("--text is missing, and the model was trained with a text for every picture")
	case c.Image == "" && !m.Config.Missing:
		return image, text, has, errors.New("--image is missing, and the model was trained with a picture for every text")
	}
	if c.Image != "" {
		if image, err = readImage(c.Image, m.Config.Image); err != nil {
			return image, text, has, err
		}
	}
	if c.Text != "" {
		vocab := &data.Vocab{Words: words}
		if len(vocab.Unknown([]string{c.Text})) > 0 {
			return image, text, has, fmt.Errorf("the model knows no word of %q; it knows: %s", c.Text, someOf(words[2:]))
		}
		text = vocab.EncodeAll([]string{c.Text}, 0)
		if most := m.Config.Text.MaxTokens; most > 0 && text.Len() > most {
			text = vocab.EncodeAll([]string{c.Text}, most)
		}
	}
	return image, text, has, nil
}

// someOf lists words, no more than a message can hold.
func someOf(words []string) string {
	const most = 100
	if len(words) > most {
		return fmt.Sprintf("%s … (%d words)", strings.Join(words[:most], " "), len(words))
	}
	return strings.Join(words, " ")
}

// show prints what was predicted.
func (c *predictCommand) show(w *world, m *models.Fusion, values []float32) error {
	width := 0
	if m.Config.Regression {
		amounts := make([]amount, len(values))
		for i, v := range values {
			amounts[i] = amount{m.Config.Classes[i], v}
			width = max(width, len(amounts[i].Name))
		}
		if c.JSON {
			return json.NewEncoder(w.out).Encode(amounts)
		}
		for _, a := range amounts {
			fmt.Fprintf(w.out, "%-*s %.6g\n", width, a.Name, a.Value)
		}
		return nil
	}
	answers := rank(m.Config.Classes, values)
	answers = answers[:min(c.Top, len(answers))]
	if c.JSON {
		return json.NewEncoder(w.out).Encode(answers)
	}
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

// readImage is the picture in a file as a model takes it, [1, h, w, c]; in grey for a model of grey pictures.
func readImage(path string, c models.ImageConfig) (tensor.Array, error) {
	decode := data.DecodeImage
	if c.Channels == 1 {
		decode = data.DecodeGrey
	}
	image, err := decodeFile(path, c.Height, c.Width, decode)
	if err != nil {
		return tensor.Array{}, err
	}
	return image.Reshape(1, c.Height, c.Width, c.Channels), nil
}

// stopwatch starts; what it returns gives the seconds since.
func stopwatch() func() float64 {
	start := time.Now()
	return func() float64 { return time.Since(start).Seconds() }
}
