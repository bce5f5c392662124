"""Kernels that Python's threads call; their machine code is kept on disk.

Caller: a thread that holds the system's lock, if the kernel uses row ``workers``.
"""

from zbench.core.actors import stages
from zbench.core.actors.refs import VACANT
from zbench.core.compile.kernel import cached_kernel
from zbench.core.delivery.send import deliver, poison
from zbench.core.delivery.system_messages import send_system
from zbench.core.lifecycle import commands, death_watch, spawning
from zbench.core.mailbox.bounded import lookup
from zbench.core.memory import atomics
from zbench.core.memory.layout import (
    actor_row,
    behaviour_row,
    message_slot,
    shared_words,
)
from zbench.core.memory.layout.lines import LINE, NONE, Words
from zbench.core.memory.tables import Tables
from zbench.core.messages.envelope import Carried, Data, enclose
from zbench.core.scheduler import parking
from zbench.core.timers import cancel, set_timer


@cached_kernel
def spawn_many(t: Tables, behaviour: int, state: Words, refs: Words) -> int:
    """Fill refs with new actors; their number, or 0 if there is no room for all of them."""
    # First the slots: an actor that has started cannot be taken back.
    for k in range(len(refs)):
        refs[k] = spawning.claim(t, t.workers, behaviour)
        if refs[k] == NONE:
            for taken in range(k - 1, -1, -1):  # the next call finds them in the same order
                spawning.give_back(t, t.workers, refs[taken])
            return 0
    for k in range(len(refs)):
        slot = refs[k]
        for word in range(t.state_words):
            t.state[slot * t.state_words + word] = state[word]
        if len(t.supervised) > 0:
            spawning.join_family(t, slot, actor_row.GUARDIAN_SLOT)
            commands.tell_parent(t, t.workers, slot, stages.ADOPT)
        refs[k] = spawning.start(t, t.workers, slot)
    return len(refs)


@cached_kernel
def spawn_guardian(t: Tables) -> None:
    """Make the first actor of a supervised system: its own parent, without messages."""
    slot = spawning.claim(t, t.workers, behaviour_row.GUARDIAN)
    spawning.join_family(t, slot, slot)
    # It has no behaviour: as a receiver it is nobody.
    t.actor[slot * LINE + actor_row.REF] = spawning.start(t, t.workers, slot) ^ VACANT


@cached_kernel
def stop_guardian(t: Tables) -> None:
    """Stop the guardian, and so all actors."""
    commands.command_child(t, t.workers, actor_row.GUARDIAN_SLOT, stages.STOP_NOW)


@cached_kernel
def poison_many(t: Tables, to: Words) -> None:
    """Ask each of many actors to stop once it has handled all earlier messages."""
    for k in range(len(to)):
        poison(t, t.workers, to[k])


@cached_kernel
def command_many(t: Tables, to: Words, bits: int) -> int:
    """Give each of many actors commands; the number of live ones among them."""
    alive = 0
    for k in range(len(to)):
        alive += commands.command(t, t.workers, to[k], bits)
    return alive


@cached_kernel
def tell_many(t: Tables, to: Words, kind: int, sender: int, data: Carried) -> None:
    """Send the same message to each of many actors; replies go to ``sender``."""
    for k in range(len(to)):
        deliver(t, t.workers, enclose(to[k], kind, sender, data))


@cached_kernel
def tell_system_many(t: Tables, to: Words, kind: int, data: Carried) -> None:
    """Send the same system message to each of many actors."""
    for k in range(len(to)):
        send_system(t, t.workers, enclose(to[k], kind, message_slot.NO_SENDER, data))


@cached_kernel
def send_later(t: Tables, delay: int, period: int, to: int, kind: int, data: Data) -> int:
    """Set a timer; its reference, or NONE if every node is in use."""
    return set_timer(t, t.workers, delay, period, to, kind, message_slot.NO_SENDER, data)


@cached_kernel
def cancel_timer(t: Tables, timer: int) -> bool:
    """Cancel a timer; False if it has fired, or was cancelled."""
    return cancel(t, t.workers, timer)


@cached_kernel
def watch(t: Tables, watcher: int, target: int) -> int:
    """Watch an actor; the watch, or NONE if every node is in use."""
    return death_watch.watch(t, t.workers, watcher, target, 0)


@cached_kernel
def unwatch(t: Tables, handle: int) -> bool:
    """Cancel a watch; False if its message was sent."""
    return death_watch.unwatch(t, t.workers, handle)


@cached_kernel
def waiting_in_bounded(t: Tables, actor: int) -> int:
    """Messages waiting in an actor's bounded mailbox; 0 if it has none."""
    if len(t.has_bounded) > 0:
        return lookup.waiting(t, actor)
    return 0


@cached_kernel
def wait_done(t: Tables, runs: int, timeout_ns: int) -> bool:
    """Wait for ``runs`` calls of ``finish``; False after the time-out."""
    until = atomics.clock_ns() + timeout_ns
    while True:
        # acquire; pairs with the fetch_add in actions.finish(), carries the answer.
        done = atomics.load_acquire(t.shared, shared_words.DONE)
        if done >= runs:
            return True
        left = until - atomics.clock_ns()
        if left <= 0:
            return False
        atomics.futex_wait(t.shared, shared_words.DONE, done, left)


@cached_kernel
def wake_all(t: Tables) -> None:
    """Wake every sleeping worker."""
    parking.wake_all(t.shared)
