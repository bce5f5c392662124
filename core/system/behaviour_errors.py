"""Errors of behaviours that numba refuses, in terms of the user's code.

numba's own message begins in zbench's loop, names the behaviour's line somewhere in a hundred
others, and often blames a part of numba. Here each behaviour and hook is compiled once more on
its own, so that the failing one is known; its file and line come from numba's message, the
construct on that line from its syntax tree (core.system.constructs).
"""

import ast
import builtins
import contextlib
import inspect
import re
import textwrap
import types
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numba as nb
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.context.context import Context
from zbench.core.errors import BehaviourError
from zbench.core.lifecycle.props import Props
from zbench.core.system.constructs import Place, Refused, find

# Places in numba's messages: `at FILE (LINE)`, `from FILE (LINE)`, `File "FILE", line LINE`.
LOCATION = re.compile(r'(?:at|from) (\S[^\n]*?) \((\d+)\)|File "([^"\n]+)", line (\d+)')
NOISE = ("Failed in ", "During: ", "There are ", "raised from ", "File ", ">>>", "- Of which",
         "- Resolution failure for")  # fmt: skip
# An error of numba's code for a function, or of zbench's check of a call, in numba's message.
SPECIFIC = re.compile(r"raised a specific error:\s+\w+: (\S.*)")
CUT = " found for signature"  # in a line of numba's, before the next one
NO_MEMORY = "NRT required"  # numba's words for a value that must be allocated
NO_BITS = "All arguments must be Sets"  # its words for an operand of & that is no integer
NOTE_LINES = 12
NOTHING = inspect.Signature.empty
PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
ZBENCH = Path(__file__).parents[2]
NUMBA = Path(nb.__file__).parent


class Part(NamedTuple):
    """A behaviour or a hook of a program."""

    name: str
    function: Any  # the plain Python function
    compiled: Any
    takes: tuple[Any, ...]  # numba's types of its arguments


class Source(NamedTuple):
    """A function's syntax tree with its file's line numbers, and its global names."""

    file: Path
    tree: ast.FunctionDef
    names: dict[str, Any]


class Line(NamedTuple):
    """A line of a source file."""

    file: Path
    number: int


def form_error(props: Sequence[Props]) -> BehaviourError | None:
    """The error of the first behaviour or hook that is undecorated or takes other arguments."""
    for known in props:
        for name, given, wanted in _functions(known):
            plain = _plain(given)
            line = Line(Path(plain.__code__.co_filename), plain.__code__.co_firstlineno)
            if not _takes(plain, wanted):
                took = str(inspect.signature(plain).replace(return_annotation=NOTHING))
                refused = Refused(f"def {plain.__name__}{took}", f"take ({', '.join(wanted)})")
                return _error(name, line, refused)
            if given is plain and not INTERPRETED:
                refused = Refused("it has no decorator", "write @behaviour above its def")
                return _error(name, line, refused)
    return None


def _takes(function: types.FunctionType, wanted: Sequence[str]) -> bool:
    """Whether a function can be called with these arguments, and numba knows its form."""
    signature = inspect.signature(function)
    if any(known.kind not in PLACED for known in signature.parameters.values()):
        return False
    try:
        signature.bind(*wanted)
    except TypeError:
        return False
    return True


def explain(
    error: Exception, props: Sequence[Props], namespace: Mapping[str, Any], tables: Any
) -> BehaviourError | None:
    """The error of the behaviour that numba refused; None if it refused none of them.

    ``namespace`` is the program's module, which has the compiled behaviours and hooks.
    """
    for part in _parts(props, namespace, tables):
        try:
            part.compiled._numba_type_.get_call_type(
                nb.core.registry.cpu_target.typing_context, part.takes, {}
            )
        except Exception as own:
            made = describe(own, part.name, part.function)
            made.add_note(_short(str(own) or str(error)))
            return made
    return None


def describe(error: Exception, name: str, function: types.FunctionType) -> BehaviourError:
    """The error that names a function's line, the construct on it and its replacement."""
    line = next(_users_lines(error), None)
    sources = list(_sources(function))
    # First on numba's line; it can be where a list is read, after the one where it is made.
    for only in (line, None) if line is not None else (None,):
        for source in sources:
            found = _search(source, only)
            if found is not None:
                return _error(name, *found)
    cause = next(_causes(str(error)), type(error).__name__)
    if cause.startswith(NO_BITS):
        cause = "no whole number where one is needed, as a kind, a reference, an operand of &"
    advice = "see docs/behaviours.md for what a behaviour may contain"
    first = Line(Path(function.__code__.co_filename), function.__code__.co_firstlineno)
    return _error(name, line or first, Refused(cause, advice))


def _error(name: str, line: Line, refused: Refused) -> BehaviourError:
    construct, advice = refused
    msg = f"{name} cannot be compiled ({line.file}:{line.number}): {construct}; {advice}"
    return BehaviourError(msg)


