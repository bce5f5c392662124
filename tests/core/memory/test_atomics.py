"""Each atomic becomes one LLVM instruction of the order its docstring states."""

import re

import numpy as np
import pytest
from zbench.core.compile.kernel import INTERPRETED, kernel
from zbench.core.memory import atomics

from tests.core.inspected import compiled_here


def relaxed_load(cells):
    return atomics.load_relaxed(cells, 0)


def acquire_load(cells):
    return atomics.load_acquire(cells, 0)


def relaxed_store(cells):
    atomics.store_relaxed(cells, 0, 7)


def release_store(cells):
    atomics.store_release(cells, 0, 7)


def addition(cells):
    return atomics.fetch_add(cells, 0, 7)


def replacement(cells):
    return atomics.exchange(cells, 0, 7)


def comparison(cells):
    return atomics.compare_exchange(cells, 0, 0, 7)


def full_fence(cells):
    atomics.fence()


@pytest.mark.skipif(INTERPRETED, reason="there is no machine code to look at")
@pytest.mark.parametrize(
    ("function", "instruction"),
    [
        (relaxed_load, r"load atomic i64, .* monotonic"),
        (acquire_load, r"load atomic i64, .* acquire"),
        (relaxed_store, r"store atomic i64 .* monotonic"),
        (release_store, r"store atomic i64 .* release"),
        (addition, r"atomicrmw add .* acq_rel"),
        (replacement, r"atomicrmw xchg .* acq_rel"),
        (comparison, r"cmpxchg .* acq_rel acquire"),
        (full_fence, r"fence seq_cst"),
    ],
)
def test_an_atomic_is_one_instruction_of_its_order(function, instruction):
    compiled = compiled_here(function)
    compiled(np.zeros(1, np.int64))
    (text,) = compiled.inspect_llvm().values()
    body = text[: text.find("cpython")] if "cpython" in text else text
    assert len(re.findall(instruction, body)) == 1, body


@pytest.mark.parametrize(
    ("function", "before", "result", "after"),
    [
        (relaxed_load, 3, 3, 3),
        (acquire_load, 3, 3, 3),
        (relaxed_store, 3, None, 7),
        (release_store, 3, None, 7),
        (addition, 3, 3, 10),
        (replacement, 3, 3, 7),
        (comparison, 3, False, 3),
        (comparison, 0, True, 7),
    ],
)
@pytest.mark.parametrize("form", [kernel, lambda function: function], ids=["compiled", "plain"])
def test_an_atomic_does_the_same_compiled_and_plain(form, function, before, result, after):
    cells = np.array([before], np.int64)
    got = form(function)(cells)
    assert got == result
    assert cells[0] == after
