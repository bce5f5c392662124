"""Memory of this process, as the kernel counts it."""

from pathlib import Path

RESOURCES = {
    "cpu_use": "processor time over elapsed time and workers",
    "resident_mib": "resident memory of the process after the run, MiB",
    "peak_resident_mib": "its greatest so far, MiB",
}


def memory() -> tuple[int, int]:
    """Resident bytes, now and at their peak."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    resident, peak = (int(fields[name].split()[0]) << 10 for name in ("VmRSS", "VmHWM"))
    return resident, peak
