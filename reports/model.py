"""The data of a report: stored runs, with every figure already computed.

Reports only read these; nothing here measures or estimates.
"""

from dataclasses import dataclass, field
from typing import Any

# Runs whose metadata differ in one of these are of different machines.
MACHINE = ("hostname", "cpu_model_name", "cpu_count", "compiler_settings")


@dataclass(frozen=True)
class ProcessValues:
    """Raw values of one worker process: nanoseconds a message, one a repetition."""

    ns_per_message: list[float]
    compile_seconds: float = 0.0
    cache: str = "warm"  # warm: machine code was loaded; cold: it was compiled
    p99_ns: float | None = None  # latency of this process alone; None: not recorded


@dataclass(frozen=True)
class Versus:
    """A result's side in a comparison of runtimes, and its ratio to the reference."""

    peer: str
    variant: str
    cores: int
    reference: str  # the side that ratios are taken to, as ``side`` words it
    figure: str  # the figure that is compared: "ns/message", "ns/actor" or "p99 ns"
    rounds: int
    version: str = ""
    runtime: str = ""
    options: dict[str, str] = field(default_factory=dict)
    value: float | None = None  # the figure: median over processes of their medians
    value_ci95: tuple[float, float] | None = None
    ratio: float | None = None  # this side's figure over the reference's; above 1: slower
    ratio_ci95: tuple[float, float] | None = None  # bootstrap over rounds, paired
    startup_ms: float | None = None  # process start to a runtime that could run actors
    first_answer_ms: float | None = None
    rss_bytes: float | None = None
    peak_rss_bytes: float | None = None
    retained_bytes_per_actor: float | None = None
    resident_bytes_per_actor: float | None = None
    warmup: list[int | None] = field(default_factory=list)  # iterations a process; None: not steady

    @property
    def side(self) -> str:
        """Name of the side in tables."""
        return self.peer if self.variant == "default" else f"{self.peer} {self.variant}"


@dataclass(frozen=True)
class Result:
    """One scenario at one set of parameters: the element of the array of ``--json``."""

    scenario: str
    parameters: dict[str, Any]
    category: str
    ok: bool  # measured, and no answer was wrong
    messages: int  # of one repetition, counted at the receivers
    ns_per_message: float | None  # median over processes of their medians; None: nothing measured
    messages_per_s: float | None
    ci95: (
        tuple[float, float] | None
    )  # of ns_per_message, bootstrap over processes, then repetitions
    spread: float | None  # median absolute deviation over median, of all values
    latency_ns: dict[str, float] | None  # p50, p90, p99, p99.9, p99.99, max, mean
    floor: str | None  # the floor scenario it is compared with
    floor_ratio: float | None  # ns_per_message over the floor's, measured in the same run
    extra: dict[str, float | None] = field(default_factory=dict)  # None: no finite number
    warnings: list[str] = field(default_factory=list)
    processes: list[ProcessValues] = field(default_factory=list)
    latency_counts: list[tuple[float, int]] = field(default_factory=list)  # (upper bound ns, count)
    versus: Versus | None = None  # only of zbench versus
    verified: bool = False  # every repetition's answer was compared with the right one
    attempted: bool = True  # False: the run ended before this had a value, or a failure


@dataclass(frozen=True)
class Run:
    """One call of ``zbench run`` as it is kept."""

    id: int
    label: str | None
    started: str  # ISO 8601, UTC
    duration_s: float
    complete: bool  # False: interrupted, with the values so far
    host: dict[str, Any]  # pyperf's metadata of the machine and versions
    results: list[Result]
