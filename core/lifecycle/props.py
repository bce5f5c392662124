"""Props: a behaviour with its hooks, its mailbox and the supervision of its children."""

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from zbench.core.actors import stages
from zbench.core.errors import check_among, check_is, check_range, integer, shown
from zbench.core.mailbox import registry
from zbench.core.mailbox.registry import Mailbox
from zbench.core.memory.layout import behaviour_row
from zbench.core.memory.tables import Tables
from zbench.core.messages.levels import LEVELS, Level

Behaviour = Callable[..., Any]
Hook = Callable[..., Any]
Directive = Literal["stop", "restart", "resume", "escalate"]
Group = Literal["one-for-one", "one-for-all", "rest-for-one"]
UNLIMITED = (1 << 62) - 1


@dataclass(frozen=True)
class Supervisor:
    """A parent's policy for faults of its children.

    Args:
        directive: the treatment of a child that failed: "restart" (first state again;
            reference and mailbox stay), "resume" (the state stays too), "stop", or
            "escalate" (the fault becomes the parent's own).
        group: the children treated: the failed one ("one-for-one"), all
            ("one-for-all"), or it and those spawned after it ("rest-for-one").
        max_restarts: restarts allowed in a window; the next fault escalates. None: no
            limit.
        within: length of a window in seconds, 1e-6 or more.
        backoff: (first, longest) delay of a restart in seconds; the delay doubles with
            each restart in a window. None: restart at once.
        jitter: random addition to the delay, at most this share of it, 0 to 1.
        codes: other directives by fault code: 1 to 7 from ``ctx.fail(code)``, 0 for a
            raise.

    Raises:
        TypeError: on a value of another type.
        ValueError: on a value out of its range.
    """

    directive: Directive = "restart"
    group: Group = "one-for-one"
    max_restarts: int | None = 10
    within: float = 60.0
    backoff: tuple[float, float] | None = None
    jitter: float = 0.2
    codes: Mapping[int, Directive] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the values."""
        check_is("codes", self.codes, Mapping, "a dict of fault codes and directives")
        for directive in (self.directive, *self.codes.values()):
            check_among("directive", directive, stages.DIRECTIVES)
        check_among("group", self.group, stages.GROUPS)
        if self.max_restarts is not None:
            integer("max_restarts", self.max_restarts, 0, 1 << 31)
        check_range("within", self.within, 1e-6, 1e9)
        check_range("jitter", self.jitter, 0, 1)
        for code in self.codes:
            integer("a fault code", code, 0, behaviour_row.FAULT_CODES - 1)
        if self.backoff is not None:
            self._check_backoff(self.backoff)

    def _check_backoff(self, backoff: object) -> None:
        """Refuse delays that are no pair, or go with no group."""
        if not isinstance(backoff, tuple | list) or len(backoff) != 2:
            msg = f"backoff must be (first, longest) delay in seconds, got {shown(backoff)}"
            raise TypeError(msg)
        first, most = backoff
        check_range("backoff", first, 1e-6, 1e9)
        check_range("the longest backoff", most, first, 1e9)
        if self.group != "one-for-one":
            msg = f"backoff goes with one-for-one, got group={self.group!r}; leave it out"
            raise ValueError(msg)

    def row(self, hooks: int) -> list[int]:
        """Words of the policy table, POLICY_WORDS of them."""
        words = [0] * behaviour_row.POLICY_WORDS
        directives = [
            self.codes.get(code, self.directive) for code in range(behaviour_row.FAULT_CODES)
        ]
        words[behaviour_row.DIRECTIVE :] = [stages.DIRECTIVES.index(d) for d in directives]
        words[behaviour_row.GROUP] = stages.GROUPS.index(self.group)
        words[behaviour_row.MAX_RESTARTS] = (
            UNLIMITED if self.max_restarts is None else self.max_restarts
        )
        words[behaviour_row.WITHIN_NS] = int(self.within * 1e9)
        first, most = self.backoff or (0.0, 0.0)
        words[behaviour_row.BACKOFF_NS], words[behaviour_row.BACKOFF_MOST_NS] = (
            int(first * 1e9),
            int(most * 1e9),
        )
        words[behaviour_row.JITTER] = int(self.jitter * 1000)
        words[behaviour_row.HOOKS] = hooks
        words[behaviour_row.KEEPS_BIRTH] = int(
            "restart" in directives or self.group != "one-for-one"
        )
        return words


STOP_CHILDREN = Supervisor(directive="stop")  # the default


@dataclass(frozen=True)
class Props:
    """A behaviour with its hooks, its mailbox and the supervision of its children.

    Hooks are compiled functions ``hook(ctx, state)``. The first four and ``supervisor``
    need a supervised system; by default ``ActorSystem`` turns supervision on for them.

    Args:
        receive: the behaviour, ``behaviour(ctx, state, message)``.
        pre_start: hook before the first message.
        post_stop: hook after the last message, once all children have ended.
        pre_restart: hook before a restart; default: ``post_stop``.
        post_restart: hook after a restart, with the first state; default: ``pre_start``.
        supervisor: policy for faults of its children; by default they are stopped.
        priority: level of its actors for ``scheduler="priority"``.
        after_batch: hook after each batch (the messages that an actor handles before
            others get their turn), for example to send collected results.
        mailbox: a name or a ``Mailbox`` (docs/mailboxes.md).

    Raises:
        TypeError: on a behaviour or hook that is no plain function, or a value of another type.
        ValueError: on an unknown level or mailbox.
    """

    receive: Behaviour
    pre_start: Hook | None = None
    post_stop: Hook | None = None
    pre_restart: Hook | None = None
    post_restart: Hook | None = None
    supervisor: Supervisor = STOP_CHILDREN
    priority: Level = "normal"
    after_batch: Hook | None = None
    mailbox: str | Mailbox = registry.LINKED

    def __post_init__(self) -> None:
        """Check the functions, the level and the mailbox."""
        check_function("a behaviour", self.receive)
        for which in ("pre_start", "post_stop", "pre_restart", "post_restart", "after_batch"):
            if getattr(self, which) is not None:
                check_function(which, getattr(self, which))
        check_is("supervisor", self.supervisor, Supervisor, "a Supervisor")
        check_is("mailbox", self.mailbox, (str, Mailbox), "a mailbox's name or a Mailbox")
        check_among("priority", self.priority, LEVELS)
        self.asked_mailbox()

    def asked_mailbox(self) -> Mailbox:
        """The mailbox of its actors."""
        return self.mailbox if isinstance(self.mailbox, Mailbox) else Mailbox(self.mailbox)

    @property
    def __name__(self) -> str:
        """The behaviour's name."""
        return str(self.receive.__name__)

    def life_hooks(self) -> tuple[Hook | None, ...]:
        """The lifecycle hooks in the order of their numbers (core.actors.stages)."""
        return (
            self.pre_start,
            self.post_stop,
            self.pre_restart or self.post_stop,
            self.post_restart or self.pre_start,
        )

    def hooks(self) -> tuple[Hook | None, ...]:
        """All hooks in the order of their numbers (core.actors.stages)."""
        return (*self.life_hooks(), self.after_batch)

    def wants_supervision(self) -> bool:
        """Whether a hook or the supervisor needs a supervised system."""
        return self.supervisor is not STOP_CHILDREN or any(self.life_hooks())


