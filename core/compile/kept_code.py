"""Machine code of one function, kept on disk: what numba calls a cache.

numba's own cache looks at a function's own file only, so machine code of a caller stays when
a function in another file or a constant changes; it needs that file, a home and a folder to
write to. This one takes the digest of all that was frozen (``frozen``) instead.
"""

import copy
import hashlib
import io
import itertools
import pickle
import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any

import numba as nb
from numba.core import bytecode
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.environment import Environment, lookup_environment
from numba.core.serialize import NumbaPickler
from zbench.core.compile import back_calls, frozen, kept_files, machine_code_cache, renewal
from zbench.core.compile.frozen import UnhashableError

# numba numbers the functions that a process compiles from 1, and the linker takes two of the
# same name and number for the same function. Loaded from files of different processes they
# are not; so each process starts at a number of its own.
bytecode.FunctionIdentity._unique_ids = itertools.count(secrets.randbits(60))

# Each returns the users' kernels that the core's kernels call where tables are extended.
EXTENSIONS: list[Callable[[], Iterable[Any]]] = []


class KeptCode(NullCache):
    """The files of one function, one for each signature.

    Args:
        function: the function, as Python knows it or as numba does.
        roots: the functions whose digest names the files; by default only itself.
        more: what else its machine code depends on, besides the signature.
        missing: called before it is compiled, if there is no file.
    """

    def __init__(
        self,
        function: Any,
        roots: Iterable[Any] = (),
        more: str = "",
        missing: Callable[[], None] = lambda: None,
    ) -> None:
        self._function = function
        self._name = re.sub(r"\W", "_", function.__name__)
        self._roots = tuple(roots) or (function,)
        self._more = more
        self._missing = missing
        self._asked: dict[Any, str | None] = {}  # name of the file, by signature

    def is_there(self, sig: Any) -> bool:
        """Whether there is a file for a signature."""
        name = self._file(sig)
        return name is not None and machine_code_cache.exists(name)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """What numba asks for before it compiles: the kept result, or None."""
        name = self._asked[sig] = self._file(sig)
        content = None if name is None else machine_code_cache.load(name)
        target_context.refresh()
        found = None
        if content is not None:
            try:
                found = CompileResult._rebuild(target_context, *pickle.loads(content))
            except Exception:  # whatever the file holds, it is compiled again
                machine_code_cache.discard(str(name))
        if found is None:
            renewal.renew(self._roots, extensions(sig))
            self._missing()
        elif self._roots == (self._function,):
            renewal.note(self._function)
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """What numba calls after it has compiled."""
        name = self._asked.pop(sig, None)
        if name is None or name != self._file(sig):  # something was rebound meanwhile
            return
        if not machine_code_cache.sources_are_unchanged():
            return
        if data.lifted or data.library.has_dynamic_globals:
            machine_code_cache.warn_once(
                f"the machine code of {self._name} is not kept: it holds addresses of this "
                "process, as with NUMBA_OPT=0, a large global array or a ctypes function"
            )
            return
        if back_calls.has_undefined(data.library):
            machine_code_cache.warn_once(
                f"the machine code of {self._name} is not kept: it has recursive functions that "
                "a later process could not link; behaviours may call them if they have @behaviour"
            )
            return
        if machine_code_cache.save(name, _dumps(data)):
            kept_files.prune_daily()

    def _file(self, sig: Any) -> str | None:
        """Name of the file for a signature; None, and a warning, if it cannot be named."""
        try:
            parts = (
                machine_code_cache.core_digest(),
                frozen.digest(*self._roots, *extensions(sig), more=self._more),
                "; ".join(_type_text(kind) for kind in _types(sig)),
            )
        except UnhashableError as error:
            machine_code_cache.warn_once(
                f"the machine code of {self._name} is not kept: it depends on {error}, and "
                "nothing tells when that changes; every process compiles again"
            )
            return None
        return f"{self._name}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"


def extensions(sig: Any) -> list[Any]:
    """Users' kernels that a core's kernel of this signature calls."""
    options = (getattr(kind, "kinds", {}).get("has_bounded", ()) for kind in _types(sig))
    if all(len(option) < 2 for option in options):
        return []
    return [kernel for more in EXTENSIONS for kernel in more()]


def _types(sig: Any) -> tuple[Any, ...]:
    """Types of a signature, with or without that of the result."""
    if isinstance(sig, nb.core.typing.Signature):
        return (*sig.args, sig.return_type)
    return tuple(sig)


def _type_text(kind: Any) -> str:
    """A type as text that is the same in every process."""
    if isinstance(kind, nb.types.Dispatcher):
        return f"a function {frozen.digest(kind.dispatcher)}"
    if isinstance(kind, nb.types.BaseTuple):
        own = getattr(kind, "instance_class", None)
        fields = "" if own is None else f"{own.__module__}.{own.__qualname__} {own._fields}"
        return f"{type(kind).__name__}({fields} {'; '.join(_type_text(part) for part in kind)})"
    text = str(kind)
    if " at 0x" in text:
        msg = f"an argument of type {text}"
        raise UnhashableError(msg)
    return text


class _Pickler(NumbaPickler):
    """Writes an environment without its module, which a later process need not have."""

    def reducer_override(self, obj: Any) -> Any:
        """How to write one object."""
        if isinstance(obj, Environment):
            return _environment, (tuple(obj.consts), obj.env_name)
        return super().reducer_override(obj)


def _environment(consts: tuple[Any, ...], name: str) -> Any:
    """The environment of compiled code: its constants, and no globals, which it never reads."""
    found = lookup_environment(name)
    if found is None:
        found = Environment({})
        found.consts[:] = consts
        found.env_name = name
        Environment._memo[name] = found
    return found


def _dumps(result: Any) -> bytes:
    """A result as bytes."""
    library, described, *rest = result._reduce()
    described = copy.copy(described)
    described.global_dict = None  # the user's whole namespace
    with io.BytesIO() as buffer:
        _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump((library, described, *rest))
        return buffer.getvalue()
