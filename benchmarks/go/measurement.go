package main

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// measurement is what the second table took. The processor's time is that of all threads, in user mode and in the
// kernel; the peak is the process's largest resident set in bytes, the warm-up's too.
type measurement struct {
	CPUSeconds float64 `json:"cpu"`
	Seconds    float64 `json:"seconds"`
	Peak       int64   `json:"peak"`
}

func measure(work func() error) (measurement, error) {
	before, err := usage()
	if err != nil {
		return measurement{}, err
	}
	began := time.Now()
	if err := work(); err != nil {
		return measurement{}, err
	}
	seconds := time.Since(began).Seconds()
	after, err := usage()
	if err != nil {
		return measurement{}, err
	}
	return measurement{CPUSeconds: (processor(after) - processor(before)).Seconds(), Seconds: seconds, Peak: peak(after)}, nil
}

func usage() (syscall.Rusage, error) {
	var used syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return used, err
}

func processor(used syscall.Rusage) time.Duration {
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func peak(used syscall.Rusage) int64 {
	switch runtime.GOOS {
	case "darwin":
		return int64(used.Maxrss)
	case "linux":
		if found := highWater(); found > 0 {
			return found
		}
	}
	return int64(used.Maxrss) * 1024
}

// highWater is Linux's VmHWM. There getrusage also counts what the process that started this one had resident, since
// this was a copy of it for a moment, and that is a Python several times the size of the smallest contender.
func highWater() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(text, []byte("\nVmHWM:"))
	number, _, _ := bytes.Cut(bytes.TrimSpace(rest), []byte(" "))
	kilobytes, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes * 1024
}
