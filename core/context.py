"""What a behaviour can do: send, reply, spawn, stop, finish; and what it is told.

A behaviour is ``behaviour(ctx, state, message)``: the context, the actor's own words of
state, and the words of the message in place (layout's HEADER, SENDER, DATA),
eight of them, or 16 where messages are wide. The
methods of ``Context`` work compiled and uncompiled.
"""

from typing import NamedTuple

from zbench.core import atomics as at
from zbench.core import (
    blocks,
    boxes,
    family,
    faults,
    helping,
    mailbox,
    questions,
    routing,
    stages,
    stash,
    watches,
)
from zbench.core.context_tables import blocks_of, check_wide, need, routes_of
from zbench.core.kernel import INTERPRETED, cold_kernel, kernel, optional_kernel
from zbench.core.layout import (
    BEHAVIOUR,
    DONE,
    DONE_NS,
    FAULT_CODES,
    GENERATION,
    LINE,
    NONE,
    SENDER,
    WANTS,
    WORKER_WORDS,
    Words,
)
from zbench.core.refs import ref_of
from zbench.core.sending import deliver, poison
from zbench.core.spawning import create
from zbench.core.tables import Tables
from zbench.core.timers import cancel, set_timer
from zbench.core.urgent import send_system


@kernel
def want(t: Tables, worker: int, wish: int) -> None:
    """Note what the running behaviour asks of its actor's life (core.stages)."""
    t.worker[worker * WORKER_WORDS + WANTS] = wish


@kernel
def change(t: Tables, worker: int) -> None:
    """Have the loop look at the actor again, if the behaviour wants nothing else of it."""
    if t.worker[worker * WORKER_WORDS + WANTS] == stages.NOTHING:
        want(t, worker, stages.CHANGED)


@kernel
def give_way(t: Tables, worker: int) -> None:
    """End the batch after this message, if the behaviour wants nothing else of its actor."""
    if t.worker[worker * WORKER_WORDS + WANTS] <= stages.NOTHING:
        want(t, worker, stages.GIVE_WAY)


@kernel
def become(t: Tables, worker: int, actor: int, behaviour: int) -> None:
    """Give the actor another behaviour from its next message on."""
    if len(t.supervised) > 0:
        family.keep_first_behaviour(t, actor)
    # release; pairs with the acquire load in family.first_behaviour(), carries the first one.
    at.store_release(t.actor, actor * LINE + BEHAVIOUR, behaviour)
    change(t, worker)


@cold_kernel
def fail(t: Tables, worker: int, actor: int, code: int) -> None:
    """Note that the running behaviour gives up, with a code from 1."""
    known = code if 0 < code < FAULT_CODES else FAULT_CODES - 1
    faults.note(t, worker, actor, t.actor[actor * LINE + BEHAVIOUR], -known)
    want(t, worker, stages.FAIL + known)


@kernel
def send(
    t: Tables, worker: int, actor: int, to: int, kind: int, me: int, data: mailbox.Carried
) -> None:
    """Send a message from the running behaviour, which fails where a full mailbox says so."""
    outcome = deliver(t, worker, to, kind, me, data)
    if outcome == mailbox.SPILLED:
        helping.help_out(t, worker)
    if len(t.boxes) > 0 and outcome == mailbox.FAILED:
        fail(t, worker, actor, boxes.FAIL_CODE)


@cold_kernel
def stop_now(t: Tables, worker: int, ref: int) -> None:
    """Command an actor to stop after the message it handles."""
    if len(t.supervised) > 0:
        family.command(t, worker, ref, stages.STOP_NOW)


@kernel
def later(
    t: Tables, worker: int, actor: int, delay: int, period: int, kind: int, data: mailbox.Data
) -> int:
    """Set a timer for a message from an actor to itself."""
    if len(t.timing) > 0:
        me = ref_of(t.actor[actor * LINE + GENERATION], actor)
        return set_timer(t, worker, delay, period, me, kind & mailbox.KIND_MASK, me, data)
    return NONE


@kernel
def unset(t: Tables, worker: int, timer: int) -> bool:
    """Cancel a timer where there are timers."""
    if len(t.timing) > 0:
        return cancel(t, worker, timer)
    return False


