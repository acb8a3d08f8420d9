package data

import (
	"bytes"
	"encoding/binary"
	"image"
)

// exifTurn is how a camera was held: the value of the Exif tag Orientation, 1 (upright) to 8.
type exifTurn int

const exifPrefix = "Exif\x00\x00"

// orientation is what an image file says about it; upright where it says nothing, or nothing that can be read: a picture
// is not refused because of its notes.
func orientation(format string, file []byte) exifTurn {
	var exif []byte
	switch format {
	case "jpeg":
		exif = jpegExif(file)
	case "png":
		exif = chunkOf(file[min(8, len(file)):], "eXIf", binary.BigEndian, true)
	case "webp":
		exif = chunkOf(file[min(12, len(file)):], "EXIF", binary.LittleEndian, false)
	}
	return tiffOrientation(bytes.TrimPrefix(exif, []byte(exifPrefix)))
}

// jpegExif is the contents of the segment APP1 that holds Exif data, after its prefix, or nothing.
func jpegExif(file []byte) []byte {
	const app1, startOfScan = 0xe1, 0xda
	for i := 2; i+4 <= len(file) && file[i] == 0xff; {
		marker := file[i+1]
		switch {
		case marker == 0xff: // any number of these may stand before a marker
			i++
			continue
		case marker == startOfScan:
			return nil
		case marker == 0x01 || marker >= 0xd0 && marker <= 0xd8: // those without a length
			i += 2
			continue
		}
		end := i + 2 + int(binary.BigEndian.Uint16(file[i+2:])) // the length includes itself
		if end < i+4 || end > len(file) {
			return nil
		}
		if body := file[i+4 : end]; marker == app1 && bytes.HasPrefix(body, []byte(exifPrefix)) {
			return body[len(exifPrefix):]
		}
		i = end
	}
	return nil
}

// chunkOf is the first chunk of a name in PNG (length, name, data, checksum) or RIFF (name, length, data, padding to
// even), or nothing.
func chunkOf(file []byte, name string, order binary.ByteOrder, png bool) []byte {
	nameAt, lengthAt := 0, 4
	if png {
		nameAt, lengthAt = 4, 0
	}
	for len(file) >= 8 {
		n := int(order.Uint32(file[lengthAt:]))
		if n > len(file)-8 {
			return nil
		}
		if string(file[nameAt:nameAt+4]) == name {
			return file[8 : 8+n]
		}
		behind := n & 1
		if png {
			behind = 4
		}
		file = file[min(8+n+behind, len(file)):]
	}
	return nil
}

// riffIsWhole reports whether a WebP file has as many bytes as it says. Its decoder asks for memory by that number.
func riffIsWhole(file []byte) bool {
	return len(file) >= 12 && uint64(binary.LittleEndian.Uint32(file[4:]))+8 <= uint64(len(file))
}

// tiffOrientation reads tag 0x0112 of the first directory of a TIFF structure (Exif 2.32, section 4.6).
func tiffOrientation(tiff []byte) exifTurn {
	const upright, tag, short = 1, 0x0112, 3
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder = binary.BigEndian
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
	default:
		return upright
	}
	at := uint64(order.Uint32(tiff[4:]))
	if at+2 > uint64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == tag && order.Uint16(entries[2:]) == short && order.Uint32(entries[4:]) == 1 {
			if turn := order.Uint16(entries[8:]); turn >= 1 && turn <= 8 {
				return exifTurn(turn)
			}
			break
		}
		entries = entries[12:]
	}
	return upright
}

// swaps reports whether the upright picture is as high as the stored one is wide.
func (t exifTurn) swaps() bool { return t >= 5 }

// upright is m turned and mirrored as t asks.
func (t exifTurn) upright(m *image.RGBA) *image.RGBA {
	if t <= 1 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	if t.swaps() {
		w, h = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			// Where the pixel is stored: each of the eight is a choice of mirrors and of the axes' order.
			fromX, fromY := x, y
			if t == 2 || t == 3 || t == 6 || t == 7 {
				fromX = w - 1 - x
			}
			if t == 3 || t == 4 || t == 7 || t == 8 {
				fromY = h - 1 - y
			}
			if t.swaps() {
				fromX, fromY = fromY, fromX
			}
			copy(out.Pix[out.PixOffset(x, y):][:4], m.Pix[m.PixOffset(fromX, fromY):][:4])
		}
	}
	return out
}
