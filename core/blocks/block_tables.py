"""Pools of message blocks: payloads beyond a message's own words travel as one word.

A block is a run of whole cache lines in one shared array, of one of a few size classes.
Its ref (core.blocks.block_refs) fits one word of a message; the receiver reads the
payload in place, and the holder of the ref frees the block. Each class is a pool of indices
(core.memory.index_pool: a cache a worker, a stack of batches). Blocks are segregated by
size as in Bonwick's slab allocator (1994), but there are no slabs to give back.

1. allocate: an index of the smallest class that holds the size; the block's stamp says live.
2. free: the stamp advances to the next generation, so that the ref is out of date; the
   index goes back to the pool through the freeing worker's cache.
3. The last class holds large blocks. Python allocates them (core.blocks.pool); a kernel
   that frees one only advances its stamp, Python takes the memory back later.

Invariant: a block is in the pool, or live and held through one ref.

A second free of a ref is refused; if two threads free one ref at the same moment, only
checked mode is sure to refuse one. Checked mode also raises if an outdated ref is used,
fills freed blocks with POISON and counts blocks that were written to after that.
"""

from collections.abc import Mapping
from typing import NamedTuple

from zbench.core.blocks.block_refs import (
    CLASS_MASK,
    FIRST_REF,
    LAST_GENERATION,
    MOST_BLOCKS,
    class_of_ref,
    generation_of_ref,
    index_of_ref,
    ref_of,
)
from zbench.core.compile.kernel import kernel, view_kernel
from zbench.core.memory import atomics, index_pool
from zbench.core.memory.index_pool import CACHE_WORDS
from zbench.core.memory.layout.lines import LINE, NONE, PAIR, Words
from zbench.core.memory.tables import NO_DESCRIPTOR, aligned, by_address, with_descriptor

STANDARD = (64, 256, 1024)  # bytes of the size classes, coarse ...
FINE = (64, 128, 256, 512, 1024, 2048, 4096, 8192)  # ... and fine

WORD_BYTES = 8
LINE_SHIFT = 6
LINE_BYTES = 1 << LINE_SHIFT
POOL_WORDS = 2 * PAIR  # a class's words in `shared`: the stack's head, the fresh counter

MOST_CLASSES = CLASS_MASK  # besides that of large blocks

# One line a block, in `header`.
STAMP = 0  # {generation, live}; the holder
SIZE = 1  # bytes requested; written at allocation
TAG = 2  # purpose of the block, a word of the caller's; written at allocation
OWNER = 3  # worker that allocated; written at allocation
LINK = 4  # the pool's links
NEXT_BATCH = 5
PLACE = 6  # large blocks: first word in `memory`, ...
LENGTH = 7  # ... and number of words
LIVE = 1

# One line a class, in `classes`; never changes.
WORDS = 0  # of a block; 0 in the class of large blocks
CAPACITY = 1  # blocks
FIRST_BLOCK = 2  # line of its first block in `header`
FIRST_WORD = 3  # of its first block in `memory`

# A pair of lines a worker and class, in `counters`.
ALLOCATED = 0
FREED = 1
FAILED = 2  # allocations for which no block was free, or none is large enough
BYTES = 3  # requested less freed; a worker's may be negative, the sum is that of live blocks
REFILLS = 4  # allocations that found the worker's cache empty
REFUSED = 5  # frees of an outdated ref
OVERWRITTEN = 6  # checked mode: blocks that were written to after they were freed

POISON = 0x5EED5EED5EED5EED  # content of freed blocks in checked mode


