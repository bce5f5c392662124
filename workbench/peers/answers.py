"""Parameters, message counts and right answers of the scenarios that peers share.

docs/peers.md states the same in words. Everything here follows from the parameters and the
seed alone, so that an answer is checked without believing any runtime.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

MASK_32 = (1 << 32) - 1
MASK_64 = (1 << 64) - 1
Figure = Literal["ns/message", "ns/actor", "p99 ns"]
MULTIPLIER = 0x7FA6502  # of the multiply-with-carry step, after Erlang/OTP's mwc59


class Stream:
    """Random numbers of one actor: stream k of a seed."""

    def __init__(self, seed: int, k: int) -> None:
        """Take the state from SplitMix64's output number k + 1, never 0."""
        z = (seed + (k + 1) * 0x9E3779B97F4A7C15) & MASK_64
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK_64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK_64
        self.state = 1 + ((z ^ (z >> 31)) >> 6)

    def value(self) -> int:
        """The next number, 32 bits."""
        self.state = MULTIPLIER * (self.state & MASK_32) + (self.state >> 32)
        low = self.state & MASK_32
        return low ^ ((low << 8) & MASK_32)

    def below(self, bound: int) -> int:
        """The next number from 0 to bound - 1; the bound is at most 2**26."""
        return (self.value() * bound) >> 32


@dataclass(frozen=True)
class Expected:
    """The message count at the receivers and the answer of a right run."""

    messages: int
    answer: int


Counts = Mapping[str, int]


def _ping_pong(p: Counts, _seed: int) -> Expected:
    each = max(1, p["pings"] // p["pairs"])
    return Expected(p["pairs"] * (2 * each + 1), p["pairs"] * each)


def _counting(p: Counts, _seed: int) -> Expected:
    return Expected(p["messages"] + 3, p["messages"])


def _thread_ring(p: Counts, _seed: int) -> Expected:
    actors, tokens = p["actors"], p["tokens"]
    hops = max(1, p["hops"] // tokens)
    starts = [k * actors // tokens % actors for k in range(tokens)]
    return Expected(tokens * (hops + 1), sum(1 + (start + hops) % actors for start in starts))


def _fork_join_throughput(p: Counts, _seed: int) -> Expected:
    return Expected(p["actors"] * p["messages"] + 1, p["actors"] * p["messages"])


def _fork_join_creation(p: Counts, _seed: int) -> Expected:
    return Expected(2 * p["actors"] + 1, p["actors"] * (p["actors"] + 1) // 2)


def _chameneos(p: Counts, _seed: int) -> Expected:
    return Expected(4 * p["meetings"] + 4 * p["creatures"], 2 * p["meetings"])


def _big(p: Counts, seed: int) -> Expected:
    actors, pings = p["actors"], p["pings"]
    answer = 0
    for k in range(actors):
        stream = Stream(seed, k)
        answer += sum(stream.below(actors) for _ in range(pings))
    return Expected(2 * actors * pings + 2 * actors, answer)


def _bank(p: Counts, seed: int) -> Expected:
    accounts, stream = p["accounts"], Stream(seed, 0)
    answer = 0
    for _ in range(p["transfers"]):
        source = stream.below(accounts)
        target = (source + 1 + stream.below(accounts - 1)) % accounts
        answer += (1 + stream.below(1000)) * (target - source)
    return Expected(4 * p["transfers"] + 1, answer)


def _n_queens(p: Counts, _seed: int) -> Expected:
    size, threshold = p["size"], min(p["threshold"], p["size"])
    full = (1 << size) - 1

    def place(row: int, columns: int, left: int, right: int) -> tuple[int, int]:
        """Work items and solutions below a board."""
        items, solutions = int(row <= threshold), int(row == size)
        free = full & ~(columns | left | right)
        while free and row < size:
            queen = free & -free
            free ^= queen
            below = place(
                row + 1, columns | queen, (left | queen) << 1 & full, (right | queen) >> 1
            )
            items, solutions = items + below[0], solutions + below[1]
        return items, solutions

    items, solutions = place(0, 0, 0, 0)
    return Expected(3 * items, solutions)


def _end_to_end(p: Counts, seed: int) -> Expected:
    answer = 0
    for k in range(p["clients"]):
        stream = Stream(seed, k)
        for _ in range(p["requests"]):
            value = stream.value()
            for stage in range(p["stages"]):
                value = (value * MULTIPLIER + stage + 1) & MASK_32
            answer += value
    requests = p["clients"] * p["requests"]
    return Expected(p["clients"] + requests * (p["stages"] + 1), answer & MASK_32)


def _latency_under_load(p: Counts, seed: int) -> Expected:
    stream, answer = Stream(seed, 0), 0
    for _ in range(p["messages"]):
        server = stream.below(p["servers"])
        answer += (server + 1) * stream.value()
    return Expected(p["messages"], answer & MASK_32)


@dataclass(frozen=True)
class SharedScenario:
    """A scenario that peers share: its parameters' defaults and its right answer."""

    name: str
    defaults: Mapping[str, int]
    expect: Callable[[Counts, int], Expected]
    quick: Mapping[str, int]
    figure: Figure = "ns/message"  # the figure that is compared


SHARED = {
    shared.name: shared
    for shared in (
        SharedScenario("ping-pong", {"pings": 500_000, "pairs": 1}, _ping_pong, {"pings": 50_000}),
        SharedScenario("counting", {"messages": 1_000_000}, _counting, {"messages": 100_000}),
        SharedScenario(
            "thread-ring",
            {"actors": 100, "tokens": 1, "hops": 1_000_000},
            _thread_ring,
            {"hops": 100_000},
        ),
        SharedScenario(
            "fork-join-throughput",
            {"actors": 60, "messages": 10_000},
            _fork_join_throughput,
            {"messages": 1_000},
        ),
        SharedScenario(
            "fork-join-creation",
            {"actors": 100_000},
            _fork_join_creation,
            {"actors": 10_000},
            figure="ns/actor",
        ),
        SharedScenario(
            "chameneos",
            {"creatures": 100, "meetings": 200_000},
            _chameneos,
            {"meetings": 20_000},
        ),
        SharedScenario("big", {"actors": 120, "pings": 5_000}, _big, {"pings": 500}),
        SharedScenario(
            "bank", {"accounts": 1_000, "transfers": 100_000}, _bank, {"transfers": 10_000}
        ),
        SharedScenario(
            "n-queens", {"size": 12, "threshold": 4, "actors": 20}, _n_queens, {"size": 10}
        ),
        SharedScenario(
            "end-to-end",
            {"clients": 500, "stages": 4, "width": 125, "requests": 200},
            _end_to_end,
            {"requests": 20},
        ),
        SharedScenario(
            "latency-under-load",
            {"servers": 4, "rate": 200_000, "messages": 100_000},
            _latency_under_load,
            {"messages": 20_000},
            figure="p99 ns",  # its time is given by the offered rate
        ),
    )
}


def expected(scenario: str, parameters: Mapping[str, int], seed: int) -> Expected:
    """Message count and answer of a shared scenario, all parameters given."""
    return _expected(scenario, tuple(sorted(parameters.items())), seed)


@lru_cache(maxsize=256)
def _expected(scenario: str, parameters: tuple[tuple[str, int], ...], seed: int) -> Expected:
    return SHARED[scenario].expect(dict(parameters), seed)