@optional_kernel("questioning")
def ask(
    t: Tables, worker: int, actor: int, to: int, kind: int, data: mailbox.Data, wait: int, late: int
) -> int:
    """Send a question with a time-out; its reference, or NONE if there is no room."""
    me = ref_of(t.actor[actor * LINE + GENERATION], actor)
    question = questions.open_question(t, worker, me)
    if question == NONE:
        return NONE
    # Before the question: a reply needs the timer, to cancel it.
    overdue = (question, 0, 0, 0, 0, 0)
    timer = set_timer(t, worker, wait, 0, question, late & mailbox.KIND_MASK, question, overdue)
    if timer == NONE:
        questions.redeem(t, worker, question, True)
        return NONE
    questions.keep_timer(t, question, timer)
    send(t, worker, actor, to, kind, question, data)
    return question


@cold_kernel
def finish(t: Tables) -> None:
    """Say that the run is over: note the time and wake whoever waits."""
    at.store_relaxed(t.shared, DONE_NS, at.clock_ns())
    # acq_rel; release carries the time and the answer to the waiting thread.
    at.fetch_add(t.shared, DONE, 1)
    at.futex_wake(t.shared, DONE, 1 << 30)


class Context(NamedTuple):
    """The running actor's view of the system. Refs are int64 {generation, slot}."""

    tables: Tables
    worker: int
    actor: int
    slot: int  # of the message in tables.message

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
        send(self.tables, self.worker, self.actor, to, kind, me, (a, b, c, d, e, f))

    def reply(
        self, kind: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0, e: int = 0, f: int = 0
    ) -> None:
        """Send to the actor whose message this is."""
        self.send(int(self.tables.message[self.slot + SENDER]), kind, a, b, c, d, e, f)

    def send_wide(self, to: int, kind: int, data: mailbox.Wide) -> None:
        """Send a message with 14 words of data, as ``Message(..., inline=112).pack`` makes.

        Only in a system with ``message_bytes=128``; there ``send`` leaves the last eight 0.
        """
        need(self.tables.wide, "wide", "send_wide")
        check_wide("send_wide", len(data))
        send(self.tables, self.worker, self.actor, to, kind, self.self_ref(), data)

    def reply_wide(self, kind: int, data: mailbox.Wide) -> None:
        """As ``send_wide``, to the actor whose message this is."""
        need(self.tables.wide, "wide", "reply_wide")
        check_wide("reply_wide", len(data))
        to = int(self.tables.message[self.slot + SENDER])
        send(self.tables, self.worker, self.actor, to, kind, self.self_ref(), data)

    def self_ref(self) -> int:
        """Reference to the running actor."""
        return ref_of(int(self.tables.actor[self.actor * LINE + GENERATION]), self.actor)

    def spawn(self, behaviour: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
        """Make an actor with a behaviour's index and its first words of state.

        The new actor is a child of the running one. Returns its reference, or -1 if the
        table is full.
        """
        return create(self.tables, self.worker, self.actor, behaviour, (a, b, c, d))

    def become(self, behaviour: int) -> None:
        """Handle messages with the behaviour of that index from the next one on.

        Hooks are those of the behaviour an actor has; its children's supervisor stays that
        of its first behaviour, which a restart goes back to.
        """
        become(self.tables, self.worker, self.actor, behaviour)

    def give_way(self) -> None:
        """Let other actors run before this one handles its next message (yield)."""
        give_way(self.tables, self.worker)

    def stop(self) -> None:
        """Stop the running actor after this message; what is left becomes dead letters."""
        want(self.tables, self.worker, stages.STOP_SELF)

    def fail(self, code: int) -> None:
        """Fail after this message, with a code of 1 to 7 that the supervisor decides by.

        A raise is a failure of code 0. Of any other number 7 is taken.
        """
        fail(self.tables, self.worker, self.actor, code)

    def stop_child(self, ref: int) -> None:
        """Stop an actor after the message it handles; the rest becomes dead letters.

        Only where actors are supervised; elsewhere use ``poison``.
        """
        stop_now(self.tables, self.worker, ref)

    def poison(self, ref: int) -> None:
        """Stop an actor once it has handled what was sent to it before."""
        poison(self.tables, self.worker, ref)

    def stash(self) -> bool:
        """Put the message being handled aside until ``unstash``; False if there is no room.

        Then it counts as handled, so answer it, or keep what matters, at once. What is
        aside comes back by itself when the actor is restarted; with its end it becomes
        dead letters. Only in a system with ``stash``.
        """
        need(self.tables.stashing, "stashing", "stash")
        return stash.stash(self.tables, self.worker, self.actor, self.slot)

    def unstash(self) -> int:
        """Have all messages put aside handled next, oldest first; how many they are."""
        need(self.tables.stashing, "stashing", "unstash")
        return stash.unstash(self.tables, self.worker, self.actor)

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
        need(self.tables.urgency, "urgency", "send_system")
        send_system(self.tables, self.worker, to, kind, self.self_ref(), (a, b, c, d, e, f))

    def watch(self, ref: int, kind: int) -> int:
        """Have a message of a kind sent to the running actor when a life ends; the watch.

        The message's first word is the ref and its second says why (the place in
        ``ENDINGS``, 0 where it is not known). If that life has ended already it is sent
        at once. -1 if no watch is free. Only in a system with ``watches``.
        """
        need(self.tables.watching, "watching", "watch")
        return watches.watch(self.tables, self.worker, self.self_ref(), ref, kind)

    def unwatch(self, watch: int) -> bool:
        """Take a watch back; False if its message was sent, or it was taken back before."""
        need(self.tables.watching, "watching", "unwatch")
        return watches.unwatch(self.tables, self.worker, watch)

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
        need(self.tables.questioning, "questioning", "ask")
        data = (a, b, c, 0, 0, 0)
        return ask(self.tables, self.worker, self.actor, to, kind, data, timeout_ns, late)

    def parent(self) -> int:
        """Reference to the parent, or -1 where actors are not supervised."""
        return family.parent_ref(self.tables, self.actor)

    def after(
        self, delay_ns: int, kind: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0
    ) -> int:
        """Send the running actor a message after delay_ns; the timer, or -1 if none is free.

        Only in a system with ``timers``; without, it returns -1.
        """
        return later(self.tables, self.worker, self.actor, delay_ns, 0, kind, (a, b, c, d, 0, 0))

    def every(
        self, period_ns: int, kind: int, a: int = 0, b: int = 0, c: int = 0, d: int = 0
    ) -> int:
        """Send the running actor a message every period_ns until it ends; as ``after``."""
        data = (a, b, c, d, 0, 0)
        return later(self.tables, self.worker, self.actor, period_ns, period_ns, kind, data)

    def cancel(self, timer: int) -> bool:
        """Take a timer back; False if it has fired, or was cancelled before."""
        return unset(self.tables, self.worker, timer)

    def finish(self) -> None:
        """Say that the run is over."""
        finish(self.tables)

    def allocate(self, size: int, tag: int = 0) -> int:
        """Take a block of at least ``size`` bytes from the system's block pool; its ref.

        -1 if no such block is free, or the size is beyond the largest class. The ref is
        one word, to be sent in a message; whoever gets it frees it. The tag is
        ``BlockPool.tag(name)``, for the report of leaks.
        """
        return blocks.allocate(blocks_of(self.tables, "allocate"), self.worker, size, tag)

    def words(self, ref: int) -> Words:
        """The int64 words of a block in place, at least as many as were asked for.

        Of a ref out of date the pool's checked mode raises ``ValueError``, a fault of the
        actor; otherwise the words are some other life's. Of -1 they are undefined.
        """
        return blocks.words_of(blocks_of(self.tables, "words"), ref)

    def free(self, ref: int) -> bool:
        """Give a block back; False, and counted, if the ref is out of date."""
        return blocks.free(blocks_of(self.tables, "free"), self.worker, ref)

    def lookup(self, key: int) -> int:
        """Reference that a name stands for in the system's directory, by its key.

        The key is ``Directory.key(name)``. Negative if nobody has the name (-1), or if
        writers left no time to look (-2, core.routing.BUSY).
        """
        return routing.lookup(routes_of(self.tables, "lookup"), self.worker, key)


if not INTERPRETED:
    from zbench.core import context_compiled  # noqa: F401  registers the compiled twins
