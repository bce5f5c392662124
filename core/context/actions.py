"""Kernels behind those methods of ``Context`` that are longer than a line."""

from zbench.core.actors import faults, kinship, stages
from zbench.core.compile.kernel import cold_kernel, kernel, optional_kernel
from zbench.core.delivery import ask_actors
from zbench.core.delivery.send import deliver
from zbench.core.lifecycle import commands
from zbench.core.lifecycle.spawning import create
from zbench.core.mailbox.bounded import lookup
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row, behaviour_row, shared_words, worker_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.messages import envelope, outcomes
from zbench.core.messages.envelope import Data, Envelope
from zbench.core.scheduler import helping
from zbench.core.timers import cancel, set_timer


@kernel
def request(t: Tables, worker: int, wish: int) -> None:
    """Note a request of the running behaviour about its actor (core.actors.stages)."""
    t.worker[worker * worker_row.WORDS + worker_row.WANTS] = wish


@kernel
def request_look(t: Tables, worker: int) -> None:
    """Have the loop look at the actor again, unless the behaviour has requested more."""
    if t.worker[worker * worker_row.WORDS + worker_row.WANTS] == stages.NOTHING:
        request(t, worker, stages.CHANGED)


@kernel
def give_way(t: Tables, worker: int) -> None:
    """End the batch after this message, unless the behaviour has requested more."""
    if t.worker[worker * worker_row.WORDS + worker_row.WANTS] <= stages.NOTHING:
        request(t, worker, stages.GIVE_WAY)


@kernel
def spawn(
    t: Tables, worker: int, actor: int, behaviour: int, state: tuple[int, int, int, int]
) -> int:
    """Spawn a child of the running actor; its reference, or NONE."""
    if not is_behaviour(t, behaviour):
        fail_for_index(t, worker, actor, behaviour)
        return NONE
    # After its children an actor ends: in its post-stop hook it can have no more.
    if len(t.supervised) > 0 and t.actor[actor * LINE + actor_row.STAGE] == stages.STOPPING:
        return NONE
    return create(t, worker, actor, behaviour, state)


@kernel
def is_behaviour(t: Tables, index: int) -> bool:
    """Whether a behaviour has that index."""
    return 0 <= index < t.code[behaviour_row.COUNT]


@cold_kernel
def fail_for_index(t: Tables, worker: int, actor: int, index: int) -> None:
    """Note that the running behaviour used an index of no behaviour, a fault like a raise."""
    behaviour = t.actor[actor * LINE + actor_row.BEHAVIOUR]
    faults.fail(t, worker, actor, behaviour, faults.NO_BEHAVIOUR, stages.FAIL, index)


@kernel
def become(t: Tables, worker: int, actor: int, behaviour: int) -> None:
    """Give the actor another behaviour from its next message on."""
    if not is_behaviour(t, behaviour):
        fail_for_index(t, worker, actor, behaviour)
        return
    if len(t.supervised) > 0:
        kinship.keep_first_behaviour(t, actor)
    # release; pairs with the acquire load in kinship.first_behaviour(), carries the first one.
    atomics.store_release(t.actor, actor * LINE + actor_row.BEHAVIOUR, behaviour)
    request_look(t, worker)


@cold_kernel
def fail(t: Tables, worker: int, actor: int, code: int) -> None:
    """Note a failure of the running behaviour, with a code from 1, unless it has failed before."""
    known = code if 0 < code < behaviour_row.FAULT_CODES else behaviour_row.FAULT_CODES - 1
    behaviour = t.actor[actor * LINE + actor_row.BEHAVIOUR]
    faults.fail(t, worker, actor, behaviour, -known, stages.FAIL + known)


@kernel
def send(t: Tables, worker: int, actor: int, e: Envelope) -> None:
    """Send a message from the running behaviour, which fails if the mailbox's overflow says so."""
    outcome = deliver(t, worker, e)
    if outcome == outcomes.SPILLED:
        helping.help_out(t, worker)
    if len(t.has_bounded) > 0 and outcome == outcomes.FAILED:
        fail(t, worker, actor, lookup.FAIL_CODE)


@cold_kernel
def stop_now(t: Tables, worker: int, ref: int) -> None:
    """Command an actor to stop after the message it handles."""
    if len(t.supervised) > 0:
        commands.command(t, worker, ref, stages.STOP_NOW)


@kernel
def set_own_timer(
    t: Tables, worker: int, actor: int, delay: int, period: int, kind: int, data: Data
) -> int:
    """Set a timer for a message from an actor to itself."""
    if len(t.has_timers) > 0:
        me = t.actor[actor * LINE + actor_row.REF]
        return set_timer(t, worker, delay, period, me, kind & envelope.KIND_MASK, me, data)
    return NONE


@kernel
def set_periodic_timer(
    t: Tables, worker: int, actor: int, period: int, kind: int, data: Data
) -> int:
    """Set a timer for messages from an actor to itself; NONE for a period below 1."""
    if period < 1:
        return NONE
    return set_own_timer(t, worker, actor, period, period, kind, data)


@kernel
def cancel_timer(t: Tables, worker: int, timer: int) -> bool:
    """Cancel a timer; False in a system without timers."""
    if len(t.has_timers) > 0:
        return cancel(t, worker, timer)
    return False


@optional_kernel("has_questions")
def ask(
    t: Tables,
    worker: int,
    actor: int,
    to: int,
    kind: int,
    data: Data,
    wait: int,
    late: int,
) -> int:
    """Send a question with a time-out; its reference, or NONE if there is no room."""
    me = t.actor[actor * LINE + actor_row.REF]
    question = ask_actors.open_question(t, worker, me)
    if question == NONE:
        return NONE
    # Before the question: a reply needs the timer, to cancel it.
    overdue = (question, 0, 0, 0, 0, 0)
    timer = set_timer(t, worker, wait, 0, question, late & envelope.KIND_MASK, question, overdue)
    if timer == NONE:
        ask_actors.redeem(t, worker, question, True)
        return NONE
    ask_actors.keep_timer(t, question, timer)
    send(t, worker, actor, envelope.enclose(to, kind, question, data))
    return question


@cold_kernel
def finish(t: Tables) -> None:
    """Announce the end of a run: note the time and wake the waiting threads."""
    atomics.store_relaxed(t.shared, shared_words.DONE_NS, atomics.clock_ns())
    # acq_rel; release carries the time and the answer to the waiting thread.
    atomics.fetch_add(t.shared, shared_words.DONE, 1)
    atomics.futex_wake(t.shared, shared_words.DONE, 1 << 30)
