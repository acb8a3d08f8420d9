package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// emojiStyles are the pictures of the emoji by style, read when they are asked for.
type emojiStyles struct {
	dir    string
	size   int
	styles map[string]tensor.Array // absent: there is no such style in this size
	absent int                     // rows that named one of those
}

// picture is number index of a style, or absent if the style is not there in this size.
func (e *emojiStyles) picture(style, index string) (tensor.Array, error) {
	images, err := e.style(style)
	if err != nil || images.Absent() {
		return tensor.Array{}, err
	}
	k, err := strconv.Atoi(index)
	if err != nil || k < 0 || k >= images.Shape()[0] {
		return tensor.Array{}, fmt.Errorf("%q is no picture of the style %s, which has %d", index, style, images.Shape()[0])
	}
	return images.Slice(k, k+1), nil
}

func (e *emojiStyles) style(name string) (tensor.Array, error) {
	if images, read := e.styles[name]; read {
		return images, nil
	}
	path := filepath.Join(e.dir, fmt.Sprintf("images-%s-%d.idx4-ubyte.gz", name, e.size))
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		e.styles[name] = tensor.Array{}
		return tensor.Array{}, nil
	}
	images, err := data.ReadIDXFile(path)
	if err != nil {
		return images, err
	}
	if s := images.Shape(); len(s) != 4 || s[1] != e.size || s[2] != e.size || s[3] != 3 || images.DType() != tensor.Uint8 {
		return images, fmt.Errorf("%s: the pictures are %v %v: [n %d %d 3] of bytes was expected", path, images.DType(), s, e.size, e.size)
	}
	e.styles[name] = images
	return images, nil
}
