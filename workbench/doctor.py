"""What on this machine makes figures unreliable, how much it matters, what to do."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["ok", "warn", "unknown"]

STEAL_WINDOW_S = 0.5
STEAL_LIMIT = 0.01  # of the processors' time taken by other guests
LOAD_LIMIT = 0.25  # runnable threads a processor before zbench starts
CLOCK_READS = 20_000
SLOW_CLOCK_NS = 500.0  # from Python; a clock that traps into the hypervisor takes longer
GOOD_CLOCKS = ("tsc", "kvm-clock", "arch_sys_counter")


@dataclass(frozen=True)
class Finding:
    """One check: what was found, what it does to figures, what to do about it."""

    name: str
    state: State
    found: str
    effect: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Machine:
    """Where to look; tests give folders of their own."""

    proc: Path = Path("/proc")
    sys: Path = Path("/sys")

    def read(self, path: Path) -> str | None:
        """A file's text, or None if it isn't there or isn't ours to read."""
        try:
            return path.read_text().strip()
        except OSError:
            return None


def cores(_: Machine) -> Finding:
    """Processors this process may use."""
    may, has = len(os.sched_getaffinity(0)), os.cpu_count() or 1
    found = f"{may} of {has} may be used"
    if may >= 2:
        return Finding("cores", "ok", found)
    effect = "two workers share a core; floors between cores can't be measured"
    return Finding("cores", "warn", found, effect, "allow two cores (taskset, cpuset, container)")


def pinning(_: Machine) -> Finding:
    """Whether threads may be bound to a processor."""
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        os.sched_setaffinity(0, allowed)
    except OSError as error:
        effect = "workers move between cores and lose their caches"
        return Finding("pinning", "warn", str(error.strerror), effect, "allow sched_setaffinity")
    return Finding("pinning", "ok", "allowed")


def governor(machine: Machine) -> Finding:
    """How the frequency is chosen."""
    found = machine.read(machine.sys / "devices/system/cpu/cpu0/cpufreq/scaling_governor")
    if found is None:
        return Finding("governor", "unknown", "not shown, as in most virtual machines")
    if found == "performance":
        return Finding("governor", "ok", found)
    effect = "first values are slow; up to tens of percent"
    return Finding("governor", "warn", found, effect, "cpupower frequency-set -g performance")


def turbo(machine: Machine) -> Finding:
    """Whether the frequency depends on temperature and on how many cores are busy."""
    base = machine.sys / "devices/system/cpu"
    off = machine.read(base / "intel_pstate/no_turbo")
    boost = machine.read(base / "cpufreq/boost")
    if off is None and boost is None:
        return Finding("turbo", "unknown", "not shown, as in most virtual machines")
    if off == "1" or boost == "0":
        return Finding("turbo", "ok", "off")
    effect = "one busy core runs faster than two: scaling looks worse than it is"
    return Finding("turbo", "warn", "on", effect, "pyperf system tune (as root)")


def load(machine: Machine) -> Finding:
    """What else runs."""
    text = machine.read(machine.proc / "loadavg")
    if text is None:
        return Finding("load", "unknown", "no loadavg")
    runnable = float(text.split()[0])
    busy = runnable / (os.cpu_count() or 1)
    found = f"{runnable:.2f} over the last minute"
    if busy <= LOAD_LIMIT:
        return Finding("load", "ok", found)
    effect = "values spread; two-worker scenarios suffer most"
    return Finding("load", "warn", found, effect, "stop other programs, wait a minute")


def virtualisation(machine: Machine) -> Finding:
    """Whether other guests share the processor."""
    text = machine.read(machine.proc / "cpuinfo") or ""
    if "hypervisor" not in text:
        return Finding("virtualisation", "ok", "none seen")
    effect = "neighbours change absolute figures by tens of percent from hour to hour"
    remedy = "compare only what ran in the same session; use zbench gate with a fresh baseline"
    return Finding("virtualisation", "warn", "virtual machine", effect, remedy)


def clock(machine: Machine) -> Finding:
    """Which clock the kernel uses and what a reading costs."""
    source = machine.read(
        machine.sys / "devices/system/clocksource/clocksource0/current_clocksource"
    )
    start = time.perf_counter_ns()
    for _ in range(CLOCK_READS):
        time.perf_counter_ns()
    cost = (time.perf_counter_ns() - start) / CLOCK_READS
    found = f"{source or 'unknown source'}, {cost:.0f} ns a reading from Python"
    if (source is None or source in GOOD_CLOCKS) and cost < SLOW_CLOCK_NS:
        return Finding("clock", "ok", found)
    effect = "each reading disturbs what it times; latencies look longer"
    return Finding("clock", "warn", found, effect, "boot with clocksource=tsc where it is stable")


def steal(machine: Machine) -> Finding:
    """Time that the hypervisor gave to others while we wanted to run."""
    before = _cpu_times(machine)
    time.sleep(STEAL_WINDOW_S)
    after = _cpu_times(machine)
    if before is None or after is None:
        return Finding("steal time", "unknown", "no /proc/stat")
    total = after[0] - before[0]
    share = (after[1] - before[1]) / total if total else 0.0
    found = f"{share:.1%} over {STEAL_WINDOW_S} s"
    if share <= STEAL_LIMIT:
        return Finding("steal time", "ok", found)
    effect = "pauses of milliseconds: maxima and p99.9 are the neighbours', not yours"
    return Finding("steal time", "warn", found, effect, "measure at another time or elsewhere")


def _cpu_times(machine: Machine) -> tuple[int, int] | None:
    """All and stolen clock ticks so far."""
    text = machine.read(machine.proc / "stat")
    if text is None or not text.startswith("cpu "):
        return None
    ticks = [int(word) for word in text.splitlines()[0].split()[1:9]]
    return sum(ticks), ticks[7] if len(ticks) > 7 else 0


def limits(machine: Machine) -> Finding:
    """Limits of the control group, as containers have them."""
    quota = machine.read(machine.sys / "fs/cgroup/cpu.max")
    if quota is None:
        return Finding("cgroup limits", "unknown", "no cpu.max; no limit, or cgroup version 1")
    if quota.startswith("max"):
        return Finding("cgroup limits", "ok", "no limit of processor time")
    used, period = (int(word) for word in quota.split())
    effect = "threads are stopped for the rest of each period once the quota is used"
    remedy = "lift the quota, or use a cpuset instead"
    return Finding("cgroup limits", "warn", f"{used / period:.2f} processors", effect, remedy)


def versions(_: Machine) -> Finding:
    """What compiled code depends on."""
    from importlib.metadata import version

    found = f"Python {platform.python_version()}, numba {version('numba')}"
    return Finding("versions", "ok", f"{found}, NumPy {version('numpy')}")


CHECKS: tuple[Callable[[Machine], Finding], ...] = (
    cores,
    pinning,
    governor,
    turbo,
    load,
    virtualisation,
    clock,
    steal,
    limits,
    versions,
)


def examine(machine: Machine | None = None) -> list[Finding]:
    """Every check's finding."""
    return [check(machine or Machine()) for check in CHECKS]
