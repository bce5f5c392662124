"""Which module imports which."""

from collections import Counter
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.architecture.source import constants, imports, modules

CORE = [name for name in modules() if f"{name}.".startswith("zbench.core.")]


def test_no_module_imports_itself_through_others():
    graph = {name: {module for module, _ in imports(name)} for name in modules()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_core_imports_nothing_else_of_the_package():
    outside = {m for name in CORE for m, _ in imports(name) if m not in CORE}
    assert not outside


def test_a_constant_that_several_modules_define_is_used_with_its_module():
    """``outcomes.FAILED`` says whose it is where ``FAILED`` could be any of four."""
    defined = Counter(constant for name in CORE for constant in constants(name))
    bare = [
        f"{name} imports {constant} of {module}"
        for name in CORE
        for module, constant in imports(name)
        if defined[constant] > 1 and name != "zbench.core"
    ]
    assert not bare
