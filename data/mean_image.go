package data

import (
	"fmt"

	"github.com/braidml/braid/tensor"
)

// MeanImage is the mean of the images of s, [h, w, c] in their type. Rows whose image is missing do not count. Where
// none has one, it is zeros.
func MeanImage(s Source[Pair]) (tensor.Array, error) {
	const batch = 256
	var b Pair
	var sum []float64
	n := 0.0
	for from := 0; from < s.Len(); from += batch {
		rows := make([]int, min(batch, s.Len()-from))
		for i := range rows {
			rows[i] = from + i
		}
		if err := s.Read(&b, rows, nil); err != nil {
			return tensor.Array{}, err
		}
		if b.Image.Absent() {
			return tensor.Array{}, fmt.Errorf("data: MeanImage: the data have no images")
		}
		size := b.Image.Len() / len(rows)
		if sum == nil {
			sum = make([]float64, size)
		}
		for i := range rows {
			if !b.Has.Absent() && tensor.Values[uint8](b.Has)[2*i] == 0 {
				continue
			}
			n++
			addTo(sum, b.Image.Slice(i, i+1))
		}
	}
	if sum == nil {
		return tensor.Array{}, fmt.Errorf("data: MeanImage: there are no rows")
	}
	return meanOf(sum, max(n, 1), b.Image), nil
}

func addTo(sum []float64, image tensor.Array) {
	switch v := image.Any().(type) {
	case []uint8:
		for i, x := range v {
			sum[i] += float64(x)
		}
	case []float32:
		for i, x := range v {
			sum[i] += float64(x)
		}
	}
}

// meanOf is sum/n in the type of images and the shape of one of them.
func meanOf(sum []float64, n float64, images tensor.Array) tensor.Array {
	shape := images.Shape()[1:]
	if images.DType() == tensor.Uint8 {
		v := make([]uint8, len(sum))
		for i, x := range sum {
			v[i] = uint8(x/n + .5)
		}
		return tensor.ArrayOf(v, shape...)
	}
	v := make([]float32, len(sum))
	for i, x := range sum {
		v[i] = float32(x / n)
	}
	return tensor.ArrayOf(v, shape...)
}
