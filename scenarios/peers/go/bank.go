package main

import (
	"fmt"
	"sync"
	"time"
)

// transfer is one order of the teller.
type transfer struct{ source, target, amount int }

func drawTransfer(numbers *stream, accounts int) transfer {
	source := numbers.below(accounts)
	target := (source + 1 + numbers.below(accounts-1)) % accounts
	return transfer{source, target, 1 + numbers.below(1000)}
}

func expectBank(p parameters, seed uint64) expected {
	numbers := newStream(seed, 0)
	answer := 0
	for i := 0; i < p["transfers"]; i++ {
		order := drawTransfer(&numbers, p["accounts"])
		answer += order.amount * (order.target - order.source)
	}
	return expected{int64(4*p["transfers"] + 1), int64(answer)}
}

type bankKind int32

const (
	debit bankKind = iota
	credit
	ack
)

type bankMessage struct {
	kind   bankKind
	other  int32 // the target of a debit, the source of a credit
	amount int64
}

// bankInboxes can hold all that ever comes: accounts send to each other in cycles, so one that
// waited for another could wait for ever.
func bankInboxes(accounts, transfers int, seed uint64) []chan bankMessage {
	sizes := make([]int, accounts)
	numbers := newStream(seed, 0)
	for i := 0; i < transfers; i++ {
		order := drawTransfer(&numbers, accounts)
		sizes[order.source] += 2 // the order, and its acknowledgement
		sizes[order.target]++
	}
	inboxes := make([]chan bankMessage, accounts)
	for k, size := range sizes {
		inboxes[k] = make(chan bankMessage, size)
	}
	return inboxes
}

func runBank(b bench) outcome {
	accounts, transfers := b.parameters["accounts"], b.parameters["transfers"]
	inboxes := bankInboxes(accounts, transfers, b.seed)
	start, toTeller, done := make(chan signal, 1), make(chan signal, transfers), make(chan signal)
	balances, tellers := make([]int64, accounts), make([]tally, 1)
	tallies := make([]tally, accounts)
	var ended sync.WaitGroup
	ended.Add(accounts)
	for k := range inboxes {
		go func() {
			balances[k], tallies[k].messages = account(inboxes, toTeller, k)
			ended.Done()
		}()
	}
	go func() {
		<-start
		tellers[0].messages++
		numbers := newStream(b.seed, 0)
		for i := 0; i < transfers; i++ {
			order := drawTransfer(&numbers, accounts)
			inboxes[order.source] <- bankMessage{debit, int32(order.target), int64(order.amount)}
		}
		for i := 0; i < transfers; i++ {
			<-toTeller
			tellers[0].messages++
		}
		done <- signal{}
	}()
	began := time.Now()
	start <- signal{}
	<-done
	elapsed := time.Since(began)
	for _, inbox := range inboxes {
		close(inbox)
	}
	ended.Wait()
	sum := total(elapsed, tallies, tellers)
	left := int64(0)
	for k, balance := range balances {
		sum.answer += int64(k) * balance
		left += balance
	}
	if left != 0 {
		sum.fault = fmt.Sprintf("the balances add up to %d, not 0", left)
	}
	return sum
}

func account(inboxes []chan bankMessage, teller chan<- signal, own int) (balance, received int64) {
	for message := range inboxes[own] {
		received++
		switch message.kind {
		case debit:
			balance -= message.amount
			inboxes[message.other] <- bankMessage{credit, int32(own), message.amount}
		case credit:
			balance += message.amount
			inboxes[message.other] <- bankMessage{kind: ack}
		case ack:
			teller <- signal{}
		}
	}
	return balance, received
}
