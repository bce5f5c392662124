"""Waiting for what other threads do."""

import time
from collections.abc import Callable


def until(condition: Callable[[], object], timeout: float = 20.0) -> None:
    """Wait until a condition holds; fail after timeout seconds."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.001)
