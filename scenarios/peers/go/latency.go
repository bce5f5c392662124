package main

import (
	"runtime"
	"sync"
	"time"
)

// Scenarios whose times are recorded: end-to-end, a closed loop, and latency-under-load, an open one.

func expectEndToEnd(p parameters, seed uint64) expected {
	answer := uint32(0)
	for k := 0; k < p["clients"]; k++ {
		numbers := newStream(seed, k)
		for r := 0; r < p["requests"]; r++ {
			value := numbers.value()
			for stage := 0; stage < p["stages"]; stage++ {
				value = value*multiplier + uint32(stage) + 1
			}
			answer += value
		}
	}
	requests := p["clients"] * p["requests"]
	return expected{int64(p["clients"] + requests*(p["stages"]+1)), int64(answer)}
}

type staged struct {
	value  uint32
	client int32
}

type client struct {
	inbox    chan uint32 // replies; the first is START
	received int64
	sum      uint32
	times    histogram
}

func runEndToEnd(b bench) outcome {
	clients := make([]client, b.parameters["clients"])
	stages, width, requests := b.parameters["stages"], b.parameters["width"], b.parameters["requests"]
	for k := range clients {
		clients[k].inbox = make(chan uint32, 1)
	}
	inboxes := make([][]chan staged, stages)
	for s := range inboxes {
		inboxes[s] = make([]chan staged, width)
		for i := range inboxes[s] {
			inboxes[s][i] = make(chan staged, len(clients)) // all requests there are
		}
	}
	tallies := make([]tally, stages*width)
	var stopped, served sync.WaitGroup
	stopped.Add(len(tallies))
	for s := range inboxes {
		for i := range width {
			go func() {
				tallies[s*width+i].messages = stage(inboxes, clients, s, i)
				stopped.Done()
			}()
		}
	}
	served.Add(len(clients))
	for k := range clients {
		go func() {
			clients[k].request(k, requests, newStream(b.seed, k), inboxes[0])
			served.Done()
		}()
	}
	began := time.Now()
	for k := range clients {
		clients[k].inbox <- 0
	}
	served.Wait()
	elapsed := time.Since(began)
	for _, row := range inboxes {
		for _, inbox := range row {
			close(inbox)
		}
	}
	stopped.Wait()
	sum := total(elapsed, tallies)
	sum.latencies = new(histogram)
	answer := uint32(0)
	for k := range clients {
		sum.messages += clients[k].received
		answer += clients[k].sum
		sum.latencies.add(&clients[k].times)
	}
	sum.answer = int64(answer)
	return sum
}

func (c *client) request(own, requests int, numbers stream, first []chan staged) {
	<-c.inbox
	c.received++
	for r := 0; r < requests; r++ {
		sent := time.Now()
		first[(own+r)%len(first)] <- staged{numbers.value(), int32(own)}
		c.sum += <-c.inbox
		c.received++
		c.times.record(time.Since(sent).Nanoseconds())
	}
}

func stage(inboxes [][]chan staged, clients []client, own, i int) (received int64) {
	var next chan staged
	if own+1 < len(inboxes) {
		next = inboxes[own+1][(i+1)%len(inboxes[own])]
	}
	for message := range inboxes[own][i] {
		received++
		message.value = message.value*multiplier + uint32(own) + 1
		if next != nil {
			next <- message
		} else {
			clients[message.client].inbox <- message.value
		}
	}
	return received
}

func expectLatency(p parameters, seed uint64) expected {
	numbers := newStream(seed, 0)
	answer := uint32(0)
	for i := 0; i < p["messages"]; i++ {
		server := uint32(numbers.below(p["servers"]))
		answer += (server + 1) * numbers.value()
	}
	return expected{int64(p["messages"]), int64(answer)}
}

type load struct {
	intended int64 // ns since the start
	value    uint32
}

type server struct {
	inbox    chan load
	received int64
	sum      uint32
	times    histogram
}

func runLatency(b bench) outcome {
	servers := make([]server, b.parameters["servers"])
	messages, rate := b.parameters["messages"], int64(b.parameters["rate"])
	var served sync.WaitGroup
	served.Add(len(servers))
	tick := make(chan signal, 1)
	var began time.Time // written before the first TICK
	for s := range servers {
		own := &servers[s]
		own.inbox = make(chan load, b.flood(messages))
		go func() {
			for message := range own.inbox { // a closed channel is END
				own.received++
				own.sum += message.value
				own.times.record(time.Since(began).Nanoseconds() - message.intended)
			}
			served.Done()
		}()
	}
	go func() {
		<-tick
		numbers := newStream(b.seed, 0)
		for i := 0; i < messages; {
			now := time.Since(began).Nanoseconds()
			for i < messages {
				intended := int64(i) * 1_000_000_000 / rate
				if intended > now {
					break
				}
				to := &servers[numbers.below(len(servers))]
				to.inbox <- load{intended, numbers.value()}
				i++
			}
			runtime.Gosched() // goroutines take turns so, not by a TICK to themselves
		}
		for s := range servers {
			close(servers[s].inbox)
		}
	}()
	began = time.Now()
	tick <- signal{}
	served.Wait()
	sum := outcome{elapsed: time.Since(began), latencies: new(histogram)}
	answer := uint32(0)
	for s := range servers {
		sum.messages += servers[s].received
		answer += uint32(s+1) * servers[s].sum
		sum.latencies.add(&servers[s].times)
	}
	sum.answer = int64(answer)
	return sum
}
