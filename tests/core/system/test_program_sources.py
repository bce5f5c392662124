"""Whole systems in processes of their own: never an old program, whatever their source is.

Most ways to reach a constant are tested on small kernels (tests/core/compile/ways.py).
"""

import os
import py_compile
import subprocess
import sys

import pytest
from zbench.core import behaviour
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.system import program

pytestmark = [
    pytest.mark.compiles,
    pytest.mark.skipif(INTERPRETED, reason="nothing is compiled"),
]

MINE = """
from zbench.core import ActorSystem, Context, Words, behaviour

@behaviour
def b(ctx: Context, state: Words, message: Words) -> None:
    state[0] = 41

def run(b):
    with ActorSystem([b], workers=1) as system:
        actor = system.spawn(b)
        actor.tell(1)
        system.await_rest()
        print(system.state(actor)[0], system.cache)

if __name__ != "mine":
    run(b)
"""


def python(folder, *arguments, given=None):
    """Output of Python in a folder, with a cache beside it."""
    environment = {**os.environ, "ZBENCH_CACHE": str(folder.parent / "cache")}
    done = subprocess.run(
        [sys.executable, "-B", *arguments], cwd=folder, env=environment, input=given,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


CELLS = """
import sys
space = {"__name__": "__main__"}
for number in ("41", "42", "41"):
    source = sys.argv[1].replace("41", number)
    exec(compile(source, f"/tmp/ipykernel_{sys.argv[2]}/{number}.py", "exec"), space)
"""


def test_behaviours_without_a_file_work_and_a_redefined_one_is_never_the_old_one(folder):
    """Standard input, ``-c``, and a cell of a notebook that runs again with another body."""
    assert python(folder, "-", given=MINE) == ["41 cold"]
    assert python(folder, "-c", MINE) == ["41 warm"]
    assert python(folder, "-c", CELLS, MINE, "1") == ["41 warm", "42 cold", "41 warm"]
    assert python(folder, "-c", CELLS, MINE, "2") == ["41 warm", "42 warm", "41 warm"]


EXEC = "import sys; exec(sys.argv[1], {})"


def test_behaviours_in_a_nameless_namespace_and_from_bytecode_alone_work(folder):
    assert python(folder, "-c", EXEC, MINE) == ["41 cold"]
    assert python(folder, "-c", EXEC, MINE) == ["41 warm"]
    (folder / "mine.py").write_text(MINE)
    py_compile.compile(str(folder / "mine.py"), str(folder / "mine.pyc"))
    (folder / "mine.py").unlink()
    for state in ("cold", "warm"):
        assert python(folder, "-c", "import mine; mine.run(mine.b)") == [f"41 {state}"]


MAIN = """
import pathlib, sys
import pk.c
from enums import Kind
from other import K, Words, behaviour, more, run
import other

def inner(x, step=K):
    return x + step

@behaviour
def helper(x, step=7):
    return x + step

@behaviour
def b(ctx, state, message):
    def nested(x):
        return x + other.K
    state[0] = pk.c.LIMIT + Kind.A + helper(1)
    state[1] = nested(100)
    state[2] = more()

form, edit, *constants = sys.argv[1:]
if edit == "edit":  # saved in an editor meanwhile
    for path in map(pathlib.Path, ("pk/c.py", "enums.py", "main.py")):
        text = path.read_text()
        for before, after in (("10", "20"), ("A = 1", "A = 2"), ("step=7", "step=8")):
            text = text.replace(before, after)
        path.write_text(text)
for other.K in map(int, constants):
    run(b, form)
"""
OTHER = """
from zbench.core import ActorSystem, Words, behaviour
K = 0

@behaviour
def more():
    return K

def run(b, form):
    with ActorSystem([b], workers=1, dispatch=form) as system:
        actor = system.spawn(b)
        actor.tell(1)
        system.await_rest()
        print(*system.state(actor)[:3], system.cache)
"""


@pytest.mark.parametrize("form", ["specialised", pytest.param("table", marks=pytest.mark.compiles)])
def test_a_system_has_the_constants_and_the_code_that_its_process_has(folder, form):
    """Rebound between two systems, edited between import and system, edited between processes."""
    (folder / "pk").mkdir()
    for name, text in (
        ("main.py", MAIN),
        ("other.py", OTHER),
        ("enums.py", "from enum import IntEnum\nclass Kind(IntEnum):\n    A = 1\n"),
        ("pk/__init__.py", ""),
        ("pk/c.py", "LIMIT = 10\n"),
    ):
        (folder / name).write_text(text)
    one, two = "19 101 1", "19 102 2"
    assert python(folder, "main.py", form, "no", "1", "2") == [f"{one} cold", f"{two} cold"]
    assert python(folder, "main.py", form, "edit", "2", "1") == [f"{two} warm", f"{one} warm"]
    assert python(folder, "main.py", form, "no", "1") == ["31 201 1 cold"]


def test_a_program_that_depends_on_what_has_no_digest_works_with_a_warning(monkeypatch):
    odd = object()

    @behaviour
    def b(ctx, state, message):
        state[0] = 41 if odd is None else 42

    assert program.build([b]).code is not program.build([b]).code


def test_builds_of_the_same_behaviours_share_one_program_and_others_do_not():
    """So building a system again and again takes no more memory."""

    @behaviour
    def b(ctx, state, message):
        state[0] = 41

    variants = ({}, {"form": "table"}, {"checked": True}, {"form": "table", "checked": True})
    first = [program.build([b], **options).code for options in variants]
    again = [program.build([b], **options).code for options in variants]
    assert all(one is other for one, other in zip(first, again, strict=True))
    assert len({code.name for code in first}) == len(variants)
