"""The rings of events, compiled, under threads; and the tables of systems without them."""

import secrets
import threading

import numba as nb
import numpy as np
import pytest
from zbench.core.compile.kernel import INTERPRETED, cached_kernel
from zbench.core.events import event_ring
from zbench.core.memory.layout import event_row
from zbench.core.memory.tables import Tables
from zbench.core.system.allocation import new_tables

EVENTS = 2_000 if INTERPRETED else 200_000


def tables(slots, sample=0, workers=1):
    return new_tables(
        workers=workers,
        actors=64,
        rings=64,
        ring_slots=4,
        state_words=1,
        event_slots=slots,
        event_sample=sample,
    )


@cached_kernel
def emit_many(t: Tables, worker: int, number: int) -> None:
    """Emit events whose words follow from their number."""
    for k in range(number):
        event_ring.emit(t, worker, 0, k, 3 * k, 5 * k, 7 * k)


@cached_kernel
def sample_many(t: Tables, number: int) -> None:
    """Send ``number`` messages, as far as sampling is concerned."""
    for k in range(number):
        event_ring.sample(t, 0, k, k, k)


def read(t, out):
    taken = event_ring.drain(t.event, t.workers + 1, t.event_slots, t.event_slots, out)
    return out[: taken * event_row.SLOT_WORDS].reshape(-1, event_row.SLOT_WORDS).copy()


def room(t):
    return np.empty((t.workers + 1) * t.event_slots * event_row.SLOT_WORDS, np.int64)


def dropped(t, row):
    return int(t.event[event_ring.row_base(row, t.event_slots) + event_row.DROPPED])


def test_a_full_ring_drops_the_newest_and_counts_them():
    t = tables(8)
    emit_many(t, 0, 11)
    got = read(t, room(t))
    assert list(got[:, event_ring.NUMBER]) == list(range(8))
    assert dropped(t, 0) == 3
    emit_many(t, 0, 1)
    assert list(read(t, room(t))[:, event_ring.NUMBER]) == [11]


def test_a_busy_row_leaves_the_others_their_turn():
    t = tables(8)
    emit_many(t, 0, 8)
    emit_many(t, 1, 8)
    out = room(t)
    assert event_ring.drain(t.event, 2, 8, 3, out) == 6
    rows = out[: 6 * event_row.SLOT_WORDS].reshape(-1, event_row.SLOT_WORDS)
    assert list(rows[:, event_ring.ROW]) == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("slots", [2, 64, 4096])
def test_what_is_written_under_threads_is_read_or_counted_as_dropped(slots):
    t = tables(slots, workers=2)
    emit_many(t, 0, 0)
    writers = [threading.Thread(target=emit_many, args=(t, w, EVENTS)) for w in range(2)]
    for writer in writers:
        writer.start()
    out = room(t)
    got = []
    while any(w.is_alive() for w in writers):
        got.append(read(t, out))
    got.append(read(t, out))
    rows = np.concatenate(got)
    for worker in range(2):
        mine = rows[rows[:, event_ring.ROW] == worker]
        assert len(mine) + dropped(t, worker) == EVENTS
        assert len(mine) > 0
        numbers = mine[:, event_ring.NUMBER]
        assert (np.diff(numbers) > 0).all(), "not in order"
        assert (np.diff(mine[:, event_ring.TIME]) >= 0).all(), "time went back"
        for word, factor in ((event_ring.ACTOR, 1), (event_ring.OTHER, 3), (event_ring.MORE, 7)):
            assert (mine[:, word] == factor * numbers).all(), "an event is torn"


def test_every_so_many_th_message_becomes_an_event():
    every = 1 + secrets.randbelow(9)
    print(f"every {every}")
    t = tables(64, sample=every)
    sample_many(t, 40)
    got = read(t, room(t))
    assert list(got[:, event_ring.ACTOR]) == list(range(every - 1, 40, every))
    assert set(got[:, event_ring.MORE]) == {every}


def test_a_system_without_events_has_another_type_and_no_tables_for_them():
    off, on, sampled = tables(0), tables(2), tables(2, sample=3)
    assert (off.has_events, on.has_events, sampled.has_events) == ((), (1,), (1, 1))
    assert off.event.size == off.ending_reason.size == 0
    assert len({nb.typeof(t) for t in (off, on, sampled)}) == 3
