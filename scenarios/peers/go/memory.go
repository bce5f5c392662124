package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
)

// memoryOf reads a field of /proc/self/status in bytes; nil where there is none.
func memoryOf(field string) *int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return nil
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, found := strings.CutPrefix(line, field+":"); found {
			kilobytes, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				return nil
			}
			bytes := kilobytes * 1024
			return &bytes
		}
	}
	return nil
}

// footprint is the memory in use by the runtime's own account after a collection, heap and
// stacks, and the resident memory of the process.
func footprint() (retained, resident int64) {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	if rss := memoryOf("VmRSS"); rss != nil {
		resident = *rss
	}
	return int64(stats.HeapAlloc + stats.StackInuse), resident
}
