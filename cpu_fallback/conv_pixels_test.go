package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

const fewGuard = 16 // canaries before and after an output: a cache line, so that streaming stores can begin behind it

// guarded is n canaries between canaries, at the start of a cache line.
func guarded(n int) (whole, inside []float32) {
	whole = borrow[float32](n + 2*fewGuard)
	for i := range whole {
		whole[i] = canary
	}
	return whole, whole[fewGuard:]
}

// integers draws n whole numbers: sums of them are exact, and kernels agree to the bit.
func integers(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.IntN(9) - 4)
	}
	return x
}

// sameAround compares everything that a kernel and its reference have written, and what lies around it.
func sameAround(got, want []float32) error {
	for i, w := range want {
		if g := got[i]; g != w && (g == g || w == w) {
			return fmt.Errorf("element %d is %v, want %v", i-fewGuard, g, w)
		}
	}
	return nil
}

// newPixelCase draws a call of k's kernel.
func newPixelCase(rng *rand.Rand, k *pixelKernels, high, cols int) *pixelTiles {
	t := &pixelTiles{rows: 1 + rng.IntN(3), tiles: 1 + rng.IntN(3), high: high, cols: cols, panel: k.panel(cols),
		runs: 1 + rng.IntN(3), run: 1 + rng.IntN(7), skip: rng.IntN(5), act: rng.IntN(3), ahead: rng.IntN(1000)}
	t.stepX, t.stepY = 1+rng.IntN(9), cols+rng.IntN(20)
	if t.stream = rng.IntN(2); t.stream != 0 {
		t.cols, t.stepY = t.panel, t.panel+16*rng.IntN(2)
	}
	pixels := t.tiles * high
	t.rowX, t.rowY = rng.IntN(50), pixels*t.stepY+16*rng.IntN(2)
	t.x = integers(rng, (t.rows-1)*t.rowX+(pixels-1)*t.stepX+t.runs*(t.run+t.skip)-t.skip)
	t.w, t.bias = integers(rng, t.runs*t.run*t.panel), integers(rng, t.panel)
	if rng.IntN(3) == 0 {
		t.x[rng.IntN(len(t.x))] = float32([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}[rng.IntN(3)])
	}
	return t
}

// comparePixels runs the Go kernel and another one.
func comparePixels(t *pixelTiles, run func(*pixelTiles)) error {
	n := t.rows * t.rowY
	want, wantY := guarded(n)
	got, gotY := guarded(n)
	defer giveBack(want)
	defer giveBack(got)
	ref := *t
	ref.y, t.y = wantY, gotY
	pixelsGo(&ref)
	run(t)
	return sameAround(got, want)
}

func TestConvPixels(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	eachKernel(func(name string) {
		k := pixelKernel()
		if k == nil {
			return
		}
		for cols := 1; cols <= k.wide*k.lanes; cols++ {
			for high := 1; high <= k.high(cols); high++ {
				c := newPixelCase(rng, k, high, cols)
				if err := comparePixels(c, k.run); err != nil {
					t.Fatalf("%s kernel, %d pixels, %d columns, %d rows of %d tiles, %d runs of %d, steps %d %d, act %d, stream %d: %v", name, high,
						c.cols, c.rows, c.tiles, c.runs, c.run, c.stepX, c.stepY, c.act, c.stream, err)
				}
			}
		}
	})
}

// TestConvManyCalls cuts rows and pixels up as maps would be that are too large for one call.
func TestConvManyCalls(t *testing.T) {
	defer func(n int) { callWork = n }(callWork)
	for _, callWork = range []int{1, 1 << 9, 1 << 13} {
		for i, c := range convTable() {
			if err := compareConv(c, c, uint64(i)); err != nil {
				t.Errorf("calls of %d multiply-adds: %s: %v", callWork, c, err)
			}
		}
	}
}

func TestConvPixelsGoesRed(t *testing.T) {
	for name, spoil := range map[string]func(*pixelTiles){
		"wrong sum":           func(t *pixelTiles) { t.y[0]++ },
		"NaN":                 func(t *pixelTiles) { t.y[t.cols-1] = float32(math.NaN()) },
		"write after a pixel": func(t *pixelTiles) { t.y[t.cols] = 0 },
		"write before y":      func(t *pixelTiles) { *(*float32)(unsafe.Add(unsafe.Pointer(&t.y[0]), -4)) = 0 },
		"a row left out":      func(t *pixelTiles) { setAll(t.y[t.rowY:][:t.cols], canary) },
		"a run left out":      func(t *pixelTiles) { t.runs--; pixelsGo(t) },
	} {
		c := &pixelTiles{rows: 2, tiles: 1, high: 2, cols: 5, panel: 8, runs: 2, run: 3, stepX: 2, stepY: 6, rowX: 4, rowY: 12}
		rng := rand.New(rand.NewPCG(3, 4))
		c.x, c.w, c.bias = integers(rng, 20), integers(rng, 48), integers(rng, 8)
		if comparePixels(c, func(t *pixelTiles) { pixelsGo(t); spoil(t) }) == nil {
			t.Errorf("%s passed", name)
		}
	}
}

