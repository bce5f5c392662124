"""Pools of indices (actor slots, rings): a cache a worker, a global stack of batches.

The global stack is Treiber's, of batches of POOL_BATCH linked indices; its head packs
{tag, index + 1}, and the tag grows with every change, so that a head seen before a
batch went out and came back is not mistaken for the same (ABA). Reading the links of a
batch that somebody else just took is harmless: tables are never unmapped, and the
compare-exchange fails.

1. take: from the worker's cache; if that is empty, one batch from the stack; if that is
   empty too, fresh indices that were never used.
2. give: to the worker's cache; if that is full, half of it becomes a batch on the stack.

Invariant: an index is held, in one cache, in one batch, or fresh.
"""

from zbench.core.compile.kernel import cold_kernel, kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import LINE, NONE, PAIR, Words

POOL_BATCH = 32  # indices a worker takes from or gives to a pool at once
CACHE_WORDS = 1 + 2 * POOL_BATCH + 7  # count, then indices; whole lines

FRESH = PAIR  # the fresh counter lies a pair of lines after the stack's head
TAG_SHIFT = 32
INDEX_MASK = (1 << TAG_SHIFT) - 1
TAG_MASK = (1 << 30) - 1


@kernel
def _pack(tag: int, index: int) -> int:
    """Head of the stack: {tag, index + 1}; index NONE is an empty stack."""
    return ((tag & TAG_MASK) << TAG_SHIFT) | (index + 1)


@kernel
def _index(head: int) -> int:
    """Index of the batch at the head, or NONE."""
    return (head & INDEX_MASK) - 1


@kernel
def take(
    shared: Words, pool: int, links: Words, link: int, cache: Words, worker: int, size: int
) -> int:
    """An index nobody holds, or NONE if all of ``size`` are in use.

    Args:
        shared: holds the stack's head at ``pool`` and the fresh counter a pair later.
        pool: see above.
        links: table with the links of index i at ``i * LINE + link`` and one later.
        link: see above.
        cache: the workers' caches.
        worker: whose cache; the caller is that worker.
        size: number of indices.
    """
    base = worker * CACHE_WORDS
    count = cache[base]
    if count == 0:
        count = _refill(shared, pool, links, link, cache, base, size)
        if count == 0:
            return NONE
    cache[base] = count - 1
    return cache[base + count]


@cold_kernel
def _refill(
    shared: Words, pool: int, links: Words, link: int, cache: Words, base: int, size: int
) -> int:
    """Fill an empty cache with one batch; the number of indices got."""
    # acquire; pairs with the acq_rel exchange in _spill and carries the batch's links.
    head = atomics.load_acquire(shared, pool)
    while _index(head) != NONE:
        first = _index(head)
        below = atomics.load_relaxed(links, first * LINE + link + 1)
        if atomics.compare_exchange(shared, pool, head, _pack((head >> TAG_SHIFT) + 1, below)):
            index = first
            for k in range(POOL_BATCH):
                cache[base + 1 + k] = index
                index = atomics.load_relaxed(links, index * LINE + link)
            return POOL_BATCH
        head = atomics.load_acquire(shared, pool)
    return _fresh(shared, pool, cache, base, size)


@kernel
def _fresh(shared: Words, pool: int, cache: Words, base: int, size: int) -> int:
    """Fill an empty cache with indices never used before; the number got."""
    fresh = pool + FRESH
    # relaxed look first, so that an exhausted pool does not count up for ever.
    if atomics.load_relaxed(shared, fresh) >= size:
        return 0
    # Only the addition's atomicity matters: fresh indices carry no data.
    start = atomics.fetch_add(shared, fresh, POOL_BATCH)
    got = max(0, min(POOL_BATCH, size - start))
    for k in range(got):
        cache[base + got - k] = start + k
    return got


@kernel
def give(
    shared: Words, pool: int, links: Words, link: int, cache: Words, worker: int, index: int
) -> None:
    """Give back an index that the caller holds; arguments as for ``take``."""
    base = worker * CACHE_WORDS
    count = cache[base]
    if count == 2 * POOL_BATCH:
        _spill(shared, pool, links, link, cache, base)
        count = POOL_BATCH
    cache[base + count + 1] = index
    cache[base] = count + 1


@cold_kernel
def _spill(shared: Words, pool: int, links: Words, link: int, cache: Words, base: int) -> None:
    """Push the older half of a full cache as one batch; the newer, warmer half stays."""
    for k in range(POOL_BATCH):
        follower = cache[base + 2 + k] if k + 1 < POOL_BATCH else NONE
        atomics.store_relaxed(links, cache[base + 1 + k] * LINE + link, follower)
    first = cache[base + 1]
    for k in range(POOL_BATCH):
        cache[base + 1 + k] = cache[base + 1 + POOL_BATCH + k]
    head = atomics.load_relaxed(shared, pool)
    atomics.store_relaxed(links, first * LINE + link + 1, _index(head))
    # acq_rel; the release half publishes the links to the acquire load in _refill.
    while not atomics.compare_exchange(shared, pool, head, _pack((head >> TAG_SHIFT) + 1, first)):
        head = atomics.load_relaxed(shared, pool)
        atomics.store_relaxed(links, first * LINE + link + 1, _index(head))
