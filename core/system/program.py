"""Programs: the worker's loop compiled for a set of behaviours, kept for later processes.

numba's own cache is keyed by a function's own file, so it is stale when a kernel in
another file changes, and it never hits for kernels that close over others. Here the
loop's source becomes a module of its own, in a cache folder named by a digest of all that
the machine code depends on: every source of the core, the behaviours and the functions
they call, constants they freeze, versions, processor. Any change leads to another folder;
nothing is ever overwritten, and a lock makes a second process wait for the first one's
machine code instead of compiling it again.
"""

import hashlib
import inspect
import os
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numba as nb
import numpy as np
from filelock import FileLock
from zbench.core.compile.kernel import INTERPRETED, checked_kernel
from zbench.core.compile.machine_code_cache import cache_folder, core_digest, recache
from zbench.core.lifecycle.props import Behaviour, Props, props_of
from zbench.core.mailbox import registry
from zbench.core.memory.layout import behaviour_row
from zbench.core.messages.typed import Record
from zbench.core.system import entry_points
from zbench.core.worker import dispatch, dispatch_source, loop

Form = Literal["specialised", "table"]

TEMPLATE = Path(loop.__file__)
MARKER = "# <dispatch>\n"  # in the template: the place of these behaviours' dispatch
INLINED = "@kernel\ndef dispatch("
OUT_OF_LINE = "@cold_kernel\ndef dispatch("


@dataclass(frozen=True)
class Program:
    """A compiled loop, its behaviours in the order of their indices, and its origin."""

    loop: Any
    behaviours: tuple[Props, ...]
    form: Form
    lock: FileLock
    addresses: Callable[[Any], list[int]]

    def index(self, behaviour: Behaviour | Props) -> int:
        """Index of a behaviour in this program's dispatch."""
        for k, known in enumerate(self.behaviours):
            if known is behaviour or known.receive is behaviour:
                return k
        name = getattr(behaviour, "__name__", repr(behaviour))
        known_names = ", ".join(b.__name__ for b in self.behaviours)
        msg = f"behaviour {name} is not part of this system; it was built for {known_names}"
        raise ValueError(msg)


def build(
    behaviours: Sequence[Behaviour | Props],
    form: Form = "specialised",
    *,
    checked: bool = False,
    tables: Any = None,
) -> Program:
    """Make the program of these behaviours; nothing is compiled before its first use.

    Checked behaviours raise on an index out of range and on a division by zero. The digest
    has the tables' options too: a trampoline's machine code depends on the tables' type,
    which is not in its signature, so numba would take two of them for the same.
    """
    known = tuple(props_of(b) for b in behaviours)
    if INTERPRETED:
        return _interpreted(known, form)
    mailboxes = registered_digest(tables)
    recache(vars(entry_points).values(), mailboxes)
    folder = cache_folder() / digest(known, f"{form} {checked} {nb.typeof(tables)} {mailboxes}")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "program.py"
    source = _source(form, known, bounded=tables is not None and len(tables.has_bounded) > 0)
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(source)
        draft.replace(path)  # atomic: another process sees all of it or nothing
    module = types.ModuleType(f"zbench_program_{folder.name}")
    module.__file__ = str(path)
    for k, props in enumerate(known):
        setattr(module, f"behaviour_{k}", _compiled(props.receive, checked))
        for which, hook in enumerate(props.hooks()):
            setattr(module, f"hook_{k}_{which}", _compiled(hook, checked))
    sys.modules[module.__name__] = module
    exec(compile(source, str(path), "exec"), module.__dict__)
    addresses = getattr(module, "addresses", lambda _: [])
    lock = FileLock(str(folder / "lock"))
    return Program(module.__dict__["worker_loop"], known, form, lock, addresses)


def _compiled(function: Any, checked: bool) -> Any:
    """A behaviour or hook as it is, or in checked mode."""
    return checked_kernel(function) if checked and function is not None else function


