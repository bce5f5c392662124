# mypy: disable-error-code="attr-defined, call-arg, call-overload"
# mypy: disable-error-code="no-untyped-call, union-attr, untyped-decorator"
# ruff: noqa: ARG001  numba fixes these signatures; the typing pass does not use the values.
"""The compiled twins of zbench.core.messages.typed: a pointer into the words, and stores.

A ``Message`` or ``StateRecord`` that a kernel names is a constant without a value: all
that matters is in its type. A view is numba's own record, which is a pointer and needs
no reference counting; a packed record is built on the stack, where LLVM turns the stores
and the loads of its words into shifts in registers.
"""

from collections.abc import Iterator
from inspect import Parameter, Signature
from typing import Any

import numba as nb
from llvmlite import ir
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.core.imputils import lower_builtin, lower_constant
from numba.core.typing import signature
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr
from numba.extending import (
    intrinsic,
    models,
    overload_attribute,
    overload_method,
    register_model,
    typeof_impl,
)
from numba.np.arrayobj import make_array
from numba.np.numpy_support import from_dtype
from zbench.core.messages.typed import Message, Record, by_name, too_short

I8 = ir.IntType(8)
I64 = ir.IntType(64)
UNALIGNED = 1  # fields may start at any byte

NO_COUNTING: dict[str, Any] = {"jit_options": {"_nrt": False}}


class RecordType(nb.types.Type):
    """numba's type of one Message or StateRecord; equal if their layouts are."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.laid = from_dtype(record.dtype)
        super().__init__(name=repr(record))


@typeof_impl.register(Record)
def _typeof(record: Record, _: Any) -> RecordType:
    return RecordType(record)


@register_model(RecordType)
class _RecordModel(models.OpaqueModel):
    """Nothing at run time."""


@lower_constant(RecordType)
def _constant(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    return context.get_dummy_value()


@overload_attribute(RecordType, "kind", **NO_COUNTING)
def _kind(self: Any) -> Any:
    if not isinstance(self.record, Message):
        return None
    kind = self.record.kind

    def impl(self: Any) -> Any:
        return kind

    return impl


@overload_method(RecordType, "of", **NO_COUNTING)
def _of(self: Any, array: Any) -> Any:
    if not isinstance(array, nb.types.Array) or (array.dtype, array.ndim, array.layout) != (
        nb.int64,
        1,
        "C",
    ):
        msg = f"of() needs a contiguous array of int64 words, got {array}"
        raise TypingError(msg)
    needed = self.record.needed
    refused = too_short(needed)

    def impl(self: Any, array: Any) -> Any:
        if len(array) < needed:
            raise ValueError(refused)
        return _in_place(self, array)

    return impl


@intrinsic
def _in_place(context: Any, record: Any, array: Any) -> Any:
    """Pointer to the record in the array."""
    first = record.record.first

    def codegen(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        words = make_array(sig.args[1])(context, builder, args[1]).data
        place = builder.gep(words, [ir.Constant(I64, first)])
        return builder.bitcast(place, context.get_value_type(sig.return_type))

    return record.laid(record, array), codegen


@infer_getattr
class _Attributes(AttributeTemplate):
    """Types ``pack``, which takes the fields by their places or by their names."""

    key = RecordType

    def resolve_pack(self, record: RecordType) -> Any:
        """The bound method."""
        return nb.types.BoundFunction(_Pack, record)


class _Pack(AbstractTemplate):
    """A template of its own: ``overload_method`` has no names known only by the dtype."""

    key = "zbench.record.pack"

    def generic(self, args: Any, kws: Any) -> Any:
        """Signature of a call with values of these types."""
        record = self.this.record
        chosen = {
            name: nb.types.unliteral(kind)
            for name, kind in by_name(record.dtype, args, kws, TypingError).items()
        }
        for name, given in chosen.items():
            _check(name, self.this.laid.typeof(name), given)
        words = nb.types.UniTuple(nb.int64, record.word_count)
        made = signature(words, *chosen.values(), recvr=self.this)
        return made.replace(
            pysig=Signature([Parameter(n, Parameter.POSITIONAL_OR_KEYWORD) for n in chosen])
        )


@lower_builtin(_Pack.key, RecordType, nb.types.VarArg(nb.types.Any))
def _packed(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Build the record on the stack and load its words."""
    record = sig.args[0].record
    laid = sig.args[0].laid
    place = cgutils.alloca_once(builder, I64, size=record.word_count)
    cells = [builder.gep(place, [ir.Constant(I64, k)]) for k in range(record.word_count)]
    for cell in cells:
        builder.store(ir.Constant(I64, 0), cell)
    start = builder.bitcast(place, I8.as_pointer())
    for name, kind, value in zip(record.dtype.names, sig.args[1:], args[1:], strict=True):
        field = builder.gep(start, [ir.Constant(I64, laid.offset(name))])
        _store(context, builder, laid.typeof(name), field, kind, value)
    return context.make_tuple(builder, sig.return_type, [builder.load(c) for c in cells])


