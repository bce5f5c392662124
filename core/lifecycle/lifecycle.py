"""An actor's lifecycle: start, stop, restart, and the treatment of its faults.

After Akka's model, with the protocol of core.lifecycle.commands:

1. A fault (a raise, ``ctx.fail``) is judged by the policy of the parent's behaviour.
   For one-for-one, the actor carries out the directive itself, without its parent. For
   the other groups it suspends itself, and its parent commands the whole group.
2. Restart: pre-restart hook, children stopped, first state and behaviour again,
   post-restart hook. Reference and mailbox stay; the message that failed is gone.
3. Stop: children stopped first, post-stop hook, references out of date, waiting messages
   become dead letters; then the parent is told and frees the slot.
4. A fault after the policy's last restart in a window becomes the parent's own
   (escalate); the guardian stops the child instead.

Caller: the actor's owner, between messages. ``due_hook`` names the hook to run next and
``after_hook`` continues after it, since only the loop can call hooks.
"""

from zbench.core.actors import ending_reasons, kinship, stages
from zbench.core.actors.refs import end_life, lives_before, tenant
from zbench.core.compile.kernel import kernel, optional_kernel
from zbench.core.delivery import signal, stash
from zbench.core.events import event_ring
from zbench.core.lifecycle import commands, spawning, termination
from zbench.core.lifecycle.restarts import allow_group_restart, allow_restart, restart_later
from zbench.core.memory import atomics
from zbench.core.memory.layout import actor_row, behaviour_row, family_row, worker_row
from zbench.core.memory.layout.lines import LINE, NONE
from zbench.core.memory.tables import Tables
from zbench.core.metrics.counters import count


@kernel
def due_hook(t: Tables, worker: int, actor: int) -> int:
    """Hook that is due at the actor's stage, or NO_HOOK."""
    stage = t.actor[actor * LINE + actor_row.STAGE]
    if stage == stages.STARTING:
        return stages.PRE_START
    if stage == stages.TO_RESTART:
        return stages.PRE_RESTART
    if stage == stages.RESTARTING and not kinship.has_children(t, actor):
        _reset(t, worker, actor)
        return stages.POST_RESTART
    if stage == stages.STOPPING and not kinship.has_children(t, actor):
        return stages.POST_STOP
    return stages.NO_HOOK


@optional_kernel("supervised")
def after_hook(t: Tables, worker: int, actor: int, which: int, wants: int) -> None:
    """Continue after a hook, or in place of a missing one; ``wants`` is the hook's request."""
    if which == stages.PRE_RESTART:
        commands.command_children(t, worker, actor, stages.STOP_NOW | stages.WITH_PARENT)
        t.actor[actor * LINE + actor_row.STAGE] = stages.RESTARTING
    elif which == stages.POST_STOP:
        end(t, worker, actor)
    else:
        if which == stages.POST_RESTART:
            count(t, worker, worker_row.RESTARTED, 1)
            if len(t.has_events) > 0:
                event_ring.restarted(t, worker, actor)
        t.actor[actor * LINE + actor_row.STAGE] = stages.RUNNING
        # An actor that cannot even start is stopped, whatever the policy.
        if wants > stages.NOTHING:
            failing = wants >= stages.FAIL
            begin_stop(
                t, worker, actor, ending_reasons.FAILED if failing else ending_reasons.STOPPED
            )


@kernel
def _reset(t: Tables, worker: int, actor: int) -> None:
    """Give the actor its first state and behaviour again, and unstash its messages."""
    first = t.family[actor * family_row.WORDS + family_row.FIRST_BEHAVIOUR]
    if first != 0:
        t.actor[actor * LINE + actor_row.BEHAVIOUR] = first - 1
    for word in range(actor * t.state_words, (actor + 1) * t.state_words):
        t.state[word] = t.birth[word]
    if len(t.has_stash) > 0:
        stash.unstash(t, worker, actor)


@optional_kernel("supervised")
def begin_stop(t: Tables, worker: int, actor: int, why: int) -> None:
    """Stop the actor once its children have ended; ``why`` is an ending reason."""
    if len(t.has_ending_reasons) > 0:
        event_ring.note_ending(t, actor, why)
    t.actor[actor * LINE + actor_row.STAGE] = stages.STOPPING
    commands.command_children(t, worker, actor, stages.STOP_NOW | stages.WITH_PARENT)


@optional_kernel("supervised")
def end(t: Tables, worker: int, actor: int) -> None:
    """End the incarnation: from now on every reference to the actor is out of date."""
    line = actor * LINE
    if len(t.has_events) > 0:
        event_ring.destroyed(t, worker, actor)
    after = end_life(tenant(t, actor))  # the guardian's word is no reference
    t.actor[line + actor_row.STAGE] = stages.ENDED
    t.actor[line + actor_row.BEHAVIOUR] = NONE
    count(t, worker, worker_row.STOPPED, 1)
    atomics.store_release(t.actor, line + actor_row.REF, after)
    if len(t.has_detached) + len(t.has_watches) > 0:
        termination.terminate(t, worker, actor)
    # Commands to the incarnation that ended find another number of lives.
    family_line = actor * family_row.WORDS
    atomics.exchange(
        t.family, family_line + family_row.CONTROL, lives_before(after) << stages.COMMAND_BITS
    )
    t.family[family_line + family_row.FIRST_BEHAVIOUR] = 0
    t.family[family_line + family_row.RESTARTS] = 0
    t.family[family_line + family_row.GROUP_RESTARTS] = 0


