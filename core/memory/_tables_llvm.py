# mypy: disable-error-code="no-untyped-call, override, untyped-decorator"
"""Tables in compiled code: one address instead of every array.

A NamedTuple of tables (``Tables`` and those nested in it) is for numba a pointer to
its ``descriptor``: two words an array (address and length), one word a number, one word for
nested tables, nothing for an option, whose length is in the type. A field is a load that
LLVM may move and repeat at will, since a descriptor never changes; an array that lies in one
piece of memory with the descriptor, at a fixed distance, needs no load. Passed by value, the
tables were 250 words on the stack of every call: a first run compiled for 33 s.
"""

import hashlib
from typing import Any

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, models, register_model, typeof_impl, unbox
from numba.np.arrayobj import make_array, populate_array

I64 = ir.IntType(64)
POINTER = I64.as_pointer()
WORDS = nb.types.Array(nb.int64, 1, "C")
WORD_BYTES = 8


class TablesType(nb.types.Type):
    """numba's type of tables: their fields and options."""

    def __init__(
        self, fields: tuple[tuple[str, Any], ...], near: dict[str, int], address: int
    ) -> None:
        self.kinds = dict(fields)
        self.near = near  # distance from the descriptor in words
        self.address = address  # place of that field in the NamedTuple
        self.places: dict[str, int] = {}
        place = 0
        for name, kind in fields:
            self.places[name] = place
            place += width(kind)
        described = ", ".join(f"{name}: {kind} {near.get(name)}" for name, kind in fields)
        # A digest: the name is part of the name of every function that takes the tables.
        digest = hashlib.sha256(described.encode()).hexdigest()[:16]
        super().__init__(name=f"Tables{digest}")


def width(kind: Any) -> int:
    """Words of the descriptor that a field takes (``tables.with_descriptor`` writes them)."""
    if kind == WORDS:
        return 2
    return 0 if isinstance(kind, nb.types.BaseTuple) else 1


def kind_of(value: Any) -> Any:
    """Type of a field, for numba."""
    if isinstance(value, np.ndarray):
        return WORDS
    if hasattr(value, "_fields"):
        return tables_type(value)
    return nb.types.UniTuple(nb.int64, len(value)) if isinstance(value, tuple) else nb.int64


def tables_type(tables: Any) -> TablesType:
    """Type of a NamedTuple of tables, for numba."""
    fields = tables._asdict()
    kinds = tuple((name, kind_of(value)) for name, value in fields.items() if name != "descriptor")
    near = {
        name: (value.ctypes.data - tables.address) // WORD_BYTES
        for name, value in fields.items()
        if isinstance(value, np.ndarray) and value.base is tables.descriptor.base
    }
    return TablesType(kinds, near, tables._fields.index("address"))


def register(tables: type) -> None:
    """Have numba take instances of this NamedTuple by the address of their descriptor."""

    @typeof_impl.register(tables)
    def typeof(value: Any, _: Any) -> TablesType:
        return tables_type(value)


@register_model(TablesType)
class _Model(models.PrimitiveModel):
    """The address of the descriptor."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, POINTER)


@unbox(TablesType)
def _unbox(kind: Any, value: Any, c: Any) -> Any:
    """Take the address from the NamedTuple, which outlives the call."""
    address = c.pyapi.long_as_longlong(c.pyapi.tuple_getitem(value, kind.address))
    return NativeValue(c.builder.inttoptr(address, POINTER))


@infer_getattr
class _Attributes(AttributeTemplate):
    """Types of the fields."""

    key = TablesType

    def generic_resolve(self, kind: Any, name: str) -> Any:
        """Type of a field, or None if the field does not exist."""
        return kind.kinds.get(name)


def _load(builder: Any, descriptor: Any, place: int) -> Any:
    """A word of a descriptor; descriptors never change."""
    word = builder.load(builder.gep(descriptor, [ir.Constant(I64, place)]), align=WORD_BYTES)
    word.set_metadata("invariant.load", builder.module.add_metadata([]))
    return word


def field(context: Any, builder: Any, kind: Any, descriptor: Any, name: str) -> Any:
    """Value of a field of the tables at an address."""
    wanted, place = kind.kinds[name], kind.places[name]
    if isinstance(wanted, nb.types.BaseTuple):
        ones = [ir.Constant(I64, 1)] * len(wanted)
        return context.make_tuple(builder, wanted, ones)
    if name in kind.near:
        data = builder.gep(descriptor, [ir.Constant(I64, kind.near[name])])
    else:
        word = _load(builder, descriptor, place)
        if wanted != WORDS and not isinstance(wanted, TablesType):
            return word
        data = builder.inttoptr(word, POINTER)
    if isinstance(wanted, TablesType):
        return data
    array = make_array(WORDS)(context, builder)
    size = ir.Constant(I64, WORD_BYTES)
    populate_array(
        array,
        data=data,
        shape=(_load(builder, descriptor, place + 1),),
        strides=(size,),
        itemsize=size,
        meminfo=None,
    )
    return array._getvalue()


@lower_getattr_generic(TablesType)
def _getattr(context: Any, builder: Any, kind: Any, descriptor: Any, name: str) -> Any:
    return field(context, builder, kind, descriptor, name)
