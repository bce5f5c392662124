"""State of an actor system that all parts of its Python side share."""

import time
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from zbench.core.actors.refs import ActorRef
from zbench.core.delivery.ask_futures import Asking
from zbench.core.delivery.router_handles import Routers, value_of, values_of
from zbench.core.memory.tables import Tables
from zbench.core.scheduler.settings import Settings
from zbench.core.scheduler.tuner import tuner_of
from zbench.core.system.allocation import new_tables
from zbench.core.system.life import Life
from zbench.core.system.options import SystemOptions
from zbench.core.system.program import Program, build, compile_program
from zbench.core.system.remains import Remains
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
        self._tables: Tables = new_tables(**plan_tables(options))
        options.mailboxes.fill(self._tables)
        options.schedule.fill(self._tables, [props.priority for props in options.props])
        self.program: Program = build(
            options.props, options.dispatch, checked=options.checked, tables=self._tables
        )
        started = time.perf_counter()
        self.cache = "warm" if compile_program(self.program, self._tables) else "cold"
        self.compile_seconds = time.perf_counter() - started
        self.tuner = tuner_of(options.tuner)
        self._options = options
        self._life = Life(self._tables)
        self.settings = Settings(self._tables, self._life.check)
        self._asking = Asking(self._tables, self._life.check_process, self._life.prepare)
        self._remains = Remains(self._tables, self._life, options.seats, self._asking)
        self._waited = 0  # calls of ctx.finish() that wait() has returned for
        self._routers = Routers(self._tables, self._life.check, self._life.check_process)

    @property
    def tables(self) -> Tables:
        """The tables that the workers share; whoever writes to them must know what they do.

        Raises:
            ActorSystemError: in a process made by fork, where they are a copy.
        """
        self._life.check_process()
        return self._tables

    def _value(self, to: int | ActorRef) -> int:
        """A reference as a word.

        Raises:
            TypeError: on a value that is no reference.
            ValueError: on a reference of another system.
        """
        return value_of(self, to)

    def _values(self, to: Iterable[int | ActorRef] | NDArray[np.integer]) -> NDArray[np.int64]:
        """References as words, in an array of their own; raises as ``_value`` does."""
        return values_of(self, to)
