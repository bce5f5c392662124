"""The digest changes with every constant that numba freezes, however it is reached."""

import ctypes
import subprocess
import sys
import threading
import types

import numpy as np
import pytest
from zbench.core.compile import frozen

from tests.core.compile import ways

ONCE = {**ways.REBINDS, **ways.DIGESTED}


def plain(function):
    return getattr(function, "py_func", function)


def module_of(source, monkeypatch, decorate="@kernel"):
    """A module of that source, beside a package pk with a module c."""
    package, c = types.ModuleType("pk"), types.ModuleType("pk.c")
    package.LIMIT = c.LIMIT = 10
    package.c = c
    monkeypatch.setitem(sys.modules, "pk", package)
    monkeypatch.setitem(sys.modules, "pk.c", c)
    made = types.ModuleType("way")
    monkeypatch.setitem(sys.modules, "way", made)
    begin = "from zbench.core.compile.kernel import kernel\n"
    made.plain = plain
    exec(compile(begin + source.replace("DECORATE", decorate), "way.py", "exec"), vars(made))
    return made


@pytest.mark.parametrize("way", ONCE)
def test_the_digest_follows_a_constant_and_comes_back_with_it(way, monkeypatch):
    source, change = ONCE[way]
    made = module_of(source, monkeypatch)
    before = frozen.digest(made.f)
    assert frozen.digest(made.f) == before
    exec(change.replace("DECORATE", "@kernel"), vars(made))
    assert frozen.digest(made.f) != before
    assert frozen.digest(module_of(source, monkeypatch).f) == before


@pytest.mark.parametrize("way", ways.EDITS)
def test_the_digest_follows_the_bytecode_and_not_the_file(way, monkeypatch):
    source, edited = ways.EDITS[way]
    digests = [frozen.digest(module_of(text, monkeypatch).f) for text in (source, edited, source)]
    assert digests[0] == digests[2]
    assert digests[0] != digests[1]


PRINT = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.core.compile import test_frozen
import pytest
with pytest.MonkeyPatch.context() as patch:
    for way, (source, _) in test_frozen.ONCE.items():
        print(way, test_frozen.frozen.digest(test_frozen.module_of(source, patch).f))
"""


def test_every_digest_is_the_same_in_processes_with_other_hashes_and_addresses(request):
    def digests(seed):
        command = [sys.executable, "-c", PRINT, str(request.config.rootpath)]
        done = subprocess.run(
            command, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    first = digests("1")
    assert first.count("\n") == len(ONCE)
    assert first == digests("2")


class Own:
    """An object that nothing tells how to hash."""


@pytest.mark.parametrize(
    "value",
    [Own(), threading.Lock(), ctypes.c_int(3), iter([]), [Own()], (1, (Own(),)), {"a": Own()}],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_hashed_is_named(value):
    def f():
        return value

    with pytest.raises(frozen.UnhashableError, match=r"^value.*\("):
        frozen.digest(f)


def test_an_array_of_objects_cannot_be_hashed():
    held = np.array([None, 1], dtype=object)
    with pytest.raises(frozen.UnhashableError, match="held"):
        frozen.digest(lambda: held)


def test_an_object_that_holds_itself_has_a_digest_and_a_very_deep_one_has_none():
    around = [1]
    around.append(around)

    def f():
        return around

    before = frozen.digest(f)
    assert frozen.digest(f) == before
    around[0] = 2
    assert frozen.digest(f) != before
    for _ in range(100_000):
        around = [around]
    with pytest.raises(frozen.UnhashableError, match="deep"):
        frozen.digest(f)


def test_an_attribute_of_a_module_that_no_function_reads_changes_nothing(monkeypatch):
    made = module_of(*("from pk import c\nDECORATE\ndef f():\n    return c.LIMIT\n",), monkeypatch)
    before = frozen.digest(made.f)
    made.c.other = Own()
    made.other = Own()
    assert frozen.digest(made.f) == before


def test_a_users_module_that_is_named_like_one_of_pythons_is_read(tmp_path, monkeypatch):
    """A file random.py beside the program, which hides Python's."""
    digests = []
    for limit in (10, 20):
        shadow = types.ModuleType("random")
        shadow.__file__ = str(tmp_path / "random.py")
        monkeypatch.setitem(sys.modules, "random", shadow)
        exec(f"LIMIT = {limit}\ndef f():\n    return LIMIT\n", vars(shadow))
        digests.append(frozen.digest(shadow.f))
    assert digests[0] != digests[1]


def test_the_place_in_the_file_counts_since_faults_name_it(monkeypatch):
    source = "DECORATE\ndef f():\n    raise ValueError('a')\n"
    moved = frozen.digest(module_of("\n" + source, monkeypatch).f)
    assert moved != frozen.digest(module_of(source, monkeypatch).f)