@by_address
class BlockTables(NamedTuple):
    """All blocks of all classes; int64 words throughout.

    Field      Rows                   Written by           Order
    memory     a block                holder of the ref    handed over with the ref
    header     a line a block         holder of the ref    STAMP: acq_rel / acquire
    shared     two pairs a class      any thread           index_pool.py
    cache      worker, class          that worker          none
    counters   a pair a worker, class that worker          relaxed
    classes    a line a class         nobody               none
    class_of   a word a line of size  nobody               none

    Row ``workers`` of the caches and counters belongs to Python's threads, which take a
    lock before they use it. ``class_count`` includes the class of large blocks, the last.
    ``checked`` is () or (1,): its length is known when kernels are compiled.
    """

    memory: Words
    header: Words
    shared: Words
    cache: Words
    counters: Words
    classes: Words
    class_of: Words
    class_count: int
    workers: int
    checked: tuple[int, ...]
    descriptor: Words = NO_DESCRIPTOR
    address: int = 0


def new_block_tables(
    workers: int, blocks: Mapping[int, int], *, large_bytes: int = 0, checked: bool = False
) -> BlockTables:
    """Allocate tables whose blocks are all free.

    Args:
        workers: Number of workers; Python gets one more row.
        blocks: Number of blocks by size class in bytes. A worker's cache keeps up to
            2 * POOL_BATCH free blocks of a class from the others.
        large_bytes: Memory for blocks beyond the largest class, whole lines of it.
        checked: Whether to detect misuse; costs time.

    Raises:
        ValueError: A size is not a positive multiple of 64, a count is not positive, or
            there are no classes or more than 15.
    """
    _check(blocks)
    sizes = sorted(blocks)
    large_words = large_bytes // LINE_BYTES * LINE
    # Each large block takes at least a line more than the largest class.
    large_blocks = min(large_words // (sizes[-1] // WORD_BYTES + LINE), MOST_BLOCKS)
    count = len(sizes) + 1
    classes, class_of = aligned(count * LINE), aligned(sizes[-1] // LINE_BYTES + 1)
    first_block, first_word, lines = 0, 0, 0
    for c, size in enumerate(sizes):
        words = size // WORD_BYTES
        classes[c * LINE : c * LINE + 4] = words, blocks[size], first_block, first_word
        class_of[lines : size // LINE_BYTES + 1] = c
        lines = size // LINE_BYTES + 1
        first_block += blocks[size]
        first_word += blocks[size] * words
    classes[(count - 1) * LINE :][:4] = 0, large_blocks, first_block, first_word
    tables = BlockTables(
        memory=aligned(first_word + large_words),
        header=aligned((first_block + large_blocks) * LINE),
        shared=aligned(count * POOL_WORDS),
        cache=aligned((workers + 1) * count * CACHE_WORDS),
        counters=aligned((workers + 1) * count * PAIR),
        classes=classes,
        class_of=class_of,
        class_count=count,
        workers=workers,
        checked=(1,) if checked else (),
    )
    return with_descriptor(tables)


def _check(blocks: Mapping[int, int]) -> None:
    """Raise if the classes can't be built."""
    if not 1 <= len(blocks) <= MOST_CLASSES:
        msg = f"a block pool has 1 to {MOST_CLASSES} size classes, got {len(blocks)}"
        raise ValueError(msg)
    for size, number in blocks.items():
        if size <= 0 or size % LINE_BYTES != 0:
            msg = f"a size class is a positive multiple of {LINE_BYTES} bytes, got {size}"
            raise ValueError(msg)
        if not 1 <= number <= MOST_BLOCKS:
            msg = f"a size class has 1 to {MOST_BLOCKS} blocks, got {number} of {size} bytes"
            raise ValueError(msg)


@kernel
def live_stamp(generation: int) -> int:
    """Stamp of a block that is in use."""
    return (generation << 1) | LIVE


@kernel
def free_stamp(generation: int) -> int:
    """Stamp of a free block whose next use has this generation."""
    return generation << 1


@kernel
def header_of(b: BlockTables, ref: int) -> int:
    """First word of the block's header, or NONE if the tables have no such block."""
    size_class, index = class_of_ref(ref), index_of_ref(ref)
    if (
        ref < FIRST_REF
        or size_class >= b.class_count
        or index >= b.classes[size_class * LINE + CAPACITY]
    ):
        return NONE
    return (b.classes[size_class * LINE + FIRST_BLOCK] + index) * LINE


@kernel
def is_live(b: BlockTables, ref: int) -> bool:
    """Whether the ref names a block in use, at this moment, in either mode."""
    line = header_of(b, ref)
    if line == NONE:
        return False
    # acquire; pairs with the release in begin and carries size, tag and owner.
    return atomics.load_acquire(b.header, line + STAMP) == live_stamp(generation_of_ref(ref))


@kernel
def _count(b: BlockTables, worker: int, size_class: int, counter: int, by: int) -> None:
    """Add to one of the worker's counters, which others only read."""
    cell = (worker * b.class_count + size_class) * PAIR + counter
    atomics.store_relaxed(b.counters, cell, b.counters[cell] + by)


@kernel
def allocate(b: BlockTables, worker: int, size: int, tag: int = 0) -> int:
    """Take a block of at least ``size`` bytes; its content is left over from its last use.

    Caller: the thread that owns row ``worker``.

    Returns:
        The block's ref; NONE if no block of the size's class is free, or if the size is
        negative or beyond the largest class.
    """
    if not 0 <= size <= (len(b.class_of) - 1) << LINE_SHIFT:
        _count(b, worker, b.class_count - 1, FAILED, 1)
        return NONE
    size_class = b.class_of[(size + LINE_BYTES - 1) >> LINE_SHIFT]
    row = worker * b.class_count + size_class
    cache_is_empty = b.cache[row * CACHE_WORDS] == 0
    first = b.classes[size_class * LINE + FIRST_BLOCK]
    capacity = b.classes[size_class * LINE + CAPACITY]
    stack, link = size_class * POOL_WORDS, first * LINE + LINK
    index = index_pool.take(b.shared, stack, b.header, link, b.cache, row, capacity)
    if index == NONE:
        _count(b, worker, size_class, FAILED, 1)
        return NONE
    if cache_is_empty:
        _count(b, worker, size_class, REFILLS, 1)
    ref = begin(b, worker, size_class, index, size, tag)
    if len(b.checked) > 0 and generation_of_ref(ref) > 1 and not _is_poisoned(b, ref):
        _count(b, worker, size_class, OVERWRITTEN, 1)
    return ref


@kernel
def begin(b: BlockTables, worker: int, size_class: int, index: int, size: int, tag: int) -> int:
    """Mark a block as live; its ref. Caller: the thread that took the index."""
    line = (b.classes[size_class * LINE + FIRST_BLOCK] + index) * LINE
    generation = max(1, b.header[line + STAMP] >> 1)
    b.header[line + SIZE] = size
    b.header[line + TAG] = tag
    b.header[line + OWNER] = worker
    # release; pairs with the acquire load in is_live. Not a compare-exchange: no other
    # thread changes the stamp of a free block.
    atomics.store_release(b.header, line + STAMP, live_stamp(generation))
    _count(b, worker, size_class, ALLOCATED, 1)
    _count(b, worker, size_class, BYTES, size)
    return ref_of(size_class, generation, index)


@kernel
def free(b: BlockTables, worker: int, ref: int) -> bool:
    """Give a block back; False, and counted, if the ref is out of date or was never valid.

    Caller: the thread that owns row ``worker``; not necessarily the one that allocated.
    Without checked mode, frees of one ref after the first are refused, except those at the
    same moment.
    """
    line = header_of(b, ref)
    if line == NONE:
        _count(b, worker, b.class_count - 1, REFUSED, 1)
        return False
    size_class = class_of_ref(ref)
    # Read before _end(): afterwards the header may belong to another large block.
    size = atomics.load_relaxed(b.header, line + SIZE)
    if not _end(b, line, generation_of_ref(ref)):
        _count(b, worker, size_class, REFUSED, 1)
        return False
    _count(b, worker, size_class, FREED, 1)
    _count(b, worker, size_class, BYTES, -size)
    if b.classes[size_class * LINE + WORDS] == 0:
        return True  # large: Python takes the memory back
    if len(b.checked) > 0:
        poison(b, ref)
    if generation_of_ref(ref) == LAST_GENERATION:
        return True
    link = b.classes[size_class * LINE + FIRST_BLOCK] * LINE + LINK
    row = worker * b.class_count + size_class
    stack, index = size_class * POOL_WORDS, index_of_ref(ref)
    index_pool.give(b.shared, stack, b.header, link, b.cache, row, index)
    return True


@kernel
def _end(b: BlockTables, line: int, generation: int) -> bool:
    """Advance a live block's stamp to the next generation; False if this one is not live."""
    live, ended = live_stamp(generation), free_stamp(generation + 1)
    if len(b.checked) > 0:
        # acq_rel; of two threads that free one ref at once, one wins. The release half pairs
        # with the acquire load in has_ended: all reads of the block are done.
        return atomics.compare_exchange(b.header, line + STAMP, live, ended)
    if atomics.load_relaxed(b.header, line + STAMP) != live:
        return False
    # release; as above. Cheaper than a compare-exchange by most of a free's cost.
    atomics.store_release(b.header, line + STAMP, ended)
    return True


@kernel
def has_ended(b: BlockTables, ref: int) -> bool:
    """Whether a large block was freed, so that its memory can be taken back."""
    # acquire; pairs with _end.
    return atomics.load_acquire(b.header, header_of(b, ref) + STAMP) & LIVE == 0


@view_kernel
def words_of(b: BlockTables, ref: int) -> Words:
    """The block's words in place: all of them, at least the requested size.

    Caller: a kernel whose thread holds the ref.

    Raises:
        ValueError: If the ref names no block; in checked mode, if it is out of date too.
    """
    start, length = span_of(b, ref)
    return b.memory[start : start + length]


@kernel
def span_of(b: BlockTables, ref: int) -> tuple[int, int]:
    """First word of a block in `memory` and number of its words; raises as ``words_of`` does."""
    _require(b, ref)
    return place_of(b, ref), length_of(b, ref)


@kernel
def _require(b: BlockTables, ref: int) -> None:
    """Raise if a ref must not be used: it names no block, or in checked mode an ended one."""
    if len(b.checked) > 0:
        if not is_live(b, ref):
            raise ValueError("use of a message block that was freed or never allocated")
    elif header_of(b, ref) == NONE:
        raise ValueError("use of a message block that was never allocated")


@kernel
def size_of(b: BlockTables, ref: int) -> int:
    """Bytes requested when the block was allocated; raises as ``words_of`` does."""
    _require(b, ref)
    return b.header[header_of(b, ref) + SIZE]


@kernel
def place_of(b: BlockTables, ref: int) -> int:
    """First word of a block in `memory`."""
    base = class_of_ref(ref) * LINE
    words = b.classes[base + WORDS]
    if words == 0:
        return b.header[header_of(b, ref) + PLACE]
    return b.classes[base + FIRST_WORD] + index_of_ref(ref) * words


@kernel
def length_of(b: BlockTables, ref: int) -> int:
    """Number of a block's words."""
    words = b.classes[class_of_ref(ref) * LINE + WORDS]
    if words == 0:
        return b.header[header_of(b, ref) + LENGTH]
    return words


@kernel
def poison(b: BlockTables, ref: int) -> None:
    """Fill a freed block, so that later reads and writes of it show."""
    start = place_of(b, ref)
    for k in range(start, start + length_of(b, ref)):
        b.memory[k] = POISON


@kernel
def _is_poisoned(b: BlockTables, ref: int) -> bool:
    """Whether a block was not written to since it was freed."""
    start = place_of(b, ref)
    for k in range(start, start + length_of(b, ref)):  # noqa: SIM110  all() allocates
        if b.memory[k] != POISON:
            return False
    return True
