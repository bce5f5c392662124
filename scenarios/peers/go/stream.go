package main

const (
	multiplier = 0x7fa6502 // of the multiply-with-carry step
	mask32     = 0xffffffff
)

// stream yields the random numbers of one actor.
type stream struct{ state uint64 }

// newStream is stream k of a seed: SplitMix64's output number k + 1.
func newStream(seed uint64, k int) stream {
	z := seed + uint64(k+1)*0x9E3779B97F4A7C15
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
	z = (z ^ (z >> 27)) * 0x94D049BB133111EB
	return stream{1 + ((z ^ (z >> 31)) >> 6)}
}

// value is the next number, 32 bits.
func (s *stream) value() uint32 {
	s.state = multiplier*(s.state&mask32) + (s.state >> 32)
	low := uint32(s.state)
	return low ^ (low << 8)
}

// below is the next number from 0 to bound - 1.
func (s *stream) below(bound int) int {
	return int(uint64(s.value()) * uint64(bound) >> 32)
}
