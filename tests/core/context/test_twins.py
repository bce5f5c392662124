import inspect
from typing import NamedTuple

import numba as nb
import pytest
from zbench.core import Context
from zbench.core.compile.kernel import INTERPRETED, kernel
from zbench.core.context.twins import Check, checked, twin


def refuse(name, self, /, *args, **named):
    raise TypeError(f"{name} is refused")


class Pair(NamedTuple):
    first: int
    second: int
    rest: float = 0.0  # with fields of one type, numba would use another type of tuple

    @twin()
    def scaled(self, kind: int, by: int = 2, plus: int = 5_000_000_000) -> int:
        """The sum of both numbers, scaled."""
        return self.first * kind + self.second * by + plus

    @twin(Check(refuse, refuse))
    def refused(self) -> int:
        """Never reached."""
        return self.first

    @checked(Check(refuse, refuse))
    def python_only(self) -> int:
        return self.first


class Other(NamedTuple):
    first: int
    second: int
    rest: float = 0.0  # with fields of one type, numba would use another type of tuple

    def scaled(self, kind: int) -> int:
        return kind


@kernel
def scale(pair):
    return pair.scaled(3), pair.scaled(3, 4), pair.scaled(plus=1, kind=3)


@kernel
def scale_once(pair):
    return pair.scaled(3)


@kernel
def call_refused(pair):
    return pair.refused()


def test_compiled_code_runs_the_body_with_its_defaults_and_keywords():
    pair = Pair(10, 1)
    assert scale(pair) == (5_000_000_032, 5_000_000_034, 33)
    assert (pair.scaled(3), pair.scaled(3, 4), pair.scaled(plus=1, kind=3)) == scale(pair)


@pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")
def test_a_method_of_that_name_of_another_class_stays_unknown():
    with pytest.raises(nb.core.errors.TypingError, match="scaled"):
        scale_once(Other(1, 2))


def test_a_check_refuses_in_python_and_where_it_is_compiled():
    for call in (call_refused, Pair.refused, Pair.python_only):
        with pytest.raises(TypeError, match="is refused"):
            call(Pair(1, 2))


def test_a_checked_method_keeps_its_name_docs_and_signature():
    assert Context.ask.__name__ == "ask"
    assert Context.ask.__doc__.startswith("Send a question")
    assert inspect.signature(Context.ask).parameters["timeout_ns"].default == 5_000_000_000