def _check(name: str, field: Any, given: Any) -> None:
    """Refuse a value whose type the field cannot take."""
    if not isinstance(field, nb.types.NestedArray):
        if not _takes(field, given):
            msg = f"field {name} ({field}) cannot hold a value of type {given}"
            raise TypingError(msg)
    elif isinstance(given, nb.types.NestedArray):
        if (given.shape, given.dtype) != (field.shape, field.dtype):
            msg = f"field {name} ({field}) cannot hold {given}"
            raise TypingError(msg)
    elif _shape(given) != field.shape or not all(
        _takes(field.dtype, leaf) for leaf in _leaves(given)
    ):
        msg = (
            f"field {name} ({field}) needs a tuple of shape {field.shape}, "
            f"or such a sub-array of a view, got {given}"
        )
        raise TypingError(msg)


def _takes(field: Any, given: Any) -> bool:
    """Whether a number is stored as it is, but for its width."""
    given = nb.types.unliteral(given)
    if isinstance(field, nb.types.CharSeq):
        return given == field or isinstance(given, nb.types.Bytes)
    whole = isinstance(given, nb.types.Integer | nb.types.Boolean)
    return whole or (isinstance(field, nb.types.Float) and isinstance(given, nb.types.Float))


def _shape(given: Any) -> tuple[int, ...] | None:
    """Shape of a tuple of tuples; None if it is ragged."""
    if not isinstance(given, nb.types.BaseTuple):
        return ()
    inner = {_shape(part) for part in given}
    if len(inner) != 1 or None in inner:
        return None
    return (len(given), *(inner.pop() or ()))


def _leaves(given: Any) -> Iterator[Any]:
    """Types of the values in a tuple of tuples, in order."""
    parts = given if isinstance(given, nb.types.BaseTuple) else ()
    for part in parts:
        yield from _leaves(part)
    if not parts:
        yield given


def _store(context: Any, builder: Any, field: Any, place: Any, kind: Any, value: Any) -> None:
    """Store a value of a type into a field; the number and the shapes have been checked."""
    if isinstance(kind, nb.types.NestedArray):
        source = make_array(kind)(context, builder, value).data
        size = ir.Constant(I64, field.nitems * field.size)
        cgutils.raw_memcpy(
            builder, place, builder.bitcast(source, place.type), size, 1, align=UNALIGNED
        )
        return
    scalar = field.dtype if isinstance(field, nb.types.NestedArray) else field
    size = field.size if isinstance(field, nb.types.NestedArray) else 0
    for k, (leaf, part) in enumerate(_parts(builder, kind, value)):
        element = builder.gep(place, [ir.Constant(I64, k * size)])
        cell = builder.bitcast(element, context.get_data_type(scalar).as_pointer())
        context.pack_value(
            builder, scalar, context.cast(builder, part, leaf, scalar), cell, align=UNALIGNED
        )


def _parts(builder: Any, kind: Any, value: Any) -> Iterator[tuple[Any, Any]]:
    """Types and values of the leaves of a tuple of tuples, or of a single value."""
    if isinstance(kind, nb.types.BaseTuple):
        for inner, part in zip(kind, cgutils.unpack_tuple(builder, value), strict=True):
            yield from _parts(builder, inner, part)
    else:
        yield kind, value
