"""What a behaviour can do: send, reply, spawn, stop, finish; and what it is told.

A behaviour is ``behaviour(ctx, state, message)``: the context, the actor's own words of
state, and the words of the message in place (layout's HEADER, SENDER, DATA),
eight of them, or 16 where messages are wide. The
methods of ``Context`` work compiled and uncompiled.
"""

from typing import NamedTuple

from zbench.core.actors import kinship, stages
from zbench.core.actors.refs import ref_of
from zbench.core.blocks import block_tables
from zbench.core.context import actions
from zbench.core.context.checks import WIDE_DATA, option
from zbench.core.context.twins import checked, twin
from zbench.core.delivery import stash
from zbench.core.delivery.send import poison
from zbench.core.delivery.system_messages import send_system
from zbench.core.directory import hash_table
from zbench.core.lifecycle import death_watch
from zbench.core.lifecycle.spawning import create
from zbench.core.memory.layout import actor_row, message_slot
from zbench.core.memory.layout.lines import LINE, Words
from zbench.core.memory.tables import Tables
from zbench.core.messages.envelope import Wide, enclose


class Context(NamedTuple):
    """The running actor's view of the system. Refs are int64 {generation, slot}."""

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
        """Send a message of a kind with six words of data.

        Kinds are 0 to 65535; of any other number the low 16 bits are sent.
        """
        me = self.self_ref()
        message = enclose(to, kind, me, (a, b, c, d, e, f))
        actions.send(self.tables, self.worker, self.actor, message)

    @twin()
    def reply(
        self, kind: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0, e: int = 0, f: int = 0
    ) -> None:
        """Send to the actor whose message this is."""
        me = self.self_ref()
        to = int(self.tables.message[self.slot + message_slot.SENDER])
        message = enclose(to, kind, me, (a, b, c, d, e, f))
        actions.send(self.tables, self.worker, self.actor, message)

    @twin(option("wide"), WIDE_DATA)
    def send_wide(self, to: int, kind: int, data: Wide) -> None:
        """Send a message with 14 words of data, as ``Message(..., inline=112).pack`` makes.

        Only in a system with ``message_bytes=128``; there ``send`` leaves the last eight 0.
        """
        message = enclose(to, kind, self.self_ref(), data)
        actions.send(self.tables, self.worker, self.actor, message)

    @twin(option("wide"), WIDE_DATA)
    def reply_wide(self, kind: int, data: Wide) -> None:
        """As ``send_wide``, to the actor whose message this is."""
        me = self.self_ref()
        to = int(self.tables.message[self.slot + message_slot.SENDER])
        actions.send(self.tables, self.worker, self.actor, enclose(to, kind, me, data))

    @twin()
    def self_ref(self) -> int:
        """Reference to the running actor."""
        return ref_of(int(self.tables.actor[self.actor * LINE + actor_row.GENERATION]), self.actor)

    @twin()
    def spawn(self, behaviour: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
        """Make an actor with a behaviour's index and its first words of state.

        The new actor is a child of the running one. Returns its reference, or -1 if the
        table is full.
        """
        return create(self.tables, self.worker, self.actor, behaviour, (a, b, c, d))

    @twin()
    def become(self, behaviour: int) -> None:
        """Handle messages with the behaviour of that index from the next one on.

        Hooks are those of the behaviour an actor has; its children's supervisor stays that
        of its first behaviour, which a restart goes back to.
        """
        actions.become(self.tables, self.worker, self.actor, behaviour)

    @twin()
    def give_way(self) -> None:
        """Let other actors run before this one handles its next message (yield)."""
        actions.give_way(self.tables, self.worker)

    @twin()
    def stop(self) -> None:
        """Stop the running actor after this message; what is left becomes dead letters."""
        actions.request(self.tables, self.worker, stages.STOP_SELF)

    @twin()
    def fail(self, code: int) -> None:
        """Fail after this message, with a code of 1 to 7 that the supervisor decides by.

        A raise is a failure of code 0. Of any other number 7 is taken.
        """
        actions.fail(self.tables, self.worker, self.actor, code)

    @twin()
    def stop_child(self, ref: int) -> None:
        """Stop an actor after the message it handles; the rest becomes dead letters.

        Only where actors are supervised; elsewhere use ``poison``.
        """
        actions.stop_now(self.tables, self.worker, ref)

    @twin()
    def poison(self, ref: int) -> None:
        """Stop an actor once it has handled what was sent to it before."""
        poison(self.tables, self.worker, ref)

    @twin(option("has_stash"))
    def stash(self) -> bool:
        """Put the message being handled aside until ``unstash``; False if there is no room.

        Then it counts as handled, so answer it, or keep what matters, at once. What is
        aside comes back by itself when the actor is restarted; with its end it becomes
        dead letters. Only in a system with ``stash``.
        """
        return stash.stash(self.tables, self.worker, self.actor, self.slot)

    @twin(option("has_stash"))
    def unstash(self) -> int:
        """Have all messages put aside handled next, oldest first; how many they are."""
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
        """Send a message that is handled before all user messages that wait.

        System messages of one sender stay in order; sent to a router, they are user
        messages. Only in a system with ``system_messages``; if no room is left there the
        message is a dead letter.
        """
        message = enclose(to, kind, self.self_ref(), (a, b, c, d, e, f))
        send_system(self.tables, self.worker, message)

    @twin(option("has_watches"))
    def watch(self, ref: int, kind: int) -> int:
        """Have a message of a kind sent to the running actor when a life ends; the watch.

        The message's first word is the ref and its second says why (the place in
        ``ENDINGS``, 0 where it is not known). If that life has ended already it is sent
        at once. -1 if no watch is free. Only in a system with ``watches``.
        """
        return death_watch.watch(self.tables, self.worker, self.self_ref(), ref, kind)

    @twin(option("has_watches"))
    def unwatch(self, watch: int) -> bool:
        """Take a watch back; False if its message was sent, or it was taken back before."""
        return death_watch.unwatch(self.tables, self.worker, watch)

    @twin(option("has_questions"))
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
        """Send a question; its reference, or -1, and nothing sent, if there is no room.

        The reply comes as a message of the replier's kind whose sender is the question's
        reference; if there is none within timeout_ns, a message of the kind ``late``
        comes instead, with the reference as its sender and its first word. A later reply
        is a dead letter. Only in a system with ``questions``.
        """
        data = (a, b, c, 0, 0, 0)
        return actions.ask(self.tables, self.worker, self.actor, to, kind, data, timeout_ns, late)

    @twin()
    def parent(self) -> int:
        """Reference to the parent, or -1 where actors are not supervised."""
        return kinship.parent_ref(self.tables, self.actor)

    @twin()
    def after(
        self, delay_ns: int, kind: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0
    ) -> int:
        """Send the running actor a message after delay_ns; the timer, or -1 if none is free.

        Only in a system with ``timers``; without, it returns -1.
        """
        return actions.set_own_timer(
            self.tables, self.worker, self.actor, delay_ns, 0, kind, (a, b, c, d, 0, 0)
        )

    @twin()
    def every(
        self, period_ns: int, kind: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0
    ) -> int:
        """Send the running actor a message every period_ns until it ends; as ``after``."""
        data = (a, b, c, d, 0, 0)
        return actions.set_own_timer(
            self.tables, self.worker, self.actor, period_ns, period_ns, kind, data
        )

    @twin()
    def cancel(self, timer: int) -> bool:
        """Take a timer back; False if it has fired, or was cancelled before."""
        return actions.cancel_timer(self.tables, self.worker, timer)

    @twin()
    def finish(self) -> None:
        """Say that the run is over."""
        actions.finish(self.tables)

    @twin(option("blocks"))
    def allocate(self, size: int, tag: int = 0) -> int:
        """Take a block of at least ``size`` bytes from the system's block pool; its ref.

        -1 if no such block is free, or the size is beyond the largest class. The ref is
        one word, to be sent in a message; whoever gets it frees it. The tag is
        ``BlockPool.tag(name)``, for the report of leaks.
        """
        return block_tables.allocate(self.tables.blocks, self.worker, size, tag)

    @checked(option("blocks"))  # its twin is in core.context._blocks_llvm
    def words(self, ref: int) -> Words:
        """The int64 words of a block in place, at least as many as were asked for.

        Of a ref out of date the pool's checked mode raises ``ValueError``, a fault of the
        actor; otherwise the words are some other life's. Of -1 they are undefined.
        """
        return block_tables.words_of(self.tables.blocks, ref)

    @twin(option("blocks"))
    def free(self, ref: int) -> bool:
        """Give a block back; False, and counted, if the ref is out of date."""
        return block_tables.free(self.tables.blocks, self.worker, ref)

    @twin(option("routes"))
    def lookup(self, key: int) -> int:
        """Reference that a name stands for in the system's directory, by its key.

        The key is ``Directory.key(name)``. Negative if nobody has the name (-1), or if
        writers left no time to look (-2, core.directory.hash_table.BUSY).
        """
        return hash_table.lookup(self.tables.routes, self.worker, key)
