"""Props and supervisors refuse what would be no policy."""

import functools
import math

import numpy as np
import pytest
from zbench.core import Props, Supervisor


def behave(ctx, state, message):
    """Do nothing."""


@pytest.mark.parametrize(
    "wrong",
    [
        {"within": 0}, {"within": 0, "max_restarts": 3}, {"within": 1e-9}, {"within": -1},
        {"within": math.nan}, {"within": math.inf}, {"within": None}, {"within": "60"},
        {"max_restarts": -1}, {"max_restarts": 1.5}, {"max_restarts": True}, {"max_restarts": "3"},
        {"max_restarts": 1 << 40}, {"max_restarts": math.nan}, {"directive": "retry"},
        {"directive": None}, {"group": "all"}, {"group": None}, {"jitter": 2}, {"jitter": -0.1},
        {"jitter": "0"}, {"jitter": math.nan}, {"backoff": 1.0}, {"backoff": (1.0,)},
        {"backoff": (2.0, 1.0)}, {"backoff": (0, 1)}, {"backoff": ("1", "2")}, {"backoff": "12"},
        {"backoff": (1, 2), "group": "one-for-all"}, {"codes": None}, {"codes": ["stop"]},
        {"codes": {8: "stop"}}, {"codes": {-1: "stop"}}, {"codes": {1: "retry"}},
        {"codes": {1.5: "stop"}}, {"codes": {"1": "stop"}}, {"codes": {1: None}},
    ],
)  # fmt: skip
def test_a_supervisor_that_is_no_policy_is_refused_in_one_line(wrong):
    with pytest.raises((TypeError, ValueError)) as raised:
        Supervisor(**{"directive": "restart", **wrong})
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize(
    "right",
    [
        {"within": 1e-6}, {"within": np.float32(2)}, {"max_restarts": 0}, {"max_restarts": None},
        {"max_restarts": np.int32(3)}, {"backoff": [0.1, 1]}, {"codes": {np.int8(7): "resume"}},
    ],
)  # fmt: skip
def test_a_policy_may_have_numbers_of_any_type(right):
    row = Supervisor("restart", **right).row(0)
    assert all(isinstance(int(word), int) for word in row)
    assert row[2] > 0  # the window, in ns


@pytest.mark.parametrize(
    "wrong",
    [
        {"supervisor": None}, {"supervisor": "restart"}, {"supervisor": Supervisor},
        {"mailbox": None}, {"mailbox": 3}, {"mailbox": "letterbox"}, {"priority": 1},
        {"priority": "top"}, {"priority": None},
    ],
)  # fmt: skip
def test_props_of_another_type_are_refused_in_one_line(wrong):
    with pytest.raises((TypeError, ValueError)) as raised:
        Props(behave, **wrong)
    assert len(str(raised.value).splitlines()) == 1


class Thing:
    """Something whose methods and objects can be called."""

    def method(self, ctx, state, message):
        """Do nothing."""

    def __call__(self, ctx, state, message):
        """Do nothing."""

    @classmethod
    def of_the_class(cls, ctx, state, message):
        """Do nothing."""


@pytest.mark.parametrize(
    "wrong",
    [Thing().method, Thing.of_the_class, Thing(), Thing, functools.partial(behave), len, 5, None],
)
def test_a_behaviour_or_hook_that_is_no_function_is_refused(wrong):
    with pytest.raises(TypeError, match="a behaviour must be a function made by @behaviour, got "):
        Props(wrong)
    if wrong is not None:
        with pytest.raises(TypeError, match="pre_start must be a function made by @behaviour"):
            Props(behave, pre_start=wrong)
