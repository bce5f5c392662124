import itertools

import numpy as np
import pytest
from zbench.core import layout, mailbox
from zbench.core.allocation import new_tables


def tables():
    return new_tables(workers=3, actors=64, rings=64, ring_slots=4, state_words=8, supervised=True)


def test_every_table_starts_on_a_pair_of_lines():
    for name, table in tables()._asdict().items():
        if isinstance(table, np.ndarray) and table.size:
            assert table.ctypes.data % (8 * layout.PAIR) == 0, name


def test_words_of_different_threads_lie_pairs_of_lines_apart():
    shared = [layout.STOP, layout.SLEEPERS, layout.EPOCH, layout.WAKING, layout.INJECT_HEAD,
              layout.INJECT_TAIL, layout.ACTOR_POOL, layout.ACTOR_FRESH, layout.RING_POOL,
              layout.RING_FRESH, layout.DONE, layout.DONE_NS]  # fmt: skip
    assert all(b - a >= layout.PAIR for a, b in itertools.pairwise(shared))
    assert shared[-1] + layout.PAIR <= layout.SHARED_WORDS
    assert layout.BOTTOM - layout.TOP >= layout.PAIR
    for row in (layout.WORKER_WORDS, layout.ENDS_WORDS):
        assert row % layout.PAIR == 0


def test_a_message_and_an_actor_take_a_line_each():
    made = tables()
    assert made.message.nbytes == 64 * 4 * 64
    assert made.actor.nbytes == 64 * 64


@pytest.mark.parametrize("position", [0, 1, mailbox.STAMP_MASK, mailbox.TAIL_MASK])
@pytest.mark.parametrize("ring", [0, 1, (1 << 25) - 1])
def test_the_mail_word_gives_back_what_was_packed(ring, position):
    word = mailbox.pack(ring, position)
    assert (mailbox.ring_of(word), mailbox.tail_of(word)) == (ring, position)
    assert word & mailbox.FLAG_MASK == mailbox.ACTIVE
    after = mailbox.after_claim(word)
    assert mailbox.ring_of(after) == ring
    assert mailbox.tail_of(after) == (position + 1) & mailbox.TAIL_MASK


@pytest.mark.parametrize("kind", [0, 1, 65_535])
@pytest.mark.parametrize("generation", [0, 65_535, 65_536])
def test_a_header_keeps_kind_and_generation_apart(kind, generation):
    head = mailbox.header(7, generation, kind)
    assert mailbox.kind_of(head) == kind
    assert mailbox.generation_of(head) == generation & mailbox.GENERATION_MASK
    assert head >> mailbox.STAMP_SHIFT == 8
