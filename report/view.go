package report

import (
	"fmt"
	"html/template"
	"math"
	"slices"
)

// view is a report as the page's templates read it.
type view struct {
	*Report
	Style  template.CSS
	Script template.HTML
	Policy string

	Sections    []section
	Findings    []finding
	Labels      bool
	Matrix      *matrixView
	Curves      []drawing
	Scatters    []drawing
	Thresholds  []drawing
	Calibration []drawing
	Statistics  []statistic
	ClassCounts []statistic

	poor float64 // F1 below which a class stands out
}

type section struct{ ID, Name string }

func (r *Report) view() (*view, error) {
	v := &view{Report: r, Style: template.CSS(asset("page.css")), Labels: r.Task == MultiLabel, Findings: r.findings()}
	v.Script, v.Policy = script()
	if r.Counts != nil {
		v.Matrix = r.matrixView()
	}
	for _, group := range []struct {
		into   *[]drawing
		charts []chart
	}{
		{&v.Curves, historyCharts(r.History)},
		{&v.Scatters, r.numberCharts()},
		{&v.Thresholds, r.thresholdCharts()},
		{&v.Calibration, r.calibrationCharts()},
	} {
		var err error
		if *group.into, err = drawings(group.charts...); err != nil {
			return nil, err
		}
	}
	v.Statistics, v.ClassCounts = r.statistics(), r.classCounts()
	v.poor = r.poor()
	v.contents()
	return v, nil
}

// contents lists the sections that there are.
func (v *view) contents() {
	classes := "Classes"
	if v.Labels {
		classes = "Labels"
	}
	for _, s := range []struct {
		section
		there bool
	}{
		{section{"modalities", "Inputs"}, len(v.Ablations) > 0},
		{section{"curves", "Training"}, len(v.Curves) > 0},
		{section{"confusion", "Confusion"}, v.Matrix != nil},
		{section{"regression", "Predicted against true"}, v.Numbers != nil},
		{section{"classes", classes}, v.Scores != nil},
		{section{"roc", "ROC and precision-recall"}, len(v.Thresholds) > 0},
		{section{"calibration", "Calibration"}, len(v.Calibration) > 0},
		{section{"mistakes", "Mistakes"}, true},
		{section{"data", "Data"}, true},
		{section{"model", "Model"}, v.Model != ""},
		{section{"making", "How it was made"}, true},
	} {
		if s.there {
			v.Sections = append(v.Sections, s.section)
		}
	}
}

// bar is the length of an ablation's bar in percent of the longest, by its first measure; "" for none.
func (v *view) bar(a Ablation) string {
	longest := 0.0
	for _, one := range v.Ablations {
		longest = max(longest, one.Measures[0].Value)
	}
	if value := a.Measures[0].Value; value > 0 && longest > 0 {
		return fmt.Sprintf("%.1f", 100*value/longest)
	}
	return ""
}

// worst reports whether a class does so badly that it is marked.
func (v *view) worst(class int) bool {
	return v.Scores[class].Support > 0 && v.Scores[class].F1 < v.poor
}

// poor is an F1 that lies 0.2 below the median of the classes.
func (r *Report) poor() float64 {
	var all []float64
	for _, s := range r.Scores {
		if s.Support > 0 {
			all = append(all, s.F1)
		}
	}
	if len(all) == 0 {
		return math.Inf(-1)
	}
	slices.Sort(all)
	return all[len(all)/2] - .2
}

func (r *Report) numberCharts() (charts []chart) {
	const most = 6 // outputs
	for i, n := range r.Numbers[:min(most, len(r.Numbers))] {
		charts = append(charts, scatterChart(r.Outputs[i], n), residualChart(r.Outputs[i], n))
	}
	return charts
}

func (r *Report) thresholdCharts() (charts []chart) {
	if len(r.ROC) > 0 {
		charts = append(charts, curvesChart("ROC", "false positive rate", "true positive rate", r.ROC, true))
	}
	if len(r.PR) > 0 {
		charts = append(charts, curvesChart("precision and recall", "recall", "precision", r.PR, false))
	}
	return charts
}

func (r *Report) calibrationCharts() []chart {
	if len(r.Bins) == 0 {
		return nil
	}
	return []chart{reliabilityChart(r.Bins)}
}
