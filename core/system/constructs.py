"""Constructs of Python that a behaviour cannot contain, and the code to write instead.

Each rule looks at the part of a function's syntax tree on the line that numba refused. The
rules are tried in order; docs/behaviours.md has the same table for readers.
"""

import ast
import builtins
import difflib
import inspect
import math
import types
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numba as nb
import numpy as np
from zbench.core.context.context import Context

CONSTANT_TEXT = (
    "raise with a constant message, or end with ctx.fail(code) and put the numbers into the state"
)
PRINT_TEXT = 'print the parts, as in print("got", number)'
ARRAYS = ("state", "message")
# Functions of Python that are compiled, at least for numbers.
COMPILED = frozenset(
    ("abs", "bool", "divmod", "enumerate", "float", "int", "len", "max", "min", "pow", "print",
     "range", "round", "zip")
)  # fmt: skip
PLAIN = (int, float, bool, tuple, str, types.NoneType, types.ModuleType, type)


class Refused(NamedTuple):
    """A construct in a behaviour, and the advice to replace it."""

    construct: str
    advice: str


class Place(NamedTuple):
    """Part of a function: its syntax nodes on one line, and the values of its global names."""

    nodes: list[ast.AST]
    names: dict[str, Any]
    locals: frozenset[str]
    context: str  # name of the function's first argument, the context


Rule = Callable[[Place], Refused | None]


def find(place: Place) -> Refused | None:
    """The first refused construct of a place, or None if no rule knows it."""
    for rule in RULES:
        found = rule(place)
        if found is not None:
            return found
    return None


def of_kind(place: Place, kinds: Any) -> Iterable[Any]:
    """Nodes of a place that are of the given kinds."""
    return (node for node in place.nodes if isinstance(node, kinds))


def method(place: Place) -> Refused | None:
    """A method that the context lacks, or a call with a wrong number of arguments."""
    known = [name for name in dir(Context) if not name.startswith("_")]
    for node in of_kind(place, ast.Attribute):
        if not (isinstance(node.value, ast.Name) and node.value.id == place.context):
            continue
        name = f"{place.context}.{node.attr}"
        if node.attr not in known:
            near = difflib.get_close_matches(node.attr, known, 1)
            advice = (
                f"did you mean {place.context}.{near[0]}?" if near else "see zbench.core.Context"
            )
            return Refused(f"{name}, which does not exist", advice)
        if isinstance(node.ctx, ast.Store):
            return Refused(f"assignment to {name}", "keep values in words of the state")
    for node in of_kind(place, ast.Call):
        wrong = _wrong_call(place, node)
        if wrong is not None:
            return wrong
    return None


def _wrong_words(name: str, call: ast.Call) -> Refused | None:
    """An argument of a context's method that can be no word: a text, None, a tuple, an array."""
    for word in (*call.args, *(named.value for named in call.keywords)):
        odd = isinstance(word, ast.Tuple | ast.List) and not name.endswith("_wide")
        if odd or (isinstance(word, ast.Constant) and not isinstance(word.value, int | float)):
            what = ast.unparse(word)
        elif isinstance(word, ast.Name) and word.id in ARRAYS:
            what = f"the whole array {word.id}"
        else:
            continue
        return Refused(f"{name} with {what}", "give a whole number for each word")
    return None


def _wrong_call(place: Place, call: ast.Call) -> Refused | None:
    """A call of a context's method that does not fit its signature or gets a function."""
    target = call.func
    if not (
        isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and target.value.id == place.context
        and callable(getattr(Context, target.attr, None))
    ):
        return None
    name = f"{place.context}.{target.attr}"
    signature = inspect.signature(getattr(Context, target.attr))
    named = {word.arg or "**": None for word in call.keywords}
    if not any(isinstance(word, ast.Starred) for word in call.args) and "**" not in named:
        try:
            signature.bind(None, *call.args, **named)
        except TypeError as error:
            takes = ", ".join(str(p) for p in list(signature.parameters.values())[1:])
            return Refused(f"{name} with wrong arguments ({error})", f"write {name}({takes})")
    for word in call.args:
        if isinstance(word, ast.Name) and callable(place.names.get(word.id)):
            advice = "pass the behaviour's index: its place in ActorSystem([...]), from 0 on"
            return Refused(f"{name} with the function {word.id}", advice)
    return _wrong_words(name, call)


