package report

import (
	"image"
	"time"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/metrics"
	"github.com/braidml/braid/train"
)

// Report is all that a report shows. [Study.Report] makes one; WriteHTML and Save write it.
type Report struct {
	Title, Command string
	Time           time.Time
	Task           Task
	Outputs        []string // names of classes, labels or numbers
	Facts          []Fact
	History        train.History

	Headline  []Measure     // the most telling first
	Counts    [][]int       // confusion matrix [true][predicted], of a classification
	Scores    []Score       // of each class or label
	ROC, PR   []Curve       // of each class or label that has one; X is the false positive rate or the recall
	Bins      []metrics.Bin // calibration
	ECE       float64
	Numbers   []NumberScore // of each output of a regression
	Ablations []Ablation    // how much each modality matters, the untouched model first
	Seed      uint64        // of the shuffled rows
	Note      string        // how inputs were taken away

	Mistakes []Mistake // the most confident first
	Wrong    int       // of how many
	Tested   int       // rows of the test part

	Parts []Part
	Model string // table of the layers
}

// Measure is a figure with what it means.
type Measure struct {
	Name  string
	Value float64
	Note  string
}

// Score is how one class or label fares.
type Score struct {
	metrics.ClassScore
	AUC, AP float64 // NaN where there is none
}

// Curve is a line with the area below it.
type Curve struct {
	Line
	Area float64
}

// NumberScore is how one output of a regression fares. True and Said are its values in the test part.
type NumberScore struct {
	R2, MAE, RMSE float64
	True, Said    []float64
}

// Ablation is what the model does when something is taken from it.
type Ablation struct {
	Name, Note string
	Measures   []Measure // the same ones for all
	Baseline   bool      // it is no model
}

// Mistake is a wrong prediction.
type Mistake struct {
	Row         int         // of the test part, from 0
	Picture     image.Image // nil: the row has none
	Text        string
	Right, Said string
	About       string  // the label that is most wrong, of several
	Probability float64 // of what was said; of a regression the error
	OfRight     float64 // probability of the right answer; NaN: it has none of its own
}

// Part is a part of the data.
type Part struct {
	Name string
	data.Description
}