def _functions(props: Props) -> Iterator[tuple[str, Any, tuple[str, ...]]]:
    """Name, function as it was given, and arguments of a behaviour and of its hooks."""
    named = zip(("receive", *HOOKS), (props.receive, *props.hooks()), strict=True)
    for which, given in named:
        if given is None:
            continue
        kind = "behaviour" if which == "receive" else which
        wanted = ("ctx", "state", "message") if which == "receive" else ("ctx", "state")
        yield f"{kind} {_plain(given).__name__}", given, wanted


def _plain(given: Any) -> types.FunctionType:
    """The Python function of a behaviour or hook."""
    plain: types.FunctionType = getattr(given, "py_func", given)
    return plain


HOOKS = ("pre_start", "post_stop", "pre_restart", "post_restart", "after_batch")  # as Props.hooks()


def _parts(props: Sequence[Props], namespace: Mapping[str, Any], tables: Any) -> Iterator[Part]:
    context = nb.typeof(Context(tables, 0, 0, 0))  # type: ignore[no-untyped-call]
    words = nb.typeof(tables.state)  # type: ignore[no-untyped-call]
    for k, known in enumerate(props):
        names = {"behaviour": f"behaviour_{k}"}
        names |= {hook: f"hook_{k}_{which}" for which, hook in enumerate(HOOKS)}
        for name, given, wanted in _functions(known):
            compiled = namespace[names[name.partition(" ")[0]]]
            yield Part(name, _plain(given), compiled, (context, *[words] * (len(wanted) - 1)))


def _users_lines(error: Exception) -> Iterator[Line]:
    """Lines of the user's files that numba's message mentions, the innermost first."""
    for at, number, file, line in LOCATION.findall(str(error)):
        path = Path(at or file).resolve()
        library = path.is_relative_to(ZBENCH / "core") or path.is_relative_to(NUMBA)
        if path.suffix == ".py" and not library:
            yield Line(path, int(number or line))


def _names(plain: types.FunctionType) -> dict[str, Any]:
    """Global names that a function sees, and the names of its closure that are bound."""
    names = {**vars(builtins), **plain.__globals__}
    for name, cell in zip(plain.__code__.co_freevars, plain.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # not bound yet
            names[name] = cell.cell_contents
    return names


def _sources(function: types.FunctionType) -> Iterator[Source]:
    """Syntax of a function and of the compiled functions that it calls."""
    seen: set[types.FunctionType] = set()
    waiting = [function]
    while waiting:
        plain = waiting.pop(0)
        if plain in seen or Path(plain.__code__.co_filename).is_relative_to(ZBENCH / "core"):
            continue
        seen.add(plain)
        names = _names(plain)
        called = (getattr(names.get(n), "py_func", None) for n in plain.__code__.co_names)
        waiting += [f for f in called if isinstance(f, types.FunctionType)]
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(plain))).body[0]
        except (OSError, SyntaxError):
            continue
        if isinstance(tree, ast.FunctionDef):
            ast.increment_lineno(tree, plain.__code__.co_firstlineno - 1)
            yield Source(Path(plain.__code__.co_filename).resolve(), tree, names)


def _search(source: Source, only: Line | None) -> tuple[Line, Refused] | None:
    """The first refused construct of a function and its line, which may be given."""
    if only is not None and only.file != source.file:
        return None
    tree = source.tree
    nodes = [n for statement in tree.body for n in ast.walk(statement)]
    numbers = {n.lineno for n in nodes if isinstance(n, ast.expr | ast.stmt | ast.excepthandler)}
    context = tree.args.args[0].arg if tree.args.args else ""
    own = _local_names(tree)
    for number in sorted(numbers) if only is None else [only.number]:
        here = [n for n in nodes if getattr(n, "lineno", None) == number]
        refused = find(Place(here, source.names, own, context))
        if refused is not None:
            return Line(source.file, number), refused
    return None


def _local_names(tree: ast.FunctionDef) -> frozenset[str]:
    """Names that a function assigns or takes, without those that it declares global."""
    names: set[str] = set()
    declared: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.MatchAs) and node.name is not None:
            names.add(node.name)
        elif isinstance(node, ast.Global):
            declared.update(node.names)
    return frozenset(names - declared)


def _causes(text: str) -> Iterator[str]:
    """Lines of numba's message that say what is wrong, the innermost first."""
    for found in SPECIFIC.findall(text):
        if not found.startswith(NOISE):
            yield found
    for row in text.splitlines():
        plain = row.strip()
        if NO_MEMORY in plain:
            yield "a value that takes memory at run time, such as a text, a list or a new array"
        elif plain and not plain.startswith(NOISE):
            yield plain.partition(CUT)[0].rstrip(".")


def _short(text: str) -> str:
    """The beginning of numba's message; the whole is pages long."""
    rows = [row for row in text.splitlines() if row.strip()]
    more = len(rows) - NOTE_LINES
    return "\n".join(
        ["numba says:", *rows[:NOTE_LINES], *[f"... ({more} more lines)"] * (more > 0)]
    )
