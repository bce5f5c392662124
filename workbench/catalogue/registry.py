"""Find scenarios: the package's own, those of installed packages, a user's file."""

import hashlib
import importlib
import importlib.util
import pkgutil
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from zbench.catalogue.elsewhere import LOAD_TIMEOUT_S, read
from zbench.catalogue.faults import LIBRARIES, user_code
from zbench.catalogue.sources import check_file, folder_of, source_of
from zbench.errors import ScenarioError, UnknownNameError, nearest
from zbench.scenarios.base import Parameter, Parameters, Prepared, Scenario, shown

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


def of_files(
    known: Catalogue, files: Iterable[Path], names: Iterable[str] = ()
) -> list[CatalogueEntry]:
    """The entries of users' files: of each file those that are named, or else all."""
    chosen = []
    for source in dict.fromkeys(map(source_of, files)):
        entries = [entry for entry in known.values() if entry.source == source]
        chosen += [entry for entry in entries if entry.scenario.name in names] or entries
    return chosen


def catalogue(extra: tuple[Path, ...] = (), timeout: float = LOAD_TIMEOUT_S) -> Catalogue:
    """Load every known scenario, in a stable order.

    Importing scenarios imports numba, so only commands that need it call this. Code that
    isn't zbench's own is imported in processes of its own.

    Args:
        extra: Files of the user's that define more scenarios.
        timeout: Seconds that importing one of them may take.

    Returns:
        Each scenario under its name.

    Raises:
        ScenarioError: A module can't be imported or two scenarios share a name.
    """
    own = {source: scenarios_of(load_source(source)) for source in _own_modules()}
    known = own | _offered(timeout)
    known |= {source: _described(source, timeout) for source in map(source_of, extra)}
    found: Catalogue = {}
    for source, scenarios in known.items():
        for scenario in scenarios:
            other = found.get(scenario.name)
            if other is not None and other.source != source:
                msg = (
                    f"two scenarios are called {scenario.name!r}: in {other.source} and in "
                    f"{source}; rename one of them"
                )
                raise ScenarioError(msg)
            found[scenario.name] = CatalogueEntry(scenario, source)
    return found


def _offered(timeout: float) -> dict[str, tuple[Scenario, ...]]:
    """The scenarios of installed packages; a package that can't be loaded costs a line."""
    found = {}
    for source in _entry_points():
        try:
            found[source] = _described(source, timeout)
        except ScenarioError as error:
            sys.stderr.write(f"zbench: an installed package is left out: {error}\n")
    return found


def _described(source: str, timeout: float) -> tuple[Scenario, ...]:
    """The scenarios of code that isn't zbench's own; ``prepare`` loads the code."""
    return tuple(_lazy(fields, source) for fields in read(source, timeout))


def _lazy(fields: dict[str, Any], source: str) -> Scenario:
    """A scenario from its description."""

    def prepare(parameters: Parameters) -> Prepared:
        return load_one(fields["name"], source).prepare(parameters)

    parameters = tuple(
        Parameter(**{**parameter, "choices": tuple(parameter["choices"])})
        for parameter in fields["parameters"]
    )
    rest = {"floors": tuple(fields["floors"]), "parameters": parameters, "prepare": prepare}
    return Scenario(**{**fields, **rest})


def find(name: str, known: Catalogue) -> CatalogueEntry:
    """Return the scenario of this name.

    Raises:
        UnknownNameError: There is none; the message holds the nearest names.
    """
    if name not in known:
        hint = nearest(name, known, "see `zbench list`")
        if Path(f"{name}.py").is_file():
            hint = f"is it a file? write ./{name}.py"
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
    """Import the module or the file that a source names, into this process.

    A user's file may do anything when it is imported: only a process of its own does that, see
    ``zbench.catalogue.elsewhere``.

    Raises:
        ScenarioError: It can't be imported; the line says why and where.
    """
    kind, _, where = source.partition(":")
    home = folder_of(source)
    try:
        with user_code(home):
            return _load_file(Path(where)) if kind == "file" else importlib.import_module(where)
    except ScenarioError as error:
        if error.__cause__ is None:  # zbench's own line
            raise
        msg = f"can't load scenarios from {where}: {error}"
        raise ScenarioError(msg) from error.__cause__


def scenarios_of(module: ModuleType) -> tuple[Scenario, ...]:
    """Return a module's scenarios, none if it defines none.

    Raises:
        ScenarioError: ``SCENARIOS`` is no tuple of scenarios with different names.
    """
    declared = getattr(module, "SCENARIOS", ())
    where = module.__file__ or module.__name__
    remedy = "write SCENARIOS = (Scenario(...),)"
    if not isinstance(declared, tuple | list):
        msg = f"SCENARIOS of {where} must be a tuple, got {shown(declared)}; {remedy}"
        raise ScenarioError(msg)
    for scenario in declared:
        if not isinstance(scenario, Scenario):
            msg = (
                f"SCENARIOS of {where} must hold only zbench.scenarios.base.Scenario, "
                f"got {shown(scenario)}; {remedy}"
            )
            raise ScenarioError(msg)
    repeated = [name for name, n in Counter(s.name for s in declared).items() if n > 1]
    if repeated:
        msg = f"{where} defines two scenarios that are called {repeated[0]!r}; rename one of them"
        raise ScenarioError(msg)
    return tuple(declared)


def _load_file(path: Path) -> ModuleType:
    check_file(path)
    # The same in every process: machine code is kept under it.
    digest = hashlib.sha256(str(path).encode("utf-8", "surrogatepass")).hexdigest()
    name = f"zbench_user_{re.sub('[^0-9A-Za-z]', '_', path.stem)}_{digest[:12]}"
    name = _in_package(path) + name
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
    if not module.SCENARIOS and isinstance(module.SCENARIOS, tuple | list):
        msg = f"SCENARIOS of {path} is empty; write SCENARIOS = (Scenario(...),)"
        raise ScenarioError(msg)
    return module


def _in_package(path: Path) -> str:
    """Let a file import its neighbours: the prefix of its module's name, empty or a package.

    Its folder comes after the standard library, which a file ``random.py`` beside it must not
    hide, and before installed packages, which must not hide its helpers.
    """
    root, names = path.parent, list[str]()
    while (root / "__init__.py").is_file() and root.name.isidentifier():
        names.insert(0, root.name)
        root = root.parent
    place = next(
        (k for k, entry in enumerate(sys.path) if Path(entry).name in LIBRARIES), len(sys.path)
    )
    sys.path[place:place] = [
        str(folder) for folder in dict.fromkeys((path.parent, root)) if str(folder) not in sys.path
    ]
    return ".".join([*names, ""]) if names else ""


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
