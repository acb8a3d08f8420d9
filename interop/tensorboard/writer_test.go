package tensorboard

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// records cuts a file into its entries and checks their sums.
func records(b []byte) (all [][]byte, err error) {
	for len(b) > 0 {
		if len(b) < 16 {
			return all, errors.New("cut short")
		}
		n := int(binary.LittleEndian.Uint64(b))
		if masked(b[:8]) != binary.LittleEndian.Uint32(b[8:]) || len(b) < n+16 {
			return all, errors.New("a wrong length")
		}
		data := b[12 : 12+n]
		if masked(data) != binary.LittleEndian.Uint32(b[12+n:]) {
			return all, errors.New("a wrong sum")
		}
		all, b = append(all, data), b[16+n:]
	}
	return all, nil
}

// parse is a message's fields, in their order, as "number:value"; messages within are parsed along the path.
func parse(t *testing.T, b []byte) (fields []string) {
	t.Helper()
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
		var v any
		switch typ {
		case protowire.VarintType:
			v, n = consume(protowire.ConsumeVarint(b))
		case protowire.Fixed32Type:
			x, m := protowire.ConsumeFixed32(b)
			v, n = math.Float32frombits(x), m
		case protowire.Fixed64Type:
			x, m := protowire.ConsumeFixed64(b)
			v, n = math.Float64frombits(x), m
		default:
			x, m := protowire.ConsumeBytes(b)
			v, n = string(x), m
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		fields, b = append(fields, fmt.Sprintf("%d:%v", num, v)), b[n:]
	}
	return fields
}

func consume(v uint64, n int) (any, int) { return v, n }

func TestScalar(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "run")
	w, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Scalar("loss/training", 7, 0.5), w.Flush()); err != nil {
		t.Fatal(err)
	}
	name := w.Name()
	if !strings.HasPrefix(filepath.Base(name), "events.out.tfevents.") {
		t.Errorf("TensorBoard does not look at files called %s", filepath.Base(name))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	all, err := records(b)
	if err != nil || len(all) != 2 {
		t.Fatalf("%d records, %v", len(all), err)
	}
	if f := parse(t, all[0]); len(f) != 2 || f[1] != "3:brain.Event:2" {
		t.Errorf("the first event is %v", f)
	}
	f := parse(t, all[1])
	if len(f) != 3 || f[1] != "2:7" || !strings.HasPrefix(f[2], "5:") {
		t.Fatalf("the event is %v", f)
	}
	value := parse(t, []byte(parse(t, []byte(f[2][2:]))[0][2:]))
	if want := []string{"1:loss/training", "2:0.5"}; !slices.Equal(value, want) {
		t.Errorf("the value is %v, want %v", value, want)
	}
	for at := range b { // any flipped bit is seen
		b[at] ^= 4
		if again, err := records(b); err == nil && len(again) == 2 {
			t.Fatalf("a flipped bit at %d is not seen", at)
		}
		b[at] ^= 4
	}
	if err := w.Scalar("late", 8, 1); err == nil {
		t.Error("a closed writer takes a value")
	}
	if err := w.Close(); err == nil {
		t.Error("closing twice is no error")
	}
}

func TestHistogram(t *testing.T) {
	values := []float32{-1, 0, 0, 0.5, 2, float32(math.NaN()), float32(math.Inf(1)), 3e-13}
	f := parse(t, parse2(t, histogram(values), valueHistogram))
	if want := []string{"1:-1", "2:2", "3:6", "4:1.5000000000003", "5:5.25"}; !slices.Equal(f[:5], want) {
		t.Errorf("numbers %v, want %v", f[:5], want)
	}
	numbers := func(s string) (v []float64) {
		for b := []byte(s[2:]); len(b) >= 8; b = b[8:] {
			v = append(v, math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
		return
	}
	limits, counts := numbers(f[5]), numbers(f[6])
	if len(limits) != len(counts) || !slices.IsSorted(limits) {
		t.Fatalf("%d limits, %d counts", len(limits), len(counts))
	}
	for i, c := range counts {
		below := math.Inf(-1)
		if i > 0 {
			below = limits[i-1]
		}
		want := 0.0
		for _, v := range values {
			if x := float64(v); x > below && x <= limits[i] && finite(x) {
				want++
			}
		}
		if c != want {
			t.Errorf("bucket %d, up to %v, has %v values, want %v", i, limits[i], c, want)
		}
	}
	if first := counts[0]; first != 0 {
		t.Errorf("the first bucket has %v values: where it begins is not told", first)
	}
	if f := parse(t, parse2(t, histogram(nil), valueHistogram)); f[2] != "3:0" {
		t.Errorf("no values give %v", f)
	}
}

func parse2(t *testing.T, f field, want int) []byte {
	t.Helper()
	fields := parse(t, f)
	prefix := fmt.Sprintf("%d:", want)
	if len(fields) == 0 || !strings.HasPrefix(fields[0], prefix) {
		t.Fatalf("no field %d in %v", want, fields)
	}
	return []byte(strings.TrimPrefix(fields[0], prefix))
}

func TestErrorsStay(t *testing.T) {
	w, err := Create(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w.file.Close() // as a disk that is gone
	if err := w.Flush(); err != nil {
		t.Fatalf("nothing was buffered, yet %v", err)
	}
	if err := errors.Join(w.Scalar("a", 1, 2), w.Flush()); err == nil || !strings.HasPrefix(err.Error(), "tensorboard: ") {
		t.Errorf("writing to a closed file: %v", err)
	}
	if err := w.Scalar("b", 1, 2); err == nil {
		t.Error("the error is forgotten")
	}
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o666)
	if _, err := Create(filepath.Join(file, "run")); err == nil {
		t.Error("a folder within a file")
	}
}

// drawing is a picture of 3x2 pixels.
func drawing() image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	m.Set(1, 1, color.NRGBA{R: 200, A: 255})
	return m
}
