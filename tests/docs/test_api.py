"""Every public name has a docstring, and the API reference shows them all."""

import html
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
import zbench.core
from zbench.core.compile.kernel import INTERPRETED

MODULES = [
    f"zbench.core.{module.name}"
    for module in pkgutil.iter_modules(zbench.core.__path__)
    if not module.name.startswith("_")
]

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
CALL = "python -m pdoc -d google -t docs/api-template -o api"
(COMMAND,) = re.findall(rf"^{CALL} (.+)$", PAGE, re.MULTILINE)
SHOWN = COMMAND.split()


def explained(value):
    """The docstring of a function or class; of a constant, nothing is asked."""
    return inspect.getdoc(getattr(value, "py_func", value))


def is_constant(value):
    return isinstance(value, int | tuple) or value is zbench.core.Words


@pytest.mark.parametrize("name", zbench.core.__all__)
def test_a_public_name_has_a_docstring(name):
    value = getattr(zbench.core, name)
    if not is_constant(value):
        assert explained(value)
        assert not explained(value).startswith(f"{name}(")  # what dataclass makes up


@pytest.mark.parametrize("name", [n for n in zbench.core.__all__ if n[0].isupper()])
def test_a_public_method_has_a_docstring(name):
    value = getattr(zbench.core, name)
    if not inspect.isclass(value):
        return
    for method, member in inspect.getmembers(value, inspect.isfunction):
        if not method.startswith("_"):
            assert inspect.getdoc(member), f"{name}.{method}"


@pytest.mark.parametrize("name", MODULES)
def test_a_public_module_has_a_docstring(name):
    assert importlib.import_module(name).__doc__


@pytest.mark.skipif(INTERPRETED, reason="the pages are the same")
@pytest.mark.filterwarnings("ignore")
def test_the_reference_has_a_page_a_module_and_every_public_name(tmp_path):
    pdoc = pytest.importorskip("pdoc")
    template = Path(__file__).parents[2] / "docs" / "api-template"
    pdoc.render.configure(docformat="google", template_directory=template)
    pdoc.pdoc(*SHOWN, output_directory=tmp_path)
    for name in SHOWN:
        assert (tmp_path / f"{name.replace('.', '/')}.html").is_file()
    page = html.unescape(
        re.sub(r"<[^>]+>|\s+", " ", (tmp_path / "zbench" / "core.html").read_text())
    )
    said = " ".join(re.findall(r"\w+", page))
    for name, member in inspect.getmembers(zbench.core.ActorSystem, inspect.isfunction):
        if not name.startswith("_"):  # its own and what it inherits
            assert re.search(rf"\b{name}\W+self\b", page), name
            assert " ".join(re.findall(r"\w+", explained(member))[:4]) in said, name
    for name in zbench.core.__all__:
        value = getattr(zbench.core, name)
        assert re.search(rf"\b{name}\b", page), name
        if not is_constant(value):
            first_words = " ".join(re.findall(r"\w+", explained(value))[:4])
            assert first_words in said, name
    for name, word in (("zbench", "load"), ("zbench/scenarios/base", "Scenario")):
        assert re.search(rf"\b{word}\b", (tmp_path / f"{name}.html").read_text())
