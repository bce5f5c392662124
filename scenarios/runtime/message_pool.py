"""message-pool: blocks for large payloads from zbench's pools, against C's malloc and free.

Regression guard for core.blocks.block_tables and comparison with the heap; no actors are involved.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba as nb
from llvmlite import ir
from numba.extending import intrinsic
from zbench.core.blocks import block_tables as bl
from zbench.core.blocks.block_tables import BlockTables
from zbench.core.compile.kernel import cached_kernel
from zbench.core.memory.index_pool import POOL_BATCH
from zbench.core.memory.layout.lines import LINE, NONE, Words
from zbench.core.memory.tables import aligned
from zbench.scenarios.base import Category, Parameter, Parameters, Prepared, Sample, Scenario
from zbench.scenarios.support.core_run import expect

SIZES = {"pool": bl.STANDARD, "pool8": bl.FINE}
LARGEST = {"pool": bl.STANDARD[-1], "pool8": bl.FINE[-1], "heap": bl.FINE[-1]}

# Declared with integers for pointers, so that LLVM does not recognise the allocator and
# remove its calls; refs and addresses are also kept in an array.
_malloc = nb.types.ExternalFunction("malloc", nb.int64(nb.int64))
_free = nb.types.ExternalFunction("free", nb.void(nb.int64))


@intrinsic
def load_word(typing: Any, address: Any) -> Any:
    """The int64 word at an address."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(builder.inttoptr(args[0], ir.IntType(64).as_pointer()))

    return nb.int64(nb.int64), codegen


@intrinsic
def store_word(typing: Any, address: Any, value: Any) -> Any:
    """Write the int64 word at an address."""

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[1], builder.inttoptr(args[0], ir.IntType(64).as_pointer()))
        return context.get_dummy_value()

    return nb.void(nb.int64, nb.int64), codegen


@cached_kernel
def churn_pool(b: BlockTables, held: Words, size: int, operations: int) -> int:
    """Allocate blocks, each in place of the oldest held; the sum of words read back.

    The first word of each line of a block is written when it is allocated and read
    before it is freed. NONE if no block was free or a free was refused.
    """
    lines, total, oldest = (size + bl.LINE_BYTES - 1) // bl.LINE_BYTES, 0, 0
    for k in range(operations + len(held)):
        ref = held[oldest]
        if ref != NONE:
            words = bl.words_of(b, ref)
            for line in range(lines):
                total += words[line * LINE]
            if not bl.free(b, 0, ref):
                return NONE
            held[oldest] = NONE
        if k < operations:
            ref = bl.allocate(b, 0, size)
            if ref == NONE:
                return NONE
            words = bl.words_of(b, ref)
            for line in range(lines):
                words[line * LINE] = k
            held[oldest] = ref
        oldest = oldest + 1 if oldest + 1 < len(held) else 0
    return total


@cached_kernel
def churn_heap(held: Words, size: int, operations: int) -> int:
    """The same as ``churn_pool`` on C's heap."""
    lines, total, oldest = (size + bl.LINE_BYTES - 1) // bl.LINE_BYTES, 0, 0
    for k in range(operations + len(held)):
        address = held[oldest]
        if address != NONE:
            for line in range(lines):
                total += load_word(address + line * bl.LINE_BYTES)
            _free(address)
            held[oldest] = NONE
        if k < operations:
            address = _malloc((size + 7) & ~7)  # whole words, since words are written
            if address == 0:
                return NONE
            for line in range(lines):
                store_word(address + line * bl.LINE_BYTES, k)
            held[oldest] = address
        oldest = oldest + 1 if oldest + 1 < len(held) else 0
    return total


@dataclass
class PoolRun:
    """Prepared: a function that allocates and frees, and the sum it must return."""

    churn: Callable[[], int]
    operations: int
    answer: int

    def run(self) -> Sample:
        """Run once; an operation is an allocation and its free."""
        started_ns = time.perf_counter_ns()
        total = self.churn()
        elapsed_ns = time.perf_counter_ns() - started_ns
        error = expect("the check sum", total, self.answer)
        return Sample(elapsed_ns, self.operations, error, checked=True)

    def close(self) -> None:
        """Nothing to give back: each run frees what it allocated."""


def prepare(parameters: Parameters) -> Prepared:
    """Compile one kind and touch its memory once."""
    kind, size = str(parameters["kind"]), int(parameters["size"])
    operations, live = int(parameters["operations"]), int(parameters["live"])
    if size > LARGEST[kind]:
        msg = f"the largest block of kind {kind} has {LARGEST[kind]} bytes, got size={size}"
        raise ValueError(msg)
    held = aligned(live)
    held[:] = NONE
    churn = _churn(kind, size, held)
    churn(2 * live)
    lines = -(-size // bl.LINE_BYTES)
    answer = lines * operations * (operations - 1) // 2
    return PoolRun(lambda: churn(operations), operations, answer)


def _churn(kind: str, size: int, held: Words) -> Callable[[int], int]:
    """A function that allocates and frees a number of blocks."""
    if kind == "heap":
        return lambda operations: churn_heap(held, size, operations)
    sizes = SIZES[kind]
    used = next(s for s in sizes if s >= size)
    blocks = {s: len(held) + 2 * POOL_BATCH if s == used else 1 for s in sizes}
    b = bl.new_block_tables(1, blocks)
    return lambda operations: churn_pool(b, held, size, operations)


SCENARIOS = (
    Scenario(
        name="message-pool",
        purpose="blocks for large payloads: size classes against C's malloc and free",
        category=Category.MICRO,
        parameters=(
            Parameter(
                "kind",
                "pool",
                "3 size classes, 8 size classes, or the heap of the C library",
                choices=("pool", "pool8", "heap"),
            ),
            Parameter("size", 256, "bytes of a block", 1, bl.FINE[-1]),
            Parameter("live", 64, "blocks held at once; the oldest goes first", 1, 10**6),
            Parameter(
                "operations", 1_000_000, "blocks allocated and freed", 1, 10**9, quick=100_000
            ),
        ),
        prepare=prepare,
        floors=("floor-copy",),
    ),
)
