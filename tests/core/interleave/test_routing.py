import secrets

import pytest

from tests.explorer import explore, load_interpreted, sample, share

pytestmark = pytest.mark.long

UNCHECKED = (
    "            if atomics.load_relaxed(r.control, VERSION) == version:\n                return",
    "            if version >= 0:\n                return",
)
ODD_IGNORED = ("        if version & 1 == 0:\n", "        if version >= 0:\n")
NEVER_ODD = ("    atomics.store_relaxed(r.control, VERSION, version + 1)\n", "")
CACHE_UNCHECKED = ("r.cache[entry + SEEN] == atomics.load", "0 <= atomics.load")
EVEN_TOO_EARLY = (
    "    _place(r, key, ref)\n    if not known:\n        r.control[COUNT] += 1\n    _end(r, version)\n",
    "    _end(r, version)\n    _place(r, key, ref)\n",
)

# Four slots. A wants slot 0, B slot 1; C wants slot 0 and displaces B, D would be next.
A, B, C, D = 4, 5, 8, 12
REF = {A: 40, B: 50, C: 80, D: 120}


@pytest.fixture(scope="module")
def core():
    return load_interpreted()


def readers_beside(core, before, write, allowed, *, wanted=None, cached=False):
    """A reader of each key in wanted, while a writer changes a table that holds before."""

    def build():
        routes = core.directory.hash_table.new_routes(3, len(allowed))
        for key in before:
            assert core.directory.hash_table.insert(routes, key, REF[key])
        routes = share(routes)
        found = []

        def reader(worker, key):
            if cached:
                ref = core.directory.hash_table.lookup(routes, worker, key)
            else:
                ref = core.directory.hash_table.find(routes, key)
            found.append((key, ref))

        def check():
            for key, ref in found:
                assert ref in allowed[key], f"{key} led to {ref}, allowed are {allowed[key]}"

        readers = [lambda w=w, key=key: reader(w, key) for w, key in enumerate(wanted or allowed)]
        return [lambda: write(core.directory.hash_table, routes), *readers], check

    return build


def insert_c(routing, routes):
    assert routing.insert(routes, C, REF[C])


def remove_a(routing, routes):
    assert routing.remove(routes, A)


def swap_a_for_d(routing, routes):
    assert routing.remove(routes, A)
    assert routing.insert(routes, D, REF[D])


NONE = -1
INSERTED = ([A, B], insert_c, {B: {50}, C: {80, NONE}, A: {40}})
REMOVED = ([A, C, B], remove_a, {B: {50}, C: {80}, A: {40, NONE}})
SWAPPED = ([A, B, C], swap_a_for_d, {B: {50}, C: {80}, D: {120, NONE}})


@pytest.mark.parametrize("case", [INSERTED, REMOVED], ids=["insert", "remove"])
@pytest.mark.parametrize("cached", [False, True], ids=["find", "lookup"])
def test_a_reader_never_gets_a_wrong_ref_while_entries_move(core, case, cached):
    before, write, allowed = case
    for key in allowed:
        build = readers_beside(core, before, write, allowed, wanted=[key], cached=cached)
        assert explore(core, build, preemptions=3, delays=2).exhausted


@pytest.mark.parametrize("case", [INSERTED, REMOVED, SWAPPED], ids=["insert", "remove", "both"])
def test_three_readers_never_get_a_wrong_ref_on_random_schedules(core, case):
    found = sample(core, readers_beside(core, *case, cached=True), secrets.randbits(30), 1000)
    assert found.failure is None, found.failure


@pytest.mark.parametrize(
    ("mutation", "case"),
    [
        pytest.param(UNCHECKED, INSERTED, id="unchecked, insert"),
        pytest.param(UNCHECKED, REMOVED, id="unchecked, remove"),
        pytest.param(ODD_IGNORED, INSERTED, id="odd ignored, insert"),
        pytest.param(ODD_IGNORED, REMOVED, id="odd ignored, remove"),
        pytest.param(NEVER_ODD, INSERTED, id="never odd, insert"),
        pytest.param(NEVER_ODD, REMOVED, id="never odd, remove"),
        pytest.param(EVEN_TOO_EARLY, INSERTED, id="even too early, insert"),
    ],
)
def test_a_broken_sequence_lock_leads_a_reader_astray(mutation, case):
    before, write, allowed = case
    mutant = load_interpreted({"directory.hash_table": mutation})
    failures = [
        explore(mutant, readers_beside(mutant, before, write, allowed, wanted=[key])).failure
        for key in allowed
    ]
    assert any(failure is not None and "led to" in failure for failure in failures)


def told_of_a_change(core):
    """A reader that has looked before, and looks again once it knows of a new ref."""

    def build():
        routes = core.directory.hash_table.new_routes(3, 1)
        assert core.directory.hash_table.insert(routes, A, 1)
        routes = share(routes)
        told = core.directory.hash_table.COUNT + 1  # a word of control that nobody uses
        seen = []

        def writer():
            core.directory.hash_table.insert(routes, A, 2)
            core.memory.atomics.store_release(routes.control, told, 1)

        def reader():
            first = core.directory.hash_table.lookup(routes, 0, A)
            knows = core.memory.atomics.load_acquire(routes.control, told)
            seen.append((first, knows, core.directory.hash_table.lookup(routes, 0, A)))

        def check():
            ((first, knows, second),) = seen
            assert 1 <= first <= second <= 2
            assert second == 2 or not knows, "an answer of an earlier version"

        return [writer, reader], check

    return build


def test_whoever_knows_of_a_new_ref_gets_it_whatever_the_cache_held(core):
    assert explore(core, told_of_a_change(core), preemptions=3, delays=2).exhausted


def test_a_cache_without_versions_answers_with_what_was():
    mutant = load_interpreted({"directory.hash_table": CACHE_UNCHECKED})
    found = explore(mutant, told_of_a_change(mutant))
    assert found.failure is not None
    assert "an answer of an earlier version" in found.failure
