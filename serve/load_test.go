package serve

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/braidml/braid/internal/tensorcheck"
	"github.com/braidml/braid/tensor"
)

// question is a request with the answer that Predict gives by itself.
type question struct {
	body string
	want []float32
}

func questions(t testing.TB, h *Handler) (all []question) {
	texts := []string{"red", "what color is the shape", "is the shape a circle ?", "what is what is what is what is what is what"}
	for i := range 16 {
		picture, text := pngOf(i+1, 16+i), texts[i%len(texts)]
		all = append(all, question{asJSON(asked(picture, text)), predicted(t, h, picture, text)})
	}
	return all
}

// TestConcurrentCallers: with batches or without, every request is answered, and as Predict answers it alone.
func TestConcurrentCallers(t *testing.T) {
	for _, delay := range []time.Duration{0, 3 * time.Millisecond} {
		h, s := start(t, config(), Options{BatchDelay: delay, MaxBatch: 20})
		tolerance := 0.0
		if delay > 0 {
			tolerance = 1e-6
		}
		all := questions(t, h)
		callers, each := 64, 8
		if tensorcheck.Emulated() {
			callers, each = 8, 2
		}
		var wait sync.WaitGroup
		for c := range callers {
			wait.Go(func() {
				for i := range each {
					q := all[(c+i)%len(all)]
					status, body := call(t, "POST", s.URL+"/v2/models/m/infer", q.body)
					for k, got := range probabilities(t, status, body) {
						if !(math.Abs(float64(got-q.want[k])) <= tolerance) {
							t.Errorf("delay %v: class %d has %v, want %v", delay, k, got, q.want[k])
						}
					}
				}
			})
		}
		wait.Wait()
		_, metrics := call(t, "GET", s.URL+"/metrics", "")
		if want := fmt.Sprintf(`braid_requests_total{endpoint="infer",status="200"} %d`, callers*each); !strings.Contains(metrics, want+"\n") {
			t.Errorf("delay %v: want %q in\n%s", delay, want, metrics)
		}
		if want := fmt.Sprintf("braid_batch_rows_sum %d\n", callers*each); !strings.Contains(metrics, want) {
			t.Errorf("delay %v: want %q in\n%s", delay, want, metrics)
		}
		if together := h.stats.rows.counts[0] < callers*each; together != (delay > 0) {
			t.Errorf("delay %v: %d of %d requests were computed alone", delay, h.stats.rows.counts[0], callers*each)
		}
	}
}

// TestMemoryStaysFlat over 2,000 requests of many sizes.
func TestMemoryStaysFlat(t *testing.T) {
	if testing.Short() || tensorcheck.Emulated() {
		t.Skip("2,000 requests")
	}
	dev := tensor.CPU()
	h, s := start(t, config(), Options{Device: dev, BatchDelay: time.Millisecond})
	all := questions(t, h)
	ask := func(n int) (heap, device int64) {
		var wait sync.WaitGroup
		for c := range 8 {
			wait.Go(func() {
				for i := range n / 8 {
					status, body := call(t, "POST", s.URL+"/v2/models/m/infer", all[(c+i)%len(all)].body)
					probabilities(t, status, body)
				}
			})
		}
		wait.Wait()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc), dev.Stats().Bytes
	}
	heap, device := ask(400)
	heapAfter, deviceAfter := ask(2000)
	t.Logf("heap %d then %d bytes, device %d then %d", heap, heapAfter, device, deviceAfter)
	if heapAfter > heap+2<<20 || deviceAfter > device+device/4 {
		t.Errorf("memory grew: heap from %d to %d bytes, device from %d to %d", heap, heapAfter, device, deviceAfter)
	}
}

