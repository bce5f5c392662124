"""Stacks of indices that any thread pushes on and one thread takes whole.

Algorithm: Treiber (1986). The head of a stack is the index of its newest item plus 1, 0 if it
is empty; each item has a link to the item below it. A stack is only ever taken whole, so a
head that came back (ABA) has the same items below it, and the exchange may succeed.

A stack of one incarnation packs {life, index + 1} into its head: a push fails once the owner
has moved the life on. Its low bits are enough, since the callers look first whether the
incarnation is alive (core.actors.refs): a thread would have to stand still for 100 s after that.
"""

from zbench.core.compile.kernel import kernel
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import NONE, Words

INDEX_BITS = 32
INDEX_MASK = (1 << INDEX_BITS) - 1
LIFE_MASK = (1 << 31) - 1


@kernel
def empty_head(life: int) -> int:
    """Head of an empty stack of that incarnation."""
    return (life & LIFE_MASK) << INDEX_BITS


@kernel
def is_of(word: int, life: int) -> bool:
    """Whether the head of a stack is of that incarnation."""
    return word >> INDEX_BITS == life & LIFE_MASK


@kernel
def push(heads: Words, head: int, links: Words, link: int, item: int) -> None:
    """Push index + 1 ``item``, whose link is the word ``link``. Caller: any thread."""
    while True:
        # relaxed: the exchange below looks again.
        below = atomics.load_relaxed(heads, head)
        atomics.store_relaxed(links, link, below)
        # acq_rel; release carries the link to take_all().
        if atomics.compare_exchange(heads, head, below, item):
            return


@kernel
def push_for(heads: Words, head: int, life: int, links: Words, link: int, item: int) -> int:
    """Push index + 1 ``item`` for one incarnation: the item below, or NONE if it has ended.

    The item pushed may be the first of several linked ones, ``link`` being that of the last.
    """
    while True:
        # acquire; pairs with the exchange that moved the life on, and carries why.
        word = atomics.load_acquire(heads, head)
        if not is_of(word, life):
            return NONE
        below = word & INDEX_MASK
        atomics.store_relaxed(links, link, below)
        # acq_rel; release carries the item and its link to take_all().
        if atomics.compare_exchange(heads, head, word, empty_head(life) | item):
            return below


@kernel
def take_all(heads: Words, head: int, empty: int) -> int:
    """Take the whole stack and leave the word ``empty``; the word of its head."""
    # acq_rel; acquire pairs with the exchanges in push() and push_for(), carries the links.
    return atomics.exchange(heads, head, empty)
