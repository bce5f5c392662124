"""Checks that every mailbox type must pass, a user's own included: ``check(mailbox_type)``.

A check that fails raises AssertionError with the reason; random checks print their seed.
"""

import secrets
import threading
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from zbench.core.compile.kernel import INTERPRETED, kernel
from zbench.core.mailbox.bounded import cell
from zbench.core.mailbox.registry import MailboxType
from zbench.core.memory import atomics
from zbench.core.memory.layout import message_slot
from zbench.core.memory.layout.lines import LINE, NONE, Words
from zbench.core.memory.tables import aligned
from zbench.core.messages import envelope
from zbench.core.messages.envelope import kind_of
from zbench.core.messages.levels import LEVELS

BEFORE = 2 * LINE  # guard words on each side of a mailbox
UNTOUCHED = 0x5A5A
FRESH_WORDS = 64  # most words that setup may write
SENDERS = 40
PRODUCERS = 3
STOPPED = 0  # offsets in the words that the threads of one check share
WRONG = 1

generation = getattr(envelope.generation_of, "py_func", envelope.generation_of)
kind_in = getattr(kind_of, "py_func", kind_of)


Taken = tuple[int, int, int, int]  # number, sender, generation and kind


def _part(taken: Taken | None, which: int) -> int | None:
    """One field of the message read, None without a message."""
    return None if taken is None else taken[which]


class Box:
    """One mailbox of a type, between guard words that nobody may write."""

    def __init__(self, kind: MailboxType, capacity: int) -> None:
        self.kind, self.capacity = kind, capacity
        size = kind.words(capacity)
        self.words: Words = aligned(BEFORE + size + BEFORE)
        self.words[:BEFORE] = self.words[BEFORE + size :] = UNTOUCHED
        kind.setup(self.words, BEFORE, capacity)

    def put(
        self, number: int, sender: int = -1, level: int = cell.NORMAL, life: int = 0, kind: int = 1
    ) -> int:
        """Put a numbered message."""
        data = (number, 1, 2, 3, 4, 5)
        return int(
            self.kind.put(self.words, BEFORE, self.capacity, level, life, kind, sender, data)
        )

    def take(self) -> Taken | None:
        """Number, sender, generation and kind of the next message, or None."""
        line = int(self.kind.front(self.words, BEFORE, self.capacity))
        return None if line == NONE else self.free(line)

    def free(self, line: int) -> Taken:
        """Read a claimed line and free it."""
        message = self.words[line : line + LINE].tolist()
        assert message[message_slot.DATA + 1 :] == [1, 2, 3, 4, 5], (
            f"data arrived as {message[message_slot.DATA :]}"
        )
        self.kind.pop(self.words, BEFORE, self.capacity, line)
        head = message[message_slot.HEADER]
        return (
            message[message_slot.DATA],
            message[message_slot.SENDER],
            generation(head),
            kind_in(head),
        )

    def size(self) -> int:
        """Messages in the mailbox."""
        return int(self.kind.size(self.words, BEFORE, self.capacity))

    def close(self) -> None:
        """Close the mailbox to messages."""
        self.kind.close(self.words, BEFORE, self.capacity)

    def open(self) -> None:
        """Begin another incarnation."""
        self.kind.setup(self.words, BEFORE, self.capacity)

    def fill(self, sender: int = -1, level: int = cell.NORMAL) -> int:
        """Put messages until the mailbox is full; the number that went in."""
        for k in range(self.capacity + 1):
            outcome = self.put(k, sender, level)
            if outcome == cell.FULL:
                return k
            assert outcome == cell.PUT, f"put gave {outcome} in an open box"
        msg = f"more than its capacity of {self.capacity} went in"
        raise AssertionError(msg)

    def check_bounds(self) -> None:
        """No word outside the mailbox was written."""
        around = (*self.words[:BEFORE], *self.words[len(self.words) - BEFORE :])
        assert set(around) == {UNTOUCHED}, "words outside the box were written"


