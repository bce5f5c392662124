// Command harness runs the scenarios of docs/peers.md on goroutines and channels.
//
// Go has no actors, so this is the yardstick beside them: an actor is a goroutine, its mailbox
// a channel that it alone receives from.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

const protocol = 1

// request is what the command line asks for.
type request struct {
	scenario   scenario
	parameters parameters
	threads    int
	iterations int
	warmups    int
	seed       uint64
	buffer     int
}

type peerLine struct {
	Kind     string         `json:"kind"`
	Protocol int            `json:"protocol"`
	Peer     string         `json:"peer"`
	Version  string         `json:"version"`
	Runtime  string         `json:"runtime"`
	Threads  int            `json:"threads"`
	Options  map[string]any `json:"options"`
}

type iterationLine struct {
	Kind         string             `json:"kind"`
	Scenario     string             `json:"scenario"`
	Parameters   parameters         `json:"parameters"`
	Iteration    int                `json:"iteration"`
	Warmup       bool               `json:"warmup"`
	ElapsedNs    int64              `json:"elapsed_ns"`
	Messages     int64              `json:"messages"`
	Answer       int64              `json:"answer"`
	Histogram    [][2]int64         `json:"histogram"`
	RssBytes     *int64             `json:"rss_bytes"`
	PeakRssBytes *int64             `json:"peak_rss_bytes"`
	Extra        map[string]float64 `json:"extra"`
	Error        string             `json:"error,omitempty"`
}

func main() {
	asked, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	runtime.GOMAXPROCS(asked.threads)
	if !report(asked) {
		os.Exit(1)
	}
}

// report prints the peer's line and one line an iteration; false if an answer was wrong.
func report(asked request) bool {
	out := json.NewEncoder(os.Stdout) // unbuffered: a line is out as soon as it is complete
	buffer := "no send ever waits"
	if asked.buffer > 0 {
		buffer = fmt.Sprintf("%d, where a sender that waits can't block a cycle", asked.buffer)
	}
	version := strings.TrimPrefix(runtime.Version(), "go")
	out.Encode(peerLine{
		Kind: "peer", Protocol: protocol, Peer: "go", Version: version,
		Runtime: runtime.Compiler + " " + runtime.GOOS + "/" + runtime.GOARCH, Threads: runtime.GOMAXPROCS(0),
		Options: map[string]any{"buffer": buffer, "batch": "none, goroutines are preempted after 10 ms"},
	})
	right := asked.scenario.expect(asked.parameters, asked.seed)
	for i := 0; i < asked.iterations; i++ {
		runtime.GC() // as testing.B does: no iteration pays for the garbage of the one before
		got := asked.scenario.run(bench{asked.parameters, asked.seed, asked.buffer})
		line := iterationLine{
			Kind: "iteration", Scenario: asked.scenario.name, Parameters: asked.parameters,
			Iteration: i, Warmup: i < asked.warmups, ElapsedNs: got.elapsed.Nanoseconds(),
			Messages: got.messages, Answer: got.answer, Histogram: got.latencies.lines(),
			RssBytes: memoryOf("VmRSS"), PeakRssBytes: memoryOf("VmHWM"),
			Extra: got.extra, Error: faultOf(got, right),
		}
		if line.Extra == nil {
			line.Extra = map[string]float64{}
		}
		out.Encode(line)
		if line.Error != "" {
			return false
		}
	}
	return true
}

func faultOf(got outcome, right expected) string {
	switch {
	case got.fault != "":
		return got.fault
	case got.messages != right.messages:
		return fmt.Sprintf("%d messages were received, not %d", got.messages, right.messages)
	case got.answer != right.answer:
		return fmt.Sprintf("the answer is %d, not %d", got.answer, right.answer)
	}
	return ""
}

func parse(arguments []string) (request, error) {
	asked := request{threads: runtime.NumCPU(), iterations: 1, seed: 1}
	if len(arguments) == 0 {
		return asked, errors.New("usage: harness SCENARIO --threads T --iterations N --seed S [--warmups W] [-p KEY=VALUE ...] [--buffer B]")
	}
	for _, known := range scenarios {
		if known.name == arguments[0] {
			asked.scenario = known
		}
	}
	if asked.scenario.run == nil {
		return asked, fmt.Errorf("no scenario is called %q", arguments[0])
	}
	asked.parameters = parameters{}
	for name, value := range asked.scenario.defaults {
		asked.parameters[name] = value
	}
	for rest := arguments[1:]; len(rest) > 0; rest = rest[2:] {
		if len(rest) == 1 {
			return asked, fmt.Errorf("%s needs a value", rest[0])
		}
		if err := asked.set(rest[0], rest[1]); err != nil {
			return asked, err
		}
	}
	return asked, nil
}

// set takes one option and its value.
func (asked *request) set(option, text string) error {
	if option == "-p" {
		name, value, _ := strings.Cut(text, "=")
		number, err := strconv.Atoi(value)
		if _, known := asked.parameters[name]; !known || err != nil || number < 1 {
			return fmt.Errorf("-p %s: not a parameter of %s with a whole number from 1", text, asked.scenario.name)
		}
		asked.parameters[name] = number
		return nil
	}
	if option == "--seed" {
		seed, err := strconv.ParseInt(text, 10, 64)
		asked.seed = uint64(seed)
		return err
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 0 {
		return fmt.Errorf("%s takes a whole number, not %q", option, text)
	}
	switch option {
	case "--threads":
		asked.threads = number
	case "--iterations":
		asked.iterations = number
	case "--warmups":
		asked.warmups = number
	case "--buffer":
		asked.buffer = number
	default:
		return fmt.Errorf("no option is called %s", option)
	}
	return nil
}
