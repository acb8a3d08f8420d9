package serve

import (
	"bytes"
	"fmt"
	"net/http"
)

func (h *Handler) showMetrics(w http.ResponseWriter, _ *http.Request) error {
	var b bytes.Buffer
	h.stats.write(&b)
	device := h.o.Device.Stats()
	for _, g := range []struct {
		name, help string
		value      any
	}{
		{"braid_requests_in_flight", "Requests that are worked on.", len(h.inFlight)},
		{"braid_requests_in_flight_limit", "How many there may be.", cap(h.inFlight)},
		{"braid_device_bytes", "Memory that the device holds.", device.Bytes},
		{"braid_device_replays_total", "Runs of known plans.", device.Replays},
	} {
		kind := "gauge"
		if g.name == "braid_device_replays_total" {
			kind = "counter"
		}
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n%s %v\n", g.name, g.help, g.name, kind, g.name, g.value)
	}
	send(w, http.StatusOK, "text/plain; version=0.0.4; charset=utf-8", b.Bytes())
	return nil
}