def _source(form: Form, behaviours: Sequence[Props], *, bounded: bool) -> str:
    """The loop's source with the dispatch in place of the marker.

    With bounded mailboxes (``boxes``) the loop calls behaviours from two places; inlined,
    they would be compiled twice.
    """
    template = TEMPLATE.read_text()
    if template.count(MARKER) != 1:
        msg = f"{TEMPLATE} must have the line {MARKER.strip()!r} once"
        raise AssertionError(msg)
    hooks = [
        (k, which)
        for k, props in enumerate(behaviours)
        for which, hook in enumerate(props.hooks())
        if hook is not None
    ]
    forms = dispatch_source.SOURCES[form](len(behaviours)) + dispatch_source.hooks(hooks)
    if bounded:
        forms = forms.replace(INLINED, OUT_OF_LINE)
    return template.replace(MARKER, forms)


def _interpreted(behaviours: tuple[Props, ...], form: Form) -> Program:
    """The same loop as plain Python, for tests."""
    dispatch.BEHAVIOURS[:] = [props.receive for props in behaviours]
    dispatch.HOOKS[:] = [props.hooks() for props in behaviours]
    lock = FileLock(str(cache_folder() / "interpreted.lock"))
    return Program(loop.worker_loop, behaviours, form, lock, lambda _: [])


def compile_program(program: Program, tables: Any) -> bool:
    """Load or compile the loop for these tables; True if it came from the cache."""
    tables.code[behaviour_row.COUNT] = len(program.behaviours)
    if INTERPRETED:
        return True
    with program.lock:
        addresses = program.addresses(nb.typeof(tables))
        tables.code[: len(addresses)] = addresses
        takes = (nb.typeof(tables), nb.int64)
        program.loop.compile(takes)
        tables.code[behaviour_row.LOOP_CODE] = _address(program.loop.overloads[takes])
    hits = program.loop.stats.cache_hits
    return bool(hits)


def _address(overload: Any) -> int:
    """Address of the machine code of a compiled function."""
    address: int = overload.library.get_pointer_to_function(overload.fndesc.llvm_func_name)
    return address


def digest(behaviours: Sequence[Behaviour | Props], form: str) -> str:
    """Digest of everything that the machine code of a program depends on."""
    hashed = hashlib.sha256(f"{core_digest()} {form}".encode())
    seen: set[int] = set()
    for props in map(props_of, behaviours):
        for function in (props.receive, *props.hooks()):
            # A separator even for a missing hook, or one seen before.
            hashed.update(f"{getattr(function, '__qualname__', None)}\0".encode())
            for part in _sources(function, seen):
                hashed.update(part.encode() + b"\0")
    return hashed.hexdigest()[:32]


def registered_digest(tables: Any) -> str:
    """Digest of the registered mailbox types in a system's machine code; empty without any."""
    if tables is None or len(tables.has_bounded) < 2:
        return ""
    hashed = hashlib.sha256()
    seen: set[int] = set()
    for kind in registry.REGISTERED:
        for function in kind.kernels():
            for part in _sources(function, seen):
                hashed.update(part.encode() + b"\0")
            hashed.update(b"\0")
    return hashed.hexdigest()[:32]


def _sources(function: Any, seen: set[int]) -> Iterator[str]:
    """Sources of a function and of the functions it calls, and the constants they freeze."""
    plain = getattr(function, "py_func", function)
    if id(plain) in seen or not isinstance(plain, types.FunctionType):
        return
    seen.add(id(plain))
    yield f"{plain.__module__}.{plain.__qualname__}"
    yield inspect.getsource(plain)
    cells = inspect.getclosurevars(plain)
    for name, value in sorted({**cells.globals, **cells.nonlocals}.items()):
        if callable(value):
            yield from _sources(value, seen)
        elif isinstance(value, np.ndarray):
            yield f"{name}={value.dtype}{value.shape}{value.tobytes().hex()}"
        elif isinstance(value, types.ModuleType):
            yield from _module_sources(plain, value, seen)
        else:
            yield f"{name}={value!r}"


def _module_sources(
    plain: types.FunctionType, module: types.ModuleType, seen: set[int]
) -> Iterator[str]:
    """Sources and constants of the names of a module that a function uses."""
    for name in plain.__code__.co_names:
        value = getattr(module, name, None)
        if hasattr(value, "py_func"):
            yield from _sources(value, seen)
        elif isinstance(value, int | float | str | tuple | Record):
            yield f"{module.__name__}.{name}={value!r}"
