"""A behaviour that numba refuses is reported by its name, file, line, construct and advice."""

import math
import time

import numpy as np
import pytest
from zbench.core import DATA, ActorSystem, BehaviourError, Props, behaviour
from zbench.core.compile.kernel import INTERPRETED
from zbench.core.lifecycle.props import props_of
from zbench.core.system import behaviour_errors

from tests.core.behaviours import common as b

pytestmark = pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")
TABLE = {1: 2}
NUMBERS = [1, 2]
THING = object()
ARRAY = np.array([1, 2, 3])


def plain(x):
    return x + 1


@behaviour
def helper_with_a_list(n):
    values = [n, n]  # line of the helper
    return values[0]


def a_list(ctx, state, message):
    state[0] = [1, 2, 3][message[DATA]]  # here


def a_list_read_later(ctx, state, message):
    values = {1: 2}  # here
    state[0] = values[1]


def an_array(ctx, state, message):
    fresh = np.zeros(3)  # here
    state[0] = fresh[0]


def a_text(ctx, state, message):
    raise ValueError(f"bad {state[0]}")  # here


def a_text_from_str(ctx, state, message):
    state[0] = len("a" + str(state[0]))  # here


def a_text_with_a_number(ctx, state, message):
    raise ValueError("bad %d" % state[0])  # noqa: UP031  # here


def a_printed_text(ctx, state, message):
    print(f"got {state[0]}")  # here


def a_formatted_text(ctx, state, message):
    print("got {}".format(state[0]))  # noqa: UP032  # here


def a_changed_list(ctx, state, message):
    NUMBERS[0] += 1  # here


def a_global_dict(ctx, state, message):
    state[0] = TABLE[1]  # here


def a_global_list(ctx, state, message):
    NUMBERS.append(1)  # here


def a_global_object(ctx, state, message):
    state[0] = THING.x  # here


def an_assigned_global(ctx, state, message):
    global NUMBERS
    NUMBERS = 3  # here


def a_misspelt_method(ctx, state, message):
    ctx.finnish()  # here


def a_name_nobody_defined(ctx, state, message):
    state[0] = 1
    state[1] = nowhere + 1  # noqa: F821  # here


def an_except(ctx, state, message):
    try:
        state[0] = 1 // message[DATA]
    except ZeroDivisionError:  # here
        state[0] = -1


def a_with(ctx, state, message):
    with open("x"):  # here
        state[0] = 1


def an_import(ctx, state, message):
    import math as m  # here

    state[0] = m.floor(4.0)


def a_generator(ctx, state, message):
    state[0] = sum(x for x in range(3))  # here


def a_plain_function(ctx, state, message):
    state[0] = plain(state[0])  # here


def a_function_of_a_module(ctx, state, message):
    state[0] = time.time_ns()  # here


def too_many_arguments(ctx, state, message):
    ctx.send(1, 2, 3, 4, 5, 6, 7, 8, 9)  # here


def too_few_arguments(ctx, state, message):
    ctx.send(1)  # here


def a_function_as_a_behaviours_index(ctx, state, message):
    ctx.spawn(a_list)  # here


def a_field_of_the_context(ctx, state, message):
    ctx.worker = 3  # here


def a_whole_array(ctx, state, message):
    state[:] = state + 1  # here


def a_raise_from(ctx, state, message):
    raise ValueError("bad") from None  # here


def a_raise_of_a_value(ctx, state, message):
    raise ValueError(state[0])  # here


def an_assignment_in_an_expression(ctx, state, message):
    if (n := message[DATA]) == 1:  # here
        state[0] = n


def a_starred_target(ctx, state, message):
    _, *more = (1, 2, 3)  # here
    state[0] = more[0]


def a_pattern_of_a_tuple(ctx, state, message):
    match (message[DATA], 2):
        case (1, 2):  # here
            state[0] = 1


def a_function_of_python(ctx, state, message):
    for k in reversed(range(3)):  # here
        state[0] += k


def a_function_that_math_has_uncompiled(ctx, state, message):
    state[0] = math.factorial(5)  # here


def a_change_of_a_global_array(ctx, state, message):
    ARRAY[0] = 5  # here


