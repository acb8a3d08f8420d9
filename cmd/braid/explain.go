package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/explain"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

type explainCommand struct {
	deviceFlag
	Model  string `required:"" type:"path" placeholder:"DIR" help:"Folder of a run, or a model file."`
	Image  string `type:"existingfile" placeholder:"FILE" help:"PNG, JPEG, GIF or WebP; left out where the model can do without."`
	Text   string `help:"The question; left out where the model can do without."`
	Class  string `placeholder:"NAME" help:"The class to explain; the most probable one if left out."`
	Method string `default:"gradcam" enum:"gradcam,saliency,integrated" help:"gradcam: where the features lie, and gradient x input per word; saliency: the slope of every pixel; integrated: shares of pixels and words in the score."`
	Layer  string `placeholder:"PATH" help:"Whose maps Grad-CAM weighs, as braid summary names it; the last convolution if left out."`
	Out    string `required:"" type:"path" placeholder:"PNG" help:"Where to draw it."`
	Font   string `type:"existingfile" placeholder:"FILE" help:"TTF or OTF with the characters that the built-in font lacks, such as Chinese."`
	JSON   bool   `name:"json" help:"Print JSON, with the map."`
}

// explained is what --json prints.
type explained struct {
	Class   string       `json:"class"`
	Answers any          `json:"answers"` // as predict has them
	Method  string       `json:"method"`
	Layer   string       `json:"layer,omitempty"`
	Words   []wordWeight `json:"words,omitempty"`
	Map     [][]float32  `json:"map,omitempty"`
}

type wordWeight struct {
	Word   string  `json:"word"`
	Weight float32 `json:"weight"`
	Known  bool    `json:"known"`
}

// Run explains.
func (c *explainCommand) Run(w *world) error {
	if err := writable("--out", c.Out); err != nil {
		return err
	}
	if c.Layer != "" && (c.Method != "gradcam" || c.Image == "") {
		return errors.New("--layer is of Grad-CAM of a picture: it needs --image, and --method gradcam")
	}
	model, err := openModel(c.Model)
	if err != nil {
		return err
	}
	q, err := c.question(model)
	if err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	if err := q.explain(dev, c); err != nil {
		return err
	}
	f, err := q.figure(c)
	if err != nil {
		return err
	}
	picture, err := f.Draw()
	if err != nil {
		return err
	}
	if err := writePNG(c.Out, picture); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(w.out).Encode(q.result)
	}
	q.print(w, c.Out)
	return nil
}

// question is what is asked, and what came out.
type question struct {
	model       *models.Fusion
	image, text tensor.Array // absent: left out
	words       []string
	known       []bool
	class       int // -1: the most probable one
	heat        tensor.Array
	answers     []answer // of a regression, the numbers in their order
	result      explained
}

func (c *explainCommand) question(m *models.Fusion) (*question, error) {
	q := &question{model: m, class: -1}
	if m.Config.Regression { // the largest of numbers in several units is not the one that matters
		q.class = 0
	}
	if c.Image == "" && c.Text == "" {
		return nil, errors.New("neither --image nor --text is given, want at least one")
	}
	if c.Class != "" {
		if q.class = slices.Index(m.Config.Classes, c.Class); q.class < 0 {
			return nil, fmt.Errorf("--class is %q, want one of: %s", c.Class, strings.Join(m.Config.Classes, ", "))
		}
	}
	ask := predictCommand{Image: c.Image, Text: c.Text}
	var err error
	if q.image, q.text, _, err = ask.inputs(m); err != nil {
		return nil, err
	}
	if c.Text != "" {
		vocab := &data.Vocab{Words: m.Config.Words}
		q.words = data.Tokenize(c.Text)[:q.text.Len()] // a long text may be cut
		for _, word := range q.words {
			q.known = append(q.known, vocab.ID(word) != data.Unknown)
		}
	}
	return q, nil
}

