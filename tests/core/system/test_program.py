import os
import subprocess
import sys

import numba as nb
import pytest
from zbench.core import ActorSystem, behaviour
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.system import program

from tests.core.behaviours import common as b
from tests.core.inspected import compiled_here

pytestmark = [
    pytest.mark.compiles,
    pytest.mark.skipif(INTERPRETED, reason="there is no machine code"),
]

SCRIPT = """
from zbench.scenarios.savina import ping_pong
p = {p.name: p.default for p in ping_pong.SCENARIOS[0].parameters} | {"pings": 10}
run = ping_pong.prepare(p)
assert run.run().error is None
print(run.cache)
run.close()
"""
FACTOR = 3


def start(cache):
    environment = {**os.environ, "ZBENCH_CACHE": str(cache)}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT], env=environment, stdout=subprocess.PIPE, text=True
    )


def test_two_processes_at_once_share_machine_code_and_a_later_one_reuses_it(tmp_path):
    first = [start(tmp_path), start(tmp_path)]
    states = sorted(p.communicate(timeout=200)[0].strip() for p in first)
    assert all(p.returncode == 0 for p in first)
    assert states == ["cold", "warm"]
    later = start(tmp_path)
    assert later.communicate(timeout=200)[0].strip() == "warm"


@behaviour
def helper(x):
    return x * FACTOR


def test_the_digest_changes_with_a_frozen_constant_and_with_a_callee():
    def f(ctx, state, message):
        state[0] = helper(FACTOR)

    before = program.digest([f], "specialised")
    assert before == program.digest([f], "specialised")
    assert before != program.digest([f], "table")
    globals()["FACTOR"] = 4
    try:
        assert before != program.digest([f], "specialised")
    finally:
        globals()["FACTOR"] = 3


def test_a_value_that_is_no_behaviour_is_named_in_one_short_line():
    made = program.build([b.actor])
    for value in ("x\ny" * 99, 10**5000, 5):
        with pytest.raises(ValueError, match="is not part of this system; it was built for") as got:
            made.index(value)
        assert "\n" not in str(got.value)
        assert len(str(got.value)) < 200


def test_the_hot_loop_holds_no_reference_counting():
    with ActorSystem(b.BEHAVIOURS, workers=1) as system:
        fresh = program.build(b.BEHAVIOURS)
        plain = compiled_here(fresh.loop.py_func)
        plain.compile((nb.typeof(system.tables), nb.int64))
        (assembly,) = plain.inspect_asm().values()
    assert "NRT_incref" not in assembly
    assert "NRT_decref" not in assembly
