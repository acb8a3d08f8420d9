package runner

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"github.com/braidml/braid/bench/cases"
	"github.com/braidml/braid/bench/wire"
	"github.com/braidml/braid/tensor"
)

// manner is the environment variable that makes the test's program a peer, and says which.
const manner = "BENCH_FAKE_PEER"

func TestMain(m *testing.M) {
	if how := os.Getenv(manner); how != "" {
		fake(how)
		return
	}
	os.Exit(m.Run())
}

// fake is a peer with a fault. Faults come with the case called "bad" only.
func fake(how string) {
	f := &faulty{how: how}
	switch how {
	case "garbage", "chatty", "wrong id", "lies", "lazy", "counts":
		f.serve()
	default:
		wire.Main(f)
	}
}

type faulty struct {
	how, name string
	runs      int
	x         tensor.Array
}

func (f *faulty) bad(how string) bool { return f.how == how && f.name == "bad" }

func (f *faulty) Describe(string, int) (name, version string, err error) {
	if f.how == "no device" {
		return "", "", errors.New("there is no such device")
	}
	return f.how, "1.0", nil
}

func (f *faulty) Prepare(c wire.Case, inputs string) (wire.Job, error) {
	f.name, f.runs = c.Name, 0
	in, err := cases.ReadFile(inputs)
	f.x = in["x"]
	switch {
	case f.bad("crashes at prepare"):
		fmt.Fprintln(os.Stderr, "segmentation fault, or so")
		os.Exit(3)
	case f.bad("without"):
		return nil, fmt.Errorf("%w: really", wire.ErrWithout)
	case f.bad("panics"):
		panic("the case is not to my liking")
	}
	return f, err
}

func (f *faulty) Run() error {
	f.runs++
	switch {
	case f.bad("hangs"):
		time.Sleep(time.Hour)
	case f.bad("crashes at run"):
		os.Exit(4)
	case f.bad("fails at run"):
		return errors.New("out of something")
	}
	time.Sleep(200 * time.Microsecond)
	return nil
}

func (f *faulty) Outputs(path string) (map[string]float64, error) {
	y := make([]float32, f.x.Len())
	for i, v := range f.x.Floats() {
		y[i] = 2 * v
	}
	switch {
	case f.bad("wrong"):
		y[3] += 0.01
	case f.bad("not finite"):
		y[3] = float32(math.NaN())
	case f.bad("spoilt by running") && f.runs > 0:
		y[3] += 1
	}
	out := cases.Tensors{"y": tensor.ArrayOf(y, len(y))}
	sums := out.Sums()
	switch {
	case f.bad("claims"):
		sums["y"]++
	case f.bad("no file"):
		return sums, nil
	}
	return sums, cases.WriteFile(path, out)
}

func (f *faulty) Close() error { return nil }

// serve answers by hand: what wire.Serve would not do.
func (f *faulty) serve() {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var r wire.Request
		if err := json.Unmarshal(in.Bytes(), &r); err != nil || r.Do == "quit" {
			return
		}
		a := wire.Reply{ID: r.ID, N: r.N, Version: "1.0"}
		switch r.Do {
		case "prepare":
			if _, err := f.Prepare(*r.Case, r.Inputs); err != nil {
				a.Error = err.Error()
			}
		case "checksum":
			a.Sums, _ = f.Outputs(r.Outputs)
		case "run":
			begin := time.Now()
			time.Sleep(time.Duration(r.N) * 200 * time.Microsecond)
			a.Seconds = time.Since(begin).Seconds()
		}
		if f.name == "bad" && r.Do == "run" {
			switch f.how {
			case "garbage":
				fmt.Println(`<html>{"id": 7`)
				continue
			case "chatty":
				fmt.Println("warming up …")
			case "wrong id":
				a.ID += 7
			case "lies": // it works for a while, and claims an instant
				time.Sleep(20 * time.Millisecond)
				a.Seconds = 1e-5 * float64(r.N)
			case "lazy": // it claims more than has passed
				a.Seconds += 3
			case "counts":
				a.N = r.N / 2
			}
		}
		text, _ := json.Marshal(a)
		fmt.Println(string(text))
	}
}
