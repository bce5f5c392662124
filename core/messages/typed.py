"""Typed messages and typed state: a NumPy record laid over existing words.

A message carries six words of data (14 where messages are wide: ``inline=112``,
``ctx.send_wide``) and an actor has some words of state. ``Message`` and
``StateRecord`` give names and types to their bytes. ``of`` is the record in place, for
reading and writing; ``pack`` makes the words of a record for ``ctx.send`` and
``ctx.spawn``. Both work in behaviours, compiled (``_typed_llvm``) and uncompiled, on
objects that are constants of a module::

    transfer = Message(7, [("account", "i8"), ("amount", "f8"), ("flags", "u1")])
    account = StateRecord([("balance", "f8"), ("closed", "?")])


    @behaviour
    def bank(ctx, state, message):
        got = transfer.of(message)
        mine = account.of(state)
        mine.balance += got.amount
        ctx.reply(transfer.kind, *transfer.pack(got.account, mine.balance, 1))

Python builds the same words by name: ``ref.tell(transfer.kind, *transfer.words(account=3,
amount=2.5, flags=0))``. Compiled, storing a number into a narrower field keeps its low
bits, as storing into an array does; ``words`` refuses values that do not fit.
"""

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from zbench.core.errors import integer, shown
from zbench.core.memory.layout import message_slot
from zbench.core.memory.layout.lines import Words
from zbench.core.messages import envelope

WORD_BYTES = 8
INLINE = 48  # bytes of data of a message of one line
INLINE_PAIR = 112  # and of one of two lines
SCALARS = "bool, int8 to int64, uint8 to uint64, float32, float64 and S<n>"
NUMBERS = frozenset("?bhilqBHILQfd")


