package wire

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

// ownGroup gives the process and what it starts a group of their own: Ctrl-C is the harness's, and a peer is stopped
// with its children.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(cmd *exec.Cmd)       { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // it may be gone
func continueGroup(cmd *exec.Cmd)   { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGCONT) }
func pauseGroup(cmd *exec.Cmd) bool { return syscall.Kill(-cmd.Process.Pid, syscall.SIGSTOP) == nil }

type cpuSet [1024 / 64]uint64

// onCPUs calls start on a thread that may use n of the harness's CPUs only; a child inherits that.
func onCPUs(n int, start func() error) error {
	// Pdeathsig is sent when the thread ends that started the child. Goroutines that stay locked end theirs; this one
	// gives it back.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all cpuSet
	if n <= 0 || !affinity(syscall.SYS_SCHED_GETAFFINITY, &all) {
		return start()
	}
	var some cpuSet
	left := n
	for cpu := 0; cpu < len(all)*64 && left > 0; cpu++ {
		if bit := uint64(1) << (cpu % 64); all[cpu/64]&bit != 0 {
			some[cpu/64] |= bit
			left--
		}
	}
	if left > 0 || !affinity(syscall.SYS_SCHED_SETAFFINITY, &some) {
		return start()
	}
	err := start()
	if !affinity(syscall.SYS_SCHED_SETAFFINITY, &all) {
		err = errors.Join(err, errors.New("the harness is kept to a part of the CPUs"))
	}
	return err
}

func affinity(call uintptr, set *cpuSet) bool {
	_, _, errno := syscall.RawSyscall(call, 0, unsafe.Sizeof(*set), uintptr(unsafe.Pointer(set)))
	return errno == 0
}

// usage reads the counters of a process and of the processes it started.
func usage(pid int) (u Usage) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return u
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			u.Peak = kb << 10
		}
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return u
	}
	// The name stands in brackets and may have spaces in it; minflt is the 8th field after them.
	if fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:])); len(fields) > 9 {
		u.Faults, _ = strconv.ParseInt(fields[7], 10, 64)
		major, _ := strconv.ParseInt(fields[9], 10, 64)
		u.Faults += major
	}
	return u
}
