import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Run the longest tests first, so that no process ends up alone with one of them."""
    items.sort(key=lambda item: item.path.name != "test_uncompiled.py")
