"""Routers: references that stand for many actors, of which the sender's thread picks one.

As in Akka, no actor does the routing: it happens in the sender's thread. A router's
reference is slot ROUTER_SLOT + row, where no actor is. ``send.to_nobody`` looks for a
router only after no actor was found, so routers cost messages between actors nothing.

Routees change while others send. Every new list is written as a whole, beside the
present one:

1. publish (Python, under a lock): a fence, then write the new list into the
   section that is not in use, then release LIST {version, number}.
2. pick, following (any sender): acquire LIST, read that version's section, read LIST
   again. If it has moved on, the section may have been overwritten meanwhile: repeat.

A reader never waits for a writer; it repeats only if a whole new list was published. A
message sent to all goes by ascending refs, and after a change continues in the new list from
the ref it reached: an actor that is a routee throughout gets it once, and none gets it twice.

Routees that have ended are skipped; the next change drops them.
"""

from zbench.core.actors.refs import BEYOND, is_alive, slot_of_ref
from zbench.core.compile.kernel import cached_kernel, kernel
from zbench.core.mailbox import linked
from zbench.core.mailbox.bounded import lookup
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row, ring_row, router_row
from zbench.core.memory.layout.lines import LINE, NONE, Words
from zbench.core.memory.randomness import draw
from zbench.core.memory.tables import Tables

ROUTER_SLOT = BEYOND  # actors' slots are below; values that are no reference are negative

ROUND_ROBIN = 0
RANDOM = 1
LEAST_MAILBOX = 2
CONSISTENT_HASH = 3
BROADCAST = 4
STRATEGIES = ("round-robin", "random", "least-mailbox", "consistent-hash", "broadcast")

COUNT_BITS = 16  # of LIST, and of a point {hash, index of its routee in the list}
MOST_ROUTEES = (1 << COUNT_BITS) - 1
MOST_LOOKS = 1000  # tries of one pick; each fails only if a list was published meanwhile
MOST_RINGS = 16  # most rings followed to measure a mailbox

MIX_BITS = 63  # so that int64 and Python's integers agree
MIX_MASK = (1 << MIX_BITS) - 1
HASH_SHIFT = MIX_BITS - 46  # 46 bits of hash and COUNT_BITS fit a word


@kernel
def is_router(t: Tables, ref: int) -> bool:
    """Whether a reference is a router's."""
    return ROUTER_SLOT <= ref < ROUTER_SLOT + len(t.router) // router_row.WORDS


@kernel
def sends_to_all(t: Tables, router: int) -> bool:
    """Whether a router sends to all its routees."""
    return t.router[_row(router) + router_row.LOGIC] == BROADCAST


@kernel
def pick(t: Tables, worker: int, router: int, key: int) -> int:
    """The live routee that gets the next message, or NONE. The key is for consistent hashing.

    Caller: the owner of row ``worker``.
    """
    row = _row(router)
    for _ in range(MOST_LOOKS):
        # acquire; pairs with the release store in publish(), carries the list.
        version = atomics.load_acquire(t.router, row + router_row.LIST)
        routee = _choose(t, worker, row, version, key)
        # relaxed: the acquire loads of the list's words keep this load after them.
        if atomics.load_relaxed(t.router, row + router_row.LIST) == version:
            return routee
    return NONE


@kernel
def following(t: Tables, router: int, ref: int) -> int:
    """The live routee with the lowest reference above ``ref``, or NONE."""
    row = _row(router)
    for _ in range(MOST_LOOKS):
        # acquire, then relaxed, as in pick().
        version = atomics.load_acquire(t.router, row + router_row.LIST)
        routee = _above(t, row, version, ref)
        if atomics.load_relaxed(t.router, row + router_row.LIST) == version:
            return routee
    return NONE


@kernel
def _row(router: int) -> int:
    """Offset of a router's row in ``router``."""
    return (router - ROUTER_SLOT) * router_row.WORDS


@kernel
def count_of(version: int) -> int:
    """Number of routees, from LIST."""
    return version & MOST_ROUTEES


@kernel
def section_of(router: Words, row: int, version: int) -> int:
    """Offset in ``routee`` of the list of a version."""
    size = router[row + router_row.ROUTEES] * (1 + router_row.POINTS)
    return router[row + router_row.FIRST] + ((version >> COUNT_BITS) & 1) * size


@kernel
def _choose(t: Tables, worker: int, row: int, version: int, key: int) -> int:
    """Choose by the routing logic in one version of the list: a live routee, or NONE."""
    count = count_of(version)
    if count == 0:
        return NONE
    first = section_of(t.router, row, version)
    strategy = t.router[row + router_row.LOGIC]
    if strategy == CONSISTENT_HASH:
        return _owner(t, first, t.router[row + router_row.ROUTEES], count, key)
    if strategy == LEAST_MAILBOX:
        return _shortest(t, worker, first, count)
    start = 0
    for _ in range(count):
        # A ticket for each try, so that live routees share an ended one's messages equally.
        if strategy == ROUND_ROBIN:
            start = atomics.fetch_add(t.router, row + router_row.CURSOR, 1) % count
        else:
            start = _any(t, worker, count)
        # acquire, as all loads of a list's words; pairs with the fence in publish().
        routee = atomics.load_acquire(t.routee, first + start)
        if is_alive(t, routee):
            return routee
    # Others may have drawn all tickets of the live routees.
    for k in range(count):
        routee = atomics.load_acquire(t.routee, first + (start + k) % count)
        if is_alive(t, routee):
            return routee
    return NONE


