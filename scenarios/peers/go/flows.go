package main

import (
	"fmt"
	"sync"
	"time"
)

// Scenarios of few kinds of messages and static wiring: ping-pong, counting, thread-ring and the
// two of fork and join.

type signal struct{}

func expectPingPong(p parameters, _ uint64) expected {
	each := max(1, p["pings"]/p["pairs"])
	return expected{int64(p["pairs"] * (2*each + 1)), int64(p["pairs"] * each)}
}

func runPingPong(b bench) outcome {
	pairs, each := b.parameters["pairs"], max(1, b.parameters["pings"]/b.parameters["pairs"])
	var played, ended sync.WaitGroup
	played.Add(pairs)
	ended.Add(2 * pairs)
	starts := make([]chan signal, pairs)
	pings, pongs := make([]tally, pairs), make([]tally, pairs)
	for i := range starts {
		toPing, toPong := make(chan signal, 1), make(chan signal, 1)
		starts[i] = toPing
		go func() { // START and PONG are the same signal: both ask for the next PING
			received, sent := int64(0), 0
			for range toPing {
				received++
				if sent == each {
					break
				}
				sent++
				toPong <- signal{}
			}
			played.Done()
			close(toPong)
			pings[i].messages = received
			ended.Done()
		}()
		go func() {
			count := int64(0)
			for range toPong {
				count++
				toPing <- signal{}
			}
			pongs[i] = tally{count, count}
			ended.Done()
		}()
	}
	began := time.Now()
	for _, ping := range starts {
		ping <- signal{}
	}
	played.Wait()
	elapsed := time.Since(began)
	ended.Wait()
	return total(elapsed, pings, pongs)
}

func expectCounting(p parameters, _ uint64) expected {
	return expected{int64(p["messages"]) + 3, int64(p["messages"])}
}

type order int8

const (
	increment order = iota
	retrieve
)

func runCounting(b bench) outcome {
	messages := b.parameters["messages"]
	start, result := make(chan signal, 1), make(chan int64, 1)
	counter := make(chan order, b.flood(messages+1))
	done := make(chan signal)
	var tallies [2]tally
	go func() {
		<-start
		for i := 0; i < messages; i++ {
			counter <- increment
		}
		counter <- retrieve
		tallies[0] = tally{2, <-result}
		done <- signal{}
	}()
	go func() {
		count, received := int64(0), int64(0)
		for what := range counter {
			received++
			if what == retrieve {
				tallies[1] = tally{messages: received}
				result <- count
				return
			}
			count++
		}
	}()
	began := time.Now()
	start <- signal{}
	<-done
	return total(time.Since(began), tallies[:])
}

func expectThreadRing(p parameters, _ uint64) expected {
	actors, tokens := p["actors"], p["tokens"]
	hops := max(1, p["hops"]/tokens)
	answer := 0
	for t := 0; t < tokens; t++ {
		answer += 1 + (t*actors/tokens+hops)%actors
	}
	return expected{int64(tokens * (hops + 1)), int64(answer)}
}

func runThreadRing(b bench) outcome {
	actors, tokens := b.parameters["actors"], b.parameters["tokens"]
	hops := max(1, b.parameters["hops"]/tokens)
	var passed, ended sync.WaitGroup
	passed.Add(tokens)
	ended.Add(actors)
	inboxes := make([]chan int, actors)
	for i := range inboxes {
		inboxes[i] = make(chan int, tokens) // never full, so the ring can't block
	}
	tallies := make([]tally, actors)
	for i := range inboxes {
		inbox, next := inboxes[i], inboxes[(i+1)%actors]
		go func() {
			var own tally
			for token := range inbox {
				own.messages++
				if token > 0 {
					next <- token - 1
				} else {
					own.answer += int64(i) + 1
					passed.Done()
				}
			}
			tallies[i] = own
			ended.Done()
		}()
	}
	began := time.Now()
	for t := 0; t < tokens; t++ {
		inboxes[t*actors/tokens%actors] <- hops
	}
	passed.Wait()
	elapsed := time.Since(began)
	for _, inbox := range inboxes {
		close(inbox)
	}
	ended.Wait()
	return total(elapsed, tallies)
}

func expectThroughput(p parameters, _ uint64) expected {
	work := int64(p["actors"] * p["messages"])
	return expected{work + 1, work}
}

func runThroughput(b bench) outcome {
	actors, messages := b.parameters["actors"], b.parameters["messages"]
	var worked, ended sync.WaitGroup
	worked.Add(actors)
	ended.Add(actors)
	inboxes := make([]chan signal, actors)
	tallies := make([]tally, actors)
	for i := range inboxes {
		inbox := make(chan signal, b.flood(messages))
		inboxes[i] = inbox
		go func() {
			count := 0
			for range inbox {
				if count++; count == messages {
					worked.Done()
				}
			}
			tallies[i] = tally{int64(count), int64(count)}
			ended.Done()
		}()
	}
	start := make(chan signal, 1)
	dealt := make([]tally, 1)
	go func() {
		<-start
		dealt[0].messages++
		for round := 0; round < messages; round++ {
			for _, inbox := range inboxes {
				inbox <- signal{}
			}
		}
	}()
	began := time.Now()
	start <- signal{}
	worked.Wait()
	elapsed := time.Since(began)
	for _, inbox := range inboxes {
		close(inbox)
	}
	ended.Wait()
	sum := total(elapsed, tallies, dealt)
	for i, one := range tallies {
		if one.answer != int64(messages) {
			sum.fault = fmt.Sprintf("actor %d counted %d, not %d", i, one.answer, messages)
		}
	}
	return sum
}

func expectCreation(p parameters, _ uint64) expected {
	actors := int64(p["actors"])
	return expected{2*actors + 1, actors * (actors + 1) / 2}
}

func runCreation(b bench) outcome {
	actors := b.parameters["actors"]
	var created, ended sync.WaitGroup
	created.Add(1)
	ended.Add(actors)
	inboxes := make([]chan int, actors)
	tallies := make([]tally, actors)
	creator := make([]tally, 1)
	start, replies := make(chan signal, 1), make(chan int, actors)
	go func() {
		<-start
		own := tally{messages: 1}
		for k := 0; k < actors; k++ {
			inbox := make(chan int, 1)
			inboxes[k] = inbox
			go createdActor(inbox, replies, &tallies[k], &ended)
			inbox <- k
		}
		for i := 0; i < actors; i++ {
			own.answer += int64(<-replies)
			own.messages++
		}
		creator[0] = own
		created.Done()
	}()
	retained, resident := footprint()
	began := time.Now()
	start <- signal{}
	created.Wait()
	elapsed := time.Since(began)
	retainedAfter, residentAfter := footprint()
	for _, inbox := range inboxes {
		close(inbox)
	}
	ended.Wait()
	sum := total(elapsed, tallies, creator)
	sum.extra = map[string]float64{
		"retained_bytes_per_actor": float64(retainedAfter-retained) / float64(actors),
		"resident_bytes_per_actor": float64(residentAfter-resident) / float64(actors),
	}
	return sum
}

func createdActor(inbox chan int, creator chan<- int, own *tally, ended *sync.WaitGroup) {
	received := int64(0)
	for k := range inbox {
		received++
		creator <- k + 1
	}
	own.messages = received
	ended.Done()
}
