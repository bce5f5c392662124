package main

import "time"

// parameters of a scenario by name.
type parameters map[string]int

// bench is one iteration's input.
type bench struct {
	parameters
	seed   uint64
	buffer int // bound of mailboxes that only flow one way; 0: none
}

// flood is the size of a mailbox that may get n messages from senders that never wait for the
// receiver in turn: all n, or the bound where one is set.
func (b bench) flood(n int) int {
	if b.buffer > 0 {
		return min(n, b.buffer)
	}
	return n
}

// tally is what one goroutine has to tell when it ends.
type tally struct{ messages, answer int64 }

// outcome is what one iteration measured.
type outcome struct {
	elapsed          time.Duration
	messages, answer int64
	latencies        *histogram
	extra            map[string]float64
	fault            string
}

func total(elapsed time.Duration, tallies ...[]tally) outcome {
	sum := outcome{elapsed: elapsed}
	for _, kind := range tallies {
		for _, one := range kind {
			sum.messages += one.messages
			sum.answer += one.answer
		}
	}
	return sum
}

// expected is what a right iteration must have counted and answered.
type expected struct{ messages, answer int64 }

type scenario struct {
	name     string
	defaults parameters
	expect   func(p parameters, seed uint64) expected
	run      func(b bench) outcome
}

var scenarios = []scenario{
	{"ping-pong", parameters{"pings": 500_000, "pairs": 1}, expectPingPong, runPingPong},
	{"counting", parameters{"messages": 1_000_000}, expectCounting, runCounting},
	{"thread-ring", parameters{"actors": 100, "tokens": 1, "hops": 1_000_000}, expectThreadRing, runThreadRing},
	{"fork-join-throughput", parameters{"actors": 60, "messages": 10_000}, expectThroughput, runThroughput},
	{"fork-join-creation", parameters{"actors": 100_000}, expectCreation, runCreation},
	{"chameneos", parameters{"creatures": 100, "meetings": 200_000}, expectChameneos, runChameneos},
	{"big", parameters{"actors": 120, "pings": 5_000}, expectBig, runBig},
	{"bank", parameters{"accounts": 1_000, "transfers": 100_000}, expectBank, runBank},
	{"n-queens", parameters{"size": 12, "threshold": 4, "actors": 20}, expectQueens, runQueens},
	{"end-to-end", parameters{"clients": 500, "stages": 4, "width": 125, "requests": 200}, expectEndToEnd, runEndToEnd},
	{"latency-under-load", parameters{"servers": 4, "rate": 200_000, "messages": 100_000}, expectLatency, runLatency},
}