def check_function(name: str, given: object) -> None:
    """Refuse what cannot be called for each message: a class, a method, a generator.

    Raises:
        TypeError: naming the argument and the value.
    """
    plain = getattr(given, "py_func", given)
    wrong = ""
    if not isinstance(plain, types.FunctionType):
        wrong = "a function made by @behaviour"
    elif inspect.iscoroutinefunction(plain) or inspect.isasyncgenfunction(plain):
        wrong = "a plain function, not async def: workers run no event loop"
    elif inspect.isgeneratorfunction(plain):
        wrong = "a plain function, without yield"
    if wrong:
        msg = f"{name} must be {wrong}, got {shown(getattr(plain, '__qualname__', plain))}"
        raise TypeError(msg)


def props_of(behaviour: Behaviour | Props) -> Props:
    """The props of a behaviour; a plain one has no hooks."""
    return behaviour if isinstance(behaviour, Props) else Props(behaviour)


def fill_policy(t: Tables, behaviours: Sequence[Props], guardian: Supervisor) -> None:
    """Write every behaviour's policy and the guardian's into the tables."""
    rows = t.policy.reshape(-1, behaviour_row.POLICY_WORDS)
    for k, props in enumerate(behaviours):
        hooks = sum(1 << which for which, hook in enumerate(props.hooks()) if hook is not None)
        rows[k] = props.supervisor.row(hooks)
    rows[behaviour_row.GUARDIAN] = guardian.row(hooks=0)