def undefined(place: Place) -> Refused | None:
    """A name that is defined nowhere."""
    for node in of_kind(place, ast.Name):
        known = node.id in place.names or node.id in place.locals
        if isinstance(node.ctx, ast.Load) and not known:
            return Refused(
                f"the name {node.id}, which is not defined",
                "define or import it at the top of the file",
            )
    return None


STATEMENTS: tuple[tuple[Any, str, str], ...] = (
    (ast.With, "a with statement", "do it in Python, and send the result as a message"),
    (
        (ast.Try, ast.ExceptHandler),
        "an except clause",
        "test the condition first (if divisor != 0); a fault goes to the supervisor",
    ),
    ((ast.Import, ast.ImportFrom), "an import", "import at the top of the file"),
    (ast.ClassDef, "a class", "use words of the state, or a StateRecord"),
    ((ast.Yield, ast.YieldFrom, ast.GeneratorExp), "a generator", "write a for loop"),
    (ast.Delete, "a del statement", "write 0 into the word"),
    (ast.NamedExpr, "an assignment in an expression (:=)", "assign on a line of its own"),
    (
        (ast.MatchSequence, ast.MatchMapping, ast.MatchClass),
        "a pattern with parts",
        "match a number: case 1, case 2 | 3, case _",
    ),
)


def statements(place: Place) -> Refused | None:
    """Statements that numba does not compile."""
    for kinds, construct, advice in STATEMENTS:
        for _ in of_kind(place, kinds):
            return Refused(construct, advice)
    for node in of_kind(place, ast.Name):
        if isinstance(node.ctx, ast.Store) and node.id not in place.locals:
            return Refused(
                f"assignment to the global {node.id}", "keep the value in a word of the state"
            )
    return None


def raises(place: Place) -> Refused | None:
    """Exceptions that numba cannot raise."""
    for node in of_kind(place, ast.Raise):
        if node.cause is not None:
            return Refused("raise ... from", "leave out `from` and what follows it")
        values = node.exc.args if isinstance(node.exc, ast.Call) else []
        if not all(isinstance(value, ast.Constant) for value in values):
            return Refused("an exception with a value made at run time", CONSTANT_TEXT)
    return None


def text(place: Place) -> Refused | None:
    """Text made at run time."""
    calls = [node.func for node in of_kind(place, ast.Call)]
    prints = any(isinstance(call, ast.Name) and call.id == "print" for call in calls)
    if any(map(_makes_text, place.nodes)):
        return Refused("text made at run time", PRINT_TEXT if prints else CONSTANT_TEXT)
    return None


def _makes_text(node: ast.AST) -> bool:
    """Whether a node is an f-string, ``%`` or ``+`` of a text, or a call that returns one."""
    if isinstance(node, ast.BinOp):
        return any(_is_text(side) for side in (node.left, node.right))
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.JoinedStr)
    called = node.func
    if isinstance(called, ast.Attribute):
        return _is_text(called.value)
    return isinstance(called, ast.Name) and called.id in ("str", "repr", "format")


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def containers(place: Place) -> Refused | None:
    """Lists, dicts and sets."""
    for node in of_kind(place, ast.Starred):
        if isinstance(node.ctx, ast.Store):
            return Refused("a starred name, which takes a list", "take the values one by one")
    for node in of_kind(place, (ast.List, ast.ListComp)):
        if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return Refused("a list", "use words of the state, or a tuple of fixed length")
    for _ in of_kind(place, (ast.Dict, ast.DictComp, ast.Set, ast.SetComp)):
        return Refused(
            "a dict or set", "compare with if and elif, or use words of the state as a table"
        )
    return None


