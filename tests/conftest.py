import signal

import pytest

# Under nohup, or in the background of a script, tests are started with these ignored, and so
# would be the commands that they stop.
for number, default in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, default)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Run the longest tests first, so that no process ends up alone with one of them."""
    items.sort(key=lambda item: item.path.name != "test_uncompiled.py")
