"""A function that calls itself without end has a fault before the stack is exhausted."""

import importlib.util
import os
import subprocess
import sys
import threading

import numba
import pytest
from zbench.core import behaviour
from zbench.core.compile.kernel import INTERPRETED

from tests.core.compile.guarded import run

pytestmark = [
    pytest.mark.compiles,
    pytest.mark.skipif(INTERPRETED, reason="Python counts its own frames"),
]


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path))


def of(source):
    space = {"behaviour": behaviour, "numba": numba}
    exec(source, space)
    return space["f"]


# Each returns 0 for 0, and never comes to 0 from above.
ENDLESS = {
    "behaviour": "@behaviour\ndef f(n): return f(n + 1) + 1 if n else 0",
    "njit": "@numba.njit\ndef f(n): return f(n + 1) + 1 if n else 0",
    "signature": "@numba.njit('int64(int64)')\ndef f(n): return f(n + 1) + 1 if n else 0",
    "another's": "@behaviour\ndef g(n): return f(n + 1) + 1 if n else 0\n"
    "@numba.njit\ndef f(n): return g(n + 1) + 1 if n else 0",
    "three": "@behaviour\ndef g(n): return h(n + 1) + 1 if n else 0\n"
    "@behaviour\ndef h(n): return f(n + 1) + 1 if n else 0\n"
    "@behaviour\ndef f(n): return g(n + 1) + 1 if n else 0",
    "below": "@numba.njit\ndef g(n): return g(n + 1) + 1 if n else 0\n"
    "@behaviour\ndef f(n): return g(n)",
    "defaults": "@behaviour\ndef f(n, by=1): return f(n + by) + 1 if n else 0",
    "loop at the start": "@behaviour\ndef f(n):\n while n:\n  n += 1\n  return f(n) + 1\n return 0",
    "stars": "@behaviour\ndef f(*n): return f(n[0] + 1) + 1 if n[0] else 0",
}


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("how", ENDLESS)
def test_an_endless_recursion_is_an_error_that_names_the_function(how, checked):
    f = of(ENDLESS[how])
    error = run(f, 1, checked=checked)
    assert isinstance(error, RecursionError)
    assert "stack exhausted in " in str(error)
    assert run(f, 0, checked=checked) == 0


def test_a_second_copy_of_the_module_checks_the_same_threads():
    spec = importlib.util.find_spec("zbench.core.compile.stack_check")
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    f = of(ENDLESS["behaviour"])
    assert isinstance(run(f, 1), RecursionError)


def test_a_recursion_with_an_end_has_its_result():
    f = of("@behaviour\ndef f(n): return n if n < 2 else f(n - 1) + f(n - 2)")
    assert run(f, 20) == 6765


@pytest.mark.parametrize(
    ("functions", "result"),
    [
        ("@behaviour\ndef g(n, by): return g(n - 1, 1) + by if n else 0", 5),
        (
            "@behaviour\ndef g(n, by): return h(n - 1, 2) + by if n else 0\n"
            "@behaviour\ndef h(n, by): return g(n - 1, 3) * by if n else 1",
            11,
        ),
    ],
    ids=["itself", "each other"],
)
def test_a_recursion_with_a_constant_as_an_argument_has_its_result(functions, result):
    f = of(functions + "\n@behaviour\ndef f(n): return g(n, n)")
    assert run(f, 3) == result


def test_a_deep_recursion_has_its_result():
    f = of("@behaviour\ndef f(n): return f(n - 1) + 1 if n else 0")
    assert run(f, 10_000) == 10_000


def test_a_small_stack_is_enough_for_some_calls_and_not_for_all():
    f = of("@behaviour\ndef f(n): return f(n - 1) + 1 if n else 0")
    before = threading.stack_size(256 * 1024)
    try:
        assert run(f, 100) == 100
        assert isinstance(run(f, 1_000_000), RecursionError)
    finally:
        threading.stack_size(before)


def test_a_function_that_was_compiled_before_is_checked_and_its_own_code_stays():
    f = of("@numba.njit\ndef f(n): return f(n + 1) + 1 if n else 0")
    assert f(0) == 0
    (before,) = f.overloads.values()
    assert isinstance(run(f, 1, checked=False), RecursionError)
    assert list(f.overloads.values()) == [before]


KEPT = """
from tests.core.compile.test_stack_check import ENDLESS, of
from tests.core.compile.guarded import run
from zbench.core.compile import renewal

for how, source in ENDLESS.items():
    print(type(run(of(source), 1)).__name__, flush=True)
print(renewal.compiled_functions())
"""


def test_kept_machine_code_finds_the_limit_and_the_functions_of_another_process():
    runs = [
        subprocess.run(
            [sys.executable, "-c", KEPT], capture_output=True, text=True, timeout=120,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        for _ in range(2)
    ]  # fmt: skip
    (*first, compiled), (*later, none) = (done.stdout.split() for done in runs)
    assert set(first) == set(later) == {"RecursionError"}
    assert len(first) == len(later) == len(ENDLESS)
    assert int(compiled) > 0
    assert int(none) == 1  # by its decorator, for its signature


BOTH = """
@{one}
def g(n): return h(n - 1) + 1 if n else 0
@{other}
def h(n): return g(n - 1) + 1 if n else 0
@behaviour
def f(n): return g(n) + h(n)
"""


@pytest.mark.parametrize("other", ["behaviour", "numba.njit"])
@pytest.mark.parametrize("one", ["behaviour", "numba.njit"])
def test_functions_that_call_each_other_may_both_be_called_by_others(one, other):
    f = of(BOTH.format(one=one, other=other))
    assert run(f, 10, checked=False) == 20
    assert isinstance(run(f, -1, checked=False), RecursionError)
