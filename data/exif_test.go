package data

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"slices"
	"strings"
	"testing"

	"github.com/braidml/braid/tensor"
)

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// WebP pictures of 3 by 2 pixels that Pillow 13.0.0 wrote, because Go has no encoder. Numbered has (10i, 0, 255) as pixel
// i, flat is lossy and read by Pillow as (250, 131, 9), alpha is lossy black at half transparency, turned is numbered with orientation 6.
var (
	webpNumbered = unbase64("UklGRiwAAABXRUJQVlA4TCAAAAAvAkAAAC8AEIT/bROjMP/znyyhpm0DNtT5l1Mj+h/TCw==")
	webpFlat     = unbase64("UklGRj4AAABXRUJQVlA4IDIAAAAQAgCdASoDAAIAAMASJaACdLoB+AH6AAPIAP7vrFf/bkPL8Kn/7cj//U6BmyyD/pzgAA==")
	webpAlpha    = unbase64("UklGRkgAAABXRUJQVlA4WAoAAAAQAAAAAgAAAQAAQUxQSAcAAAAAgICAgICAAFZQOCAaAAAAMAEAnQEqAwACAADAEiWkAANwAP7+7qoAAAA=")
	webpTurned   = unbase64("UklGRmAAAABXRUJQVlA4WAoAAAAIAAAAAgAAAQAAVlA4TCAAAAAvAkAAAC8AEIT/bROjMP/znyyhpm0DNtT5l1Mj+h/TC0VYSUYaAAAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAA=")
)

// tiffWith is a directory of one entry, the orientation.
func tiffWith(order binary.AppendByteOrder, mark string, turn uint16) []byte {
	b := order.AppendUint32([]byte(mark), 8)
	b = order.AppendUint16(order.AppendUint16(order.AppendUint16(b, 1), 0x0112), 3)
	b = order.AppendUint16(order.AppendUint32(b, 1), turn)
	return append(b, 0, 0, 0, 0, 0, 0)
}

// withOrientation puts Exif data behind the start of a JPEG, or behind the header of a PNG.
func withOrientation(file []byte, turn uint16) []byte {
	if file[0] == 0xff {
		body := exifPrefix + string(tiffWith(binary.LittleEndian, "II*\x00", turn))
		segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
		return slices.Insert(slices.Clone(file), 2, append(segment, body...)...)
	}
	body := "eXIf" + string(tiffWith(binary.BigEndian, "MM\x00*", turn))
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)-4))
	chunk = binary.BigEndian.AppendUint32(append(chunk, body...), crc32.ChecksumIEEE([]byte(body)))
	return slices.Insert(slices.Clone(file), 33, chunk...)
}

// numberedImage has (10i, 0, 255) as pixel i.
func numberedImage(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		m.SetNRGBA(i%w, i/w, color.NRGBA{uint8(10 * i), 0, 255, 255})
	}
	return m
}

// What Pillow's ImageOps.exif_transpose makes of pixels 0 1 2 / 3 4 5, by orientation.
var transposed = [][]int{
	1: {0, 1, 2, 3, 4, 5}, 2: {2, 1, 0, 5, 4, 3}, 3: {5, 4, 3, 2, 1, 0}, 4: {3, 4, 5, 0, 1, 2},
	5: {0, 3, 1, 4, 2, 5}, 6: {3, 0, 4, 1, 5, 2}, 7: {5, 2, 4, 1, 3, 0}, 8: {2, 5, 1, 4, 0, 3},
}

