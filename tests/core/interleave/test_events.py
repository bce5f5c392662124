"""A worker that writes events and a reader, under every schedule within bounds."""

import secrets

import pytest

from tests.explorer import explore, load_interpreted, sample, share

FILL = "    event[slot + KIND] = kind\n"
COPY = "        for position in range(head, end):\n"

PUBLISHED_TOO_EARLY = (
    FILL,
    "    atomics.store_relaxed(event, base + event_row.TAIL, tail + 1)\n" + FILL,
)
ONE_TOO_MANY = (
    "event_row.HEAD_SEEN] == slots:\n        # acquire",
    "event_row.HEAD_SEEN] == slots + 1:\n        # acquire",
)
FREED_TOO_EARLY = (
    COPY,
    "        atomics.store_release(event, base + event_row.HEAD, end)\n        atomics.fence()\n"
    + COPY,
)
UNCOUNTED = ("event_row.DROPPED, dropped + 1)", "event_row.DROPPED, dropped)")


pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def core():
    return load_interpreted()


def ring_case(core, events=4, slots=2, looks=3):
    """A worker that emits events, and a reader that looks a few times, then once more."""

    def build():
        layout = core.memory.layout
        t = share(
            core.system.allocation.new_tables(
                workers=1, actors=64, rings=64, ring_slots=2, state_words=1, event_slots=slots
            )
        )
        got = []

        def read():
            out = [0] * (2 * slots * layout.event_row.SLOT_WORDS)
            taken = core.events.event_ring.drain(t.event, 2, slots, slots, out)
            words = layout.event_row.SLOT_WORDS
            got.extend(out[k * words : (k + 1) * words] for k in range(taken))

        def writer():
            for k in range(events):
                core.events.event_ring.emit(t, 0, k % 5, 10 * k, 100 * k, k, -k)

        def reader():
            for _ in range(looks):
                read()

        def check():
            read()
            read()
            dropped = t.event[layout.event_row.DROPPED]
            assert len(got) + dropped == events, "an event is lost"
            numbers = [row[core.events.event_ring.NUMBER] for row in got]
            assert numbers == sorted(set(numbers)), f"not in order: {numbers}"
            for row in got:
                k = row[core.events.event_ring.NUMBER]
                words = [row[w] for w in (0, 2, 3, 4, 5, 7)]
                assert words == [k % 5, 10 * k, 100 * k, k, -k, 0], f"event {k} is torn"

        return [writer, reader], check

    return build


def test_events_come_whole_in_order_and_none_is_lost_uncounted(core):
    assert explore(core, ring_case(core), preemptions=2, delays=2).exhausted
    found = sample(core, ring_case(core, events=9, looks=6), secrets.randbits(30), 1000)
    assert found.failure is None, found.failure


@pytest.mark.parametrize(
    ("mutation", "what"),
    [
        pytest.param(PUBLISHED_TOO_EARLY, "event", id="published before it is filled"),
        pytest.param(ONE_TOO_MANY, "event", id="one more than there is room for"),
        pytest.param(FREED_TOO_EARLY, "event", id="freed before it is copied"),
        pytest.param(UNCOUNTED, "an event is lost", id="drops not counted"),
    ],
)
def test_without_its_order_the_ring_breaks(mutation, what):
    mutant = load_interpreted({"events.event_ring": mutation})
    found = explore(mutant, ring_case(mutant), preemptions=3, delays=2)
    assert found.failure is not None
    assert found.failure.startswith("AssertionError")
    assert what in found.failure