@kernel
def _any(t: Tables, worker: int, count: int) -> int:
    """A random number below count; the high bits of the generator are its best."""
    return (draw(t, worker) * count) >> 31


@kernel
def _shortest(t: Tables, worker: int, first: int, count: int) -> int:
    """A live routee that is idle, else one with the shortest mailbox, or NONE."""
    start = _any(t, worker, count)
    shortest = NONE
    least = 0
    for k in range(count):
        routee = atomics.load_acquire(t.routee, first + (start + k) % count)
        if is_alive(t, routee):
            length = _length(t, slot_of_ref(routee))
            if length == NONE:
                return routee
            if shortest == NONE or length < least:
                shortest, least = routee, length
    return shortest


@kernel
def _length(t: Tables, actor: int) -> int:
    """Approximate number of messages that wait for an actor, NONE if it is idle.

    Advisory: words of different moments, up to 15 too many, and all long mailboxes alike.
    """
    # relaxed, all of them: their values lead only to other words of the tables.
    word = atomics.load_relaxed(t.actor, actor * LINE + actor_row.MAIL)
    if word & linked.CLOSED:
        return NONE
    if len(t.has_bounded) > 0 and lookup.config_of(t, actor) != 0:
        return lookup.waiting(t, actor)
    last = linked.ring_of(word)
    if len(t.has_signals) > 0 and last == linked.NO_RING:
        return 0
    length = 0
    ring = atomics.load_relaxed(t.actor, actor * LINE + actor_row.READING)
    for _ in range(MOST_RINGS):
        if ring == last or not 0 <= ring < t.rings:
            break
        length += t.ring_slots
        ring = (atomics.load_relaxed(t.ring, ring * LINE + ring_row.NEXT) >> linked.TAIL_BITS) - 1
    head = atomics.load_relaxed(t.ring, last * LINE + ring_row.HEAD)
    return length + min(t.ring_slots, (linked.tail_of(word) - head) & linked.TAIL_MASK)


@kernel
def mix(word: int) -> int:
    """Spread a word over 63 bits, one to one except for the sign.

    Multiplications and shifts alternate, as in the finalisers of MurmurHash3.
    """
    mixed = (int(word) ^ (int(word) >> 32)) & MIX_MASK
    mixed = (mixed * 0x4CF5AD432745937F) & MIX_MASK
    mixed = ((mixed ^ (mixed >> 29)) * 0x2545F4914F6CDD1D) & MIX_MASK
    return mixed ^ (mixed >> 32)


@kernel
def _owner(t: Tables, first: int, room: int, count: int, key: int) -> int:
    """The live routee with the first point at or after a key's place on the ring, or NONE."""
    ring = first + room
    points = count * router_row.POINTS
    place = (mix(key) >> HASH_SHIFT) << COUNT_BITS
    low = _search(t.routee, ring, points, place)
    for k in range(points):
        point = atomics.load_acquire(t.routee, ring + (low + k) % points)
        routee = atomics.load_acquire(t.routee, first + (point & MOST_ROUTEES))
        if is_alive(t, routee):
            return routee
    return NONE


@kernel
def _above(t: Tables, row: int, version: int, ref: int) -> int:
    """As ``following``, in one version of the list."""
    first = section_of(t.router, row, version)
    count = count_of(version)
    for k in range(_search(t.routee, first, count, ref + 1), count):
        routee = atomics.load_acquire(t.routee, first + k)
        if is_alive(t, routee):
            return routee
    return NONE


@kernel
def _search(words: Words, first: int, count: int, least: int) -> int:
    """Index of the first of ``count`` ascending words that is at least ``least``, or count."""
    low = 0
    high = count
    while low < high:
        middle = (low + high) // 2
        if atomics.load_acquire(words, first + middle) < least:
            low = middle + 1
        else:
            high = middle
    return low


@cached_kernel
def fill_points(refs: Words, points: Words) -> None:
    """Points of each of a list's routees, in no order; POINTS words for each."""
    for k in range(len(refs)):
        for n in range(router_row.POINTS):
            spread = mix(mix(refs[k]) ^ mix(n + 1))
            points[k * router_row.POINTS + n] = ((spread >> HASH_SHIFT) << COUNT_BITS) | k


@cached_kernel
def publish(router: Words, routee: Words, row: int, refs: Words, points: Words) -> None:
    """Replace the routees of a router.

    Args:
        router: the table.
        routee: the table.
        row: where the router's row starts.
        refs: ascending, no more than there is room for.
        points: of the ring, ascending; none if the routing logic needs no ring.

    Caller: holds the lock of the routers.
    """
    # relaxed: only writers store here, and they hold the lock.
    version = (atomics.load_relaxed(router, row + router_row.LIST) >> COUNT_BITS) + 1
    word = (version << COUNT_BITS) | len(refs)
    first = section_of(router, row, word)
    # seq_cst; its release half pairs with the acquire loads of the words: a reader that
    # sees one of them sees at its second look that its version is out of date.
    atomics.fence()
    for k in range(len(refs)):
        atomics.store_relaxed(routee, first + k, refs[k])
    ring = first + router[row + router_row.ROUTEES]
    for k in range(len(points)):
        atomics.store_relaxed(routee, ring + k, points[k])
    # release; pairs with the acquire loads of LIST, carries the list.
    atomics.store_release(router, row + router_row.LIST, word)
