"""The table from the keys of names to refs, written under a lock, read without one.

A hash table with open addressing after Celis, Larson and Munro (Robin Hood hashing, FOCS
1985): of two entries for one slot the one further from its home gets it. So along a run of
entries homes never go back, and a search ends at an entry that is nearer to its home than
the searched one would be. Removal shifts the rest of the run back, so no tombstones.

Both move entries, so readers look through a sequence lock, with the orders of Boehm (Can
Seqlocks Get Along With Programming Language Memory Models?, MSPC 2012):

1. begin (writer, under the directory's lock): make the version odd, then a fence.
2. store the words of the entries that change or move.
3. end: make the version even again, by a release store.
4. read: wait for an even version, probe with acquire loads, read the version again; if it
   changed, repeat. After MOST_LOOKS the answer is BUSY, never a guess.
5. lookup: the worker's own direct-mapped cache first. Its entries hold the version they
   were read at and count only while the table still has it, so any write empties all caches.

No fence in the reader: acquire loads of the words keep the second read of the version after
them, and cost nothing on x86, where a fence would cost more than the whole lookup.

Invariant, at an even version: slots from an entry's home to the entry are all taken, and
the number of entries is at most 7/8 of the slots, so every probe ends.
"""

from typing import NamedTuple

from zbench.core.compile.kernel import cached_kernel, kernel
from zbench.core.memory import atomics
from zbench.core.memory.arithmetic import power_of_two
from zbench.core.memory.layout.lines import NONE, PAIR, Words
from zbench.core.memory.tables import NO_DESCRIPTOR, aligned, by_address, with_descriptor

BUSY = -2  # no answer: a writer was at work at every look

# Words of `control`.
VERSION = 0  # odd while a writer is at work
COUNT = 1  # entries; writers only

# Words of a slot.
EMPTY = 0  # key of a free slot, and of no name
REF = 1  # its offset; the key is word 0
SLOT_WORDS = 2  # four slots a cache line

# Words of an entry of a cache, beside key and REF.
SEEN = 2  # version it was read at
ENTRY_WORDS = 4
CACHE_ENTRIES = 256  # 8 KiB a worker: a quarter of a first-level cache

MOST_LOOKS = 10_000  # more than 5 ms: by then a writer that lost its processor runs again
SPINS = 100  # looks before the reader starts to yield its own processor


@by_address
class RouteTables(NamedTuple):
    """The routes of a directory: int64 words.

    Field     Rows                       Written by           Order
    control   VERSION, COUNT             writer under a lock  VERSION: see steps 1 to 4
    slots     SLOT_WORDS a slot          writer under a lock  behind VERSION / acquire
    cache     CACHE_ENTRIES each worker  that worker          none
    """

    control: Words
    slots: Words
    cache: Words
    mask: int  # slots less one; the number of slots is a power of two
    descriptor: Words = NO_DESCRIPTOR
    address: int = 0


