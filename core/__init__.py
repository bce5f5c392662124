"""The actor runtime: tables, atomics, mailboxes, scheduler; independent of benchmarks."""

from zbench.core.actors.refs import ActorRef
from zbench.core.blocks.pool import BlockPool
from zbench.core.compile.kernel import kernel as behaviour
from zbench.core.context.context import Context
from zbench.core.delivery.router_handles import Router
from zbench.core.delivery.system_messages import is_system
from zbench.core.directory.directory import Directory
from zbench.core.errors import (
    ActorSystemError,
    BehaviourError,
    BlockPoolError,
    DirectoryError,
    EventBusError,
    MissingTablesError,
)
from zbench.core.events.alerts import Thresholds
from zbench.core.events.bus import EventBus, Subscription
from zbench.core.events.kinds import (
    ENDINGS,
    ActorCreated,
    ActorDestroyed,
    ActorRestarted,
    DeadLetter,
    Event,
    MessageSent,
    PerformanceAlert,
    SystemStarted,
    SystemStopped,
)
from zbench.core.lifecycle.props import Props, Supervisor
from zbench.core.mailbox.placement import MailboxFigures
from zbench.core.mailbox.registry import Mailbox, MailboxType, mailbox_names, register_mailbox
from zbench.core.memory.layout.lines import Words
from zbench.core.memory.layout.message_slot import DATA, HEADER, SENDER
from zbench.core.messages.envelope import kind_of
from zbench.core.messages.typed import Message, StateRecord
from zbench.core.scheduler.batching import Batching
from zbench.core.scheduler.config import Loads, Scheduler
from zbench.core.scheduler.settings import Settings
from zbench.core.scheduler.topology import Topology
from zbench.core.scheduler.tuner import Decision, Tuner
from zbench.core.system.system import ActorSystem
from zbench.core.system.tree import Node, Tree

__all__ = [
    "DATA",
    "ENDINGS",
    "HEADER",
    "SENDER",
    "ActorCreated",
    "ActorDestroyed",
    "ActorRef",
    "ActorRestarted",
    "ActorSystem",
    "ActorSystemError",
    "Batching",
    "BehaviourError",
    "BlockPool",
    "BlockPoolError",
    "Context",
    "DeadLetter",
    "Decision",
    "Directory",
    "DirectoryError",
    "Event",
    "EventBus",
    "EventBusError",
    "Loads",
    "Mailbox",
    "MailboxFigures",
    "MailboxType",
    "Message",
    "MessageSent",
    "MissingTablesError",
    "Node",
    "PerformanceAlert",
    "Props",
    "Router",
    "Scheduler",
    "Settings",
    "StateRecord",
    "Subscription",
    "Supervisor",
    "SystemStarted",
    "SystemStopped",
    "Thresholds",
    "Topology",
    "Tree",
    "Tuner",
    "Words",
    "behaviour",
    "is_system",
    "kind_of",
    "mailbox_names",
    "register_mailbox",
]