// newFoldCase draws a call of the folding kernel.
func newFoldCase(rng *rand.Rand, c int) *pixelFold {
	f := &pixelFold{pixels: 1 + rng.IntN(20), taps: 1 + rng.IntN(4), stepY: c + rng.IntN(5), stepP: 1 + rng.IntN(20), stepTap: rng.IntN(20) - 10}
	for range rng.IntN(5) {
		f.off = append(f.off, 40+rng.IntN(50))
	}
	f.p, f.bias = integers(rng, 90+f.pixels*f.stepP+f.taps*10+foldMost), integers(rng, foldMost)
	f.p[rng.IntN(len(f.p))] = float32(math.NaN())
	return f
}

func compareFold(f *pixelFold, c int, run func(*pixelFold, int)) error {
	want, wantY := guarded(f.pixels * f.stepY)
	got, gotY := guarded(f.pixels * f.stepY)
	defer giveBack(want)
	defer giveBack(got)
	ref := *f
	ref.y, f.y = wantY, gotY
	foldGo(&ref, c)
	run(f, c)
	return sameAround(got, want)
}

func TestConvFold(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	eachKernel(func(name string) {
		for i := range 400 {
			if pixelKernel() == nil {
				return
			}
			c := 1 + i%foldMost
			f := newFoldCase(rng, c)
			if err := compareFold(f, c, pixelKernel().fold); err != nil {
				t.Fatalf("%s kernel, %d channels, %d pixels, %d rows of %d taps: %v", name, c, f.pixels, len(f.off), f.taps, err)
			}
		}
	})
}

func TestConvFoldGoesRed(t *testing.T) {
	for name, spoil := range map[string]func(*pixelFold){
		"wrong sum":           func(f *pixelFold) { f.y[0]++ },
		"write after a pixel": func(f *pixelFold) { f.y[3] = 0 },
		"a tap left out":      func(f *pixelFold) { f.taps--; foldGo(f, 3) },
		"a row left out":      func(f *pixelFold) { f.off = f.off[1:]; foldGo(f, 3) },
		"no bias":             func(f *pixelFold) { f.bias = make([]float32, 4); foldGo(f, 3) },
	} {
		f := &pixelFold{pixels: 5, taps: 2, stepY: 4, stepP: 3, stepTap: 1, off: []int{0, 2}, bias: []float32{1, 2, 3, 4}}
		f.p = integers(rand.New(rand.NewPCG(7, 8)), 30)
		if compareFold(f, 3, func(f *pixelFold, c int) { foldGo(f, c); spoil(f) }) == nil {
			t.Errorf("%s passed", name)
		}
	}
}

// newTapCase draws a call of the kernel of weights' gradients.
func newTapCase(rng *rand.Rand, filterRows, run, cols int) *tapSums {
	t := &tapSums{rows: 1 + rng.IntN(3), pixels: 1 + rng.IntN(9), stepX: 1 + rng.IntN(9), stepDY: cols + rng.IntN(9),
		rowX: rng.IntN(50), rowSums: cols + rng.IntN(9), cols: cols, apart: rng.IntN(30), filterRows: filterRows, run: run, fetch: new(float32)}
	t.rowDY = t.pixels * t.stepDY
	t.x = integers(rng, (t.rows-1)*t.rowX+(t.pixels-1)*t.stepX+(filterRows-1)*t.apart+run)
	t.dy = integers(rng, t.rows*t.rowDY)
	if rng.IntN(3) == 0 {
		t.x[rng.IntN(len(t.x))] = float32([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}[rng.IntN(3)])
	}
	return t
}

func compareTaps(t *tapSums, run func(*tapSums)) error {
	n := t.filterRows * t.run * t.rowSums
	want, wantSums := guarded(n)
	got, gotSums := guarded(n)
	defer giveBack(want)
	defer giveBack(got)
	for i := range t.filterRows * t.run { // sums to begin with; canaries are too large to be exact
		for j := range t.cols {
			wantSums[i*t.rowSums+j], gotSums[i*t.rowSums+j] = float32(i-j), float32(i-j)
		}
	}
	ref := *t
	ref.sums, t.sums = wantSums, gotSums
	tapsGo(&ref)
	run(t)
	return sameAround(got, want)
}

