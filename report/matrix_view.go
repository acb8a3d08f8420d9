package report

import (
	"fmt"
	"strings"
)

// mostClasses is how many classes a table can show.
const mostClasses = 60

// matrixView is the confusion matrix as a table.
type matrixView struct {
	Class  string // how large the cells are
	Silent bool   // counts are not written
	Names  []string
	Rows   []matrixRow // nil: there are too many
	Top    []confused
}

type matrixRow struct {
	Name  string
	Cells []matrixCell
}

type matrixCell struct {
	Count              int
	Class, Text, Title string
	Shade              string // share of the row
}

func (r *Report) matrixView() *matrixView {
	n := len(r.Counts)
	v := &matrixView{Names: r.Outputs, Top: r.confusions(10)}
	switch {
	case n > mostClasses:
		return v
	case n > 25:
		v.Class, v.Silent = " most", true
	case n > 14:
		v.Class = " many"
	}
	for i, counts := range r.Counts {
		row := matrixRow{Name: r.Outputs[i]}
		total := 0
		for _, count := range counts {
			total += count
		}
		for k, count := range counts {
			share := 0.0
			if total > 0 {
				share = float64(count) / float64(total)
			}
			var class []string
			if share > .6 {
				class = append(class, "deep")
			}
			if i == k {
				class = append(class, "right")
			}
			c := matrixCell{Count: count, Class: strings.Join(class, " ")}
			if count > 0 {
				c.Shade = fmt.Sprintf("%.3f", .06+.94*share)
				c.Title = fmt.Sprintf("true %s, said %s: %d (%s of the row)", r.Outputs[i], r.Outputs[k], count, percent(share))
				if !v.Silent {
					c.Text = fmt.Sprint(count)
				}
			}
			row.Cells = append(row.Cells, c)
		}
		v.Rows = append(v.Rows, row)
	}
	return v
}