def values(place: Place) -> Refused | None:
    """Global names whose values numba cannot freeze into machine code."""
    for node in of_kind(place, ast.Name):
        value = place.names.get(node.id)
        if isinstance(value, types.FunctionType):
            return Refused(
                f"a call of the plain Python function {node.id}", "decorate it with @behaviour too"
            )
        if isinstance(value, list | dict | set | bytearray):
            kept = "make it a tuple of numbers or a numpy array; it is frozen when compiled"
            if node.id in _changed(place):
                kept = "keep its values in words of the state, or send them in messages"
            return Refused(f"the global {type(value).__name__} {node.id}", kept)
        known = isinstance(value, PLAIN) or callable(value)
        if node.id in place.names and not known and not hasattr(value, "dtype"):
            return Refused(
                f"the Python object {node.id} (of type {type(value).__name__})",
                "use numbers, tuples and numpy arrays, or send the value in a message",
            )
    return None


def _changed(place: Place) -> set[str]:
    """Names of containers of which a line changes an element or calls a method."""
    parts = (
        node.value for node in of_kind(place, (ast.Subscript, ast.Attribute))
        if isinstance(node, ast.Attribute) or isinstance(node.ctx, ast.Store)
    )  # fmt: skip
    return {part.id for part in parts if isinstance(part, ast.Name)}


def calls(place: Place) -> Refused | None:
    """Functions of modules."""
    for node in of_kind(place, ast.Attribute):
        module = place.names.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if not isinstance(module, types.ModuleType):
            continue
        if module is math and _math_has(node.attr):
            continue
        name = f"{module.__name__}.{node.attr}"
        if module.__name__ == "numpy":
            return Refused(
                f"the new array of {name}",
                "use words of the state (ActorSystem(..., state_words=n)) or a BlockPool; a "
                "behaviour allocates nothing",
            )
        advice = "of Python's modules only math is compiled; call it in Python and send the result"
        if module is math:
            advice = "it is not compiled; call it in Python and send the result"
        return Refused(name, advice)
    for node in of_kind(place, ast.Name):
        value = place.names.get(node.id)
        exception = isinstance(value, type) and issubclass(value, BaseException)
        if value is getattr(builtins, node.id, place) and node.id not in COMPILED and not exception:
            known = ", ".join(sorted(COMPILED))
            return Refused(f"{node.id}, a function of Python", f"these are compiled: {known}")
    return None


def _math_has(name: str) -> bool:
    """Whether a function or constant of math is compiled."""
    kind: Callable[[types.ModuleType], Any] = nb.types.Module
    context = nb.core.registry.cpu_target.typing_context
    return context.resolve_getattr(kind(math), name) is not None


def stores(place: Place) -> Refused | None:
    """Assignments to global arrays, and of parts of arrays."""
    for node in of_kind(place, ast.Subscript):
        if not isinstance(node.ctx, ast.Store):
            continue
        name = node.value.id if isinstance(node.value, ast.Name) else ""
        if isinstance(place.names.get(name), np.ndarray) and name not in place.locals:
            return Refused(
                f"a change of the global array {name}",
                "it is frozen when compiled; keep the value in a word of the state",
            )
    for node in of_kind(place, ast.Assign):
        parts = [
            part for part in (node.value, *node.targets)
            if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Slice)
        ]  # fmt: skip
        if len(parts) > 1:
            return Refused("a copy of part of an array", "loop over it: for k in range(...)")
    return None


def arrays(place: Place) -> Refused | None:
    """Arithmetic with whole arrays."""
    for node in of_kind(place, (ast.BinOp, ast.UnaryOp)):
        operands = [node.operand] if isinstance(node, ast.UnaryOp) else [node.left, node.right]
        for operand in operands:
            if isinstance(operand, ast.Name) and operand.id in ARRAYS:
                return Refused(
                    f"arithmetic with the whole array {operand.id}",
                    f"loop over its words: for k in range(len({operand.id}))",
                )
    return None


RULES: tuple[Rule, ...] = (
    method,
    statements,
    text,
    raises,
    containers,
    undefined,
    values,
    calls,
    stores,
    arrays,
)
