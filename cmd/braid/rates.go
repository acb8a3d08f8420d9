package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/braidml/braid/internal/atomicfile"
	"github.com/braidml/braid/report"
	"github.com/braidml/braid/train"
	"github.com/braidml/braid/tune"
)

type ratesCommand struct {
	deviceFlag
	Options options `embed:""`
	Low     float64 `default:"1e-6" help:"The rate of the first step."`
	High    float64 `default:"10" help:"The rate of the last step, if the loss does not grow beyond bounds before."`
	Steps   int     `default:"200" help:"How many steps of --batch samples."`
	Out     string  `required:"" type:"path" placeholder:"PNG" help:"Where to draw the curve."`
	JSON    string  `name:"json" type:"path" placeholder:"FILE" help:"Write rates and losses here as well."`
}

// measuredRates is what --json has.
type measuredRates struct {
	Suggested float64   `json:"suggested"`
	Lowest    float64   `json:"lowest"`
	Diverged  bool      `json:"diverged"`
	Rate      []float64 `json:"rate"`
	Loss      []float64 `json:"loss"`
	Smoothed  []float64 `json:"smoothed"`
}

// Run tests rates.
func (c *ratesCommand) Run(w *world) error {
	o := &c.Options
	if err := errors.Join(o.check(), writable("--out", c.Out), writable("--json", c.JSON)); err != nil {
		return err
	}
	d, err := o.openFitting()
	if err != nil {
		return err
	}
	dev, err := c.open()
	if err != nil {
		return err
	}
	defer dev.Close()
	model, err := o.model(d)
	if err != nil {
		return err
	}
	t, err := o.trainer(dev, model, d)
	if err != nil {
		return err
	}
	r, err := t.RangeTest(w.ctx, train.RateRange{Low: c.Low, High: c.High, Steps: c.Steps})
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	title := "learning-rate range test"
	if err := atomicfile.Write(c.Out, 0o644, func(f io.Writer) error { return report.Rates(f, title, r) }); err != nil {
		return err
	}
	if c.JSON != "" {
		if err := writeJSON(c.JSON, measuredRates{r.Suggested, r.Lowest, r.Diverged, r.Rate, r.Loss, r.Smoothed}); err != nil {
			return err
		}
	}
	// Two digits say all that such a test can.
	if r.Suggested, err = strconv.ParseFloat(fmt.Sprintf("%.2g", r.Suggested), 64); err != nil {
		return err
	}
	end := fmt.Sprintf("%d steps", len(r.Rate))
	if r.Diverged {
		end += fmt.Sprintf(", until the loss grew beyond bounds at a rate of %.2g", r.Rate[len(r.Rate)-1])
	}
	fmt.Fprintln(w.out, end)
	if r.Suggested == 0 {
		fmt.Fprintf(w.out, "the loss never fell; drawn in %s\n", c.Out)
		return nil
	}
	fmt.Fprintf(w.out, "the loss falls fastest at %.2g and is lowest at %.2g; drawn in %s\n", r.Suggested, r.Lowest, c.Out)
	o.LR = r.Suggested
	fmt.Fprintf(w.out, "try: %s\n", shellLine("braid train fusion", named(flagsOf(o), tune.Settings{"lr": fmt.Sprint(o.LR)})))
	return nil
}
