package main

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/tensor"
)

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

// readDrawn reads pictures that another program drew, bytes or reals from 0 to 1.
func readDrawn(path string, g *gallery) (tensor.Array, error) {
	a, err := data.ReadIDXFile(path)
	if err != nil {
		return a, err
	}
	if s := a.Shape(); len(s) == 3 {
		a = a.Reshape(s[0], s[1], s[2], 1)
	}
	s, t := a.Shape(), a.DType()
	if len(s) != 4 || s[0] < 2 || !slices.Equal(s[1:], []int{g.height, g.width, g.channels}) || t != tensor.Uint8 && t != tensor.Float32 {
		return a, fmt.Errorf("%s: the pictures are %v %v: at least two, [n %d %d %d] of bytes or float32, were expected", path, t, s, g.height, g.width, g.channels)
	}
	return a, nil
}
