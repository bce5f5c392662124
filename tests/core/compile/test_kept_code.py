"""Machine code from a file is that of the constants as they are now."""

import hashlib
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from numba.core import event
from zbench.core.compile import kernel as kernel_module
from zbench.core.compile import machine_code_cache, renewal
from zbench.core.compile.kernel import INTERPRETED

from tests.core.compile import ways

pytestmark = pytest.mark.compiles

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
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        *wrong, counted = done.stdout.splitlines()
        assert wrong == []
        return int(counted.removeprefix("compiled "))

    assert run("forward") > 2 * len(ways.REBINDS)
    assert run("backward") == 0


NOBODY = """
import os, numba, numba.core.serialize
import zbench.core.compile.kernel
numba.njit("int64(int64)")(lambda x: x + 1)  # so that all modules are loaded
if os.geteuid() == 0:
    os.setuid(54321)
os.chdir("/")
"""


def others_can_read(path):
    """Whether another user can reach a folder; one made by mktemp is its owner's alone."""
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in (path, *path.parents))


readable_by_nobody = pytest.mark.skipif(
    os.geteuid() == 0 and not others_can_read(machine_code_cache.core_folder()),
    reason="another user cannot read this environment",
)

CALL = """
import os, sys
exec(os.environ["PRELUDE"])
from zbench.core.compile import renewal
from zbench.core.compile.kernel import cached_kernel, cold_kernel
from zbench.core.compile.noinline import noinline

def result(K):
    @cold_kernel
    def g(x):
        noinline()
        return x + K
    @cached_kernel
    def f(x):
        return g(x)
    return f(0)

before = renewal.compiled_functions()
print(*[result(int(k)) for k in sys.argv[1:]], renewal.compiled_functions() - before)
"""