// TestTooManyAtATime: one beyond the limit is told to come again, and the place is free afterwards.
func TestTooManyAtATime(t *testing.T) {
	h, s := start(t, config(), Options{MaxInFlight: 1})
	body := asJSON(asked(pngOf(1, 20), "red"))
	h.inFlight <- struct{}{}
	r, err := http.Post(s.URL+"/v2/models/m/infer", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "1" {
		t.Errorf("%v, %v", r.Status, r.Header)
	}
	if status, body := call(t, "GET", s.URL+"/v2/health/ready", ""); status != http.StatusOK {
		t.Errorf("ready: %d %s", status, body)
	}
	<-h.inFlight
	status, answer := call(t, "POST", s.URL+"/v2/models/m/infer", body)
	probabilities(t, status, answer)
}

// TestSlowBody: who sends a byte now and then is told that it took too long.
func TestSlowBody(t *testing.T) {
	h, s := start(t, config(), Options{Timeout: 200 * time.Millisecond})
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				fmt.Fprint(conn, " ")
			}
		}
	}()
	head := make([]byte, 12)
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(head); err != nil || string(head) != "HTTP/1.1 408" {
		t.Errorf("%q, %v", head, err)
	}
	if n := len(h.inFlight); n > 1 {
		t.Errorf("%d requests are in flight", n)
	}
}

// TestLateAnswer: where the machine is too slow, the client is told so, and nothing is computed for it later.
func TestLateAnswer(t *testing.T) {
	for _, delay := range []time.Duration{0, time.Millisecond} {
		h, s := start(t, config(), Options{Timeout: 300 * time.Millisecond, BatchDelay: delay})
		for range cap(h.computing) {
			h.computing <- struct{}{}
		}
		status, body := call(t, "POST", s.URL+"/v2/models/m/infer", asJSON(asked(pngOf(1, 20), "red")))
		if status != http.StatusServiceUnavailable || !strings.Contains(body, "no answer within 300ms") {
			t.Errorf("delay %v: %d %s", delay, status, body)
		}
		for range cap(h.computing) {
			<-h.computing
		}
	}
}

// TestClientThatIsGone: its request is taken out, and counted.
func TestClientThatIsGone(t *testing.T) {
	h, s := start(t, config(), Options{BatchDelay: 300 * time.Millisecond})
	h.inFlight <- struct{}{} // one on its way, that the first waits for
	body := asJSON(asked(pngOf(1, 20), "red"))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/v2/models/m/infer", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := http.DefaultClient.Do(r); err == nil {
		answer.Body.Close()
		t.Error("the answer came before the batch was full")
	}
	status, answer := call(t, "POST", s.URL+"/v2/models/m/infer", body)
	probabilities(t, status, answer)
	<-h.inFlight
	_, metrics := call(t, "GET", s.URL+"/metrics", "")
	for _, want := range []string{`braid_requests_total{endpoint="infer",status="499"} 1`, "braid_batch_rows_sum 1", "braid_requests_in_flight 0"} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("want %q in\n%s", want, metrics)
		}
	}
	if n := len(h.inFlight); n != 0 {
		t.Errorf("%d requests are in flight", n)
	}
}

// TestClose: what waits is answered, what comes later is refused.
func TestClose(t *testing.T) {
	h, s := start(t, config(), Options{BatchDelay: time.Hour})
	body := asJSON(asked(pngOf(1, 20), "red"))
	type answer struct {
		status int
		body   string
	}
	got := make(chan answer, 3)
	h.inFlight <- struct{}{} // one on its way, that the others wait for
	for range cap(got) {
		go func() {
			status, body := call(t, "POST", s.URL+"/v2/models/m/infer", body)
			got <- answer{status, body}
		}()
	}
	for len(h.inFlight) < cap(got)+1 || len(h.queue) > 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond) // from being in flight to the queue
	h.Close()
	for range cap(got) {
		a := <-got
		probabilities(t, a.status, a.body)
	}
	for _, path := range []string{"/v2/health/ready", "/v2/models/m/ready"} {
		if status, _ := call(t, "GET", s.URL+path, ""); status != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := call(t, "POST", s.URL+"/v2/models/m/infer", body); status != http.StatusServiceUnavailable {
		t.Errorf("after Close: %d", status)
	}
}
