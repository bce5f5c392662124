"""The globals, and the attributes of modules, that a function's bytecode reads."""

import dis
import types
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

READS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF")
READS_ATTRIBUTE = ("LOAD_ATTR", "LOAD_METHOD")
BETWEEN = ("EXTENDED_ARG", "CACHE")  # instructions without an effect on the stack


@dataclass
class Reached:
    """The names that a function reads, with those nested in it."""

    globals: list[str] = field(default_factory=list)  # in the order of their first use
    names: set[str] = field(default_factory=set)  # all names of globals and attributes
    _paths: dict[str, list[tuple[str, ...]]] = field(default_factory=lambda: defaultdict(list))

    def paths(self, name: str) -> list[tuple[str, ...]]:
        """Attributes read of a global or a cell: (b, c) for ``name.b.c``, () for itself."""
        return self._paths.get(name, [])


def reached(code: types.CodeType) -> Reached:
    """Find the names that bytecode reads, that of nested functions too."""
    found = Reached()
    for part in _nested(code):
        found.names.update(part.co_names)
        for name, path, is_global in _reads(part):
            if is_global and name not in found.globals:
                found.globals.append(name)
            found._paths[name].append(path)
    return found


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    """Bytecode and that of all functions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _nested(constant)


def _reads(code: types.CodeType) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Each read of a global or a cell: its name, its path of attributes, whether it is global."""
    name, path, is_global = "", [], False  # type: str, list[str], bool
    for instruction in dis.get_instructions(code):
        if instruction.opname in BETWEEN:
            continue
        if name and instruction.opname in READS_ATTRIBUTE:
            path.append(instruction.argval)
            continue
        if name:
            yield name, tuple(path), is_global
            name = ""
        if instruction.opname in READS:
            name, path = instruction.argval, []
            is_global = instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    if name:
        yield name, tuple(path), is_global
