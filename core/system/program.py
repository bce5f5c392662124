"""Programs: the worker's loop compiled for a set of behaviours, kept for later systems.

The loop's source, with the dispatch to these behaviours, becomes a module of its own. A
program is kept by the digest of all that its machine code depends on: the behaviours and all
they reach (``core.compile.frozen``), the form of the dispatch, the type of the tables. The
same process takes it from memory, a later one from a file, and a lock makes a second process
wait for the first one's machine code instead of compiling it again.
"""

import itertools
import linecache
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numba as nb
from zbench.core.compile import frozen, machine_code_cache, renewal
from zbench.core.compile.frozen import UnhashableError
from zbench.core.compile.guards import Guards
from zbench.core.compile.kept_code import KeptCode, extensions
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.compile.prepared import COMPILING, is_compiling
from zbench.core.errors import ActorSystemError, MissingTablesError, shown
from zbench.core.lifecycle.props import Behaviour, Props, props_of
from zbench.core.memory.layout import behaviour_row
from zbench.core.system import (
    behaviour_errors,
    entry_points,  # noqa: F401  compiled kernels of this layer
)
from zbench.core.worker import dispatch, dispatch_source, loop

Form = Literal["specialised", "table"]

TEMPLATE = Path(loop.__file__)
MARKER = "# <dispatch>\n"  # in the template: the place of these behaviours' dispatch
INLINED = "@kernel\ndef dispatch("
OUT_OF_LINE = "@cold_kernel\ndef dispatch("


@dataclass
class Code:
    """The module of a program, and its machine code once it is compiled or loaded."""

    name: str  # its digest, or a number of this process
    loop: Any
    guards: Any = field(default_factory=nullcontext)
    addresses: Callable[[Any], list[int]] = lambda _: []  # of the behaviours, by type of tables
    found: list[int] = field(default_factory=list)  # those addresses, then the loop's


@dataclass(frozen=True)
class Program:
    """A compiled loop, its behaviours in the order of their indices, and its origin."""

    code: Code
    behaviours: tuple[Props, ...]
    form: Form

    @property
    def loop(self) -> Any:
        """The worker's loop: ``loop(tables, worker)``."""
        return self.code.loop

    def index(self, behaviour: Behaviour | Props) -> int:
        """Index of a behaviour in this program's dispatch."""
        for k, known in enumerate(self.behaviours):
            if known is behaviour or known.receive is behaviour:
                return k
        name = getattr(behaviour, "__name__", None) or shown(behaviour)
        known_names = ", ".join(b.__name__ for b in self.behaviours)
        msg = f"behaviour {name} is not part of this system; it was built for {known_names}"
        raise ValueError(msg)


_codes: dict[str, Code] = {}  # by digest
_building = threading.RLock()  # owns _codes; held while compiling
_numbers = itertools.count()


def build(
    behaviours: Sequence[Behaviour | Props],
    form: Form = "specialised",
    *,
    checked: bool = False,
    tables: Any = None,
) -> Program:
    """Make the program of these behaviours; nothing is compiled before its first use.

    Checked behaviours, and all they call, raise on an index out of range and on a division by
    zero. The digest has the tables' options too: a trampoline's machine code depends on the
    tables' type, which is not in its signature.
    """
    known = tuple(props_of(b) for b in behaviours)
    wrong = behaviour_errors.form_error(known)
    if wrong is not None:
        raise wrong
    if INTERPRETED:
        return _interpreted(known, form)
    described = f"{form} {checked} {nb.typeof(tables)}"
    with _building:
        try:
            name = digest(known, described, tables)
        except UnhashableError:  # the cache will say so; each system is compiled for itself
            return Program(_code(str(next(_numbers)), known, form, checked, tables), known, form)
        if name not in _codes:
            _codes[name] = _code(name, known, form, checked, tables)
        return Program(_codes[name], known, form)


