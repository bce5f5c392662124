"""Find scenarios: the package's own, those of installed packages, a user's file."""

import hashlib
import importlib
import importlib.util
import pkgutil
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from zbench.errors import ScenarioError, UnknownNameError, nearest
from zbench.scenarios.base import Scenario

ENTRY_POINTS = "zbench.scenarios"
PACKAGE = "zbench.scenarios"
SHARED_ROOM = "support"  # of its sub-packages, the one without scenarios


@dataclass(frozen=True)
class CatalogueEntry:
    """A scenario and the source from which a worker process loads it."""

    scenario: Scenario
    source: str  # "module:zbench.scenarios.counting" or "file:/home/me/mine.py"


Catalogue = dict[str, CatalogueEntry]


def is_file(name: str) -> bool:
    """Tell whether a name on the command line means a user's file."""
    return name.endswith(".py") or "/" in name


def catalogue(extra: tuple[Path, ...] = ()) -> Catalogue:
    """Load every known scenario, in a stable order.

    Importing scenarios imports numba, so only commands that need it call this.

    Args:
        extra: Files of the user's that define more scenarios.

    Returns:
        Each scenario under its name.

    Raises:
        ScenarioError: A module can't be imported or two scenarios share a name.
    """
    found: Catalogue = {}
    for source in [*_own_modules(), *_entry_points(), *(f"file:{p.resolve()}" for p in extra)]:
        for scenario in scenarios_of(load_source(source)):
            other = found.get(scenario.name)
            if other is not None and other.source != source:
                msg = (
                    f"two scenarios are called {scenario.name!r}: in {other.source} and in "
                    f"{source}; rename one of them"
                )
                raise ScenarioError(msg)
            found[scenario.name] = CatalogueEntry(scenario, source)
    return found


def find(name: str, known: Catalogue) -> CatalogueEntry:
    """Return the scenario of this name.

    Raises:
        UnknownNameError: There is none; the message holds the nearest names.
    """
    if name not in known:
        hint = nearest(name, known, "see `zbench list`")
        msg = f"no scenario is called {name!r}; {hint}"
        raise UnknownNameError(msg)
    return known[name]


def load_one(name: str, source: str) -> Scenario:
    """Load one scenario from its source alone, without the rest of the catalogue."""
    for scenario in scenarios_of(load_source(source)):
        if scenario.name == name:
            return scenario
    msg = f"{source} defines no scenario {name!r} any more; was the file changed?"
    raise ScenarioError(msg)


def own_scenario(name: str) -> Scenario:
    """Load one of the package's own scenarios, and as few others as possible.

    Raises:
        UnknownNameError: There is none of this name.
    """
    likely = name.replace("-", "_")
    for source in sorted(_own_modules(), key=lambda source: _own_name(source) != likely):
        for scenario in scenarios_of(load_source(source)):
            if scenario.name == name:
                return scenario
    msg = f"zbench has no scenario {name!r} of its own"
    raise UnknownNameError(msg)


def load_source(source: str) -> ModuleType:
    """Import the module or the file that a source names."""
    kind, _, where = source.partition(":")
    try:
        return _load_file(Path(where)) if kind == "file" else importlib.import_module(where)
    except ScenarioError:
        raise
    except Exception as error:  # anything may happen in a user's module
        msg = f"can't load scenarios from {where}: {type(error).__name__}: {error}"
        raise ScenarioError(msg) from error


def scenarios_of(module: ModuleType) -> tuple[Scenario, ...]:
    """Return a module's scenarios, none if it defines none."""
    declared = getattr(module, "SCENARIOS", ())
    if not all(isinstance(scenario, Scenario) for scenario in declared):
        msg = f"SCENARIOS of {module.__name__} must hold only zbench.scenarios.base.Scenario"
        raise ScenarioError(msg)
    return tuple(declared)


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        msg = f"there is no file {path}; give the path of a Python file that defines SCENARIOS"
        raise ScenarioError(msg)
    # The same in every process: machine code is kept under it.
    digest = hashlib.sha256(str(path).encode("utf-8", "surrogatepass")).hexdigest()
    name = f"zbench_user_{re.sub('[^0-9A-Za-z]', '_', path.stem)}_{digest[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        msg = f"{path} is not a Python file; its name must end in .py"
        raise ScenarioError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    if not hasattr(module, "SCENARIOS"):
        msg = f"{path} defines no SCENARIOS; add SCENARIOS = (Scenario(...),)"
        raise ScenarioError(msg)
    return module


def _own_modules() -> Iterator[str]:
    """Modules of the package's own scenarios, sorted by name without the sub-package."""
    package = importlib.import_module(PACKAGE)
    rooms = [room for room in pkgutil.iter_modules(package.__path__) if room.ispkg]
    found = [f"{PACKAGE}.floors"]
    for room in rooms:
        if room.name != SHARED_ROOM:
            path = importlib.import_module(f"{PACKAGE}.{room.name}").__path__
            found += [f"{PACKAGE}.{room.name}.{info.name}" for info in pkgutil.iter_modules(path)]
    for name in sorted(found, key=_own_name):
        yield f"module:{name}"


def _own_name(source: str) -> str:
    """The last part of a module's name."""
    return source.rpartition(".")[2]


def _entry_points() -> Iterator[str]:
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        yield f"module:{point.module}"
