"""Find the causes of unreliable figures on this machine, with effect and remedy."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zbench.machine import usable_cores

FindingState = Literal["ok", "warn", "bad", "unknown"]  # bad: figures mislead, not only vary

STEAL_WINDOW_S = 0.5
STEAL_LIMIT = 0.01  # of the processors' time taken by other guests
STEAL_BAD = 0.05
FEWEST_BYTES = 1 << 30  # a million actors and a compiling numba fit, with room
LOAD_LIMIT = 0.25  # runnable threads a processor before zbench starts
CLOCK_READS = 20_000
SLOW_CLOCK_NS = 500.0  # from Python; a clock that traps into the hypervisor takes longer
GOOD_CLOCKS = ("tsc", "kvm-clock", "arch_sys_counter")


@dataclass(frozen=True)
class Finding:
    """The finding of one check, its effect on figures and the remedy."""

    name: str
    state: FindingState
    found: str
    effect: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Machine:
    """The folders to look in; tests give their own."""

    proc: Path = Path("/proc")
    sys: Path = Path("/sys")

    def read(self, path: Path) -> str | None:
        """A file's text, or None if it is missing or may not be read."""
        try:
            return path.read_text().strip()
        except (OSError, UnicodeDecodeError):
            return None

    def control_files(self, controller: str, new: str, old: str) -> list[str]:
        """Texts of one setting in this process's control groups, root to leaf.

        Args:
            controller: Its name in version 1, such as cpu.
            new: File name in version 2.
            old: File name in version 1.
        """
        base, paths = self.sys / "fs/cgroup", dict[Path, str]()
        for line in (self.read(self.proc / "self/cgroup") or "0::/").splitlines():
            _, _, rest = line.partition(":")
            names, _, group = rest.partition(":")
            if not names:
                paths[base / group.lstrip("/")] = new
                paths[base / "unified" / group.lstrip("/")] = new
            elif controller in names.split(","):
                paths[base / controller / group.lstrip("/")] = old
                paths[base / names / group.lstrip("/")] = old
        # In a container the group's path is the host's; its root shows the limits then.
        places = {
            parent / name: None
            for path, name in paths.items()
            for parent in reversed((path, *path.parents))
            if parent.is_relative_to(base)
        }
        return [text for place in places if (text := self.read(place)) is not None]


def cores(_: Machine) -> Finding:
    """Processors this process may use."""
    may, has = usable_cores(), os.cpu_count() or 1
    found = f"{may} of {has} may be used"
    if may >= 2:
        return Finding("cores", "ok", found)
    effect = "two workers share a core; floors between cores can't be measured"
    return Finding("cores", "bad", found, effect, "allow two cores (taskset, cpuset, container)")


def pinning(_: Machine) -> Finding:
    """Whether threads may be bound to a processor."""
    if not hasattr(os, "sched_setaffinity"):
        return Finding("pinning", "unknown", "this system has no sched_setaffinity")
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        os.sched_setaffinity(0, allowed)
    except OSError as error:
        effect = "workers move between cores and lose their caches"
        return Finding("pinning", "warn", str(error.strerror), effect, "allow sched_setaffinity")
    return Finding("pinning", "ok", "allowed")


def siblings(machine: Machine) -> Finding:
    """Whether two processors may share one core."""
    found = machine.read(machine.sys / "devices/system/cpu/smt/active")
    if found is None:
        return Finding("SMT", "unknown", "not shown")
    if found == "0":
        return Finding("SMT", "ok", "off, or hidden by the hypervisor")
    effect = "two workers on one core slow each other; floors look better than between cores"
    return Finding("SMT", "warn", "on", effect, "echo off > /sys/devices/system/cpu/smt/control")


def governor(machine: Machine) -> Finding:
    """The governor of the processor's frequency."""
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
    """Whether other programs run."""
    text = machine.read(machine.proc / "loadavg")
    if text is None:
        return Finding("load", "unknown", "no loadavg")
    runnable = float(text.split()[0])
    busy = runnable / usable_cores()
    found = f"{runnable:.2f} over the last minute"
    if busy <= LOAD_LIMIT:
        return Finding("load", "ok", found)
    effect = "values spread; two-worker scenarios suffer most"
    return Finding("load", "warn", found, effect, "stop other programs, wait a minute")


def virtualisation(machine: Machine) -> Finding:
    """Whether other guests share the processor."""
    text = machine.read(machine.proc / "cpuinfo") or ""
    kind = machine.read(machine.sys / "hypervisor/type")
    if "hypervisor" not in text and kind is None:
        return Finding("virtualisation", "ok", "none seen")
    vendor = kind or machine.read(machine.sys / "class/dmi/id/sys_vendor")
    found = f"virtual machine ({vendor})" if vendor else "virtual machine"
    effect = "neighbours change absolute figures by tens of percent from hour to hour"
    remedy = "compare only what ran in the same session; use zbench gate with a fresh baseline"
    return Finding("virtualisation", "warn", found, effect, remedy)


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
    """Time that the hypervisor gave to other guests while this one wanted to run."""
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
    state: FindingState = "bad" if share > STEAL_BAD else "warn"
    return Finding("steal time", state, found, effect, "measure at another time or elsewhere")


