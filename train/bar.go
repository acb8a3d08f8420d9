package train

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// Bar draws progress on a terminal, in one line of at most 79 columns that is drawn over itself and removed at the end of
// the epoch:
//
//	epoch 3 [=========>          ]  45%  loss 0.412  9184 samples/s  0:12 left
//
// Each drawing is one write without clearing first, so nothing flickers. Where w is no terminal, print epochs instead.
func Bar(w io.Writer) func(Progress) {
	const cells = 20
	return func(p Progress) {
		if p.Step >= p.Steps {
			_, _ = io.WriteString(w, "\r\x1b[K")
			return
		}
		done := cells * p.Step / p.Steps
		bar := strings.Repeat("=", done) + ">" + strings.Repeat(" ", cells-done-1)
		line := fmt.Sprintf("epoch %d [%s] %3d%%", p.Epoch, bar, 100*p.Step/p.Steps)
		if !math.IsNaN(p.Loss) {
			line += fmt.Sprintf("  loss %.3g", p.Loss)
		}
		line += fmt.Sprintf("  %.0f samples/s  %s left", p.SamplesPerSecond, clock(p.Left))
		_, _ = fmt.Fprintf(w, "\r%.79s\x1b[K", line) // a terminal that is gone is no reason to stop
	}
}

// clock is m:ss, or h:mm:ss.
func clock(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
