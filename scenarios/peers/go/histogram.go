package main

import "math/bits"

const (
	bucketsPerDoubling = 128
	buckets            = 40 * bucketsPerDoubling // up to 2^46 ns, most of a day
)

// histogram counts times in buckets less than 1 % wide.
type histogram struct{ counts [buckets]uint32 }

func (h *histogram) record(ns int64) {
	shift := max(0, bits.Len64(uint64(max(ns, 0)))-8)
	h.counts[shift*bucketsPerDoubling+int(ns>>shift)]++
}

func (h *histogram) add(other *histogram) {
	for i, count := range &other.counts {
		h.counts[i] += count
	}
}

// lines are the buckets in use, each as its largest value and its count; nil has none.
func (h *histogram) lines() [][2]int64 {
	if h == nil {
		return nil
	}
	lines := [][2]int64{}
	for i, count := range &h.counts {
		if count > 0 {
			shift := max(0, i/bucketsPerDoubling-1)
			largest := int64(i-shift*bucketsPerDoubling+1)<<shift - 1
			lines = append(lines, [2]int64{largest, int64(count)})
		}
	}
	return lines
}