def new_routes(capacity: int, workers: int) -> RouteTables:
    """Allocate empty routes with room for at least ``capacity`` names."""
    slots = power_of_two(-(-8 * capacity // 7))  # 8 / 7 of it, rounded up
    routes = RouteTables(
        control=aligned(PAIR),
        slots=aligned(slots * SLOT_WORDS),
        cache=aligned(workers * CACHE_ENTRIES * ENTRY_WORDS),
        mask=slots - 1,
    )
    # So that key 0, which no name has, is found neither in a free slot nor in a new cache.
    routes.slots[REF::SLOT_WORDS] = NONE
    routes.cache[SEEN::ENTRY_WORDS] = NONE
    return with_descriptor(routes)


@kernel
def room(r: RouteTables) -> int:
    """Entries the table takes: 7/8 of its slots."""
    return 7 * (r.mask + 1) // 8


@kernel
def lookup(r: RouteTables, worker: int, key: int) -> int:
    """The ref of a key, NONE if there is none, BUSY if a writer was at work at every look.

    Caller: the thread that owns row ``worker`` of the caches.
    """
    entry = (worker * CACHE_ENTRIES + (key & (CACHE_ENTRIES - 1))) * ENTRY_WORDS
    # relaxed: nothing shared is read after it. The acquire loads that filled the entry
    # carried everything that a hit must see of the ref's actor.
    if r.cache[entry] == key and r.cache[entry + SEEN] == atomics.load_relaxed(r.control, VERSION):
        return r.cache[entry + REF]
    ref, version = _read(r, key)
    if ref != BUSY:
        r.cache[entry] = key
        r.cache[entry + REF] = ref
        r.cache[entry + SEEN] = version
    return ref


@kernel
def find(r: RouteTables, key: int) -> int:
    """As ``lookup``, without a cache. Caller: any thread."""
    ref, _ = _read(r, key)
    return ref


@kernel
def _read(r: RouteTables, key: int) -> tuple[int, int]:
    """The ref of a key or NONE, and the version at which it was read; or BUSY."""
    for look in range(MOST_LOOKS):
        # acquire; pairs with the release store in _end(), carries the words of the slots.
        version = atomics.load_acquire(r.control, VERSION)
        if version & 1 == 0:
            ref = _probe(r, key)
            # relaxed: the acquire loads in _probe() keep it after them.
            if atomics.load_relaxed(r.control, VERSION) == version:
                return ref, version
        if look < SPINS:
            atomics.pause()
        else:
            atomics.sched_yield()
    return BUSY, NONE


@kernel
def _probe(r: RouteTables, key: int) -> int:
    """The ref of a key as the slots are now, or NONE. Ends even if a writer is at work."""
    slot = key & r.mask
    for distance in range(r.mask + 1):
        # acquire, both loads; pair with the fence in _begin(): a reader that sees a word
        # stored after it also sees the odd version, or a later one, at its second read of
        # VERSION. Not relaxed: that read could then be made before this one.
        held = atomics.load_acquire(r.slots, slot * SLOT_WORDS)
        if held == key:
            return atomics.load_acquire(r.slots, slot * SLOT_WORDS + REF)
        if held == EMPTY or _distance(r, slot, held) < distance:
            return NONE
        slot = (slot + 1) & r.mask
    return NONE


@kernel
def _distance(r: RouteTables, slot: int, key: int) -> int:
    """Distance of a slot from the home of a key."""
    return (slot - key) & r.mask


@cached_kernel
def insert(r: RouteTables, key: int, ref: int) -> bool:
    """Set the ref of a key, new or known; False if the table is full.

    Caller: holds the directory's lock. Order: publishes the entry, see steps 1 to 3.
    """
    known = _slot_of(r, key) != NONE
    if not known and r.control[COUNT] >= room(r):
        return False
    version = _begin(r)
    _place(r, key, ref)
    if not known:
        r.control[COUNT] += 1
    _end(r, version)
    return True


@cached_kernel
def remove(r: RouteTables, key: int) -> bool:
    """Forget a key; False if it is not there. Caller and order as for ``insert``."""
    slot = _slot_of(r, key)
    if slot == NONE:
        return False
    version = _begin(r)
    _shift_back(r, slot)
    r.control[COUNT] -= 1
    _end(r, version)
    return True


@kernel
def _begin(r: RouteTables) -> int:
    """Tell the readers that words are about to change; the version until now."""
    # relaxed, both: only writers store here, and they hold the lock.
    version = atomics.load_relaxed(r.control, VERSION)
    atomics.store_relaxed(r.control, VERSION, version + 1)
    # seq_cst; its release half pairs with the acquire loads in _probe() and keeps the odd
    # version before the words. A release store instead would keep only what came earlier.
    atomics.fence()
    return version


@kernel
def _end(r: RouteTables, version: int) -> None:
    """Tell the readers that the words are complete."""
    # release; pairs with the acquire load in _read(), carries the words.
    atomics.store_release(r.control, VERSION, version + 2)


@kernel
def _slot_of(r: RouteTables, key: int) -> int:
    """Slot that holds a key, or NONE. Caller: a writer, so nothing moves meanwhile."""
    slot = key & r.mask
    for distance in range(r.mask + 1):
        held = _key_at(r, slot)
        if held == key:
            return slot
        if held == EMPTY or _distance(r, slot, held) < distance:
            return NONE
        slot = (slot + 1) & r.mask
    return NONE


@kernel
def _key_at(r: RouteTables, slot: int) -> int:
    """Key in a slot. Caller: a writer."""
    # relaxed: the writer reads what writers before it stored; the lock carries that.
    return atomics.load_relaxed(r.slots, slot * SLOT_WORDS)


@kernel
def _ref_at(r: RouteTables, slot: int) -> int:
    """Ref in a slot. Caller: a writer."""
    # relaxed, as in _key_at().
    return atomics.load_relaxed(r.slots, slot * SLOT_WORDS + REF)


@kernel
def _put(r: RouteTables, slot: int, key: int, ref: int) -> None:
    """Fill a slot."""
    # relaxed, both: between the fence in _begin() and the release store in _end(). A reader
    # that sees one of the two words without the other finds the version changed.
    atomics.store_relaxed(r.slots, slot * SLOT_WORDS, key)
    atomics.store_relaxed(r.slots, slot * SLOT_WORDS + REF, ref)


@kernel
def _place(r: RouteTables, key: int, ref: int) -> None:
    """Put an entry in its slot; entries nearer to their homes move on."""
    slot = key & r.mask
    held = _key_at(r, slot)
    # Ends: the caller made sure that a slot is free, or that the key is there.
    while held not in (EMPTY, key):
        if _distance(r, slot, held) < _distance(r, slot, key):
            moving = _ref_at(r, slot)
            _put(r, slot, key, ref)
            key, ref = held, moving
        slot = (slot + 1) & r.mask
        held = _key_at(r, slot)
    _put(r, slot, key, ref)


@kernel
def _shift_back(r: RouteTables, slot: int) -> None:
    """Empty a slot; entries after it that are not at home move one back."""
    following = (slot + 1) & r.mask
    held = _key_at(r, following)
    # Ends: an eighth of the slots is free.
    while held != EMPTY and _distance(r, following, held) > 0:
        _put(r, slot, held, _ref_at(r, following))
        slot = following
        following = (slot + 1) & r.mask
        held = _key_at(r, following)
    _put(r, slot, EMPTY, NONE)