func TestOrientation(t *testing.T) {
	file := encode(t, "png", numberedImage(3, 2))
	for turn := 1; turn <= 8; turn++ {
		h, w := 2, 3
		if turn >= 5 {
			h, w = 3, 2
		}
		a, err := DecodeImage(bytes.NewReader(withOrientation(file, uint16(turn))), h, w)
		if err != nil {
			t.Fatal(err)
		}
		if high, wide, err := ImageSize(bytes.NewReader(withOrientation(file, uint16(turn)))); err != nil || high != h || wide != w {
			t.Errorf("orientation %d: the size is %d by %d (%v), expected %d by %d", turn, high, wide, err, h, w)
		}
		for i, want := range transposed[turn] {
			if got := tensor.Values[uint8](a)[i*3]; int(got) != 10*want {
				t.Fatalf("orientation %d: pixel %d is %d, expected %v", turn, i, got/10, transposed[turn])
			}
		}
		// In a JPEG and resized: the brighter end of a ramp lies where the Exif data put it.
		ramp := image.NewGray(image.Rect(0, 0, 40, 20))
		for i := range ramp.Pix {
			ramp.Pix[i] = uint8(i % 40 * 6)
		}
		a, err = DecodeImage(bytes.NewReader(withOrientation(encode(t, "jpeg", ramp), uint16(turn))), 4, 4)
		if err != nil {
			t.Fatal(err)
		}
		v := tensor.Values[uint8](a)
		left, right, top, bottom := v[2*12], v[2*12+9], v[3], v[3*12+3]
		bright := map[int]bool{1: right > left+100, 4: right > left+100, 2: left > right+100, 3: left > right+100,
			5: bottom > top+100, 6: bottom > top+100, 7: top > bottom+100, 8: top > bottom+100}
		if !bright[turn] {
			t.Errorf("orientation %d of a JPEG: left %d, right %d, top %d, bottom %d", turn, left, right, top, bottom)
		}
	}
}

// Exif data that cannot be read do not refuse the picture.
func TestOrientationDamaged(t *testing.T) {
	whole := withOrientation(encode(t, "jpeg", numberedImage(3, 2)), 6)
	if got := orientation("jpeg", whole); got != 6 {
		t.Fatalf("orientation %d, expected 6", got)
	}
	for i := 2; i < 40; i++ { // the segment
		for v := range 256 {
			bad := slices.Clone(whole)
			bad[i] = byte(v)
			if turn := orientation("jpeg", bad); turn < 1 || turn > 8 {
				t.Fatalf("byte %d is %d: orientation %d", i, v, turn)
			}
		}
	}
	for n := range whole {
		if turn := orientation("jpeg", whole[:n]); turn != 1 && turn != 6 {
			t.Fatalf("cut to %d bytes: orientation %d", n, turn)
		}
	}
	for name, tiff := range map[string]string{
		"no mark": "xx*\x00\x08\x00\x00\x00", "far away": "II*\x00\xff\xff\xff\xff", "nothing": "", "short": "MM\x00*",
		"nine":      string(tiffWith(binary.BigEndian, "MM\x00*", 9)),
		"zero":      string(tiffWith(binary.BigEndian, "MM\x00*", 0)),
		"many tags": "II*\x00\x08\x00\x00\x00\xff\xff" + strings.Repeat("\x00", 30),
	} {
		if got := tiffOrientation([]byte(tiff)); got != 1 {
			t.Errorf("%s: orientation %d, expected 1", name, got)
		}
	}
}

func TestDecodeWebP(t *testing.T) {
	for _, tt := range []struct {
		name   string
		file   []byte
		h, w   int
		want   []uint8 // red, green and blue of each pixel, or of all
		within int
	}{
		{"lossless", webpNumbered, 2, 3, []uint8{0, 0, 255, 10, 0, 255, 20, 0, 255, 30, 0, 255, 40, 0, 255, 50, 0, 255}, 0},
		{"turned", webpTurned, 3, 2, []uint8{30, 0, 255, 0, 0, 255, 40, 0, 255, 10, 0, 255, 50, 0, 255, 20, 0, 255}, 0},
		{"lossy", webpFlat, 2, 3, []uint8{250, 131, 9}, 1},
		{"half transparent", webpAlpha, 2, 3, []uint8{127, 127, 127}, 1},
	} {
		a, err := DecodeImage(bytes.NewReader(tt.file), tt.h, tt.w)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		for i, got := range tensor.Values[uint8](a) {
			if d := int(got) - int(tt.want[i%len(tt.want)]); max(d, -d) > tt.within {
				t.Errorf("%s: %v, expected %v", tt.name, a, tt.want)
				break
			}
		}
	}
}

func TestPutPixelsGrey(t *testing.T) {
	m := image.NewRGBA(image.Rect(0, 0, 2, 1))
	m.SetRGBA(0, 0, color.RGBA{250, 130, 10, 255})
	m.SetRGBA(1, 0, color.RGBA{77, 77, 77, 255})
	out := make([]uint8, 2)
	putPixels(out, m, 1)
	want := []uint8{color.GrayModel.Convert(m.At(0, 0)).(color.Gray).Y, 77}
	if d := int(out[0]) - int(want[0]); max(d, -d) > 1 || out[1] != want[1] {
		t.Errorf("%v, expected %v", out, want)
	}
}
