"""The compiled twins of ``Context``'s methods, for numba."""

from typing import Any

import numba as nb
from numba.extending import overload_method
from zbench.core import (
    _blocks_llvm,  # noqa: F401  registers words
    blocks,
    context,
    routing,
    stages,
    stash,
    watches,
)
from zbench.core.context import (
    ask,
    become,
    fail,
    finish,
    give_way,
    later,
    send,
    stop_now,
    unset,
    want,
)
from zbench.core.context_tables import check_wide, require
from zbench.core.family import parent_ref
from zbench.core.layout import GENERATION, LINE, SENDER
from zbench.core.refs import ref_of
from zbench.core.sending import poison
from zbench.core.spawning import create
from zbench.core.urgent import send_system


def _method(name: str) -> Any:
    """Register the compiled twin of a method of Context."""
    return overload_method(nb.types.NamedTuple, name, strict=False, jit_options={"_nrt": False})


def _is_context(kind: Any) -> bool:
    return getattr(kind, "instance_class", None) is context.Context


@_method("send")
def _send(
    self: Any,
    to: Any,
    kind: Any,
    a: Any = 0,
    b: Any = 0,
    c: Any = 0,
    d: Any = 0,
    e: Any = 0,
    f: Any = 0,
) -> Any:
    if not _is_context(self):
        return None

    def impl(
        self: Any,
        to: int,
        kind: int,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        d: int = 0,
        e: int = 0,
        f: int = 0,
    ) -> None:
        me = ref_of(self.tables.actor[self.actor * LINE + GENERATION], self.actor)
        send(self.tables, self.worker, self.actor, to, kind, me, (a, b, c, d, e, f))

    return impl


@_method("reply")
def _reply(
    self: Any, kind: Any, a: Any = 0, b: Any = 0, c: Any = 0, d: Any = 0, e: Any = 0, f: Any = 0
) -> Any:
    if not _is_context(self):
        return None

    def impl(
        self: Any,
        kind: int,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        d: int = 0,
        e: int = 0,
        f: int = 0,
    ) -> None:
        me = ref_of(self.tables.actor[self.actor * LINE + GENERATION], self.actor)
        to = self.tables.message[self.slot + SENDER]
        send(self.tables, self.worker, self.actor, to, kind, me, (a, b, c, d, e, f))

    return impl


@_method("send_wide")
def _send_wide(self: Any, to: Any, kind: Any, data: Any) -> Any:
    if not _is_context(self):
        return None
    require(self, "wide", "send_wide")
    check_wide("send_wide", getattr(data, "count", None))

    def impl(self: Any, to: int, kind: int, data: Any) -> None:
        me = ref_of(self.tables.actor[self.actor * LINE + GENERATION], self.actor)
        send(self.tables, self.worker, self.actor, to, kind, me, data)

    return impl


@_method("reply_wide")
def _reply_wide(self: Any, kind: Any, data: Any) -> Any:
    if not _is_context(self):
        return None
    require(self, "wide", "reply_wide")
    check_wide("reply_wide", getattr(data, "count", None))

    def impl(self: Any, kind: int, data: Any) -> None:
        me = ref_of(self.tables.actor[self.actor * LINE + GENERATION], self.actor)
        to = self.tables.message[self.slot + SENDER]
        send(self.tables, self.worker, self.actor, to, kind, me, data)

    return impl


@_method("self_ref")
def _self_ref(self: Any) -> Any:
    if not _is_context(self):
        return None
    return lambda self: ref_of(self.tables.actor[self.actor * LINE + GENERATION], self.actor)


@_method("spawn")
def _spawn(self: Any, behaviour: Any, a: Any = 0, b: Any = 0, c: Any = 0, d: Any = 0) -> Any:
    if not _is_context(self):
        return None
    return lambda self, behaviour, a=0, b=0, c=0, d=0: create(
        self.tables, self.worker, self.actor, behaviour, (a, b, c, d)
    )


@_method("become")
def _become(self: Any, behaviour: Any) -> Any:
    if not _is_context(self):
        return None
    return lambda self, behaviour: become(self.tables, self.worker, self.actor, behaviour)


@_method("give_way")
def _give_way(self: Any) -> Any:
    if not _is_context(self):
        return None
    return lambda self: give_way(self.tables, self.worker)


@_method("stop")
def _stop(self: Any) -> Any:
    if not _is_context(self):
        return None

    return lambda self: want(self.tables, self.worker, stages.STOP_SELF)


@_method("fail")
def _fail(self: Any, code: Any) -> Any:
    if not _is_context(self):
        return None
    return lambda self, code: fail(self.tables, self.worker, self.actor, code)


@_method("stop_child")
def _stop_child(self: Any, ref: Any) -> Any:
    if not _is_context(self):
        return None
    return lambda self, ref: stop_now(self.tables, self.worker, ref)


