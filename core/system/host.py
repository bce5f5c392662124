"""State of an actor system that all parts of its Python side share."""

import threading
import time

from zbench.core.delivery.ask_futures import Asking
from zbench.core.delivery.router_handles import Routers
from zbench.core.memory.tables import Tables
from zbench.core.scheduler.settings import Settings
from zbench.core.scheduler.tuner import tuner_of
from zbench.core.system.allocation import new_tables
from zbench.core.system.options import SystemOptions
from zbench.core.system.program import Program, build, compile_program
from zbench.core.system.sizing import plan_tables


class Host:
    """A system before its start: its options, its tables and its compiled program.

    ``Messaging``, ``ActorFactory`` and ``Inspection`` each have the methods of one concern,
    and ``ActorSystem`` inherits from all of them. They share the fields made here and add
    none. As base classes, not objects that ``ActorSystem`` forwards calls to, they need each
    method only once, and ``help(ActorSystem.tell)``, editors and type checkers find it.

    Raises:
        ValueError: if the mailboxes do not fit the other options, or the machine's memory.
        MissingTablesError: if a behaviour uses an option that the system lacks.
    """

    def __init__(self, options: SystemOptions) -> None:
        self.behaviours = options.names
        self.workers = options.worker_count
        self.cpus = options.cpus
        self.supervised = options.is_supervised
        self.tables: Tables = new_tables(**plan_tables(options))
        options.mailboxes.fill(self.tables)
        options.schedule.fill(self.tables, [props.priority for props in options.props])
        self.program: Program = build(
            options.props, options.dispatch, checked=options.checked, tables=self.tables
        )
        started = time.perf_counter()
        self.cache = "warm" if compile_program(self.program, self.tables) else "cold"
        self.compile_seconds = time.perf_counter() - started
        self.settings = Settings(self.tables)
        self.tuner = tuner_of(options.tuner)
        self._options = options
        self._lock = threading.Lock()  # owns row `workers` of the tables
        self._asking = Asking(self.tables)
        self._routers = Routers(self.tables)
