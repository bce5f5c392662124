import ast
from pathlib import Path

import pytest
from zbench.core.system import program
from zbench.core.worker import dispatch_source, loop


@pytest.mark.parametrize("form", dispatch_source.SOURCES)
@pytest.mark.parametrize("behaviours", [1, 3])
def test_a_form_defines_dispatch_and_calls_each_behaviour(form, behaviours):
    source = dispatch_source.SOURCES[form](behaviours)
    defined = {n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)}
    assert "dispatch" in defined
    for k in range(behaviours):
        assert f"behaviour_{k}" in source
    assert f"behaviour_{behaviours}" not in source


def test_the_names_that_the_sources_import_are_those_the_module_offers():
    sources = [make(1) for make in dispatch_source.SOURCES.values()]
    sources.append(dispatch_source.hooks([(0, 0)]))
    imported = {
        alias.name
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == dispatch_source.__name__
        for alias in node.names
    }
    assert imported == set(dispatch_source.__all__)


def test_the_loop_has_one_place_for_the_dispatch():
    assert Path(loop.__file__).read_text().count(program.MARKER) == 1
