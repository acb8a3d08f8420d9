package serve

import (
	"bytes"
	"context"
	"encoding/base64"
	"strings"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/tensor"
)

// readImage reads pictures from their files (BYTES), or as numbers.
func (h *Handler) readImage(ctx context.Context, g *given, s *sample) error {
	c := h.model.Config.Image
	switch g.Datatype {
	case "UINT8", "FP32":
	case "BYTES":
		if h.drawable() {
			return h.readFiles(ctx, g, s)
		}
		return g.fault("the model takes pictures of %d channels: UINT8 or FP32 is expected", c.Channels)
	default:
		return g.fault("the datatype is %q: BYTES, UINT8 or FP32 is expected", g.Datatype)
	}
	n, err := g.count(-1, c.Height, c.Width, c.Channels)
	if err == nil {
		err = h.hold(g, s)
	}
	if err != nil {
		return err
	}
	if g.Datatype == "UINT8" {
		pixels, err := g.bytes8(n)
		if err == nil {
			s.image = tensor.ArrayOf(pixels, g.Shape...)
		}
		return err
	}
	pixels, err := g.floats(n)
	if err == nil {
		s.image = tensor.ArrayOf(pixels, g.Shape...)
	}
	return err
}

// drawable reports whether the model's pictures are grey or of three colours, as those in files are.
func (h *Handler) drawable() bool {
	channels := h.model.Config.Image.Channels
	return channels == 1 || channels == 3
}

// readFiles decodes pictures, none before the sizes of all have been seen.
func (h *Handler) readFiles(ctx context.Context, g *given, s *sample) error {
	if err := h.listed(g, s); err != nil {
		return err
	}
	files, err := g.strings(g.Shape[0])
	if err != nil {
		return err
	}
	pixels := 0
	for i := range files {
		if g.raw == nil {
			if files[i], err = fromBase64(files[i]); err != nil {
				return g.fault("picture %d is no base64: %v", i, err)
			}
		}
		height, width, err := data.ImageSize(bytes.NewReader(files[i]))
		if err != nil {
			return g.fault("picture %d: %v", i, err)
		}
		if pixels += height * width; pixels > h.o.MaxPixels {
			return g.fault("picture %d is %d by %d pixels: at most %d pixels are expected in a request", i, width, height, h.o.MaxPixels)
		}
	}
	if err := enter(ctx, h.decoding); err != nil {
		return err
	}
	defer func() { <-h.decoding }()
	c := h.model.Config.Image
	all := make([]uint8, 0, len(files)*c.Height*c.Width*c.Channels)
	for i, file := range files {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		picture, err := data.DecodeImage(bytes.NewReader(file), c.Height, c.Width)
		if err != nil {
			return g.fault("picture %d: %v", i, err)
		}
		all = appendPixels(all, tensor.Values[uint8](picture), c.Channels)
	}
	s.pictures = files
	s.image = tensor.ArrayOf(all, len(files), c.Height, c.Width, c.Channels)
	return nil
}

// appendPixels adds red, green and blue, or the brightness (ITU-R BT.601, as data has it) for a model of grey pictures.
func appendPixels(all, rgb []uint8, channels int) []uint8 {
	if channels == 3 {
		return append(all, rgb...)
	}
	for i := 0; i < len(rgb); i += 3 {
		all = append(all, uint8((19595*uint32(rgb[i])+38470*uint32(rgb[i+1])+7471*uint32(rgb[i+2])+1<<15)>>16))
	}
	return all
}

// fromBase64 decodes base64, also behind the "data:image/png;base64," of a browser.
func fromBase64(text []byte) ([]byte, error) {
	s := string(text)
	if strings.HasPrefix(s, "data:") {
		_, s, _ = strings.Cut(s, ",")
	}
	return base64.StdEncoding.DecodeString(s)
}
