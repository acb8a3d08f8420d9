package results

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// cells are what tables show of a row.
func (r *Row) cells() []string {
	if r.Status != OK {
		return []string{r.Peer, string(r.Status), "", "", "", "", r.Reason}
	}
	return []string{r.Peer, seconds(r.Time.Median), r.spread(), r.rate(), r.share(), r.factor(), r.notes()}
}

func (r *Row) spread() string { return fmt.Sprintf("±%.0f%%", math.Ceil(100*r.Time.Spread())) }

// rate is the arithmetic of a case that has some, else the bytes that it moves.
func (r *Row) rate() string {
	switch {
	case r.Items > 0:
		return fmt.Sprintf("%s samples/s", digits(float64(r.Items)/r.Time.Median))
	case r.Flops > 0:
		return fmt.Sprintf("%s GFLOP/s", digits(r.Flops/r.Time.Median/1e9))
	case r.Bytes > 0:
		return fmt.Sprintf("%s GB/s", digits(r.Bytes/r.Time.Median/1e9))
	}
	return ""
}

func (r *Row) share() string {
	if r.Share == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f%% %s", 100*r.Share, r.Ceiling)
}

// factor is how many times as long as braid it took; = where no difference is to be seen.
func (r *Row) factor() string {
	if r.Factor.N == 0 {
		return ""
	}
	sign := ""
	if r.P >= 0.05 {
		sign = " ="
	}
	return fmt.Sprintf("%.2fx [%.2f %.2f]%s", r.Factor.Median, r.Factor.Low, r.Factor.High, sign)
}

func (r *Row) notes() string {
	var all []string
	add := func(ok bool, format string, args ...any) {
		if ok {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	add(r.Time.Certainty < 0.95, "%d samples", r.Time.N)
	add(r.Noisy, "noisy")
	add(r.Way != "", "%s", r.Way)
	add(r.Tail > 0, "p50 %s, p99 %s", seconds(r.Half), seconds(r.Tail))
	add(r.Value != 0, "gives %.4g", r.Value)
	add(r.Peak > 0, "peak %s", bytesOf(r.Peak))
	add(r.First > 1 && r.First > 10*r.Time.Median, "first time %s", seconds(r.First))
	add(r.Faults >= 100, "%s page faults", digits(r.Faults))
	return strings.Join(all, ", ")
}

// widths are of the columns in a terminal; the last one ends where it ends.
var widths = []int{16, 13, 6, 17, 19, 22, 0}

// Head writes the columns' names for a terminal.
func Head(w io.Writer) error {
	return line(w, []string{"", "time", "95%", "rate", "of the machine", "its time / braid's", ""})
}

// Text writes the rows of one case for a terminal.
func Text(w io.Writer, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(w, rows[0].Case)
	for _, cells := range table(rows) {
		err = errors.Join(err, line(w, cells))
	}
	return err
}

// table is the cells of a case's rows. Libraries that do not offer it share one row.
func table(rows []Row) (all [][]string) {
	var without []string
	for _, r := range rows {
		if r.Status == Without {
			without = append(without, r.Peer)
			continue
		}
		all = append(all, r.cells())
	}
	if without != nil {
		all = append(all, []string{"", string(Without), "", "", "", "", "by " + strings.Join(without, ", ")})
	}
	return all
}

func line(w io.Writer, cells []string) error {
	var b strings.Builder
	for i, c := range cells {
		pad := max(0, widths[i]-utf8.RuneCountInString(c))
		b.WriteString("  " + c + strings.Repeat(" ", pad))
	}
	_, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	return err
}

// seconds writes a time with its unit, in three digits.
func seconds(s float64) string {
	for _, u := range []struct {
		size float64
		name string
	}{{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}} {
		if s >= u.size*0.9995 {
			return digits(s/u.size) + " " + u.name
		}
	}
	return digits(s*1e9) + " ns"
}

func bytesOf(n int64) string {
	if n >= 1e9 {
		return digits(float64(n)/1e9) + " GB"
	}
	return digits(float64(n)/1e6) + " MB"
}

// digits writes three digits, and all of those before the point.
func digits(v float64) string {
	if v == 0 {
		return "0"
	}
	_, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', 2, 64), "e")
	before, err := strconv.Atoi(exponent)
	if err != nil { // it is no number
		return fmt.Sprint(v)
	}
	return strconv.FormatFloat(v, 'f', max(0, 2-before), 64)
}
