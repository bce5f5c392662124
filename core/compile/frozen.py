"""A digest of all that numba freezes in a function, as it is now.

numba reads bytecode, constants, defaults, the cells of a closure, and every global that the
function reaches, at the moment of compiling, and never again. So machine code is as fresh as
these objects, whatever the source file says by now: the digest is taken from them and reads
no file. It goes on into the functions that a function calls. The core's own functions count
as their names only: ``machine_code_cache.core_digest`` has their sources.
"""

import dataclasses
import enum
import functools
import hashlib
import os
import sys
import sysconfig
import types
from collections.abc import Callable, Iterable
from typing import Any

import numba as nb
import numpy as np
from numba.core.dispatcher import Dispatcher
from numba.core.registry import cpu_target
from numba.extending import _Intrinsic
from zbench.core.compile.bytecode import Reached, reached

CORE = "zbench.core"
# Their versions are in the digest of the core, as Python's is, so that a name says all.
VERSIONED = frozenset({"numba", "numpy", "llvmlite", CORE})
STANDARD = sysconfig.get_path("stdlib")
MISSING = object()


class UnhashableError(Exception):
    """A function reaches an object whose machine code nothing can name."""


def digest(*roots: Any, more: str = "") -> str:
    """Digest of functions (None counts too) and of all that they reach.

    Raises:
        UnhashableError: naming the object, if there is one that cannot be hashed.
    """
    walk = Walk()
    walk.add("", more)
    for root in roots:
        name = getattr(root, "__name__", "a function")
        try:
            walk.value(name, root)
        except RecursionError:
            msg = f"something that is nested too deep in {name}"
            raise UnhashableError(msg) from None
    return walk.hexdigest()


