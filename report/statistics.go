package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// statistic is a line of a table with a column for each part of the data.
type statistic struct {
	Name   string
	Values []string
}

// statistics is a table of the parts.
func (r *Report) statistics() []statistic {
	table := []statistic{}
	add := func(name string, of func(p *Part) string) {
		s := statistic{Name: name}
		filled := false
		for i := range r.Parts {
			value := of(&r.Parts[i])
			filled = filled || value != ""
			s.Values = append(s.Values, value)
		}
		if filled {
			table = append(table, s)
		}
	}
	count := func(n int) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprint(n)
	}
	add("rows", func(p *Part) string { return fmt.Sprint(p.Rows) })
	add("images as the model reads them", func(p *Part) string {
		if p.Image == nil {
			return ""
		}
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(p.Image), " ", "×"), "[]")
	})
	add("rows without an image", func(p *Part) string { return count(p.NoImage) })
	add("rows without a text", func(p *Part) string { return count(p.NoText) })
	add("words of a text: least, median, most", func(p *Part) string { return lengths(p.Tokens) })
	add("words that the vocabulary lacks", func(p *Part) string {
		if p.Words == 0 {
			return ""
		}
		return fmt.Sprintf("%d of %d", p.Unknown, p.Words)
	})
	for i, name := range r.Outputs {
		add(name+": least, mean, most", func(p *Part) string {
			if i >= len(p.Numbers) {
				return ""
			}
			n := p.Numbers[i]
			return number(n.Min) + ", " + number(n.Mean) + ", " + number(n.Max)
		})
	}
	return table
}

// lengths is the least, median and largest number of words, of how many texts have each.
func lengths(counts []int) string {
	rows := 0
	for _, n := range counts {
		rows += n
	}
	if rows == 0 {
		return ""
	}
	at := func(k int) int { // length of the k-th shortest
		for length, n := range counts {
			if k -= n; k < 0 {
				return length
			}
		}
		return len(counts) - 1
	}
	return fmt.Sprintf("%d, %d, %d", at(0), at(rows/2), at(rows-1))
}

// classCounts is a table of the rows of each class in each part, and its share of the first part.
func (r *Report) classCounts() []statistic {
	if len(r.Parts) == 0 || r.Parts[0].Labels == nil {
		return nil
	}
	var table []statistic
	for c, name := range r.Outputs {
		s := statistic{Name: name}
		of := func(p *Part) int {
			if c < len(p.Labels) {
				return p.Labels[c]
			}
			return 0
		}
		for i := range r.Parts {
			s.Values = append(s.Values, fmt.Sprint(of(&r.Parts[i])))
		}
		s.Values = append(s.Values, percent(float64(of(&r.Parts[0]))/float64(max(r.Parts[0].Rows, 1))))
		table = append(table, s)
	}
	return table
}

// confused is two classes that are taken for one another.
type confused struct {
	True, Said string
	Count      int
	Share      float64
}

// confusions are the most frequent ones.
func (r *Report) confusions(most int) []confused {
	var all []confused
	for i, row := range r.Counts {
		total := 0
		for _, n := range row {
			total += n
		}
		for k, n := range row {
			if n > 0 && k != i {
				all = append(all, confused{r.Outputs[i], r.Outputs[k], n, float64(n) / float64(total)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b confused) int { return cmp.Compare(b.Count, a.Count) })
	return all[:min(most, len(all))]
}