func TestConvTaps(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	eachKernel(func(name string) {
		k := pixelKernel()
		if k == nil {
			return
		}
		for cols := 1; cols <= 2*k.lanes; cols++ {
			most := k.taps / k.width(cols)
			for run := 1; run <= most; run++ {
				for rows := 1; rows == 1 || rows <= tapRows && run < tapBusy && rows*run <= most; rows++ {
					c := newTapCase(rng, rows, run, cols)
					if err := compareTaps(c, k.tap); err != nil {
						t.Fatalf("%s kernel, %d rows of %d taps, %d columns, %d rows of %d pixels: %v", name, rows, run, cols, c.rows, c.pixels, err)
					}
				}
			}
		}
	})
}

func TestConvTapsGoesRed(t *testing.T) {
	for name, spoil := range map[string]func(*tapSums){
		"wrong sum":            func(t *tapSums) { t.sums[0]++ },
		"NaN":                  func(t *tapSums) { t.sums[t.cols-1] = float32(math.NaN()) },
		"write after a row":    func(t *tapSums) { t.sums[t.cols] = 0 },
		"a pixel left out":     func(t *tapSums) { t.pixels--; tapsGo(t) },
		"a row left out":       func(t *tapSums) { t.rows--; tapsGo(t) },
		"a filter's row twice": func(t *tapSums) { t.filterRows--; tapsGo(t) },
	} {
		c := newTapCase(rand.New(rand.NewPCG(11, 12)), 2, 3, 5)
		c.rowSums = 6
		if compareTaps(c, func(t *tapSums) { tapsGo(t); spoil(t) }) == nil {
			t.Errorf("%s passed", name)
		}
	}
}

// TestConvKernelLayouts: the generator in _gen has these offsets in it.
func TestConvKernelLayouts(t *testing.T) {
	var p pixelTiles
	var f pixelFold
	var s tapSums
	for _, o := range []struct {
		name      string
		got, want []uintptr
	}{
		{"pixelTiles", []uintptr{unsafe.Offsetof(p.x), unsafe.Offsetof(p.w), unsafe.Offsetof(p.y), unsafe.Offsetof(p.bias),
			unsafe.Offsetof(p.rows), unsafe.Offsetof(p.tiles), unsafe.Offsetof(p.stepX), unsafe.Offsetof(p.stepY),
			unsafe.Offsetof(p.rowX), unsafe.Offsetof(p.rowY), unsafe.Offsetof(p.runs), unsafe.Offsetof(p.run),
			unsafe.Offsetof(p.skip), unsafe.Offsetof(p.cols), unsafe.Offsetof(p.act), unsafe.Offsetof(p.stream),
			unsafe.Offsetof(p.left), unsafe.Offsetof(p.atX), unsafe.Offsetof(p.atY), unsafe.Offsetof(p.ahead)},
			[]uintptr{0, 24, 48, 72, 96, 104, 112, 120, 128, 136, 144, 152, 160, 168, 176, 184, 192, 200, 208, 216}},
		{"pixelFold", []uintptr{unsafe.Offsetof(f.y), unsafe.Offsetof(f.p), unsafe.Offsetof(f.off), unsafe.Offsetof(f.bias),
			unsafe.Offsetof(f.pixels), unsafe.Offsetof(f.taps), unsafe.Offsetof(f.stepY), unsafe.Offsetof(f.stepP),
			unsafe.Offsetof(f.stepTap)}, []uintptr{0, 24, 48, 72, 96, 104, 112, 120, 128}},
		{"tapSums", []uintptr{unsafe.Offsetof(s.x), unsafe.Offsetof(s.dy), unsafe.Offsetof(s.sums), unsafe.Offsetof(s.rows),
			unsafe.Offsetof(s.pixels), unsafe.Offsetof(s.stepX), unsafe.Offsetof(s.stepDY), unsafe.Offsetof(s.rowX),
			unsafe.Offsetof(s.rowDY), unsafe.Offsetof(s.rowSums), unsafe.Offsetof(s.cols), unsafe.Offsetof(s.fetch),
			unsafe.Offsetof(s.apart)}, []uintptr{0, 24, 48, 72, 80, 88, 96, 104, 112, 120, 128, 136, 144}},
	} {
		for i, got := range o.got {
			if unsafe.Sizeof(0) == 8 && got != o.want[i] {
				t.Errorf("%s: field %d lies at %d, the generator says %d", o.name, i, got, o.want[i])
			}
		}
	}
}
