"""Operations that a behaviour may use: send, reply, spawn, stop, set timers and others.

A behaviour is ``behaviour(ctx, state, message)``: the context, the actor's words of state,
and the words of the message in place (``zbench.core.HEADER``, ``SENDER``, ``DATA``): eight,
or 16 in a system of wide messages. ``Context``'s methods work compiled and uncompiled.
"""

from typing import NamedTuple

from zbench.core.actors import kinship, stages
from zbench.core.blocks import block_tables
from zbench.core.context import actions
from zbench.core.context.checks import WIDE_DATA, option, whole
from zbench.core.context.twins import checked, twin
from zbench.core.delivery import stash
from zbench.core.delivery.send import poison
from zbench.core.delivery.system_messages import send_system
from zbench.core.directory import hash_table
from zbench.core.lifecycle import death_watch
from zbench.core.memory.layout import actor_row, message_slot
from zbench.core.memory.layout.lines import LINE, Words
from zbench.core.memory.tables import Tables
from zbench.core.messages.envelope import Wide, enclose


class Context(NamedTuple):
    """The running actor's access to its system: a behaviour's first argument.

    A ref is an int64 {generation, slot}. "Needs ..." names an option of ``ActorSystem``. A
    system without it refuses the behaviour, unless the method says otherwise.
    """

    tables: Tables
    worker: int
    actor: int
    slot: int  # of the message in tables.message

    @twin()
    def send(
        self,
        to: int,
        kind: int,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        d: int = 0,
        e: int = 0,
        f: int = 0,
    ) -> None:
        """Send a message: a kind and six words of data.

        Kinds are 0 to 65535; only the low 16 bits of any other number are sent.
        """
        me = self.self_ref()
        message = enclose(to, kind, me, (a, b, c, d, e, f))
        actions.send(self.tables, self.worker, self.actor, message)

    @twin()
    def reply(
        self, kind: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0, e: int = 0, f: int = 0
    ) -> None:
        """Send a message to the sender of the one being handled, as ``send``."""
        me = self.self_ref()
        to = int(self.tables.message[self.slot + message_slot.SENDER])
        message = enclose(to, kind, me, (a, b, c, d, e, f))
        actions.send(self.tables, self.worker, self.actor, message)

    @twin(option("wide"), WIDE_DATA)
    def send_wide(self, to: int, kind: int, data: Wide) -> None:
        """Send a message with 14 words of data, as ``Message(..., inline=112).pack`` makes.

        Needs ``message_bytes=128``; with it, ``send`` leaves the last eight words 0.
        """
        message = enclose(to, kind, self.self_ref(), data)
        actions.send(self.tables, self.worker, self.actor, message)

    @twin(option("wide"), WIDE_DATA)
    def reply_wide(self, kind: int, data: Wide) -> None:
        """Send a wide message to the sender of the one being handled, as ``send_wide``."""
        me = self.self_ref()
        to = int(self.tables.message[self.slot + message_slot.SENDER])
        actions.send(self.tables, self.worker, self.actor, enclose(to, kind, me, data))

    @twin()
    def self_ref(self) -> int:
        """Reference to the running actor."""
        return int(self.tables.actor[self.actor * LINE + actor_row.REF])

    @twin()
    def spawn(self, behaviour: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
        """Spawn a child with a behaviour, by its index, and its first words of state.

        Returns its reference, or -1 if the system has no room for another actor, or in the
        post-stop hook, which runs when all children have ended. An index of no behaviour is a
        fault of the actor, as if it raised IndexError after this message; nothing is spawned.
        """
        return actions.spawn(self.tables, self.worker, self.actor, behaviour, (a, b, c, d))

    @twin()
    def become(self, behaviour: int) -> None:
        """Switch to the behaviour of that index from the next message on.

        The new behaviour's hooks apply. The supervisor of its children stays that of its
        first behaviour, which a restart goes back to. An index of no behaviour is a fault of
        the actor, as if it raised IndexError after this message.
        """
        actions.become(self.tables, self.worker, self.actor, behaviour)

    @twin()
    def give_way(self) -> None:
        """Yield: let other actors run before this one handles its next message."""
        actions.give_way(self.tables, self.worker)

    @twin()
    def stop(self) -> None:
        """Stop the running actor after this message; waiting ones become dead letters."""
        actions.request(self.tables, self.worker, stages.STOP_SELF)

    @twin()
    def fail(self, code: int) -> None:
        """Fail after this message, with a code of 1 to 7 for ``Supervisor(codes=...)``.

        Any other number counts as 7. An exception is a failure of code 0. The first failure
        is the message's; later ones are neither noted nor treated.
        """
        actions.fail(self.tables, self.worker, self.actor, code)

    @twin()
    def stop_child(self, ref: int) -> None:
        """Stop an actor after the message it handles; waiting ones become dead letters.

        Needs supervision; without, it does nothing: use ``poison``.
        """
        actions.stop_now(self.tables, self.worker, ref)

    @twin()
    def poison(self, ref: int) -> None:
        """Stop an actor once it has handled all messages sent to it before."""
        poison(self.tables, self.worker, ref)

    @twin(option("has_stash"))
    def stash(self) -> bool:
        """Put the message being handled aside until ``unstash``; False if there is no room.

        If False, the message counts as handled: answer it or save its data at once. A
        restart unstashes all messages; when the actor ends they become dead letters.
        Needs ``stash``.
        """
        return stash.stash(self.tables, self.worker, self.actor, self.slot)

    @twin(option("has_stash"))
    def unstash(self) -> int:
        """Handle all stashed messages next, oldest first; their number."""
        return stash.unstash(self.tables, self.worker, self.actor)

    @twin(option("has_system_messages"))
    def send_system(
        self,
        to: int,
        kind: int,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        d: int = 0,
        e: int = 0,
        f: int = 0,
    ) -> None:
        """Send a system message: it is handled before all waiting user messages.

        System messages of one sender stay in order; sent to a router, they are user
        messages. If the room for them is used up, the message is a dead letter. Needs
        ``system_messages``.
        """
        message = enclose(to, kind, self.self_ref(), (a, b, c, d, e, f))
        send_system(self.tables, self.worker, message)

    @twin(option("has_watches"))
    def watch(self, ref: int, kind: int) -> int:
        """Get a message of that kind when another actor ends; the watch, for ``unwatch``.

        The message's first word is the ref; the second is the ending reason, an index into
        ``ENDINGS``. If the actor has ended already, the message comes at once. Returns -1
        if no watch is free. Needs ``watches``.
        """
        return death_watch.watch(self.tables, self.worker, self.self_ref(), ref, kind)

    @twin(option("has_watches"))
    def unwatch(self, watch: int) -> bool:
        """Cancel a watch; False if its message was sent, or it was cancelled or none, as 0 is."""
        return death_watch.unwatch(self.tables, self.worker, watch)

    @twin(option("has_questions"), whole("timeout_ns", 5))
    def ask(
        self,
        to: int,
        kind: int,
        a: int = 0,
        b: int = 0,
        c: int = 0,
        timeout_ns: int = 5_000_000_000,
        late: int = 0,
    ) -> int:
        """Send a question; its reference, or -1 (and nothing is sent) if there is no room.

        The reply is a message of the kind that the replier chose; its sender is the
        question's reference. Without a reply within timeout_ns, a message of kind ``late``
        comes instead, with the reference as its sender and first word. A later reply is a
        dead letter. A time-out of 0 or less is over at once, one of 2**62 ns or more never.
        Needs ``questions``.
        """
        data = (a, b, c, 0, 0, 0)
        return actions.ask(self.tables, self.worker, self.actor, to, kind, data, timeout_ns, late)

    @twin()
    def parent(self) -> int:
        """Reference to the parent, or -1 without supervision."""
        return kinship.parent_ref(self.tables, self.actor)

    @twin(option("has_timers"), whole("delay_ns"))
    def after(
        self, delay_ns: int, kind: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0
    ) -> int:
        """Send the running actor a message after delay_ns; the timer, or -1 if none is free.

        A delay of 0 or less is over at once, one of 2**62 ns (146 years) or more never. Needs
        ``timers``.
        """
        return actions.set_own_timer(
            self.tables, self.worker, self.actor, delay_ns, 0, kind, (a, b, c, d, 0, 0)
        )

    @twin(option("has_timers"), whole("period_ns"))
    def every(
        self, period_ns: int, kind: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0
    ) -> int:
        """Send the running actor a message every period_ns until it ends, as ``after``.

        With a period below 1 no timer is set, and it returns -1.
        """
        data = (a, b, c, d, 0, 0)
        return actions.set_periodic_timer(
            self.tables, self.worker, self.actor, period_ns, kind, data
        )

    @twin(option("has_timers"))
    def cancel(self, timer: int) -> bool:
        """Cancel a timer; False if it has fired, was cancelled before, or is none, as 0 and -1."""
        return actions.cancel_timer(self.tables, self.worker, timer)

    @twin()
    def finish(self) -> None:
        """Announce the end of a run, for which ``ActorSystem.wait`` waits."""
        actions.finish(self.tables)

    @twin(option("blocks"))
    def allocate(self, size: int, tag: int = 0) -> int:
        """Take a block of at least ``size`` bytes from the system's block pool; its ref.

        Returns -1 if no such block is free, or the size exceeds the largest class. A ref is
        one word: send it in a message, and let the receiver free the block. The tag, for
        the report of leaks, is ``BlockPool.tag(name)``. Needs ``blocks``.
        """
        return block_tables.allocate(self.tables.blocks, self.worker, size, tag)

    @checked(option("blocks"))  # its twin is in core.context._blocks_llvm
    def words(self, ref: int) -> Words:
        """The int64 words of a block in place, at least as many as were requested.

        For a ref that was never given out, such as 0 or -1, it raises ``ValueError``, a fault
        of the actor. So does a checked pool for a ref out of date; in an unchecked one the
        words may belong to the block's next user.
        """
        return block_tables.words_of(self.tables.blocks, ref)

    @twin(option("blocks"))
    def free(self, ref: int) -> bool:
        """Free a block; False, and counted, if the ref is out of date."""
        return block_tables.free(self.tables.blocks, self.worker, ref)

    @twin(option("routes"))
    def lookup(self, key: int) -> int:
        """Reference registered in the system's directory under a key, ``Directory.key(name)``.

        Returns -1 if the name is not registered, and -2 if concurrent writes hindered the
        look-up (core.directory.hash_table.BUSY). Needs ``directory``.
        """
        return hash_table.lookup(self.tables.routes, self.worker, key)
