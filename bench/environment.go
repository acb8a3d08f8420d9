package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/braidml/braid/bench/results"
)

// environment is what the results depend on. What the system does not tell stays empty.
func environment(c *runCommand) results.Environment {
	e := results.Environment{
		Date: time.Now().UTC().Format(time.RFC3339), CPU: field("/proc/cpuinfo", "model name"), CPUs: runtime.NumCPU(),
		Caches: caches(), Memory: kilobytes("MemTotal"), System: system(), Go: runtime.Version(),
		Commit: git("rev-parse", "HEAD"), Dirty: git("status", "--porcelain") != "",
		Device: c.Device, Threads: c.Threads, Precision: strings.Join(c.Precision, ","), ISA: c.ISA,
		Command: "go run ./bench " + strings.Join(os.Args[1:], " "), Load: load(),
	}
	if e.Clock = field("/proc/cpuinfo", "cpu MHz"); e.Clock != "" {
		e.Clock += " MHz"
	}
	if c.Device == "cuda" {
		e.GPU = strings.TrimSpace(output("nvidia-smi", "--query-gpu=name,driver_version,clocks.sm,clocks.mem,power.limit", "--format=csv,noheader"))
	}
	return e
}

// field is the first value of a name in a file of "name: value" lines.
func field(file, name string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if key, value, ok := strings.Cut(s.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func kilobytes(name string) int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(field("/proc/meminfo", name), " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}

// free is the memory that peers may take, 0 where that is unknown.
func free() int64 { return kilobytes("MemAvailable") * 9 / 10 }

// caches are those of the first core, "L1 48K, L2 1024K, L3 32768K".
func caches() string {
	var all []string
	for i := range 8 {
		dir := fmt.Sprintf("/sys/devices/system/cpu/cpu0/cache/index%d", i)
		if kind := line(dir, "type"); kind == "Data" || kind == "Unified" {
			all = append(all, "L"+line(dir, "level")+" "+line(dir, "size"))
		}
	}
	return strings.Join(all, ", ")
}

func line(dir, name string) string {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func system() string {
	if release := line("/proc/sys/kernel", "osrelease"); release != "" {
		return runtime.GOOS + "/" + runtime.GOARCH + " " + release
	}
	return runtime.GOOS + "/" + runtime.GOARCH
}

// load is how busy the machine was in the last minute: a figure above the peers' own threads says that others were there.
func load() string {
	first, _, _ := strings.Cut(line("/proc", "loadavg"), " ")
	return first
}

func git(args ...string) string { return strings.TrimSpace(output("git", args...)) }

// output is what a command printed, "" if it failed.
func output(name string, args ...string) string {
	text, err := exec.Command(name, args...).Output()
	if err != nil {
		return ""
	}
	return string(text)
}
