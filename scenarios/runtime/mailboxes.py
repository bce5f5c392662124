"""mailbox: every mailbox under four loads, with nothing dropped; and the memory of each."""

import time

import psutil
from zbench.core import (
    DATA,
    ActorSystem,
    Context,
    Mailbox,
    Props,
    Words,
    behaviour,
    mailbox_names,
)
from zbench.core.mailbox import registry
from zbench.core.memory import atomics
from zbench.scenarios.base import Category, Parameter, Parameters, Sample, Scenario
from zbench.scenarios.support.core_run import OPTIONS, CoreRun, expect, options_of

START = 0
ITEM = 1
DONE = 2

LOADS = ("1:1", "N:1", "1:N", "N:N")
SHARDS = 16  # a sender may have the room of one shard only, so the capacity is multiplied by it


@behaviour
def sender(ctx: Context, state: Words, message: Words) -> None:
    """Send state[0] bursts of state[1] messages to each of state[3] receivers from state[2] on.

    The last of a burst asks for an answer; state[4] counts outstanding answers.
    """
    if state[4] > 0:
        state[4] -= 1
        if state[4] > 0:
            return
    if state[0] == 0:
        ctx.finish()
        return
    state[0] -= 1
    state[4] = state[3]
    for k in range(state[1]):
        for to in range(state[3]):
            ctx.send(state[2] + to, ITEM, int(k == state[1] - 1))


@behaviour
def receiver(ctx: Context, state: Words, message: Words) -> None:
    """Count; answer the last message of a burst."""
    state[0] += 1
    if message[DATA] != 0:
        ctx.reply(DONE)


@behaviour
def holder(ctx: Context, state: Words, message: Words) -> None:
    """Keep the worker busy, which state[1] says, until state[0] is 1: messages wait."""
    # release and acquire: Python polls the first and writes the second.
    atomics.store_release(state, 1, 1)
    while atomics.load_acquire(state, 0) == 0:
        atomics.pause()


def mailbox_from(name: str, room: int) -> Mailbox:
    """The mailbox of that name; a bounded one has room for ``room`` messages."""
    return Mailbox(name, capacity=room) if registry.number_of(name) else Mailbox(name)


def prepare(parameters: Parameters) -> CoreRun:
    """Senders that keep a burst under way to each receiver, and wait for its last message."""
    load, many = str(parameters["load"]), int(parameters["actors"])
    senders = many if load.startswith("N") else 1
    receivers = many if load.endswith("N") else 1
    burst = int(parameters["burst"])
    each = max(1, int(parameters["messages"]) // (senders * receivers * burst))
    given = Props(
        receiver,
        mailbox=mailbox_from(str(parameters["mailbox"]), SHARDS * senders * burst),
    )
    system = ActorSystem(
        [sender, given], actors=senders + receivers, messages=1 << 18, **options_of(parameters)
    )
    # The first actors of a system have consecutive slots, so consecutive refs.
    to = system.spawn_many(given, receivers)
    by = system.spawn_many(sender, senders)

    def reset() -> None:
        for actor in by:
            system.state(actor)[:5] = each, burst, to.min(), receivers, 0
        for actor in to:
            system.state(actor)[0] = 0

    def check() -> str | None:
        wanted = each * burst * senders
        errors = (expect("a receiver's count", int(system.state(a)[0]), wanted) for a in to)
        return next((e for e in errors if e), None)

    return CoreRun(
        system,
        start=lambda: system.tell_many(by, START),
        check=check,
        messages=senders * (1 + receivers * each * (burst + 1)),
        finishes=senders,
        reset=reset,
    )


class Bytes:
    """Memory of actors with a mailbox, idle and then with a message each."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters

    def run(self) -> Sample:
        """Spawn, and send with the only worker held up, so that every message waits."""
        actors = int(self._parameters["actors"])
        name = str(self._parameters["mailbox"])
        props = Props(receiver, mailbox=mailbox_from(name, int(self._parameters["capacity"])))
        system = ActorSystem([props, holder], actors=actors + 1, messages=actors + 1, workers=1)
        held = system.spawn(holder)
        try:
            held.tell(START)
            while system.state(held)[1] == 0:
                time.sleep(0.001)
            tables = sum(system.table_bytes().values())
            before, started_ns = _resident(), time.perf_counter_ns()
            refs = system.spawn_many(props, actors)
            idle = _resident()
            system.tell_many(refs, ITEM)
            loaded, ended_ns = _resident(), time.perf_counter_ns()
            nodes = [node for node, _, _ in system.tree(actors + 1).walk()]
            waiting = sum(node.waiting for node in nodes if node.ref != held.value)
        finally:
            system.state(held)[0] = 1
            system.stop()
        return Sample(
            elapsed_ns=ended_ns - started_ns,
            messages=actors,
            error=expect("messages that wait", waiting, actors),
            checked=True,
            extra={
                "table_bytes": tables / actors,
                "idle_bytes": (idle - before) / actors,
                "loaded_bytes": (loaded - before) / actors,
            },
        )

    def close(self) -> None:
        """Nothing is left."""


def _resident() -> int:
    """Resident bytes of this process."""
    return int(psutil.Process().memory_info().rss)


MAILBOX = Parameter("mailbox", "linked", "of the receivers", choices=mailbox_names())
SCENARIOS = (
    Scenario(
        name="mailbox",
        purpose="messages through a mailbox by name: one or many senders and receivers",
        category=Category.MICRO,
        parameters=(
            MAILBOX,
            Parameter("load", "N:1", "senders : receivers", choices=LOADS),
            Parameter("actors", 4, "what N is", 1, 256),
            Parameter("burst", 32, "messages under way from one sender to one receiver", 1, 1024),
            Parameter("messages", 1_000_000, "sent in all", 1, 10**9, quick=50_000),
            *OPTIONS,
        ),
        prepare=prepare,
        floors=("floor-ring",),
    ),
    Scenario(
        name="mailbox-bytes",
        purpose="what a mailbox takes of memory: idle, and with one message that waits",
        category=Category.MICRO,
        parameters=(
            MAILBOX,
            Parameter("actors", 10_000, "actors, each with a mailbox", 1, 1_000_000),
            Parameter("capacity", 1024, "of bounded mailboxes", 32, 1 << 16),
        ),
        prepare=Bytes,
        extras={
            "table_bytes": "bytes of all tables, an actor",
            "idle_bytes": "resident bytes of an idle actor",
            "loaded_bytes": "resident bytes of an actor with a message",
        },
    ),
)
