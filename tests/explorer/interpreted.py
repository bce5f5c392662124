"""A copy of the core as plain Python, with given pieces of its source replaced."""

import importlib
import importlib.util
import os
import pkgutil
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import SourceFileLoader

CORE = "zbench.core"


class Mutating(SourceFileLoader):
    """Loads a module with pieces of its source replaced."""

    def __init__(self, name, path, replacements):
        super().__init__(name, path)
        self.replacements = replacements

    def get_code(self, fullname):
        source = self.get_data(self.path).decode()
        for old, new in self.replacements:
            assert source.count(old) == 1, f"{old!r} must stand once in {self.path}"
            source = source.replace(old, new)
        return compile(source, self.path, "exec")


class Finder(MetaPathFinder):
    """Finds the modules to be mutated before the ordinary finders do."""

    def __init__(self, mutations, paths):
        self.mutations, self.paths = mutations, paths

    def find_spec(self, name, path=None, target=None):
        short = name.removeprefix(f"{CORE}.")
        if name == short or short not in self.mutations:
            return None
        loader = Mutating(name, self.paths[short], self.mutations[short])
        return importlib.util.spec_from_file_location(name, self.paths[short], loader=loader)


def is_core(name):
    return f"{name}.".startswith(f"{CORE}.")


def replacements(given):
    """A mutation is one pair {old, new}, or a list of pairs."""
    return given if isinstance(given, list) else [given]


def load_interpreted(mutations=None):
    """The package ``zbench.core``, interpreted; the compiled one stays as it is elsewhere.

    Args:
        mutations: by a module's dotted name below the core, ("old source", "new source") or a
            list of such pairs.
    """
    mutations = {name: replacements(given) for name, given in (mutations or {}).items()}
    paths = {m: importlib.util.find_spec(f"{CORE}.{m}").origin for m in mutations}
    saved = {n: m for n, m in sys.modules.items() if is_core(n)}
    finder = Finder(mutations, paths)
    for name in saved:
        del sys.modules[name]
    before = os.environ.get("ZBENCH_INTERPRETED")
    os.environ["ZBENCH_INTERPRETED"] = "1"
    sys.meta_path.insert(0, finder)
    try:
        core = importlib.import_module(CORE)
        for module in pkgutil.walk_packages(core.__path__, f"{CORE}."):
            if not module.name.rpartition(".")[2].startswith("_"):
                importlib.import_module(module.name)
        return core
    finally:
        sys.meta_path.remove(finder)
        if before is None:
            del os.environ["ZBENCH_INTERPRETED"]
        else:
            os.environ["ZBENCH_INTERPRETED"] = before
        for name in [n for n in sys.modules if is_core(n)]:
            del sys.modules[name]
        sys.modules.update(saved)
        if CORE in saved:
            sys.modules["zbench"].core = saved[CORE]
