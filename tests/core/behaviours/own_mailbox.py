"""A mailbox type as a user writes one: a ring under a spin lock."""

from zbench.core import MailboxType, behaviour
from zbench.core.mailbox.bounded import cell
from zbench.core.memory import atomics
from zbench.core.memory.layout.lines import LINE, NONE

LOCK, TAIL, HEAD, SHUT = range(4)


def words(capacity):
    return LINE + capacity * LINE


@behaviour
def take_lock(w, place):
    # acq_rel; acquire pairs with the release store in let_go().
    while not atomics.compare_exchange(w, place + LOCK, 0, 1):
        atomics.sched_yield()


@behaviour
def let_go(w, place):
    # release; pairs with the exchange in take_lock().
    atomics.store_release(w, place + LOCK, 0)


@behaviour
def line_of(place, capacity, position):
    return place + LINE + (position % capacity) * LINE


@behaviour
def setup(w, place, capacity):
    w[place + SHUT] = 0


@behaviour
def put(w, place, capacity, level, generation, kind, sender, data):
    take_lock(w, place)
    outcome = cell.PUT
    tail = w[place + TAIL]
    if w[place + SHUT] != 0:
        outcome = cell.CLOSED
    elif tail - w[place + HEAD] == capacity:
        outcome = cell.FULL
    else:
        cell.fill(w, line_of(place, capacity, tail), 1, generation, kind, sender, data)
        w[place + TAIL] = tail + 1
    let_go(w, place)
    return outcome


@behaviour
def front(w, place, capacity):
    take_lock(w, place)
    head = w[place + HEAD]
    line = NONE
    if head != w[place + TAIL]:
        line = line_of(place, capacity, head)
    let_go(w, place)
    return line


@behaviour
def pop(w, place, capacity, line):
    take_lock(w, place)
    w[place + HEAD] += 1
    let_go(w, place)


@behaviour
def close(w, place, capacity):
    take_lock(w, place)
    w[place + SHUT] = 1
    let_go(w, place)


@behaviour
def size(w, place, capacity):
    take_lock(w, place)
    waiting = w[place + TAIL] - w[place + HEAD]
    let_go(w, place)
    return waiting


LOCKED = MailboxType("locked", words, setup, put, front, pop, close, size)
