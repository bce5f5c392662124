"""Machine code from a file is that of the constants as they are now."""

import os
import subprocess
import sys

import pytest
from zbench.core.compile.kernel import INTERPRETED

from tests.core.compile import ways

RUN = """
import os, re, sys, types
sys.path.insert(0, sys.argv[1])
import pytest
from tests.core.compile import ways
from tests.core.compile.test_frozen import module_of
from zbench.core.compile import renewal
from zbench.core.compile.kernel import cached_kernel

count = []

def compiled(made):
    f = made.f
    def outer():
        return f()
    before = renewal.compiled_functions()
    got = cached_kernel(outer)()
    count.append(renewal.compiled_functions() - before)
    return got

def uncompiled(source, changes, patch):
    plain_source = re.sub(r"@numba\\.njit.*\\n", "\\n", source)
    made = module_of(plain_source, patch, decorate="")
    for change in changes:
        exec(change.replace("DECORATE", ""), vars(made))
    return made.f()

def check(way, source, changes, made, patch):
    got = compiled(made)
    with pytest.MonkeyPatch.context() as other:
        want = uncompiled(source, changes, other)
    if repr(got) != repr(want) and got != want:
        print("WRONG", way, got, want)

def forward(way, source, change, patch):
    made = module_of(source, patch)
    check(way, source, [], made, patch)
    exec(change.replace("DECORATE", "@kernel"), vars(made))
    check(way, source, [change], made, patch)

def backward(way, source, change, patch):
    made = module_of(source, patch)
    exec(change.replace("DECORATE", "@kernel"), vars(made))
    check(way, source, [change], made, patch)
    check(way, source, [], module_of(source, patch), patch)

with pytest.MonkeyPatch.context() as patch:
    for way, (source, change) in ways.REBINDS.items():
        try:
            {"forward": forward, "backward": backward}[sys.argv[2]](way, source, change, patch)
        except Exception as error:
            print("FAILED", way, type(error).__name__, str(error)[:300])
    for way, texts in ways.EDITS.items():
        for text in texts if sys.argv[2] == "forward" else reversed(texts):
            check(way, text, [], module_of(text, patch), patch)
print("compiled", sum(count))
"""


@pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")
def test_compiled_code_has_the_constants_of_now_from_memory_and_from_files(request, tmp_path):
    """Every way to reach a constant: changed in one process, and between processes."""

    def run(order):
        command = [sys.executable, "-c", RUN, str(request.config.rootpath), order]
        environment = {**os.environ, "ZBENCH_CACHE": str(tmp_path)}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        *wrong, counted = done.stdout.splitlines()
        assert wrong == []
        return int(counted.removeprefix("compiled "))

    assert run("forward") > 2 * len(ways.REBINDS)
    assert run("backward") == 0