def check_fresh_memory(kind: MailboxType) -> None:
    """A mailbox in untouched memory is empty and open, and setup writes few words."""
    box = Box(kind, kind.least)
    written = int(np.count_nonzero(box.words[BEFORE:-BEFORE]))
    assert written <= FRESH_WORDS, f"setup wrote {written} words of fresh memory"
    assert box.take() is None, "a fresh box is not empty"
    assert box.size() == 0, f"a fresh box has size {box.size()}"


def check_contents(kind: MailboxType) -> None:
    """A message arrives with its sender, generation, kind and data."""
    box = Box(kind, kind.least)
    for life, of_kind, sender in ((0, 0, -1), (65_535, 65_535, (9 << 32) | 7), (1 << 22, 1, 5)):
        assert box.put(3, sender, life=life, kind=of_kind) == cell.PUT
        wanted = (3, sender, life & envelope.GENERATION_MASK, of_kind)
        got = box.take()
        assert got == wanted, f"(number, sender, generation, kind) is {got}, expected {wanted}"
    box.check_bounds()


def check_capacity(kind: MailboxType) -> None:
    """A mailbox holds no more than its capacity, says FULL, and has room again after a pop."""
    for capacity in (kind.least, 4 * kind.least):
        box = Box(kind, capacity)
        held = box.fill()
        assert held > 0, "it has no room for one message"
        assert box.size() == held, f"size is {box.size()} with {held} messages"
        for k in range(3 * capacity):
            assert box.put(-1) == cell.FULL, "it took a message when full"
            got = box.take()
            assert _part(got, 0) == k, f"read {got}, expected number {k}"
            assert box.put(held + k) == cell.PUT, "no room after a pop"
        box.check_bounds()


def check_order(kind: MailboxType) -> None:
    """Each sender's messages arrive in order, over many laps."""
    box = Box(kind, 4 * kind.least)
    sent, seen = [0] * SENDERS, [0] * SENDERS
    for turn in range(200):
        for k in range(SENDERS):
            sender = (turn + k) % SENDERS
            if box.put(sent[sender], sender) == cell.PUT:
                sent[sender] += 1
        for _ in range(2 * kind.least):
            got = box.take()
            if got is None:
                break
            number, sender = got[:2]
            assert number == seen[sender], f"read {number} of {sender}, expected {seen[sender]}"
            seen[sender] += 1
    while (got := box.take()) is not None:
        seen[got[1]] += 1
    assert seen == sent, "messages were lost"
    assert min(seen) > 0, "a sender never had room"


