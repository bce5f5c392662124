"""Calls of the kernels of a mailbox's type: built-in types first, then registered ones.

``row`` is the offset of the configuration in ``Tables.mailbox_config``. The chains over
registered types are rebuilt after every registration; a system that uses one of them has
another length of ``Tables.has_bounded``, so its kernels are compiled with these chains.
"""

from typing import Any

from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.compile.noinline import noinline
from zbench.core.mailbox import registry
from zbench.core.mailbox.bounded import cell, fetch_add, priority, sharded, vyukov
from zbench.core.mailbox.registry import MailboxType
from zbench.core.memory.layout import mailbox_row
from zbench.core.memory.layout.lines import NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages.envelope import Data

RING = 1 + registry.BUILT_IN.index(registry.STANDARD)
COUNTS = 1 + registry.BUILT_IN.index(registry.COUNTED)
SHARDS = 1 + registry.BUILT_IN.index(registry.SHARDED)
PRIORITIES = 1 + registry.BUILT_IN.index(registry.PRIORITY)


@kernel
def _nothing(*_: Any) -> None:
    """End of a chain of calls without a result."""


@kernel
def _no_line(*_: Any) -> int:
    """End of a chain of calls for a line."""
    return NONE


@kernel
def _closed(*_: Any) -> int:
    """End of the chain of ``put``."""
    return cell.CLOSED


@kernel
def _empty(*_: Any) -> int:
    """End of the chain of ``size``."""
    return 0


def _link(number: int, operation: Any, rest: Any) -> Any:
    """A chain that begins with the type of this number."""

    @kernel
    def call(engine: int, *arguments: Any) -> Any:
        if engine == number:
            return operation(*arguments)
        return rest(engine, *arguments)

    return call


def _chain(name: str, end: Any) -> Any:
    """A kernel that calls one operation of any registered type."""
    made = end
    for k, kind in enumerate(registry.REGISTERED):
        operation = getattr(kind, name)
        if operation is not None:
            made = _link(registry.USERS_FROM + k, operation, made)
    return made


users_setup: Any = _nothing
users_put: Any = _closed
users_front: Any = _no_line
users_pop: Any = _nothing
users_oldest: Any = _no_line
users_close: Any = _nothing
users_size: Any = _empty
_chained: list[MailboxType] = []


def extend() -> None:
    """Rebuild the chains if types have been registered since."""
    global users_setup, users_put, users_front, users_pop, users_oldest, users_close, users_size
    if _chained == registry.REGISTERED:
        return
    _chained[:] = registry.REGISTERED
    users_setup = _chain("setup", _nothing)
    users_put = _chain("put", _closed)
    users_front = _chain("front", _no_line)
    users_pop = _chain("pop", _nothing)
    users_oldest = _chain("oldest", _no_line)
    users_close = _chain("close", _nothing)
    users_size = _chain("size", _empty)


@optional_kernel("has_bounded")
def put(
    t: Tables,
    row: int,
    place: int,
    level: int,
    generation: int,
    kind: int,
    sender: int,
    data: Data,
) -> int:
    """Put a message into a mailbox: PUT, FULL or CLOSED."""
    noinline()
    engine = t.mailbox_config[row + mailbox_row.TYPE]
    n = t.mailbox_config[row + mailbox_row.CAPACITY]
    if engine == RING:
        return vyukov.put(t.message, place, n, level, generation, kind, sender, data)
    if engine == COUNTS:
        return fetch_add.put(t.message, place, n, level, generation, kind, sender, data)
    if engine == SHARDS:
        return sharded.put(t.message, place, n, level, generation, kind, sender, data)
    if engine == PRIORITIES:
        return priority.put(t.message, place, n, level, generation, kind, sender, data)
    if len(t.has_bounded) > 1:
        return users_put(engine, t.message, place, n, level, generation, kind, sender, data)
    return cell.CLOSED


