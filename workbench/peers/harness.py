"""zbench's own side of the peers' protocol (docs/peers.md), a process of its own.

Started as ``python -m zbench.peers.harness SCENARIO --threads T ...``. An answer that the
scenario's own check refused ends the process with exit code 1.
"""

import argparse
import gc
import json
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from zbench.catalogue.registry import own_scenario
from zbench.core import ActorSystem
from zbench.core.metrics import histogram
from zbench.peers.answers import SHARED
from zbench.scenarios.base import Prepared, Sample, Scenario, Value

WRONG, MISUSE = 1, 2  # exit codes


def arguments() -> argparse.Namespace:
    """The command line of the protocol."""
    parser = argparse.ArgumentParser(prog="zbench.peers.harness")
    parser.add_argument("scenario", choices=sorted(SHARED))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--iterations", type=int, default=1)
    parser.add_argument("--warmups", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--batch", type=int, help="messages an actor handles in its turn")
    parser.add_argument("-p", action="append", default=[], metavar="KEY=VALUE")
    return parser.parse_args()


def shared_parameters(scenario: str, given: list[str]) -> dict[str, int]:
    """All parameters of the scenario, those given and the others' defaults.

    Raises:
        ValueError: One isn't known or isn't a number.
    """
    found = dict(SHARED[scenario].defaults)
    for text in given:
        key, _, value = text.partition("=")
        if key not in found:
            msg = f"{scenario} has no parameter {key}"
            raise ValueError(msg)
        found[key] = int(value)
    return found


def own_parameters(
    scenario: Scenario, shared: Mapping[str, int], threads: int, seed: int
) -> dict[str, Value]:
    """The same for zbench's own scenario; threads are its workers."""
    found = {p.name: p.default for p in scenario.parameters}
    given: dict[str, Value] = {"workers": threads, "seed": seed}
    return {**found, **{k: v for k, v in given.items() if k in found}, **shared}


def set_batch(prepared: Prepared, batch: int | None) -> dict[str, str]:
    """Set the batch if one is given; return it as an option, where there is one system."""
    system = getattr(prepared, "system", None)
    if not isinstance(system, ActorSystem):
        return {}
    if batch is not None:
        system.settings.batch = batch
    return {"batch": str(system.settings.batch)}


def line(
    args: argparse.Namespace, shared: Mapping[str, int], iteration: int, sample: Sample
) -> dict[str, Any]:
    """One iteration as the protocol prints it."""
    found = {
        "kind": "iteration",
        "scenario": args.scenario,
        "parameters": dict(shared),
        "iteration": iteration,
        "warmup": iteration < args.warmups,
        "elapsed_ns": int(sample.elapsed_ns),
        "messages": int(sample.messages),
        "answer": sample.answer,
        "histogram": None if sample.latency is None else _pairs(sample.latency),
        "rss_bytes": _status("VmRSS"),
        "peak_rss_bytes": _status("VmHWM"),
        "extra": {name: float(value) for name, value in sample.extra.items()},
    }
    return found | ({"error": sample.error} if sample.error else {})


def _pairs(counts: "np.ndarray") -> list[list[int]]:
    upper = histogram.bounds()
    return [[int(upper[i]), int(counts[i])] for i in np.flatnonzero(counts)]


def _status(name: str) -> int | None:
    """A line of /proc/self/status in bytes."""
    try:
        text = Path("/proc/self/status").read_text()
    except OSError:
        return None
    found = next((row for row in text.splitlines() if row.startswith(name)), None)
    return None if found is None else int(found.split()[1]) * 1024


def say(found: Mapping[str, Any]) -> None:
    """Print one line, at once."""
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the requested iterations."""
    args = arguments()
    try:
        shared = shared_parameters(args.scenario, args.p)
        scenario = own_scenario(args.scenario)
        own = own_parameters(scenario, shared, args.threads, args.seed)
    except (ValueError, KeyError) as error:
        sys.stderr.write(f"zbench.peers.harness: {error}\n")
        return MISUSE
    prepared = scenario.prepare(own)
    runtime = f"Python {platform.python_version()}, numba {version('numba')}"
    options = {name: str(value) for name, value in own.items() if name not in shared}
    options |= set_batch(prepared, args.batch)
    say({"kind": "peer", "protocol": 1, "peer": "zbench", "version": version("zbench")}
        | {"runtime": runtime, "threads": args.threads, "options": options})  # fmt: skip
    try:
        # Not at every iteration: it would walk all objects and leave the caches cold, and no
        # other side has that cost.
        gc.collect()
        gc.disable()
        for iteration in range(args.iterations):
            sample = prepared.run()
            say(line(args, shared, iteration, sample))
            if sample.error:
                return WRONG
    finally:
        prepared.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
