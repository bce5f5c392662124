import itertools

import numpy as np
import pytest
from zbench.core.mailbox import linked
from zbench.core.memory.layout import shared_words, worker_row
from zbench.core.memory.layout.lines import PAIR
from zbench.core.messages import envelope
from zbench.core.messages.envelope import kind_of
from zbench.core.queues import chase_lev
from zbench.core.system.allocation import new_tables


def tables():
    return new_tables(workers=3, actors=64, rings=64, ring_slots=4, state_words=8, supervised=True)


def test_every_table_starts_on_a_pair_of_lines():
    for name, table in tables()._asdict().items():
        if isinstance(table, np.ndarray) and table.size:
            assert table.ctypes.data % (8 * PAIR) == 0, name


def test_words_of_different_threads_lie_pairs_of_lines_apart():
    shared = [shared_words.STOP, shared_words.SLEEPERS, shared_words.EPOCH, shared_words.WAKING,
              shared_words.INJECT_HEAD, shared_words.INJECT_TAIL, shared_words.ACTOR_POOL,
              shared_words.ACTOR_FRESH, shared_words.RING_POOL, shared_words.RING_FRESH,
              shared_words.DONE, shared_words.DONE_NS]  # fmt: skip
    assert all(b - a >= PAIR for a, b in itertools.pairwise(shared))
    assert shared[-1] + PAIR <= shared_words.WORDS
    assert chase_lev.BOTTOM - chase_lev.TOP >= PAIR
    for row in (worker_row.WORDS, chase_lev.ENDS_WORDS):
        assert row % PAIR == 0


def test_a_message_and_an_actor_take_a_line_each():
    made = tables()
    assert made.message.nbytes == 64 * 4 * 64
    assert made.actor.nbytes == 64 * 64


@pytest.mark.parametrize("position", [0, 1, envelope.STAMP_MASK, linked.TAIL_MASK])
@pytest.mark.parametrize("ring", [0, 1, (1 << 25) - 1])
def test_the_mail_word_gives_back_what_was_packed(ring, position):
    word = linked.pack(ring, position)
    assert (linked.ring_of(word), linked.tail_of(word)) == (ring, position)
    assert word & linked.FLAG_MASK == linked.ACTIVE
    after = linked.after_claim(word)
    assert linked.ring_of(after) == ring
    assert linked.tail_of(after) == (position + 1) & linked.TAIL_MASK


@pytest.mark.parametrize("kind", [0, 1, 65_535])
@pytest.mark.parametrize("generation", [0, 65_535, 65_536])
def test_a_header_keeps_kind_and_generation_apart(kind, generation):
    head = envelope.header(7, generation, kind)
    assert kind_of(head) == kind
    assert envelope.generation_of(head) == generation & envelope.GENERATION_MASK
    assert head >> envelope.STAMP_SHIFT == 8
