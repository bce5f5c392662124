"""routing-lookup: from a name to an actor's ref, against a dictionary and no lookup.

One thread looks up names in an order drawn before the clock starts. Kernels get the keys
of the names, as a behaviour does; the dictionary gets the string objects it holds, so it
neither hashes nor compares characters: the best case for Python.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from zbench.core.actors.refs import ref_of
from zbench.core.compile.kernel import cached_kernel
from zbench.core.directory import hash_table
from zbench.core.directory.directory import Directory
from zbench.core.directory.hash_table import RouteTables
from zbench.core.memory.layout.lines import Words
from zbench.scenarios.base import Category, Parameter, Parameters, Sample, Scenario
from zbench.scenarios.support.core_run import expect

HOT_NAMES = 64  # a quarter of a worker's cache
SEED = 20
GENERATIONS = 5


@cached_kernel
def sum_cached(routes: RouteTables, keys: Words) -> int:
    """Sum of the refs that worker 0 finds through its cache."""
    total = 0
    for k in range(len(keys)):
        total += hash_table.lookup(routes, 0, keys[k])
    return total


@cached_kernel
def sum_uncached(routes: RouteTables, keys: Words) -> int:
    """Sum of the refs found in the table."""
    total = 0
    for k in range(len(keys)):
        total += hash_table.find(routes, keys[k])
    return total


@cached_kernel
def sum_direct(refs: Words) -> int:
    """Sum of refs that need no looking up."""
    total = 0
    for k in range(len(refs)):
        total += refs[k]
    return total


@dataclass
class Lookups:
    """Lookups ready to be timed: a function that returns the sum of the refs it found."""

    timed: Callable[[], int]
    lookups: int
    answer: int

    def run(self) -> Sample:
        """Run once."""
        started_ns = time.perf_counter_ns()
        found = self.timed()
        elapsed_ns = time.perf_counter_ns() - started_ns
        error = expect("the sum of the refs", found, self.answer)
        return Sample(elapsed_ns, self.lookups, error, checked=True)

    def close(self) -> None:
        """Nothing to give back."""


def drawn(names: int, lookups: int, hot: float) -> Words:
    """Index of the name of each lookup: a share ``hot`` among a few names, the rest any."""
    pick = np.random.default_rng(SEED)
    few = pick.integers(0, min(HOT_NAMES, names), lookups)
    return np.where(pick.random(lookups) < hot, few, pick.integers(0, names, lookups))


def prepare(parameters: Parameters) -> Lookups:
    """Register the names, draw the order, compile the kernel of this kind."""
    names = [f"actor-{n}" for n in range(int(parameters["names"]))]
    refs = np.array([ref_of(n % GENERATIONS, n) for n in range(len(names))], np.int64)
    order = drawn(len(names), int(parameters["lookups"]), float(parameters["hot"]))
    wanted = refs[order]
    timed: Callable[[], int]
    kind = parameters["kind"]
    if kind == "direct":
        sum_direct(wanted[:1])
        timed = partial(sum_direct, wanted)
    elif kind == "dict":
        timed = _through_dictionary(names, refs, order)
    else:
        timed = _through_directory(names, refs, order, cached=kind == "directory")
    return Lookups(timed, len(order), int(wanted.sum()))


def _through_dictionary(names: list[str], refs: Words, order: Words) -> Callable[[], int]:
    """The lookups of an order in a dictionary of the names, in the fastest way Python has."""
    table = dict(zip(names, refs.tolist(), strict=True))
    asked = [names[n] for n in order]
    return lambda: sum(map(table.__getitem__, asked))


def _through_directory(
    names: list[str], refs: Words, order: Words, *, cached: bool
) -> Callable[[], int]:
    """The lookups of an order in a directory of the names."""
    directory = Directory(len(names), 1)
    for name, ref in zip(names, refs.tolist(), strict=True):
        directory.register(name, ref)
    keys = np.array([directory.key(name) for name in names], np.int64)[order]
    kernel = sum_cached if cached else sum_uncached
    kernel(directory.tables, keys[:1])
    return partial(kernel, directory.tables, keys)


SCENARIOS = (
    Scenario(
        name="routing-lookup",
        purpose="from the name of an actor to its ref: directory, dictionary, no lookup",
        category=Category.MICRO,
        parameters=(
            Parameter(
                "kind",
                "directory",
                "what is asked: the directory with or without the worker's cache, a Python "
                "dictionary, or nothing (refs used directly)",
                choices=("directory", "directory-uncached", "dict", "direct"),
            ),
            Parameter("names", 4096, "names registered", 1, 1 << 20),
            Parameter("lookups", 1_000_000, "lookups a run", 1, 10**8, quick=100_000),
            Parameter("hot", 0.9, f"share of lookups that want one of {HOT_NAMES} names", 0.0, 1.0),
        ),
        prepare=prepare,
    ),
)
