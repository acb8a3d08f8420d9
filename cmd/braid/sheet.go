package main

import (
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/image/draw"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/internal/atomicfile"
	"github.com/braidml/braid/report"
	"github.com/braidml/braid/tensor"
)

// Pictures in the folder of a run.
const (
	sheetFolder  = "samples"     // one sheet an epoch
	growthFile   = "growth.png"  // some of them, side by side
	curvesFile   = "curves.png"  // what training minimised
	qualityFile  = "quality.png" // how good the model was
	sheetColumns = 8
)

// enlarged is how many pixels a side a pixel of a picture gets: small pictures can hardly be seen.
func enlarged(height int) int { return max(1, min(4, 96/height)) }

// sheet draws pictures [n, h, w, c] so many in a row.
func sheet(pictures tensor.Array, columns int) image.Image {
	return report.Enlarge(data.Grid(pictures, columns), enlarged(pictures.Shape()[1]))
}

// rows joins batches of as many pictures by rows: so many pictures of the first, the same of the second, and so on. A rest
// that fills no row is left out.
func rows(columns int, batches ...tensor.Array) tensor.Array {
	shape := slices.Clone(batches[0].Shape())
	n := shape[0] - shape[0]%columns
	size := batches[0].Len() / shape[0]
	var all []float32
	for from := 0; from < n; from += columns {
		for _, b := range batches {
			all = append(all, b.Floats()[from*size:(from+columns)*size]...)
		}
	}
	shape[0] = n * len(batches)
	return tensor.ArrayOf(all, shape...)
}

// reals is pictures as numbers from 0 to 1.
func reals(pictures tensor.Array) tensor.Array {
	if pictures.DType() != tensor.Uint8 {
		return pictures
	}
	out := make([]float32, pictures.Len())
	for i, v := range tensor.Values[uint8](pictures) {
		out[i] = float32(v) / 255
	}
	return tensor.ArrayOf(out, pictures.Shape()...)
}

func writePNG(path string, m image.Image) error {
	return atomicfile.Write(path, 0o644, func(w io.Writer) error { return report.PNG(w, m) })
}

// sheetPath is where the sheet of an epoch lies.
func sheetPath(dir string, epoch int) string {
	return filepath.Join(dir, sheetFolder, fmt.Sprintf("epoch-%04d.png", epoch))
}

// growth is a strip of at most six sheets of a run, more of the early epochs, in which most happens. Of each it has the
// left half. A sheet that a kill prevented is left out.
func growth(dir string, epochs, height, width int) (image.Image, error) {
	const most = 6
	wanted := []int{}
	for i := range most {
		share := float64(i) / (most - 1)
		wanted = append(wanted, 1+int(float64(epochs-1)*share*share+0.5))
	}
	var frames []report.Frame
	for _, epoch := range slices.Compact(wanted) {
		f, err := os.Open(sheetPath(dir, epoch))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		m, err := png.Decode(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", sheetPath(dir, epoch), err)
		}
		half := m.Bounds()
		half.Max.X = min(half.Max.X, (sheetColumns/2*(width+1)-1)*enlarged(height))
		left := image.NewRGBA(half)
		draw.Draw(left, half, m, half.Min, draw.Src)
		frames = append(frames, report.Frame{Caption: fmt.Sprintf("epoch %d", epoch), Picture: left})
	}
	return report.Strip(frames...), nil
}
