"""The directory for Python: its arguments, and its use in signal handlers."""

import pytest
from zbench.core import Directory


@pytest.mark.parametrize("name", [None, 7, b"a", ["a"]])
@pytest.mark.parametrize("method", ["register", "unregister", "lookup", "key"])
def test_a_name_that_is_no_string_is_refused(method, name):
    directory = Directory(8, workers=1)
    more = (1,) if method == "register" else ()
    with pytest.raises(TypeError, match="a name must be a string, got "):
        getattr(directory, method)(name, *more)


def test_a_thread_that_was_interrupted_in_a_call_may_make_another():
    directory = Directory(8, workers=1)
    with directory._lock:  # as the interrupted call holds it
        directory.register("a", 3)
        assert directory.lookup("a") == 3
