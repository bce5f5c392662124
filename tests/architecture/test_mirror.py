"""The tests of a package lie in the folder of its name, and are called after its modules."""

import pytest

from tests.architecture.source import ROOT

PACKAGES = ("core", "workbench", "reports")
# Rooms of tests that are of no single package.
ROOMS = {
    "core/behaviours": "behaviours that tests of several packages run",
    "core/interleave": "searches of the interleaving explorer",
    "core/options": "options of a system that concern many packages",
    "core/stress": "long random runs",
}


def test_files(package):
    """Test files of a package, but for those in rooms of their own."""
    for path in sorted((ROOT / "tests" / package).rglob("test_*.py")):
        place = path.relative_to(ROOT / "tests")
        if not any(place.as_posix().startswith(f"{room}/") for room in ROOMS):
            yield place


test_files.__test__ = False
FILES = [place for package in PACKAGES for place in test_files(package)]


@pytest.mark.parametrize("place", FILES, ids=str)
def test_a_test_file_has_a_module_of_its_name(place):
    """``test_linked_wrap.py`` is of the module ``linked``, too."""
    folder = ROOT / place.parent
    known = {p.stem for p in folder.glob("*.py")} | {
        p.parent.name for p in folder.glob("*/__init__.py")
    }
    name = place.stem.removeprefix("test_")
    assert any(name == module or name.startswith(f"{module}_") for module in known), (
        f"no module of {place.parent} is called like {place.name}"
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_has_tests(package):
    rooms = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    tested = {place.parts[1] for place in FILES if place.parts[0] == package}
    assert rooms <= tested
