package data

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// pngWith is a PNG of the size, depth and colour type that its header says and of little else: 72 bytes.
func pngWith(w, h uint32, depth, kind byte) []byte {
	file := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(name string, body []byte) {
		file = binary.BigEndian.AppendUint32(file, uint32(len(body)))
		named := append([]byte(name), body...)
		file = binary.BigEndian.AppendUint32(append(file, named...), crc32.ChecksumIEEE(named))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	chunk("IHDR", append(head, depth, kind, 0, 0, 0))
	chunk("IDAT", []byte("\x78\x9c\x63\x60\x00\x00\x00\x02\x00\x01\x48\xaf\xa4\x71\x00"))
	chunk("IEND", nil)
	return file
}

// changed is file with bytes from at on replaced.
func changed(file []byte, at int, by string) []byte {
	file = slices.Clone(file)
	copy(file[at:], by)
	return file
}

func TestDecodeImageMalformed(t *testing.T) {
	m := filled(image.NewPaletted(image.Rect(0, 0, 9, 7), color.Palette{color.Black, color.White}), color.White)
	pngFile, jpegFile, gifFile := encode(t, "png", m), encode(t, "jpeg", m), encode(t, "gif", m)
	sof := bytes.Index(jpegFile, []byte{0xff, 0xc0})
	if sof < 0 {
		t.Fatal("the JPEG has no baseline frame")
	}
	idat := bytes.Index(pngFile, []byte("IDAT"))
	frame := bytes.IndexByte(gifFile, 0x2c) // an image descriptor
	const bounds = "expected 1 to 32768 a side and at most 67108864 in all"
	for _, tt := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "the format is not known, expected PNG, JPEG, GIF or WebP"},
		{"one byte", []byte{0x89}, "the format is not known"},
		{"text", []byte("<html>not found</html>"), "the format is not known"},
		{"BMP", []byte("BM" + strings.Repeat("\x00", 60)), "the format is not known"},
		{"SVG", []byte(`<?xml version="1.0"?><svg/>`), "the format is not known"},
		{"PNG signature only", []byte("\x89PNG\r\n\x1a\n"), "the file ends too early"},
		{"PNG signature of a text transfer", changed(pngFile, 4, "\n\x1a\n\n"), "the format is not known"},
		{"PNG bomb", pngWith(20000, 20000, 8, 6), "the png image is 20000 by 20000 pixels, " + bounds},
		{"PNG bomb of one row", pngWith(1<<30, 1, 1, 0), "1073741824 by 1 pixels, " + bounds},
		{"PNG of no pixels", pngWith(0, 7, 8, 0), "non-positive dimension"},
		{"PNG of negative size", pngWith(1<<31, 1<<31, 8, 0), "non-positive dimension"},
		{"PNG of few rows of data", pngWith(50, 50, 8, 2), "png image of 50 by 50 pixels: png: invalid format: not enough pixel data"},
		{"PNG of depth 3", pngWith(5, 5, 3, 0), "bit depth 3"},
		{"PNG of colour type 5", pngWith(5, 5, 8, 5), "color type 5"},
		{"PNG palette without colours", pngWith(5, 5, 8, 3), "chunk out of order"},
		{"PNG wrong checksum", changed(pngFile, 29, "\x00\x00\x00\x00"), "invalid checksum"},
		{"PNG damaged data", changed(pngFile, idat+6, "\xff\xff\xff\xff"), "png image of 9 by 7 pixels: "},
		{"PNG cut", pngFile[:idat+8], "png image of 9 by 7 pixels: png: invalid format: not enough pixel data"},
		{"JPEG start only", jpegFile[:3], "the file ends too early"},
		{"JPEG bomb", changed(jpegFile, sof+5, "\xff\xff\xff\xff"), "the jpeg image is 65535 by 65535 pixels, " + bounds},
		{"JPEG of no height", changed(jpegFile, sof+5, "\x00\x00\x00\x09"), "expected 1 to 32768 a side"},
		{"JPEG of five components", changed(jpegFile, sof+9, "\x05"), "SOF has wrong length"},
		{"JPEG of 12 bits", changed(jpegFile, sof+4, "\x0c"), "precision"},
		{"JPEG arithmetic coding", changed(jpegFile, sof, "\xff\xc9"), "unsupported JPEG feature: unknown marker"},
		{"JPEG without a picture", []byte("\xff\xd8\xff\xd9"), "missing SOS marker"},
		{"JPEG cut", jpegFile[:len(jpegFile)-6], "jpeg image of 9 by 7 pixels: invalid JPEG format: short Huffman data"},
		{"GIF header only", gifFile[:6], "gif: reading header: unexpected EOF"},
		{"GIF bomb", changed(gifFile, 6, "\xff\xff\xff\xff"), "the gif image is 65535 by 65535 pixels, " + bounds},
		{"GIF frame outside", changed(gifFile, frame+5, "\xff\x00"), "frame bounds larger than image bounds"},
		{"GIF without a picture", append(slices.Clone(gifFile[:frame]), 0x3b), "missing image data"},
		{"GIF code size", changed(gifFile, frame+10, "\x0d"), "pixel size in decode out of range: 13"},
		{"WebP header only", webpFlat[:12], "the format is not known"},
		{"WebP cut", webpFlat[:len(webpFlat)-4], "webp image of 3 by 2 pixels: the file ends too early"},
		{"WebP claims 4 GB", changed(changed(webpFlat, 4, "\xf0\xff\xff\xff"), 16, "\xe0\xff\xff\x7f"), "webp image of 3 by 2 pixels: the file ends too early"},
		{"WebP bomb", changed(webpAlpha, 24, "\xff\xff\x00\xff\x3f\x00"), "the webp image is 65536 by 16384 pixels, " + bounds},
		{"WebP picture larger than its canvas", changed(webpTurned, 39, "\xff\xff\xff\x0f"), "webp image of 3 by 2 pixels: webp: invalid format"},
		{"WebP of sound", changed(webpFlat, 8, "WAVE"), "the format is not known"},
		{"WebP lossless version", changed(webpNumbered, 24, "\x20"), "vp8l"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := DecodeImage(bytes.NewReader(tt.file), 8, 8)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "data: DecodeImage: ") {
			t.Errorf("%s: %v, expected %q", tt.name, err, tt.want)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
			t.Errorf("%s: %d bytes allocated before it was refused", tt.name, grown)
		}
	}
}

// The smallest bomb: 72 bytes that stand for 1.6 GB are refused by their header.
func TestImageBombIsRefusedQuickly(t *testing.T) {
	bomb := pngWith(20000, 20000, 8, 6)
	if len(bomb) != 72 {
		t.Fatalf("%d bytes, expected 72", len(bomb))
	}
	best := time.Hour // of some tries: other processes take the machine too
	for range 20 {
		begin := time.Now()
		_, err := DecodeImage(bytes.NewReader(bomb), 32, 32)
		best = min(best, time.Since(begin))
		if err == nil || !strings.Contains(err.Error(), "20000 by 20000 pixels") {
			t.Fatal(err)
		}
	}
	if best > time.Millisecond {
		t.Errorf("refused after %v, expected less than a millisecond", best)
	}
}
