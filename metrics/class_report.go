package metrics

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// classReport is a table of classes or labels as scikit-learn's classification_report prints it.
type classReport struct {
	text  strings.Builder
	names []string
	width int
	ended bool // a line of means has been written
}

func newReport(names []string) *classReport {
	r := &classReport{names: names, width: len("weighted avg")}
	for _, name := range names {
		r.width = max(r.width, utf8.RuneCountInString(name))
	}
	fmt.Fprintf(&r.text, "%*s  %9s %9s %9s %9s\n\n", r.width, "", "precision", "recall", "f1-score", "support")
	return r
}

const classLine = "%*s  %9.2f %9.2f %9.2f %9d\n"

// class is the line of class i.
func (r *classReport) class(i int, s classScore) {
	name := strconv.Itoa(i)
	if r.names != nil {
		name = r.names[i]
	}
	fmt.Fprintf(&r.text, classLine, r.width, name, s.precision(), s.recall(), s.f1(), s.support)
}

// line is one below the classes.
func (r *classReport) line(name, format string, fields ...any) {
	if !r.ended {
		r.text.WriteByte('\n')
		r.ended = true
	}
	fmt.Fprintf(&r.text, format, append([]any{r.width, name}, fields...)...)
}

// means are the last two lines: of all scores, and weighted by their support.
func (r *classReport) means(scores []classScore, support int) {
	var mean, byWeight [3]float64
	for _, s := range scores {
		for k, v := range [3]float64{s.precision(), s.recall(), s.f1()} {
			mean[k] += v / float64(len(scores))
			byWeight[k] += v * float64(s.support) / float64(support)
		}
	}
	r.line("macro avg", classLine, mean[0], mean[1], mean[2], support)
	r.line("weighted avg", classLine, byWeight[0], byWeight[1], byWeight[2], support)
}