@_method("poison")
def _poison(self: Any, ref: Any) -> Any:
    if not _is_context(self):
        return None
    return lambda self, ref: poison(self.tables, self.worker, ref)


@_method("stash")
def _stash(self: Any) -> Any:
    if not _is_context(self):
        return None
    require(self, "stashing", "stash")
    return lambda self: stash.stash(self.tables, self.worker, self.actor, self.slot)


@_method("unstash")
def _unstash(self: Any) -> Any:
    if not _is_context(self):
        return None
    require(self, "stashing", "unstash")
    return lambda self: stash.unstash(self.tables, self.worker, self.actor)


@_method("send_system")
def _send_system(
    self: Any,
    to: Any,
    kind: Any,
    a: Any = 0,
    b: Any = 0,
    c: Any = 0,
    d: Any = 0,
    e: Any = 0,
    f: Any = 0,
) -> Any:
    if not _is_context(self):
        return None
    require(self, "urgency", "send_system")

    def impl(
        self: Any,
        to: int,
        kind: int,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        d: int = 0,
        e: int = 0,
        f: int = 0,
    ) -> None:
        me = ref_of(self.tables.actor[self.actor * LINE + GENERATION], self.actor)
        send_system(self.tables, self.worker, to, kind, me, (a, b, c, d, e, f))

    return impl


@_method("watch")
def _watch(self: Any, ref: Any, kind: Any) -> Any:
    if not _is_context(self):
        return None
    require(self, "watching", "watch")

    def impl(self: Any, ref: int, kind: int) -> int:
        me = ref_of(self.tables.actor[self.actor * LINE + GENERATION], self.actor)
        return watches.watch(self.tables, self.worker, me, ref, kind)

    return impl


@_method("unwatch")
def _unwatch(self: Any, watch: Any) -> Any:
    if not _is_context(self):
        return None
    require(self, "watching", "unwatch")
    return lambda self, watch: watches.unwatch(self.tables, self.worker, watch)


@_method("ask")
def _ask(
    self: Any,
    to: Any,
    kind: Any,
    a: Any = 0,
    b: Any = 0,
    c: Any = 0,
    timeout_ns: Any = 5_000_000_000,
    late: Any = 0,
) -> Any:
    if not _is_context(self):
        return None
    require(self, "questioning", "ask")

    def impl(
        self: Any,
        to: int,
        kind: int,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        timeout_ns: int = 5_000_000_000,
        late: int = 0,
    ) -> int:
        data = (a, b, c, 0, 0, 0)
        return ask(self.tables, self.worker, self.actor, to, kind, data, timeout_ns, late)

    return impl


@_method("parent")
def _parent(self: Any) -> Any:
    if not _is_context(self):
        return None
    return lambda self: parent_ref(self.tables, self.actor)


@_method("after")
def _after(
    self: Any, delay_ns: Any, kind: Any, a: Any = 0, b: Any = 0, c: Any = 0, d: Any = 0
) -> Any:
    if not _is_context(self):
        return None
    return lambda self, delay_ns, kind, a=0, b=0, c=0, d=0: later(
        self.tables, self.worker, self.actor, delay_ns, 0, kind, (a, b, c, d, 0, 0)
    )


@_method("every")
def _every(
    self: Any, period_ns: Any, kind: Any, a: Any = 0, b: Any = 0, c: Any = 0, d: Any = 0
) -> Any:
    if not _is_context(self):
        return None
    return lambda self, period_ns, kind, a=0, b=0, c=0, d=0: later(
        self.tables, self.worker, self.actor, period_ns, period_ns, kind, (a, b, c, d, 0, 0)
    )


@_method("cancel")
def _cancel(self: Any, timer: Any) -> Any:
    if not _is_context(self):
        return None
    return lambda self, timer: unset(self.tables, self.worker, timer)


@_method("finish")
def _finish(self: Any) -> Any:
    if not _is_context(self):
        return None
    return lambda self: finish(self.tables)


@_method("allocate")
def _allocate(self: Any, size: Any, tag: Any = 0) -> Any:
    if not _is_context(self):
        return None
    require(self, "blocks", "allocate")
    return lambda self, size, tag=0: blocks.allocate(self.tables.blocks, self.worker, size, tag)


@_method("free")
def _free(self: Any, ref: Any) -> Any:
    if not _is_context(self):
        return None
    require(self, "blocks", "free")
    return lambda self, ref: blocks.free(self.tables.blocks, self.worker, ref)


@_method("lookup")
def _lookup(self: Any, key: Any) -> Any:
    if not _is_context(self):
        return None
    require(self, "routes", "lookup")
    return lambda self, key: routing.lookup(self.tables.routes, self.worker, key)
