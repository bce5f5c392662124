import faulthandler
import time

from zbench.children import ends


def test_the_stacks_are_written_before_the_parents_time_is_up_however_late_the_child_starts(
    monkeypatch,
):
    asked = []
    monkeypatch.setattr(faulthandler, "enable", lambda **_: None)
    monkeypatch.setattr(
        faulthandler, "dump_traceback_later", lambda seconds, **_: asked.append(seconds)
    )
    until = time.monotonic() + 60.0  # the child starts 40 s after its parent counts
    monkeypatch.setattr(time, "monotonic", lambda: until - 20.0)
    ends.expect_end(until)
    monkeypatch.setattr(time, "monotonic", lambda: until + 20.0)
    ends.expect_end(until)
    assert asked[0] == 19.0
    assert 0 < asked[1] < 0.1
