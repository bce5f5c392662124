"""Routes and directory against a plain dictionary, and with readers beside a writer."""

import os
import random
import secrets
import threading

import numpy as np
import pytest
from zbench.core.compile.kernel import INTERPRETED, cached_kernel
from zbench.core.directory import hash_table
from zbench.core.directory.directory import Directory
from zbench.core.errors import DirectoryError
from zbench.core.memory.layout.lines import NONE

from tests.core.inspected import compiled_here

STEPS = 2000
ROUNDS = int(os.environ.get("ZBENCH_STRESS_ROUNDS", "6"))
LOOKUPS = 500 if INTERPRETED else 2_000_000
CHANGES = 20 if INTERPRETED else 2000
KEY_OF_PRINTER = -8457425069070103652


@pytest.fixture
def pick():
    seed = secrets.randbits(30)
    print(f"seed {seed}")
    return random.Random(seed)


def ref_of_key(key):
    return key & ((1 << 62) - 1)


def entries(r):
    """Slot, key and ref of every entry, after a look at the table's invariants."""
    keys, refs = r.slots[::2].tolist(), r.slots[1::2].tolist()
    taken = [slot for slot, key in enumerate(keys) if key != hash_table.EMPTY]
    assert r.control[hash_table.COUNT] == len(taken) <= hash_table.room(r)
    assert r.control[hash_table.VERSION] % 2 == 0
    for slot in taken:
        distance = (slot - keys[slot]) & r.mask
        before = (slot - 1) & r.mask
        nearer = (before - keys[before]) & r.mask if keys[before] else -1
        assert distance <= nearer + 1, f"the entry in slot {slot} should lie further ahead"
    return [(slot, keys[slot], refs[slot]) for slot in taken]