def _code(name: str, known: Sequence[Props], form: Form, checked: bool, tables: Any) -> Code:
    """Make the module of a program."""
    bounded = tables is not None and len(tables.has_bounded) > 0
    source = _source(form, known, bounded=bounded)
    module = types.ModuleType(f"zbench_program_{name}")
    module.__file__ = f"<zbench program {name}>"
    # For messages of errors; the time None keeps the lines for the life of the process.
    lines = source.splitlines(keepends=True)
    linecache.cache[module.__file__] = (len(source), None, lines, module.__file__)
    for k, props in enumerate(known):
        setattr(module, f"behaviour_{k}", props.receive)
        for which, hook in enumerate(props.hooks()):
            setattr(module, f"hook_{k}_{which}", hook)
    sys.modules[module.__name__] = module
    exec(compile(source, module.__file__, "exec"), module.__dict__)
    guards = Guards(_functions(known), _registered(tables), checked=checked)
    keep = partial(
        KeptCode,
        roots=[*_functions(known), *_registered(tables)],
        more=f"{form} {checked} {nb.typeof(tables)} {source}",
        missing=guards.begin,
    )
    made = module.__dict__["worker_loop"]
    made._cache = keep(made)
    if form == "table":
        return Code(name, made, guards, partial(module.__dict__["addresses"], keep))
    return Code(name, made, guards)


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
    return Program(Code("interpreted", loop.worker_loop), behaviours, form)


def compile_program(program: Program, tables: Any) -> bool:
    """Load or compile the loop for these tables; False if anything had to be compiled.

    Raises:
        ActorSystemError: in a signal handler that interrupted this thread while it compiles.
        BehaviourError: if numba refuses a behaviour.
    """
    tables.code[behaviour_row.COUNT] = len(program.behaviours)
    if INTERPRETED:
        return True
    if is_compiling():
        raise ActorSystemError(COMPILING)
    code = program.code
    before = renewal.compiled_functions()
    with _building:
        if not code.found:
            takes = (nb.typeof(tables), nb.int64)
            try:
                code.found = _find(code, takes)
            except MissingTablesError as error:
                raise error.with_traceback(None) from None  # without hundreds of numba's lines
            except Exception as error:  # numba has more kinds than its own
                namespace = code.loop.py_func.__globals__
                known = behaviour_errors.explain(error, program.behaviours, namespace, tables)
                if known is None:
                    raise
                raise known from None
        *addresses, tables.code[behaviour_row.LOOP_CODE] = code.found
        tables.code[: len(addresses)] = addresses
    return renewal.compiled_functions() == before


def _find(code: Code, takes: tuple[Any, Any]) -> list[int]:
    """Load or compile, the latter while other processes that want the same wait."""
    if code.loop._cache.is_there(takes):
        return _addresses(code, takes)
    with machine_code_cache.alone(code.name):
        return _addresses(code, takes)


def _addresses(code: Code, takes: tuple[Any, Any]) -> list[int]:
    """Addresses of the behaviours, if the form needs them, and of the loop."""
    with code.guards:
        addresses = code.addresses(takes[0])
        code.loop.compile(takes)
    return [*addresses, _address(code.loop.overloads[takes])]


def _address(overload: Any) -> int:
    """Address of the machine code of a compiled function."""
    address: int = overload.library.get_pointer_to_function(overload.fndesc.llvm_func_name)
    return address


def digest(behaviours: Sequence[Behaviour | Props], form: str, tables: Any = None) -> str:
    """Digest of everything that the machine code of a program depends on.

    Raises:
        UnhashableError: if something has no digest.
    """
    known = tuple(map(props_of, behaviours))
    core = machine_code_cache.core_digest()
    return frozen.digest(*_functions(known), *_registered(tables), more=f"{core} {form}")


def _functions(behaviours: Sequence[Props]) -> Iterator[Any]:
    """Behaviours and their hooks; None for a missing one."""
    for props in behaviours:
        yield from (props.receive, *props.hooks())


def _registered(tables: Any) -> list[Any]:
    """Kernels of registered mailbox types in a system's machine code."""
    return [] if tables is None else extensions((nb.typeof(tables),))
