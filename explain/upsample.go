package explain

import "github.com/braidml/braid/tensor"

// Upsample brings maps [n, h', w'] to [n, h, w], bilinearly with the corners of pixels aligned at the edges of the picture
// (PyTorch's interpolate with align_corners=False).
func Upsample(maps tensor.Array, h, w int) tensor.Array {
	s := maps.Shape()
	expect(len(s) == 3 && s[1] > 0 && s[2] > 0, "Upsample", "the maps are %v: [n h w] is expected", s)
	expect(h > 0 && w > 0, "Upsample", "the size is %d by %d: at least 1 by 1 is expected", h, w)
	in, out := maps.Floats(), make([]float32, s[0]*h*w)
	rows, columns := taps(s[1], h), taps(s[2], w)
	for n := range s[0] {
		from := in[n*s[1]*s[2]:]
		for y, r := range rows {
			to := out[(n*h+y)*w:]
			for x, c := range columns {
				above := mix(from[r.low*s[2]+c.low], from[r.low*s[2]+c.high], c.share)
				below := mix(from[r.high*s[2]+c.low], from[r.high*s[2]+c.high], c.share)
				to[x] = mix(above, below, r.share)
			}
		}
	}
	return tensor.ArrayOf(out, s[0], h, w)
}

// tap is where a pixel of the new size lies between two of the old one.
type tap struct {
	low, high int
	share     float32 // of high
}

func taps(from, to int) []tap {
	out := make([]tap, to)
	for i := range out {
		at := max(0, (float64(i)+0.5)*float64(from)/float64(to)-0.5)
		low := min(int(at), from-1)
		out[i] = tap{low, min(low+1, from-1), float32(at - float64(low))}
	}
	return out
}

func mix(a, b, share float32) float32 { return a + (b-a)*share }