class Walk:
    """One walk over everything that some functions reach."""

    def __init__(self) -> None:
        # What numba compiles, as it was reached, without the core's.
        self.functions: list[Any] = []
        self.overloads: list[Any] = []  # numba's templates
        self._hash = hashlib.sha256()
        self._numbers: dict[int, int] = {}  # by id: objects that were walked
        self._of_modules: dict[types.ModuleType, set[str]] = {}  # attributes that were walked
        self._kept: list[Any] = []  # so that no id is used twice

    def hexdigest(self) -> str:
        """The digest of everything walked so far, 32 digits."""
        return self._hash.hexdigest()[:32]

    def add(self, tag: str, content: str | bytes) -> None:
        """Hash one piece; its length keeps it apart from the next."""
        data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        self._hash.update(f"{tag}:{len(data)}:".encode() + data)

    def value(self, name: str, value: Any) -> None:
        """Hash any object that a function reaches under a name.

        Raises:
            UnhashableError: if it cannot be hashed.
        """
        kind = type(value)
        if kind in _PLAIN:
            self.add(kind.__name__, value if kind is bytes else repr(value))
        elif not has_own_place(value) or not self._seen(value):
            self._walk_of(name, value)(self, name, value)

    def _walk_of(self, name: str, value: Any) -> "Callable[[Walk, str, Any], None]":
        """How to hash an object, by its type."""
        for accepts, walk in _KINDS:
            if isinstance(value, accepts) if isinstance(accepts, tuple) else accepts(value):
                return walk
        raise UnhashableError(_described(name, value))

    def _seen(self, value: Any) -> bool:
        """Whether an object was walked before; then its number stands for it."""
        number = self._numbers.get(id(value))
        if number is not None:
            self.add("again", str(number))
            return True
        self._numbers[id(value)] = len(self._numbers)
        self._kept.append(value)
        return False

    def items(self, name: str, values: Iterable[Any]) -> None:
        """Hash values in their order."""
        for k, value in enumerate(values):
            self.value(f"{name}[{k}]", value)
        self.add("end", "")

    def named(self, name: str, values: Iterable[tuple[str, Any]]) -> None:
        """Hash values and their names."""
        for key, value in values:
            self.add("name", key)
            self.value(f"{name}.{key}", value)
        self.add("end", "")

    def unordered(self, name: str, values: Any) -> None:
        """Hash a set: the digests of its members, sorted."""
        self.items(name, sorted(digest(member) for member in values))

    def function(self, name: str, function: types.FunctionType) -> None:
        """Hash a Python function and all that it reaches."""
        if is_versioned(function):
            self.add("function", f"{function.__module__}.{function.__qualname__}")
            return
        self.add("function", f"{function.__globals__.get('__name__')}.{function.__qualname__}")
        self.code(function.__code__)
        self.value(f"a default of {name}", function.__defaults__)
        self.named(f"a default of {name}", sorted((function.__kwdefaults__ or {}).items()))
        found = reached(function.__code__)
        for variable, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        ):
            self.add("cell", variable)
            self._reach(variable, _content(cell), found.paths(variable), found)
        for variable in found.globals:
            self.add("global", variable)
            value = function.__globals__.get(variable, MISSING)
            if value is not MISSING:
                self._reach(variable, value, found.paths(variable), found)

    def plain_function(self, name: str, function: types.FunctionType) -> None:
        """Hash a function that is not compiled itself, and numba's overloads of it."""
        self.function(name, function)
        if not is_versioned(function):
            cpu_target.typing_context.refresh()
            known = cpu_target.typing_context._lookup_global(function)
            for template in getattr(known, "templates", ()):
                if hasattr(template, "_overload_func"):
                    self.overloads.append(template)
                    self.value(f"an overload of {name}", template._overload_func)

    def _reach(
        self, name: str, value: Any, paths: Iterable[tuple[str, ...]], found: Reached
    ) -> None:
        """Hash an object, or of a module the attributes that a function reads."""
        if not isinstance(value, types.ModuleType):
            if value is MISSING:
                self.add("missing", name)
            else:
                self.value(name, value)
            return
        self.add("module", value.__name__)
        for path in sorted(set(paths)):
            if path:
                self.add("attribute", path[0])
                below = getattr(value, path[0], MISSING)
                self._reach(f"{name}.{path[0]}", below, [path[1:]], found)
            else:  # the module itself is used: any name in the function may be its attribute
                self._whole_module(name, value, found.names)

    def _whole_module(self, name: str, module: types.ModuleType, names: Iterable[str]) -> None:
        """Hash each attribute of a module that has one of some names and was not walked before."""
        walked = self._of_modules.setdefault(module, set())
        for attribute in sorted(set(names) - walked):
            walked.add(attribute)
            value = module.__dict__.get(attribute, MISSING)
            if isinstance(value, types.ModuleType):
                self._whole_module(f"{name}.{attribute}", value, names)
            elif value is not MISSING:
                self.add("attribute", attribute)
                self.value(f"{name}.{attribute}", value)

    def code(self, code: types.CodeType) -> None:
        """Hash bytecode, its constants, and its place in the source, which faults name."""
        self.add("code", code.co_code)
        self.add("exceptions", code.co_exceptiontable)
        self.add("lines", code.co_linetable)
        names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
        place = (_file_name(code), code.co_firstlineno)
        self.add("names", repr((code.co_qualname, names, counts, code.co_flags, place)))
        self.items(code.co_qualname, code.co_consts)

    def compiled(self, name: str, dispatcher: Any) -> None:
        """Hash a function that numba compiles, with its options."""
        inner = getattr(dispatcher, "_dispatcher", dispatcher)
        if not is_versioned(inner.py_func):
            self.functions.append(dispatcher)
            self.named(f"an option of {name}", sorted(inner.targetoptions.items()))
            self.named(f"a local of {name}", sorted(inner.locals.items()))
        self.function(name, inner.py_func)

    def array(self, name: str, array: Any) -> None:
        """Hash an array or a NumPy scalar: its type, layout and bytes.

        Raises:
            UnhashableError: if it holds Python's objects.
        """
        if array.dtype.hasobject:
            raise UnhashableError(_described(name, array))
        self.add("array", f"{type(array).__qualname__} {array.shape} {array.strides} {array.flags}")
        self.value(name, array.dtype)
        self.add("bytes", array.tobytes())

    def dtype(self, name: str, dtype: Any) -> None:
        """Hash a dtype with its fields."""
        shape = (dtype.str, dtype.itemsize, dtype.alignment, dtype.shape, dtype.isalignedstruct)
        self.add("dtype", f"{shape} {dtype.type.__qualname__}")
        for field in dtype.names or ():
            self.add("field", f"{field} {dtype.fields[field][1]}")
            self.value(f"{name}.{field}", dtype.fields[field][0])
        if dtype.subdtype is not None:
            self.value(name, dtype.subdtype[0])

    def kind(self, name: str, kind: type) -> None:
        """Hash a class: its members or fields, else its attributes, and its bases."""
        self.add("class", f"{kind.__module__}.{kind.__qualname__}")
        if _is_versioned_module(kind.__module__):
            return
        self.items(name, kind.__bases__)
        if issubclass(kind, enum.Enum):
            self.named(name, ((key, m._value_) for key, m in kind.__members__.items()))
        elif issubclass(kind, tuple) and hasattr(kind, "_fields"):
            self.items(name, kind._fields)
        else:
            self.named(name, ((k, v) for k, v in vars(kind).items() if not _is_special(k)))

    def member(self, name: str, member: enum.Enum) -> None:
        """Hash a member of an enumeration, with the whole enumeration."""
        self.add("member", member._name_ or repr(member._value_))
        self.value(f"the class of {name}", type(member))

    def derived(self, name: str, value: Any) -> None:
        """Hash an object of a class derived from int, tuple, ...: the class and the content."""
        self.value(f"the class of {name}", type(value))
        base = next(base for base in _BASES if isinstance(value, base))
        if base is tuple:
            self.value(f"{name}._fields", getattr(value, "_fields", None))
            self.items(name, value)
        else:
            self.value(name, base(value))
        self.named(name, sorted(getattr(value, "__dict__", {}).items()))

    def record(self, name: str, value: Any) -> None:
        """Hash a dataclass: its class and its fields."""
        self.value(f"the class of {name}", type(value))
        self.named(name, ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value)))

    def external(self, _: str, value: Any) -> None:
        """Hash a C function that is called by its symbol."""
        self.add("external", f"{value.symbol} {value.sig}")

    def reference(self, _: str, value: Any) -> None:
        """Hash an object of Python's or of a library with a version: its name says all."""
        owner = getattr(value, "__module__", None) or type(value).__module__
        own = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
        self.add("name", f"{owner}.{own or repr(value)}")


