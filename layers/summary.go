package layers

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/braidml/braid/tensor"
)

// Summary writes Keras's table (layer, output shape, parameters) of the layers that f runs, and the totals of m. f
// gets a pass over shapes alone, in which p.Full or p.Input makes the inputs. The batch is shown as n. A layer of the
// user's own has a line where a Sequential runs it; parameters of m that belong to no line are listed below the others.
//
//	err := layers.Summary(os.Stdout, model, func(p *tensor.Pass) { model.Forward(p.Full(0, 1, 28, 28, 1)) })
func Summary(w io.Writer, m any, f func(p *tensor.Pass)) error {
	t := &tally{counted: map[*tensor.Tensor]bool{}}
	err := tensor.Shapes(tensor.Inference, func(p *tensor.Pass) error {
		Watch(p, m, t.add)
		f(p)
		return nil
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, table(append(t.rows, t.rest(m)...), m))
	return err
}

// A tally collects the lines of a summary.
type tally struct {
	batch   int // the first dimension of the first output
	rows    []row
	counted map[*tensor.Tensor]bool
}

// A row is one line of a summary.
type row struct {
	path, kind, output string
	values             int
}

func (t *tally) add(path string, l any, y *tensor.Tensor) *tensor.Tensor {
	r := row{path: path, kind: kindOf(l), output: t.shape(y)}
	for _, p := range parameters(l) {
		if !t.counted[p.Tensor] {
			t.counted[p.Tensor] = true
			r.values += p.Len()
		}
	}
	t.rows = append(t.rows, r)
	return y
}

// rest is a row for each part of m whose parameters no layer reported.
func (t *tally) rest(m any) []row {
	var rows []row
	for _, p := range parameters(m) {
		if t.counted[p.Tensor] {
			continue
		}
		owner := p.path
		if i := strings.LastIndexByte(owner, '.'); i > 0 {
			owner = owner[:i]
		}
		if n := len(rows); n == 0 || rows[n-1].path != owner {
			rows = append(rows, row{path: owner, kind: "parameters", output: "-"})
		}
		rows[len(rows)-1].values += p.Len()
	}
	return rows
}

// name is "image.0 (Conv2D)". A layer without parameters that no Sequential runs has no path.
func (r row) name() string {
	if r.path == "" {
		return r.kind
	}
	return r.path + " (" + r.kind + ")"
}

func table(rows []row, m any) string {
	cells := [][3]string{{"layer", "output shape", "parameters"}}
	for _, r := range rows {
		cells = append(cells, [3]string{r.name(), r.output, thousands(r.values)})
	}
	var width [3]int
	for _, c := range cells {
		for i, s := range c {
			width[i] = max(width[i], len([]rune(s)))
		}
	}
	var b strings.Builder
	rule := strings.Repeat("-", width[0]+width[1]+width[2]+4) + "\n"
	for i, c := range cells {
		fmt.Fprintf(&b, "%-*s  %-*s  %*s\n", width[0], c[0], width[1], c[1], width[2], c[2])
		if i == 0 {
			b.WriteString(rule)
		}
	}
	total, trained := 0, 0
	for _, p := range parameters(m) {
		total += p.Len()
		if !p.Frozen() {
			trained += p.Len()
		}
	}
	b.WriteString(rule)
	fmt.Fprintf(&b, "%s parameters: %s trained, %s not trained\n", thousands(total), thousands(trained), thousands(total-trained))
	return b.String()
}

// shape is y's shape with the batch as n: the first dimension, where it is the one that the first output had.
func (t *tally) shape(y *tensor.Tensor) string {
	if y.Rank() == 0 {
		return "[]"
	}
	if t.batch == 0 {
		t.batch = y.Dim(0)
	}
	s := fmt.Sprint(y.Shape())
	if n := strconv.Itoa(t.batch); y.Dim(0) == t.batch {
		s = "[n" + strings.TrimPrefix(s, "["+n)
	}
	return s
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
