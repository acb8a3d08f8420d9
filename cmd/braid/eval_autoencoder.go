package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

func (c *evalCommand) evalAutoencoder(w *world, dev *tensor.Device, o *autoencoderOptions, r *outcome) error {
	m, err := finished(c, o, models.OpenAutoencoder, r)
	if err != nil {
		return err
	}
	g, err := c.gallery(&o.pictureOptions, m.Config.Image)
	if err != nil {
		return err
	}
	var test map[string]float64
	if c.Rebuilt != "" {
		test, err = elsewhere(c.Rebuilt, m.Config.Image, g.test.Images)
	} else {
		test, err = rebuilding(dev, m, g.test.Images, o.Seed)
	}
	if err != nil {
		return err
	}
	maps.Copy(r.Test, test)
	reportRebuilding(w, test)
	if c.Drawn == "" && (!o.Variational || c.Rebuilt != "") {
		return nil
	}
	return c.compare(w, dev, &o.pictureOptions, g, r.Test, func() (tensor.Array, []int32, error) {
		drawn, err := m.Sample(dev, c.Samples, o.Seed+1)
		return drawn, nil, err
	})
}

// elsewhere measures what another program made of pictures, in an IDX file, bytes or reals from 0 to 1.
func elsewhere(path string, c models.ImageConfig, pictures tensor.Array) (map[string]float64, error) {
	a, err := data.ReadIDXFile(path)
	if err != nil {
		return nil, err
	}
	if s := a.Shape(); len(s) == 3 && c.Channels == 1 {
		a = a.Reshape(s[0], s[1], s[2], 1)
	}
	if !slices.Equal(a.Shape(), pictures.Shape()) || a.DType() != tensor.Uint8 && a.DType() != tensor.Float32 {
		return nil, fmt.Errorf("%s: the pictures are %v %v: %v of bytes or float32, one for each of the test part, were expected",
			path, a.DType(), a.Shape(), pictures.Shape())
	}
	from := 0
	return rebuilt(c, pictures, func(batch tensor.Array) (tensor.Array, error) {
		to := from + batch.Shape()[0]
		part := a.Slice(from, to)
		from = to
		return part, nil
	})
}