@optional_kernel("supervised")
def handle_request(t: Tables, worker: int, actor: int, wants: int) -> None:
    """Carry out the behaviour's request to stop or to fail."""
    if wants >= stages.FAIL:
        handle_fault(t, worker, actor, wants - stages.FAIL)
    elif wants == stages.STOP_SELF:
        begin_stop(t, worker, actor, ending_reasons.STOPPED)
    if t.actor[actor * LINE + actor_row.STAGE] != stages.RUNNING:
        # The next run must look at the stage, and until then the system is not at rest.
        signal.signal(t, worker, actor)


@optional_kernel("supervised")
def handle_fault(t: Tables, worker: int, actor: int, code: int) -> None:
    """Treat a fault of the actor by the parent's policy."""
    line = actor * family_row.WORDS
    t.family[line + family_row.FAULT_CODE] = code
    policy = _policy_of(t, kinship.parent_of(t, actor))
    directive = t.policy[policy + behaviour_row.DIRECTIVE + code]
    if directive == stages.RESUME:
        t.actor[actor * LINE + actor_row.STAGE] = stages.RUNNING
        commands.command_children(t, worker, actor, stages.RESUME_NOW)
    elif directive == stages.ESCALATE:
        _ask_parent(t, worker, actor, stages.FAULTY | stages.ESCALATED)
    elif t.policy[policy + behaviour_row.GROUP] != stages.ONE_FOR_ONE:
        _ask_parent(t, worker, actor, stages.FAULTY)
    elif directive == stages.STOP:
        begin_stop(t, worker, actor, ending_reasons.FAILED)
    elif not allow_restart(t, policy, actor):
        _ask_parent(t, worker, actor, stages.FAULTY | stages.ESCALATED)
    elif restart_later(t, worker, policy, actor):
        t.actor[actor * LINE + actor_row.STAGE] = stages.BACKING_OFF
    else:
        t.actor[actor * LINE + actor_row.STAGE] = stages.TO_RESTART


@kernel
def _ask_parent(t: Tables, worker: int, actor: int, news: int) -> None:
    """Suspend the actor and give the parent the news."""
    t.actor[actor * LINE + actor_row.STAGE] = stages.FAILED
    commands.tell_parent(t, worker, actor, news)


@kernel
def _policy_of(t: Tables, parent: int) -> int:
    """Offset of the policy of a parent's first behaviour."""
    return kinship.first_behaviour(t, parent) * behaviour_row.POLICY_WORDS


@optional_kernel("supervised")
def apply_commands(t: Tables, worker: int, actor: int) -> None:
    """Carry out the commands given since the last call."""
    bits = commands.take_commands(t, actor)
    stage = t.actor[actor * LINE + actor_row.STAGE]
    if bits == 0 or stage >= stages.STOPPING:
        return
    if bits & stages.STOP_NOW:
        why = ending_reasons.KILLED
        if stage == stages.FAILED:
            why = ending_reasons.FAILED
        elif bits & stages.WITH_PARENT:
            why = ending_reasons.WITH_PARENT
        begin_stop(t, worker, actor, why)
    elif bits & stages.RESTART_NOW:
        if stage != stages.RESTARTING:
            t.actor[actor * LINE + actor_row.STAGE] = stages.TO_RESTART
    elif stage == stages.FAILED:
        t.actor[actor * LINE + actor_row.STAGE] = stages.RUNNING
        commands.command_children(t, worker, actor, stages.RESUME_NOW)


@optional_kernel("supervised")
def handle_child_news(t: Tables, worker: int, actor: int) -> None:
    """Handle the news of children: adopt, free or judge each."""
    child = commands.take_news(t, actor)
    while child != 0:
        slot = child - 1
        # Before the status is taken: after that the child may write its link again.
        child = commands.link_of(t, slot)
        status = commands.take_status(t, slot)
        if status & stages.ADOPT:
            kinship.adopt(t, actor, slot)
            if t.actor[actor * LINE + actor_row.STAGE] == stages.STOPPING:
                commands.command_child(t, worker, slot, stages.STOP_NOW | stages.WITH_PARENT)
        if status & stages.TERMINATED:
            kinship.disown(t, actor, slot)
            _free(t, worker, slot)
        elif status & stages.FAULTY:
            _judge(t, worker, actor, slot, status)


@kernel
def _free(t: Tables, worker: int, slot: int) -> None:
    """Free the slot of a child that has ended, unless its generations are used up."""
    t.actor[slot * LINE + actor_row.STAGE] = stages.RUNNING
    # Commands to all children may have reached it after its end.
    commands.take_commands(t, slot)
    spawning.free(t, worker, slot)


@kernel
def _judge(t: Tables, worker: int, parent: int, child: int, status: int) -> None:
    """Decide about a child that waits for its parent's command."""
    code = t.family[child * family_row.WORDS + family_row.FAULT_CODE]
    policy = _policy_of(t, parent)
    directive = t.policy[policy + behaviour_row.DIRECTIVE + code]
    stage = t.actor[parent * LINE + actor_row.STAGE]
    # In any other stage the children are about to be stopped or resumed anyway.
    if stage != stages.RUNNING:
        return
    escalated = status & stages.ESCALATED != 0
    if not escalated and directive == stages.RESTART:
        escalated = not allow_group_restart(t, policy, parent)
    if escalated and parent != actor_row.GUARDIAN_SLOT:
        handle_fault(t, worker, parent, code)
        return
    last = 0
    first = t.family[parent * family_row.WORDS + family_row.CHILD]
    if escalated or t.policy[policy + behaviour_row.GROUP] == stages.ONE_FOR_ONE:
        first = child + 1
    if t.policy[policy + behaviour_row.GROUP] != stages.ONE_FOR_ALL or escalated:
        last = kinship.older(t, child)
    bits = stages.RESTART_NOW
    if escalated or directive == stages.STOP:
        bits = stages.STOP_NOW
    commands.command_younger(t, worker, first, last, bits)