def has_own_place(value: Any) -> bool:
    """Whether an object is walked once; a constant is walked wherever it occurs.

    Whether equal constants are one object depends on how the module was loaded.
    """
    return type(value) not in _PLAIN and not isinstance(value, _CONSTANTS)


def is_versioned(function: Any) -> bool:
    """Whether a function belongs to Python, to a library with a version, or to the core."""
    name = function.__globals__.get("__name__")
    module = sys.modules.get(name)
    # A user's namespace may have any name.
    return (
        module is not None and vars(module) is function.__globals__ and _is_versioned_module(name)
    )


def _is_versioned_module(name: Any) -> bool:
    parts = str(name).split(".")
    if parts[0] in VERSIONED or ".".join(parts[:2]) in VERSIONED:
        return True
    file = getattr(sys.modules.get(name), "__file__", None)
    if file is None:
        return name in sys.builtin_module_names
    # By its place: a user may call a file random.py.
    return str(file).startswith(STANDARD + os.sep) and "-packages" not in str(file)


def _is_special(name: str) -> bool:
    """Whether an attribute of a class is Python's own, not a constant or a method."""
    return (name.startswith("__") and name.endswith("__")) or name == "_abc_impl"


def _file_name(code: types.CodeType) -> str:
    """The name of a source file; a notebook's, which has the process in it, is none."""
    name = code.co_filename
    return "" if name.startswith("<") or "ipykernel_" in name else name


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return MISSING


def _described(name: str, value: Any) -> str:
    return f"{name} ({type(value).__module__}.{type(value).__qualname__})"


def _is_reference(value: Any) -> bool:
    """Whether an object without own state comes from Python or a library with a version."""
    if isinstance(value, types.BuiltinFunctionType | types.MethodDescriptorType | np.ufunc):
        return True
    return isinstance(value, nb.types.Type) and " at 0x" not in repr(value)


def _is_compiled(value: Any) -> bool:
    return isinstance(getattr(value, "_dispatcher", value), Dispatcher)


def _is_record(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


_PLAIN = frozenset({type(None), type(...), bool, int, float, complex, str, bytes})
_BASES: tuple[type, ...] = (int, float, complex, str, bytes, tuple)
_CONSTANTS = (*_BASES, frozenset, types.CodeType, enum.Enum, np.ndarray, np.generic, np.dtype)
_KINDS: tuple[tuple[Any, Callable[[Walk, str, Any], None]], ...] = (
    (_is_compiled, Walk.compiled),
    ((types.FunctionType,), Walk.plain_function),
    ((_Intrinsic,), lambda walk, name, value: walk.value(name, value._defn)),
    ((types.CodeType,), lambda walk, _, value: walk.code(value)),
    ((enum.Enum,), Walk.member),
    ((type,), Walk.kind),
    ((np.ndarray, np.generic), Walk.array),
    ((np.dtype,), Walk.dtype),
    ((types.ModuleType,), lambda walk, _, value: walk.add("module", value.__name__)),
    (lambda value: type(value) in (tuple, list), lambda walk, name, value: walk.items(name, value)),
    ((frozenset, set), Walk.unordered),
    ((dict, types.MappingProxyType), lambda walk, name, value: walk.items(name, value.items())),
    ((range, slice), lambda walk, _, value: walk.add("range", repr(value))),
    (_BASES, Walk.derived),
    ((staticmethod, classmethod), lambda walk, name, value: walk.value(name, value.__func__)),
    ((functools.cached_property,), lambda walk, name, value: walk.value(name, value.func)),
    ((property,), lambda walk, name, value: walk.items(name, (value.fget, value.fset))),
    ((types.MemberDescriptorType, types.GetSetDescriptorType), Walk.reference),
    (_is_record, Walk.record),
    ((nb.types.ExternalFunction,), Walk.external),
    (_is_reference, Walk.reference),
)
