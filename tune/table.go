package tune

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// WriteCSV writes a line a trial, the best first, under a header: rank, trial, state, budget, score, seconds, the
// settings of the space, error. A trial without a score has none there.
func (r *Result) WriteCSV(w io.Writer, space Space, maximize bool) error {
	header := []string{"rank", "trial", "state", "budget", "score", "seconds"}
	for _, d := range space {
		header = append(header, d.Name)
	}
	rows := [][]string{append(header, "error")}
	for i, t := range r.Trials.Ranked(maximize) {
		row := []string{strconv.Itoa(i + 1), strconv.Itoa(t.Number), string(t.State), strconv.Itoa(len(t.Scores)),
			cell(t.Score()), strconv.FormatFloat(t.Seconds, 'f', 2, 64)}
		for _, d := range space {
			row = append(row, t.Settings[d.Name])
		}
		rows = append(rows, append(row, t.Error))
	}
	if err := csv.NewWriter(w).WriteAll(rows); err != nil {
		return fmt.Errorf("tune: %w", err)
	}
	return nil
}

func cell(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Table is the trials for people, the best first. metric names the score.
func (r *Result) Table(space Space, metric string, maximize bool) string {
	cells := [][]string{{"rank", "trial", "state", "budget", metric}}
	for _, d := range space {
		cells[0] = append(cells[0], d.Name)
	}
	for i, t := range r.Trials.Ranked(maximize) {
		score := "-"
		if v := t.Score(); !math.IsNaN(v) {
			score = strconv.FormatFloat(v, 'g', 4, 64)
		}
		row := []string{strconv.Itoa(i + 1), strconv.Itoa(t.Number), string(t.State), strconv.Itoa(len(t.Scores)), score}
		for _, d := range space {
			row = append(row, t.Settings[d.Name])
		}
		cells = append(cells, row)
	}
	width := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, c := range row {
			width[i] = max(width[i], len([]rune(c)))
		}
	}
	var b strings.Builder
	for _, row := range cells {
		line := ""
		for i, c := range row {
			line += c + strings.Repeat(" ", width[i]-len([]rune(c))+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