def a_copied_part(ctx, state, message):
    state[0:2] = message[DATA : DATA + 2]  # here


def a_text_in_a_message(ctx, state, message):
    ctx.send(ctx.self_ref(), 9, "a")  # here


def nothing_in_a_message(ctx, state, message):
    ctx.reply(9, a=None)  # here


def a_tuple_in_a_message(ctx, state, message):
    ctx.send(ctx.self_ref(), 9, (1, 2))  # here


def an_array_in_a_message(ctx, state, message):
    ctx.send(ctx.self_ref(), 9, state)  # here


REFUSED = [
    (a_raise_from, "raise ... from", "leave out"),
    (a_raise_of_a_value, "an exception with a value made at run time", "constant message"),
    (an_assignment_in_an_expression, "an assignment in an expression", "line of its own"),
    (a_starred_target, "a starred name", "one by one"),
    (a_pattern_of_a_tuple, "a pattern with parts", "case 2 | 3"),
    (a_function_of_python, "reversed, a function of Python", "range"),
    (a_function_that_math_has_uncompiled, "math.factorial", "in Python"),
    (a_change_of_a_global_array, "a change of the global array ARRAY", "word of the state"),
    (a_copied_part, "a copy of part of an array", "for k in range"),
    (a_text_in_a_message, "ctx.send with 'a'", "whole number"),
    (nothing_in_a_message, "ctx.reply with None", "whole number"),
    (a_tuple_in_a_message, "ctx.send with (1, 2)", "whole number"),
    (an_array_in_a_message, "ctx.send with the whole array state", "whole number"),
    (a_list, "a list", "words of the state"),
    (a_list_read_later, "a dict or set", "if and elif"),
    (an_array, "the new array of numpy.zeros", "BlockPool"),
    (a_text, "text made at run time", "constant message"),
    (a_text_from_str, "text made at run time", "constant message"),
    (a_global_dict, "the global dict TABLE", "tuple"),
    (a_text_with_a_number, "text made at run time", "constant message"),
    (a_printed_text, "text made at run time", 'print("got", number)'),
    (a_formatted_text, "text made at run time", 'print("got", number)'),
    (a_global_list, "the global list NUMBERS", "words of the state"),
    (a_changed_list, "the global list NUMBERS", "words of the state"),
    (a_global_object, "the Python object THING (of type object)", "message"),
    (an_assigned_global, "assignment to the global NUMBERS", "word of the state"),
    (a_misspelt_method, "ctx.finnish, which does not exist", "did you mean ctx.finish?"),
    (a_name_nobody_defined, "the name nowhere, which is not defined", "top of the file"),
    (an_except, "an except clause", "supervisor"),
    (a_with, "a with statement", "in Python"),
    (an_import, "an import", "top of the file"),
    (a_generator, "a generator", "for loop"),
    (a_plain_function, "a call of the plain Python function plain", "@behaviour"),
    (a_function_of_a_module, "time.time_ns", "only math"),
    (too_many_arguments, "ctx.send with wrong arguments", "ctx.send(to: int, kind: int"),
    (too_few_arguments, "missing a required argument: 'kind'", "ctx.send(to: int, kind: int"),
    (a_function_as_a_behaviours_index, "ctx.spawn with the function a_list", "index"),
    (a_field_of_the_context, "assignment to ctx.worker", "state"),
    (a_whole_array, "arithmetic with the whole array state", "range(len(state))"),
]


@pytest.fixture(scope="module")
def tables():
    with ActorSystem(b.BEHAVIOURS, workers=1, actors=64) as system:
        yield system.tables


def error_of(props, tables):
    """The error that ActorSystem raises for a behaviour, without compiling the loop."""
    known = [props_of(props)]
    names = {"behaviour_0": known[0].receive}
    names |= {f"hook_0_{k}": hook for k, hook in enumerate(known[0].hooks())}
    return behaviour_errors.form_error(known) or behaviour_errors.explain(
        ValueError("the loop's"), known, names, tables
    )


