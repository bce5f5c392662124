"""What behaviours reach has checks in checked mode, and nowhere else."""

import threading
import types
from collections import namedtuple

import numba
import numpy as np
import pytest
from numba.extending import overload
from zbench.core import behaviour
from zbench.core.compile import renewal
from zbench.core.compile.guards import Guards
from zbench.core.compile.kernel import INTERPRETED, cached_kernel
from zbench.core.metrics.clock import to_ns

from tests.core.compile.guarded import call, compiled, run

pytestmark = [
    pytest.mark.compiles,
    pytest.mark.skipif(INTERPRETED, reason="nothing is compiled"),
]

ROWS = np.arange(24)
OWN = ROWS[8:16]  # as an actor's state, with neighbours at both sides


def of(source, **names):
    """The function f of a source text, decorated as a behaviour."""
    space = {"behaviour": behaviour, "numba": numba, **names}
    exec(source, space)
    return behaviour(space["f"])


GET = "def get(w, i): return w[i]\n"
CALLS = "def f(w, i): return get(w, i)"
MODULE = types.ModuleType("shelf")
exec(f"import numba\n@numba.njit\n{GET}", vars(MODULE))


def plain(w, i):
    raise NotImplementedError


@overload(plain)
def _plain(w, i):
    def impl(w, i):
        return w[i]

    return impl


def closure():
    @numba.njit  # noqa: TID251  as users do
    def get(w, i):
        return w[i]

    def f(w, i):
        return get(w, i)

    return f


PAIR = namedtuple("PAIR", "get other")
HELPERS = {
    "none": of("def f(w, i): return w[i]"),
    "behaviour": of(f"@behaviour\n{GET}{CALLS}"),
    "njit": of(f"@numba.njit\n{GET}{CALLS}"),
    "njit with a signature": of(f"@numba.njit('int64(int64[::1], int64)')\n{GET}{CALLS}"),
    "signatures in two levels": of(
        f"@numba.njit('int64(int64[::1], int64)')\n{GET}"
        "@numba.njit('int64(int64[::1], int64)')\ndef g(w, i): return get(w, i)\n"
        "def f(w, i): return g(w, i)"
    ),
    "inlined": of(f"@numba.njit(inline='always')\n{GET}{CALLS}"),
    "cached kernel": of(f"@cached_kernel\n{GET}{CALLS}", cached_kernel=cached_kernel),
    "attribute of a module": of("def f(w, i): return shelf.get(w, i)", shelf=MODULE),
    "tuple": of(f"@numba.njit\n{GET}pair = (get, 1)\ndef f(w, i): return pair[0](w, i)"),
    "named tuple": of(
        f"@behaviour\n{GET}pair = PAIR(get, 1)\ndef f(w, i): return pair.get(w, i)", PAIR=PAIR
    ),
    "cell of a closure": behaviour(closure()),
    "function inside": of("def f(w, i):\n def get(k): return w[k]\n return get(i)"),
    "argument": of(
        f"@numba.njit\n{GET}@numba.njit\ndef g(h, w, i): return h(w, i)\n"
        "def f(w, i): return g(get, w, i)"
    ),
    "function inside as an argument": of(
        "@numba.njit\ndef g(h, w, i): return h(w, i)\n"
        "def f(w, i):\n def get(w, i): return w[i]\n return g(get, w, i)"
    ),
    "overload": of("def f(w, i): return plain(w, i)", plain=plain),
    "part": of(f"@behaviour\n{GET}def f(w, i): return get(w[2:8], i - 2)"),
    "default": of(f"@numba.njit\n{GET}def f(w, i, g=get): return get(w, i)"),
    "two levels": of(
        f"@numba.njit\n{GET}@behaviour\ndef g(w, i): return get(w, i)\ndef f(w, i): return g(w, i)"
    ),
    "recursive": of(
        f"@behaviour\n{GET}@behaviour\ndef g(w, i): return g(w, i - 100) if i >= 100 else get(w, i)"
        "\ndef f(w, i): return g(w, i)"
    ),
}


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path))


@pytest.mark.parametrize("how", HELPERS)
def test_an_index_out_of_range_is_found_in_every_function_that_is_reached(how):
    f = HELPERS[how]
    made = compiled(f, OWN, 0, checked=True)
    assert call(made, OWN, 7) == 15
    assert isinstance(call(made, OWN, 8), IndexError)
    # Unchecked, it is the neighbour's.
    assert run(f, OWN, 8, checked=False) == 16


@pytest.mark.parametrize("index", [-9, 8, 2**62, -(2**63)])
def test_an_index_is_checked_at_both_ends(index):
    assert isinstance(run(HELPERS["njit"], OWN, index), IndexError)


def test_an_index_from_the_end_is_none_out_of_range():
    assert run(HELPERS["njit"], OWN, -8) == 8


@pytest.mark.parametrize("text", ["w[i, 0]", "w[0, i]", "w[0][i]", "w[0:2, 0][i]"])
def test_every_axis_of_an_array_is_checked(text):
    f = of(f"@numba.njit\ndef get(w, i): return {text}\n{CALLS}")
    assert isinstance(run(f, np.zeros((3, 3), np.int64), 3), IndexError)


def test_a_global_array_is_checked():
    f = of(f"@numba.njit\ndef get(w, i): return TABLE[i]\n{CALLS}", TABLE=ROWS.copy())
    assert isinstance(run(f, OWN, 24), IndexError)


