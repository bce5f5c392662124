# mypy: disable-error-code="attr-defined, call-arg, no-untyped-call, untyped-decorator"
"""The compiled twin of ``Context.words``: a view of the block pool's memory.

Without reference counting numba compiles no Python function that returns part of an
array, and it inlines no methods of a NamedTuple; so the view is built here. Its start and
length come from ``block_tables.span_of``, which also raises in checked mode.
"""

from typing import Any

import numba as nb
from llvmlite import ir
from numba.core.imputils import lower_builtin
from numba.core.typing import signature
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr
from numba.np.arrayobj import make_array, populate_array
from zbench.core.blocks import block_tables
from zbench.core.context.checks import require
from zbench.core.context.context import Context
from zbench.core.memory._tables_llvm import field

WORD_BYTES = 8


@infer_getattr
class _Attributes(AttributeTemplate):
    """Types ``words``; other NamedTuples have no such method."""

    key = nb.types.NamedTuple

    def resolve_words(self, kind: Any) -> Any:
        """The bound method, for a Context."""
        if getattr(kind, "instance_class", None) is not Context:
            return None
        require(kind, "blocks", "words")
        return nb.types.BoundFunction(_Words, kind)


class _Words(AbstractTemplate):
    """Typing of a call of ``words``."""

    key = "zbench.context.words"

    def generic(self, args: Any, kws: Any) -> Any:
        """Signature of a call with the ref."""
        if len(args) != 1 or kws:
            return None
        return signature(nb.types.Array(nb.int64, 1, "C"), nb.int64, recvr=self.this)


def _member(builder: Any, kind: Any, value: Any, name: str) -> tuple[Any, Any]:
    """Type and value of a field of a NamedTuple."""
    place = kind.fields.index(name)
    return kind.types[place], builder.extract_value(value, place)


@lower_builtin(_Words.key, nb.types.NamedTuple, nb.types.Integer)
def _words(target: Any, builder: Any, sig: Any, args: Any) -> Any:
    """Build an array over the block's span that does not own the memory."""
    tables = _member(builder, sig.args[0], args[0], "tables")
    blocks_kind = tables[0].kinds["blocks"]
    value = field(target, builder, *tables, "blocks")
    function = target.typing_context.resolve_value_type(block_tables.span_of)
    called = function.get_call_type(target.typing_context, (blocks_kind, nb.int64), {})
    span = target.get_function(function, called)
    target.add_linking_libs(getattr(span, "libs", ()))
    start, length = (builder.extract_value(span(builder, (value, args[1])), k) for k in (0, 1))
    memory = make_array(sig.return_type)(
        target, builder, field(target, builder, blocks_kind, value, "memory")
    )
    view = make_array(sig.return_type)(target, builder)
    size = ir.Constant(ir.IntType(64), WORD_BYTES)
    populate_array(
        view,
        data=builder.gep(memory.data, [start]),
        shape=(length,),
        strides=(size,),
        itemsize=size,
        meminfo=None,
    )
    return view._getvalue()
