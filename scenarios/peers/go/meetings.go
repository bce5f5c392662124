package main

import (
	"fmt"
	"sync"
	"time"
)

// Scenarios in which everybody talks to one or to all: chameneos and big.

func expectChameneos(p parameters, _ uint64) expected {
	return expected{int64(4*p["meetings"] + 4*p["creatures"]), int64(2 * p["meetings"])}
}

type creatureKind int8

const (
	awake creatureKind = iota
	match
	change
	exit
)

type toCreature struct {
	other  chan<- toCreature // of match
	kind   creatureKind
	colour int8
}

type toMall struct {
	from   chan<- toCreature // of meet; nil: this is a count
	colour int8
	count  int64
}

func complement(a, b int8) int8 {
	if a == b {
		return a
	}
	return 3 - a - b
}

func runChameneos(b bench) outcome {
	creatures, meetings := b.parameters["creatures"], b.parameters["meetings"]
	mall := make(chan toMall, creatures) // each creature has one message under way
	inboxes := make([]chan toCreature, creatures)
	tallies, malls := make([]tally, creatures), make([]tally, 1)
	var ended sync.WaitGroup
	ended.Add(creatures)
	for k := range inboxes {
		inboxes[k] = make(chan toCreature, 1)
		go func() {
			tallies[k].messages = creature(inboxes[k], mall, int8(k%3))
			ended.Done()
		}()
	}
	done := make(chan signal)
	go func() {
		malls[0] = runMall(mall, creatures, meetings)
		done <- signal{}
	}()
	began := time.Now()
	for _, inbox := range inboxes {
		inbox <- toCreature{kind: awake}
	}
	<-done
	elapsed := time.Since(began)
	ended.Wait()
	return total(elapsed, tallies, malls)
}

// creature lives until EXIT and returns how many messages it got.
func creature(inbox chan toCreature, mall chan<- toMall, colour int8) int64 {
	received, met := int64(0), int64(0)
	for message := range inbox {
		received++
		switch message.kind {
		case match:
			met++
			colour = complement(colour, message.colour)
			message.other <- toCreature{kind: change, colour: colour}
		case change:
			met++
			colour = message.colour
		case exit:
			mall <- toMall{count: met}
			return received
		}
		mall <- toMall{from: inbox, colour: colour}
	}
	return received
}

func runMall(inbox <-chan toMall, creatures, meetings int) (own tally) {
	var waiting chan<- toCreature
	for counts := 0; counts < creatures; {
		message := <-inbox
		own.messages++
		switch {
		case message.from == nil:
			own.answer += message.count
			counts++
		case meetings == 0:
			message.from <- toCreature{kind: exit}
		case waiting == nil:
			waiting = message.from
		default:
			meetings--
			waiting <- toCreature{kind: match, colour: message.colour, other: message.from}
			waiting = nil
		}
	}
	return own
}

func expectBig(p parameters, seed uint64) expected {
	actors, pings := p["actors"], p["pings"]
	answer := 0
	for k := 0; k < actors; k++ {
		numbers := newStream(seed, k)
		for i := 0; i < pings; i++ {
			answer += numbers.below(actors)
		}
	}
	return expected{int64(2*actors*pings + 2*actors), int64(answer)}
}

type bigKind int32

const (
	begin bigKind = iota
	ping
	pong
)

type bigMessage struct {
	kind bigKind
	from int32
}

func runBig(b bench) outcome {
	actors, pings := b.parameters["actors"], b.parameters["pings"]
	inboxes := make([]chan bigMessage, actors)
	for k := range inboxes {
		inboxes[k] = make(chan bigMessage, actors+1) // everybody's ping, and the own pong
	}
	sink := make(chan int64, actors)
	tallies, sinks, strangers := make([]tally, actors), make([]tally, 1), make([]int, actors)
	var ended sync.WaitGroup
	ended.Add(actors)
	for k := range inboxes {
		go func() {
			tallies[k].messages, strangers[k] = bigActor(inboxes, sink, k, pings, newStream(b.seed, k))
			ended.Done()
		}()
	}
	done := make(chan signal)
	go func() {
		for i := 0; i < actors; i++ {
			sinks[0].answer += <-sink
			sinks[0].messages++
		}
		done <- signal{}
	}()
	began := time.Now()
	for _, inbox := range inboxes {
		inbox <- bigMessage{kind: begin}
	}
	<-done
	elapsed := time.Since(began)
	for _, inbox := range inboxes {
		close(inbox)
	}
	ended.Wait()
	sum := total(elapsed, tallies, sinks)
	for k, wrong := range strangers {
		if wrong > 0 {
			sum.fault = fmt.Sprintf("actor %d had %d pongs from others than it pinged", k, wrong)
		}
	}
	return sum
}

// bigActor pings, and answers pings until its inbox is closed.
func bigActor(inboxes []chan bigMessage, sink chan<- int64, own, pings int, numbers stream) (received int64, strangers int) {
	sum, target, sent := int64(0), 0, 0
	for message := range inboxes[own] {
		received++
		if message.kind == ping {
			inboxes[message.from] <- bigMessage{pong, int32(own)}
			continue
		}
		if message.kind == pong {
			sum += int64(message.from)
			if int(message.from) != target {
				strangers++
			}
		}
		if sent == pings {
			sink <- sum
			continue
		}
		sent++
		target = numbers.below(len(inboxes))
		inboxes[target] <- bigMessage{ping, int32(own)}
	}
	return received, strangers
}
