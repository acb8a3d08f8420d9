// Serve measures braid serve under load: how long callers wait, each with one connection and its next request as soon as
// the last one is answered, with and without batches. Every answer is compared with Predict's.
//
//	go run -tags cpu ./bench/serve
//	go run -tags cpu ./bench/serve -model runs/shapes -callers 1,8,64 -seconds 10 -delay 2ms
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/braidml/braid/data"
	"github.com/braidml/braid/models"
	"github.com/braidml/braid/serve"
	"github.com/braidml/braid/tensor"
)

func main() {
	path := flag.String("model", "", "folder of a run or model file; the default Fusion with weights as drawn if left out")
	callers := flag.String("callers", "1,8,64", "how many ask at a time")
	seconds := flag.Float64("seconds", 5, "how long each measurement takes")
	delay := flag.Duration("delay", 2*time.Millisecond, "braid serve's --batch-delay, beside 0")
	flag.Parse()
	if err := measure(*path, *callers, time.Duration(*seconds*float64(time.Second)), *delay); err != nil {
		log.Fatal(err)
	}
}

func measure(path, callers string, long, delay time.Duration) error {
	model, err := open(path)
	if err != nil {
		return err
	}
	dev, err := tensor.Default()
	if err != nil {
		return err
	}
	questions, err := ask(dev, model)
	if err != nil {
		return err
	}
	fmt.Printf("on %v\n%8s %8s %10s %10s %10s %10s %8s %10s %10s\n", dev,
		"delay", "callers", "requests/s", "p50", "p99", "p99/p50", "errors", "difference", "heap")
	for _, d := range []time.Duration{0, delay} {
		h, err := serve.New(model, serve.Options{Device: dev, BatchDelay: d})
		if err != nil {
			return err
		}
		server := httptest.NewServer(h)
		for _, s := range strings.Split(callers, ",") {
			n, err := strconv.Atoi(s)
			if err != nil || n < 1 {
				return fmt.Errorf("-callers has %q: numbers from 1 on are expected", s)
			}
			l := &load{url: server.URL + "/v2/models/model/infer", questions: questions}
			l.run(n, long/5) // plans and connections
			took := l.run(n, long)
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			p50, p99 := l.quantile(0.5), l.quantile(0.99)
			fmt.Printf("%8v %8d %10.0f %10v %10v %10.1f %8d %10.1e %7.1f MB\n", d, n, float64(len(l.waits))/took.Seconds(),
				p50.Round(10*time.Microsecond), p99.Round(10*time.Microsecond), float64(p99)/float64(max(1, p50)), l.errors, l.difference, float64(m.HeapAlloc)/1e6)
		}
		server.Close()
		h.Close()
	}
	return nil
}

func open(path string) (*models.Fusion, error) {
	if path == "" {
		train, _, vocab := data.Shapes(data.ShapesConfig{Train: 1, Test: 1})
		return models.NewFusion(rand.New(rand.NewPCG(1, 2)), models.FusionConfig{
			Text: models.TextConfig{Vocab: vocab.Len()}, Merge: models.Multiply,
			Outputs: len(train.Classes), Classes: train.Classes, Words: vocab.Words,
		}), nil
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "model.safetensors")
	}
	return models.OpenFusion(path)
}
