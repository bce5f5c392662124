package main

import (
	"sync"
	"time"
)

// board is a work item: the next row, and the columns attacked there.
type board struct{ row, columns, left, right uint32 }

// place calls with each board that has one more queen, the lowest free column first.
func (at board) place(full uint32, with func(board)) {
	for free := full &^ (at.columns | at.left | at.right); free != 0; free &= free - 1 {
		queen := free & -free
		with(board{at.row + 1, at.columns | queen, (at.left | queen) << 1 & full, (at.right | queen) >> 1})
	}
}

// solutions below a board.
func solutions(full, columns, left, right uint32) int64 {
	if columns == full {
		return 1
	}
	count := int64(0)
	for free := full &^ (columns | left | right); free != 0; free &= free - 1 {
		queen := free & -free
		count += solutions(full, columns|queen, (left|queen)<<1&full, (right|queen)>>1)
	}
	return count
}

func items(at board, full, threshold uint32) int {
	count := 1
	if at.row < threshold {
		at.place(full, func(child board) { count += items(child, full, threshold) })
	}
	return count
}

func queensSizes(p parameters) (full, threshold uint32) {
	return 1<<p["size"] - 1, uint32(min(p["threshold"], p["size"]))
}

func expectQueens(p parameters, _ uint64) expected {
	full, threshold := queensSizes(p)
	return expected{int64(3 * items(board{}, full, threshold)), solutions(full, 0, 0, 0)}
}

type toMaster struct {
	child board
	count int64 // -1: this brings a child, else a piece of work is done
}

func runQueens(b bench) outcome {
	full, threshold := queensSizes(b.parameters)
	work := items(board{}, full, threshold)
	actors := b.parameters["actors"]
	master := make(chan toMaster, 2*work) // workers and master form a cycle: nobody may wait
	inboxes := make([]chan board, actors)
	tallies, masters := make([]tally, actors), make([]tally, 1)
	var ended sync.WaitGroup
	ended.Add(actors)
	for k := range inboxes {
		inboxes[k] = make(chan board, work/actors+1)
		go func() {
			tallies[k].messages = queensWorker(inboxes[k], master, full, threshold)
			ended.Done()
		}()
	}
	start, done := make(chan signal, 1), make(chan signal)
	go func() {
		<-start
		masters[0] = queensMaster(master, inboxes)
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
	return total(elapsed, tallies, masters)
}

// queensMaster has had its START.
func queensMaster(inbox <-chan toMaster, workers []chan board) tally {
	own := tally{messages: 1}
	workers[0] <- board{}
	for sent, done := 1, 0; done < sent; {
		message := <-inbox
		own.messages++
		if message.count < 0 {
			workers[sent%len(workers)] <- message.child
			sent++
		} else {
			own.answer += message.count
			done++
		}
	}
	return own
}

func queensWorker(inbox <-chan board, master chan<- toMaster, full, threshold uint32) (received int64) {
	for at := range inbox {
		received++
		if at.row == threshold {
			master <- toMaster{count: solutions(full, at.columns, at.left, at.right)}
			continue
		}
		at.place(full, func(child board) { master <- toMaster{child, -1} })
		master <- toMaster{count: 0}
	}
	return received
}
