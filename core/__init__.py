"""The actor runtime: tables, atomics, mailboxes, scheduler. It knows nothing of benchmarks."""

from zbench.core.alerts import Thresholds
from zbench.core.batching import Batching
from zbench.core.block_pool import BlockPool
from zbench.core.context import Context
from zbench.core.directory import Directory
from zbench.core.errors import (
    ActorSystemError,
    BlockPoolError,
    DirectoryError,
    EventBusError,
    MissingTablesError,
)
from zbench.core.event_bus import EventBus, Subscription
from zbench.core.event_kinds import (
    ActorCreated,
    ActorDestroyed,
    ActorRestarted,
    DeadLetter,
    ENDINGS,
    Event,
    MessageSent,
    PerformanceAlert,
    SystemStarted,
    SystemStopped,
)
from zbench.core.kernel import INTERPRETED, kernel as behaviour
from zbench.core.layout.message_slot import DATA, HEADER, SENDER
from zbench.core.layout.lines import Words
from zbench.core.envelope import kind_of
from zbench.core.mailbox_types import Mailbox, MailboxType, mailbox_names, register_mailbox
from zbench.core.mailboxes import MailboxFigures
from zbench.core.records import Message, StateRecord
from zbench.core.refs import ActorRef
from zbench.core.router_refs import Router
from zbench.core.schedulers import Loads, Scheduler
from zbench.core.settings import Settings
from zbench.core.supervision import Props, Supervisor
from zbench.core.system import ActorSystem
from zbench.core.topology import Topology
from zbench.core.tree import Node, Tree
from zbench.core.tuner import Decision, Tuner
from zbench.core.urgent import is_system

if not INTERPRETED:
    from zbench.core import _blocks_llvm  # noqa: F401  tells numba of Context.words

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
