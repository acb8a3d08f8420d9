package data

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

func TestInspectImage(t *testing.T) {
	r := image.Rect(0, 0, 7, 5)
	clear := image.NewNRGBA(r) // transparent, so that PNG keeps the alpha
	encode := map[string]func(b *bytes.Buffer, m image.Image) error{
		"png":  func(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) },
		"jpeg": func(b *bytes.Buffer, m image.Image) error { return jpeg.Encode(b, m, nil) },
		"gif":  func(b *bytes.Buffer, m image.Image) error { return gif.Encode(b, m, nil) },
	}
	for _, c := range []struct {
		format string
		m      image.Image
		mode   string
	}{
		{"png", image.NewGray(r), "grey"}, {"png", image.NewGray16(r), "grey, 16 bit"}, {"png", clear, "colour with alpha"},
		{"png", image.NewNRGBA64(r), "colour with alpha, 16 bit"}, {"png", image.NewUniform(color.White), "colour"},
		{"png", image.NewPaletted(r, color.Palette{color.Black, color.White}), "palette"},
		{"jpeg", clear, "colour"}, {"jpeg", image.NewGray(r), "grey"}, {"gif", clear, "palette"},
	} {
		m := c.m
		if _, is := m.(*image.Uniform); is {
			opaque := image.NewRGBA(r)
			for i := range opaque.Pix {
				opaque.Pix[i] = 255
			}
			m = opaque
		}
		var b bytes.Buffer
		if err := encode[c.format](&b, m); err != nil {
			t.Fatal(err)
		}
		if got, err := InspectImage(&b); err != nil || got != (ImageInfo{c.format, c.mode, 7, 5}) {
			t.Errorf("%s of %s is %v, %v", c.format, c.mode, got, err)
		}
	}
	header := "IHDR\x00\x00\xff\xff\x00\x00\xff\xff\x08\x02\x00\x00\x00"
	large := "\x89PNG\r\n\x1a\n\x00\x00\x00\r" + string(binary.BigEndian.AppendUint32([]byte(header), crc32.ChecksumIEEE([]byte(header))))
	for text, want := range map[string]string{
		"no picture": "the format is not known", large[:12]: "unexpected EOF", large: "is 65535 by 65535 pixels, expected 1 to 32768 a side",
	} {
		if _, err := InspectImage(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", text, err, want)
		}
	}
}
