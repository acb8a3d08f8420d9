// Shapefolder writes a folder of pictures with questions and answers, such as somebody might have of their own:
//
//	go run -tags cpu ./examples/shapefolder shapes
//
// leaves shapes/train and shapes/test, each with PNGs and a metadata.csv.
package main

import (
	"encoding/csv"
	"fmt"
	"image"
	"image/png"
	"log"
	"os"
	"path/filepath"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: shapefolder DIR")
	}
	train, test, vocab := data.Shapes(data.ShapesConfig{Train: 800, Test: 100, Seed: 7})
	for name, part := range map[string]*data.Pairs{"train": train, "test": test} {
		dir := filepath.Join(os.Args[1], name)
		if err := write(dir, part, vocab); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %d pictures, %d questions\n", dir, part.Images.Shape()[0], part.Len())
	}
}

func write(dir string, p *data.Pairs, vocab *data.Vocab) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	shape := p.Images.Shape()
	for i := range shape[0] {
		if err := writePNG(filepath.Join(dir, name(i)), p.Images.Slice(i, i+1), shape[1], shape[2]); err != nil {
			return err
		}
	}
	table, err := os.Create(filepath.Join(dir, "metadata.csv"))
	if err != nil {
		return err
	}
	rows := [][]string{{"file_name", "question", "answer"}}
	labels, texts := tensor.Values[int32](p.Labels), tensor.Values[int32](p.Texts)
	width := p.Texts.Shape()[1]
	for i, row := range p.Rows {
		rows = append(rows, []string{name(int(row)), vocab.Decode(texts[i*width : (i+1)*width]), p.Classes[labels[i]]})
	}
	if err := csv.NewWriter(table).WriteAll(rows); err != nil {
		return err
	}
	return table.Close()
}

func name(i int) string { return fmt.Sprintf("%04d.png", i) }

func writePNG(path string, pixels tensor.Array, h, w int) error {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i, v := range tensor.Values[uint8](pixels) {
		m.Pix[i/3*4+i%3] = v
		m.Pix[i/3*4+3] = 255
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(f, m); err != nil {
		return err
	}
	return f.Close()
}