// explain computes the map and the words' weights.
func (q *question) explain(dev *tensor.Device, c *explainCommand) error {
	o := explain.Options{Layer: c.Layer}
	if q.class >= 0 {
		o.Classes = []int{q.class}
	}
	e, err := explain.Explain(dev, q.model, q.image, q.text, o)
	if err != nil {
		return err
	}
	values, err := q.model.Predict(dev, q.image, q.text)
	if err != nil {
		return err
	}
	q.class, q.heat = e.Classes[0], e.CAM
	q.answers = rank(q.model.Config.Classes, values.Floats())
	q.result = explained{Class: q.name(), Answers: q.answers, Method: c.Method, Layer: e.Layer}
	if q.model.Config.Regression {
		q.answers = nil
		var numbers []amount
		for i, v := range values.Floats() {
			numbers = append(numbers, amount{q.model.Config.Classes[i], v})
			q.answers = append(q.answers, answer{q.model.Config.Classes[i], v})
		}
		q.result.Answers = numbers
	}
	weights := e.Words
	if c.Method != "gradcam" {
		q.heat, q.result.Layer = e.Saliency, ""
	}
	if c.Method == "integrated" {
		o.Classes = e.Classes
		a, err := explain.Integrate(dev, q.model, q.image, q.text, o)
		if err != nil {
			return err
		}
		q.heat, weights = a.Pixels, a.Words
	}
	for i, word := range q.words {
		q.result.Words = append(q.result.Words, wordWeight{word, weights.Floats()[i], q.known[i]})
	}
	if !q.heat.Absent() {
		s := q.heat.Shape()
		q.heat = q.heat.Reshape(s[1], s[2])
		for row := range s[1] {
			q.result.Map = append(q.result.Map, q.heat.Slice(row, row+1).Floats())
		}
	}
	return nil
}

// name is that of the explained class.
func (q *question) name() string {
	if q.class < len(q.model.Config.Classes) {
		return q.model.Config.Classes[q.class]
	}
	return fmt.Sprint(q.class)
}

// Captions of the maps and of the words, by method.
var (
	mapNames = map[string]string{
		"gradcam": "Grad-CAM: what raises “%s”", "saliency": "saliency: pixels that “%s” changes with",
		"integrated": "integrated gradients: what raises and lowers “%s”",
	}
	wordNames = map[string]string{
		"gradcam": "gradient × input: what each word adds to “%s”", "saliency": "gradient × input: what each word adds to “%s”",
		"integrated": "integrated gradients: what each word adds to “%s”",
	}
)

// figure is the picture of it.
func (q *question) figure(c *explainCommand) (*explain.Figure, error) {
	name := q.name()
	f := &explain.Figure{
		Title:   fmt.Sprintf("%s: %s", q.head().Class, q.percent(q.head().Probability)),
		MapName: fmt.Sprintf(mapNames[c.Method], name), Map: q.heat,
		WordsName: fmt.Sprintf(wordNames[c.Method], name), Words: q.words,
		BarsName: "what the model answers", Percent: !q.model.Config.Regression,
	}
	for _, word := range q.result.Words {
		f.Weights, f.Strange = append(f.Weights, word.Weight), append(f.Strange, !word.Known)
	}
	for _, a := range q.answers {
		f.Bars = append(f.Bars, explain.Bar{Name: a.Class, Value: float64(a.Probability), Explained: a.Class == name})
	}
	if c.Image != "" {
		picture, err := readWhole(c.Image, 640)
		if err != nil {
			return nil, err
		}
		f.Picture = data.Grid(picture, 1)
	}
	if c.Font != "" {
		var err error
		if f.Font, err = os.ReadFile(c.Font); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// head is the answer, or the number of a regression that is explained.
func (q *question) head() answer {
	if q.model.Config.Regression {
		return q.answers[q.class]
	}
	return q.answers[0]
}

func (q *question) percent(p float32) string {
	if q.model.Config.Regression {
		return fmt.Sprintf("%.4g", p)
	}
	return fmt.Sprintf("%.1f %%", 100*p)
}

// readWhole is a picture in its own proportions, of at most so many pixels a side, [1, h, w, 3].
func readWhole(path string, side int) (tensor.Array, error) {
	f, err := os.Open(path)
	if err != nil {
		return tensor.Array{}, err
	}
	defer f.Close()
	h, w, err := data.ImageSize(f)
	if err != nil {
		return tensor.Array{}, fmt.Errorf("%s: %w", path, err)
	}
	if longer := max(h, w); longer > side {
		h, w = max(1, h*side/longer), max(1, w*side/longer)
	}
	picture, err := readPicture(path, h, w)
	if err != nil {
		return tensor.Array{}, err
	}
	return picture.Reshape(1, h, w, 3), nil
}

// print says in words what the picture shows.
func (q *question) print(w *world, path string) {
	fmt.Fprintf(w.out, "%s %s", q.head().Class, q.percent(q.head().Probability))
	for _, a := range q.answers {
		if a.Class == q.result.Class && a != q.head() {
			fmt.Fprintf(w.out, "; explained: %s %s", a.Class, q.percent(a.Probability))
		}
	}
	fmt.Fprintln(w.out)
	for _, word := range q.result.Words {
		fmt.Fprintf(w.out, "%+8.3f  %s", word.Weight, word.Word)
		if !word.Known {
			fmt.Fprint(w.out, "  (not known)")
		}
		fmt.Fprintln(w.out)
	}
	fmt.Fprintf(w.out, "drawn in %s\n", path)
}
