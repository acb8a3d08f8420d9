package data

import "image"

// webpColours is the lossy picture m in the right colours. VP8 stores brightness from 16 to 235 (RFC 6386, section 9.2:
// ITU-R BT.601), but its decoder returns the type of JPEG's, which are 0 to 255 (golang/go#40173): black would be grey.
func webpColours(m image.Image) image.Image {
	var alpha func(x, y int) uint8
	ycc, ok := m.(*image.YCbCr)
	if !ok {
		with, ok := m.(*image.NYCbCrA)
		if !ok {
			return m // lossless: red, green and blue
		}
		ycc = &with.YCbCr
		alpha = func(x, y int) uint8 { return with.A[with.AOffset(x, y)] }
	}
	out := image.NewNRGBA(ycc.Rect)
	o := 0
	for y := ycc.Rect.Min.Y; y < ycc.Rect.Max.Y; y++ {
		for x := ycc.Rect.Min.X; x < ycc.Rect.Max.X; x++ {
			c := ycc.COffset(x, y)
			// In units of 1/65536: 255/219 for brightness, 255/224 of BT.601's factors for colour, and a half to round.
			light := 76309*(int32(ycc.Y[ycc.YOffset(x, y)])-16) + 1<<15
			blue, red := int32(ycc.Cb[c])-128, int32(ycc.Cr[c])-128
			out.Pix[o] = byteOf(light + 104597*red)
			out.Pix[o+1] = byteOf(light - 25675*blue - 53279*red)
			out.Pix[o+2] = byteOf(light + 132201*blue)
			out.Pix[o+3] = 255
			if alpha != nil {
				out.Pix[o+3] = alpha(x, y)
			}
			o += 4
		}
	}
	return out
}

// byteOf is v/65536, cut off at 0 and 255.
func byteOf(v int32) uint8 { return uint8(min(max(v>>16, 0), 255)) }
