package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/layers"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// evalDrawing measures the run of a model that draws.
func (c *evalCommand) evalDrawing(w *world, kind string) error {
	if c.Samples < 100 || c.Samples > most {
		return fmt.Errorf("--samples is %d, want 100 to %d", c.Samples, most)
	}
	dev, err := tensor.Open(nil)
	if err != nil {
		return err
	}
	defer dev.Close()
	r := outcome{Test: map[string]float64{}}
	clock := stopwatch()
	switch kind {
	case ganKind:
		r.Options = &ganOptions{}
		err = c.evalGAN(w, dev, r.Options.(*ganOptions), &r)
	case autoencoderKind:
		r.Options = &autoencoderOptions{}
		err = c.evalAutoencoder(w, dev, r.Options.(*autoencoderOptions), &r)
	default:
		err = fmt.Errorf("the run in %s is of the kind %q, which this program does not know", c.Model, kind)
	}
	if err == context.Canceled {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	r.Seconds = clock()
	if c.JSON != "" {
		return writeJSON(c.JSON, r)
	}
	return nil
}

// gallery is the run's pictures, or those of --data; of files all, whatever part the run was trained on.
func (c *evalCommand) gallery(o *pictureOptions, image models.ImageConfig) (*gallery, error) {
	if c.Data != "" {
		o.Data = c.Data
	}
	all := *o
	if all.Data != builtin {
		all.Pictures = 0
	}
	g, err := all.open()
	if err == nil && (g.height != image.Height || g.width != image.Width || g.channels != image.Channels) {
		err = fmt.Errorf("the pictures are %dx%dx%d, the model's are %dx%dx%d", g.height, g.width, g.channels, image.Height, image.Width, image.Channels)
	}
	return g, err
}

func (c *evalCommand) evalGAN(w *world, dev *tensor.Device, o *ganOptions, r *outcome) error {
	if err := readOptions(c.Model, o); err != nil {
		return err
	}
	m, err := models.OpenGAN(filepath.Join(c.Model, modelFile))
	if err != nil {
		return fmt.Errorf("%w (a run is evaluated when it has ended)", err)
	}
	r.Parameters = layers.Count(m)
	g, err := c.gallery(&o.pictureOptions, m.Config.Image)
	if err != nil {
		return err
	}
	return c.compare(w, dev, &o.pictureOptions, g, r.Test, func() (drawn tensor.Array, asked []int32, err error) {
		var texts tensor.Array
		if readsText(m) {
			if texts, asked, err = requests(m, g, c.Samples); err != nil {
				return drawn, nil, err
			}
		}
		drawn, err = m.Sample(dev, c.Samples, o.Seed+1, texts) // not the noise of the sheets
		return drawn, asked, err
	})
}

// requests are n texts of the test part, in turn, with the classes of their pictures; those that m knows no word of are
// left out.
func requests(m *models.GAN, g *gallery, n int) (texts tensor.Array, classes []int32, err error) {
	if g.vocab == nil || !slices.Equal(g.vocab.Words, m.Config.Words) {
		return texts, nil, errors.New("the data has other texts than the model was trained with")
	}
	all := g.test.Texts
	var ids []int32
	known := 0
	for i := 0; known < n; i++ {
		row := i % g.test.Len()
		if row == 0 && i > 0 && known == 0 {
			return texts, nil, errors.New("the model knows no word of any text in the test part")
		}
		tokens := tensor.Values[int32](all.Slice(row, row+1))
		if slices.Max(tokens) <= data.Unknown {
			continue
		}
		ids = append(ids, tokens...)
		if !g.test.Labels.Absent() {
			classes = append(classes, tensor.Values[int32](g.test.Labels)[row])
		}
		known++
	}
	return tensor.ArrayOf(ids, n, all.Shape()[1]), classes, nil
}

func (c *evalCommand) evalAutoencoder(w *world, dev *tensor.Device, o *autoencoderOptions, r *outcome) error {
	if err := readOptions(c.Model, o); err != nil {
		return err
	}
	m, err := models.OpenAutoencoder(filepath.Join(c.Model, modelFile))
	if err != nil {
		return fmt.Errorf("%w (a run is evaluated when it has ended)", err)
	}
	r.Parameters = layers.Count(m)
	g, err := c.gallery(&o.pictureOptions, m.Config.Image)
	if err != nil {
		return err
	}
	test, err := rebuilding(dev, m, g.test.Images, o.Seed)
	if err != nil {
		return err
	}
	maps.Copy(r.Test, test)
	reportRebuilding(w, test)
	if !o.Variational && c.Drawn == "" {
		return nil
	}
	return c.compare(w, dev, &o.pictureOptions, g, r.Test, func() (tensor.Array, []int32, error) {
		drawn, err := m.Sample(dev, c.Samples, o.Seed+1)
		return drawn, nil, err
	})
}

// diverse is how many pictures diversity is measured on: it takes the square of that.
const diverse = 500

// compare measures drawn pictures, those of --drawn if it is given, against the test part. asked are the classes that they
// should be of, or nil.
func (c *evalCommand) compare(w *world, dev *tensor.Device, o *pictureOptions, g *gallery, test map[string]float64,
	draw func() (drawn tensor.Array, asked []int32, err error)) error {
	var drawn tensor.Array
	var asked []int32
	var err error
	if c.Drawn != "" {
		drawn, err = readDrawn(c.Drawn, g)
	} else {
		drawn, asked, err = draw()
	}
	if err != nil {
		return err
	}
	n := drawn.Shape()[0]
	real := g.test.Images
	few := func(a tensor.Array) tensor.Array { return a.Slice(0, min(diverse, a.Shape()[0])) }
	test["diversity"], test["diversity_real"] = metrics.PairwiseDistance(few(drawn)), metrics.PairwiseDistance(few(real))
	fmt.Fprintf(w.out, "diversity %.4f, of real pictures %.4f (mean distance of two, root mean square of pixels)\n", test["diversity"], test["diversity_real"])
	if len(g.classes) < 2 {
		fmt.Fprintln(w.out, "the pictures have no classes, so that there is no classifier to measure a Fréchet distance with")
		return nil
	}
	j, err := openJudge(w, dev, c.Model, o, g)
	if err != nil {
		return err
	}
	seen, classes, err := j.look(w.ctx, dev, drawn)
	if err != nil {
		return err
	}
	wanted, _, err := j.look(w.ctx, dev, real)
	if err != nil {
		return err
	}
	others, _, err := j.look(w.ctx, dev, g.train.Images.Slice(0, min(n, g.train.Len())))
	if err != nil {
		return err
	}
	if test["frechet"], err = metrics.FrechetDistance(seen, wanted); err != nil {
		return err
	}
	if test["frechet_real"], err = metrics.FrechetDistance(others, wanted); err != nil {
		return err
	}
	test["class_entropy"], test["class_entropy_each"] = metrics.ClassEntropy(classes)
	test["classifier_accuracy"] = j.verdict.Accuracy
	fmt.Fprintf(w.out, "classifier: accuracy %.4f on %d test pictures, %d features\n", j.verdict.Accuracy, g.test.Len(), judgeFeatures)
	fmt.Fprintf(w.out, "Fréchet distance %.3f of %d pictures, of as many from the training part %.3f\n", test["frechet"], n, test["frechet_real"])
	fmt.Fprintf(w.out, "class entropy %.3f of at most %.3f, of single pictures %.3f\n",
		test["class_entropy"], math.Log(float64(len(g.classes))), test["class_entropy_each"])
	if asked == nil {
		return nil
	}
	accuracy := metrics.Accuracy()
	accuracy.Observe(classes, tensor.ArrayOf(asked, len(asked)))
	test["asked"] = accuracy.Value()
	fmt.Fprintf(w.out, "the class that was asked for is found in %.4f\n", test["asked"])
	test["diversity_class"] = diversityWithin(drawn, asked)
	test["diversity_class_real"] = diversityWithin(real, tensor.Values[int32](g.test.Labels))
	fmt.Fprintf(w.out, "diversity of pictures of one class %.4f, of real ones %.4f\n", test["diversity_class"], test["diversity_class_real"])
	if test["diversity_class"] < alike*test["diversity_class_real"] {
		fmt.Fprintln(w.out, oneForEach)
	}
	return nil
}

// alike is the share of real pictures' diversity below which a model draws the same picture again and again.
const alike = 0.2

const oneForEach = "the model has collapsed to one picture for each text: the noise changes next to nothing"

// diversityWithin is the mean diversity of the pictures of a class, of the first few.
func diversityWithin(pictures tensor.Array, classes []int32) float64 {
	const few = 40
	rows := map[int32][]float32{}
	size := pictures.Len() / pictures.Shape()[0]
	values := reals(pictures).Floats()
	for i, class := range classes {
		if len(rows[class]) < few*size {
			rows[class] = append(rows[class], values[i*size:(i+1)*size]...)
		}
	}
	total, n := 0.0, 0
	for _, class := range slices.Sorted(maps.Keys(rows)) {
		if r := rows[class]; len(r) > size {
			total += metrics.PairwiseDistance(tensor.ArrayOf(r, len(r)/size, size))
			n++
		}
	}
	return total / float64(n)
}

// readDrawn reads pictures that another program drew.
func readDrawn(path string, g *gallery) (tensor.Array, error) {
	a, err := data.ReadIDXFile(path)
	if err != nil {
		return a, err
	}
	if s := a.Shape(); len(s) == 3 {
		a = a.Reshape(s[0], s[1], s[2], 1)
	}
	if s := a.Shape(); len(s) != 4 || s[0] < 2 || !slices.Equal(s[1:], []int{g.height, g.width, g.channels}) || a.DType() != tensor.Uint8 {
		return a, fmt.Errorf("%s: the pictures are %v %v: at least two, [n %d %d %d] of bytes, were expected", path, a.DType(), s, g.height, g.width, g.channels)
	}
	return a, nil
}
