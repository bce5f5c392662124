"""How large folders, modules and functions may get."""

from collections import Counter

import pytest

from tests.architecture.source import functions, modules

MOST_MODULES = 20  # of a folder
MOST_LINES = 400
MOST_FUNCTION_LINES = 60
# The worker's two hot loops stay in one piece. Split in three functions each, `counting` took 18 ns
# a message instead of 14 and `big` 46 instead of 44 (fastest of eight processes, one worker).
HOT_LOOPS = {
    ("zbench.core.worker.loop", "_handle_mail"),
    ("zbench.core.worker.loop", "_handle_bounded"),
}


def test_no_folder_has_more_than_twenty_modules():
    folders = Counter(path.parent for path in modules().values() if path.name != "__init__.py")
    assert {folder.name: n for folder, n in folders.items() if n > MOST_MODULES} == {}


@pytest.mark.parametrize("name", modules())
def test_a_module_is_short(name):
    assert len(modules()[name].read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("name", modules())
def test_a_function_is_short(name):
    long = {
        function.name
        for function in functions(name)
        if function.end_lineno - function.lineno + 1 > MOST_FUNCTION_LINES
        and (name, function.name) not in HOT_LOOPS
    }
    assert not long
