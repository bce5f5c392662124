"""A copy of the core as plain Python, with lines of its source replaced where asked."""

import importlib
import importlib.util
import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import SourceFileLoader
from types import SimpleNamespace

MODULES = (
    "kernel",
    "atomics",
    "layout",
    "tables",
    "placement",
    "allocation",
    "counters",
    "pool",
    "blocks",
    "mailbox",
    "refs",
    "box_line",
    "box_ring",
    "box_counted",
    "box_sharded",
    "box_priority",
    "mailbox_types",
    "box_dispatch",
    "losses",
    "boxes",
    "muting",
    "mailboxes",
    "reserve",
    "deque",
    "bounded",
    "injection",
    "parking",
    "inboxes",
    "levels",
    "priority",
    "numa",
    "balanced",
    "predictive",
    "strategies",
    "batching",
    "randomness",
    "scheduler",
    "helping",
    "stages",
    "family",
    "restarts",
    "lifecycle",
    "spawning",
    "asks",
    "routers",
    "sending",
    "timers",
    "firing",
    "questions",
    "nodes",
    "stash",
    "urgent",
    "watches",
    "endings",
    "context_tables",
    "context_actions",
    "context",
    "faults",
    "dispatch",
    "turns",
    "loop",
    "ring",
    "events",
    "routing",
)


class Mutating(SourceFileLoader):
    """Loads a module with one piece of its source replaced."""

    def __init__(self, name, path, old, new):
        super().__init__(name, path)
        self.old, self.new = old, new

    def get_code(self, fullname):
        source = self.get_data(self.path).decode()
        assert source.count(self.old) == 1, f"{self.old!r} must stand once in {self.path}"
        return compile(source.replace(self.old, self.new), self.path, "exec")


class Finder(MetaPathFinder):
    """Finds the modules to be mutated before anybody else does."""

    def __init__(self, mutations, paths):
        self.mutations, self.paths = mutations, paths

    def find_spec(self, name, path=None, target=None):
        short = name.removeprefix("zbench.core.")
        if name == short or short not in self.mutations:
            return None
        loader = Mutating(name, self.paths[short], *self.mutations[short])
        return importlib.util.spec_from_file_location(name, self.paths[short], loader=loader)


def load_interpreted(mutations=None):
    """The core's modules as attributes; compiled ones elsewhere stay as they are."""
    mutations = mutations or {}
    paths = {m: importlib.util.find_spec(f"zbench.core.{m}").origin for m in mutations}
    saved = {n: m for n, m in sys.modules.items() if (n + ".").startswith("zbench.core.")}
    finder = Finder(mutations, paths)
    for name in saved:
        del sys.modules[name]
    before = os.environ.get("ZBENCH_INTERPRETED")
    os.environ["ZBENCH_INTERPRETED"] = "1"
    sys.meta_path.insert(0, finder)
    try:
        return SimpleNamespace(**{m: importlib.import_module(f"zbench.core.{m}") for m in MODULES})
    finally:
        sys.meta_path.remove(finder)
        if before is None:
            del os.environ["ZBENCH_INTERPRETED"]
        else:
            os.environ["ZBENCH_INTERPRETED"] = before
        for name in [n for n in sys.modules if (n + ".").startswith("zbench.core.")]:
            del sys.modules[name]
        sys.modules.update(saved)
        if "zbench.core" in saved:
            sys.modules["zbench"].core = saved["zbench.core"]