def check_random(kind: MailboxType, seed: int | None = None) -> None:
    """Random puts and takes agree with plain queues, one for each sender and level."""
    seed = secrets.randbits(30) if seed is None else seed
    print(f"seed {seed}")  # noqa: T201  to run it again
    pick = Random(seed)
    box = Box(kind, 2 * kind.least)
    plain: dict[tuple[int, int], deque[int]] = {}
    levels = len(LEVELS) if kind.levels else 1
    for step in range(5000):
        sender, level = pick.randrange(6), pick.randrange(levels)
        if pick.random() < (0.7 if step // 100 % 2 else 0.3):
            if box.put(step, sender, level, kind=level) == cell.PUT:
                plain.setdefault((sender, level), deque()).append(step)
            continue
        got = box.take()
        if got is None:
            assert not any(plain.values()), f"step {step}: nothing to read, but {plain} is there"
        else:
            queue = plain.get((got[1], got[3]))
            assert queue, f"step {step}: read {got}, which is not there"
            assert queue.popleft() == got[0], f"step {step}: read {got} before earlier ones"
        waiting = sum(map(len, plain.values()))
        assert box.size() == waiting, f"step {step}: size is {box.size()}, expected {waiting}"


def check_lives(kind: MailboxType) -> None:
    """A closed mailbox refuses messages and keeps those it has; reopened, it takes more."""
    box = Box(kind, 2 * kind.least)
    for life in range(20):
        assert box.put(1, life=life) == cell.PUT, f"life {life}: an open box took nothing"
        box.close()
        for _ in range(3):
            assert box.put(2, life=life) == cell.CLOSED, f"life {life}: a closed box took a message"
        box.close()
        assert box.size() == 1, f"life {life}: size is {box.size()} after closing, expected 1"
        got = box.take()
        assert _part(got, 2) == life, f"life {life}: read {got} of the closed box"
        assert box.take() is None, f"life {life}: more than what was there"
        assert box.size() == 0, f"life {life}: size is {box.size()} after reading all"
        box.open()
        # A late sender puts a message for the incarnation before.
        assert box.put(3, life=life) == cell.PUT
        got = box.take()
        assert _part(got, 2) == life, "a late message has lost its generation"
    box.check_bounds()


def check_drop_oldest(kind: MailboxType) -> None:
    """A drop makes room for the sender's message and takes the sender's oldest one."""
    if kind.oldest is None:
        return
    box = Box(kind, kind.least)
    held = box.fill(sender=3)
    for k in range(2 * held):
        line = int(kind.oldest(box.words, BEFORE, box.capacity, cell.NORMAL, 3))
        assert line != NONE, "a full box has no oldest message"
        number = box.free(line)[0]
        assert number == k, f"dropped number {number}, expected {k}"
        assert box.put(held + k, sender=3) == cell.PUT, "no room after dropping the oldest"


def _producer(put: Any) -> Callable[..., None]:
    """Kernel that puts numbered messages, one after another."""

    @kernel
    def produce(
        w: Words, place: int, capacity: int, shared: Words, sender: int, messages: int
    ) -> None:
        for k in range(messages):
            data = (k, 1, 2, 3, 4, 5)
            while put(w, place, capacity, cell.NORMAL, 0, 1, sender, data) != cell.PUT:
                # relaxed: the flag carries nothing; it only ends the loop.
                if atomics.load_relaxed(shared, STOPPED) != 0:
                    return
                atomics.sched_yield()

    return produce


def _consumer(front: Any, pop: Any) -> Callable[..., int]:
    """Kernel that reads messages and checks the order of each sender's."""

    @kernel
    def consume(
        w: Words, place: int, capacity: int, shared: Words, seen: Words, messages: int, looks: int
    ) -> int:
        read = 0
        while read < messages and looks > 0:
            line = front(w, place, capacity)
            if line == NONE:
                looks -= 1
                atomics.sched_yield()
                continue
            sender = w[line + message_slot.SENDER]
            if w[line + message_slot.DATA] != seen[sender]:
                shared[WRONG] += 1
            seen[sender] += 1
            pop(w, place, capacity, line)
            read += 1
        return read

    return consume


def check_threads(kind: MailboxType) -> None:
    """Concurrent producers lose no message, and each one's messages stay in order."""
    each = 500 if INTERPRETED else 50_000
    looks = 5_000_000 if INTERPRETED else 50_000_000  # threads may wait long for a processor
    produce, consume = _producer(kind.put), _consumer(kind.front, kind.pop)
    for capacity in (kind.least, 16 * kind.least):
        box = Box(kind, capacity)
        shared, seen = np.zeros(2, np.int64), np.zeros(PRODUCERS, np.int64)
        at_box = (box.words, BEFORE, capacity, shared)
        consume(*at_box, seen, 0, 1)  # compiled before the threads start
        produce(*at_box, 0, 0)
        threads = [
            threading.Thread(target=produce, args=(*at_box, sender, each))
            for sender in range(PRODUCERS)
        ]
        for thread in threads:
            thread.start()
        read = consume(*at_box, seen, PRODUCERS * each, looks)
        shared[STOPPED] = 1
        for thread in threads:
            thread.join()
        assert read == PRODUCERS * each, f"{read} messages came, expected {PRODUCERS * each}"
        assert shared[WRONG] == 0, f"{shared[WRONG]} messages were out of order"
        assert box.size() == 0, f"size is {box.size()} after all were read"
        box.check_bounds()


CHECKS = (
    check_fresh_memory,
    check_contents,
    check_capacity,
    check_order,
    check_random,
    check_lives,
    check_drop_oldest,
    check_threads,
)


def check(kind: MailboxType) -> None:
    """Run every check on a type of mailbox.

    Raises:
        AssertionError: with the type's name and the reason.
    """
    for one in CHECKS:
        try:
            one(kind)
        except AssertionError as error:
            msg = f"mailbox {kind.name}: {one.__name__}: {error}"
            raise AssertionError(msg) from error
