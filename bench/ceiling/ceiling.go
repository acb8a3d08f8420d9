// Package ceiling measures what this machine can do at best: multiply-adds, and moving memory. A share of that says more
// about a result than its time alone.
package ceiling

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/braidml/braid/bench/results"
)

// The loops for arm64 are generated from here, as go generate reads no file of another architecture.
//
//go:generate go -C ../../cpu_fallback/_gen run ./neon -family ceiling -pkg ceiling -out ../../bench/ceiling/loops_arm64.s -stubs ../../bench/ceiling/loops_arm64.go

// loop is a set of instructions that the CPU may have.
type loop struct {
	name  string
	flops float64 // of a round
	fma   func(rounds int)
	block int // numbers that read and scale take at once
	read  func(p []float32)
	scale func(p []float32)
}

// piece is the numbers that a loop takes at once before the thread's place moves on. They fit into the first cache: loops
// in assembly cannot be interrupted, and must be short.
const piece = 4 << 10

// stand is the name of a loop that stands in for multiply-adds in assembly.
const stand = "product"

// sizes are what each thread moves, in bytes: its second cache, what it has of the last one, and memory.
var sizes = []int{256 << 10, 2 << 20, 8 << 20, 256 << 20}

// Measure measures with so many threads. Each rate is the best of several tries of so long: the machine can do that.
func Measure(threads int, try time.Duration) (all []results.Ceiling) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(threads, runtime.GOMAXPROCS(0))))
	for _, l := range loops() {
		all = append(all, l.arithmetic(threads, try))
	}
	for _, size := range sizes {
		all = append(all, move(threads, size, try)...)
	}
	return all
}

// Arithmetic measures the widest multiply-adds alone; ok is false where none are in assembly here.
func Arithmetic(threads int, try time.Duration) (c results.Ceiling, ok bool) {
	all := loops()
	if len(all) == 0 || all[0].name == stand {
		return results.Ceiling{}, false
	}
	return all[len(all)-1].arithmetic(threads, try), true
}

// Memory measures memory alone, about size bytes of it, gone through in whichever way is fastest.
func Memory(threads, size int, try time.Duration) results.Ceiling {
	each := max(size/threads, 4*piece) / (4 * piece) * (4 * piece)
	return slices.MaxFunc(move(threads, each, try), func(a, b results.Ceiling) int { return cmp.Compare(a.Rate, b.Rate) })
}

func (l loop) arithmetic(threads int, try time.Duration) results.Ceiling {
	const rounds = 1 << 12
	rate := best(threads, try, func(int) float64 {
		l.fma(rounds)
		return rounds * l.flops
	})
	return results.Ceiling{Name: "fma " + l.name, Rate: rate}
}

// Best takes the higher of two measurements of each ceiling.
func Best(a, b []results.Ceiling) []results.Ceiling {
	if len(a) != len(b) {
		return b
	}
	best := slices.Clone(a)
	for i := range best {
		best[i].Rate = max(best[i].Rate, b[i].Rate)
	}
	return best
}

// move measures memory that each thread goes through again and again.
func move(threads, size int, try time.Duration) (all []results.Ceiling) {
	numbers := size / 4
	own := make([][]float32, threads)
	for i := range own {
		own[i] = slices.Repeat([]float32{1}, numbers)
	}
	add := func(name string, bytes float64, f func(p []float32)) {
		at := make([]int, 16*threads) // a cache line each
		rate := best(threads, try, func(thread int) float64 {
			place := &at[16*thread]
			f(own[thread][*place : *place+piece])
			*place = (*place + piece) % numbers
			return bytes * piece
		})
		all = append(all, results.Ceiling{Name: name, Rate: rate, Size: size * threads})
	}
	if ls := loops(); len(ls) > 0 {
		l := ls[len(ls)-1]
		add("read", 4, l.read)
		add("scale", 8, l.scale)
	}
	add("copy", 8, func(p []float32) { copy(p[:len(p)/2], p[len(p)/2:]) })
	all[len(all)-1].Rate /= 2 // a piece has only half of it to copy
	return all
}

// best is the highest of five rates at which all threads together do work.
func best(threads int, try time.Duration, work func(thread int) float64) (most float64) {
	for range 5 {
		var stop atomic.Bool
		var wait sync.WaitGroup
		done := make([]float64, 16*threads)
		begin := time.Now()
		for thread := range threads {
			wait.Go(func() {
				sum := 0.0
				for !stop.Load() {
					sum += work(thread)
				}
				done[16*thread] = sum
			})
		}
		time.Sleep(try)
		stop.Store(true)
		wait.Wait()
		total := 0.0
		for _, d := range done {
			total += d
		}
		most = max(most, total/time.Since(begin).Seconds())
	}
	return most
}

const product = "product "

// Seen are the ceilings of a device that no loop here reaches, a GPU: the fastest matrix product in each precision and the
// fastest that memory was gone through, of whichever library.
func Seen(rows []results.Row) (all []results.Ceiling) {
	best := map[string]float64{}
	for _, r := range rows {
		switch {
		case r.Status != results.OK:
		case strings.HasPrefix(r.Case, "gemm"):
			best[product+r.Precision] = max(best[product+r.Precision], r.Flops/r.Time.Median)
		case r.Flops == 0 && r.Bytes >= large:
			best["memory"] = max(best["memory"], r.Bytes/r.Time.Median)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(best)) {
		c := results.Ceiling{Name: name, Rate: best[name]}
		if name == "memory" {
			c.Size = large
		}
		all = append(all, c)
	}
	return all
}

// large is more bytes than a GPU's caches hold.
const large = 256 << 20

// Bind sets the ceiling that a computation can come nearest to, and its share of it. working is the bytes that it goes
// through before it meets one again.
func Bind(r *results.Row, ceilings []results.Ceiling, working float64) {
	if r.Status != results.OK {
		return
	}
	arithmetic, memory := results.Ceiling{}, results.Ceiling{}
	apart := func(c results.Ceiling) float64 { return math.Abs(math.Log(float64(c.Size) / max(1, working))) }
	for _, c := range ceilings {
		if of, ok := strings.CutPrefix(c.Name, product); ok && of != r.Precision {
			continue
		}
		switch {
		case c.Size == 0:
			if c.Rate > arithmetic.Rate {
				arithmetic = c
			}
		case memory.Size == 0, apart(c) < apart(memory), c.Size == memory.Size && c.Rate > memory.Rate:
			memory = c // of the size that comes nearest, the fastest
		}
	}
	least := func(work float64, c results.Ceiling) float64 {
		if c.Rate == 0 {
			return 0
		}
		return work / c.Rate
	}
	a, m := least(r.Flops, arithmetic), least(r.Bytes, memory)
	switch {
	case a == 0 && m == 0:
		return
	case a >= m:
		r.Ceiling = arithmetic.Name
	default:
		r.Ceiling = fmt.Sprintf("%s %s", memory.Name, results.Size(memory.Size))
	}
	r.Share = max(a, m) / r.Time.Median
}
