"""The checks of arguments: what they take, and one line for the rest."""

import enum
import math
from fractions import Fraction

import numpy as np
import pytest
from zbench.core import errors


class Level(enum.IntEnum):
    LOW = 3


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3), Level.LOW, np.array(3)])
def test_any_integer_becomes_a_plain_one(value):
    assert type(errors.integer("n", value)) is int
    assert errors.integer("n", value, 3, 3) == 3


@pytest.mark.parametrize("value", [True, np.True_, 1.0, np.float32(1), None, "1", np.ones(2, int)])
def test_what_is_no_integer_is_a_type_error_that_names_it(value):
    with pytest.raises(TypeError, match="n must be an integer, got "):
        errors.integer("n", value)


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
def test_a_truth_value_is_a_word(value):
    assert errors.word("w", value) == int(value)


@pytest.mark.parametrize("value", [1 << 63, -(1 << 63) - 1, np.uint64(1 << 63)])
def test_a_word_has_64_bits(value):
    with pytest.raises(ValueError, match=r"w must be -2\*\*63 to 2\*\*63 - 1, got -?9223"):
        errors.word("w", value)


def test_an_integer_out_of_its_range_is_named_with_it():
    with pytest.raises(ValueError, match="n must be 1 to 5, got 6"):
        errors.integer("n", 6, 1, 5)


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        (0, 0.0),
        (1, 1.0),
        (Fraction(1, 2), 0.5),
        (np.float32(2), 2.0),
        (math.inf, 1e9),
        (10**400, 1e9),
    ],
)
def test_durations_are_cut_to_the_longest(value, taken):
    found = errors.seconds("t", value)
    assert (type(found), found) == (float, taken)


@pytest.mark.parametrize("value", [-1, math.nan, -math.inf])
def test_a_duration_below_0_is_refused(value):
    with pytest.raises(ValueError, match="t must be 0 or more seconds, got "):
        errors.seconds("t", value)


@pytest.mark.parametrize("value", [None, "1", True, 1j, [1], np.timedelta64(5, "s")])
def test_a_duration_is_a_number(value):
    with pytest.raises(TypeError, match="t must be a number of seconds, got "):
        errors.seconds("t", value)
    with pytest.raises(TypeError, match="t must be a number, got "):
        errors.check_range("t", value, 0, 1)


@pytest.mark.parametrize("value", [0, 1, None, "True", np.True_])
def test_a_flag_is_true_or_false(value):
    errors.check_flag("f", True)
    with pytest.raises(TypeError, match="f must be True or False, got "):
        errors.check_flag("f", value)


@pytest.mark.parametrize("value", [None, 3, ["a"], "c"])
def test_an_unknown_name_is_refused_with_the_known_ones(value):
    with pytest.raises(ValueError, match="n must be one of a, b, got "):
        errors.check_among("n", value, ["a", "b"])


class Broken:
    def __repr__(self):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Broken(), "an object of type Broken"),
        (10**5000, "an object of type int"),
        ("x" * 1000, "'" + "x" * 59 + "..."),
        ("a\nb", r"'a\nb'"),
        (np.zeros((3, 3)), "array([[0., 0., 0.], [0., 0., 0.], [0., 0., 0.]])"),
    ],
    ids=["broken", "long number", "long text", "two lines", "array"],
)
def test_every_value_is_shown_in_one_short_line(value, text):
    assert errors.shown(value) == text
