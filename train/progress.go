package train

import "time"

// Progress is where a running epoch stands. Loss is the mean so far. Reading it waits for the device, which is why it
// comes ten times a second and not with each step.
type Progress struct {
	Epoch, Step, Steps int // Epoch from 1; Step steps of Steps are done
	Loss               float64
	SamplesPerSecond   float64       // since the epoch began, or was resumed
	Left               time.Duration // of the epoch
}

// interval is the time between two reports.
const interval = 100 * time.Millisecond

// pace decides when to report and how fast things go. Its clock also runs while nobody reports, because a report is where
// a loss that is not finite is noticed.
type pace struct {
	steps          int
	start, last    time.Time
	first, samples int // steps and samples done when it began
}

func (p *pace) begin(steps int, s state) {
	now := time.Now()
	*p = pace{steps: steps, start: now, last: now, first: s.Batch, samples: s.Samples}
}

// report checks the loss and tells Progress, if it is time or the epoch's last step.
func (r *run[B]) report() error {
	p, now := &r.pace, time.Now()
	if now.Sub(p.last) < interval && r.state.Batch < p.steps {
		return nil
	}
	p.last = now
	loss, err := r.loss()
	if err != nil || r.t.Progress == nil {
		return err
	}
	spent := max(now.Sub(p.start), 1)
	done := r.state.Batch - p.first
	r.t.Progress(Progress{
		Epoch: r.state.Epoch + 1, Step: r.state.Batch, Steps: p.steps, Loss: loss,
		SamplesPerSecond: float64(r.state.Samples-p.samples) / spent.Seconds(),
		Left:             max(0, spent*time.Duration(p.steps-r.state.Batch)/time.Duration(done)),
	})
	return nil
}