@pytest.mark.parametrize("text", ["w[7] // i", "w[7] % i", "w[7] / i", "divmod(w[7], i)[0]"])
@pytest.mark.parametrize("decorator", ["numba.njit", "behaviour"])
def test_a_division_by_zero_in_a_helper_is_found(text, decorator):
    f = of(f"@{decorator}\ndef get(w, i): return {text}\n{CALLS}")
    assert isinstance(run(f, OWN, 0), ZeroDivisionError)


def test_a_write_out_of_range_changes_nothing():
    f = of("@behaviour\ndef put(w, i): w[i] = 77\ndef f(w, i): put(w, i)")
    rows = ROWS.copy()
    assert isinstance(run(f, rows[8:16], 12), IndexError)
    assert np.array_equal(rows, ROWS)


@pytest.mark.parametrize(
    "decorator", ["numba.njit", "numba.njit('int64(int64[::1], int64)')", "cached_kernel"]
)
def test_a_helper_is_not_checked_outside_and_keeps_its_machine_code(decorator):
    f = of(f"@{decorator}\n{GET}{CALLS}", cached_kernel=cached_kernel)
    helper = f.py_func.__globals__["get"]
    assert helper(OWN, 8) == 16
    before = dict(helper.overloads), helper.targetoptions, helper._can_compile
    assert isinstance(run(f, OWN, 8), IndexError)
    assert (dict(helper.overloads), helper.targetoptions, helper._can_compile) == before
    assert helper(OWN, 8) == 16
    assert run(f, OWN, 8, checked=False) == 16
    assert isinstance(run(f, OWN, 8), IndexError)


def test_a_helper_compiled_later_has_no_checks():
    f = HELPERS["njit"]
    helper = f.py_func.__globals__["get"]
    short = OWN.astype(np.int32)
    assert isinstance(run(f, short, 8), IndexError)
    assert helper.py_func is not None
    assert not any(arguments[0].dtype == numba.int32 for arguments in helper.overloads)
    helper(short, 8)
    assert helper._compiler.targetoptions.get("boundscheck") is None


def test_numbas_own_cache_neither_gives_code_without_checks_nor_gets_code_with_them(tmp_path):
    path = tmp_path / "shelf.py"
    path.write_text(f"import numba\n@numba.njit(cache=True)\n{GET}")
    space = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    helper = space["get"]
    assert helper(OWN, 8) == 16
    assert isinstance(run(of(CALLS, get=helper), OWN, 8), IndexError)
    assert helper(OWN, 8) == 16
    again = {}
    exec(compile(path.read_text(), str(path), "exec"), again)
    assert again["get"](OWN, 8) == 16


def test_machine_code_is_put_back_after_an_error():
    f = of(f"@numba.njit\n{GET}def f(w, i): return get(w, i).nothing")
    helper = f.py_func.__globals__["get"]
    helper(OWN, 0)
    before = dict(helper.overloads)
    with pytest.raises(numba.core.errors.TypingError):
        compiled(f, OWN, 0, checked=True)
    assert dict(helper.overloads) == before
    assert helper._compiler.targetoptions.get("boundscheck") is None


def test_a_program_without_guards_uses_the_machine_code_that_there_is():
    f = of(f"@numba.njit\n{GET}{CALLS}")
    helper = f.py_func.__globals__["get"]
    helper(OWN, 0)
    (before,) = helper.overloads.values()
    counted = renewal.compiled_functions()
    assert run(f, OWN, 7, checked=False) == 15
    assert list(helper.overloads.values()) == [before]
    assert renewal.compiled_functions() == counted + 2  # f and its caller


def test_kept_machine_code_has_its_checks_and_compiles_nothing():
    f = HELPERS["njit with a signature"]
    assert isinstance(run(f, OWN, 8), IndexError)
    counted = renewal.compiled_functions()
    assert isinstance(run(f, OWN, 8), IndexError)
    assert renewal.compiled_functions() == counted


def test_a_kernel_of_a_mailbox_shares_a_helper_and_has_no_checks_later():
    f = HELPERS["njit"]
    helper = f.py_func.__globals__["get"]
    kernel = of(CALLS, get=helper)
    dispatcher = to_ns._dispatcher  # one of the core's
    cached_kernel(lambda: to_ns(1, 1 << 24))()
    assert dispatcher.overloads
    assert isinstance(run(f, OWN, 8, kernels=[kernel]), IndexError)
    assert not dispatcher.overloads  # compiled anew, whatever they called meanwhile
    assert run(kernel, OWN, 8, checked=False) == 16


@pytest.mark.parametrize("decorator", ["numba.njit", "numba.njit('int64(int64[::1], int64)')"])
def test_a_thread_that_calls_a_helper_meanwhile_has_its_result(decorator):
    f = of(f"@{decorator}\n{GET}{CALLS}")
    helper = f.py_func.__globals__["get"]
    helper(OWN, 0)
    found = []
    thread = threading.Thread(target=lambda: found.append(helper(OWN, 7)))
    guards = Guards([f], [], checked=True)
    with guards:
        guards.begin()
        thread.start()
        thread.join(0.1)
    thread.join()
    assert found == [15]
    assert helper(OWN, 8) == 16
