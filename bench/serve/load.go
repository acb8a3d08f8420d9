package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/tensor"
)

// question is a request with the answer that Predict gives.
type question struct {
	body string
	want []float32
}

// ask makes requests with a PNG and a text of 3 to 12 words each.
func ask(dev *tensor.Device, m *models.Fusion) (all []question, err error) {
	c, rng := m.Config, rand.New(rand.NewPCG(3, 4))
	if c.Image.Channels != 3 || len(c.Words) < 3 {
		return nil, fmt.Errorf("the model has %d channels and %d words: one of coloured pictures and texts is expected", c.Image.Channels, len(c.Words))
	}
	vocab := &data.Vocab{Words: c.Words}
	for range 64 {
		pixels := make([]uint8, c.Image.Height*c.Image.Width*3)
		for i := range pixels {
			pixels[i] = uint8(rng.Uint32() >> 28 * 16)
		}
		image := tensor.ArrayOf(pixels, 1, c.Image.Height, c.Image.Width, 3)
		var file bytes.Buffer
		if err := png.Encode(&file, data.Grid(image, 1)); err != nil {
			return nil, err
		}
		var words []string
		for range 3 + rng.IntN(10) {
			words = append(words, c.Words[2+rng.IntN(len(c.Words)-2)])
		}
		text := strings.Join(words, " ")
		out, err := m.Predict(dev, image, vocab.EncodeAll([]string{text}, 0))
		if err != nil {
			return nil, err
		}
		body, err := json.Marshal(map[string]any{"inputs": []map[string]any{
			{"name": "image", "datatype": "BYTES", "shape": []int{1}, "data": []string{base64.StdEncoding.EncodeToString(file.Bytes())}},
			{"name": "text", "datatype": "BYTES", "shape": []int{1}, "data": []string{text}},
		}})
		if err != nil {
			return nil, err
		}
		all = append(all, question{string(body), out.Floats()})
	}
	return all, nil
}

// load is what callers see.
type load struct {
	url       string
	questions []question

	mu         sync.Mutex
	waits      []time.Duration // sorted, of the last run
	errors     int             // of all runs
	difference float64         // the largest from Predict's answers
}

// run lets n callers ask for so long.
func (l *load) run(n int, long time.Duration) time.Duration {
	l.waits = nil
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}}
	defer client.CloseIdleConnections()
	start := time.Now()
	var wait sync.WaitGroup
	for c := range n {
		wait.Go(func() {
			for i := c; time.Since(start) < long; i++ {
				asked := time.Now()
				difference, err := l.call(client, l.questions[i%len(l.questions)])
				took := time.Since(asked)
				l.mu.Lock()
				l.waits = append(l.waits, took)
				if err != nil {
					l.errors++
				}
				l.difference = max(l.difference, difference)
				l.mu.Unlock()
			}
		})
	}
	wait.Wait()
	slices.Sort(l.waits)
	return time.Since(start)
}

// call asks one question, and returns how far the answer is from Predict's.
func (l *load) call(client *http.Client, q question) (difference float64, err error) {
	r, err := client.Post(l.url, "application/json", strings.NewReader(q.body))
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, err
	}
	if r.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", r.Status, body)
	}
	var a struct {
		Outputs []struct{ Data json.RawMessage }
	}
	var got []float32
	if err := json.Unmarshal(body, &a); err != nil {
		return 0, err
	}
	if err := json.Unmarshal(a.Outputs[0].Data, &got); err != nil {
		return 0, err
	}
	for i, v := range got {
		difference = max(difference, math.Abs(float64(v)-float64(q.want[i]))) // a NaN stays one
	}
	return difference, nil
}

// quantile is a wait that a share of all are not above.
func (l *load) quantile(share float64) time.Duration {
	if len(l.waits) == 0 {
		return 0
	}
	return l.waits[min(int(share*float64(len(l.waits))), len(l.waits)-1)]
}