def line_marked(function, mark="# here"):
    """Number of the line of a function that has a mark."""
    first = function.__code__.co_firstlineno
    with open(__file__) as file:
        lines = file.read().splitlines()
    return next(n for n in range(first, len(lines)) if mark in lines[n - 1])


@pytest.mark.parametrize(("function", "construct", "advice"), REFUSED)
def test_the_error_names_the_behaviour_its_line_the_construct_and_the_replacement(
    tables, function, construct, advice
):
    error = error_of(behaviour(function), tables)
    text = str(error)
    assert isinstance(error, BehaviourError)
    assert text.startswith(f"behaviour {function.__name__} cannot be compiled ({__file__}:"), text
    assert f":{line_marked(function)}): " in text, text
    assert construct in text, text
    assert advice in text, text
    assert "\n" not in text
    assert len(error.__notes__) == 1
    assert error.__notes__[0].startswith("numba says:")
    assert len(error.__notes__[0].splitlines()) <= 15


def test_a_hook_is_named_as_such(tables):
    def opens(ctx, state):
        ctx.finnish()  # here

    error = error_of(Props(b.actor, pre_start=behaviour(opens)), tables)
    assert str(error).startswith("pre_start opens cannot be compiled")


def test_the_line_of_a_helper_is_named(tables):
    @behaviour
    def calls(ctx, state, message):
        state[0] = helper_with_a_list(message[DATA])

    text = str(error_of(calls, tables))
    where = line_marked(helper_with_a_list.py_func, "line of the helper")
    assert text.startswith("behaviour calls cannot be compiled")
    assert f":{where}): a list" in text


def test_a_construct_that_no_rule_knows_is_told_in_numbas_words(tables):
    @behaviour
    def odd(ctx, state, message):
        state[0] = math.hypot(*message)

    text = str(error_of(odd, tables))
    assert "test_behaviour_errors.py:" in text
    assert "docs/behaviours.md" in text


def test_code_without_a_source_file_is_told_in_numbas_words(tables):
    names = {"behaviour": behaviour}
    exec("@behaviour\ndef typed(ctx, state, message):\n    state[0] = [1, 2][0]\n", names)
    text = str(error_of(names["typed"], tables))
    assert text.startswith("behaviour typed cannot be compiled")


def test_a_construct_that_no_rule_knows_is_told_in_whole_phrases(tables):
    @behaviour
    def odd(ctx, state, message):
        state[0] = message.max()

    text = str(error_of(odd, tables))
    assert "Resolution failure" not in text
    assert "signature:" not in text


def test_a_name_of_a_closure_that_is_not_bound_yet_is_named(tables):
    def made():
        @behaviour
        def early(ctx, state, message):
            state[0] = late

        error = error_of(early, tables)
        late = 1
        return error, late

    assert "the name late, which is not defined" in str(made()[0])


def two(ctx, state):
    pass


def default(ctx, state, message, more):
    pass


def any_number(*words):
    pass


def named(ctx, state, message, *, step=1):
    pass


def undecorated(ctx, state, message):
    pass


@pytest.mark.parametrize(
    ("function", "advice"),
    [
        (two, "def two(ctx, state); take (ctx, state, message)"),
        (default, "def default(ctx, state, message, more); take (ctx, state, message)"),
        (any_number, "def any_number(*words); take (ctx, state, message)"),
        (named, "def named(ctx, state, message, *, step=1); take (ctx, state, message)"),
        (undecorated, "it has no decorator; write @behaviour above its def"),
    ],
)
def test_a_behaviour_of_another_form_is_refused_before_anything_is_compiled(function, advice):
    with pytest.raises(BehaviourError, match=r"test_behaviour_errors\.py:\d+") as raised:
        ActorSystem([function])
    assert advice in str(raised.value)


def test_a_behaviour_that_numba_compiles_has_no_error(tables):
    assert error_of(b.actor, tables) is None


@pytest.mark.parametrize("dispatch", ["specialised", "table"])
def test_actor_system_raises_it(dispatch):
    with pytest.raises(BehaviourError, match=r"ctx\.finnish, which does not exist"):
        ActorSystem([behaviour(a_misspelt_method)], dispatch=dispatch)