class View:
    """A record in place: its fields are attributes and items, as in compiled code.

    Not ``np.record``: that one's own attributes (``flags``, ``size``, ``data``) hide
    fields of those names.
    """

    __slots__ = ("__cells",)

    def __init__(self, cells: Any) -> None:
        object.__setattr__(self, "_View__cells", cells)

    def __getitem__(self, name: str) -> Any:
        return self.__cells[name][0]

    def __setitem__(self, name: str, value: Any) -> None:
        self.__cells[name][0] = value

    def __getattr__(self, name: str) -> Any:
        if name not in self.__cells.dtype.names:
            raise AttributeError(_unknown([name], self.__cells.dtype))
        return self[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.__cells.dtype.names:
            raise AttributeError(_unknown([name], self.__cells.dtype))
        self[name] = value

    def __repr__(self) -> str:
        return f"View({_as_dict(self.__cells[0])})"


@dataclass(frozen=True)
class Record:
    """Common base of messages and states; use ``Message`` or ``StateRecord``.

    The representation names the whole layout: core.system.program hashes it, so a program is
    compiled again when a field changes.

    Args:
        dtype: a structured dtype, or its arguments, of numbers of up to 8 bytes in
            native byte order, booleans, ``S<n>`` and sub-arrays of those.
    """

    dtype: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype", _checked(self.dtype))

    @property
    def first(self) -> int:
        """Index of the word where the record starts."""
        raise NotImplementedError

    @property
    def word_count(self) -> int:
        """Number of words that ``words`` and ``pack`` return."""
        raise NotImplementedError

    @property
    def needed(self) -> int:
        """Words from the start of the array to the end of the record."""
        return self.first + -(-self.dtype.itemsize // WORD_BYTES)

    def words(self, /, **values: Any) -> tuple[int, ...]:
        """Words of a record with these fields; every field must be given.

        Raises:
            ValueError: if a field is unknown or missing or cannot hold its value.
        """
        return self.pack(**values)

    def pack(self, /, *values: Any, **named: Any) -> tuple[int, ...]:
        """Words of a record, fields given in order or by name; for behaviours.

        Compiled, a sub-array takes a tuple (of tuples) or the sub-array of a view.

        Raises:
            ValueError: uncompiled, as ``words`` does; compiled, a field unknown, missing or
                of another type is a typing error.
        """
        buffer = np.zeros(self.word_count * WORD_BYTES, np.uint8)
        cells = buffer[: self.dtype.itemsize].view(self.dtype)
        for name, value in by_name(self.dtype, values, named, ValueError).items():
            cells[name][0] = _fitting(name, self.dtype[name], value)
        return tuple(buffer.view(np.int64).tolist())

    def read(self, words: Sequence[int] | Words) -> dict[str, Any]:
        """The fields in words as ``words`` makes them; sub-arrays are copies.

        Raises:
            ValueError: if there are too few words.
        """
        data = np.array(words, np.int64)
        return _as_dict(self._cells(data, 0)[0])

    def of(self, array: Words) -> Any:
        """The record in place, in a behaviour's ``message`` or ``state``; nothing is copied.

        Its fields are attributes and items, to read and to write: ``r.amount``,
        ``r["amount"]``. It is valid only as long as the array: a message's view until the
        behaviour returns. Compiled, write a sub-array element by element: numba does not
        compare lengths when one is assigned whole. (Not called ``view``: numba keeps that
        name for arrays.)

        Args:
            array: contiguous int64 words; the whole message or the whole state.

        Raises:
            ValueError: if the array ends before the record does.
        """
        return View(self._cells(array, self.first))

    def _cells(self, array: Words, first: int) -> Any:
        needed = first + self.needed - self.first
        if len(array) < needed:
            raise ValueError(too_short(needed))
        start = first * WORD_BYTES
        return array.view(np.uint8)[start : start + self.dtype.itemsize].view(self.dtype)


@dataclass(frozen=True)
class Message(Record):
    """A kind of message and the record in its words of data.

    Args:
        dtype: see ``Record``; at most ``inline`` bytes.
        kind: 0 to 65535.
        inline: bytes of data of the system's messages, 48 or 112. Where latency is
            recorded the last word holds the send time, which leaves 8 bytes less.

    Raises:
        TypeError: if the kind or the size is no integer.
        ValueError: if the kind, the size or a field is not allowed.
    """

    kind: int
    inline: int

    def __init__(self, kind: int, dtype: Any, *, inline: int = INLINE) -> None:
        object.__setattr__(self, "kind", integer("kind", kind, 0, envelope.KIND_MASK))
        object.__setattr__(self, "dtype", dtype)
        object.__setattr__(self, "inline", integer("inline", inline))
        super().__post_init__()
        if self.inline not in (INLINE, INLINE_PAIR):
            msg = f"inline must be {INLINE} or {INLINE_PAIR}, got {inline}"
            raise ValueError(msg)
        if self.dtype.itemsize > self.inline:
            msg = (
                f"the fields of message kind {kind} take {self.dtype.itemsize} bytes, "
                f"at most {inline} fit into a message"
            )
            raise ValueError(msg)

    @property
    def first(self) -> int:
        """Index in the message of its first word of data."""
        return message_slot.DATA

    @property
    def word_count(self) -> int:
        """Words of data of a message."""
        return self.inline // WORD_BYTES


@dataclass(frozen=True)
class StateRecord(Record):
    """The record in an actor's words of state, from their start.

    ``ActorSystem(..., state_words=max(r.word_count for r in states))`` has room for it;
    ``system.spawn(behaviour, *account.words(balance=0.0, closed=False))`` starts with it.
    """

    @property
    def first(self) -> int:
        """A state starts at its first word."""
        return 0

    @property
    def word_count(self) -> int:
        """Words that the record takes; a system needs at least this many ``state_words``."""
        return self.needed


def _checked(made_of: Any) -> np.dtype[Any]:
    """The dtype, if compiled code can lay it over words."""
    try:
        dtype = np.dtype(made_of)
    except (TypeError, ValueError) as error:
        msg = f"no record dtype can be made of {shown(made_of)}: {error}"
        raise ValueError(msg) from error
    if not dtype.names or dtype.fields is None:
        msg = f"a record needs named fields, got {dtype}; give [(name, type), ...]"
        raise ValueError(msg)
    end = 0
    for name in sorted(dtype.names, key=lambda name: dtype.fields[name][1]):
        kind, offset = dtype.fields[name][:2]
        _check_field(name, kind, offset)
        if offset < end:
            msg = f"field {name} starts at byte {offset}, inside the field before it"
            raise ValueError(msg)
        end = offset + kind.itemsize
    # Without a scalar type of its own (np.record), titles and metadata.
    layout = {name: dtype.fields[name][:2] for name in dtype.names}
    return np.dtype(
        {
            "names": list(layout),
            "formats": [kind for kind, _ in layout.values()],
            "offsets": [offset for _, offset in layout.values()],
            "itemsize": dtype.itemsize,
        }
    )


def _check_field(name: str, kind: np.dtype[Any], offset: int) -> None:
    """Refuse a field that words cannot hold or compiled code cannot reach."""
    base = kind.base
    if not name.isidentifier() or name.startswith("__"):
        msg = f"field {name!r} cannot be an attribute; use letters, digits and _"
    elif base.char not in NUMBERS and not (base.char == "S" and base.itemsize):
        msg = f"field {name} is {base}; a record holds {SCALARS}, and sub-arrays of those"
    elif not base.isnative:
        msg = f"field {name} is {base.str}; only this machine's byte order works in place"
    elif 0 in kind.shape:
        msg = f"field {name} is an empty sub-array, {kind.shape}"
    elif kind.shape and offset % base.alignment:
        msg = (
            f"sub-array {name} starts at byte {offset}; those of {base} must start at a "
            f"multiple of {base.alignment}: move it forward or use align=True"
        )
    else:
        return
    raise ValueError(msg)


def _fitting(name: str, kind: np.dtype[Any], value: Any) -> Any:
    """The value as this field holds it exactly; a ValueError if it cannot."""
    base = kind.base
    fit = _FIT["i" if base.kind in "iu" else base.kind]
    try:
        if not kind.shape:
            return fit(base, value)
        whole = np.array(value, dtype=object)
        if whole.shape != kind.shape:
            msg = f"its shape is {kind.shape}, got {whole.shape}"
            raise ValueError(msg)
        return np.array(list(_each(fit, base, whole)), base).reshape(kind.shape)
    except (TypeError, ValueError) as error:
        msg = f"field {name} ({base}) cannot hold {value!r}: {error}"
        raise ValueError(msg) from error


def _each(fit: Callable[[Any, Any], Any], base: Any, whole: Any) -> Iterator[Any]:
    for value in whole.ravel():
        yield fit(base, value)


def _whole_number(base: np.dtype[Any], value: Any) -> int:
    number = operator.index(value)
    limits = np.iinfo(base)
    if not limits.min <= number <= limits.max:
        msg = f"{limits.min} to {limits.max} is allowed"
        raise ValueError(msg)
    return number


def _real_number(base: np.dtype[Any], value: Any) -> float:
    if isinstance(value, str | bytes):
        msg = "a number is needed"
        raise TypeError(msg)
    number = float(value)
    if math.isfinite(number) and abs(number) > float(np.finfo(base).max):
        msg = f"at most {np.finfo(base).max} is allowed"
        raise ValueError(msg)
    return number


def _truth(_: np.dtype[Any], value: Any) -> bool:
    if isinstance(value, bool | np.bool_) or operator.index(value) in (0, 1):
        return bool(value)
    msg = "True or False is needed"
    raise ValueError(msg)


def _fixed_bytes(base: np.dtype[Any], value: Any) -> bytes:
    if not isinstance(value, bytes):
        msg = "bytes are needed"
        raise TypeError(msg)
    if len(value) > base.itemsize:
        msg = f"{len(value)} bytes given, {base.itemsize} fit"
        raise ValueError(msg)
    if value.endswith(b"\0"):
        msg = "zero bytes at its end would be lost; use a sub-array of u1"
        raise ValueError(msg)
    return value


_FIT: dict[str, Callable[[Any, Any], Any]] = {
    "i": _whole_number,
    "f": _real_number,
    "b": _truth,
    "S": _fixed_bytes,
}


def _as_dict(cell: Any) -> dict[str, Any]:
    """Fields of one record as Python's values; sub-arrays as arrays."""
    return {
        name: cell[name].copy() if cell.dtype[name].shape else cell[name].item()
        for name in cell.dtype.names
    }


def _unknown(names: Sequence[str], dtype: np.dtype[Any]) -> str:
    return f"no field {', '.join(names)}; the fields are {', '.join(dtype.names or ())}"


def by_name(
    dtype: np.dtype[Any], values: Sequence[Any], named: Mapping[str, Any], error: type[Exception]
) -> dict[str, Any]:
    """Value given for each field, in the order of the fields; an error unless complete."""
    names = dtype.names or ()
    unknown = [name for name in named if name not in names]
    if unknown:
        raise error(_unknown(unknown, dtype))
    if len(values) > len(names):
        msg = f"{len(values)} values for {len(names)} fields: {', '.join(names)}"
        raise error(msg)
    placed = dict(zip(names, values, strict=False))
    twice = [name for name in placed if name in named]
    if twice:
        msg = f"{', '.join(twice)} given twice, in order and by name"
        raise error(msg)
    given = placed | dict(named)
    missing = [name for name in names if name not in given]
    if missing:
        msg = f"no value for {', '.join(missing)}; the fields are {', '.join(names)}"
        raise error(msg)
    return {name: given[name] for name in names}


def too_short(needed: int) -> str:
    """Error message for an array that ends before the record."""
    return f"the record needs {needed} words, the array has fewer"