def call(cache, *constants, prelude="", env=None):
    """Values of small kernels in a process of their own, and the number it compiled."""
    environment = {**os.environ, "ZBENCH_CACHE": str(cache), "PRELUDE": prelude, **(env or {})}
    command = [sys.executable, "-c", CALL, *map(str, constants)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [int(word) for word in done.stdout.split()], done.stderr


compiled_only = pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")


@compiled_only
def test_functions_of_one_name_from_files_of_two_processes_stay_apart(tmp_path):
    """The linker would take the second for the first if numba numbered them alike."""
    assert call(tmp_path, 1) == ([1, 2], "")
    assert call(tmp_path, 2) == ([2, 2], "")
    assert call(tmp_path, 1, 2) == ([1, 2, 0], "")
    assert call(tmp_path, 2, 1) == ([2, 1, 0], "")


def checked(content):
    """A file whose check is right, whatever its content."""
    return hashlib.blake2b(content, digest_size=32).digest() + content


DAMAGES = {
    "empty": lambda _: b"",
    "cut in the check": lambda whole: whole[:20],
    "cut at half": lambda whole: whole[: len(whole) // 2],
    "one byte short": lambda whole: whole[:-1],
    "a bit turned": lambda whole: whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:],
    "text": lambda _: b"no machine code",
    "no pickle": lambda _: checked(b"no pickle"),
    "another pickle": lambda _: checked(pickle.dumps((1, 2, 3))),
    "a pickle of a missing class": lambda _: checked(b"cno_such_module\nName\n."),
}


@compiled_only
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_thrown_away_and_compiled_again(tmp_path, damage):
    def result(k):
        def f():
            return k

        return kernel_module.cached_kernel(f)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZBENCH_CACHE", str(tmp_path))
        assert result(10)() == 10
        (path,) = tmp_path.rglob("f-*.code")
        whole = path.read_bytes()
        path.write_bytes(DAMAGES[damage](whole))
        before = renewal.compiled_functions()
        assert result(10)() == 10
        assert renewal.compiled_functions() == before + 1
        assert result(10)() == 10
        assert renewal.compiled_functions() == before + 1


@compiled_only
@pytest.mark.parametrize("name", ["a folder in its place", "a file in the folder's place"])
def test_what_is_in_the_way_of_a_file_costs_only_a_warning(tmp_path, name, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(machine_code_cache, "_warned", set())

    def f():
        return 10

    if name == "a folder in its place":
        assert kernel_module.cached_kernel(f)() == 10
        (path,) = tmp_path.rglob("f-*.code")
        path.unlink()
        (path / "more").mkdir(parents=True)
    else:
        (tmp_path / machine_code_cache.CODE).write_text("")
    with pytest.warns(machine_code_cache.CacheWarning, match="can't keep machine code"):
        assert kernel_module.cached_kernel(f)() == 10
    assert kernel_module.cached_kernel(f)() == 10  # without another warning


NO_ROOM = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"


@compiled_only
@pytest.mark.parametrize("place", ["/dev/null/zbench", "/proc/zbench", "no room"])
def test_where_nothing_can_be_kept_it_works_with_one_warning(tmp_path, place):
    """A device, a file system that refuses folders, a limit on the size of files."""
    cache, prelude = (tmp_path, NO_ROOM) if place == "no room" else (place, "")
    values, warned = call(cache, 1, 2, prelude=prelude)
    assert values[:2] == [1, 2]
    assert warned.count("CacheWarning") == 1
    assert f"can't keep machine code in {cache}" in warned
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@compiled_only
@readable_by_nobody
@pytest.mark.parametrize("home", [None, "/", "/no/such/home"])
def test_a_user_without_a_home_works_with_one_warning(home):
    prelude = NOBODY + 'del os.environ["HOME"]\n' * (home is None)
    environment = {"ZBENCH_CACHE": "", "XDG_CACHE_HOME": "", "HOME": home or ""}
    values, warned = call("", 1, prelude=prelude, env=environment)
    assert values == [1, 2]
    assert warned.count("CacheWarning") == 1


@compiled_only
@readable_by_nobody
def test_a_warm_cache_that_is_read_only_is_used_in_silence():
    folder = Path(tempfile.mkdtemp())
    try:
        assert call(folder, 1) == ([1, 2], "")
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        assert call(folder, 1, prelude=NOBODY) == ([1, 0], "")
        values, warned = call(folder, 2, prelude=NOBODY)
        assert values == [2, 2]
        assert "can't keep machine code" in warned
    finally:
        folder.chmod(0o755)
        (folder / machine_code_cache.CODE).chmod(0o755)
        shutil.rmtree(folder)


@compiled_only
def test_what_cannot_be_hashed_is_compiled_each_time_and_named_once(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path))
    monkeypatch.setattr(machine_code_cache, "_warned", set())
    odd = threading.Lock()

    def f():
        if False:
            return odd
        return 10

    with pytest.warns(machine_code_cache.CacheWarning, match=r"it depends on odd \(_thread.lock\)"):
        kernel_module.cached_kernel(f)()
    kernel_module.cached_kernel(f)()
    assert not list(tmp_path.rglob("*.code"))


@compiled_only
def test_what_is_rebound_while_it_is_compiled_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path))
    limits = {"LIMIT": 10}
    exec("def f():\n    return LIMIT\n", limits)
    made = kernel_module.cached_kernel(limits["f"])

    class Rebind(event.Listener):
        def on_start(self, _):
            pass

        def on_end(self, _):
            limits["LIMIT"] = 20

    with event.install_listener("numba:compile", Rebind()):
        assert made() == 10
    assert not list(tmp_path.rglob("*.code"))


@compiled_only
def test_numbas_options_in_the_environment_name_other_files(tmp_path):
    assert call(tmp_path, 1)[0] == [1, 2]
    assert call(tmp_path, 1, env={"NUMBA_OPT": "1"})[0] == [1, 2]
    assert call(tmp_path, 1, env={"NUMBA_OPT": "1"})[0] == [1, 0]
    assert call(tmp_path, 1)[0] == [1, 0]


@compiled_only
def test_a_function_given_as_an_argument_names_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("ZBENCH_CACHE", str(tmp_path))

    def calling(k):
        @kernel_module.kernel
        def g(x):
            return x + k

        @kernel_module.cached_kernel
        def f(h, x):
            return h(x)

        return f(g._dispatcher, 0)

    assert [calling(1), calling(2), calling(1)] == [1, 2, 1]
    assert len(list(tmp_path.rglob("f-*.code"))) == 2