def _cpu_times(machine: Machine) -> tuple[int, int] | None:
    """All and stolen clock ticks so far."""
    text = machine.read(machine.proc / "stat")
    if text is None or not text.startswith("cpu "):
        return None
    ticks = [int(word) for word in text.splitlines()[0].split()[1:9]]
    return sum(ticks), ticks[7] if len(ticks) > 7 else 0


def limits(machine: Machine) -> Finding:
    """Processor time that the control group may use, as containers limit it."""
    texts = machine.control_files("cpu", "cpu.max", "cpu.cfs_quota_us")
    periods = machine.control_files("cpu", "cpu.max", "cpu.cfs_period_us")
    if not texts:
        return Finding("cgroup limits", "unknown", "no cpu.max and no cpu.cfs_quota_us")
    shares = []
    for quota, period in zip(texts, periods, strict=False):
        used, length = quota.split()[0], period.split()[-1]
        if used.isdecimal() and length.isdecimal() and int(length):  # else max, or -1
            shares.append(int(used) / int(length))
    if not shares:
        return Finding("cgroup limits", "ok", "no limit of processor time")
    effect = "threads are stopped for the rest of each period once the quota is used"
    remedy = "lift the quota, or use a cpuset instead"
    state: FindingState = "bad" if min(shares) < usable_cores() else "warn"
    return Finding("cgroup limits", state, f"{min(shares):.2f} processors", effect, remedy)


def memory(machine: Machine) -> Finding:
    """Free memory, and the control group's limit."""
    text = machine.read(machine.proc / "meminfo") or ""
    lines = (line.split() for line in text.splitlines())
    free = next((int(w[1]) * 1024 for w in lines if w[:1] == ["MemAvailable:"]), None)
    if free is None:
        return Finding("memory", "unknown", "no MemAvailable in /proc/meminfo")
    found = f"{free / 2**30:.1f} GiB available"
    allowed = machine.control_files("memory", "memory.max", "memory.limit_in_bytes")
    tightest = min((int(v) for v in allowed if v.isdecimal() and int(v) < 1 << 60), default=None)
    if tightest is not None:
        found += f", limit {tightest / 2**30:.1f} GiB"
        free = min(free, tightest)
    if free >= FEWEST_BYTES:
        return Finding("memory", "ok", found)
    effect = "paging stops threads for milliseconds, or the kernel kills a worker"
    return Finding("memory", "bad", found, effect, "free memory, or lift the container's limit")


def huge_pages(machine: Machine) -> Finding:
    """Whether large tables get huge pages without being asked for."""
    text = machine.read(machine.sys / "kernel/mm/transparent_hugepage/enabled")
    if text is None or "[" not in text:
        return Finding("huge pages", "unknown", "not shown")
    found = text.partition("[")[2].partition("]")[0]
    if found != "always":
        return Finding("huge pages", "ok", found)
    effect = "resident memory an actor is rounded up; the first touches of tables vary"
    remedy = "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"
    return Finding("huge pages", "warn", found, effect, remedy)


def cache(_: Machine) -> Finding:
    """Whether machine code can be kept for later processes."""
    from zbench.core.compile.machine_code_cache import cache_folder

    folder = cache_folder()
    place = next((p for p in (folder, *folder.parents) if p.exists()), folder)
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return Finding("compile cache", "ok", str(folder))
    effect = "every process compiles again: seconds before its first message"
    found = f"{folder} can't be written"
    return Finding("compile cache", "bad", found, effect, "set ZBENCH_CACHE to a folder of yours")


def compiler(_: Machine) -> Finding:
    """Settings of the environment that change compiled code."""
    from zbench.core.compile.settings import in_words

    found = in_words()
    if not found:
        return Finding("compiler", "ok", "no setting changes the machine code")
    effect = "figures are of other machine code, up to a thousand times slower"
    return Finding("compiler", "bad", found, effect, "unset it")


def versions(_: Machine) -> Finding:
    """Versions that compiled code depends on."""
    from importlib.metadata import version

    found = f"Python {platform.python_version()}, numba {version('numba')}"
    return Finding("versions", "ok", f"{found}, NumPy {version('numpy')}")


def tool_chains(_: Machine) -> Finding:
    """Tools for building and running peers."""
    from zbench.peers.build import probe
    from zbench.peers.catalogue import discover

    peers = discover().found.values()
    probes = {tool: probe(tool) for peer in peers for tool in peer.tools}
    absent = [found for found in probes.values() if not found.usable]
    there = (f"{found.tool.name} {found.version}" for found in probes.values() if found.usable)
    found = ", ".join(dict.fromkeys(there)) or "none"
    if not absent:
        return Finding("tool chains", "ok", found)
    without = [p.name for p in peers if any(not probes[tool].usable for tool in p.tools)]
    effect = f"zbench versus runs without {', '.join(without)}; nothing else is affected"
    remedy = "; ".join(dict.fromkeys(probed.remedy for probed in absent))
    return Finding("tool chains", "warn", found, effect, remedy)


CHECKS: tuple[Callable[[Machine], Finding], ...] = (
    cores,
    pinning,
    siblings,
    governor,
    turbo,
    load,
    virtualisation,
    clock,
    steal,
    limits,
    memory,
    huge_pages,
    cache,
    compiler,
    versions,
    tool_chains,
)


def examine(machine: Machine | None = None) -> list[Finding]:
    """Every check's finding."""
    return [check(machine or Machine()) for check in CHECKS]
