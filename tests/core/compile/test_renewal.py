"""Functions whose globals have changed are compiled anew, and no others."""

import os
import subprocess
import sys

import numba
import pytest
from zbench.core.compile import renewal
from zbench.core.compile.kernel import INTERPRETED, cached_kernel, kernel

pytestmark = pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")


def test_only_what_has_changed_is_compiled_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path))
    space = {"kernel": kernel, "LIMIT": 10}
    exec(
        "@kernel\ndef changes(): return LIMIT\n@kernel\ndef stays(): return 1\n"
        "def f(): return changes() + stays()\n",
        space,
    )
    assert cached_kernel(space["f"])() == 11
    (kept,) = space["stays"]._dispatcher.overloads.values()
    (old,) = space["changes"]._dispatcher.overloads.values()
    space["LIMIT"] = 20
    assert cached_kernel(space["f"])() == 21
    assert list(space["stays"]._dispatcher.overloads.values()) == [kept]
    assert list(space["changes"]._dispatcher.overloads.values()) != [old]


def test_a_function_compiled_before_a_change_by_somebody_else_is_compiled_anew(
    tmp_path, monkeypatch
):
    """Compiled from 10, and for another type from 20; then the global is 10 again."""
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path))
    space = {"kernel": kernel, "LIMIT": 10}
    exec(
        "@kernel\ndef g(x): return x + LIMIT\ndef f(): return g(1)\ndef h(): return g(1.0)\n",
        space,
    )
    assert cached_kernel(space["f"])() == 11
    space["LIMIT"] = 20
    space["g"]._dispatcher.compile("float64(float64)")
    space["LIMIT"] = 10
    assert cached_kernel(space["h"])() == 11.0


WITHOUT_A_DIGEST = {
    "the function": "@kernel\ndef g():\n    if False:\n        return ODD\n    return LIMIT\n"
    "def f(): return g()\n",
    "its caller": "@kernel\ndef g(): return LIMIT\n"
    "def f():\n    if False:\n        return ODD\n    return g()\n",
}


@pytest.mark.parametrize("odd", WITHOUT_A_DIGEST)
def test_what_has_no_digest_or_stands_beside_it_is_compiled_anew(odd, tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr("zbench.core.compile.machine_code_cache.warn_once", lambda _: None)
    space = {"kernel": kernel, "ODD": object(), "LIMIT": 10}
    exec(WITHOUT_A_DIGEST[odd], space)
    assert cached_kernel(space["f"])() == 10
    space["LIMIT"] = 20
    assert cached_kernel(space["f"])() == 20


CORE = """
from zbench.core.compile import renewal
from zbench.core.compile.kernel import cached_kernel
from zbench.core.metrics.clock import to_ns

LIMIT = 10
def users():
    return LIMIT

@cached_kernel
def f():
    return to_ns(1, 1 << 24)

f()
renewal.renew([], [users])
print(len(to_ns._dispatcher.overloads))
renewal.renew([], [users])
print(len(to_ns._dispatcher.overloads))
LIMIT = 20
renewal.renew([], [users])
print(len(to_ns._dispatcher.overloads))
"""


def test_the_cores_kernels_are_compiled_anew_when_a_registered_kernel_has_changed(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", CORE],
        env={**os.environ, "ZBENCH_CACHE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["1", "1", "0"]


def test_compiled_functions_are_counted():
    before = renewal.compiled_functions()
    made = kernel(lambda x: x + 1)
    assert made._dispatcher.compile("int64(int64)")
    assert renewal.compiled_functions() == before + 1


def test_functions_with_signatures_that_call_each_other_are_compiled_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path))
    space = {"numba": numba, "LIMIT": 10}
    exec(
        "@numba.njit('int64()')\ndef h(): return LIMIT\n"
        "@numba.njit('int64()')\ndef g(): return h()\n"
        "def f(): return g()\n",
        space,
    )
    assert cached_kernel(space["f"])() == 10
    space["LIMIT"] = 20
    assert cached_kernel(space["f"])() == 20
