"""One actor's mailbox, step by step against a plain queue."""

import collections
import random
import secrets

import pytest
from zbench.core.mailbox import linked
from zbench.core.memory.layout import actor_row, message_slot, ring_row, shared_words
from zbench.core.memory.layout.lines import LINE
from zbench.core.messages import outcomes
from zbench.core.messages.envelope import enclose, kind_of
from zbench.core.system.allocation import new_tables

WORKER = 0
ACTOR = 1
LINE = LINE


def new_mailbox(ring_slots):
    """Tables with one idle actor, whose rings are near the end of their stamps' range."""
    t = new_tables(workers=1, actors=2, rings=128, ring_slots=ring_slots, state_words=1)
    t.actor[ACTOR * LINE + actor_row.MAIL] = linked.IDLE
    # A lap before it, since an unwritten slot has the stamp of the first one after it.
    near_the_wrap = linked.TAIL_MASK - ring_slots
    t.ring[ring_row.HEAD :: LINE] = near_the_wrap
    return t


class Reader:
    """Reads a mailbox as core.worker.loop does, without a behaviour."""

    def __init__(self, tables):
        self.t = tables

    def read(self):
        """The oldest message's first word and kind, or None if the actor went idle."""
        t = self.t
        while True:
            ring = t.actor[ACTOR * LINE + actor_row.READING]
            position = int(t.ring[ring * LINE + ring_row.HEAD])
            slot = linked.slot_of(t, ring, position)
            if linked.is_published(t, slot, position):
                message = t.message[slot : slot + LINE]
                got = (
                    int(message[message_slot.DATA]),
                    kind_of(int(message[message_slot.HEADER])),
                )
                t.ring[ring * LINE + ring_row.HEAD] = (position + 1) & linked.TAIL_MASK
                return got
            if linked.follow(t, WORKER, ACTOR, position) == linked.MORE:
                continue
            assert linked.retire(t, WORKER, ACTOR, position, linked.IDLE)
            return None


@pytest.mark.parametrize("ring_slots", [2, 4, 64])
def test_a_mailbox_does_what_a_plain_queue_does(ring_slots):
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    pick = random.Random(seed)
    t = new_mailbox(ring_slots)
    reader, plain, idle = Reader(t), collections.deque(), True
    for step in range(2000):
        # Bursts, so that rings of any size fill and empty.
        if pick.random() < (0.7 if step // 100 % 2 else 0.3):
            kind = pick.randrange(1 << 16)
            outcome = linked.put(t, WORKER, ACTOR, enclose(ACTOR, kind, -1, (step, 0, 0, 0, 0, 0)))
            if idle:
                assert outcome == outcomes.WOKEN
            else:
                assert outcome in (outcomes.DELIVERED, outcomes.SPILLED)
            plain.append((step, kind))
            idle = False
        elif not idle:
            got = reader.read()
            assert got == (plain.popleft() if plain else None)
            idle = got is None
    mail = t.actor[ACTOR * LINE + actor_row.MAIL]
    assert (mail == linked.IDLE) == idle


def test_a_dead_actor_has_no_mailbox():
    t = new_mailbox(4)
    t.actor[ACTOR * LINE + actor_row.MAIL] = linked.DEAD
    assert (
        linked.put(t, WORKER, ACTOR, enclose(ACTOR, 1, -1, (0, 0, 0, 0, 0, 0))) == outcomes.NOBODY
    )


def test_rings_come_back_to_the_pool():
    t = new_mailbox(2)
    for _ in range(20):
        for k in range(100):  # 50 of the 128 rings at once
            linked.put(t, WORKER, ACTOR, enclose(ACTOR, 1, -1, (k, 0, 0, 0, 0, 0)))
        reader = Reader(t)
        while reader.read() is not None:
            pass
    outcome = 0
    while outcome != outcomes.REFUSED:
        outcome = linked.put(t, WORKER, ACTOR, enclose(ACTOR, 1, -1, (0, 0, 0, 0, 0, 0)))
    # Nothing else holds a ring, so all of them were chained here.
    assert t.shared[shared_words.RING_FRESH] == 128