@pytest.mark.parametrize("homes", [[0], [7, 0], [0, 1, 6, 7], range(8)], ids=str)
@pytest.mark.parametrize("capacity", [1, 3, 7, 14])
def test_routes_do_what_a_dictionary_does(pick, capacity, homes):
    r, plain = hash_table.new_routes(capacity, 2), {}
    # Few homes, so that runs are long, are displaced, and wrap around the end.
    keys = [(n << 8 | home) * pick.choice([1, -1]) for home in homes for n in range(1, 7)]
    for step in range(STEPS // 4):
        key = pick.choice(keys)
        if pick.random() < 0.6:
            fits = key in plain or len(plain) < hash_table.room(r)
            assert bool(hash_table.insert(r, key, step)) == fits
            if fits:
                plain[key] = step
        else:
            assert bool(hash_table.remove(r, key)) == (plain.pop(key, None) is not None)
        assert {k: ref for _, k, ref in entries(r)} == plain
        for wanted in pick.choices(keys, k=4):
            assert hash_table.lookup(r, step % 2, wanted) == plain.get(wanted, NONE)
            assert hash_table.find(r, wanted) == plain.get(wanted, NONE)


def test_caches_hold_no_answer_of_an_earlier_version(pick):
    r, plain = hash_table.new_routes(1000, 3), {}
    # More names than a cache has entries, and several for each entry.
    keys = [pick.getrandbits(62) << 1 | 1 for _ in range(800)]
    for step in range(STEPS):
        if step % 10 == 0:
            key = pick.choice(keys)
            if key in plain and pick.random() < 0.5:
                del plain[key]
                assert hash_table.remove(r, key)
            else:
                plain[key] = step
                assert hash_table.insert(r, key, step)
        wanted = pick.choice(keys[:20] if step % 3 else keys)
        assert hash_table.lookup(r, pick.randrange(3), wanted) == plain.get(wanted, NONE)


def test_the_key_of_no_name_is_never_found():
    r = hash_table.new_routes(3, 1)
    for key in (4, 8, 5):
        assert hash_table.lookup(r, 0, 0) == hash_table.find(r, 0) == NONE
        assert hash_table.insert(r, key, 7)
    assert hash_table.remove(r, 4)
    assert hash_table.lookup(r, 0, 0) == hash_table.find(r, 0) == NONE


def test_a_reader_says_busy_rather_than_guess_while_a_writer_is_at_work():
    r = hash_table.new_routes(3, 1)
    assert hash_table.insert(r, 5, 7)
    r.control[hash_table.VERSION] += 1
    assert hash_table.find(r, 5) == hash_table.lookup(r, 0, 5) == hash_table.BUSY
    r.control[hash_table.VERSION] += 1
    assert hash_table.find(r, 5) == hash_table.lookup(r, 0, 5) == 7


@pytest.mark.parametrize("capacity", [1, 2, 3, 7, 8, 14, 15, 4096])
def test_there_is_room_for_the_capacity_and_always_a_free_slot(capacity):
    r = hash_table.new_routes(capacity, 1)
    assert capacity <= hash_table.room(r) < r.mask + 1
    assert hash_table.room(hash_table.new_routes(hash_table.room(r), 1)) == hash_table.room(r)


@cached_kernel
def hammer(routes, worker, keys, permanent, lookups, counts):
    """Look keys up one after the other; count found, absent, busy and wrong answers."""
    step = 2 * worker + 1
    for n in range(lookups):
        k = (n * step) % len(keys)
        uncached = n & 1
        ref = (
            hash_table.find(routes, keys[k])
            if uncached
            else hash_table.lookup(routes, worker, keys[k])
        )
        if ref == keys[k] & ((1 << 62) - 1):
            counts[0] += 1
        elif ref == hash_table.NONE and k >= permanent:
            counts[1] += 1
        elif ref == hash_table.BUSY:
            counts[2] += 1
        else:
            counts[3] += 1


@pytest.mark.parametrize("capacity", [14, 448])
def test_readers_find_every_name_that_stays_while_others_come_and_go(pick, capacity):
    workers = 2
    r = hash_table.new_routes(capacity, workers)
    keys = np.array([pick.getrandbits(62) << 1 | 1 for _ in range(capacity)], np.int64)
    permanent = capacity // 2
    there = {int(key): ref_of_key(int(key)) for key in keys[:permanent]}
    for key, ref in there.items():
        assert hash_table.insert(r, key, ref)
    counts = np.zeros((workers, 4), np.int64)
    hammer(r, 0, keys, permanent, 0, counts[0])
    for _ in range(ROUNDS):
        readers = [
            threading.Thread(target=hammer, args=(r, w, keys, permanent, LOOKUPS, counts[w]))
            for w in range(workers)
        ]
        for reader in readers:
            reader.start()
        changes = 0
        while changes < CHANGES or any(reader.is_alive() for reader in readers):
            key = int(keys[pick.randrange(permanent, capacity)])
            if there.pop(key, None) is None:
                there[key] = ref_of_key(key)
                assert hash_table.insert(r, key, there[key])
            else:
                assert hash_table.remove(r, key)
            changes += 1
        for reader in readers:
            reader.join()
    assert counts.sum() == workers * ROUNDS * LOOKUPS, "found + absent + busy = looked up"
    assert counts[:, 3].sum() == 0, "a wrong ref, or a name that stays was not found"
    assert {k: ref for _, k, ref in entries(r)} == there


def by_find(routes):
    return hash_table.find(routes, 5)


def by_insert(routes):
    return hash_table.insert(routes, 5, 7)


@pytest.mark.skipif(INTERPRETED, reason="there is no machine code to look at")
def test_a_reader_has_no_fence_and_a_writer_one_before_its_words():
    texts = []
    for function in (by_find, by_insert):
        compiled = compiled_here(function)
        compiled(hash_table.new_routes(3, 1))
        (text,) = compiled.inspect_llvm().values()
        texts.append(text)
    reader, writer = texts
    assert "fence" not in reader
    assert "load atomic i64" in reader
    assert "fence seq_cst" in writer


def test_a_directory_does_what_a_dictionary_does(pick):
    directory, plain = Directory(60, 1), {}
    for step in range(STEPS // 4):
        name = f"actor {pick.randrange(60)}"
        what = pick.choice(["register", "register", "move", "unregister"])
        if what == "unregister":
            if name in plain:
                directory.unregister(name)
                del plain[name]
        elif name not in plain or what == "move":
            directory.register(name, step, replace=what == "move")
            plain[name] = step
        wanted = f"actor {pick.randrange(60)}"
        assert directory.lookup(wanted) == plain.get(wanted)
        assert directory.names() == sorted(plain)
        key = directory.key(wanted)
        assert hash_table.lookup(directory.tables, 0, key) == plain.get(wanted, NONE)


def test_the_key_of_a_name_is_the_same_for_ever_and_never_zero():
    assert Directory.key("printer") == KEY_OF_PRINTER
    assert Directory.key("Zähler") != Directory.key("Zahler")
    assert len({Directory.key(str(n)) for n in range(5000)} | {0}) == 5001


def test_a_full_directory_says_so_in_one_line():
    directory = Directory(7, 1)
    for n in range(7):
        directory.register(str(n), n)
    with pytest.raises(DirectoryError, match=r"^no room for '7': 7 names fill 7/8 of 8 slots; .*$"):
        directory.register("7", 7)
    directory.register("6", 60, replace=True)
    directory.unregister("0")
    directory.register("7", 7)
    assert (directory.lookup("6"), directory.lookup("0"), directory.lookup("7")) == (60, None, 7)


def test_two_names_of_one_key_are_refused_and_never_mistaken():
    class ByLength(Directory):
        @staticmethod
        def key(name):
            return len(name)

    directory = ByLength(7, 1)
    directory.register("one", 1)
    with pytest.raises(DirectoryError, match="'two' has the same key as 'one', 3"):
        directory.register("two", 2)
    with pytest.raises(DirectoryError, match="'two' is not registered"):
        directory.unregister("two")
    assert directory.lookup("two") is None
    assert directory.lookup("one") == 1


def test_a_directory_refuses_what_makes_no_sense():
    directory = Directory(7, 1)
    directory.register("one", 1)
    with pytest.raises(DirectoryError, match="'one' is registered already"):
        directory.register("one", 2)
    assert directory.lookup("one") == 1
    with pytest.raises(DirectoryError, match="'two' is not registered"):
        directory.unregister("two")
    with pytest.raises(ValueError, match="a name must not be empty"):
        directory.register("", 1)
    with pytest.raises(ValueError, match=r"ref must be 0 to 2\*\*63 - 1, got -1"):
        directory.register("two", -1)
    with pytest.raises(ValueError, match="capacity must be 1 to 16777216, got 0"):
        Directory(0, 1)
    with pytest.raises(ValueError, match="workers must be 1 to 256, got 257"):
        Directory(1, 257)


def test_threads_register_each_its_own_names():
    directory, each = Directory(400, 1), 100

    def register(who):
        for n in range(each):
            directory.register(f"{who}/{n}", who * each + n)
            if n % 2:
                directory.unregister(f"{who}/{n}")

    threads = [threading.Thread(target=register, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(directory.names()) == 4 * each // 2
    for name in directory.names():
        who, n = map(int, name.split("/"))
        assert directory.lookup(name) == who * each + n
    assert len(entries(directory.tables)) == 4 * each // 2