@optional_kernel("has_bounded")
def setup(t: Tables, row: int, place: int) -> None:
    """Open a mailbox to messages."""
    noinline()
    engine = t.mailbox_config[row + mailbox_row.TYPE]
    n = t.mailbox_config[row + mailbox_row.CAPACITY]
    if engine == RING:
        vyukov.setup(t.message, place, n)
    elif engine == COUNTS:
        fetch_add.setup(t.message, place, n)
    elif engine == SHARDS:
        sharded.setup(t.message, place, n)
    elif engine == PRIORITIES:
        priority.setup(t.message, place, n)
    elif len(t.has_bounded) > 1:
        users_setup(engine, t.message, place, n)


@kernel
def front(t: Tables, row: int, place: int) -> int:
    """Claim the next message to read: its line, or NONE."""
    engine = t.mailbox_config[row + mailbox_row.TYPE]
    n = t.mailbox_config[row + mailbox_row.CAPACITY]
    if engine == RING:
        return vyukov.front(t.message, place, n)
    if engine == COUNTS:
        return fetch_add.front(t.message, place, n)
    if engine == SHARDS:
        return sharded.front(t.message, place, n)
    if engine == PRIORITIES:
        return priority.front(t.message, place, n)
    if len(t.has_bounded) > 1:
        return users_front(engine, t.message, place, n)
    return NONE


@kernel
def pop(t: Tables, row: int, place: int, line: int) -> None:
    """Free a claimed line."""
    engine = t.mailbox_config[row + mailbox_row.TYPE]
    n = t.mailbox_config[row + mailbox_row.CAPACITY]
    if engine == RING:
        vyukov.pop(t.message, place, n, line)
    elif engine == COUNTS:
        fetch_add.pop(t.message, place, n, line)
    elif engine == SHARDS:
        sharded.pop(t.message, place, n, line)
    elif engine == PRIORITIES:
        priority.pop(t.message, place, n, line)
    elif len(t.has_bounded) > 1:
        users_pop(engine, t.message, place, n, line)


@optional_kernel("has_bounded")
def oldest(t: Tables, row: int, place: int, level: int, sender: int) -> int:
    """Claim the message to drop for a new one: its line, or NONE."""
    noinline()
    engine = t.mailbox_config[row + mailbox_row.TYPE]
    n = t.mailbox_config[row + mailbox_row.CAPACITY]
    if engine == RING:
        return vyukov.oldest(t.message, place, n, level, sender)
    if engine == SHARDS:
        return sharded.oldest(t.message, place, n, level, sender)
    if engine == PRIORITIES:
        return priority.oldest(t.message, place, n, level, sender)
    if len(t.has_bounded) > 1:
        return users_oldest(engine, t.message, place, n, level, sender)
    return NONE


@optional_kernel("has_bounded")
def close(t: Tables, row: int, place: int) -> None:
    """Close a mailbox to messages."""
    noinline()
    engine = t.mailbox_config[row + mailbox_row.TYPE]
    n = t.mailbox_config[row + mailbox_row.CAPACITY]
    if engine == RING:
        vyukov.close(t.message, place, n)
    elif engine == COUNTS:
        fetch_add.close(t.message, place, n)
    elif engine == SHARDS:
        sharded.close(t.message, place, n)
    elif engine == PRIORITIES:
        priority.close(t.message, place, n)
    elif len(t.has_bounded) > 1:
        users_close(engine, t.message, place, n)


@optional_kernel("has_bounded")
def size(t: Tables, row: int, place: int) -> int:
    """Messages in a mailbox, including those claimed but not yet written."""
    noinline()
    engine = t.mailbox_config[row + mailbox_row.TYPE]
    n = t.mailbox_config[row + mailbox_row.CAPACITY]
    if engine == RING:
        return vyukov.size(t.message, place, n)
    if engine == COUNTS:
        return fetch_add.size(t.message, place, n)
    if engine == SHARDS:
        return sharded.size(t.message, place, n)
    if engine == PRIORITIES:
        return priority.size(t.message, place, n)
    if len(t.has_bounded) > 1:
        return users_size(engine, t.message, place, n)
    return 0
